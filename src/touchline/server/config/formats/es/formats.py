"""Spanish writes months small: the formats that templates ask for, with the small name of the month."""

from __future__ import annotations

from typing import Final

_WRITTEN: Final = ("j M", "j M Y", "j M y", "j M Y, H:i", "j M Y, H:i:s", "j M, H:i", "j M, H:i:s", "j M H:i")
#: Django looks a format up by its own text.
globals().update({form: form.replace("M", "b", 1) for form in _WRITTEN})
