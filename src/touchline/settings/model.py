"""What a workspace's ``touchline.toml`` says, as frozen values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from touchline.settings.cases import Cases
from touchline.settings.privacy import Privacy, Retention
from touchline.settings.proxies import Proxy
from touchline.settings.rules import Rule
from touchline.settings.scales import Scale, ScoreKind
from touchline.settings.service import Service
from touchline.settings.severity import SeverityRule
from touchline.settings.understanding import Understanding
from touchline.settings.value import Value

Purpose: TypeAlias = Literal["relationship", "transaction", "recovery"]

#: The statuses' rules where ``[lifecycle]`` says nothing. The first that holds, in this order, is the status.
LIFECYCLE_RULES: Final = {
    "prospect": "stage in (awareness, consideration, evaluation, procurement)",
    "lapsed": "not seen for 90 d",
    "at_risk": "jsi at risk",
    "advocate": "promoter and jsi healthy",
    "new": "first seen within 30 d",
    "active": "seen within 90 d",
}


@dataclass(frozen=True, slots=True)
class Workspace:
    """``[workspace]``: name, reporting zone (IANA), the taxonomy's template or file."""

    name: str = "Touchline workspace"
    timezone: str = "UTC"
    taxonomy: str = "b2c"


@dataclass(frozen=True, slots=True)
class Score:
    """``[score]``: half-lives in days, thresholds of the JSI, and what the other headlines are meant to reach."""

    half_life_person: float = 30.0
    half_life_account: float = 90.0
    gate: float = 70.0
    at_risk: float = 40.0
    healthy: float = 70.0
    target_nps: float | None = None
    target_csat: float | None = None
    target_ces: float | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """``[engine]``: what answers questions, and the limits of the embedded one.

    Attributes:
        engine: ``duckdb``, or a master of Spark: ``spark://host:7077``, ``yarn``, ``local-cluster[2,1,1024]``.
        warehouse: Where the Parquet warehouse lies: a path, from the workspace's folder, or an address of a store.
        buckets: Into how many its tables are cut when it is first written.
        options: Settings of Spark, ``key=value`` each.
        memory_limit: As DuckDB writes it, as is ``temp_limit``; no threads: every core.
    """

    engine: str = "duckdb"
    warehouse: str = ".touchline/parquet"
    buckets: int = 32
    options: tuple[str, ...] = ()
    memory_limit: str = "2GiB"
    temp_limit: str = "20GiB"
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """``[journal]``: where what was accepted is kept; an empty address is the file in the workspace's folder."""

    url: str = ""


@dataclass(frozen=True, slots=True)
class Programme:
    """``[[programmes]]``: what a survey programme is for.

    Attributes:
        name: Its name, or a glob.
        purpose: relationship, transaction or recovery; None when nobody said.
        stage: The stage that it asks about, an id or alias.
        primary: The question that decides a touch; None takes the mean of all.
    """

    name: str
    purpose: Purpose | None = None
    stage: str | None = None
    primary: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """``[[segments.rules]]``: a value of a segment that customers earn by a rule.

    Attributes:
        name: The segment.
        value: Its value where the rule holds.
        when: The rule.
        otherwise: Its value for customers that meet no rule of this segment; None leaves them without one.
    """

    name: str
    value: str
    when: Rule
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Segments:
    """``[segments]``: which attributes divide customers.

    Attributes:
        attributes: Their names.
        auto: Also every attribute that has at most ``max_values`` values.
        max_values: The most values that an automatic segment may have.
        rules: Segments by rule, in the order in which they are tried.
    """

    attributes: tuple[str, ...] = ()
    auto: bool = True
    max_values: int = 50
    rules: tuple[SegmentRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Persona:
    """``[[personas]]``: a customer type, and the rule that says which customers it stands for.

    Attributes:
        name: What people call it; unique.
        when: Which customers it stands for.
        description: A sentence.
        goals: What they want.
        motivations: Why they want it.
        pains: What hurts them.
        motto: What they would say of themselves.
        demographics: Age, place, household, trade: one fact each.
        psychographics: Attitudes, values, habits.
        channels: Where they like to be met.
        solutions: What they use today.
        story: A few sentences about one of them.
    """

    name: str
    when: Rule
    description: str = ""
    goals: tuple[str, ...] = ()
    motivations: tuple[str, ...] = ()
    pains: tuple[str, ...] = ()
    motto: str = ""
    demographics: tuple[str, ...] = ()
    psychographics: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    solutions: tuple[str, ...] = ()
    story: str = ""


@cache
def default_lifecycle() -> tuple[tuple[str, Rule], ...]:
    """Return the statuses' own rules, in the order in which they are tried."""
    return tuple((status, Rule.parse(text)) for status, text in LIFECYCLE_RULES.items())


@dataclass(frozen=True, slots=True)
class Settings:
    """A workspace's settings; ``Settings()`` is those of a workspace that declared nothing.

    Attributes:
        folder: Where the file lies, so that a path in it can be found; None for settings from no file.
    """

    workspace: Workspace = field(default_factory=Workspace)
    score: Score = field(default_factory=Score)
    engine: Engine = field(default_factory=Engine)
    journal: Journal = field(default_factory=Journal)
    understanding: Understanding = field(default_factory=Understanding)
    privacy: Privacy = field(default_factory=Privacy)
    retention: tuple[Retention, ...] = ()
    segments: Segments = field(default_factory=Segments)
    service: Service = field(default_factory=Service)
    value: Value = field(default_factory=Value)
    cases: Cases = field(default_factory=Cases)
    scales: tuple[Scale, ...] = ()
    programmes: tuple[Programme, ...] = ()
    severity: tuple[SeverityRule, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    personas: tuple[Persona, ...] = ()
    lifecycle: tuple[tuple[str, Rule], ...] = field(default_factory=default_lifecycle)
    folder: Path | None = field(default=None, compare=False)

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Read a ``touchline.toml``.

        Raises:
            WorkspaceMissing: There is no such file.
            SettingsError: It cannot be read, or is wrong; all that is wrong is told together.
        """
        from touchline.settings.read import load

        return load(path)

    @classmethod
    def parse(cls, text: str, where: str = "touchline.toml") -> Settings:
        r"""Read settings from a text.

        >>> Settings.parse('[score]\nhalf_life_person = "60 d"').score.half_life_person
        60.0

        Args:
            text: TOML.
            where: What errors name as the file.

        Raises:
            SettingsError: It is wrong; all that is wrong is told together.
        """
        from touchline.settings.read import parse

        return parse(text, where)

    @classmethod
    def default(cls, taxonomy: str = "b2c") -> Settings:
        """Return the settings of a workspace that declared nothing but its taxonomy."""
        return cls(Workspace(taxonomy=taxonomy))

    @property
    def version(self) -> str:
        """Twelve hex digits of all that placement and derived tables depend on."""
        parts = {
            "timezone": self.workspace.timezone,
            "segments": [sorted(self.segments.attributes), self.segments.auto, self.segments.max_values],
            "scales": [asdict(scale) for scale in self.scales],
            "programmes": [asdict(programme) for programme in self.programmes],
            "severity": [asdict(rule) for rule in self.severity],
            "proxies": [
                (proxy.name, proxy.stage, proxy.touchpoint, proxy.sentiment, str(proxy.when)) for proxy in self.proxies
            ],
        }
        if self.privacy.ask_first:
            parts["ask_first"] = sorted(self.privacy.ask_first)
        if self.understanding.version:
            parts["understanding"] = self.understanding.version
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    def scale(self, question: str, kind: ScoreKind, low: float | None = None, high: float | None = None) -> Scale:
        """Return how the answers to a question are read.

        What the workspace declares comes first: for this question, else for its kind. Ends that it leaves
        open are the data's.

        >>> Settings().scale("q1", "csat", 1, 5).sign(4)
        1

        Args:
            question: Name of the question.
            kind: What the source says that it measures.
            low: The lowest value that the source declares.
            high: The highest.
        """
        for declared in self.scales:
            if declared.question and declared.fits(question):
                return declared.filled(question, low, high)
        for declared in self.scales:
            if not declared.question and declared.kind == kind:
                return declared.filled(question, low, high)
        return Scale.of(kind, low, high, question=question)

    def programme(self, name: str) -> Programme:
        """Return what a programme is for: as declared under its exact name, else under a glob, else nothing.

        >>> Settings().programme("post_delivery_survey").purpose is None
        True
        """
        wanted = name.casefold()
        exact = [p for p in self.programmes if p.name.casefold() == wanted]
        globs = [p for p in self.programmes if fnmatchcase(wanted, p.name.casefold())]
        return next(iter(exact + globs), Programme(name))

    def severity_of(self, text: str) -> float | None:
        """Return the greatest severity that a text's words declare; None when no rule speaks of them."""
        return max((rule.severity for rule in self.severity if rule.found_in(text)), default=None)
