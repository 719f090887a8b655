"""`place`: whole customers in; journey, mentions, answers and touches out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from touchline.placement import output
from touchline.placement.about import THRESHOLD, weigh
from touchline.placement.answers import NO_SIGN, Answers, flatten
from touchline.placement.mentions import Mentions, place_mentions
from touchline.placement.proxies import Signals, signals
from touchline.placement.rows import Rows, arrange
from touchline.placement.touches import Scored, gather
from touchline.vocabulary.coded import Ints

if TYPE_CHECKING:
    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Placed:
    """The derived tables of some whole customers; schemas in `touchline.warehouse.schema`, with ``seg_`` columns."""

    journey: pa.Table
    touches: pa.Table
    mentions: pa.Table
    answers: pa.Table


def place(
    interactions: pa.Table,
    evidence: pa.Table,
    *,
    taxonomy: Taxonomy,
    settings: Settings,
    segments: tuple[str, ...],
    method: str,
    key: bytes,
) -> Placed:
    """Place whole customers.

    Args:
        interactions: The columns `touchline.placement.rows.READS` of every interaction of them, in any order.
        evidence: Schema `EVIDENCE`, of the customers' own words; with the column `READ_BY` where methods differ.
        taxonomy: The stages.
        settings: Scales, programmes, proxies, zone.
        segments: Names of the attributes that become ``seg_`` columns.
        method: The understander's method, for touches that words decide, where the evidence names none.
        key: The workspace's key, for account keys.
    """
    rows = arrange(interactions, taxonomy, settings, segments)
    mentions = place_mentions(rows, evidence, taxonomy)
    answers = flatten(rows.table["answers"], rows.contexts.primary, rows.contexts.of_row, settings)
    answer_stage = _stage_of_answers(rows, mentions, answers, len(taxonomy.ids))
    shown = _shown(rows, settings, taxonomy)
    touches = gather(
        rows.conversation.number,
        _scored(rows, answers, answer_stage),
        mentions.said(),
        Scored(shown.row, shown.stage, shown.sign, np.zeros(len(shown.row), dtype=np.bool_)),
        len(taxonomy.ids),
    )
    sheet = output.Sheet(rows, taxonomy, settings.workspace.timezone, key)
    return Placed(
        journey=output.journey(sheet),
        touches=output.touches(sheet, touches, mentions, shown, method),
        mentions=output.mentions(sheet, mentions),
        answers=output.answers(sheet, answers, answer_stage),
    )


def _scored(rows: Rows, answers: Answers, stage: Ints) -> Scored:
    """Keep the answers that a customer gave on a scale that is known."""
    own = rows.coded["author"].map(lambda name: float(name == "customer"), 0.0) > 0
    keep = (answers.sign != NO_SIGN) & own[answers.row]
    return Scored(answers.row[keep], stage[keep], answers.sign[keep], answers.primary[keep])


def _shown(rows: Rows, settings: Settings, taxonomy: Taxonomy) -> Signals:
    if not settings.proxies:
        return Signals(*(np.zeros(0, dtype=np.int64) for _ in range(4)))
    declared = rows.contexts.declared[rows.contexts.of_row]
    return signals(
        rows.attributes,
        rows.coded["event"],
        rows.coded["kind"],
        rows.at,
        rows.start,
        np.where(declared >= 0, declared, rows.position),
        settings,
        taxonomy,
    )


def _stage_of_answers(rows: Rows, mentions: Mentions, answers: Answers, stages: int) -> Ints:
    """Find the stage of every answer.

    The stage that the survey declares; without one, that of the heaviest placed mention beside the answer; without
    that, the one that context and position make likely enough; else unassigned. A relationship survey that declares
    none asks about the whole, so its answers are unassigned whatever its words speak of.
    """
    context = rows.contexts.of_row[answers.row]
    stage = rows.contexts.declared[context]
    stated = np.array([purpose == "relationship" for purpose in rows.contexts.purpose], dtype=np.bool_)
    own = rows.coded["purpose"].map(lambda name: float(name == "relationship"), 0.0)[answers.row] > 0
    of_the_whole = own | stated[context]
    open_ = np.flatnonzero((stage < 0) & ~of_the_whole)
    if not len(open_):
        return stage
    row = answers.row[open_]
    spoken = np.full(len(rows.customer), -1, dtype=np.int64)
    placed = np.flatnonzero(mentions.counts & (mentions.about.stage >= 0))
    weight = mentions.severity * mentions.confidence * (mentions.sentiment != 0)
    lightest_first = placed[np.lexsort((-placed, weight[placed]))]
    spoken[mentions.row[lightest_first]] = mentions.about.stage[lightest_first]
    silent = spoken[row] < 0
    likely = weigh(
        np.zeros((len(open_), stages)),
        rows.contexts.prior[context[open_]],
        np.full(len(open_), -1),
        rows.position[row],
    )
    guessed = np.where(likely.confidence >= THRESHOLD, likely.stage, -1)
    stage = stage.copy()
    stage[open_] = np.where(silent, guessed, spoken[row])
    return stage
