"""Rules over random worlds, against a plain reading of the same definitions."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.worlds import START, TAXONOMY, WEEKS, MemoryWarehouse, Tables, make_world, replaced, rows

from touchline.scores.base import Filters
from touchline.scores.rules import lifecycle, matching, personas, rule_segments
from touchline.scores.standing import standing
from touchline.settings import Rule, SegmentRule, Segments, Settings
from touchline.settings.rules import leaves, tree, written

EVENTS = ("log_in", "Log-ins", "app_open", "app_close", "paid", None)
KINDS = ("event", "order", "ticket", "message")
NOUNS = ("login", "log-ins", "app_*", "orders", "tickets", "usage", "paid", "nothing like it")
VALUES = {
    "tier": ("vip", "VIP ", "basic", None),
    "seats": ("5", "20.0", " 100", "many", "nan", ""),
    "renewal": ("2026-02-01", "2026-03-01T10:00:00", "soon"),
}
COMPARISONS = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
WAREHOUSE = MemoryWarehouse()
SETTINGS = Settings()


def world(seed: int) -> Tables:
    """A random world whose customers also act, and whose attributes change."""
    rng = np.random.default_rng(seed)
    tables = make_world(seed, conversations=int(rng.integers(0, 60)), customers=int(rng.integers(1, 10)))
    pick = lambda options: options[rng.integers(len(options))]  # noqa: E731
    acts, journey = rows(tables, "interactions"), rows(tables, "journey")
    for act in acts:
        act |= {"author": pick(["customer", "customer", "employee", "system"]), "kind": pick(KINDS)}
        act |= {"event": pick(EVENTS), "sequence": pick([None, 0, 1])}
    answers = rows(tables, "answers")
    for answer in [answer for answer in answers if rng.random() < 0.4]:  # a second question of the same kind
        other = {"question": "another", "value": float(rng.integers(1, 6)), "sign": pick([-1, 0, 1, None])}
        answers.append({**answer, **other})
    tables = replaced(tables, "answers", answers)
    attributes = [
        {
            "customer_key": key,
            "name": name,
            "value": pick(VALUES[name.lower()]),
            "valid_from": moment(pick, rng),
        }
        for key in {row["customer_key"] for row in journey}
        for name in ("tier", "Tier", "seats", "renewal")
        if rng.random() < 0.7
        for _ in range(rng.integers(1, 4))
    ]
    tables = replaced(replaced(tables, "interactions", acts), "journey", journey)
    # Ibis has no type for the hash's 32 bytes.
    return replaced(tables, "attributes", attributes)


def moment(pick: Any, rng: np.random.Generator) -> datetime:
    return START + timedelta(days=int(rng.integers(0, WEEKS * 7)))


days = st.sampled_from((0.5, 7.0, 14.0, 28.0, 60.0))
operators = st.sampled_from(tuple(COMPARISONS))
kinds = st.sampled_from(("nps", "csat", "ces", "rating"))
signs = st.sampled_from((-1, 0, 1))
nouns = st.sampled_from([Rule.parse(f'no "{noun}"' if noun != "usage" else "no usage").tree.event for noun in NOUNS])
conditions = st.one_of(
    st.builds(tree.Compare, st.just("tier"), st.sampled_from(("=", "!=")), st.sampled_from(("vip", "Basic"))),
    st.builds(tree.Compare, st.just("seats"), operators, st.sampled_from((5.0, 20.0, 100.0))),
    st.builds(tree.Compare, st.just("renewal"), operators, st.just(date(2026, 2, 1))),
    st.builds(tree.Among, st.just("TIER"), st.just(("vip", "gold")), st.booleans()),
    st.builds(tree.Among, st.just("seats"), st.just((5.0, "many")), st.booleans()),
    st.builds(tree.Stage, st.sampled_from((("Delivery",), ("decision", "use"))), st.booleans()),
    st.builds(tree.Counted, nouns, operators, st.sampled_from((0.0, 1.0, 2.0)), days),
    st.builds(tree.Changed, nouns, st.sampled_from(("down", "up")), st.sampled_from((30.0, 50.0, 100.0)), days),
    st.builds(tree.Absent, nouns, days | st.none()),
    st.builds(tree.Latest, kinds, operators, st.integers(1, 10).map(float), days | st.none()),
    st.builds(tree.Answered, kinds, signs, st.none() | st.integers(1, 3), days | st.none()),
    st.builds(tree.Index, operators, st.sampled_from((30.0, 40.5, 50.0, 60.0))),
    st.builds(tree.Band, st.sampled_from(("at_risk", "watch", "healthy"))),
    st.builds(tree.Seen, days, st.booleans()),
    st.builds(tree.Unseen, days),
    st.builds(tree.Status, st.sampled_from(("new", "active", "at_risk", "lapsed", "advocate", "prospect"))),
)
trees = st.recursive(
    conditions,
    lambda part: (
        st.builds(tree.Not, part)
        | st.lists(part, min_size=2, max_size=3).map(tuple).map(tree.And)
        | st.lists(part, min_size=2, max_size=3).map(tuple).map(tree.Or)
    ),
    max_leaves=4,
)
LATE = START + timedelta(weeks=10)
some_moments = st.sampled_from([START + timedelta(weeks=weeks) for weeks in (4, 10, 20)])
moments = st.integers(0, WEEKS * 14 + 20).map(lambda halves: START + timedelta(hours=12 * halves))


def by_customer(table: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in table:
        found.setdefault(row["customer_key"], []).append(row)
    return found


class Oracle:
    """One world as of one date, read row by row."""

    def __init__(self, tables: Tables, at: datetime, settings: Settings = SETTINGS) -> None:
        self.at, self.settings = at, settings
        told = {row["interaction_id"]: row for row in rows(tables, "interactions")}
        add = ("author", "kind", "event", "sequence")
        known = {
            name: [r for r in rows(tables, name) if r["identified"] and r["occurred_at"] <= at]
            for name in ("journey", "answers", "touches")
        }
        acts = [{name: told[r["interaction_id"]][name] for name in add} | r for r in known["journey"]]
        self.acts, self.answers, self.touches = (
            by_customer(acts),
            by_customer(known["answers"]),
            by_customer(known["touches"]),
        )
        self.attributes = by_customer([row for row in rows(tables, "attributes") if row["valid_from"] <= at])
        self.customers = sorted(self.acts)

    def matching(self, node: tree.Node) -> list[int]:
        return [key for key in self.customers if self.holds(node, key)]

    def holds(self, node: Any, key: int) -> bool:
        match node:
            case tree.And(parts):
                return all(self.holds(part, key) for part in parts)
            case tree.Or(parts):
                return any(self.holds(part, key) for part in parts)
            case tree.Not(part):
                return not self.holds(part, key)
            case tree.Status(name):
                return self.status(key) == name
        return bool(getattr(self, type(node).__name__.lower())(node, key))

    def status(self, key: int) -> str | None:
        return next((status for status, rule in self.settings.lifecycle if self.holds(rule.tree, key)), None)

    def within(self, when: datetime, since: float | None, until: float = 0) -> bool:
        after = since is None or when > self.at - timedelta(days=since)
        return after and when <= self.at - timedelta(days=until)

    # -- attributes

    def value(self, name: str, key: int) -> str | None:
        mine = [r for r in self.attributes.get(key, []) if r["name"].lower() == name.lower() and r["value"] is not None]
        return max(mine, key=lambda r: (r["valid_from"], r["value"]))["value"] if mine else None

    def equal(self, text: str, operator: str, value: Any) -> bool:
        compare = COMPARISONS[operator]
        if isinstance(value, str):
            return compare(text.strip().lower(), value.strip().lower())
        try:
            if isinstance(value, date):
                return compare(date.fromisoformat(text.strip()[:10]), value)
            number = float(text)
            return compare(number, value) if number == number else operator == "!="
        except ValueError:
            return operator == "!="

    def compare(self, leaf: tree.Compare, key: int) -> bool:
        text = self.value(leaf.name, key)
        return text is not None and self.equal(text, leaf.operator, leaf.value)

    def among(self, leaf: tree.Among, key: int) -> bool:
        text = self.value(leaf.name, key)
        return text is not None and any(self.equal(text, "=", v) for v in leaf.values) == leaf.inside

    # -- behaviour

    def count(self, noun: str, key: int, since: float | None, until: float = 0) -> int:
        found = 0
        for act in self.acts.get(key, []):
            names = [
                re.sub(r"[\s_\-./]", "", name.lower()).removesuffix("s") for name in (act["event"], act["kind"]) if name
            ]
            wanted = re.sub(r"[\s_\-./]", "", noun.lower()).removesuffix("s").replace("*", ".*")
            stands = act["kind"] == "event" if noun == "*" else any(re.fullmatch(wanted, name) for name in names)
            found += stands and act["author"] != "employee" and self.within(act["occurred_at"], since, until)
        return found

    def counted(self, leaf: tree.Counted, key: int) -> bool:
        return COMPARISONS[leaf.operator](self.count(leaf.event, key, leaf.days), leaf.number)

    def absent(self, leaf: tree.Absent, key: int) -> bool:
        return self.count(leaf.event, key, leaf.days) == 0

    def changed(self, leaf: tree.Changed, key: int) -> bool:
        before, after = (
            self.count(leaf.event, key, 2 * leaf.days, leaf.days),
            self.count(leaf.event, key, leaf.days),
        )
        change = after - before if leaf.direction == "up" else before - after
        return before > 0 and change / before >= leaf.percent / 100 - 1e-12

    def presence(self, key: int) -> list[datetime]:
        return [act["occurred_at"] for act in self.acts.get(key, []) if act["author"] == "customer"]

    def seen(self, leaf: tree.Seen, key: int) -> bool:
        times = self.presence(key)
        return bool(times) and self.within(min(times) if leaf.first else max(times), leaf.days)

    def unseen(self, leaf: tree.Unseen, key: int) -> bool:
        times = self.presence(key)
        return bool(times) and not self.within(max(times), leaf.days)

    def stage(self, leaf: tree.Stage, key: int) -> bool:
        held = [act for act in self.acts.get(key, []) if act["position"]]
        if not held:
            return False
        order = lambda act: (  # noqa: E731
            act["occurred_at"], act["sequence"] or 0,
            TAXONOMY.progress.index(act["position"]) if act["position"] in TAXONOMY.progress else -1,
            act["interaction_id"],
        )  # fmt: skip
        return (max(held, key=order)["position"] in [TAXONOMY.stage_id(v) or v for v in leaf.values]) == leaf.inside

    # -- scores

    def latest_answer(self, kind: str, key: int) -> dict[str, Any] | None:
        mine = [row for row in self.answers.get(key, []) if row["kind"] == kind]
        if not mine:
            return None
        last = max((row["occurred_at"], row["interaction_id"]) for row in mine)
        at_last = [row for row in mine if (row["occurred_at"], row["interaction_id"]) == last]
        return min(at_last, key=lambda row: (2 if row["sign"] is None else row["sign"], row["value"]))

    def latest(self, leaf: tree.Latest, key: int) -> bool:
        answer = self.latest_answer(leaf.kind, key)
        return (
            answer is not None
            and self.within(answer["occurred_at"], leaf.days)
            and COMPARISONS[leaf.operator](answer["value"], leaf.number)
        )

    def answered(self, leaf: tree.Answered, key: int) -> bool:
        if leaf.times is None:
            answer = self.latest_answer(leaf.kind, key)
            return answer is not None and answer["sign"] == leaf.sign and self.within(answer["occurred_at"], leaf.days)
        occasions = {
            row["interaction_id"]
            for row in self.answers.get(key, [])
            if row["kind"] == leaf.kind and row["sign"] == leaf.sign and self.within(row["occurred_at"], leaf.days)
        }
        return len(occasions) >= leaf.times

    def standing(self, key: int) -> tuple[float | None, float, bool]:
        """The person's JSI, effective touches, and whether one is severe."""
        mine = self.touches.get(key, [])
        weights = [r["weight"] * 2 ** (-((self.at - r["occurred_at"]) / timedelta(days=30))) for r in mine]
        if not mine:
            return None, 0.0, False
        jsi = 50 * (1 + sum(w * r["s"] for w, r in zip(weights, mine, strict=True)) / (sum(weights) + 1))
        decays = [2 ** (-((self.at - r["occurred_at"]) / timedelta(days=30))) for r in mine]
        severe = any(
            row["s"] == -1 and row["severity"] == 3 and 3 * decay >= 1 for row, decay in zip(mine, decays, strict=True)
        )
        return jsi, sum(weights) ** 2 / sum(w * w for w in weights), severe

    def index(self, leaf: tree.Index, key: int) -> bool:
        jsi, *_ = self.standing(key)
        return jsi is not None and COMPARISONS[leaf.operator](jsi, leaf.number)

    def band(self, leaf: tree.Band, key: int) -> bool:
        jsi, effective, severe = self.standing(key)
        if jsi is None:
            return False
        if (jsi < 40 and effective >= 2) or severe:
            return leaf.name == "at_risk"
        return leaf.name == ("healthy" if jsi >= 70 else "watch")

    def edge(self, key: int) -> bool:
        """Does a sum lie so near a threshold that the order of adding decides?"""
        jsi, effective, _ = self.standing(key)
        if jsi is None:
            return False
        near = min(abs(jsi - threshold) for threshold in (30.0, 40.0, 40.5, 50.0, 60.0, 70.0))
        return near < 1e-6 or (abs(effective - 2) < 1e-6 and jsi < 40)

    def is_on_an_edge(self) -> bool:
        return any(self.edge(key) for key in self.customers)


ask = partial(matching, WAREHOUSE, settings=SETTINGS, taxonomy=TAXONOMY)


@examples(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1), node=trees, at=moments)
def test_a_rule_finds_the_customers_that_a_plain_reading_finds(seed: int, node: tree.Node, at: datetime) -> None:
    tables = world(seed)
    oracle = Oracle(tables, at)
    assume(not oracle.is_on_an_edge())
    WAREHOUSE.put(tables)
    found = ask(Rule(node, written(node)), at)
    assert found.column_names == ["customer_key"]
    assert found["customer_key"].to_pylist() == oracle.matching(node)


#: Each compared with the plain reading in every world of the next test, and true of some customers, false of others.
BATTERY = (
    *("tier = vip", "tier != vip", "tier not in (gold, vip)", "seats >= 20", "seats != 20", "seats < 100"),
    *("seats not in (5, many)", "renewal < 2026-02-15", "renewal != 2026-02-01", "stage = use", "stage != use"),
    *("log-ins >= 1 in 14 d", "app_* < 1 in 60 d", "tickets = 0 in 60 d", "paid <= 1 in 84 d", "orders > 1 in 84 d"),
    *("usage down 50 % in 14 d", "usage down 100 % in 14 d", "usage up 50 % in 35 d", "no orders for 14 d"),
    *("no log-ins for 28 d", "no tickets", "nps <= 6", "csat >= 4 in 28 d", "ces < 4", "rating = 5", "detractor"),
    *("detractor twice", "detractor once in 28 d", "csat dissatisfied", "csat neutral once", "ces easy in 42 d"),
    *("ces hard 3 times", "rating satisfied twice", "jsi < 50", "jsi >= 60", "jsi at risk", "jsi watch", "jsi healthy"),
    *("seen within 14 d", "first seen within 60 d", "not seen for 14 d", "at risk", "advocate", "active", "prospect"),
    *("not seen within 14 d", "tier = vip or not (nps <= 6 and seats >= 20)"),
)
BATTERY_SETTINGS = Settings(
    segments=Segments(rules=tuple(SegmentRule(text, "yes", Rule.parse(text), "no") for text in BATTERY))
)


def many_worlds(first_seed: int, count: int = 25) -> Tables:
    """Several worlds as one, their customers and interactions kept apart, so that one question serves them all."""
    made = [world(first_seed + place) for place in range(count)]
    for place, tables in enumerate(made):
        for name, table in tables.items():
            key = pc.add(table["customer_key"], place * 10_000_000)
            tables[name] = table.set_column(table.schema.get_field_index("customer_key"), "customer_key", key)
            if "interaction_id" in table.column_names:
                ids = pc.binary_join_element_wise(f"w{place:03}", table["interaction_id"], "-")
                tables[name] = tables[name].set_column(
                    table.schema.get_field_index("interaction_id"), "interaction_id", ids
                )
    return {name: pa.concat_tables([tables[name] for tables in made]) for name in made[0]}


@examples(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_seed=st.integers(0, 2**32 - 1), at=some_moments)
def test_every_kind_of_condition_is_read_plainly(first_seed: int, at: datetime) -> None:
    tables = many_worlds(first_seed)
    oracle = Oracle(tables, at)
    clear = [not oracle.edge(key) for key in oracle.customers]
    table = rule_segments(WAREHOUSE.put(tables), BATTERY_SETTINGS, at, taxonomy=TAXONOMY)
    assert table["customer_key"].to_pylist() == oracle.customers * len(BATTERY)
    found: dict[str, list[str]] = {text: [] for text in BATTERY}
    for name, value in zip(table["name"].to_pylist(), table["value"].to_pylist(), strict=True):
        found[name].append(value)
    for text, answers in found.items():
        node = Rule.parse(text).tree
        expected = ["yes" if oracle.holds(node, key) else "no" for key in oracle.customers]
        assert list(compress(answers, clear)) == list(compress(expected, clear)), text


def test_every_condition_takes_some_customers_and_leaves_some() -> None:
    """So that the comparison is one of full worlds, not of empty answers."""
    table = rule_segments(WAREHOUSE.put(many_worlds(0)), BATTERY_SETTINGS, LATE, taxonomy=TAXONOMY)
    both = table.group_by("name").aggregate([("value", "count_distinct")]).to_pylist()
    assert [row["name"] for row in both if row["value_count_distinct"] != 2] == []


def ask_in(tables: Tables, rule: Rule, at: datetime) -> list[int]:
    WAREHOUSE.put(tables)
    keys: list[int] = ask(rule, at)["customer_key"].to_pylist()
    return keys


@examples(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), at=some_moments)
def test_each_customer_has_the_first_status_whose_rule_holds(seed: int, at: datetime) -> None:
    tables = world(seed)
    oracle = Oracle(tables, at)
    assume(not oracle.is_on_an_edge())
    table = lifecycle(WAREHOUSE.put(tables), SETTINGS, at, taxonomy=TAXONOMY)
    assert table["customer_key"].to_pylist() == oracle.customers
    assert table["status"].to_pylist() == [oracle.status(key) for key in oracle.customers]


DECLARED = Settings.parse(
    """
    [[segments.rules]]
    name = "engagement"
    value = "falling"
    when = "usage down 30 %"
    otherwise = "steady"
    [[segments.rules]]
    name = "engagement"
    value = "silent"
    when = "no usage for 28 d"
    [[segments.rules]]
    name = "loyal"
    when = "advocate or promoter"
    [[segments.rules]]
    name = "size"
    value = "large"
    when = "seats >= 20"
    [[personas]]
    name = "Big buyer"
    when = "seats >= 20 or orders >= 2 in 60 d"
    [[personas]]
    name = "Quiet one"
    when = "no orders for 60 d"
    """
)


@examples(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), at=some_moments)
def test_segments_and_personas_take_the_first_rule_that_holds(seed: int, at: datetime) -> None:
    tables = world(seed)
    oracle = Oracle(tables, at, DECLARED)
    assume(not oracle.is_on_an_edge())
    WAREHOUSE.put(tables)

    def holds(text: str, key: int) -> bool:
        return oracle.holds(Rule.parse(text).tree, key)

    expected = [
        (
            key,
            "engagement",
            "falling" if holds("usage down 30 %", key) else "silent" if holds("no usage for 28 d", key) else "steady",
        )
        for key in oracle.customers
    ]
    expected += [(key, "loyal", "yes" if holds("advocate or promoter", key) else "no") for key in oracle.customers]
    expected += [(key, "size", "large") for key in oracle.customers if holds("seats >= 20", key)]
    segments = rule_segments(WAREHOUSE, DECLARED, at, taxonomy=TAXONOMY)
    assert [tuple(row.values()) for row in segments.to_pylist()] == expected

    big = {key for key in oracle.customers if holds("seats >= 20 or orders >= 2 in 60 d", key)}
    quiet = {key for key in oracle.customers if holds("no orders for 60 d", key)} - big
    found = {row["customer_key"]: row["persona"] for row in personas(WAREHOUSE, DECLARED, at).to_pylist()}
    assert found == dict.fromkeys(big, "Big buyer") | dict.fromkeys(quiet, "Quiet one")


@examples(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_bands_are_those_of_the_standing_jsi(seed: int) -> None:
    tables = world(seed)
    assume(not Oracle(tables, LATE).is_on_an_edge())
    WAREHOUSE.put(tables)
    expected = standing(WAREHOUSE, Filters(), at=LATE, limit=None).to_dicts()
    for band in ("at risk", "watch", "healthy"):
        found = ask(Rule.parse(f"jsi {band}"), LATE)["customer_key"].to_pylist()
        assert found == sorted(row["key"] for row in expected if row["band"] == band)


def test_without_rules_there_are_no_segments_and_no_personas() -> None:
    WAREHOUSE.put(world(3))
    assert rule_segments(WAREHOUSE, Settings(), START).num_rows == 0
    assert personas(WAREHOUSE, Settings(), START + timedelta(weeks=9)).num_rows == 0


def test_a_time_with_a_zone_is_the_same_moment_in_utc() -> None:
    tables = world(5)
    berlin = timezone(timedelta(hours=2))
    noon = datetime(2026, 2, 20, 12, tzinfo=UTC)
    rule = Rule.parse("seen within 3 d")
    expected = ask_in(tables, rule, datetime(2026, 2, 20, 12))
    assert ask_in(tables, rule, noon) == expected
    assert ask_in(tables, rule, noon.astimezone(berlin)) == expected


def test_all_rules_of_a_file_are_one_question() -> None:
    WAREHOUSE.put(world(7))
    before = WAREHOUSE.queries
    rule_segments(WAREHOUSE, DECLARED, START + timedelta(weeks=8))
    assert WAREHOUSE.queries == before + 1


def test_the_default_rules_of_the_lifecycle_use_every_table() -> None:
    used = {type(leaf) for _, rule in SETTINGS.lifecycle for leaf in leaves(rule.tree)}
    assert used == {tree.Stage, tree.Unseen, tree.Band, tree.Answered, tree.Seen}
