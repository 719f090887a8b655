"""One view per figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

from rich.console import Group, RenderableType
from rich.text import Text

from touchline.cli import (
    views_across,
    views_data,
    views_impact,
    views_over_time,
    views_paths,
    views_people,
    views_service,
    views_value,
    views_why,
)
from touchline.cli.console import out
from touchline.cli.tables import (
    BAD,
    GOOD,
    bar,
    cell,
    delta,
    figure,
    percent,
    quotes,
    score,
    sheet,
    short,
    thousands,
)
from touchline.figures.tables import said

if TYPE_CHECKING:
    from touchline.scores.base import Figure


_FEWEST: Final = 8  # periods of a trend that are shown, however narrow the terminal
_BESIDE: Final = 52  # characters beside them


def stages(found: Figure) -> RenderableType:
    """JSI, NPS, CSAT and CES per stage."""
    rows = found.to_dicts()
    cells: dict[str, Callable[[dict[str, Any]], Text | str]] = {
        "JSI": score,
        "Change": lambda row: delta(row["change"], sure=row["p_adjusted"] is not None and row["p_adjusted"] < 0.05),
        "NPS": lambda row: score(row | {"hidden": False}, "nps"),
        "CSAT %": lambda row: score(row | {"hidden": False}, "csat"),
        "CES": lambda row: score(row | {"hidden": False}, "ces", digits=1),
        "Comments": lambda row: thousands(row["n"]),
        "Negative": lambda row: percent(row["negative"]),
        "Customers": lambda row: thousands(row["customers"]),
    }
    empty = {"Change": "change", "NPS": "nps", "CSAT %": "csat", "CES": "ces"}
    shown = [name for name in cells if name not in empty or any(row[empty[name]] is not None for row in rows)]
    yields = {"NPS": 1, "CSAT %": 2, "CES": 3, "Customers": 4, "Negative": 5}
    table = sheet(("Stage", "left"), *((name, "right", yields.get(name, 0)) for name in shown))
    for row in rows:
        name = Text(row["name"], style="dim" if row["stage"] == "unassigned" else "")
        table.add_row(name, *(cells[column](row) for column in shown))
    return figure(found, table, "The journey, stage by stage")


def jsi(found: Figure) -> RenderableType:
    """Period JSI by anything."""
    table = sheet(
        ("", "left"),
        ("JSI", "right"),
        ("", "left", 3),
        ("Negative", "right", 2),
        ("Comments", "right"),
        ("Customers", "right", 1),
    )
    for row in found.to_dicts():
        length = bar((row["jsi"] or 0) / 100, GOOD if (row["jsi"] or 0) >= 50 else BAD)
        table.add_row(
            str(row["name"]),
            score(row),
            length,
            percent(row["negative"]),
            thousands(row["n"]),
            thousands(row["customers"]),
        )
    return figure(found, table, "Journey Sentiment Index")


def standing(found: Figure) -> RenderableType:
    """Standing JSI of persons or accounts."""
    table = sheet(
        ("Who", "left"),
        ("JSI", "right"),
        ("Trend", "right"),
        ("Band", "left"),
        ("Touches", "right", 1),
        ("Last", "left", 2),
    )
    for row in found.to_dicts():
        last = row["last_touch"].date().isoformat() if row["last_touch"] else "–"
        table.add_row(str(row["ref"]), score(row), delta(row["trend"]), row["band"], thousands(row["n"]), last)
    return figure(found, table, "Standing JSI")


def heatmap(found: Figure) -> RenderableType:
    """Stages against something."""
    rows = found.to_dicts()
    by_metric, by_week = (found.facts.get("by") == by for by in ("metric", "week"))
    names = list(dict.fromkeys((row["column"], row["column_name"]) for row in rows))
    if by_week:  # the latest ones stay where there is no room for all
        names.sort(key=lambda name: (name[0] != "all", name))
    yields = range(len(names), 0, -1) if by_week else range(1, len(names) + 1)
    table = sheet(
        ("", "left"),
        *(
            (short(str(name)), "right", 0 if column in ("all", "jsi") else rank)
            for (column, name), rank in zip(names, yields, strict=True)
        ),
    )
    shares = {column for column, unit in found.facts.get("unit", {}).items() if unit == "share of touches"}
    cells = {(row["stage"], row["column"]): _in_percent(row) if row["column"] in shares else row for row in rows}
    for stage, name in dict.fromkeys((row["stage"], row["name"]) for row in rows):
        shown = [(column, cells.get((stage, column))) for column, _ in names]
        table.add_row(
            name, *(cell(c, coloured=not by_metric or column == "jsi") if c else Text("") for column, c in shown)
        )
    return figure(found, table, "Heatmap")


def _in_percent(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: None if row[name] is None else 100 * row[name] for name in ("value", "low", "high")}


def friction(found: Figure, *, within: bool = True) -> RenderableType:
    """Where customers meet most trouble; the touchpoints within each stage too, or the stages alone."""
    rows = [row for row in found.to_dicts() if row["n"] and (within or row["touchpoint"] is None)]
    most = max((row["per_100"] or 0 for row in rows if not row["hidden"]), default=0) or 1
    table = sheet(
        ("#", "right"),
        ("Where", "left"),
        ("Per 100", "right"),
        ("", "left", 2),
        ("Weighted", "right", 1),
        ("Were there", "right"),
    )
    for row in rows:
        inner = row["touchpoint"] is not None
        table.add_row(
            Text("" if inner or row["rank"] is None else str(row["rank"]), style="dim"),
            Text(("  " if inner else "") + str(row["name"]), style="dim" if inner else ""),
            score(row, "per_100")
            if row["hidden"]
            else Text(f"{row['per_100']:.0f}", style="italic dim" if row["low_n"] else "bold"),
            bar(0 if row["hidden"] else (row["per_100"] or 0) / most),
            "" if row["hidden"] else f"{row['friction']:.0f}",
            thousands(row["customers_there"]),
        )
    return figure(found, table, "Friction: negative, effortful or unresolved")


def trend(found: Figure) -> RenderableType:
    """JSI through time: one line of blocks per stage."""
    rows = found.to_dicts()
    table = sheet(
        ("Stage", "left"),
        ("Through time", "left"),
        ("First", "right", 1),
        ("Last", "right"),
        ("Comments", "right"),
    )
    periods = sorted({row["period"] for row in rows})[-max(_FEWEST, out.width - _BESIDE) :]
    for stage, name in dict.fromkeys((row["stage"], row["name"]) for row in rows):
        mine = {row["period"]: row for row in rows if row["stage"] == stage}
        shown = [row for row in (mine.get(period) for period in periods) if row and row["jsi"] is not None]
        line = Text()
        for period in periods:
            line.append(*_block(mine.get(period)))
        table.add_row(
            name, line, score(shown[0]) if shown else "–", score(shown[-1]) if shown else "–",
            thousands(sum(row["n"] for row in mine.values())),
        )  # fmt: skip
    title = f"Trend, {periods[0]} to {periods[-1]}" if periods else "Trend"
    return figure(found, table, title)


def _block(row: dict[str, Any] | None) -> tuple[str, str]:
    from touchline.figures.colour import jsi_colour

    if row is None or row["jsi"] is None:
        return "·", "dim"
    return "▁▂▃▄▅▆▇█"[min(7, int(row["jsi"] / 12.5))], jsi_colour(row["jsi"]) + (" dim" if row["low_n"] else "")


def causes(found: Figure) -> RenderableType:
    """Root causes per stage."""
    rows = found.to_dicts()
    parts: list[RenderableType] = []
    most = max((abs(row["pareto"] or 0) for row in rows), default=0) or 1
    for stage, name in dict.fromkeys((row["stage"], row["stage_name"]) for row in rows):
        mine = [row for row in rows if row["stage"] == stage and not row["hidden"]]
        if not mine:
            continue
        table = sheet(
            (str(name), "left"),
            ("Points", "right"),
            ("", "left", 3),
            ("Of touches", "right", 1),
            ("Lift", "right", 2),
            ("Customers", "right"),
        )
        for row in mine:
            points = Text(f"{row['impact']:+.1f}", style="bold").append(
                f" ({row['low']:.1f} to {row['high']:.1f})", style="dim not bold"
            )
            table.add_row(
                Text(str(row["name"]), style="italic dim" if row["low_n"] else ""), points,
                bar(abs(row["pareto"] or 0) / most, BAD if row["direction"] == "hurts" else GOOD),
                percent(row["prevalence"]),
                "–" if row["lift"] is None else f"{row['lift']:.1f}×", thousands(row["customers"]),
            )  # fmt: skip
        parts.append(table)
        worst = mine[0]
        parts.append(quotes((v["text"], f"{v['channel'] or ''} {v['emotion']}".strip()) for v in worst["verbatims"]))
    return figure(found, Group(*parts), "Root causes: points of JSI that would come back")


def segments(found: Figure) -> RenderableType:
    """Every segment against the rest."""
    rows = [row for row in found.to_dicts() if not row["hidden"]]
    rows.sort(key=lambda row: (not row["significant"], row["p_adjusted"] if row["p_adjusted"] is not None else 2))
    table = sheet(
        ("Segment", "left"),
        ("Stage", "left"),
        ("JSI", "right"),
        ("Rest", "right", 2),
        ("Difference", "right"),
        ("p, corrected", "right", 1),
        ("Customers", "right", 3),
    )
    for row in rows[:40]:
        if row["difference"] is None:
            continue
        p = row["p_adjusted"]
        table.add_row(
            f"{row['segment']}={row['value']}", row["stage_name"] or "whole journey", score(row),
            f"{row['rest_jsi']:.0f}", delta(row["difference"], sure=bool(row["significant"])),
            "–" if p is None else ("< .001" if p < 0.001 else f"{p:.3f}"), thousands(row["customers"]),
        )  # fmt: skip
    return figure(found, table, "Segments against the rest")


def change(found: Figure) -> RenderableType:
    """A change split into mix and within."""
    table = sheet(
        ("", "left"),
        ("Before", "right", 1),
        ("After", "right", 2),
        ("Mix", "right"),
        ("Within", "right"),
        ("Together", "right"),
    )
    for row in found.to_dicts():
        table.add_row(
            str(row["name"]),
            "–" if row["jsi_before"] is None else f"{row['jsi_before']:.0f} ({percent(row['share_before'])})",
            "–" if row["jsi_after"] is None else f"{row['jsi_after']:.0f} ({percent(row['share_after'])})",
            delta(row["mix"]), delta(row["within"]), delta(row["total"]),
        )  # fmt: skip
    return figure(found, table, "Why it moved: mix and within")


def population(found: Figure) -> RenderableType:
    """How many customers are what."""
    if not found.table.num_rows:
        return Text(f"No {found.name} are declared, or nobody is one; see touchline.toml.", style="dim")
    table = sheet(("", "left"), ("Customers", "right"), ("Share", "right"), ("", "left", 1), ("Mean JSI", "right"))
    for row in found.to_dicts():
        table.add_row(
            row["name"].replace("_", " "), thousands(row["customers"]), percent(row["share"]),
            bar(row["share"], "dim"), score(row),
        )  # fmt: skip
    return figure(found, table, found.name.capitalize())


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {
    "stages": stages,
    "jsi": jsi,
    "standing": standing,
    "heatmap": heatmap,
    "friction": friction,
    "trend": trend,
    "causes": causes,
    "delights": causes,
    "segments": segments,
    "change": change,
    "bridge": change,
    "lifecycle": population,
    "personas": population,
    **views_across.VIEWS,
    **views_data.VIEWS,
    **views_impact.VIEWS,
    **views_over_time.VIEWS,
    **views_paths.VIEWS,
    **views_people.VIEWS,
    **views_service.VIEWS,
    **views_value.VIEWS,
    **views_why.VIEWS,
}


def view(found: Figure) -> RenderableType:
    """Return how a figure is shown: its own view, or a plain table of its rows."""
    return VIEWS.get(found.name, plain)(found)


def plain(found: Figure) -> RenderableType:
    """Every column of a figure, as it is."""
    names = [name for name in found.table.column_names if name not in _PLUMBING]
    table = sheet(*((name.replace("_", " ").capitalize(), _side(found, name)) for name in names))
    for row in found.to_dicts():
        table.add_row(*(said(row[name]) for name in names))
    return figure(found, table, found.name.replace("_", " ").capitalize())


#: Columns that say how a row is shown and are not shown themselves.
_PLUMBING: Final = frozenset({"hidden", "low_n"})


def _side(found: Figure, name: str) -> Literal["left", "right"]:
    import pyarrow as pa

    kind = found.table.schema.field(name).type
    return "right" if pa.types.is_integer(kind) or pa.types.is_floating(kind) else "left"
