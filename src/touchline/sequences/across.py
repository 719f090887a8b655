"""The questions that reach across stages: attribution, issues that come back, compounding, grievances and effort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from touchline.scores.base import Figure, Filters
from touchline.words import phrase

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
                phrase("an attribution is of conversions or of the JSI"),
                where="conversion",
                todo=phrase("give the step that converts, or jsi=True"),
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

    def compounding(self, *, filters: Filters = EVERYTHING) -> Figure:
        """Does trouble at one stage come with trouble at a later one, whatever it was about?

        Asked of the columns ``about`` and ``s``: customers with a scored interaction about the one stage, and later one
        about the other. Negative before: any negative one about the first stage until then; negative after: any
        about the second from then on. Stages without a place in the journey's order are asked both ways.

        Args:
            filters: Which interactions.

        Returns:
            Rows before, after (stages), n, customers, troubled (those negative before), if_negative, if_negative_low,
            if_negative_high (share negative after, of those), if_not, if_not_low, if_not_high (of the others),
            difference, low, high, p, p_adjusted (Benjamini-Hochberg over all pairs), significant, hidden, low_n.

        Raises:
            QuestionError: No such columns, an unknown filter value.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = pa.table({"customer": [str(n // 2) for n in range(40)], "event": ["said"] * 40,
        ...     "about": ["delivery", "renewal"] * 20, "s": [-1, -1] * 8 + [-1, 1] * 2 + [1, -1] * 3 + [1, 1] * 7,
        ...     "time": ["2026-01-01", "2026-01-05"] * 20})
        >>> row = read_events(made).compounding().to_dicts()[0]
        >>> row["before"], row["after"], row["if_negative"], row["if_not"], row["difference"]
        ('delivery', 'renewal', 0.8, 0.3, 0.5)
        """
        from touchline.sequences.compounding import compounding

        return compounding(self._over(filters))

    def grievances(
        self,
        at: str = "renewal",
        *,
        lost: str | None = None,
        kept: str | None = None,
        window: str = "90d",
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """How many complaints do customers carry into a step, and what does each further one add to losing them?

        A grievance is a negative interaction about a stage; a later one about the same stage that is not negative
        puts it right. What counts is open when the customer first comes to the step.

        Args:
            at: The step that customers come to.
            lost: The step that says a customer was lost, from then on within the window.
            kept: The step that says a customer was kept; given one, silence means lost. With neither, events such as
                ``cancelled`` and ``renewed`` are looked for.
            window: How long it may take.
            filters: Which interactions.

        Returns:
            Rows grievances (0, 1, 2, 3, 4+), n and customers (of whom it is known how it ended), lost, open (of whom it
            is not), rate (lost / n), low, high (Wilson), censored (are there open ones?), hidden, low_n. Facts:
            odds_ratio, odds_low, odds_high per further grievance (logistic regression), adds (the same in shares, on
            average), p, decided, open.

        Raises:
            QuestionError: An unknown step, no columns ``about`` and ``s``, or nothing that says who was lost.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> many = [("bad", -1, "2026-01-01"), ("renewal", None, "2026-02-01"), ("cancelled", None, "2026-02-02")]
        >>> few = [("good", 1, "2026-01-01"), ("renewal", None, "2026-02-01"), ("renewed", None, "2026-02-02")]
        >>> rows = [(f"c{n}", *row) for n in range(20) for row in (many if n < 10 else few)]
        >>> made = pa.table(dict(zip(("customer", "event", "s", "time"), zip(*rows))))
        >>> made = made.append_column("about", pa.array(["delivery"] * len(rows)))
        >>> [(row["grievances"], row["rate"]) for row in read_events(made).grievances().to_dicts()]
        [('0', 0.0), ('1', 1.0)]
        """
        from touchline.sequences.grievances import asked_of, grievances
        from touchline.sequences.spans import microseconds

        journeys = self._over(filters)
        return grievances(journeys, asked_of(journeys, at, lost, kept, microseconds(window, "window")))

    def effort(
        self,
        end: str | None = None,
        *,
        start: str | None = None,
        by: str | None = None,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """What did it take customers to complete their journey?

        A journey runs from the first start to the first end after it; those that are not complete are counted in
        the facts alone.

        Args:
            end: The step that completes it; by default renewal, else the last progress stage.
            start: The step that begins it; by default the first progress stage held.
            by: A segment or column to break it down by; the value at the end.
            filters: Which interactions.

        Returns:
            Rows segment (with ``by``), measure (contacts, channels, handovers, repeats, elapsed_days; those that the
            columns allow), n, customers, mean, low, high (Student), median, median_low, median_high, p90, hidden,
            low_n. Facts: begun, completed.

        Raises:
            QuestionError: An unknown step or segment; no stages where a step is not named.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = pa.table({"customer": [c for c in "abcdef" for _ in range(3)], "event": ["x", "ask", "y"] * 6,
        ...     "channel": ["web", "chat", "web"] * 6, "time": ["2026-01-01", "2026-01-02", "2026-01-05"] * 6})
        >>> [(row["measure"], row["mean"]) for row in read_events(made).effort("y", start="x").table.to_pylist()]
        [('contacts', 3.0), ('channels', 2.0), ('elapsed_days', 4.0)]
        """
        from touchline.sequences.effort import Asked, effort, final_step

        journeys = self._over(filters)
        return effort(journeys, Asked(start, final_step(journeys, end), by))
