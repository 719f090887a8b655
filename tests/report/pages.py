"""A report as a parser sees it."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"meta", "link", "br", "hr", "img", "input"}
_SHAPES = {"path", "rect", "circle", "line"}


class Page(HTMLParser):
    """Elements, attributes and text of a page; raises where an element is not closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), attrs
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _VOID | _SHAPES, tag
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open[-1] == tag, (self._open[-1], tag)
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.elements}

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]

    @property
    def links(self) -> list[str]:
        found = (attributes.get(key) for _, attributes in self.elements for key in ("href", "src", "action", "srcset"))
        return [link for link in found if link is not None]


def assert_sealed(html: str) -> Page:
    """Assert that nothing in a page runs, loads or leads outside, and that every link within it leads somewhere."""
    page = Page(html)
    assert html.startswith("<!doctype html>\n<html")
    assert not page.names & {"script", "iframe", "object", "embed", "form", "img", "image", "foreignobject", "base"}
    for name, attributes in page.elements:
        assert not any(key.startswith("on") or key == "style" for key in attributes), (name, attributes)
    assert html.count("<style>") == html.count("</style>") == 1
    assert "@import" not in html
    assert "url(" not in html
    policy = next(a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    within = [link for link in page.links if not link.startswith("data:image/svg+xml;base64,")]
    assert all(link.startswith("#") for link in within), within
    assert {link[1:] for link in within} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    return page
