"""Message catalogues of four web packages, as text in some fifty languages written in Latin letters.

Django (BSD-3-Clause), Oscar (BSD-3-Clause), allauth (MIT) and Wagtail (BSD-3-Clause) carry them in their wheels;
nothing of the packages is run, and none of their text is in this repository.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from training.public import tidy

PACKAGES: Final = ("django", "oscar", "allauth", "wagtail")
INSTALL: Final = "pip install --no-deps django==5.2 django-oscar==4.2.1 django-allauth==65.21.1 wagtail==8.0.1"
_LINE: Final = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)\s+(".*")$')
_HOLES: Final = re.compile(r"%\([^)]*\)[a-z]|%[a-z]|\{[^}]*\}|<[^>]*>|&[a-z]+;|https?://\S+")


def catalogues() -> dict[str, list[str]]:
    """Return the distinct messages of each language, without their placeholders; English ones as they were written.

    Raises:
        SystemExit: One of the packages is not installed.
    """
    found: dict[str, dict[str, None]] = {}
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise SystemExit(f"training needs {package} for its translations: {INSTALL}")
        for path in sorted(Path(spec.origin).parent.rglob("LC_MESSAGES/django.po")):
            code = path.parts[-3].lower()
            language = code.partition("_")[0]
            if language == "sr" and "latn" not in code:
                continue
            for original, message in messages(path.read_text("utf-8")):
                for into, text in ((language, message), ("en", original)):
                    if said := tidy(_HOLES.sub(" ", text)):
                        found.setdefault(into, {})[said] = None
    return {language: list(texts) for language, texts in found.items()}


def messages(catalogue: str) -> Iterator[tuple[str, str]]:
    r"""Yield the translated messages of a catalogue with their originals; doubtful and equal ones are left out.

    >>> list(messages('msgid "Late"\nmsgstr "Tard"\n\n#, fuzzy\nmsgid "On"\nmsgstr "Sur"\n'))
    [('Late', 'Tard')]
    """
    for block in re.split(r"\n\s*\n", catalogue):
        entry: dict[str, str] = {}
        key, doubtful = "", False
        for line in block.splitlines():
            if line.startswith("#"):
                doubtful |= line.startswith("#,") and "fuzzy" in line
            elif begun := _LINE.match(line.strip()):
                key = begun[1]
                entry[key] = ast.literal_eval(begun[2])
            elif key and line.startswith('"'):
                entry[key] += ast.literal_eval(line.strip())
        original = entry.get("msgid", "")
        if not original or doubtful:
            continue
        for name, text in entry.items():
            if name.startswith("msgstr") and text and text not in (original, entry.get("msgid_plural")):
                yield original, text
