"""The seam between text and the rest: what every understander is.

An understander turns words into evidence. It sees text only: channel, source and position are weighed later, by
`touchline.placement`, so that any order of arrival ends in the same warehouse. Implementations register under the
entry point group ``touchline.understanders``: a callable that takes a `Taxonomy` and returns an `Understander`.
"""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa


class Understander(Protocol):
    """Reads words; writes evidence."""

    @property
    def version(self) -> str:
        """Names model, weights and taxonomy; equal versions give equal evidence."""

    @property
    def method(self) -> str:
        """How it works, one of `touchline.vocabulary.schemas.METHODS`: ``rule``, ``model`` or ``llm``."""

    def read(self, texts: pa.Table) -> pa.Table:
        """Return the EVIDENCE of a table of TEXTS.

        Every text yields one mention at least, in input order. The result for a text depends on that text and its
        declared language alone, never on the others in the batch.
        """

    def explain(self, texts: pa.Table) -> pa.Table:
        """Return what `read` does, with the phrases that spoke in every mention; for a few texts, as it may be slow."""
