"""The protocol of questions: everything that can be asked of a workspace, one method each.

`touchline.questions.Local` answers from an open workspace, `touchline.client.Remote` asks a server; the API has a route
for each. What an option means is told where it is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol

from touchline.scores.base import Figure, Filters

if TYPE_CHECKING:
    from touchline.sequences.attempts import Entry, Order
    from touchline.sequences.calendar import Period
    from touchline.sequences.cohorts import Measure
    from touchline.sequences.sankey import Occurrence
    from touchline.sequences.units import Unit
    from touchline.value.drivers import Of
    from touchline.value.moments import Outcome
    from touchline.workspace import Status
    from touchline.workspace.customers import Band, Sorting
    from touchline.workspace.explaining import Explanation
    from touchline.workspace.feedback import Order as Fit
    from touchline.workspace.feedback import Tone

EVERYTHING: Final = Filters()


class Questions(Protocol):
    """What can be asked."""

    def stages(self, filters: Filters = EVERYTHING, *, previous: Filters | None = None) -> Figure:
        """JSI, NPS, CSAT and CES per stage, with intervals, beside the previous period."""

    def jsi(self, filters: Filters = EVERYTHING, *, by: str = "stage") -> Figure:
        """Period JSI by stage, touchpoint, week, channel, source, method, programme, theme, emotion, segment:NAME."""

    def standing(
        self,
        filters: Filters = EVERYTHING,
        *,
        of: Literal["person", "account"] = "person",
        key: str | None = None,
        at: datetime | None = None,
        limit: int = 50,
    ) -> Figure:
        """Standing JSI of persons or accounts at a moment, lowest first, or of one."""

    def change(self, filters: Filters = EVERYTHING, *, previous: Filters, by: str = "family") -> Figure:
        """A change of the JSI, split exactly into mix and within."""

    def bridge(self, filters: Filters = EVERYTHING, *, previous: Filters) -> Figure:
        """A change of the JSI, split exactly by theme."""

    def heatmap(self, filters: Filters = EVERYTHING, *, by: str = "metric") -> Figure:
        """Stages against segment:NAME, metric, week, channel, touchpoint or source."""

    def friction(self, filters: Filters = EVERYTHING) -> Figure:
        """Where customers meet most trouble, per 100 who were there."""

    def trend(self, filters: Filters = EVERYTHING, *, stage: str | None = None, by: str = "week") -> Figure:
        """JSI through time, per stage."""

    def causes(
        self, filters: Filters = EVERYTHING, *, stage: str | None = None, limit: int = 8, examples: int = 3
    ) -> Figure:
        """Root causes per stage: the JSI points that would come back, with verbatims."""

    def delights(
        self, filters: Filters = EVERYTHING, *, stage: str | None = None, limit: int = 8, examples: int = 3
    ) -> Figure:
        """What lifts a stage."""

    def why(
        self, stage: str | None = None, filters: Filters = EVERYTHING, *, others: int = 2, examples: int = 3
    ) -> Figure:
        """From a stage to its theme, and where, for whom, with whom and when it costs most."""

    def themes(self, filters: Filters = EVERYTHING) -> Figure:
        """The themes that customers raise, in groups: how often, at which stage, how, in which words."""

    def segments(
        self, filters: Filters = EVERYTHING, *, names: Sequence[str] | None = None, stage: str | None = None
    ) -> Figure:
        """Every segment against the rest, with corrected p-values."""

    def lifecycle(self, at: datetime | None = None) -> Figure:
        """How many customers are prospect, new, active, at risk, lapsed, advocate, and their standing JSI."""

    def personas(self, at: datetime | None = None) -> Figure:
        """How many customers each persona stands for, and their standing JSI."""

    def quality(self, at: datetime | None = None) -> Figure:
        """How good the data of each source are: complete, valid, unique, consistent, identified, fresh."""

    def drift(self, filters: Filters = EVERYTHING, *, reference_days: int = 90, recent_days: int = 14) -> Figure:
        """Do recent texts, and what is read of them, differ from those of the days before?"""

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
        """What did each channel contribute to conversions, to their value, or to a change of the JSI?"""

    def issues(
        self,
        *,
        window: str = "90d",
        negative: bool = True,
        limit: int = 50,
        replicates: int = 200,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """Which themes do the same customers raise at one stage and again, later, at another?"""

    def compounding(self, *, filters: Filters = EVERYTHING) -> Figure:
        """Does trouble at one stage come with trouble at a later one, whatever it was about?"""

    def grievances(
        self,
        at: str = "renewal",
        *,
        lost: str | None = None,
        kept: str | None = None,
        window: str = "90d",
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """How many complaints do customers carry into a step, and what does each further one add to losing them?"""

    def effort(
        self, end: str | None = None, *, start: str | None = None, by: str | None = None, filters: Filters = EVERYTHING
    ) -> Figure:
        """What did it take customers to complete their journey?"""

    def dwell(self, *, of: str = "stage", by: str | None = None, filters: Filters = EVERYTHING) -> Figure:
        """How long do customers stay at each stage, and where are the bottlenecks?"""

    def dropoff(
        self, *, window: str = "30d", due: str | None = None, by: str | None = None, filters: Filters = EVERYTHING
    ) -> Figure:
        """Who came to a stage and did not go on to a later one?"""

    def survival(
        self,
        start: str | None = None,
        end: str | None = None,
        *,
        by: str | None = None,
        at: Sequence[float] = (),
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """How long until customers come from one step to another, or from each stage to any later one?"""

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
        """What became of the customers who began in the same period?"""

    def overview(self, *, by: Sequence[str] = (), metrics: Sequence[str] = (), filters: Filters = EVERYTHING) -> Figure:
        """What did the customers of each segment do, beside everybody else?"""

    def clusters(
        self,
        *,
        k: int | None = None,
        of: str = "step",
        to: str | None = None,
        seed: int = 0,
        filters: Filters = EVERYTHING,
    ) -> Figure:
        """Which types of behaviour are there, and who are they?"""

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
        """How many come through a row of steps, how fast, for whom it works less well; what did the lost do?"""

    def find(
        self, pattern: str, *, by: str | None = None, path: str | None = None, filters: Filters = EVERYTHING
    ) -> Figure:
        """Whose journey has a path, how long does it take, and for whom is it more common?"""

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
        """From which state do customers go to which, how often, how fast?"""

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
        """What did customers do before and after a step, level by level?"""

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
        """Where are customers at each of their first steps?"""

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
        """Which whole journeys are there, and how common is each?"""

    def rework(
        self, *, by: str = "step", top: int | None = None, path: str | None = None, filters: Filters = EVERYTHING
    ) -> Figure:
        """Which states do customers repeat or come back to, and what does that add?"""

    def drivers(self, filters: Filters = EVERYTHING, *, of: Of = "score") -> Figure:
        """What drives a bad score or churn, all else equal; stages and themes to fix, keep, watch or ignore."""

    def nps_bridge(
        self,
        filters: Filters = EVERYTHING,
        *,
        previous: Filters | None = None,
        by: str = "theme",
        over: str = "programme",
    ) -> Figure:
        """A change of the NPS, split exactly into who answered (mix) and themes, or mix and within of any groups."""

    def distribution(self, filters: Filters = EVERYTHING, *, of: str = "nps", by: str = "month") -> Figure:
        """How answers are spread and how that moves: detractors, passives and promoters by week or month."""

    def programme(self, filters: Filters = EVERYTHING, *, by: str = "programme") -> Figure:
        """Surveys sent, delivered and answered, and who does not answer, by programme or ``segment:NAME``."""

    def changepoints(self, filters: Filters = EVERYTHING) -> Figure:
        """The weeks in which a stage's score or volume changed its level, and what changed most there."""

    def differences(self, filters: Filters = EVERYTHING, *, limit: int | None = None) -> Figure:
        """Every metric of every stage of every segment value against the rest, in one corrected table."""

    def moments(self, filters: Filters = EVERYTHING, *, by: str = "stage", outcome: Outcome = "churn") -> Figure:
        """Moments that matter and moments of delight: emotional load times the effect on churn or revenue."""

    def service(self, filters: Filters = EVERYTHING, *, by: str = "channel") -> Figure:
        """First response, resolution, handling, hand-overs by channel, team, agent, week, stage, segment:NAME."""

    def reasons(self, filters: Filters = EVERYTHING, *, previous: Filters | None = None) -> Figure:
        """Contact reasons: themes by channel, how many conversations raise them, and how that changes."""

    def backlog(self, filters: Filters = EVERYTHING, *, by: str = "week", at: datetime | None = None) -> Figure:
        """What is open and how old: week by week, or at a moment by channel, team, agent, stage ..."""

    def fcr(self, filters: Filters = EVERYTHING, *, by: str = "channel") -> Figure:
        """First contact resolution, beside what agents marked and customers said."""

    def sla(self, filters: Filters = EVERYTHING, *, by: str = "channel") -> Figure:
        """How often the targets of first response and resolution were kept."""

    def value(self, filters: Filters = EVERYTHING, *, by: str = "band") -> Figure:
        """JSI against churn and revenue, and the revenue at risk, by band or by ``segment:NAME``."""

    def revenue(self, filters: Filters = EVERYTHING, *, by: str = "month", over: str = "") -> Figure:
        """Revenue per month, quarter or year, and how much of it stays; over ``segment:NAME`` too."""

    def churn(self, filters: Filters = EVERYTHING, *, by: str = "month") -> Figure:
        """Who was lost, by month, quarter, year, stage, reason, band or ``segment:NAME``."""

    def churn_model(self, filters: Filters = EVERYTHING) -> Figure:
        """How well losses are foretold, on later time, beside the base rate and recency alone."""

    def churn_weights(self, filters: Filters = EVERYTHING) -> Figure:
        """Which facts speak for losing a customer: odds ratios, strongest first."""

    def health(
        self, filters: Filters = EVERYTHING, *, weights: Literal["declared", "learnt"] = "declared", limit: int = 50
    ) -> Figure:
        """The health of the customers who are there now, lowest first, and what it is made of."""

    def clv(self, filters: Filters = EVERYTHING, *, by: str = "customer", limit: int = 50) -> Figure:
        """What customers are expected to pay within the horizon: the most valuable ones, or by ``segment:NAME``."""

    def gate(self, filters: Filters = EVERYTHING, *, missed: float | None = None, alarm: float | None = None) -> Figure:
        """Which JSI tells best who will stay: thresholds by Youden's J and by cost, and the gate of the settings."""

    def fairness(self, filters: Filters = EVERYTHING) -> Figure:
        """What models make of each segment's customers against all others, with corrected p-values."""

    def impact(
        self,
        filters: Filters = EVERYTHING,
        *,
        change: str,
        treated: str,
        of: str = "jsi",
        stage: str | None = None,
        against: str = "",
        like: Sequence[str] = (),
        before: str = "",
        after: str = "",
    ) -> Figure:
        """What a change did to those who had it, against customers who had not: difference in differences."""

    def whatif(
        self,
        filters: Filters = EVERYTHING,
        *,
        stage: str,
        theme: str,
        share: float = 1.0,
        cost: float | None = None,
        margin: float = 1.0,
    ) -> Figure:
        """What it would bring to remove a theme from a stage: JSI, churn, revenue, and the return on a cost."""

    def forecast(
        self,
        filters: Filters = EVERYTHING,
        *,
        of: Literal["jsi", "contacts"] = "jsi",
        by: str = "",
        ahead: int | None = None,
        stage: str | None = None,
    ) -> Figure:
        """What is to come: the JSI of each stage by week, or the contacts of each channel by day."""

    def experiment(
        self,
        filters: Filters = EVERYTHING,
        *,
        control: str,
        treated: str,
        of: str,
        window: str = "14d",
        expect: float | None = None,
        alpha: float = 0.05,
        ratio: float = 1.0,
    ) -> Figure:
        """What a randomised test has shown so far, and whether one may stop."""

    def metrics(self, filters: Filters = EVERYTHING, *, names: Sequence[str] = (), by: str = "") -> Figure:
        """The workspace's own metrics of ``metrics.yaml``, and those that ship; by stage, segment or week too."""

    def explain(self, interaction: str) -> Explanation:
        """Why an interaction counts as it does: mentions with their evidence, and the touches that it made."""

    def timeline(self, customer: str, filters: Filters = EVERYTHING, *, limit: int = 200) -> Figure:
        """One customer's story, newest first: what happened, what they said, how it counted, and how they stand."""

    def feedback(
        self,
        filters: Filters = EVERYTHING,
        *,
        words: str = "",
        sentiment: Tone | None = None,
        emotion: str | None = None,
        effort: str | None = None,
        intent: str | None = None,
        contradictions: bool = False,
        order: Fit = "best",
        limit: int = 50,
        skip: int = 0,
    ) -> Figure:
        """What customers wrote: by filters, by what was read in it, and by words; those that fit best first."""

    def customers(
        self,
        filters: Filters = EVERYTHING,
        *,
        find: str = "",
        band: Band | None = None,
        account: str | None = None,
        order: Sorting = "lowest",
        limit: int = 50,
        skip: int = 0,
    ) -> Figure:
        """Customers by their references, with their standing, trend and value, in an order."""

    def behind(self, figure: Figure, row: int, *, limit: int = 100) -> Figure:
        """The customers behind a row of a figure, those last seen first."""

    def status(self) -> Status:
        """How many records are where."""

    def span(self, filters: Filters = EVERYTHING) -> tuple[date, date] | None:
        """First and last day of the touches, in the reporting zone; None when there are none."""
