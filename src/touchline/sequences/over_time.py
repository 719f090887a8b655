"""The questions of stages over time, cohorts and clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from touchline.scores.base import Figure, Filters

if TYPE_CHECKING:
    from touchline.sequences.calendar import Period
    from touchline.sequences.cohorts import Measure
    from touchline.warehouse.index.journeys import Journeys


EVERYTHING: Final = Filters()


class OverTime:
    """One method each; a part of `touchline.sequences.journey.SequenceQuestions`.

    In `dwell`, `dropoff`, `survival` and `cohorts` filters say what may *begin*: a visit, a wait, a cohort. What comes
    after is looked for in the whole journey, so that no filter cuts an end off.
    """

    def _over(self, filters: Filters) -> Journeys:
        """Return the journeys that a question is about."""
        raise NotImplementedError

    def dwell(self, *, of: str = "stage", by: str | None = None, filters: Filters = EVERYTHING) -> Figure:
        """How long do customers stay at each stage, and where are the bottlenecks?

        A visit lasts from entering a stage till entering the next one. One that was not left when the data end is
        *open*: it counts in ``n`` and ``open``, and in the median with open visits (Kaplan-Meier), and in nothing else.
        The *excess* of a stage is how much longer than its median visit its longer visits lasted, added up: the time
        that would be gained were no visit slower than the typical one.

        Args:
            of: ``stage``, or any column of names: ``touchpoint``, ``channel``, ``step`` ...
            by: A segment or column to break it down by; the value when the visit began.
            filters: Which visits, by the row that begins them.

        Returns:
            Rows stage, segment (with ``by``), n (visits), customers, open, mean_days, low, high (95 %, by customers),
            median_days, p90_days, median_with_open_days, time_share (of all time in finished visits), excess_days,
            excess_share (of that time), rank (1 is the worst bottleneck; none under 30 customers), hidden, low_n.

        Raises:
            QuestionError: An unknown column, segment or filter value.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = pa.table({"customer": ["a", "a", "b", "b", "c", "c", "d", "d", "e", "e"], "event": ["x", "y"] * 5,
        ...     "time": ["2026-01-01", "2026-01-03"] * 4 + ["2026-01-01", "2026-01-11"]})
        >>> row = read_events(made, stages=("x", "y")).dwell().to_dicts()[0]
        >>> row["stage"], row["median_days"], row["mean_days"], row["excess_days"]
        ('x', 2.0, 3.6, 8.0)
        """
        from touchline.sequences.dwell import dwell

        return dwell(self._over(EVERYTHING), of=of, by=by, filters=filters)

    def dropoff(
        self,
        *,
        window: str = "30d",
        due: str | None = None,
        by: str | None = None,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """Who came to a stage and did not go on to a later one?

        The next stage is *due* when half of those who went on had done so (or ``due`` after entering); the window runs
        from then. A customer counts when the window had closed before the data end, on whichever side; the others are
        *open*. The whole table is one family of tests.

        Args:
            window: How long after it was due a later stage still counts: ``30d``, ``2 weeks``.
            due: When it is due after entering; by default as above, for each stage.
            by: A segment or column to break it down by; the value when the stage was entered.
            filters: Which entries, by the row that enters.

        Returns:
            Rows stage, segment (with ``by``), n (customers who entered), customers (whose window has closed),
            reached, dropped, open, dropoff (share of ``customers``), low, high (Wilson), due_days; with ``by`` also
            rest, difference, difference_low, difference_high (Newcombe), p, p_adjusted (Benjamini-Hochberg),
            significant; censored (every window is open), hidden, low_n. Facts: ``feedback_alone``, when no act is
            known, so that a stop is one of the feedback and not of the customer.

        Raises:
            QuestionError: No stages in an order, a span that cannot be read, an unknown segment or filter value.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = pa.table({"customer": list("aabbccddef"), "event": ["x", "y"] * 4 + ["x", "x"],
        ...     "time": ["2026-01-01", "2026-01-03"] * 4 + ["2026-01-01", "2026-03-01"]})
        >>> row = read_events(made, stages=("x", "y")).dropoff(window="10d").to_dicts()[0]
        >>> row["n"], row["customers"], row["dropped"], row["open"], row["dropoff"]
        (6, 5, 1, 1, 0.2)
        """
        from touchline.sequences.dropoff import dropoff

        return dropoff(self._over(EVERYTHING), window=window, due=due, by=by, filters=filters)

    def survival(
        self,
        start: str | None = None,
        end: str | None = None,
        *,
        by: str | None = None,
        at: Sequence[float] = (),
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """How long until customers come from one step to another, or from each stage to any later one?

        A customer is watched from the first start till the first end after it; one without an end till the data end.

        Args:
            start: The step that begins (see `touchline.sequences.steps`); None, with no end, for every stage at once.
            end: The step that ends.
            by: A segment or column to compare; the value at the start.
            at: Days at which the curve is read off; by default from 1 to 730.
            filters: Which starts.

        Returns:
            Rows stage (the start), segment (with ``by``), day, survival (share who have not come there by then), low,
            high (95 %), at_risk, ended, n, customers, median_days, median_low, median_high; with ``by`` also p
            (log-rank against the rest), p_adjusted, significant; censored (nobody was watched for so long; no value),
            hidden, low_n. Facts: ``medians`` and, with ``by``, ``log_rank`` over all groups and each pair (corrected).

        Raises:
            QuestionError: Only one of start and end, a step that does not exist, no stages, an unknown segment.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = pa.table({"customer": list("aabbccddef"), "event": ["x", "y"] * 4 + ["x", "x"],
        ...     "time": ["2026-01-01", "2026-01-03"] * 4 + ["2026-01-01", "2026-03-01"]})
        >>> rows = read_events(made).survival("x", "y", at=(1, 2)).to_dicts()
        >>> [round(row["survival"], 3) for row in rows], rows[0]["median_days"]
        ([1.0, 0.2], 2.0)
        """
        from touchline.sequences.survival import survival

        return survival(self._over(EVERYTHING), start, end, by=by, at=at, filters=filters)

    def cohorts(
        self,
        *,
        first: str | None = None,
        period: Period = "week",
        returning: str | None = None,
        measure: Measure = "retention",
        unbounded: bool = False,
        by: str | None = None,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """What became of the customers who began in the same period?

        Periods are those of the reporting zone; period 0 is the one in which the customer began, and the beginning
        itself counts in it where it is what is asked for. A cell is *censored* while its period is not over when the
        data end: it has ``n`` so far and no value.

        Args:
            first: The step that begins; the customer's first interaction without one.
            period: ``day``, ``week`` (from Monday) or ``month``.
            returning: The step that is counted, scored or paid; any interaction without one.
            measure: ``retention``, ``score`` (mean s), ``jsi``, or ``revenue`` (of the column ``value``, per customer
                of the cohort).
            unbounded: Count those who came back in that period or any later one (for retention).
            by: A segment or column to break it down by; the value when the customer began.
            filters: Which beginnings.

        Returns:
            Rows cohort (its first day; NULL for all cohorts together, over the finished cells), segment (with ``by``),
            period (0, 1, ...), begins (the cell's first day), size (of the cohort), n (customers who came back or paid,
            or touches scored), customers (what the value is over), value, low, high, censored, hidden, low_n.

        Raises:
            QuestionError: An unknown step, period, measure, segment or filter value.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = pa.table({"customer": list("aabbccddeef"), "event": ["x"] * 11,
        ...     "time": ["2026-01-05", "2026-01-12"] * 4 + ["2026-01-05", "2026-01-06", "2026-01-21"]})
        >>> rows = read_events(made).cohorts().to_dicts()
        >>> [(r["period"], r["n"], r["value"], r["censored"]) for r in rows if str(r["cohort"]) == "2026-01-05"]
        [(0, 5, 1.0, False), (1, 4, 0.8, False), (2, 0, None, True)]
        """
        from touchline.sequences.cohorts import cohorts

        return cohorts(
            self._over(EVERYTHING), first=first, period=period, returning=returning, measure=measure,
            unbounded=unbounded, by=by, filters=filters,
        )  # fmt: skip

    def overview(self, *, by: Sequence[str] = (), metrics: Sequence[str] = (), filters: Filters = EVERYTHING) -> Figure:
        """What did the customers of each segment do, beside everybody else?

        Args:
            by: Segments or columns; all segments in force without one. A customer counts with the value last known.
            metrics: ``events``, ``duration`` (days from first to last), ``active_days``, ``jsi``, ``revenue`` (of the
                column ``value``), ``count:STEP`` (times per customer), or a step: the share of customers who took it.
                Without one, all that the journeys can answer, and each stage but the first as a step.
            filters: Which interactions.

        Returns:
            Rows segment, level (its value), metric, unit, n (interactions), customers, share (of all customers), value,
            low, high, rest, difference, difference_low, difference_high, p (Welch; for shares Newcombe and the score
            test), p_adjusted, significant, hidden, low_n. Facts: ``family``, the number of tests.

        Raises:
            QuestionError: An unknown segment, metric or step; no segment at all.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> made = pa.table({"customer": list("aabcdefghij"), "event": ["x", "y"] + ["x"] * 9,
        ...                  "tier": ["vip"] * 6 + ["std"] * 5, "time": ["2026-01-05"] * 11})
        >>> rows = read_events(made).overview(by=("tier",), metrics=("events", "y")).to_dicts()
        >>> [(row["level"], row["metric"], row["value"], row["rest"]) for row in rows]
        [('std', 'events', 1.0, 1.2), ('std', 'y', 0.0, 0.2), ('vip', 'events', 1.2, 1.0), ('vip', 'y', 0.2, 0.0)]
        """
        from touchline.sequences.overview import overview

        return overview(self._over(filters), by=by, metrics=metrics)

    def clusters(
        self,
        *,
        k: int | None = None,
        of: str = "step",
        to: str | None = None,
        seed: int = 0,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """Which types of behaviour are there, and who are they?

        Journeys are compared by their shares of states, their most frequent transitions, how much and how long they
        are, and their sentiment; k-means groups them. Without ``k``, 2 to 8 are tried: the number with the highest
        silhouette is taken, of those that other customers would give too (mean adjusted Rand index between
        clusterings of random halves). The same journeys and seed give the same clusters.

        Args:
            k: How many, 2 to 20.
            of: The column whose names are the states.
            to: A step, to say how many of each type took it.
            seed: Another seed draws other samples.
            filters: Which interactions.

        Returns:
            Rows cluster (1 is the largest), name, n (interactions), customers, share, low, high (Wilson), events and
            days (means per customer), jsi, jsi_low, jsi_high (where there are scores), conversion, conversion_low,
            conversion_high (with ``to``), apart (states with their share of interactions over that of all),
            silhouette, rule (in the language of ``[[personas]]``), precision, recall (of the rule), hidden, low_n.
            Facts: ``tried``, ``stability``, ``features``, and ``personas``, the rules as they are pasted into
            ``touchline.toml``.

        Raises:
            QuestionError: Fewer than 50 customers, another k, an unknown column, step or filter value.

        >>> import pyarrow as pa
        >>> from touchline import read_events
        >>> who = [f"c{i:02}" for i in range(60) for _ in range(4)]
        >>> what = (["visit"] * 3 + ["order"]) * 30 + (["chat"] * 4) * 30
        >>> made = pa.table({"customer": who, "event": what, "time": ["2026-01-01", "2026-01-02"] * 120})
        >>> [(row["customers"], row["rule"]) for row in read_events(made).clusters(k=2).to_dicts()]
        [(30, 'chat >= 1 in 2 d'), (30, 'no chat')]
        """
        from touchline.sequences.clusters import clusters

        return clusters(self._over(filters), k=k, of=of, to=to, seed=seed)
