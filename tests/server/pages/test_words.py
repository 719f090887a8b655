"""Pages speak German and Spanish: nothing that is marked lacks a translation; what is compiled is what is written."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("babel")
from tests.words import LANGUAGES, compiled, gathered, missing, po, read

_NAMED = re.compile(r"%\((\w+)\)[.\d]*([a-z])")
_FIELD = re.compile(r"\{(\w+(?::[^{}]*)?)\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_lacks_a_translation(language: str) -> None:
    assert missing(language) == [], "run `make words`, then translate what is named here"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    assert po(language).with_suffix(".mo").read_bytes() == compiled(read(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_hold_what_is_put_into_them(language: str) -> None:
    for message in read(language):
        if not message.id:
            continue
        plural = isinstance(message.id, tuple | list)
        told = message.id[-1] if plural else message.id
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for text in texts:
            assert set(_NAMED.findall(text)) == set(_NAMED.findall(told)), told
            assert set(_FIELD.findall(text)) <= set(_FIELD.findall(told)), told
            assert plural or set(_FIELD.findall(text)) == set(_FIELD.findall(told)), told


def test_what_is_marked_is_found() -> None:
    found = gathered()
    assert len(found) > 1000
    assert found.get("Boards") is not None


@pytest.mark.django_db
@pytest.mark.parametrize(("asked", "said"), [("de-AT,de;q=0.9", "Zum Inhalt"), ("es", "Ir al contenido"),
                                             ("fr", "Skip to the page")])  # fmt: skip
def test_the_browser_says_which_language(client, asked: str, said: str) -> None:
    from touchline.server.people.models import User

    client.force_login(User.objects.create(email="ann@example.org", is_active=True))
    page = client.get("/account", headers={"accept-language": asked})
    assert page.status_code == 200
    assert said in page.content.decode()
    assert f'<html lang="{asked[:2] if asked != "fr" else "en"}"' in page.content.decode()


@pytest.mark.django_db
def test_a_person_may_choose_another_language(client) -> None:
    from touchline.server.people.models import User

    client.force_login(User.objects.create(email="ann@example.org", is_active=True))
    client.post("/language", {"language": "es", "next": "/account"})
    page = client.get("/account", headers={"accept-language": "de"}).content.decode()
    assert '<html lang="es"' in page
    assert (
        "http://evil.example"
        not in client.post("/language", {"language": "de", "next": "http://evil.example/"})["Location"]
    )
