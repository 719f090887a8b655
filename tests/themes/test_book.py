"""The book: edits, what they keep, and the file that holds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import InputError
from touchline.themes import Book, Edit, Found, editing, file

REFUND = Found("pain_refund", "Refund", "Support", "support", "pain", ("refund",))
FEES = Found("pain_fee", "Fees", "Fee", "unassigned", "pain", ("hidden fee", "surcharge"))
STAFF = Found("delight_staff", "Kind staff", "Other", "support", "delight", ("kind staff",))
BOOK = Book((REFUND, FEES, STAFF))


def test_a_renamed_theme_keeps_its_id_and_places_nothing_anew(taxonomy):
    after = editing.rename(BOOK, taxonomy, "pain_refund", "  Refund takes  ages ")
    assert (after.by_id["pain_refund"].name, after.by_id["pain_refund"].pinned) == ("Refund takes ages", True)
    assert after.version == BOOK.version


def test_a_theme_of_the_taxonomy_is_renamed_without_touching_the_taxonomy(taxonomy):
    own = taxonomy.theme("late_delivery").name
    after = editing.rename(BOOK, taxonomy, "late_delivery", "Comes late")
    assert taxonomy.with_themes(after.shown(taxonomy.themes)).theme("late_delivery").name == "Comes late"
    assert taxonomy.theme("late_delivery").name == own
    assert editing.rename(after, taxonomy, "late_delivery", own) == BOOK


def test_what_decides_the_theme_of_a_mention_changes_the_version(taxonomy):
    changed = [
        editing.merge(BOOK, taxonomy, "pain_fee", "pain_refund"),
        editing.split(BOOK, taxonomy, "pain_refund", ["weeks late"]),
        editing.hide(BOOK, taxonomy, "pain_fee"),
        editing.hide(BOOK, taxonomy, "late_delivery"),
        editing.merge(BOOK, taxonomy, "late_delivery", "lost_delivery"),
        Book((REFUND, FEES)),
    ]
    assert len({book.version for book in [BOOK, *changed]}) == len(changed) + 1
    assert editing.pin(BOOK, taxonomy, "pain_fee").version == BOOK.version


def test_merge_and_hide_can_be_undone(taxonomy):
    for theme, into in (("pain_fee", "pain_refund"), ("late_delivery", "pain_fee")):
        merged = editing.merge(BOOK, taxonomy, theme, into)
        assert editing.unmerge(merged, taxonomy, theme).version == BOOK.version
        hidden = editing.hide(BOOK, taxonomy, theme)
        assert editing.hide(hidden, taxonomy, theme, hidden=False).version == BOOK.version


def test_a_merged_theme_is_known_by_its_old_id(taxonomy):
    merged = editing.merge(BOOK, taxonomy, "pain_fee", "pain_refund")
    assert merged.shown(taxonomy.themes)["pain_fee"].id == "pain_refund"


def test_afresh_keeps_what_people_touched(taxonomy):
    book = editing.merge(editing.rename(BOOK, taxonomy, "delight_staff", "Kind"), taxonomy, "late_delivery", "pain_fee")
    assert [f.id for f in book.kept().found] == ["pain_fee", "delight_staff"]
    assert BOOK.kept().found == ()
    assert [f.id for f in editing.pin(BOOK, taxonomy, "pain_fee").kept().found] == ["pain_fee"]


def merged(book, taxonomy):
    return editing.merge(book, taxonomy, "pain_fee", "pain_refund")


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda b, t: editing.rename(b, t, "pain_refnd", "x"), "did you mean pain_refund?"),
        (lambda b, t: editing.rename(b, t, "pain_refund", "  "), "needs a name"),
        (lambda b, t: editing.merge(b, t, "pain_fee", "pain_fee"), "one theme"),
        (lambda b, t: editing.merge(b, t, "pain_fee", "delight_staff"), "themes of one kind"),
        (lambda b, t: editing.merge(merged(b, t), t, "pain_refund", "pain_fee"), "one theme"),
        (lambda b, t: editing.unmerge(b, t, "pain_fee"), "was not merged"),
        (lambda b, t: editing.split(b, t, "pain_fee", ["the", " "]), "phrases"),
        (lambda b, t: editing.split(b, t, "late_delivery", ["fee"]), "already"),
        (lambda b, t: editing.hide(b, t, "nothing_like_it"), "see `touchline themes`"),
    ],
)  # fmt: skip
def test_an_edit_that_cannot_be_is_told(taxonomy, edit, told):
    with pytest.raises(InputError) as error:
        edit(BOOK, taxonomy)
    assert told in str(error.value)


def test_a_file_that_is_not_there_is_an_empty_book(tmp_path):
    assert file.load(tmp_path / "themes.yaml") == Book()
    assert file.parse("") == file.parse(file.to_yaml(Book())) == Book()


def test_a_book_is_written_whole_and_read_again(tmp_path, taxonomy):
    book = editing.split(editing.hide(BOOK, taxonomy, "late_delivery"), taxonomy, "pain_fee", ["no: surcharge # 'x'"])
    file.save(book, tmp_path / "themes.yaml")
    assert file.load(tmp_path / "themes.yaml") == book
    assert [p.name for p in tmp_path.iterdir()] == ["themes.yaml"]


IDS = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
#: What a name may hold: runs of blanks are one, and a control character is none.
TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12).filter(
    lambda t: t not in ("~", "null", "Null", "NULL")
)


@given(
    st.lists(st.tuples(IDS, TEXT, st.lists(TEXT, min_size=1, max_size=3, unique=True), st.booleans(), st.booleans()),
             max_size=5, unique_by=lambda row: row[0]),
    st.lists(st.tuples(IDS, TEXT, st.booleans()), max_size=3, unique_by=lambda row: row[0]),
)  # fmt: skip
def test_any_book_survives_its_file(rows, edits):
    found = tuple(Found(i, n, "", "unassigned", "pain", tuple(p), pinned=a, hidden=b) for i, n, p, a, b in rows)
    taken = {f.id for f in found}
    book = Book(found, tuple(Edit(i, n, hidden=h) for i, n, h in edits if i not in taken))
    assert file.parse(file.to_yaml(book)) == book


A = "id: a, name: A, polarity: pain"
SAYS = "phrases: [x]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"themes: [{{{A}}}]", "t.yaml:1: theme 'a': phrases are missing"),
        (f"themes:\n  - {{id: a, name: A, polarity: bad, {SAYS}}}", "polarity must be pain, delight or topic"),
        (f"themes:\n  - {{{A}, {SAYS}, pinned: maybe}}", "t.yaml:2: theme 'a': pinned must be no or yes"),
        (f"themes:\n  - {{{A}, {SAYS}, into: a}}", "merged into itself"),
        (f"themes: [{{{A}, {SAYS}, of: a}}]", "split from itself"),
        (f"themes:\n  - {{{A}, {SAYS}}}\n  - {{{A}, {SAYS}}}", "t.yaml:3"),
        ("taxonomy_themes:\n  - {id: a, into: b}\n  - {id: b, into: a}", "merged into itself"),
        ("thems: []", "did you mean themes?"),
        ("- a", "must be a mapping"),
        ("themes: [", "t.yaml:1"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(text, told):
    with pytest.raises(InputError) as error:
        file.parse(text, "t.yaml")
    assert told in str(error.value)
