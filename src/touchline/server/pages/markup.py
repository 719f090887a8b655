"""The engine's markup in Django's templates."""

from __future__ import annotations

from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from touchline.figures.markup import Markup


def safe(value: Any) -> Any:
    """Let a template take the engine's markup, which has escaped what it was made from, as markup.

    Everything else comes back as it is, for the template to escape. Lists of markup become one; lists and dictionaries
    are looked through.

    >>> type(safe(Markup("<b>1</b>"))).__name__, type(safe("<b>")).__name__
    ('SafeString', 'str')
    """
    if isinstance(value, Markup):
        return SafeString(value)
    if isinstance(value, list | tuple) and value and all(isinstance(one, Markup | None) for one in value):
        return SafeString("".join(conditional_escape(safe(one)) for one in value if one is not None))
    if type(value) is list:
        return [safe(one) for one in value]
    if type(value) is dict:
        return {name: safe(one) for name, one in value.items()}
    return value
