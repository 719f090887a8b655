"""What every drawing must hold, whatever it draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
#: Words of customers and files that try to become markup.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</title><svg onload=alert(1)>",
    "</style><b>bold</b>",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "javascript:alert(1)",
    "&lt;i&gt; &amp; &#60;b&#62;",
    "<!-- --> ]]> <![CDATA[x]]>",
    "\u202eevil\u202c\x00\x08\ud800\ufffe!",
    "<a href=https://example.invalid/>click</a>",
)


def parsed(drawing: str) -> ElementTree.Element:
    """Return the drawing as XML; it must be well-formed, in a page and in a file of its own."""
    return ElementTree.fromstring(drawing)


def name(element: ElementTree.Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rsplit("}", 1)[-1]


def assert_sound(drawing: str) -> ElementTree.Element:
    """Assert what every drawing promises: an image with a name, classes and attributes only, nothing out of frame."""
    root = parsed(drawing)
    assert name(root) == "svg"
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"]
    assert name(root[0]) == "title"
    left, top, width, height = (float(part) for part in root.attrib["viewBox"].split())
    for element in root.iter():
        assert name(element) not in ("script", "style", "foreignObject", "image", "a")
        assert not any(key == "style" or key == "id" or key.startswith("on") for key in element.attrib), element.attrib
        assert not any("url(" in value for value in element.attrib.values())
        for x, y in points(element):
            assert left - 0.01 <= x <= left + width + 0.01, (name(element), x, y)
            assert top - 0.01 <= y <= top + height + 0.01, (name(element), x, y)
    return root


def points(element: ElementTree.Element) -> Iterator[tuple[float, float]]:
    """Yield the points that an element reaches."""
    given = element.attrib
    match name(element):
        case "circle":
            x, y, r = (float(given[key]) for key in ("cx", "cy", "r"))
            yield from ((x - r, y - r), (x + r, y + r))
        case "rect":
            x, y, w, h = (float(given[key]) for key in ("x", "y", "width", "height"))
            yield from ((x, y), (x + w, y + h))
        case "line":
            yield float(given["x1"]), float(given["y1"])
            yield float(given["x2"]), float(given["y2"])
        case "text":
            yield float(given["x"]), float(given["y"])
        case "path":
            numbers = [float(part) for part in _NUMBER.findall(given["d"])]
            yield from zip(numbers[::2], numbers[1::2], strict=True)


def texts(root: ElementTree.Element) -> list[str]:
    """Return what is written on a drawing."""
    return ["".join(element.itertext()) for element in root.iter() if name(element) == "text"]
