"""Templates escape everything, and hold nothing inline: what the content policy forbids is not there to begin with."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import touchline

SERVER = Path(touchline.__file__).parent / "server"
TEMPLATES = sorted(SERVER.rglob("*.html"))
#: A tag of a template, and what it renders to in an attribute: of no interest to what stands around it.
_TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)

FORBIDDEN = {
    "marks words as safe": re.compile(r"\|\s*(?:safe|safeseq)\b"),
    "turns escaping off": re.compile(r"\{%-?\s*autoescape\s+off"),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(?!\s*</script>)", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "a handler attribute": re.compile(r"<[a-z][^>]*\s(?:on[a-z]+|hx-on[\w:-]*)\s*=", re.IGNORECASE),
    "a script URL": re.compile(r"(?:javascript|vbscript|data:text/html)\s*:", re.IGNORECASE),
    "something of another host": re.compile(
        r"\b(?:src|href|action|formaction|poster)\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE
    ),
    "a frame, an object or a base": re.compile(r"<(?:iframe|frame|object|embed|applet|base)\b", re.IGNORECASE),
    "an attribute without quotes": re.compile(r"<[a-z][^>]*\s[a-z-]+=\{\{", re.IGNORECASE),
}
#: Data for a script, which a browser never runs; `json_script` writes it escaped.
_DATA = re.compile(r"<script[^>]*type=[\"']application/json[\"'][^>]*>", re.IGNORECASE)
#: Links for people, which load nothing.
_LINK = re.compile(r"<a\s[^>]*href=[\"']https://[^\"'{}]*[\"']", re.IGNORECASE)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(SERVER).as_posix())
def test_a_template_escapes_and_holds_nothing_inline(path):
    text = path.read_text(encoding="utf-8")
    whole = _LINK.sub("<a", _DATA.sub("", text))
    bare = _TAGS.sub("x", whole)
    found = [
        what
        for what, pattern in FORBIDDEN.items()
        if pattern.search(whole if "{" in pattern.pattern or "safe" in what else bare)
    ]
    assert found == []


def test_there_are_templates():
    assert TEMPLATES


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{{ words|safe }}", "marks words as safe"),
        ("{% autoescape off %}", "turns escaping off"),
        ("<script>x()</script>", "an inline script"),
        ("<p style='a'>", "a style attribute"),
        ('<a class="b" onclick="x()">', "a handler attribute"),
        ('<a href="javascript:x()">', "a script URL"),
        ('<script src="https://cdn.example/x.js"></script>', "something of another host"),
        ("<a href={{ url }}>", "an attribute without quotes"),
    ],
)
def test_the_rules_find_what_they_are_for(text, what):
    assert FORBIDDEN[what].search(text)


#: Code that calls text markup, and why it may.
MARKUP = {
    "pages/markup.py": "the engine's markup, which has escaped what it is made from",
    "journey/page.py": "pages that were rendered before",
    "boards/views.py": "the sheets of a board, as the engine wrote them",
}
MAKES_MARKUP = {"mark_safe", "SafeString", "SafeText"}


def test_only_named_code_calls_text_markup():
    found = set()
    for path in SERVER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKES_MARKUP:
                found.add(path.relative_to(SERVER).as_posix())
    assert found <= MARKUP.keys(), "let the template escape it, or use format_html"
