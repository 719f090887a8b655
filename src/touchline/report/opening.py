"""The first page: whose journey, when, the finding, the headline figures, the line, and what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from touchline.figures import JourneyStage, TrendPoint, journey_line, logo, sparkline
from touchline.figures.markup import Child, Markup, tag
from touchline.figures.numbers import LOW, arrow, between, count, day, half, p_value, places, plain, plus_minus
from touchline.report.findings import SURE, Finding, against, attention, headline, moved
from touchline.report.pieces import card, notes, numbers, scrolling
from touchline.scores.base import LOW_N
from touchline.words import Number, joined, phrase, phrase_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from touchline.report.asked import Asked

_SPARK: Final = 4  # periods


def masthead(asked: Asked) -> Markup:
    """Return logo, name, period, sources and counts."""
    return tag(
        "header",
        tag("p", logo(), "Touchline", class_="logo"),
        tag("div", tag("h1", asked.title), tag("p", joined(" · ", about(asked)), class_="about")),
        class_="masthead",
    )


def about(asked: Asked) -> list[str]:
    """Return what the report is about: period, comparison, sources, counts and filters."""
    facts, told = asked.facts, []
    if facts["since"] and facts["until"]:
        told.append(phrase("{since} to {until}", since=day(facts["since"]), until=day(facts["until"])))
        if facts["jsi_change"] is not None and facts["previous_since"]:
            told.append(phrase("compared with {against}", against=against(asked)))
    return [*told, _spoken(asked), *_chosen(asked)]


def finding(asked: Asked) -> Markup:
    """Return the headline: a sentence to remember, and those that hold it up."""
    first, *others = headline(asked)
    return tag(
        "section",
        tag("p", first, class_="first"),
        tag("p", joined(" ", others), class_="then") if others else None,
        class_="headline",
        aria_label=phrase("The finding"),
    )


def strip(asked: Asked) -> Markup:
    """Return the headline figures between hairlines."""
    facts = asked.facts
    scope = "relationship" if facts["nps_scope"] == "relationship" else "transactional"
    scale = facts.get("ces_scale")
    status = asked.status
    anonymous = status is not None and not status.customers
    cells = [
        _kpi("JSI", facts, "jsi", note=_sure(facts), drawing=spark(asked)),
        _kpi("NPS", facts, "nps", note=scope if facts["nps"] is not None else "", signed=True),
        _kpi("CSAT", facts, "csat", unit=" %"),
        _kpi(
            "CES",
            facts,
            "ces",
            decimals=1,
            note=phrase("{scale} to {scale2}", scale=Number(f"{scale[0]:g}"), scale2=Number(f"{scale[1]:g}"))
            if scale
            else "",
        ),
        _count(
            phrase("Comments"),
            facts["n"],
            phrase("of {interactions} interactions", interactions=status.interactions) if status else "",
        ),
        _count(
            phrase("Customers"),
            facts["customers"],
            phrase("no ids: one a conversation") if anonymous else phrase("who spoke"),
        ),
    ]
    return tag("section", cells, class_="strip", aria_label=phrase("Headline figures"))


def line(asked: Asked) -> Markup:
    """Return the journey line with its table."""
    rows = asked.rows
    compared = any(row["change"] is not None for row in rows)
    drawing = journey_line(drawn_stages(asked), gate=asked.gate)
    ghost = phrase(" · dashed = {against}", against=against(asked)) if compared else ""
    return card(
        phrase("The journey line"),
        phrase("Journey Sentiment Index by stage · node = volume · band = 95 % interval{ghost}", ghost=ghost),
        scrolling(phrase("The journey line"), drawing),
        notes([*_split(asked), *asked.stages.notes]),
        numbers(
            (
                phrase("Stage"),
                "JSI",
                phrase("95 % interval"),
                phrase_of("column", "Before"),
                phrase_of("column", "Change"),
                phrase("p, corrected"),
                phrase_of("column", "Target"),
                phrase("Comments"),
                phrase("Customers"),
            ),
            [_numbers(row) for row in asked.stages.to_dicts()],
        ),
        class_="journey",
    )


def drawn_stages(asked: Asked) -> list[JourneyStage]:
    """Return the stages as the journey line draws them."""
    return [_stage(row) for row in asked.rows]


def _on_this_page(stage: str) -> str:
    return f"#stage-{stage}"


def cards(asked: Asked, link: Callable[[str], str] = _on_this_page) -> Markup | None:
    """Return the stages that need attention, a few sentences each.

    Args:
        asked: The answers.
        link: From a stage to where its block is.
    """
    found = attention(asked)
    if not found:
        return None
    return tag("section", [_card(one, link) for one in found], class_="atts", aria_label=phrase("Needs attention"))


def _card(one: Finding, link: Callable[[str], str]) -> Markup:
    first, *others = one.sentences
    body = [
        tag("h3", one.about),
        tag("p", joined(" ", [first, *others])),
        tag("p", one.known, class_="known"),
    ]
    if one.stage is None:
        return tag("article", body, class_=f"att {one.tone}")
    return tag("a", body, class_=f"att {one.tone}", href=link(one.stage))


def _spoken(asked: Asked) -> str:
    sources = [row["name"] for row in asked.sources if row["key"] is not None]
    named = ", ".join(sources[:4])
    if len(sources) > 4:
        named = phrase("{named} and {n} more", named=named, n=len(sources) - 4)
    counted = joined(", ", [count(asked.facts["n"], "comment"), count(asked.facts["customers"], "customer")])
    return phrase("{counted}, from {named}", counted=counted, named=named) if named else counted


_FILTERS: Final = {
    "stages": phrase_of("only", "stages"), "touchpoints": phrase_of("only", "touchpoints"),
    "channels": phrase_of("only", "channels"), "sources": phrase_of("only", "sources"),
    "programmes": phrase_of("only", "programmes"), "methods": phrase_of("only", "methods"),
    "themes": phrase_of("only", "themes"),
}  # fmt: skip


def _chosen(asked: Asked) -> list[str]:
    """Return the filters in force besides the dates, so that nobody takes a part for the whole."""
    chosen = asked.filters
    told: list[tuple[str, tuple[str, ...]]] = list(chosen.segments)
    told += [(called, getattr(chosen, name)) for name, called in _FILTERS.items() if getattr(chosen, name)]
    return [phrase("only {name} {listed}", name=name, listed=", ".join(values)) for name, values in told]


def _kpi(
    label: str,
    facts: Any,
    name: str,
    *,
    note: str = "",
    unit: str = "",
    decimals: int | None = None,
    signed: bool = False,
    drawing: Child = None,
) -> Markup:
    value, low, high = (facts[key] for key in (name, f"{name}_low", f"{name}_high"))
    n = facts["customers"] if name == "jsi" else facts[f"{name}_n"]
    if value is None:
        shown: Child = tag("strong", "–", class_="flat")
        under = phrase("hidden, n < 5") if n else phrase("not asked") if name != "jsi" else phrase("no comments")
        return tag("div", tag("h3", label), shown, tag("p", under), class_="kpi")
    digits = places(half(low, high)) if decimals is None else decimals
    margin = tag("small", plus_minus(low, high, decimals))
    shown = [tag("strong", plain(value, digits, signed=signed), unit), " ", margin, drawing]
    parts: list[Child] = []
    change = facts[f"{name}_change"]
    if change is not None and n >= LOW_N:
        p = facts["jsi_change_p"] if name == "jsi" else None
        tone = "flat" if p is None or p >= SURE else "bad" if change < 0 else "good"
        parts += [tag("span", arrow(change, digits), class_=tone), " · "]
    counted = "" if name == "jsi" else phrase("n {n}, low", n=n) if n < LOW_N else phrase("n {n}", n=n)
    parts.append(joined(" · ", (part for part in (counted, note) if part)))
    return tag("div", tag("h3", label), tag("div", shown, class_="value"), tag("p", parts), class_="kpi")


def _count(label: str, n: int, note: str) -> Markup:
    value = tag("div", tag("strong", plain(float(n))), class_="value")
    return tag("div", tag("h3", label), value, tag("p", note), class_="kpi")


def _sure(facts: Any) -> str:
    if facts["jsi"] is None or facts["jsi_change"] is None:
        return phrase("0 to 100") if facts["jsi"] is not None else ""
    p = facts["jsi_change_p"]
    return phrase("within chance") if p is None or p >= SURE else p_value(p)


def spark(asked: Asked) -> Markup | None:
    """Return the whole through time, the size of a word; None where it is too short, or broken."""
    rows = asked.trend_of("all")
    if len(rows) < _SPARK or any(row["jsi"] is None for row in rows):
        return None  # too short, or broken
    points = [
        TrendPoint(row["period"], row["jsi"], row["low"], row["high"], row["n"], row["unfinished"], row["low_n"])
        for row in rows
    ]
    return sparkline(points, title=phrase("JSI of the whole through time"), step=asked.step, width=84, height=26)


def _stage(row: dict[str, Any]) -> JourneyStage:
    return JourneyStage(
        row["name"],
        row["jsi"],
        row["low"],
        row["high"],
        row["n"],
        row["previous_jsi"],
        row["change"],
        half(row["change_low"], row["change_high"]),
        moved(row),
        row["low_n"],
    )


def _numbers(row: dict[str, Any]) -> tuple[Child, ...]:
    digits = places(half(row["low"], row["high"]))
    moving = places(half(row["change_low"], row["change_high"]))
    hidden = "hidden" if row["hidden"] and row["n"] else None
    change = f"{plain(row['change'], moving, signed=True)} ({between(row['change_low'], row['change_high'])})"
    return (
        row["name"],
        hidden or plain(row["jsi"], digits),
        between(row["low"], row["high"]),
        plain(row["previous_jsi"], digits),
        "–" if row["change"] is None else change,
        p_value(row["p_adjusted"]).removeprefix("p = ").removeprefix("p ") or "–",
        plain(row["target"]),
        plain(row["n"]),
        plain(row["customers"]) + (f" ({LOW})" if row["low_n"] and not row["hidden"] else ""),
    )


def _split(asked: Asked) -> list[str]:
    """Return how much of the change is who spoke, and how much is what they said."""
    if asked.change is None or asked.change.facts["change"] is None:
        return []
    facts = asked.change.facts
    whole, mix, within = (plain(facts[name], 1, signed=True) for name in ("change", "mix", "within"))
    return [
        phrase(
            "The whole moved by {whole} points: {mix} because the mix of kinds of feedback "
            "changed, {within} within them.",
            whole=whole,
            mix=mix,
            within=within,
        )
    ]
