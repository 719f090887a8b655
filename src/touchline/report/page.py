"""The page: one file with its style, a content policy that lets nothing else in, and its sections in order."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Final

from touchline.figures import logo, stylesheet
from touchline.figures.markup import Markup, tag
from touchline.report.friction import friction
from touchline.report.heatmaps import by_metric, by_segment
from touchline.report.method import method
from touchline.report.opening import cards, finding, line, masthead, strip
from touchline.report.stage import blocks, contents
from touchline.report.why import why
from touchline.words import phrase, phrase_of

if TYPE_CHECKING:
    from touchline.report.asked import Asked

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
STYLE: Final = Path(__file__).with_name("report.css").read_text(encoding="utf-8")


def page(asked: Asked) -> str:
    """Return the report as one HTML document."""
    style = stylesheet() + STYLE
    icon = base64.b64encode(logo().encode()).decode()
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", phrase("{title}: customer journey report", title=asked.title)),
        Markup(f'<link rel="icon" href="data:image/svg+xml;base64,{icon}">'),
        tag("style", Markup(style)),
    )
    body = tag("body", tag("main", _sections(asked)), _foot())
    return "<!doctype html>\n" + tag("html", head, body, lang=phrase_of("language", "en")) + "\n"


def _sections(asked: Asked) -> list[Markup | None]:
    opening = [masthead(asked), finding(asked)]
    if asked.empty:
        told = phrase(
            "No comment, survey answer or declared behaviour is in this period. Import an export "
            "with `touchline import`, or widen the filters."
        )
        return [*opening, tag("p", told, class_="nothing"), method(asked)]
    evidence = tag(
        "div",
        [part for part in (by_segment(asked), why(asked), by_metric(asked), friction(asked)) if part],
        class_="two wide",
    )
    title = tag("div", tag("h2", phrase("Stage by stage")), contents(asked), class_="chapter")
    return [*opening, strip(asked), line(asked), cards(asked), evidence, title, *blocks(asked), method(asked)]


def _foot() -> Markup:
    return tag("footer", phrase("Made with Touchline, from the data alone: every sentence by a rule."), class_="foot")
