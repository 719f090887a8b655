"""Pages speak German and Spanish: nothing that is marked lacks a translation; what is compiled is what is written."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytest.importorskip("babel")
from tests.words import ENGINE, LANGUAGES, compiled, gathered, missing, po, read

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


#: Rooms whose errors people read on pages: what they raise is said in the reader's language.
_READ = ("maps", "sources", "settings", "themes", "server/maps", "server/data", "server/care", "server/plays",
         "server/outbox", "server/feedback", "server/boards", "server/monitoring")  # fmt: skip
#: For whoever runs the server or writes a program: the command line, and the settings of the environment.
_ELSEWHERE = re.compile(r"commands\.py|mailing\.py|/api\.py")
_OTHERS = ("ValueError", "TypeError", "RuntimeError", "Http404", "unknown")
_WORD = re.compile(r"[A-Za-z]{2,}.*\s.*[a-z]{2,}")


def _plain(one: ast.expr) -> bool:
    """Whether a text is English for good: a literal, or one with values put in, of some words."""
    parts = one.values if isinstance(one, ast.JoinedStr) else [one]
    return bool(_WORD.search(" ".join(str(p.value) for p in parts if isinstance(p, ast.Constant))))


def _raised(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text("utf-8"))
    calls = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    return [one for one in calls if one.args and isinstance(one.func, ast.Name) and one.func.id not in _OTHERS]


def test_errors_that_pages_show_can_be_said_in_other_languages() -> None:
    paths = [path for room in _READ for path in sorted((ENGINE / room).rglob("*.py"))]
    read_ = [path for path in paths if not _ELSEWHERE.search(path.as_posix())]
    calls = [(path, one) for path in read_ for one in _raised(path)]
    found = [f"{path.relative_to(ENGINE)}:{one.lineno}" for path, one in calls if _plain(one.args[0])]
    assert found == [], "say them with touchline.words.phrase, or gettext"
