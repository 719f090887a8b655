"""Reads ``touchline.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, cast

from touchline.errors import SettingsError, WorkspaceMissing
from touchline.settings.cases import read_cases
from touchline.settings.lines import dotted, line_of
from touchline.settings.model import (
    Engine,
    Journal,
    Persona,
    Programme,
    Purpose,
    Score,
    SegmentRule,
    Segments,
    Settings,
    Workspace,
    default_lifecycle,
)
from touchline.settings.privacy import read_privacy, read_retention
from touchline.settings.proxies import PROXY_FORMS, Proxy, proxy_test
from touchline.settings.rules import Rule, leaves
from touchline.settings.rules.tree import Status
from touchline.settings.scales import NPS_RANGES, Scale, ScoreKind
from touchline.settings.section import Problems, Section
from touchline.settings.service import read_service
from touchline.settings.severity import SeverityRule
from touchline.settings.understanding import read_understanding
from touchline.settings.value import read_value
from touchline.vocabulary.schemas import PURPOSES, SCORE_KINDS, SEVERITIES
from touchline.words import phrase

_SIZE: Final = re.compile(r"\d+(\.\d+)?\s*[KMGT]i?B", re.IGNORECASE)
_ENGINE: Final = re.compile(r"duckdb|(spark|k8s)://.+|yarn|local(-cluster)?(\[.+\])?")
_DIRECTIONS: Final = {"high_is_good": 1, "easy": 1, "high_is_bad": -1, "hard": -1}


def load(path: Path) -> Settings:
    """Read a ``touchline.toml``; `touchline.settings.Settings.load` tells the rest."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise WorkspaceMissing(
            phrase("there is no workspace here"), where=str(path), todo=phrase("make one with `touchline init`")
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(
            phrase("byte {start} is not UTF-8", start=str(error.start)),
            where=str(path),
            todo=phrase("save the file as UTF-8"),
        ) from error
    except OSError as error:
        raise SettingsError(
            phrase("the file cannot be read ({strerror})", strerror=str(error.strerror)),
            where=str(path),
            todo=phrase("check its permissions"),
        ) from error
    return replace(parse(text, str(path)), folder=path.resolve().parent)


def parse(text: str, where: str) -> Settings:
    """Read settings from a text; `touchline.settings.Settings.parse` tells the rest."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            phrase("this is not TOML: {error}", error=str(error)), where=where, todo=phrase("correct the line")
        ) from error
    problems: Problems = []
    top = Section(data, (), problems)
    scales = [scale for one in top.tables("scales") if (scale := _scale(one)) is not None]
    settings = Settings(
        workspace=_workspace(top.table("workspace")),
        score=_score(top.table("score")),
        engine=_engine(top.table("engine")),
        journal=_journal(top.table("journal")),
        understanding=read_understanding(top.table("understanding")),
        privacy=read_privacy(top.table("privacy")),
        retention=tuple(read_retention(one) for one in top.tables("retention")),
        segments=_segments(top.table("segments")),
        service=read_service(top.table("service")),
        value=read_value(top.table("value")),
        cases=read_cases(top.table("cases")),
        scales=tuple(scales),
        programmes=tuple(_programme(one) for one in top.tables("programmes")),
        severity=tuple(_severity(one) for one in top.tables("severity")),
        proxies=tuple(proxy for one in top.tables("proxies") if (proxy := _proxy(one)) is not None),
        personas=tuple(persona for one in top.tables("personas") if (persona := _persona(one)) is not None),
        lifecycle=_lifecycle(top.table("lifecycle")),
    )
    top.close()
    if problems:
        raise _all_wrong(text, where, problems)
    return settings


def _all_wrong(text: str, where: str, problems: Problems) -> SettingsError:
    told = []
    for path, message in problems:
        line = line_of(text, path)
        told.append((line or 0, f"{dotted(path)}: {message}" if path else message))
    if len(told) == 1:
        line, message = told[0]
        return SettingsError(message, where=f"{where}:{line}" if line else where)
    lines = "\n".join(f"  {f'line {line}, ' if line else ''}{message}" for line, message in sorted(told))
    return SettingsError(phrase("{n} things are wrong\n{lines}", n=str(len(told)), lines=str(lines)), where=where)


def _workspace(section: Section) -> Workspace:
    from zoneinfo import ZoneInfo

    d = Workspace()
    zone = section.text("timezone", d.timezone)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        section.wrong("timezone", f"'{zone}' is no time zone; use an IANA name such as Europe/Berlin")
    found = Workspace(section.text("name", d.name), zone, section.text("taxonomy", d.taxonomy))
    section.close()
    return found


def _score(section: Section) -> Score:
    d = Score()
    found = Score(
        section.days("half_life_person", d.half_life_person),
        section.days("half_life_account", d.half_life_account),
        section.number("gate", d.gate, 0, 100),
        section.number("at_risk", d.at_risk, 0, 100),
        section.number("healthy", d.healthy, 0, 100),
        section.number("target_nps", d.target_nps, -100, 100),
        section.number("target_csat", d.target_csat, 0, 100),
        section.number("target_ces", d.target_ces, 0, 100),
    )
    if found.at_risk >= found.healthy:
        section.wrong("at_risk", f"must be below healthy ({found.healthy:g}), not {found.at_risk:g}")
    section.close()
    return found


def _journal(section: Section) -> Journal:
    found = Journal(section.text("url", Journal().url))
    if found.url and not found.url.startswith(("postgresql://", "postgres://")):
        section.wrong("url", f"'{found.url}' is no address of PostgreSQL, such as postgresql://user@host/database")
    section.close()
    return found


def _engine(section: Section) -> Engine:
    d = Engine()
    found = Engine(
        section.text("engine", d.engine),
        section.text("warehouse", d.warehouse),
        section.whole("buckets", d.buckets, 1, 100_000),
        section.texts("options"),
        section.text("memory_limit", d.memory_limit),
        section.text("temp_limit", d.temp_limit),
        section.whole("threads", None, 1, 1024),
    )
    if not _ENGINE.fullmatch(found.engine):
        section.wrong("engine", f"'{found.engine}' is neither duckdb nor a master of Spark, such as spark://host:7077")
    for key, size in (("memory_limit", found.memory_limit), ("temp_limit", found.temp_limit)):
        if not _SIZE.fullmatch(size):
            section.wrong(key, f"'{size}' is no size; write it as 2GiB or 512MB")
    section.close()
    return found


def _segments(section: Section) -> Segments:
    d = Segments()
    rules = []
    for one in section.tables("rules"):
        name, when = one.needed_text("name"), one.needed_rule("when")
        plain = not one.has("value")
        value, otherwise = one.text("value", "yes"), one.text("otherwise") or ("no" if plain else None)
        one.close()
        if when is not None:
            rules.append(SegmentRule(name, value, when, otherwise))
    attributes = section.texts("attributes")
    for rule in rules:
        if rule.name in attributes:
            section.wrong("attributes", f"'{rule.name}' is a segment by rule too; give one another name")
    found = Segments(
        attributes,
        section.flag("auto", not section.has("attributes")),
        section.whole("max_values", d.max_values, 1, 10_000),
        tuple(rules),
    )
    section.close()
    return found


def _scale(section: Section) -> Scale | None:
    question = section.text("question", "")
    kind = section.text("kind", among=SCORE_KINDS)
    if not section.has("kind"):
        section.wrong("", "'kind' is missing")
    low, high = section.number("low", None, -1e6, 1e6), section.number("high", None, -1e6, 1e6)
    said = section.text("direction", among=tuple(_DIRECTIONS))
    satisfied, neutral = section.numbers("satisfied"), section.numbers("neutral")
    section.close()
    if (low is None) != (high is None):
        section.wrong("", "'low' and 'high' belong together")
    elif low is not None and high is not None and low >= high:
        section.wrong("low", f"must be below high ({high:g}), not {low:g}")
    elif kind == "nps" and low is not None and (low, high) not in NPS_RANGES:
        section.wrong("low", "NPS is asked from 0 to 10 (or 1 to 10); declare another kind")
    if said in ("easy", "hard") and kind != "ces":
        section.wrong("direction", f"'{said}' is for ces; say high_is_good or high_is_bad")
    direction = cast(Literal[1, -1], _DIRECTIONS[said]) if said else None
    if kind == "nps" and direction == -1:
        section.wrong("direction", "the high end of NPS is good")
    _check_boxes(section, (low, high) if direction != -1 else (high, low), satisfied, neutral)
    if kind is None:
        return None
    if low is None or high is None:
        return Scale(question, cast(ScoreKind, kind), direction=direction)  # the data tell its ends
    return Scale.of(
        cast(ScoreKind, kind), low, high,
        question=question, direction=direction, satisfied=satisfied, neutral=neutral,
    )  # fmt: skip


def _check_boxes(
    section: Section,
    ends: tuple[float | None, float | None],
    satisfied: tuple[float, ...] | None,
    neutral: tuple[float, ...] | None,
) -> None:
    """Note what is wrong with the boxes of a scale that goes from its bad to its good end."""
    bad, good = ends
    if satisfied is None:
        if neutral is not None:
            section.wrong("neutral", "needs 'satisfied' beside it")
        return
    if bad is None or good is None:
        section.wrong("satisfied", "needs 'low' and 'high' beside it")
        return
    if good not in satisfied:
        section.wrong("satisfied", f"must hold the good end of the scale, {good:g}")
    for key, boxes in (("satisfied", satisfied), ("neutral", neutral or ())):
        for box in boxes:
            if not min(bad, good) <= box <= max(bad, good):
                section.wrong(key, f"{box:g} is off the scale from {min(bad, good):g} to {max(bad, good):g}")
    nearest = min(abs(box - bad) for box in satisfied) if satisfied else 0.0
    if any(abs(box - bad) >= nearest for box in neutral or ()):
        section.wrong("neutral", "must lie on the bad side of the satisfied boxes")


def _programme(section: Section) -> Programme:
    found = Programme(
        section.needed_text("name"),
        cast(Purpose | None, section.text("purpose", among=PURPOSES)),
        section.text("stage"),
        section.text("primary"),
    )
    section.close()
    return found


def _severity(section: Section) -> SeverityRule:
    when = section.texts("when")
    if not when:
        section.wrong("when", "must hold a word or phrase")
    weight = section.number("severity", None, 0, 3)
    if weight not in SEVERITIES:
        section.wrong("severity", f"must be one of {', '.join(f'{s:g}' for s in SEVERITIES)}")
    section.close()
    return SeverityRule(when, weight or 1.0)


def _proxy(section: Section) -> Proxy | None:
    name, when = section.needed_text("name"), section.needed_rule("when")
    stage, touchpoint = section.text("stage"), section.text("touchpoint")
    sentiment = section.whole("sentiment", -1, -1, 1)
    section.close()
    if when is None:
        return None
    test = proxy_test(when)
    if test is None:
        section.wrong("when", f"a proxy's rule is one condition: {PROXY_FORMS}, not '{when}'")
        return None
    return Proxy(name, stage, touchpoint, cast(Literal[-1, 0, 1], sentiment), when, test)


def _persona(section: Section) -> Persona | None:
    name, when = section.needed_text("name"), section.needed_rule("when")
    description = section.text("description", "")
    lists = ("goals", "motivations", "pains", "demographics", "psychographics", "channels", "solutions")
    told = {key: section.texts(key) for key in lists}
    motto, story = section.text("motto", ""), section.text("story", "")
    section.close()
    return None if when is None else Persona(name, when, description, motto=motto, story=story, **told)


def _lifecycle(section: Section) -> tuple[tuple[str, Rule], ...]:
    found = []
    for status, default in default_lifecycle():
        rule = section.rule(status) or default
        for leaf in leaves(rule.tree):
            if isinstance(leaf, Status):
                section.wrong(status, f"a status cannot be told by a status ('{leaf.name.replace('_', ' ')}')")
        found.append((status, rule))
    section.close()
    return tuple(found)
