"""What customers said, in their own words: clauses that speak of a theme, cut from the redacted texts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.vocabulary.coded import starts
from touchline.warehouse.blanks import Values, blanks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

    from touchline.vocabulary.coded import Coded
    from touchline.warehouse.base import Warehouse
    from touchline.warehouse.held import Held

    Ints = npt.NDArray[np.int64]

#: A clause shorter than this many characters says little without its surroundings: "late again".
INFORMATIVE: Final = 20

VERBATIM: Final = pa.struct(
    [
        ("text", pa.string()),
        ("interaction_id", pa.string()),
        ("channel", pa.string()),
        ("sentiment", pa.int8()),
        ("emotion", pa.string()),
        ("occurred_at", pa.timestamp("us")),
    ]
)

_PER_LENGTH: Final = 3  # clauses of one length in one cell that are read: equal words have equal lengths
_READ: Final = 24  # clauses of one cell that are read


def verbatims(
    warehouse: Warehouse,
    key: tuple[object, ...],
    mentions: Callable[[], ir.Table],
    cells: Sequence[tuple[str, str]],
    per: int,
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return examples of each (stage, theme): the shortest clauses that still say something, no two alike.

    Only lengths are compared until a few candidates are left, so that few texts are read. The same data
    give the same examples in any order of rows.

    Args:
        warehouse: Where the texts are.
        key: Names what ``mentions`` closes over.
        mentions: Builds the mentions to choose from.
        cells: The (stage, theme) pairs that want examples.
        per: How many each.

    Returns:
        For each pair up to ``per`` rows of the shape `VERBATIM`, best first; a pair without words is absent.
    """
    wanted = tuple(sorted(set(cells)))
    if not wanted or per < 1:
        return {}
    stages = tuple(sorted({stage for stage, _ in wanted}))
    themes = tuple(sorted({theme for _, theme in wanted}))
    answer = warehouse.ask(
        ("verbatims", *key, Values(stages), Values(themes)),
        lambda: _clauses(mentions(), stages, themes, warehouse.table("interactions")),
    )
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in answer.to_pylist():
        found[row["stage"], row["theme"]].append(row)
    return {cell: said for cell in wanted if (said := _best(found[cell], per))}


def verbatims_held(
    warehouse: Warehouse, mentions: Held, rows: Ints, cells: Sequence[tuple[str, str]], per: int
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return what `verbatims` does, of mentions in memory.

    Args:
        warehouse: Where the texts are.
        mentions: All of them.
        rows: The numbers of those to choose from.
        cells: The (stage, theme) pairs that want examples.
        per: How many each.
    """
    stage, theme = mentions.coded("stage", rows), mentions.coded("theme", rows)
    width = len(theme.names) + 1
    codes = {cell: _code(stage, cell[0]) * width + _code(theme, cell[1]) for cell in set(cells)}
    own = stage.codes * width + theme.codes
    length = mentions.numbers("end")[rows].astype(np.int64) - mentions.numbers("start")[rows]
    keep = np.flatnonzero(np.isin(own, list(codes.values())) & (length > 0))
    if not len(keep) or per < 1:
        return {}
    rows, own, length = rows[keep], own[keep], length[keep]
    time = mentions.numbers("occurred_at")[rows]
    order = _told_apart(mentions, rows, np.lexsort((time, length, own)), (own, length, time))
    alike = np.ones(len(order), dtype=np.bool_)  # whether it is as long as the one `_PER_LENGTH` before it
    alike[:_PER_LENGTH] = False
    before, after = order[:-_PER_LENGTH], order[_PER_LENGTH:]
    alike[_PER_LENGTH:] = (own[before] == own[after]) & (length[before] == length[after])
    order = order[~alike]
    preference = np.where(length < INFORMATIVE, 1_000_000 - length, length)[order]
    order = order[np.lexsort((preference, own[order]))]
    first = starts(own[order])
    order = order[np.arange(len(order)) - first < _READ]
    chosen = mentions.rows.select(list(SPOKEN)).take(pa.array(rows[order]))
    texts = warehouse.texts(chosen.select(["interaction_id", "customer_key"]))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row, cell in zip(chosen.to_pylist(), own[order].tolist(), strict=True):
        text = texts.get(row["interaction_id"])
        if text is not None:
            found[cell].append(row | {"text": text[row["start"] : row["end"]]})
    return {cell: said for cell in sorted(codes) if (said := _best(found[codes[cell]], per))}


def _code(words: Coded, name: str) -> int:
    return words.names.index(name) if name in words.names else len(words.names)


def _told_apart(mentions: Held, rows: Ints, order: Ints, keys: tuple[Ints, ...]) -> Ints:
    """Return an order with rows that are equal in all keys in that of their interaction and place in it."""
    same = np.ones(max(len(order) - 1, 0), dtype=np.bool_)
    for key in keys:
        same &= key[order[1:]] == key[order[:-1]]
    if not same.any():
        return order
    tied = np.zeros(len(order), dtype=np.bool_)
    tied[1:] |= same
    tied[:-1] |= same
    run = np.cumsum(np.concatenate([[True], ~same]))[tied]
    at = order[tied]
    names = mentions.rows.select(["interaction_id", "mention"]).take(pa.array(rows[at]))
    told = names.append_column("run", pa.array(run))
    keys_ = [(name, "ascending") for name in ("run", "interaction_id", "mention")]
    made = order.copy()
    made[tied] = at[pc.sort_indices(told, sort_keys=keys_).to_numpy().astype(np.int64)]
    return made


#: What of a mention it takes to choose among many and to cut out its words.
SPOKEN: Final = (
    "interaction_id", "customer_key", "mention", "channel", "sentiment", "emotion", "occurred_at", "start", "end",
)  # fmt: skip


def verbatims_among(
    warehouse: Warehouse, spoken: pa.Table, sets: Sequence[npt.NDArray[np.bool_]], per: int
) -> list[list[dict[str, Any]]]:
    """Return examples of each of some sets of mentions, chosen as `verbatims` does; all texts are read at once.

    Args:
        warehouse: Where the texts are.
        spoken: Mentions, with the columns `SPOKEN`.
        sets: Which of them, each of shape (mentions,).
        per: How many each.
    """
    start, length = spoken["start"].to_numpy(), spoken["end"].to_numpy() - spoken["start"].to_numpy()
    order = [(name, "ascending") for name in ("occurred_at", "interaction_id", "mention")]
    time = pc.sort_indices(spoken, sort_keys=order).to_numpy().astype(np.int64)
    time = time[length[time] > 0]
    preference = np.where(length < INFORMATIVE, 1_000_000 - length, length)
    chosen: list[npt.NDArray[np.int64]] = []
    for mine in sets:
        rows = time[mine[time]]
        by_length = np.argsort(length[rows], kind="stable")
        lengths = length[rows][by_length]
        alike = np.arange(len(rows)) - np.searchsorted(lengths, lengths)
        rows = rows[np.sort(by_length[alike < _PER_LENGTH])]
        chosen.append(rows[np.argsort(preference[rows], kind="stable")][:_READ])
    wanted = np.unique(np.concatenate(chosen)) if chosen else np.zeros(0, np.int64)
    texts = warehouse.texts(spoken.select(["interaction_id", "customer_key"]).take(pa.array(wanted)))
    out = []
    for rows in chosen:
        said = spoken.select([name for name in VERBATIM.names if name != "text"]).take(pa.array(rows)).to_pylist()
        for row, at in zip(said, rows.tolist(), strict=True):
            text = texts.get(row["interaction_id"])
            row["text"] = "" if text is None else text[start[at] : start[at] + length[at]]
        out.append(_best(said, per))
    return out


def _best(rows: list[dict[str, Any]], per: int) -> list[dict[str, Any]]:
    """Return the best of some clauses, no two alike, in the shape `VERBATIM`."""
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=_preference):
        row["text"] = " ".join(row["text"].split())
        if row["text"]:
            found.setdefault(row["text"].casefold(), row)
    return [{name: row[name] for name in VERBATIM.names} for row in list(found.values())[:per]]


def _preference(row: dict[str, Any]) -> tuple[bool, int, str, str]:
    """Order clauses: those long enough from the shortest on, then those too short from the longest on."""
    length = len(row["text"])
    short = length < INFORMATIVE
    return short, -length if short else length, row["text"], row["interaction_id"]


def _clauses(mentions: ir.Table, stages: tuple[str, ...], themes: tuple[str, ...], interactions: ir.Table) -> ir.Table:
    """Return up to `_READ` clauses of each stage and theme, with their words."""
    import ibis

    length = mentions["end"] - mentions["start"]
    rows = mentions.filter(mentions.stage.isin(blanks(stages)), mentions.theme.isin(blanks(themes)), length > 0).select(
        "stage", "theme", "interaction_id", "mention", "channel", "sentiment", "emotion", "occurred_at",
        first="start",
        length=length,
        preference=ibis.cases((length >= INFORMATIVE, length), else_=1_000_000 - length),
    )  # fmt: skip
    alike = ibis.window(group_by=["stage", "theme", "length"], order_by=["occurred_at", "interaction_id", "mention"])
    rows = rows.mutate(alike=ibis.row_number().over(alike))
    rows = rows.filter(rows.alike < _PER_LENGTH)
    best = ibis.window(group_by=["stage", "theme"], order_by=["preference", "occurred_at", "interaction_id", "mention"])
    rows = rows.mutate(place=ibis.row_number().over(best))
    rows = rows.filter(rows.place < _READ)
    texts = interactions.filter(interactions.text.notnull()).select("interaction_id", "text")
    joined = rows.inner_join(texts, "interaction_id")
    return joined.select(
        "stage", "theme", "interaction_id", "channel", "sentiment", "emotion", "occurred_at",
        text=joined.text.substr(joined["first"], joined.length),
    )  # fmt: skip
