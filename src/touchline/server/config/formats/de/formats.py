"""A day of the month has a full stop in German: the formats that templates ask for, as they are there."""

from __future__ import annotations

from typing import Final

_WRITTEN: Final = ("j M", "j M Y", "j M y", "j M Y, H:i", "j M Y, H:i:s", "j M, H:i", "j M, H:i:s", "j M H:i")
#: Django looks a format up by its own text.
globals().update({form: form.replace("j ", "j. ", 1) for form in _WRITTEN})
