"""The questions of order: funnels, paths and path search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from touchline.errors import unknown
from touchline.scores.base import Figure, Filters

if TYPE_CHECKING:
    from touchline.sequences.attempts import Entry, Order
    from touchline.sequences.sankey import Occurrence
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
        from touchline.sequences.find import with_path

        return journeys.through(partial(with_path, path=path))

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

    def transitions(
        self,
        *,
        by: str = "step",
        top: int | None = None,
        collapse: bool = False,
        kind: Literal["next", "eventually", "counts"] = "next",
        path: str | None = None,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """From which state do customers go to which, how often, how fast?

        Args:
            by: What the states are: ``stage``, ``event``, ``step``, ``channel``, a segment, any column of names.
            top: Show the most common states, and the rest as ``(other)``; None for all.
            collapse: Is staying in a state one step?
            kind: Moves to the next state, or to every one that comes after it, whatever lies between; ``counts`` are
                those to the next without customers and times, which are most of the work.
            path: Only customers whose journey has this path (see `find`).
            filters: Which interactions there are.

        Returns:
            Rows source, target, n, customers, share (of all that leave the source), seconds_median, seconds_p90,
            hidden, low_n, most common first. ``(start)`` and ``(end)`` are sources and targets, so that what goes into
            a state comes out of it. ``eventually``: n counts pairs of interactions, share (with low and high) is of
            the customers who were in the source, times are to the first in the target after the first in the source.
            ``counts``: source, target, n and share alone.

        Raises:
            QuestionError: There is no such column, or no such kind.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = read_events(pa.table({"customer": ["a", "a"], "event": ["visit", "order"],
        ...     "time": ["2026-01-01", "2026-01-03"]}))
        >>> [(row["source"], row["target"], row["n"]) for row in made.transitions().to_dicts()]
        [('visit', 'order', 1), ('order', '(end)', 1), ('(start)', 'visit', 1)]
        """
        from touchline.sequences.eventually import eventually
        from touchline.sequences.transitions import transitions

        alone = partial(transitions, counts_alone=True)
        kinds: dict[str, Callable[..., Figure]] = {"next": transitions, "eventually": eventually, "counts": alone}
        if kind not in kinds:
            raise unknown("kind of transition", kind, kinds)
        return kinds[kind](self._whose(path, filters), by, top, collapse)

    def sankey(
        self,
        anchor: str,
        *,
        before: int = 0,
        after: int = 3,
        by: str = "step",
        top: int = 6,
        occurrence: Occurrence = "first",
        path: str | None = None,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """What did customers do before and after a step, level by level?

        Args:
            anchor: The step (or path) in the middle.
            before: Levels before it.
            after: Levels after it.
            by: What the states are.
            top: So many states per level, most common first; the others as ``(other)``.
            occurrence: A customer's ``first`` such step, or the ``last``.
            path: Only customers whose journey has this path.
            filters: Which interactions there are.

        Returns:
            Rows part (``node`` or ``link``), level (0 is the anchor), source, target, n, customers, share of all who
            have the anchor, low, high, hidden, low_n. Every level adds up to them, with ``(start)`` and ``(end)``.

        Raises:
            QuestionError: A step or a column that does not exist, or no level.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = read_events(pa.table({"customer": ["a", "a", "b"], "event": ["visit", "order", "visit"],
        ...     "time": ["2026-01-01", "2026-01-03", "2026-01-01"]}))
        >>> [(row["source"], row["target"], row["n"]) for row in made.sankey("visit", after=1).to_dicts()[3:]]
        [('visit', '(end)', 1), ('visit', 'order', 1)]
        """
        from touchline.sequences.sankey import Around, sankey

        return sankey(self._whose(path, filters), Around(anchor, by, before, after, occurrence), top)

    def step_matrix(
        self,
        *,
        by: str = "step",
        steps: int = 10,
        top: int | None = None,
        collapse: bool = False,
        path: str | None = None,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """Where are customers at each of their first steps?

        Args:
            by: What the states are.
            steps: How many positions.
            top: Show the most common states, and the rest as ``(other)``; None for all.
            collapse: Is staying in a state one step?
            path: Only customers whose journey has this path.
            filters: Which interactions there are.

        Returns:
            Rows state, position (from 1), n, customers (all), share, low, high, hidden, low_n. The shares of a position
            add up to 1, with ``(ended)``.

        Raises:
            QuestionError: There is no such column.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = read_events(pa.table({"customer": ["a", "a", "b"], "event": ["visit", "order", "visit"],
        ...     "time": ["2026-01-01", "2026-01-03", "2026-01-01"]}))
        >>> [(row["state"], row["n"]) for row in made.step_matrix(steps=2).to_dicts() if row["position"] == 2]
        [('visit', 0), ('order', 1), ('(ended)', 1)]
        """
        from touchline.sequences.step_matrix import step_matrix

        return step_matrix(self._whose(path, filters), by, steps, top, collapse)

    def variants(
        self,
        *,
        by: str = "step",
        top: int = 20,
        states: int | None = None,
        collapse: bool = False,
        path: str | None = None,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """Which whole journeys are there, and how common is each?

        Args:
            by: What the states are.
            top: So many variants, most common first; the others together as ``(other)``.
            states: Show the most common states, and the rest as ``(other)``; None for all.
            collapse: Is staying in a state one step?
            path: Only customers whose journey has this path.
            filters: Which interactions there are.

        Returns:
            Rows rank, variant, steps, n, customers, share, low, high, cumulative, seconds_median and seconds_p90 from
            the first interaction to the last, hidden, low_n.

        Raises:
            QuestionError: There is no such column.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = read_events(pa.table({"customer": ["a", "a", "b", "b"], "event": ["visit", "order"] * 2,
        ...     "time": ["2026-01-01", "2026-01-03"] * 2}))
        >>> made.variants().table["variant"].to_pylist()
        ['visit > order']
        """
        from touchline.sequences.variants import variants

        return variants(self._whose(path, filters), by, top, states, collapse)

    def rework(
        self, *, by: str = "step", top: int | None = None, path: str | None = None, filters: Filters = EVERYTHING
    ) -> Figure:
        """Which states do customers repeat or come back to, and what does that add?

        Args:
            by: What the states are.
            top: Show the most common states, and the rest as ``(other)``; None for all.
            path: Only customers whose journey has this path.
            filters: Which interactions there are.

        Returns:
            Rows state, n, customers, repeats (right after one of the same), returns (after having left), extra (both:
            ``n = customers + repeats + returns``), extra_share, returning (customers who came back), share of
            customers, low, high, from (where most came back from), from_share, away_seconds_median, away_seconds_p90,
            hidden, low_n.

        Raises:
            QuestionError: There is no such column.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = read_events(pa.table({"customer": ["a"] * 4, "event": ["use", "help", "use", "use"],
        ...     "time": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]}))
        >>> [(row["state"], row["repeats"], row["returns"]) for row in made.rework().to_dicts()]
        [('use', 1, 1), ('help', 0, 0)]
        """
        from touchline.sequences.rework import rework

        return rework(self._whose(path, filters), by, top)
