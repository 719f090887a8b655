"""A rule on journeys is due exactly when plain loops over each customer's rows say so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import QuestionError
from touchline.sequences.due import FEELINGS, Happening, Rule, due
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import NO_SIGN, Columns, Journeys

NAMES = {"event": ("a", "b", "c"), "stage": ("s1", "s2"), "about": ("s1", "s2"), "theme": ("t",)}


@st.composite
def worlds(draw):
    """Rows of (customer, at, event, stage, about, theme, s), sorted by customer and time."""
    row = st.tuples(
        st.integers(1, 4), st.integers(0, 12), *(st.integers(-1, len(names) - 1) for names in NAMES.values()),
        st.sampled_from((-1, 0, 1, NO_SIGN)),
    )  # fmt: skip
    return sorted(draw(st.lists(row, max_size=25)), key=lambda one: one[:2])


def journeys_of(rows):
    keys = np.array(sorted({row[0] for row in rows}), dtype=np.int64)
    starts = np.searchsorted([row[0] for row in rows], [*keys, 99]).astype(np.int64)
    columns = {
        name: Coded(np.array([row[2 + at] for row in rows], dtype=np.int8), names)
        for at, (name, names) in enumerate(NAMES.items())
    }
    columns["s"] = np.array([row[-1] for row in rows], dtype=np.int8)
    return Journeys(keys, starts, np.array([row[1] for row in rows], dtype=np.int64), Columns.of(columns), (0, 20))


def is_one(row, what):
    named = dict(zip(NAMES, row[2:6], strict=True))
    said = {name: NAMES[name][code] if code >= 0 else None for name, code in named.items()}
    asked = {"event": what.event, "about": what.stage, "theme": what.theme}
    right = all(not value or said[name] == value for name, value in asked.items())
    return right and (not what.feels or row[-1] == FEELINGS[what.feels])


happenings = st.builds(
    Happening, event=st.sampled_from(("", "a", "b", "none")), stage=st.sampled_from(("", "s1")),
    theme=st.sampled_from(("", "t")), feels=st.sampled_from(("", "negative", "positive")),
)  # fmt: skip


@given(
    worlds(), st.builds(Rule, happenings, st.integers(0, 6), st.none() | happenings, st.sampled_from(("", "s1", "x"))),
    st.integers(-1, 10), st.integers(0, 10),
)  # fmt: skip
def test_it_is_due_when_plain_loops_say_so(rows, rule, since, more):
    wanted = []
    for number, row in enumerate(rows):
        mine = [(at, one) for at, one in enumerate(rows) if one[0] == row[0]]
        end = row[1] + rule.after
        if not is_one(row, rule.does) or not since < end <= since + more:
            continue
        if rule.unless and any(row[1] < one[1] <= end and is_one(one, rule.unless) for _, one in mine):
            continue
        last = [one for at, one in mine if one[1] <= end][-1]
        if rule.at and (last[3] < 0 or NAMES["stage"][last[3]] != rule.at):
            continue
        wanted.append((row[1], row[0], end, number))
    found = due(journeys_of(rows), rule, since, since + more)
    assert list(zip(found.since.tolist(), found.customers.tolist(), found.at.tolist(), strict=True)) == [
        (at, who, end) for at, who, end, _ in sorted(wanted)
    ]


def test_a_rule_that_cannot_be_is_refused():
    with pytest.raises(QuestionError, match="feeling"):
        Happening(feels="sad")
    with pytest.raises(QuestionError, match="negative"):
        Rule(Happening(event="a"), after=-1)
