"""A wrong taxonomy file: every mistake is told, with its line and what to write instead."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import TaxonomyError
from touchline.vocabulary.taxonomy import Taxonomy

HEAD = "taxonomy: mine\nname: Mine\ndescription: Ours.\nstages:\n"
STAGE = """\
  - id: delivery
    name: Delivery
    kind: progress
    description: It comes.
    examples: [It came late.]
"""
SECOND = """\
  - id: support
    name: Support
    kind: recurring
    description: Help.
    examples: [They helped.]
"""
GOOD = HEAD + STAGE


def problems(text: str) -> list[str]:
    return [str(problem) for problem in Taxonomy.check(text, "t.yaml")]


def with_lines(*lines: str) -> str:
    return GOOD + "".join(f"    {line}\n" for line in lines)


def test_the_smallest_good_file_has_no_problems() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            GOOD.replace("kind: progress", "kind: foo"),
            "t.yaml:7: stage 'delivery': kind must be progress or recurring, not 'foo'; write kind: progress",
            id="kind",
        ),
        pytest.param(
            GOOD.replace("kind: progress", "kind: recuring"),
            "t.yaml:7: stage 'delivery': kind must be progress or recurring, not 'recuring'; write kind: recurring",
            id="kind with a slip",
        ),
        pytest.param(
            GOOD.replace("    kind: progress\n", ""),
            "t.yaml:5: stage 'delivery': kind is missing; write kind: progress",
            id="kind missing",
        ),
        pytest.param(
            GOOD.replace("    description: It comes.\n", ""),
            "t.yaml:5: stage 'delivery': description is missing; say which experiences belong to it",
            id="description missing",
        ),
        pytest.param(
            GOOD.replace("It comes.", "''"),
            "t.yaml:8: stage 'delivery': description is missing; say which experiences belong to it",
            id="description empty",
        ),
        pytest.param(
            GOOD.replace("It comes.", "[It comes]"),
            "t.yaml:8: stage 'delivery': description must be text, not a list; write description: ...",
            id="description a list",
        ),
        pytest.param(
            GOOD.replace("    name: Delivery\n", ""),
            "t.yaml:5: stage 'delivery': name is missing; name it as people say it",
            id="name missing",
        ),
        pytest.param(
            GOOD.replace("id: delivery", "id:"),
            "t.yaml:5: stage 'Delivery': id is missing; give it one, such as 'delivery'",
            id="id missing",
        ),
        pytest.param(
            GOOD.replace("id: delivery", "id: Home-Delivery"),
            "t.yaml:5: stage 'Home-Delivery': id must be lower_snake_case; write 'home_delivery'",
            id="id form",
        ),
        pytest.param(
            GOOD.replace("id: delivery", "id: unassigned"),
            "t.yaml:5: stage 'unassigned': id 'unassigned' is reserved for mentions of no sure stage; choose another",
            id="id reserved",
        ),
        pytest.param(
            GOOD.replace("[It came late.]", "[]"),
            "t.yaml:9: stage 'delivery': examples are missing; write some sentences as customers say them",
            id="examples empty",
        ),
        pytest.param(
            GOOD.replace("[It came late.]", "[It came late., '']"),
            "t.yaml:9: stage 'delivery': examples holds an empty text; "
            "write texts only; one with ': ' in it needs quotes",
            id="an example empty",
        ),
        pytest.param(
            GOOD.replace("[It came late.]", "\n      - It came\n      - It said: no"),
            "t.yaml:11: stage 'delivery': examples holds a mapping of keys; "
            "write texts only; one with ': ' in it needs quotes",
            id="an example with a colon",
        ),
        pytest.param(
            with_lines("target: 170"),
            "t.yaml:10: stage 'delivery': target must be a number from 0 to 100, not '170'; write target: 70",
            id="target too high",
        ),
        pytest.param(
            with_lines("target: nan"),
            "t.yaml:10: stage 'delivery': target must be a number from 0 to 100, not 'nan'; write target: 70",
            id="target no number",
        ),
        pytest.param(
            with_lines("keyword: [parcel]"),
            "t.yaml:10: stage 'delivery': unknown key 'keyword'; did you mean keywords?",
            id="unknown key, near",
        ),
        pytest.param(
            HEAD.replace("name: Mine", "name: Mine\nzzz: 1") + STAGE,
            "t.yaml:3: taxonomy 'mine': unknown key 'zzz'; known are taxonomy, name, description, stages",
            id="unknown key, far",
        ),
        pytest.param(
            with_lines("owner: A", "owner: B"),
            "t.yaml:11: stage 'delivery': owner stands twice (first in line 10); remove one",
            id="key twice",
        ),
        pytest.param(
            with_lines("keywords: [parcel, van, parcel]"),
            "t.yaml:10: stage 'delivery': keywords lists 'parcel' twice; remove one",
            id="word twice",
        ),
        pytest.param(
            with_lines("keywords: {parcel: 1}"),
            "t.yaml:10: stage 'delivery': keywords must be a list, not a mapping of keys; write keywords: [...]",
            id="list a mapping",
        ),
        pytest.param(
            with_lines("sub_stages: shipping"),
            "t.yaml:10: stage 'delivery': sub_stages must be a list, not text; begin each member with a dash",
            id="sub-stages a text",
        ),
        pytest.param(
            with_lines("themes: [late]"),
            "t.yaml:10: a theme must be a mapping of keys, not text; write id: ...",
            id="theme a text",
        ),
        pytest.param(
            with_lines("themes:", "  - {id: late, name: Late, polarity: bad}"),
            "t.yaml:11: theme 'late': polarity must be pain or delight, not 'bad'; write polarity: pain",
            id="polarity",
        ),
        pytest.param(
            with_lines("sub_stages:", "  - {id: shipping, name: Shipping, description: It travels.}"),
            "t.yaml:11: sub-stage 'shipping': id must begin with its stage and a dot; write 'delivery.shipping'",
            id="sub-stage id",
        ),
        pytest.param(
            with_lines(
                "sub_stages:",
                "  - {id: delivery.a, name: A, description: It travels.,",
                "     touchpoints: [{id: van, name: Van, description: A van., ownership: zzz}]}",
            ),
            "t.yaml:12: touchpoint 'van': ownership must be owned, earned or paid, not 'zzz'; write ownership: owned",
            id="ownership",
        ),
        pytest.param(
            GOOD + SECOND.replace("id: support", "id: delivery"),
            "t.yaml:10: stage 'delivery': id 'delivery' is taken by the stage 'delivery' in line 5; choose another",
            id="stage id twice",
        ),
        pytest.param(
            with_lines("aliases: [shipping]") + SECOND + "    aliases: [Shipping]\n",
            "t.yaml:16: stage 'support': alias 'Shipping' is taken by the stage 'delivery' in line 10; choose another",
            id="alias twice",
        ),
        pytest.param(
            GOOD + SECOND + "    aliases: [DELIVERY]\n",
            "t.yaml:15: stage 'support': alias 'DELIVERY' is taken by the stage 'delivery' in line 5; choose another",
            id="alias is another's id",
        ),
        pytest.param(
            HEAD + "  []\n",
            "t.yaml:5: taxonomy 'mine': there are no stages; list the journey's stages, or copy a template's",
            id="no stages",
        ),
        pytest.param(
            "- a\n",
            "t.yaml:1: a taxonomy must be a mapping of keys, not a list; write taxonomy: ...",
            id="a list",
        ),
        pytest.param("", "t.yaml:1: the file is empty; begin with `taxonomy:`, or copy a template", id="empty"),
        pytest.param(
            GOOD + "---\n" + GOOD,
            "t.yaml:10: a second document begins; keep one taxonomy in a file",
            id="two documents",
        ),
        pytest.param(
            GOOD.replace("It comes.", "&a It comes."),
            "t.yaml:8: anchors (&name) are not read; remove the anchor",
            id="anchor",
        ),
        pytest.param(
            GOOD.replace("It comes.", "*a"),
            "t.yaml:8: aliases (*name) are not read; write the text out",
            id="alias of YAML",
        ),
        pytest.param(
            GOOD.replace("It comes.", "!!python/object:os.system x"),
            "t.yaml:8: tags (tag:yaml.org,2002:python/object:os.system) are not read; "
            "remove the tag, or quote the text",
            id="tag",
        ),
        pytest.param(
            GOOD.replace("It comes.", "ü: \x00").replace("Ours.", "Überall."),
            "t.yaml:8: the character '\\x00' may not stand in YAML; remove it",
            id="control character",
        ),
        pytest.param(
            GOOD.replace("It comes.", "\ud800"),
            "t.yaml:8: half of a surrogate pair stands alone; save the file as UTF-8",
            id="surrogate",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, expected: str) -> None:
    assert problems(text) == [expected]
    with pytest.raises(TaxonomyError) as caught:
        Taxonomy.parse(text, "t.yaml")
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("description: It comes.", "description: It comes: late", 8),
        ("name: Delivery", "name: 'Delivery", 6),
        ("    kind: progress", "\tkind: progress", 7),
        ("[It came late.]", "[It came late.", 9),
    ],
)
def test_a_slip_in_the_yaml_is_told_at_its_line_or_after_it(old: str, new: str, line: int) -> None:
    (problem,) = Taxonomy.check(GOOD.replace(old, new) + SECOND, "t.yaml")
    assert problem.what.startswith("this is not YAML")
    assert problem.line >= line


def test_all_mistakes_of_a_file_are_told_at_once_in_order() -> None:
    text = GOOD.replace("progress", "foo").replace("It comes.", "") + SECOND.replace("Help.", "") + "    ownr: A\n"
    found = Taxonomy.check(text, "t.yaml")
    assert [problem.line for problem in found] == [7, 8, 13, 15]
    with pytest.raises(TaxonomyError) as caught:
        Taxonomy.parse(text, "t.yaml")
    assert str(caught.value).splitlines() == ["t.yaml: 4 problems", *(f"  {problem}" for problem in found)]


def test_a_hundred_mistakes_are_counted_rather_than_listed() -> None:
    with pytest.raises(TaxonomyError, match="and 80 more") as caught:
        Taxonomy.parse(GOOD + "".join(f"    zz{n}: 1\n" for n in range(100)))
    assert len(str(caught.value).splitlines()) == 22


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 200_000,
        "- " * 50_000,
        "a: " + "{b: " * 50_000,
        "? " * 5_000,
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "a: &a [*a]\n",
        "x" * 2_000_001,
    ],
    ids=["flow", "dashes", "mappings", "keys", "doubling", "itself", "long"],
)
def test_bombs_are_refused(bomb: str) -> None:
    (problem,) = Taxonomy.check(bomb, "t.yaml")
    assert problem.line >= 1


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: path.write_bytes("ü: 1".encode("latin-1")), "1: this is not UTF-8"),
        (lambda path: path.write_text(GOOD, encoding="utf-16"), "1: this is not UTF-8"),
        (lambda path: path.write_bytes(b"\x7fELF\x02\x01\x00\x00"), "may not stand in YAML"),
    ],
    ids=["missing", "directory", "latin-1", "utf-16", "binary"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, make: Callable[[Path], object], what: str) -> None:
    path = tmp_path / "t.yaml"
    make(path)
    with pytest.raises(TaxonomyError, match=what) as caught:
        Taxonomy.load(path)
    assert str(caught.value).startswith(str(path))


def parses_or_explains(text: str) -> None:
    """Whatever stands in the file: a taxonomy, or problems that point into it."""
    found = Taxonomy.check(text, "t.yaml")
    last = text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + text.count("\u2029") + 1
    assert all(1 <= problem.line <= last and problem.what and problem.todo for problem in found)
    if found:
        with pytest.raises(TaxonomyError):
            Taxonomy.parse(text, "t.yaml")
    else:
        taxonomy = Taxonomy.parse(text, "t.yaml")
        assert Taxonomy.parse(taxonomy.to_yaml()) == taxonomy


FULL = with_lines(
    "aliases: [shipping, fulfilment]",
    "target: 70",
    "keywords: [parcel, no, 24/7]",
    "sub_stages:",
    "  - id: delivery.way",
    "    name: On the way",
    "    description: It travels.",
    "    touchpoints:",
    "      - {id: van, name: Van, description: A van., ownership: paid}",
    "themes:",
    "  - {id: late, name: It is late, polarity: pain, phrases: [too late, so late]}",
)


@given(st.text(max_size=200))
def test_any_text_parses_or_explains(text: str) -> None:
    parses_or_explains(text)


@given(st.data())
def test_a_damaged_file_parses_or_explains(data: st.DataObject) -> None:
    text = FULL
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        patch = st.one_of(
            st.sampled_from(["", ":", "- ", "[", "]", "{", "}", "\n", "    ", "\t", "'", '"', "~", "&a ", "*a", "!x "]),
            st.text(max_size=4),
        )
        text = text[:start] + data.draw(patch) + text[end:]
    parses_or_explains(text)


@given(st.randoms(use_true_random=False))
def test_shuffled_lines_parse_or_explain(order: random.Random) -> None:
    lines = FULL.splitlines()
    order.shuffle(lines)
    parses_or_explains("\n".join(lines))
