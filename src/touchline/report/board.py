"""The board report: the chosen sections on landscape sheets that break where they should."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.figures import logo, stylesheet
from touchline.figures.markup import Child, Markup, tag
from touchline.figures.numbers import day
from touchline.report.chosen import Plan
from touchline.report.friction import friction
from touchline.report.heatmaps import by_metric, by_segment
from touchline.report.method import method
from touchline.report.opening import about, cards, finding, line, strip
from touchline.report.page import POLICY, STYLE
from touchline.report.stage import blocks
from touchline.report.trend import trend
from touchline.report.why import why
from touchline.words import joined, phrase, phrase_of

if TYPE_CHECKING:
    from touchline.report.asked import Asked


def board(asked: Asked, plan: Plan) -> str:
    """Return the report as one HTML document that needs no network, laid out for paper.

    Args:
        asked: The answers.
        plan: The sections, and the paper.
    """
    icon = base64.b64encode(logo().encode()).decode()
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", phrase("{title}: board report", title=asked.title)),
        Markup(f'<link rel="icon" href="data:image/svg+xml;base64,{icon}">'),
        tag("style", Markup(stylesheet() + STYLE + board_style())),
    )
    body = tag("body", tag("main", sheets(asked, plan), class_=f"board paper-{plan.paper}"))
    return "<!doctype html>\n" + tag("html", head, body, lang=phrase_of("language", "en")) + "\n"


def board_style() -> str:
    """Return the rules of the sheets, beside those of the report."""
    return Path(__file__).with_name("board.css").read_text(encoding="utf-8")


def sheets(asked: Asked, plan: Plan) -> list[Markup]:
    """Return the sheets, each with the title and the period at its head."""
    asked = asked if plan.words else without_words(asked)
    bodies = _bodies(asked, plan)
    made = [tag("section", _cover(asked), bodies[0], class_="sheet first-sheet")]
    made += [tag("section", _running(asked), body, class_="sheet") for body in bodies[1:]]
    return made


def without_words(asked: Asked) -> Asked:
    """Return answers without what customers said, word for word."""
    import pyarrow as pa

    def bare(table: pa.Table) -> pa.Table:
        if "verbatims" not in table.column_names:
            return table
        at = table.column_names.index("verbatims")
        field = table.schema.field(at)
        return table.set_column(at, field, pa.array([[]] * table.num_rows, type=field.type))

    return replace(
        asked,
        causes=replace(asked.causes, table=bare(asked.causes.table)),
        delights=replace(asked.delights, table=bare(asked.delights.table)),
    )


def _bodies(asked: Asked, plan: Plan) -> list[Child]:
    opening: list[Child] = [
        finding(asked) if plan.has("finding") else None,
        strip(asked) if plan.has("headlines") and not asked.empty else None,
        line(asked) if plan.has("line") and not asked.empty else None,
    ]
    if asked.empty:
        opening.append(
            tag("p", phrase("No comment, survey answer or declared behaviour is in this period."), class_="nothing")
        )
        return [opening, *([method(asked)] if plan.has("method") else [])]
    groups: list[Sequence[Markup | None]] = [
        (cards(asked, _nowhere) if plan.has("attention") else None, trend(asked) if plan.has("trend") else None),
        (_beside(why(asked) if plan.has("why") else None, friction(asked) if plan.has("friction") else None),),
        (by_segment(asked) if plan.has("segments") else None,),
        (by_metric(asked) if plan.has("metrics") else None,),
        *(_stages(asked) if plan.has("stages") else []),
        (method(asked) if plan.has("method") else None,),
    ]
    made: list[Child] = [opening] if any(opening) else []
    made += [list(group) for group in groups if any(group)]
    return made or [opening]


def _beside(*parts: Markup | None) -> Markup | None:
    """Return what there is, in as many columns."""
    there = [part for part in parts if part]
    return tag("div", there, class_="pair") if len(there) > 1 else there[0] if there else None


def _stages(asked: Asked) -> list[list[Markup]]:
    """Return the stages' blocks, as many together as a sheet has room for."""
    made: list[list[Markup]] = []
    room = 0.0
    for block, tall in ((block, _tall(block)) for block in blocks(asked)):
        if tall > room or not made:
            made.append([])
            room = 1.0
        made[-1].append(block)
        room -= tall
    return made


def _tall(block: Markup) -> float:
    """Return about how much of a sheet a stage's block takes."""
    return 0.7 if "<blockquote" in block else 0.5 if "tl-cause" in block else 0.45 if "tl-trend" in block else 0.3


def _nowhere(_stage: str) -> str:
    return "#"


def _cover(asked: Asked) -> Markup:
    return tag(
        "header",
        tag("div", tag("h1", asked.title), tag("p", joined(" · ", about(asked)), class_="about")),
        tag("p", logo(), "Touchline", class_="logo"),
        class_="cover",
    )


def _running(asked: Asked) -> Markup:
    facts = asked.facts
    period = (
        phrase("{since} to {until}", since=day(facts["since"]), until=day(facts["until"]))
        if facts["since"] and facts["until"]
        else phrase("all time")
    )
    return tag("header", tag("b", asked.title), tag("span", period), logo(), class_="running")
