"""Drift: do recent texts, and what is read of them, differ from those of a reference period?

A reader that was right on last year's texts may be wrong on today's. Nobody labels every week; but where the mix of
labels, how sure the reader is, what it cannot place, or the customers' own vocabulary moves, it is time to look:
customers have changed, or a source has, or the reader no longer fits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure, Filters, by_english
from touchline.scores.filtering import filtered, resolve
from touchline.scores.groups import NONE, group_name
from touchline.scores.intervals import benjamini_hochberg
from touchline.scores.moments import cluster
from touchline.scores.periods import span
from touchline.scores.shifts import RECENT, REFERENCE, Cells, Shift, jensen_shannon, shift, stability_index
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

REFERENCE_DAYS: Final = 90
RECENT_DAYS: Final = 14
#: A mix from this population stability index on is worth a look; from the second on it has drifted.
MIX_WATCH: Final = 0.10
MIX_DRIFTED: Final = 0.25
#: The same of a share or a mean confidence, in parts of 1.
RATE_WATCH: Final = 0.03
RATE_DRIFTED: Final = 0.08
SIGNIFICANT: Final = 0.05
#: Texts whose words make the reference's vocabulary, and texts of either period that are compared with it.
VOCABULARY_TEXTS: Final = 20_000
COMPARED_TEXTS: Final = 5_000
#: One customer in so many gives no words to the vocabulary: the reference is measured on them.
_HELD_OUT: Final = 4
_MOVED: Final = 3

STEADY, WATCH, DRIFTED, TOO_FEW = "steady", "watch", "drifted", "too few"
#: Mixes of labels: the measure's name, the table that has it, its column, and what it tells.
_MIXES: Final = (
    ("stage mix", "mentions", "stage", "labels"),
    ("sentiment mix", "mentions", "sentiment", "labels"),
    ("emotion mix", "mentions", "emotion", "labels"),
    ("effort mix", "mentions", "effort", "labels"),
    ("resolution mix", "mentions", "resolution", "labels"),
    ("intent mix", "mentions", "intent", "labels"),
    ("method mix", "touches", "method", "reading"),
    ("channel mix", "mentions", "channel", "intake"),
    ("source mix", "mentions", "source", "intake"),
)
_RATES: Final = (
    ("unassigned share", "unassigned"),
    ("mean stage confidence", "stage_confidence"),
    ("mean sentiment confidence", "confidence"),
)
_NAMES: Final = by_english(
    phrase("stage mix"), phrase("sentiment mix"), phrase("emotion mix"), phrase("effort mix"),
    phrase("resolution mix"), phrase("intent mix"), phrase("method mix"), phrase("channel mix"), phrase("source mix"),
    phrase("unassigned share"), phrase("mean stage confidence"), phrase("mean sentiment confidence"),
    phrase("words never met"), phrase("steady"), phrase("watch"), phrase("drifted"), phrase("too few"),
)  # fmt: skip
_SENTIMENTS: Final = {"-1": "negative", "0": "neutral", "1": "positive"}
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_PLACEHOLDER: Final = re.compile(r"\[[A-Z][A-Z_]*\d*\]")

_MOVE: Final = pa.struct(
    [("key", pa.string()), ("name", pa.string()), ("reference", pa.float64()), ("recent", pa.float64())]
)
SCHEMA: Final = pa.schema(
    [
        ("measure", pa.string()),
        ("tells", pa.string()),
        ("verdict", pa.string()),
        ("reference", pa.float64()),
        ("recent", pa.float64()),
        ("change", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("distance", pa.float64()),
        ("stability_index", pa.float64()),
        ("p", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("moved", pa.list_(_MOVE)),
        ("n_reference", pa.int64()),
        ("n", pa.int64()),
        ("customers_reference", pa.int64()),
        ("customers", pa.int64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One measure, compared; ``names`` are those of a mix's labels, empty for a share or a mean."""

    measure: str
    tells: str
    found: Shift
    names: tuple[tuple[str, str], ...] = ()

    @property
    def enough(self) -> bool:
        return bool(self.found.clusters.min() >= LOW_N)


def drift(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    reference_days: int = REFERENCE_DAYS,
    recent_days: int = RECENT_DAYS,
) -> Figure:
    """Compare the last days with a reference period just before them, measure by measure.

    Args:
        warehouse: The data.
        taxonomy: Names and orders the stages.
        filters: Which mentions; ``until`` is the last of the recent days (the end of the data by default), and
            ``since`` must be open.
        reference_days: Length of the reference period.
        recent_days: Length of the recent one, after it.

    Returns:
        One row per measure: the mixes of stages, sentiments, emotions ... (``distance`` is Jensen-Shannon's,
        ``stability_index`` the population stability index, ``moved`` the labels that moved most), the unassigned
        share, mean confidences, and the share of words that the reference never met (``reference``, ``recent``,
        ``change`` with a 95 % interval). ``tells`` is what would have changed: intake, labels, reading or words. n are
        mentions (words for words), p over customers, p_adjusted over the rows (Benjamini-Hochberg). ``verdict`` is
        ``drifted``, ``watch``, ``steady``, or ``too few`` under 30 customers in either period. Facts: the days of both
        periods, ``verdict`` (the worst), and the measures that drifted or are to be watched.

    Raises:
        QuestionError: A period of no days, a first day, or filters that name what does not exist.
    """
    if filters.since is not None:
        raise QuestionError(
            phrase("drift finds its first day itself"), where="since", todo=phrase("give until, reference and recent")
        )
    if reference_days < 1 or recent_days < 1:
        raise QuestionError(
            phrase("a period has no days"), where="reference/recent", todo=phrase("give 1 day or more to each")
        )
    filters = resolve(warehouse, taxonomy, filters)
    until = span(warehouse, filters)[1]
    if until is None:
        return Figure("drift", SCHEMA.empty_table(), phrase("Nothing has been said yet."), facts={"verdict": TOO_FEW})
    start = until - timedelta(days=recent_days - 1)
    whole = replace(filters, since=start - timedelta(days=reference_days), until=until)
    measured = [
        *(_mix(warehouse, taxonomy, whole, start, *mix) for mix in _MIXES),
        *_rates(warehouse, whole, start),
        _Measured("words never met", "words", shift(_unmet(*_texts(warehouse, whole, start)), 1)),
    ]
    adjusted = benjamini_hochberg([one.found.p if one.enough else np.nan for one in measured])
    rows = [_row(one, float(p)) for one, p in zip(measured, adjusted, strict=True)]
    return Figure(
        "drift",
        pa.Table.from_pylist(rows, schema=SCHEMA),
        phrase(
            "The {recent_days} days from {start} to {until} against the {reference_days} days "
            "before them; p over customers (accounts in B2B), adjusted for the number of "
            "measures.",
            recent_days=recent_days,
            start=start,
            until=until,
            reference_days=reference_days,
        ),
        notes=_notes(rows),
        facts={
            "since": start,
            "until": until,
            "reference_since": whole.since,
            "reference_until": start - timedelta(days=1),
            "verdict": next((v for v in (DRIFTED, WATCH, STEADY) if any(r["verdict"] == v for r in rows)), TOO_FEW),
            **{verdict: [r["measure"] for r in rows if r["verdict"] == verdict] for verdict in (DRIFTED, WATCH)},
        },
        told=_NAMES,
    )


def _mix(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    start: date,
    measure: str,
    table: str,
    by: str,
    tells: str,
) -> _Measured:
    """Compare how often each label was given."""

    def build() -> ir.Table:
        rows = filtered(warehouse, table, filters)
        told = rows.select(cluster=cluster(rows), recent=rows.day >= start, label=rows[by].cast("string"))
        return told.group_by(["cluster", "recent", "label"]).agg(n=told.count())

    answer = warehouse.ask(("drift", table, by, filters, start), build)
    labels = answer["label"].to_pylist()
    keys = sorted(set(labels), key=lambda key: (key is None, key or ""))
    code = {key: i for i, key in enumerate(keys)}
    amount = _floats(answer, "n")
    cells = Cells(
        _ints(answer, "cluster"), _ints(answer, "recent"),
        np.array([code[label] for label in labels], dtype=np.int64), amount, amount,
    )  # fmt: skip
    names = tuple((key or NONE, _SENTIMENTS.get(key or "", group_name(taxonomy, by, key))) for key in keys)
    return _Measured(measure, tells, shift(cells, len(keys)), names)


def _rates(warehouse: Warehouse, filters: Filters, start: date) -> list[_Measured]:
    """Compare what could not be placed, and how sure the reader was."""

    def build() -> ir.Table:
        rows = filtered(warehouse, "mentions", filters)
        told = rows.select(
            cluster=cluster(rows),
            recent=rows.day >= start,
            unassigned=(rows.stage == UNASSIGNED).cast("float64"),
            stage_confidence=rows.stage_confidence.cast("float64"),
            confidence=rows.confidence.cast("float64"),
        )
        sums = {column: told[column].sum() for _, column in _RATES}
        return told.group_by(["cluster", "recent"]).agg(n=told.count(), **sums)

    answer = warehouse.ask(("drift", "rates", filters, start), build)
    nought = np.zeros(answer.num_rows, dtype=np.int64)
    who, side, n = _ints(answer, "cluster"), _ints(answer, "recent"), _floats(answer, "n")
    return [
        _Measured(measure, "reading", shift(Cells(who, side, nought, _floats(answer, column), n), 1))
        for measure, column in _RATES
    ]


def _texts(warehouse: Warehouse, filters: Filters, start: date) -> tuple[pa.Table, pa.Table]:
    """Return the texts whose words make the vocabulary, and those of both periods that are held against it.

    Keys of customers are hashes, so that the first ones by key are a sample of whole customers, and the same on every
    engine.
    """

    def build(held_out: bool, recent: bool, most: int) -> ir.Table:
        rows = filtered(warehouse, "mentions", filters)
        told = rows.select(
            "interaction_id", cluster=cluster(rows), apart=cluster(rows) % _HELD_OUT == 0, recent=rows.day >= start
        ).distinct()
        told = told.filter(told.recent if recent else ~told.recent)
        if not recent:
            told = told.filter(told.apart if held_out else ~told.apart)
        words = warehouse.table("interactions").select("interaction_id", "text")
        told = told.inner_join(words.filter(words.text.notnull()), "interaction_id")
        sample = told.order_by([told.apart.desc(), told.cluster, told.interaction_id]).limit(most)
        return sample.select("cluster", "recent", "text")

    def ask(held_out: bool, recent: bool, most: int) -> pa.Table:
        key = ("drift", "texts", held_out, recent, most, filters, start)
        return warehouse.ask(key, lambda: build(held_out, recent, most))

    compared = [ask(True, False, COMPARED_TEXTS), ask(True, True, COMPARED_TEXTS)]
    return ask(False, False, VOCABULARY_TEXTS), pa.concat_tables(compared)


def _unmet(vocabulary: pa.Table, compared: pa.Table) -> Cells:
    """Count, text by text, the words that the vocabulary has not met.

    Whoever gave words to the vocabulary is left out: nobody is strange to their own words.
    """
    known = {word for text in vocabulary["text"].to_pylist() for word in words_of(text)}
    gave = set(vocabulary["cluster"].to_pylist())
    who: list[int] = []
    side: list[int] = []
    unmet: list[int] = []
    all_: list[int] = []
    for row in compared.to_pylist():
        if row["cluster"] not in gave and (words := words_of(row["text"])):
            who.append(row["cluster"])
            side.append(RECENT if row["recent"] else REFERENCE)
            unmet.append(sum(word not in known for word in words))
            all_.append(len(words))
    return Cells(
        np.array(who, dtype=np.int64), np.array(side, dtype=np.int64), np.zeros(len(who), dtype=np.int64),
        np.array(unmet, dtype=np.float64), np.array(all_, dtype=np.float64),
    )  # fmt: skip


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case: two letters or more, placeholders of redaction left out.

    >>> words_of("Mail [EMAIL_1], it's 2 DAYS late!")
    ['mail', 'it', 'days', 'late']
    """
    return _WORD.findall(_PLACEHOLDER.sub(" ", text).casefold())


def _row(one: _Measured, adjusted: float) -> dict[str, Any]:
    found = one.found
    few = bool(found.clusters.min() < HIDDEN_N)
    row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    row |= {
        "measure": one.measure,
        "tells": one.tells,
        "verdict": TOO_FEW,
        "n_reference": round(found.wholes[REFERENCE]),
        "n": round(found.wholes[RECENT]),
        "customers_reference": int(found.clusters[REFERENCE]),
        "customers": int(found.clusters[RECENT]),
        "hidden": few,
        "low_n": not one.enough,
    }
    if few:
        return row
    row |= {"p": _known(found.p), "p_adjusted": _known(adjusted)}
    if one.names:
        index = stability_index(*found.totals)
        row |= {"distance": jensen_shannon(*found.shares), "stability_index": index, "moved": _moved(one)}
        size, limits = index, (MIX_WATCH, MIX_DRIFTED)
    else:
        before, after = (float(found.shares[side, 0]) for side in (REFERENCE, RECENT))
        change, half = after - before, found.margin
        row |= {"reference": before, "recent": after, "change": change, "low": change - half, "high": change + half}
        size, limits = abs(change), (RATE_WATCH, RATE_DRIFTED)
    if one.enough:
        row["verdict"] = _verdict(size, limits, adjusted)
    return row


def _verdict(size: float, limits: tuple[float, float], p: float) -> str:
    """Return what a change means that may be chance, or too small to matter."""
    if not p < SIGNIFICANT or size < limits[0]:
        return STEADY
    return DRIFTED if size >= limits[1] else WATCH


def _moved(one: _Measured) -> list[dict[str, Any]]:
    """Return the labels that moved most."""
    before, after = one.found.shares
    most = np.argsort(-np.abs(after - before), kind="stable")[:_MOVED]
    return [
        {"key": one.names[i][0], "name": one.names[i][1], "reference": float(before[i]), "recent": float(after[i])}
        for i in most.tolist()
        if before[i] != after[i]
    ]


def _notes(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    words = phrase(
        "Words: those of at most {vocabulary_texts} texts of the reference, held against others of either period.",
        vocabulary_texts=VOCABULARY_TEXTS,
    )
    few = [row["measure"] for row in rows if row["verdict"] == TOO_FEW]
    if not few:
        return (words,)
    which = phrase("any verdict") if len(few) == len(rows) else phrase("a verdict on {listed}", listed=", ".join(few))
    return (
        words,
        phrase("Too few customers for {which}: {low_n} are needed in either period.", which=which, low_n=LOW_N),
    )


def _known(number: float) -> float | None:
    return None if np.isnan(number) else number


def _ints(answer: pa.Table, name: str) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = answer[name].to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def _floats(answer: pa.Table, name: str) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = answer[name].to_numpy(zero_copy_only=False).astype(np.float64)
    return found
