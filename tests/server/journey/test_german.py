"""Pages of a German reader say nothing that the engine says in English, and write numbers as German does."""

from __future__ import annotations

import html
import re
from functools import cache

import pytest

pytest.importorskip("babel")
from tests.server.journey.conftest import SLUG
from tests.server.journey.test_pages import PAGES
from tests.words import read, said

pytestmark = pytest.mark.django_db
MORE = ("stages/delivery", "feedback?words=late", "nps", "programme", "boards/sheet", "maps", "personas", "gates",
        "monitors", "cases", "plays", "figure?q=why&stage=delivery", "figure?q=nothing", "touchpoints")  # fmt: skip
_FIELD = re.compile(r"\{\w+(?::[^{}]*)?\}")
_WORDS = 3


@cache
def english() -> dict[str, str]:
    """Return what is literal in the engine's templates and is not so in German: fragments of three words or more."""
    german = " ".join(str(message.string) for message in read("de"))
    found = {}
    for place, message, _context in said():
        if not place.startswith(("server/", "cli/")):
            for text in (message,) if isinstance(message, str) else message:
                for part in [piece.strip(" .,;:()") for piece in _FIELD.split(text)]:
                    if len(part.split()) >= _WORDS and part not in german:
                        found[part] = place
    return found


def words(page: str) -> str:
    """Return what can be read of a page, in lines."""
    kept = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.S)
    told = re.findall(r'\s(?:title|aria-label|alt|placeholder|data-tip)="([^"]*)"', kept)
    return html.unescape("\n".join([*told, *re.sub(r"</?(?:b|i|em|strong|span|small|tspan)\b[^>]*>", "", kept)
                                    .replace("<", "\n<").split("\n")]))  # fmt: skip


def page_of(client, address: str, language: str = "de") -> str:
    answer = client.get(f"/w/{SLUG}/{address}", headers={"accept-language": language}, follow=True)
    assert answer.status_code in (200, 404), answer.content[:300]
    return answer.content.decode()


@pytest.mark.parametrize("address", [*PAGES, *MORE])
def test_a_german_page_has_no_english_sentence_of_the_engine(visitor, address: str) -> None:
    text = words(page_of(visitor("admin"), address))
    assert {part: place for part, place in english().items() if part in text} == {}


def test_what_is_looked_for_is_on_the_english_page(visitor) -> None:
    """So that the test above can fail."""
    text = words(page_of(visitor(), "", "en"))
    assert len([part for part in english() if part in text]) > 10


def test_numbers_and_days_are_german_on_pages_and_nowhere_else(visitor) -> None:
    client = visitor()
    page = words(page_of(client, ""))
    assert re.search(r"\bp < 0,0\d|\d,\d Punkte|\d Punkte \(\d+,\d bis", page)
    assert not re.search(r"\d\.\d (?:Punkte|Std|T)\b", page)
    csv = page_of(client, "figure.csv?q=stages")
    assert csv.splitlines()[0].startswith("stage,name")
    assert re.search(r",\d+\.\d+,", csv)
    assert not re.search(r'"\d+,\d+"', csv)
    data = client.get(f"/w/{SLUG}/figure.json?q=stages", headers={"accept-language": "de"}).content.decode()
    assert data == client.get(f"/w/{SLUG}/figure.json?q=stages", headers={"accept-language": "en"}).content.decode()
