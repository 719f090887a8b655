"""The rule language: what it reads, how it says what it cannot read, and that reading it runs nothing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import SettingsError
from touchline.settings import Rule
from touchline.settings.rules import LIFECYCLE, tree, written
from touchline.settings.rules.events import stands_for
from touchline.settings.rules.parser import DEEPEST

names = st.one_of(
    st.sampled_from(("tier", "log-ins", "app_*", "nps", "Stage", "not", "no", "at", "in", "target", "x", "größe")),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12),
)
events = names.map(lambda name: Rule.parse(f'no "{name.replace(chr(34), chr(34) * 2)}"').tree.event)  # type: ignore[union-attr]
numbers = st.floats(-1e6, 1e6).map(lambda x: x + 0.0)
spans = st.floats(0.01, 36_000)
values = st.one_of(names, numbers, st.dates(date(1000, 1, 1)))
operators = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
equalities = st.sampled_from(("=", "!="))
kinds = st.sampled_from(("nps", "csat", "ces", "rating"))
leaves = st.one_of(
    st.builds(tree.Compare, names, operators, numbers | st.dates(date(1000, 1, 1))),
    st.builds(tree.Compare, names, equalities, names),
    st.builds(tree.Among, names, st.lists(values, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(tree.Stage, st.lists(names, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(tree.Counted, events, operators, numbers, spans),
    st.builds(tree.Changed, events, st.sampled_from(("down", "up")), st.floats(0.01, 100), spans),
    st.builds(tree.Absent, events, spans | st.none()),
    st.builds(tree.Latest, kinds, operators, numbers, spans | st.none()),
    st.builds(tree.Answered, kinds, st.sampled_from((-1, 0, 1)), st.none() | st.integers(1, 99), spans | st.none()),
    st.builds(tree.Index, operators, numbers),
    st.builds(tree.Band, st.sampled_from(("at_risk", "watch", "healthy"))),
    st.builds(tree.Seen, spans, st.booleans()),
    st.builds(tree.Unseen, spans),
    st.builds(tree.Status, st.sampled_from(LIFECYCLE)),
)
trees = st.recursive(
    leaves,
    lambda part: (
        st.builds(tree.Not, part)
        | st.lists(part, min_size=2, max_size=3).map(tuple).map(tree.And)
        | st.lists(part, min_size=2, max_size=3).map(tuple).map(tree.Or)
    ),
    max_leaves=6,
)


PIECES = (
    "tier",
    "not",
    "(",
    ")",
    "and",
    "or",
    "in",
    "3",
    "%",
    "d",
    "nps",
    ">=",
    ",",
    '"a"',
    "down",
    "no",
    "*",
    "x",
)


@given(trees)
def test_a_rule_that_is_written_reads_back_as_the_same_tree(node: tree.Node) -> None:
    assert Rule.parse(written(node)).tree == node


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_is_a_rule_or_a_settings_error_with_a_caret(text: str) -> None:
    try:
        Rule.parse(text)
    except SettingsError as error:
        what, shown, caret = error.what.rsplit("\n", 2)
        assert what
        assert len(shown) == len(text) + 4
        assert caret.strip() == "^"
        assert len(caret) - 5 <= len(text)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("tier = vip", tree.Compare("tier", "=", "vip")),
        ('"nps" = high', tree.Compare("nps", "=", "high")),
        ("new = yes", tree.Compare("new", "=", "yes")),
        ("seats >= 100", tree.Compare("seats", ">=", 100.0)),
        ("renewal < 2026-12-31", tree.Compare("renewal", "<", date(2026, 12, 31))),
        ("region in (emea, 'north america')", tree.Among("region", ("emea", "north america"))),
        ("region NOT IN (emea)", tree.Among("region", ("emea",), inside=False)),
        ("stage != delivery", tree.Stage(("delivery",), inside=False)),
        ("usage down 30 %", tree.Changed("*", "down", 30.0, 28.0)),
        ("log-ins down 50% in 28d", tree.Changed("log-ins", "down", 50.0, 28.0)),
        ("orders up 10 percent in 2 weeks", tree.Changed("orders", "up", 10.0, 14.0)),
        ("no login for 30 d", tree.Absent("login", 30.0)),
        ("no orders", tree.Absent("orders", None)),
        ("orders >= 3 in 90 d", tree.Counted("orders", ">=", 3.0, 90.0)),
        ("wait_minutes > 2 * target(30)", tree.Compare("wait_minutes", ">", 60.0)),
        ("wait > 2 x target(30)", tree.Compare("wait", ">", 60.0)),
        ("nps <= 6", tree.Latest("nps", "<=", 6.0, None)),
        ("detractor", tree.Answered("nps", -1, None, None)),
        ("detractor twice", tree.Answered("nps", -1, 2, None)),
        ("promoter 4 times in 180 d", tree.Answered("nps", 1, 4, 180.0)),
        ("csat dissatisfied", tree.Answered("csat", -1, None, None)),
        ("ces easy", tree.Answered("ces", 1, None, None)),
        ("jsi < 40", tree.Index("<", 40.0)),
        ("jsi at risk", tree.Band("at_risk")),
        ("at risk", tree.Status("at_risk")),
        ("not seen for 90 d", tree.Unseen(90.0)),
        ("not seen within 90 d", tree.Not(tree.Seen(90.0))),
        ("first seen within 30 d", tree.Seen(30.0, first=True)),
        ("a = b or c = d and not e = f", tree.Or((
            tree.Compare("a", "=", "b"),
            tree.And((tree.Compare("c", "=", "d"), tree.Not(tree.Compare("e", "=", "f")))),
        ))),
        ("(a = b or c = d) and new", tree.And((
            tree.Or((tree.Compare("a", "=", "b"), tree.Compare("c", "=", "d"))), tree.Status("new"),
        ))),
    ],
)  # fmt: skip
def test_what_rules_say(text: str, node: tree.Node) -> None:
    assert Rule.parse(text).tree == node


AFTER_NAME = "expected a comparison (= != < <= > >=), 'in (', 'down' or 'up' after"


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("", "expected a condition, not the end of the rule", 0),
        ("tier", f"{AFTER_NAME} 'tier', not the end of the rule", 4),
        ("tier = vip seats", "expected 'and', 'or' or the end of the rule, not 'seats'", 11),
        ("seats >= lots", "expected a number or a date (2026-01-31), not 'lots'", 9),
        ("(tier = vip", "expected 'and', 'or' or ')', not the end of the rule", 11),
        ("region in (emea", "expected ',' or ')', not the end of the rule", 15),
        ("usage down 30", "expected '%', not the end of the rule", 13),
        ("usage down 130 %", "expected a percentage above 0, and when down at most 100", 11),
        ("no login for 30", "expected 'd' or 'w', not the end of the rule", 15),
        ("no login for 0 d", "expected more than no time and at most a century", 13),
        ("promoter 1.5 times", "expected a whole number of times", 9),
        (
            "nps happy",
            "expected a comparison, 'satisfied', 'neutral' or 'dissatisfied' after 'nps', not 'happy'",
            4,
        ),
        ("renewal < 2026-02-30", "2026-02-30 is no date", 10),
        ("tier = 'vip", "a quote is not closed", 7),
        ("tier & vip", "'&' has no meaning in a rule", 5),
        ("__import__('os')", f"{AFTER_NAME} '__import__', not '('", 10),
        ("a = b and", "expected a condition, not the end of the rule", 9),
    ],
)  # fmt: skip
def test_an_error_shows_the_rule_the_place_and_what_was_expected(text: str, message: str, caret: int) -> None:
    with pytest.raises(SettingsError) as caught:
        Rule.parse(text, where="touchline.toml:7")
    assert caught.value.what == f"{message}\n    {text}\n    {' ' * caret}^"
    assert caught.value.where == "touchline.toml:7"


def test_a_rule_nested_beyond_reason_is_refused() -> None:
    assert Rule.parse("(" * (DEEPEST - 1) + "new" + ")" * (DEEPEST - 1)).tree == tree.Status("new")
    for text in ("(" * 10_000 + "new", "not " * 10_000 + "new"):
        with pytest.raises(SettingsError, match="nested deeper"):
            Rule.parse(text)


def test_rules_are_equal_when_they_say_the_same() -> None:
    assert Rule.parse("usage  DOWN 30%") == Rule.parse("usage down 30 % in 4 w")
    assert Rule.parse("usage down 30 %") != Rule.parse("usage down 31 %")


@pytest.mark.parametrize(
    ("noun", "event", "kind", "stands"),
    [
        ("log-ins", "login", "event", True),
        ("login", "Log-ins", "event", True),
        ("orders", None, "order", True),
        ("orders", "order", "event", True),
        ("orders", "order_paid", "event", False),
        ("order*", "order_paid", "event", True),
        ("app_*", "app-close", "event", True),
        ("a.b", "axb", "event", False),
        ("*", "paid", "order", False),
        ("*", None, "event", True),
        ("login", None, None, False),
    ],
)
def test_what_nouns_stand_for(noun: str, event: str | None, kind: str | None, stands: bool) -> None:
    assert stands_for(noun, event, kind) is stands
