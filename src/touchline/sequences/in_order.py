"""The questions of order: funnels, paths and path search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from touchline.scores.base import Figure, Filters

if TYPE_CHECKING:
    from touchline.sequences.attempts import Entry, Order
    from touchline.sequences.units import Unit
    from touchline.warehouse.index.journeys import Journeys


EVERYTHING: Final = Filters()


class InOrder:
    """One method each; a part of `touchline.sequences.journey.SequenceQuestions`.

    In a funnel filters say what may *begin* it; what comes after is looked for in the whole journey. In the others they
    say which interactions there are at all. ``path`` keeps the customers whose journey has that path (see `find`).
    """

    def _over(self, filters: Filters) -> Journeys:
        """Return the journeys that a question is about."""
        raise NotImplementedError

    def _whose(self, path: str | None, filters: Filters) -> Journeys:
        """Return the journeys that a question is about, of those who have a path."""
        journeys = self._over(filters)
        if path is None:
            return journeys
        from touchline.sequences.find import has_path

        return journeys.of(has_path(journeys, path))

    def funnel(
        self,
        steps: Sequence[str],
        *,
        order: Order = "ordered",
        window: str | None = None,
        step_window: str | None = None,
        exclude: Sequence[str] = (),
        count_by: Unit = "customer",
        session_gap: str = "30min",
        by: str | None = None,
        entry: Entry = "any",
        lost: bool = False,
        lost_by: str = "step",
        path: str | None = None,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """How many come through a row of steps, how fast, for whom it works less well, and what the lost did instead?

        An attempt begins at every first step and takes for each further one the first interaction that may be it; of a
        customer's attempts the one that comes furthest counts, of those the first.

        Args:
            steps: Two or more, in the step language; a path (``a > !b* > c``) is done where it is complete.
            order: ``ordered``, with anything in between; ``strict``, directly after each other; ``any``: the rows are
                how many of the steps were done, in whichever order.
            window: How long after the first step the others count: ``30d``, ``12h``.
            step_window: How long after a step the next one counts.
            exclude: Steps that end an attempt.
            count_by: ``customer``, ``account`` (all its people together) or ``session``.
            session_gap: A longer pause begins a session.
            by: A segment, a column, or ``path:PATTERN``; the value where the attempt began.
            entry: ``any`` attempt may count, or the customer's ``first`` alone.
            lost: Ask what those did instead who stayed behind, after the last step that they reached.
            lost_by: By which column that is told.
            path: Only customers whose journey has this path.
            filters: Where an attempt may begin.

        Returns:
            Rows segment, value (with ``by``), step, name, n, customers, closed (of n, whose first window is over), open
            (reached the step before, and may still come), lost (did not come), rate with low and high (of the first
            step, over closed), step_rate with step_low and step_high (of the step before), seconds_median and
            seconds_p90 from the first step, step_seconds_median and step_seconds_p90 from the step before, censored,
            hidden, low_n; with ``by`` rest_rate, difference, difference_low, difference_high, p, p_adjusted,
            significant. With ``lost`` see `touchline.sequences.lost`.

        Raises:
            QuestionError: A step, a column or a word that does not exist, or a span that is none.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = read_events(pa.table({"customer": ["a", "a", "b", "c", "c"], "event": ["visit", "order", "visit",
        ...     "order", "visit"], "time": ["2026-01-01", "2026-01-03", "2026-01-01", "2026-01-01", "2026-01-02"]}))
        >>> made.funnel(["visit", "order"]).table["n"].to_pylist()
        [3, 1]
        """
        from touchline.sequences.funnel import asked, funnel

        question = asked(
            tuple(steps), order=order, window=window, step_window=step_window, exclude=tuple(exclude),
            count_by=count_by, session_gap=session_gap, by=by, entry=entry, filters=filters,
        )  # fmt: skip
        journeys = self._whose(path, EVERYTHING)
        if lost:
            from touchline.sequences.lost import lost_instead

            return lost_instead(journeys, question, lost_by)
        return funnel(journeys, question)

    def find(
        self, pattern: str, *, by: str | None = None, path: str | None = None, filters: Filters = EVERYTHING
    ) -> Figure:
        """Whose journey has a path, how long does it take, and for whom is it more common?

        Args:
            pattern: Steps with ``>`` (directly next) or ``..`` (any time later) between: ``a > !b* > c``.
                `docs/journeys.md` has the whole language.
            by: A segment or a column: each value against the rest; the value at a customer's last interaction.
            path: Only customers whose journey has this path, too.
            filters: Which interactions there are.

        Returns:
            Rows segment, value (with ``by``), path, n (who have it), customers (all), share with low and high,
            seconds_median and seconds_p90 from the match's first interaction to its last, hidden, low_n; with ``by``
            difference, difference_low, difference_high, p, p_adjusted, significant.

        Raises:
            QuestionError: The pattern cannot be read, or names what does not exist.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = read_events(pa.table({"customer": ["a"] * 3 + ["b"] * 3, "event": ["buy", "use", "renew", "buy",
        ...     "support", "renew"], "time": ["2026-01-01", "2026-01-02", "2026-01-03"] * 2}))
        >>> made.find("buy > !support* > renew").table["n"].to_pylist()
        [1]
        """
        from touchline.sequences.find import find

        return find(self._whose(path, filters), pattern, by)
