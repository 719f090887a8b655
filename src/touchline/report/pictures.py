"""Every figure of the report as a picture by itself: SVG, and PNG through an optional extra."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import QuestionError, unknown
from touchline.figures import CauseBar, journey_line, trend_line
from touchline.figures.colour import LIGHT
from touchline.figures.heat_picture import heat_picture
from touchline.figures.markup import Markup
from touchline.figures.numbers import LOW, between, percent, period, plain, plus_minus
from touchline.figures.ranking import Ranked, ranking
from touchline.report.findings import complaining, costliest
from touchline.report.heatmaps import metric_grid, segment_grid
from touchline.report.opening import drawn_stages
from touchline.report.trend import trend_points
from touchline.words import Number, joined, phrase

if TYPE_CHECKING:
    from touchline.report.asked import Asked, Row
    from touchline.report.chosen import Plan

#: Pixels of a picture's width: sharp on a slide that fills a wall.
WIDTH: Final = 1920
_MOST: Final = 8  # bars of a ranking
_STRONG: Final = re.compile(r'font-weight="(?:5[5-9]|[67]\d)\d"')
_BOX: Final = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)" width="[\d.]+" height="[\d.]+"')
_ROOM: Final = 18.0
#: What the shipped font lacks, and what stands for it.
LACKING: Final = str.maketrans({"▲": "↑", "▼": "↓"})


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure drawn.

    Attributes:
        name: For files and addresses: ``journey-line``.
        title: What it is called.
        about: How it is read.
        svg: The drawing, which stands alone.
        section: To which section it belongs.
    """

    name: str
    title: str
    about: str
    svg: Markup
    section: str


def drawings(asked: Asked, plan: Plan) -> list[Drawing]:
    """Return the pictures of the chosen sections, in their order."""
    if asked.empty:
        return []
    made = [_line(asked), _trend(asked), *_heats(asked), *_causes(asked), *_friction(asked), *_stages(asked)]
    return [one for one in made if one is not None and plan.has(one.section)]


def drawing(asked: Asked, plan: Plan, name: str) -> Drawing:
    """Return one picture.

    Raises:
        QuestionError: There is none of that name.
    """
    made = {one.name: one for one in drawings(asked, plan)}
    if name not in made:
        raise unknown("picture", name, tuple(made))
    return made[name]


def png(svg: str, *, width: int = WIDTH, background: str = LIGHT["surface"]) -> bytes:
    """Return a drawing as PNG, on the house's paper.

    Args:
        svg: The drawing.
        width: Pixels.
        background: The paper's colour.

    Raises:
        QuestionError: The extra that draws is not installed.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise QuestionError(
            phrase("pictures need an optional part"),
            where="png",
            todo=phrase('install it: pip install "touchline[office]"'),
        ) from error
    weights = ",".join(f"[{weight}]" for weight in sorted(set(_STRONG.findall(svg))))
    style = f'{weights} {{ font-family: "Inter SemiBold", Inter; }}' if weights else None
    fonts = _fonts()
    family: dict[str, Any] = {"sans_serif_family": "Inter"} if fonts else {}
    made: bytes = resvg_py.svg_to_bytes(
        svg_string=_framed(svg).translate(LACKING), width=width, background=background, style_sheet=style,
        font_files=list(fonts), skip_system_fonts=bool(fonts) and svg.isascii(), **family,
    )  # fmt: skip
    return bytes(made)


def _framed(svg: str) -> str:
    """Return a drawing with some room around it."""

    def roomy(found: re.Match[str]) -> str:
        width, height = (float(part) + 2 * _ROOM for part in found.groups())
        return f'viewBox="{-_ROOM:g} {-_ROOM:g} {width:g} {height:g}" width="{width:g}" height="{height:g}"'

    return _BOX.sub(roomy, str(svg), count=1)


@cache
def _fonts() -> tuple[str, ...]:
    """Return the files of the house's font, which come with the pages; none where the package was built without."""
    there = files("touchline").joinpath("server", "assets", "static", "vendor")
    names = ("inter-400.ttf", "inter-600.ttf", "inter-ext-400.ttf", "inter-ext-600.ttf")
    return tuple(str(there / name) for name in names if (there / name).is_file())


def _line(asked: Asked) -> Drawing:
    return Drawing(
        "journey-line",
        phrase("The journey line"),
        phrase("Journey Sentiment Index by stage; node = volume, band = 95 % interval, dashed = the period before"),
        journey_line(drawn_stages(asked), gate=asked.gate),
        "line",
    )


def _trend(asked: Asked) -> Drawing | None:
    points = trend_points(asked, "all")
    if sum(point.value is not None for point in points) < 2:
        return None
    by = period(asked.trend.facts["by"])
    svg = trend_line(
        points, title=phrase("JSI by {by}", by=by), step=asked.step, gate=asked.gate, width=960, height=320
    )
    return Drawing(
        "trend",
        phrase("The whole through time"),
        phrase("JSI by {by}; dotted = gate {gate}", by=by, gate=Number(f"{asked.gate:g}")),
        svg,
        "trend",
    )


def _heats(asked: Asked) -> list[Drawing]:
    made = []
    grid = segment_grid(asked)
    if grid is not None and asked.across is not None:
        title = phrase("Stage × {name}", name=asked.across.name)
        about = "JSI and ±; hatched: under 30 customers; outlined: more than chance"
        made.append(Drawing("segments", title, about, heat_picture(*grid, title=title), "segments"))
    about = "each in its own unit, with ±; hatched: under 30 customers"
    svg = heat_picture(*metric_grid(asked), title=phrase("Stage × metric"))
    return [*made, Drawing("metrics", phrase("Stage × metric"), about, svg, "metrics")]


def _causes(asked: Asked) -> list[Drawing]:
    worst = costliest(asked)
    rows = asked.of(asked.causes, worst["stage"]) if worst else []
    if worst is None or not rows:
        return []
    if complaining(asked):
        title, about = (
            phrase("What {name} is blamed for", name=worst["name"]),
            phrase("share of the complaints that carries each theme"),
        )
        shown = [_said_often(row) for row in sorted(rows, key=lambda row: -float(row["prevalence"]))]
    else:
        title = phrase("Why {name} hurts", name=worst["name"])
        about = phrase("probable causes; JSI points that come back if a cause goes")
        shown = [_cause(row) for row in rows]
    return [Drawing("causes", title, about, ranking(shown[:_MOST], title=title), "why")]


def _cause(row: Row) -> Ranked:
    known = phrase(
        "{prevalence} of comments · {customers} customers",
        prevalence=percent(row["prevalence"]),
        customers=row["customers"],
    )
    if row["low_n"]:
        known = joined(" · ", [known, LOW])
    bar = CauseBar(row["name"], row["impact"], row["low"], row["high"], row["pareto"])
    return Ranked(bar, known, plain(row["impact"], 1, signed=True), between(row["low"], row["high"], 1))


def _said_often(row: Row) -> Ranked:
    bar = CauseBar(row["name"], 100 * row["prevalence"], unit=phrase("% of comments"))
    return Ranked(bar, phrase("{customers} customers", customers=row["customers"]), percent(row["prevalence"]))


def _friction(asked: Asked) -> list[Drawing]:
    rows = [row for row in asked.friction.to_dicts() if row["touchpoint"] is None and row["rank"] is not None]
    rows = [row for row in rows if not row["hidden"]][:_MOST]
    if not rows:
        return []
    shown = [
        Ranked(
            CauseBar(row["name"], row["per_100"], row["low"], row["high"], unit=phrase("per 100 customers")),
            phrase(
                "{share} of all friction · {customers_there} customers there",
                share=percent(row["share"]),
                customers_there=row["customers_there"],
            ),
            plain(row["per_100"]),
            plus_minus(row["low"], row["high"]),
        )
        for row in rows
    ]
    about = phrase("negative, effortful or unresolved comments, weighted, per 100 customers who were there")
    return [
        Drawing(
            "friction", phrase("Where the friction is"), about, ranking(shown, title=phrase("Friction")), "friction"
        )
    ]


def _stages(asked: Asked) -> list[Drawing]:
    made = []
    by = period(asked.trend.facts["by"])
    for row in asked.rows:
        points = trend_points(asked, row["stage"])
        if row["hidden"] or sum(point.value is not None for point in points) < 2:
            continue
        title = phrase("{name}, JSI by {by}", name=row["name"], by=by)
        svg = trend_line(points, title=title, step=asked.step, gate=asked.gate, width=960, height=320)
        made.append(
            Drawing(
                f"stage-{row['stage']}",
                title,
                phrase("dotted = gate {gate}", gate=Number(f"{asked.gate:g}")),
                svg,
                "stages",
            )
        )
    return made
