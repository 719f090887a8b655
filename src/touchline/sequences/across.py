"""The questions that reach across stages: attribution, issues that come back, compounding, grievances and effort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from touchline.scores.base import Figure, Filters

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Journeys

EVERYTHING: Final = Filters()


class Across:
    """One method each; a part of `touchline.sequences.journey.SequenceQuestions`."""

    def _over(self, filters: Filters) -> Journeys:
        """Return the journeys that a question is about."""
        raise NotImplementedError

    def _told(self, filters: Filters) -> Journeys:
        """Return what customers said, in order, with the columns ``theme``, ``about`` and where known ``s``."""
        return self._over(filters)

    def attribution(
        self,
        conversion: str | None = None,
        *,
        of: str = "channel",
        models: Sequence[str] = (),
        value: str | None = None,
        window: str | None = None,
        half_life: str = "7d",
        order: int = 1,
        direct: Sequence[str] = (),
        touches: str | None = None,
        by: str | None = None,
        jsi: bool = False,
        replicates: int = 200,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """What did each channel contribute to conversions, to their value, or to a change of the JSI?

        A path is the touches before a conversion, after the one before it. Paths that lead nowhere count for the
        Markov chain. Conversions without a touch are under ``(none)``, so that every model adds up to the total.

        Args:
            conversion: The step that converts (see `touchline.sequences.steps`); a stage converts when it is entered.
            of: What gets the credit: ``channel``, or any column of names.
            models: ``first``, ``last``, ``last_non_direct``, ``linear``, ``time_decay``, ``position``, ``markov``,
                ``shapley``; none: all of them.
            value: The column of numbers that is credited, such as ``value``; None: each conversion counts 1.
            window: How long before the conversion a touch counts, such as ``30d``; None: however long.
            half_life: Of time decay.
            order: How many touches the Markov chain remembers.
            direct: Names that ``last_non_direct`` passes over; by default ``direct`` and ``(none)``.
            touches: A step that says which interactions are touches; None: all with a name but the conversion.
            by: A segment or column to break it down by; the value at the end of the path.
            jsi: Credit changes of the score s instead: from each scored interaction of a customer to the next, to what
                the customer met in between and there.
            replicates: Bootstrap samples behind the intervals; 0: none.
            filters: Which conversions count, and of paths without one, which last touches.

        Returns:
            Rows group (with ``by``), name, model, credit, low, high, share, points (with ``jsi``: credit in points of
            the JSI per change), removal (Markov's removal effect), n (paths that convert and have the name),
            customers, hidden, low_n. Facts: conversions, total, paths_without, unfinished, unvalued.

        Raises:
            QuestionError: Neither a conversion nor ``jsi``, or both; an unknown step, column, model or segment.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = pa.table({"customer": list("aaabbbcccdddeee"), "event": ["visit", "visit", "order"] * 5,
        ...     "channel": ["mail", "ads", None] * 5, "time": ["2026-01-01", "2026-01-02", "2026-01-04"] * 5})
        >>> found = read_events(made).attribution("order", models=["first", "markov"])
        >>> [(row["name"], row["model"], row["credit"]) for row in found.to_dicts()]
        [('mail', 'first', 5.0), ('ads', 'first', 0.0), ('mail', 'markov', 2.5), ('ads', 'markov', 2.5)]
        """
        from touchline.errors import QuestionError
        from touchline.sequences.attribution import DIRECT, MODELS, Asked, attribution
        from touchline.sequences.spans import microseconds

        if (conversion is None) != jsi:
            raise QuestionError(
                "an attribution is of conversions or of the JSI",
                where="conversion",
                todo="give the step that converts, or jsi=True",
            )
        asked = Asked(
            conversion,
            of=of,
            models=tuple(models) or MODELS,
            value=value,
            window=None if window is None else microseconds(window, "window"),
            half_life=microseconds(half_life, "half_life"),
            order=order,
            direct=tuple(name.lower() for name in direct) or DIRECT,
            touches=touches,
            by=by,
            replicates=replicates,
            filters=filters,
        )
        return attribution(self._over(EVERYTHING), asked)

    def issues(
        self,
        *,
        window: str = "90d",
        negative: bool = True,
        limit: int = 50,
        replicates: int = 200,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """Which themes do the same customers raise at one stage and again, later, at another?

        Asked of what customers say: a workspace's mentions, or the rows of a frame with the columns ``theme``,
        ``about`` (the stage spoken of) and, where there is one, ``s``. What is said at the same moment does not follow.

        Args:
            window: How much later it may come back.
            negative: Only complaints (s < 0); False: whatever was said of the theme.
            limit: How many rows at most.
            replicates: Bootstrap samples behind the intervals; 0: none.
            filters: Which mentions; themes and stages choose rows of the figure.

        Returns:
            Rows theme, born (stage), resurfaces (stage), forward (is that the order of progress? None where one of
            them has no place in it), n (customers who raised it where it was born), customers (who raised it again),
            expected (by chance alone), lift, low, high, share (customers / n), median_days, born_share, open (whose
            window was open when the data ended), censored (are there any?), hidden, low_n; most above chance first.

        Raises:
            QuestionError: No such columns, a span that cannot be read, an unknown filter value.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = pa.table({"customer": list("aabbccddeeff"), "event": ["said"] * 12,
        ...     "about": ["delivery", "renewal"] * 6, "theme": ["late"] * 10 + ["price", None],
        ...     "time": ["2026-01-01", "2026-01-05"] * 6})
        >>> row = read_events(made).issues().to_dicts()[0]
        >>> row["theme"], row["born"], row["resurfaces"], row["customers"], round(row["lift"], 2), row["median_days"]
        ('late', 'delivery', 'renewal', 5, 1.2, 4.0)
        """
        from dataclasses import replace

        from touchline.sequences.issues import Asked, issues
        from touchline.sequences.spans import microseconds

        asked = Asked(microseconds(window, "window"), negative=negative, replicates=replicates, filters=filters)
        return issues(self._told(replace(filters, themes=(), stages=())), asked, limit)
