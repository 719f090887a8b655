"""What other stages would move: a sample of customers placed on the stages in use and on others, and compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from touchline.drain import Projection, derive, segments_of, understand
from touchline.journal.base import decode, encode
from touchline.placement import READS
from touchline.themes import Matcher
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.warehouse.duckdb import writing
from touchline.warehouse.duckdb.tables import quoted

if TYPE_CHECKING:
    from touchline.understanding.base import Understander
    from touchline.warehouse.duckdb import DuckWarehouse
    from touchline.workspace.workspace import Workspace

#: Records that are placed twice, at most, beyond the last customer's.
RECORDS: Final = 20_000
EXAMPLES: Final = 12
_LONGEST: Final = 240


@dataclass(frozen=True, slots=True)
class Sample:
    """Whole customers, to be placed elsewhere.

    Attributes:
        records: Their interactions, as `encode` makes bytes of them.
        segments: Those in force.
        share: Which share of all records that is.
    """

    records: bytes
    segments: tuple[str, ...]
    share: float


def sample(workspace: Workspace, most: int = RECORDS) -> Sample:
    """Return about so many records of whole customers, drawn by key; all where there are fewer."""
    warehouse: DuckWarehouse = workspace.warehouse
    total = int(warehouse.value("SELECT count(*) FROM interactions"))
    of = max(1, -(-total // most))
    columns = ", ".join(
        "customer_ref IS NOT NULL AS identified" if name == "identified" else quoted(name) for name in READS
    )
    rows = warehouse.fetch(f"SELECT {columns}, text, language FROM interactions WHERE customer_key % $of = 0", of=of)
    share = rows.num_rows / total if total else 1.0
    return Sample(encode(rows), segments_of(warehouse, workspace.settings), share)


def moved(folder: Path, found: Sample, after: str) -> dict[str, Any]:
    """Return what other stages would move among a sample's customers. Nothing is written, and nobody is paid.

    Texts are read by the workspace's own reader with what it was taught; where a language model is asked, by the
    reader behind it.

    Args:
        folder: The workspace's.
        found: From `sample`.
        after: The other stages, as YAML.

    Returns:
        ``records``, ``share``, ``texts`` (that say something), ``texts_moved``, ``touches``, ``touches_after``,
        ``touches_moved`` (that would be gone from their stage), ``stages`` (ids, those of before first, then new
        ones), ``names``, ``matrix`` (from, to, mentions; the most first), ``touched`` (stage to touches before and
        after), ``examples`` (words, before, after, of those that move).

    Raises:
        TaxonomyError: The stages are wrong.
    """
    from touchline.settings import Settings
    from touchline.settings.agreement import check
    from touchline.workspace.folder import Folder

    place = Folder(folder)
    settings = Settings.load(place.settings)
    fresh = Taxonomy.parse(after, "taxonomy.yaml")
    check(settings, fresh)
    from touchline.settings import open_taxonomy

    old = open_taxonomy(settings)
    rows = decode(found.records)
    sides = [_placed(rows, stages, place, settings, found.segments) for stages in (old, fresh)]
    return _compared(rows, sides[0], sides[1], old, fresh) | {"records": rows.num_rows, "share": found.share}


def _placed(
    rows: pa.Table, stages: Taxonomy, place: Any, settings: Any, segments: tuple[str, ...]
) -> dict[str, pa.Table]:
    """Return what placement makes of some interactions with some stages."""
    from touchline.themes import file as book_file

    book = book_file.load(place.themes)
    named = stages.with_themes(book.shown(stages.themes))
    reader = _reader(named, place, settings)
    projection = Projection(named, settings, reader, place.key(), book)
    evidence = understand(rows, projection)
    matcher = Matcher.of(book) if book.version else None
    if matcher is not None:
        evidence = evidence.append_column("words", pa.array(_words(rows, evidence), pa.string()))
    bucket = writing.Bucket(0, 1, True, rows.select(READS), evidence)
    return derive(bucket, projection, segments, matcher)


def _reader(stages: Taxonomy, place: Any, settings: Any) -> Understander:
    """Return the reader for some stages, taught what the version in use says; nothing is written."""
    from touchline.understanding import load
    from touchline.understanding.teaching.learning import teach
    from touchline.workspace.taught import Files

    use = settings.understanding.use
    reader: Any = load(taxonomy=stages) if use in (None, "llm") else load(use, taxonomy=stages)
    files = Files(place.taught)
    current, versions = files.index()
    if not current or not hasattr(reader, "with_taught"):
        return reader  # type: ignore[no-any-return]
    version = next(one for one in versions if one.number == current)
    lesson, guesses = files.lesson(current)
    learnt = teach(reader, lesson, guesses=guesses, strengths={one.head: one.strength for one in version.scores})
    return reader.with_taught(learnt.taught)  # type: ignore[no-any-return]


def _words(rows: pa.Table, evidence: pa.Table) -> list[str]:
    at = pc.index_in(evidence["interaction_id"], rows["interaction_id"].combine_chunks()).to_pylist()
    texts = rows["text"].to_pylist()
    cuts = zip(at, evidence["start"].to_pylist(), evidence["end"].to_pylist(), strict=True)
    return [texts[i][start:end] for i, start, end in cuts]


def _compared(
    rows: pa.Table, before: dict[str, pa.Table], after: dict[str, pa.Table], old: Taxonomy, fresh: Taxonomy
) -> dict[str, Any]:
    first, second = (_said(side["mentions"]) for side in (before, after))
    matrix: Counter[tuple[str, str]] = Counter()
    changed: list[tuple[tuple[str, int], str, str]] = []
    for key, stage in first.items():
        to = second.get(key)
        if to is None:
            continue
        matrix[stage, to] += 1
        if stage != to:
            changed.append((key, stage, to))
    spans = _spans(before["mentions"])
    texts = dict(zip(rows["interaction_id"].to_pylist(), rows["text"].to_pylist(), strict=True))
    names = {stage.id: stage.name for taxonomy in (old, fresh) for stage in taxonomy.stages}
    touches, others = (_touched(side["touches"]) for side in (before, after))
    counts = [Counter(stage for _, stage in side) for side in (touches, others)]
    order = [*old.ids, *(stage for stage in fresh.ids if stage not in old.ids), "unassigned"]
    return {
        "texts": len({key for key, _ in first}),
        "texts_moved": len({key for (key, _), _, _ in changed}),
        "touches": len(touches),
        "touches_after": len(others),
        "touches_moved": len(touches - others),
        "stages": order,
        "names": names,
        "matrix": [[a, b, n] for (a, b), n in sorted(matrix.items(), key=lambda item: (-item[1], item[0]))],
        "touched": {stage: [counts[0][stage], counts[1][stage]] for stage in order},
        "examples": [
            {"words": _cut(texts, key, spans[key]), "before": a, "after": b} for key, a, b in _spread(changed)
        ],
    }


def _said(mentions: pa.Table) -> dict[tuple[str, int], str]:
    ids, numbers, stages = (mentions[name].to_pylist() for name in ("interaction_id", "mention", "stage"))
    return {(i, n): stage for i, n, stage in zip(ids, numbers, stages, strict=True)}


def _spans(mentions: pa.Table) -> dict[tuple[str, int], tuple[int, int]]:
    columns = (mentions[name].to_pylist() for name in ("interaction_id", "mention", "start", "end"))
    return {(i, n): (start, end) for i, n, start, end in zip(*columns, strict=True)}


def _touched(touches: pa.Table) -> set[tuple[int, str]]:
    return set(zip(touches["conversation_key"].to_pylist(), touches["stage"].to_pylist(), strict=True))


def _spread(
    changed: list[tuple[tuple[str, int], str, str]],
) -> list[tuple[tuple[str, int], str, str]]:
    """Return some of what moves: of every way in turn, the commonest way first."""
    ways: dict[tuple[str, str], list[tuple[tuple[str, int], str, str]]] = {}
    for one in sorted(changed):
        ways.setdefault((one[1], one[2]), []).append(one)
    lists = sorted(ways.values(), key=len, reverse=True)
    found = [group[turn] for turn in range(EXAMPLES) for group in lists if turn < len(group)]
    return found[:EXAMPLES]


def _cut(texts: dict[str, str], key: tuple[str, int], span: tuple[int, int]) -> str:
    words = (texts[key[0]] or "")[span[0] : span[1]].strip()
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
