from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.drawings import HOSTILE

from touchline.figures.markup import Markup, tag, text


@given(st.text())
def test_any_text_comes_back_from_a_parser_as_it_was(words: str) -> None:
    allowed = "".join(text(c) and c for c in words if text(c))
    back = ElementTree.fromstring(tag("p", words)).text or ""
    assert back == allowed.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_are_neither_element_nor_attribute(hostile: str) -> None:
    element = ElementTree.fromstring(tag("p", hostile, title=hostile))
    assert len(element) == 0
    assert set(element.attrib) == {"title"}


def test_markup_is_not_escaped_twice() -> None:
    assert tag("p", tag("b", "1 < 2")) == "<p><b>1 &lt; 2</b></p>"
    assert text([Markup("<br/>"), "<br/>", None, 3, 2.5]) == "<br/>&lt;br/&gt;32.5"


def test_attributes() -> None:
    assert tag("a", class_="x", aria_label="y", hidden=True, title=None, open=False) == (
        '<a class="x" aria-label="y" hidden="hidden"></a>'
    )
