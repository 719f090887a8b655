"""Mentions: evidence joined to its interaction and placed on a stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.placement.about import About, weigh
from touchline.placement.touches import Said
from touchline.vocabulary.coded import Bools, Coded, Floats, Ints

if TYPE_CHECKING:
    from touchline.placement.rows import Rows
    from touchline.vocabulary.taxonomy import Taxonomy

#: How sure we are that a complaint which sounds neutral reports something bad.
COMPLAINT: Final = 0.6
_EFFORT: Final = {"high": 1.0, "low": -1.0}
_RESOLUTION: Final = {"resolved": 1.0, "unresolved": -1.0}


@dataclass(frozen=True, slots=True)
class Mentions:
    """Placed mentions in (timeline row, mention) order.

    Attributes:
        table: Their evidence.
        row: The interaction, as its place in the timeline.
        about: Stage, confidence, who decided.
        sentiment: As read, or negative for a complaint that sounds neutral.
        confidence: Of the sentiment.
        severity: As read.
        theme: Primary theme.
        touchpoint: The one named by the words where it belongs to the stage.
        counts: Is it understood, so that it may count in a touch?
    """

    table: pa.Table
    row: Ints
    about: About
    sentiment: Ints
    confidence: Floats
    severity: Floats
    theme: Coded
    touchpoint: Coded
    counts: Bools

    def said(self) -> Said:
        """Return the mentions that may count in touches."""
        keep = self.counts
        effort = Coded.of(self.table["effort"]).map(lambda name: _EFFORT.get(name, 0.0), 0.0)
        resolution = Coded.of(self.table["resolution"]).map(lambda name: _RESOLUTION.get(name, 0.0), 0.0)
        return Said(
            row=self.row[keep],
            stage=self.about.stage[keep],
            sentiment=self.sentiment[keep],
            severity=self.severity[keep],
            confidence=self.confidence[keep],
            effort=effort[keep].astype(np.int64),
            resolution=resolution[keep].astype(np.int64),
        )


def place_mentions(rows: Rows, evidence: pa.Table, taxonomy: Taxonomy) -> Mentions:
    """Join evidence to its interactions and weigh the stage of every mention.

    Args:
        rows: The interactions in timeline order.
        evidence: Schema `EVIDENCE`; every interaction of it is among the rows.
        taxonomy: The stages.
    """
    at = pc.index_in(evidence["interaction_id"], rows.table["interaction_id"].combine_chunks())
    row = at.to_numpy().astype(np.int64)
    by_row = np.lexsort((evidence["mention"].to_numpy(), row))
    table, row = evidence.take(pa.array(by_row)).combine_chunks(), row[by_row]
    context = rows.contexts.of_row[row]
    about = weigh(
        _matrix(table["stage_evidence"], len(taxonomy.ids)),
        rows.contexts.prior[context],
        rows.contexts.declared[context],
        rows.position[row],
    )
    sentiment = table["sentiment"].to_numpy().astype(np.int64)
    confidence = table["sentiment_confidence"].to_numpy().astype(np.float64)
    complaint = rows.coded["kind"].map(lambda name: float(name == "complaint"), 0.0)[row] > 0
    understood = table["understood"].to_numpy()
    softened = complaint & (sentiment == 0) & understood
    touchpoint = Coded.of(table["touchpoint"])
    home = touchpoint.map(lambda name: _stage_code(taxonomy, name), -1.0)
    return Mentions(
        table=table,
        row=row,
        about=about,
        sentiment=np.where(softened, -1, sentiment),
        confidence=np.where(softened, COMPLAINT, confidence),
        severity=table["severity"].to_numpy().astype(np.float64),
        theme=Coded.of(table["theme"]),
        touchpoint=touchpoint.where(home == about.stage),
        counts=understood,
    )


def _matrix(lists: pa.ChunkedArray, stages: int) -> Floats:
    flat: Floats = pc.list_flatten(lists).to_numpy().astype(np.float64)
    return flat.reshape(len(lists), stages)


def _stage_code(taxonomy: Taxonomy, touchpoint: str) -> float:
    known = taxonomy.touchpoint(touchpoint)
    return float(taxonomy.ids.index(known.stage)) if known else -1.0
