"""What people say of themes: pure functions from one book to the next. A theme that a person has edited is pinned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from touchline.errors import InputError
from touchline.themes.book import Book, Edit, Found, Side
from touchline.understanding.stages import content
from touchline.vocabulary.names import fold, nearest
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.words import phrase


def rename(book: Book, taxonomy: Taxonomy, theme: str, name: str) -> Book:
    """Give a theme another name; its id stays.

    Raises:
        InputError: There is no such theme, or the name is empty.
    """
    name = " ".join(name.split())
    if not name:
        raise InputError(phrase("a theme needs a name"), todo=phrase("write it as people say it"))
    found = _known(book, taxonomy, theme)
    if found is not None:
        return book.with_found(replace(found, name=name, pinned=True))
    own = next(t.name for t in taxonomy.themes if t.id == theme)
    return book.with_edit(replace(_edit(book, theme), name="" if name == own else name))


def merge(book: Book, taxonomy: Taxonomy, theme: str, into: str) -> Book:
    """Let the mentions of one theme be the other's, also those to come; `unmerge` undoes it.

    Raises:
        InputError: There is no such theme, both are one, or they are of different polarity.
    """
    first, second = _known(book, taxonomy, theme), _known(book, taxonomy, into)
    if theme == into or book.stands_for.get(into, into) == theme:
        raise InputError(
            phrase("{theme} and {into} are one theme", theme=repr(theme), into=repr(into)), todo=phrase("name two")
        )
    sides = _polarity(book, taxonomy, theme), _polarity(book, taxonomy, into)
    if set(sides) == {"pain", "delight"}:
        raise InputError(
            phrase(
                "{theme} is a {value} and {into} a {value2}",
                theme=repr(theme),
                value=str(sides[0]),
                into=repr(into),
                value2=str(sides[1]),
            ),
            todo=phrase("merge themes of one kind"),
        )
    book = book.with_found(replace(second, pinned=True)) if second else book
    if first is not None:
        return book.with_found(replace(first, into=into, pinned=True))
    return book.with_edit(replace(_edit(book, theme), into=into))


def unmerge(book: Book, taxonomy: Taxonomy, theme: str) -> Book:
    """Let a theme that was merged stand for itself again.

    Raises:
        InputError: There is no such theme, or it was not merged.
    """
    found = _known(book, taxonomy, theme)
    held = found or _edit(book, theme)
    if not held.into:
        raise InputError(
            phrase("{theme} was not merged into another", theme=repr(theme)), todo=phrase("see `touchline themes`")
        )
    return book.with_found(replace(found, into="")) if found else book.with_edit(replace(_edit(book, theme), into=""))


def split(book: Book, taxonomy: Taxonomy, theme: str, phrases: Sequence[str], *, name: str = "") -> Book:
    """Make a theme of those mentions of another that say one of some phrases.

    Args:
        book: The book.
        taxonomy: The taxonomy.
        theme: The theme to split.
        phrases: What the mentions of the new one say; the first names it.
        name: Its name; by default the first phrase.

    Raises:
        InputError: There is no such theme, no phrase says anything, or the new theme is there already.
    """
    found = _known(book, taxonomy, theme)
    told = tuple(dict.fromkeys(" ".join(p.split()) for p in phrases if content(p)))
    if not told:
        raise InputError(
            phrase("a split needs phrases of at least one word that says something"),
            todo=phrase("--phrases 'hidden fee'"),
        )
    side = _polarity(book, taxonomy, theme)
    id_ = f"{side}_{fold('_'.join(content(told[0])))}"
    if not id_.isascii():
        id_ = f"{side}_" + "".join(c if c.isascii() else f"{ord(c):x}" for c in fold("_".join(content(told[0]))))
    if id_ in book.by_id or taxonomy.theme(id_):
        raise InputError(
            phrase("there is a theme {id} already", id=repr(id_)),
            todo=phrase("begin with another phrase, or merge the two"),
        )
    stage = found.stage if found else next(t.stage for t in taxonomy.themes if t.id == theme)
    group = found.group if found else taxonomy.stage(stage).name
    own = " ".join(name.split()) or told[0][0].upper() + told[0][1:]
    child = Found(id_, own, group, stage, side, told, of=theme, pinned=True)
    book = book.with_found(replace(found, pinned=True)) if found else book
    return book.with_found(child)


def pin(book: Book, taxonomy: Taxonomy, theme: str, *, pinned: bool = True) -> Book:
    """Keep a found theme also when themes are found afresh, or let it go then. The taxonomy's own are always kept.

    Raises:
        InputError: There is no such theme.
    """
    found = _known(book, taxonomy, theme)
    return book.with_found(replace(found, pinned=pinned)) if found else book


def hide(book: Book, taxonomy: Taxonomy, theme: str, *, hidden: bool = True) -> Book:
    """Let the mentions of a theme have none, or have it again.

    Raises:
        InputError: There is no such theme.
    """
    found = _known(book, taxonomy, theme)
    if found is not None:
        return book.with_found(replace(found, hidden=hidden, pinned=True))
    return book.with_edit(replace(_edit(book, theme), hidden=hidden))


def _known(book: Book, taxonomy: Taxonomy, theme: str) -> Found | None:
    """Return a found theme, or None for one of the taxonomy's own."""
    if theme in book.by_id:
        return book.by_id[theme]
    own = tuple(t.id for t in taxonomy.themes)
    if theme not in own:
        near = nearest(theme, (*book.by_id, *own))
        raise InputError(
            phrase("there is no theme {theme}", theme=repr(theme)),
            todo=f"did you mean {near}?" if near else "see `touchline themes`",
        )
    return None


def _polarity(book: Book, taxonomy: Taxonomy, theme: str) -> Side:
    found = book.by_id.get(theme)
    return found.polarity if found else next(t.polarity for t in taxonomy.themes if t.id == theme)


def _edit(book: Book, theme: str) -> Edit:
    return book.edit.get(theme, Edit(theme))
