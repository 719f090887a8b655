"""The one colour scale that means something: teal is good, burnt orange is bad, sand is neutral.

Diverging, centred on 50, mixed linearly in sRGB, told apart by colour-blind readers; the ink on it is whichever of
black and white reads better (WCAG 2.2, relative luminance).
"""

from __future__ import annotations

from typing import Final

_BAD: Final = (0xBE, 0x4A, 0x18)  # at 25 and below
_NEUTRAL: Final = (0xD6, 0xCD, 0xBE)  # at 50
_GOOD: Final = (0x0F, 0x6B, 0x5E)  # at 75 and above

#: The house's light colours by role. A drawing states them as attributes, so that it can be read where no style
#: sheet reaches (an e-mail); `figures.css` states them again by class, for light and dark.
LIGHT: Final = {
    "surface": "#fffefb",
    "ink": "#1d2228",
    "muted": "#6d6a63",
    "hair": "#e6e1d7",
    "soft": "#f1ede4",
    "good": "#0f6b5e",
    "bad": "#b8451a",
    "sand": "#d6cdbe",
    "ghost": "#b9b3a6",
}


def jsi_colour(value: float) -> str:
    """Return the colour of a JSI.

    >>> jsi_colour(10), jsi_colour(50), jsi_colour(100)
    ('#be4a18', '#d6cdbe', '#0f6b5e')
    """
    share = max(-1.0, min(1.0, (value - 50.0) / 25.0))
    end = _GOOD if share >= 0 else _BAD
    mixed = (round(n + (e - n) * abs(share)) for n, e in zip(_NEUTRAL, end, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def jsi_class(value: float) -> str:
    """Return the class that colours a cell as a JSI, to a point: a page's policy may forbid style attributes.

    >>> jsi_class(10), jsi_class(61.4)
    ('j25', 'j61')
    """
    return f"j{round(max(25.0, min(75.0, value)))}"


def jsi_rules() -> str:
    """Return the style rules of every `jsi_class`: its colour, and ink that reads on it.

    >>> jsi_rules().splitlines()[0]
    '.j25{background:#be4a18;color:#ffffff}'
    """
    colours = ((point, jsi_colour(point)) for point in range(25, 76))
    return "\n".join(f".j{point}{{background:{colour};color:{ink_on(colour)}}}" for point, colour in colours)


def ink_on(colour: str) -> str:
    """Return white or black, whichever has more contrast on a colour.

    >>> ink_on("#0f6b5e"), ink_on("#d6cdbe")
    ('#ffffff', '#000000')
    """
    light = luminance(colour)
    return "#ffffff" if (1.05 / (light + 0.05)) > ((light + 0.05) / 0.05) else "#000000"


def luminance(colour: str) -> float:
    """Return the relative luminance of a ``#rrggbb`` colour, 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)
