"""Markup from plain values: whatever is not markup already is escaped, so that a customer's words stay words.

A `Phrase` becomes markup in the language of who reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Final, TypeAlias

_EMPTY: Final = frozenset(
    {"br", "hr", "img", "meta", "circle", "ellipse", "line", "path", "polygon", "polyline", "rect"}
)
#: What neither XML nor HTML allows in a document: control characters, lone surrogates, non-characters.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Markup(str):
    """Text that is markup already, and is not escaped again."""

    __slots__ = ()


Child: TypeAlias = "str | int | float | Iterable[Child] | None"


def text(value: object) -> Markup:
    """Return a value as escaped text; markup as it is; None as nothing; a sequence joined.

    >>> text("<b> & 'so'")
    '&lt;b&gt; &amp; &#x27;so&#x27;'
    """
    if isinstance(value, Markup):
        return value
    if value is None:
        return Markup("")
    if isinstance(value, float):
        return Markup(number(value))
    if isinstance(value, str):
        return Markup(escape(_FORBIDDEN.sub("", str(value))))
    if isinstance(value, Iterable):
        return Markup("".join(text(part) for part in value))
    return Markup(escape(str(value)))


def tag(element: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """Return an element.

    Args:
        element: Its name.
        children: Its content, escaped unless it is `Markup`.
        attributes: ``class_`` is ``class`` and ``stroke_width`` is ``stroke-width``; None and False are left out,
            True repeats the name.

    >>> tag("p", "1 < 2", class_="x", hidden=None)
    '<p class="x">1 &lt; 2</p>'
    >>> tag("circle", cx=1.5, stroke_width=2)
    '<circle cx="1.5" stroke-width="2"/>'
    """
    head = element + "".join(_attribute(key, value) for key, value in attributes.items())
    if element in _EMPTY and not children:
        return Markup(f"<{head}/>")
    return Markup(f"<{head}>{text(children)}</{element}>")


def number(value: float) -> str:
    """Return a coordinate, to a hundredth and without trailing zeros.

    >>> number(2.50), number(-0.001)
    ('2.5', '0')
    """
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f' {name}="{name if value is True else text(value)}"'
