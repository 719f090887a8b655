"""Stages against a segment, a metric, a week, a channel, a touchpoint or a source: sorted, turned, and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from touchline.errors import QuestionError, TouchlineError
from touchline.figures import HeatCell, HeatRow, heat_table
from touchline.figures.heat_picture import heat_picture
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import LOW, between, count, day, percent, plain
from touchline.report.heatmaps import jsi_cell, metric_cell
from touchline.server.journey.page import Visit, shown, visiting
from touchline.server.journey.showing import Shown, ask, figure_card
from touchline.server.people.facade import needs, problem
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import phrase

_MOST_COLUMNS: Final = 14
_SHARES: Final = ("negative", "high_effort", "unresolved")
_METRICS: Final = ("jsi", "nps", "csat", "ces", *_SHARES)
_FILTERED: Final = ("channel", "touchpoint", "source")
_LONG: Final = {"week": 13}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Grid:
    """What is shown: names across, rows with their cells, and the keys of both."""

    columns: list[tuple[str | None, str]]
    rows: list[tuple[str, str]]
    cells: Mapping[tuple[str, str | None], HeatCell]
    turned: bool

    def heat(self) -> tuple[list[str], list[HeatRow]]:
        """Return what `heat_table` and `heat_picture` take."""
        if self.turned:
            rows = [
                HeatRow(name, tuple(self.cells.get((stage, key)) for stage, _name in self.rows))
                for key, name in self.columns
            ]
            return [name for _stage, name in self.rows], rows
        rows = [
            HeatRow(name, tuple(self.cells.get((stage, key)) for key, _name in self.columns), stage == UNASSIGNED)
            for stage, name in self.rows
        ]
        return [name for _key, name in self.columns], rows


@shown("journey/heatmap.html", "Heatmap")
def heatmap(visit: Visit) -> Mapping[str, Any]:
    """Return the heatmap that the address asks for."""
    by, asked, grid = _asked(visit)
    names = _across(visit)
    told = {"by": by, "sort": visit.said("sort"), "pivot": visit.said("pivot")}

    def link(**changed: str) -> str:
        return visit.chosen.having(**{**told, **changed})

    columns, rows = grid.heat()
    caption = _("%(what)s of each stage by %(by)s") % {
        "what": _("Metrics") if by == "metric" else "JSI",
        "by": names[by],
    }
    table = heat_table(columns, rows, caption=caption)
    dropped = len({row["column"] for row in asked.rows}) - len(grid.columns)
    note = (
        tag("p", _("%(n)d columns with fewer comments are left to the table below.") % {"n": dropped}, class_="known")
        if dropped > 0
        else None
    )
    lead = _("number and ± · hatched: under 30 customers · outlined: more than chance · a click leads to the comments")
    picture = f"{reverse('heatmap-svg', args=[visit.workspace.slug])}?{link()}"
    return {
        "by": by, "across": [((value, link(by=value, sort="")), name) for value, name in names.items()],
        "pivoted": link(pivot="" if told["pivot"] else "1"), "turned": bool(told["pivot"]),
        "sorts": [(name, link(sort=key or ""), told["sort"] == (key or "")) for key, name in
                  [("", _("as the journey goes")), *((str(key), name) for key, name in grid.columns if key)]],
        "card": figure_card(
            visit, asked, _("Stage × %(by)s") % {"by": names[by]}, lead, table, after=note, class_="heat"
        ),
        "svg": picture,
    }  # fmt: skip


@needs("read")
@require_safe
def picture(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the heatmap as an SVG file."""

    def drawn(visit: Visit) -> Markup:
        by, _shown, grid = _asked(visit)
        columns, rows = grid.heat()
        return heat_picture(columns, rows, title=_("Stage × %(by)s") % {"by": _across(visit)[by]})

    try:
        made = visiting(request, slug, drawn)
    except TouchlineError as error:
        return problem(request, 404, error.what, where=error.where, todo=error.todo)
    answer = HttpResponse(made, content_type="image/svg+xml; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="heatmap.svg"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _across(visit: Visit) -> dict[str, str]:
    names = {"metric": _("Metric"), "week": _("Week"), "channel": _("Channel"), "touchpoint": _("Touchpoint"),
             "source": _("Source")}  # fmt: skip
    return {f"segment:{name}": name[:1].upper() + name[1:] for name in visit.local.workspace.asked.segments()} | names


def _asked(visit: Visit) -> tuple[str, Shown, Grid]:
    names = _across(visit)
    by = visit.said("by") or next(iter(names))
    if by not in names:
        raise QuestionError(
            phrase("a heatmap is not told by {by}", by=repr(by)),
            where="by",
            todo=phrase("give one of {listed}", listed=", ".join(names)),
        )
    asked = ask(visit, "heatmap", by=by)
    if asked.trouble is not None:
        raise asked.trouble
    rows = [row for row in asked.rows if row["stage"] != UNASSIGNED or row["n"]]
    scales = asked.figure.facts.get("ces_scale", {}) if asked.figure else {}
    sure = _sure(visit, by.removeprefix("segment:")) if by.startswith("segment:") else frozenset()
    cells = {}
    for row in rows:
        cell = metric_cell(row, scales.get(row["stage"])) if by == "metric" else jsi_cell(row)
        cells[row["stage"], row["column"]] = replace(
            cell, tip=_tip(row, cell, by), href=_href(visit, by, row), marked=(row["stage"], row["column"]) in sure
        )
    columns = _columns(rows, by)
    stages = list(dict.fromkeys((row["stage"], row["name"]) for row in rows))
    wanted = visit.said("sort")
    if wanted:
        if wanted not in {key for key, _name in columns}:
            raise QuestionError(
                phrase("there is no column {wanted} to sort by", wanted=repr(wanted)),
                where="sort",
                todo=phrase("choose one above"),
            )
        values = {row["stage"]: row["value"] for row in rows if row["column"] == wanted}
        stages.sort(key=lambda stage: (values.get(stage[0]) is None, values.get(stage[0]) or 0.0))
    return by, asked, Grid(columns, stages, cells, bool(visit.said("pivot")))


def _columns(rows: Sequence[Row], by: str) -> list[tuple[str | None, str]]:
    """Return the columns with most comments in their own order, the whole first; of weeks the last ones."""
    totals: dict[str | None, int] = {}
    names: dict[str | None, str] = {}
    for row in rows:
        totals[row["column"]] = totals.get(row["column"], 0) + row["n"]
        names[row["column"]] = row["column_name"]
    if by == "metric":
        return [(key, names[key]) for key in _METRICS if key in names]
    if by == "week":
        weeks = sorted(key for key in totals if key not in ("all", None))[-_LONG["week"] :]
        return (
            [("all", names["all"]), *((key, _week(key)) for key in weeks)]
            if "all" in names
            else [(key, _week(key)) for key in weeks]
        )
    kept = sorted(totals, key=lambda key: (key != "all", -totals[key]))[:_MOST_COLUMNS]
    return [(key, names[key]) for key in totals if key in kept]


def _week(text: str) -> str:
    return day(date.fromisoformat(text), year=False)


def _sure(visit: Visit, segment: str) -> frozenset[tuple[str, str]]:
    """Return the cells that differ from the rest of their stage by more than chance."""
    found = visit.local.segments(visit.chosen.filters, names=[segment]).to_dicts()
    return frozenset((row["stage"], row["value"]) for row in found if row["significant"])


def _tip(row: Row, cell: HeatCell, by: str) -> str:
    column = row["column_name"] if by != "week" or row["column"] == "all" else day(date.fromisoformat(row["column"]))
    name = f"{row['name']}, {column}"
    counted = f"n {plain(row['n'])} · {count(row['customers'], 'customer')}"
    if cell.text is None:
        return f"{name}: {_('hidden, fewer than 5 customers')} · {counted}"
    share = by == "metric" and row["column"] in _SHARES
    digits = 1 if by == "metric" and row["column"] == "ces" else None
    ends = phrase("{low} to {high}", low=percent(row["low"]), high=percent(row["high"]))
    interval = ends if share else between(row["low"], row["high"], digits)
    return f"{name}: {cell.text} ({interval}) · {counted}{f' · {LOW}' if cell.low_n else ''}"


def _href(visit: Visit, by: str, row: Row) -> str:
    """Return the address of the comments of a cell; none where no filter names them."""
    key = row["column"]
    if not row["n"] or key is None:
        return ""
    pairs = [pair for pair in visit.chosen.pairs if pair[0] != "stage"]
    pairs.append(("stage", row["stage"]))
    if key != "all":
        if by.startswith("segment:"):
            name = by.removeprefix("segment:")
            pairs = [p for p in pairs if p[0] != "segment" or not p[1].startswith(f"{name}:")]
            pairs.append(("segment", f"{name}:{key}"))
        elif by == "week":
            first = date.fromisoformat(key)
            since, until = visit.chosen.filters.since, visit.chosen.filters.until
            last = first + timedelta(days=6)
            pairs = [p for p in pairs if p[0] not in ("days", "since", "until")]
            pairs += [("since", str(max(first, since or first))), ("until", str(min(last, until or last)))]
        elif by in _FILTERED:
            pairs = [*(p for p in pairs if p[0] != by), (by, key)]
        elif key in _SHARES:
            pairs.append(("sentiment", "-1"))
    return f"{reverse('feedback', args=[visit.workspace.slug])}?{urlencode(pairs)}"
