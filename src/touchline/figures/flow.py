"""Where customers go from one step to the next: a Sankey drawing whose widths are customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, number, tag
from touchline.figures.names import called
from touchline.figures.numbers import percent, plain
from touchline.figures.shapes import Look, picture, words
from touchline.figures.steps import shortened
from touchline.words import joined, phrase

_NODE: Final = 9.0
_GAP: Final = 10.0
_TOP: Final = 22.0


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A state at a level; ``ends`` marks those who go no further."""

    level: int
    name: str
    n: int
    ends: bool = False


@dataclass(frozen=True, slots=True)
class FlowLink:
    """So many from one node to one of the next level."""

    level: int
    source: str
    target: str
    n: int


def flow(nodes: Sequence[FlowNode], links: Sequence[FlowLink], *, title: str, width: float = 860.0) -> Markup:
    """Draw levels from left to right; within a level the most first, those who end last.

    >>> nodes = [FlowNode(0, "order", 9), FlowNode(1, "delivery", 9)]
    >>> "Delivery" in flow(nodes, [FlowLink(0, "order", "delivery", 9)], title="Paths")
    True
    """
    levels = sorted({node.level for node in nodes})
    of_level = {
        level: sorted((n for n in nodes if n.level == level), key=lambda n: (n.ends, -n.n, n.name)) for level in levels
    }
    whole = max((sum(n.n for n in found) for found in of_level.values()), default=1) or 1
    most = max((len(found) for found in of_level.values()), default=1)
    height = max(200.0, 46.0 * most)
    scale = (height - _GAP * (most - 1)) / whole
    label = 118.0
    step = (width - label - _NODE) / max(len(levels) - 1, 1)
    x = {level: place * step for place, level in enumerate(levels)}
    top: dict[tuple[int, str], float] = {}
    drawn_nodes: list[Markup] = []
    for level, found in of_level.items():
        y = _TOP
        for node in found:
            top[level, node.name] = y
            tall = max(1.0, node.n * scale)
            drawn_nodes += _node(node, x[level], y, tall, whole)
            y += tall + _GAP
    out_at, in_at = dict(top), dict(top)
    order = {(n.level, n.name): place for found in of_level.values() for place, n in enumerate(found)}
    ends = {(n.level, n.name) for n in nodes if n.ends}
    following = {level: levels[place + 1] for place, level in enumerate(levels[:-1])}
    ribbons: list[Markup] = []
    grouped: dict[int, list[FlowLink]] = defaultdict(list)
    for link in links:
        if link.level in following:
            grouped[link.level].append(link)
    for level, found_links in grouped.items():
        after = following[level]
        found_links.sort(key=lambda k: (order.get((level, k.source), 0), order.get((after, k.target), 0)))
        for link in found_links:
            tall = link.n * scale
            here, there = (level, link.source), (after, link.target)
            if here not in out_at or there not in in_at:
                continue
            ribbons.append(_ribbon(x[level] + _NODE, out_at[here], x[after], in_at[there], tall, link, there in ends))
            out_at[here] += tall
            in_at[there] += tall
    spoken = joined(
        "; ",
        (
            phrase("{source} to {target}: {n}", source=called(link.source), target=called(link.target), n=link.n)
            for link in links
        ),
    )
    return picture(width, height + _TOP + 6, title, spoken, ribbons, drawn_nodes, class_="tl-flow")


def _node(node: FlowNode, x: float, y: float, tall: float, whole: int) -> list[Markup]:
    role = "bad" if node.ends else "ink"
    shape = tag(
        "rect", x=x, y=y, width=_NODE, height=tall, rx=2, fill=LIGHT[role], class_=f"tl-fill-{role}",
    )  # fmt: skip
    look: Look = {"fill": LIGHT["ink"], "font_size": 12, "font_weight": 560}
    told = words(
        x + _NODE + 6, y + min(tall / 2 + 1, 12), shortened(called(node.name), 17), "tl-text tl-strong", **look
    )
    if tall < 17:
        return [shape, told]
    small = words(
        x + _NODE + 6, y + min(tall / 2 + 1, 12) + 13, f"{plain(node.n)} · {percent(node.n / whole)}", font_size=11
    )
    return [shape, told, small]


def _ribbon(x1: float, y1: float, x2: float, y2: float, tall: float, link: FlowLink, ends: bool) -> Markup:
    middle = (x1 + x2) / 2
    a, b, c, d = (number(v) for v in (y1, y2, y2 + tall, y1 + tall))
    left, half, right = number(x1), number(middle), number(x2)
    data = f"M{left} {a}C{half} {a} {half} {b} {right} {b}L{right} {c}C{half} {c} {half} {d} {left} {d}Z"
    role = "bad" if ends else "ink"
    return tag(
        "path",
        tag("title", f"{called(link.source)} → {called(link.target)}: {plain(link.n)}"),
        d=data,
        fill=LIGHT[role],
        fill_opacity=0.2 if ends else 0.13,
        class_=f"tl-fill-{role}",
    )
