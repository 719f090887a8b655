"""Small random worlds, and a warehouse in memory to hold them.

A world is every table of `touchline.warehouse.schema`, filled on purpose with what breaks formulas: equal
times, customers who come back under another stage, segment or account, anonymous ones, accounts of one
and of many people, cells of one touch, NULL themes, channels, programmes and segments. Times span 12 weeks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from touchline.warehouse.blanks import Shape
from touchline.warehouse.held import Held, coded, rows_of
from touchline.warehouse.schema import (
    ANSWERS,
    ATTRIBUTES,
    CUSTOMERS,
    JOURNEY,
    MENTIONS,
    STORED,
    TOUCHES,
)

START = datetime(2026, 1, 5)
WEEKS = 12
STAGES = ("awareness", "purchase", "delivery", "use", "support", "renewal")
THEMES = {
    "late_delivery": "Parcel arrives later than promised",
    "rude_agent": "Staff are rude",
    "easy_setup": "Set-up is easy",
    "price": "Costs more than expected",
}
SEGMENTS = {"tier": ("basic", "plus", "vip"), "region": ("emea", "apac")}
FAMILY_OF = {
    "csv_survey": "survey",
    "desk": "ticket",
    "store": "review",
    "inbox": "message",
    "app": "behaviour",
}
PURPOSE_OF = {"relationship_nps": "relationship", "post_delivery": "transaction", "after_case": "recovery"}
SCALES = {"nps": ((0, 10),), "csat": ((1, 5), (1, 10), (1, 7)), "ces": ((1, 7), (1, 5)), "rating": ((1, 5),)}
_SEGMENT_FIELDS = [pa.field(f"seg_{name}", pa.string()) for name in SEGMENTS]

Rows = list[dict[str, Any]]
Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Theme:
    """As the taxonomy's."""

    id: str
    name: str
    stage: str
    polarity: str


@dataclass(frozen=True)
class MiniTaxonomy:
    """What the scores ask of a taxonomy, with the stages of these worlds."""

    id: str = "mini"
    version: str = "000000000000"

    @property
    def ids(self) -> tuple[str, ...]:
        return STAGES

    @property
    def progress(self) -> tuple[str, ...]:
        return tuple(stage for stage in STAGES if stage != "support")

    @property
    def stages(self) -> tuple[SimpleNamespace, ...]:
        return tuple(self.stage(stage) for stage in STAGES)

    @property
    def themes(self) -> tuple[Theme, ...]:
        return tuple(Theme(i, n, "delivery", "delight" if i == "easy_setup" else "pain") for i, n in THEMES.items())

    @property
    def touchpoints(self) -> tuple[SimpleNamespace, ...]:
        return tuple(
            SimpleNamespace(id=f"{stage}_{x}", name=f"{stage.title()} {x}", stage=stage, sub_stage=None)
            for stage in STAGES
            for x in ("web", "desk")
        )

    def stage_id(self, name: str) -> str | None:
        name = {"decision": "purchase"}.get(name.lower(), name.lower())
        return name if name in STAGES else None

    def stage(self, stage: str) -> SimpleNamespace:
        kind = "recurring" if stage == "support" else "progress"
        return SimpleNamespace(id=stage, name=stage.title(), kind=kind, target=70.0, owner="Nobody", sub_stages=())

    def touchpoint(self, name: str) -> SimpleNamespace | None:
        return next((t for t in self.touchpoints if name in (t.id, t.name)), None)

    def theme(self, theme: str) -> Theme | None:
        return next((t for t in self.themes if t.id == theme), None)


TAXONOMY = MiniTaxonomy()


def make_world(
    seed: int = 0,
    *,
    conversations: int = 60,
    customers: int = 12,
    b2b: bool = True,
    anonymous: float = 0.2,
    stages: tuple[str, ...] = (*STAGES, "unassigned"),
) -> Tables:
    """Return all tables of one world; equal arguments give equal worlds, fewer conversations a prefix."""
    rng = np.random.default_rng(seed)
    pick = lambda options: options[rng.integers(len(options))]  # noqa: E731
    accounts = [None, *(1_000_001 + i for i in range(max(1, customers // 4)))] if b2b else [None]
    home = {key: pick(accounts) for key in range(1, customers + 1)}
    names = list(stages)
    tables: dict[str, Rows] = {name: [] for name in ("touches", "mentions", "answers", "interactions", "journey")}
    seen: dict[int, list[datetime]] = {}
    for conversation in range(conversations):
        identified = bool(rng.random() >= anonymous)
        customer = int(rng.integers(1, customers + 1)) if identified else 500_000 + conversation
        account = (home[customer] if rng.random() < 0.9 else pick(accounts)) if identified else None
        source = pick(list(FAMILY_OF))
        family = FAMILY_OF[source]
        # Coarse times make ties, within a customer and across.
        when = START + timedelta(hours=12 * int(rng.integers(0, WEEKS * 14)), microseconds=int(rng.integers(0, 2)))
        where: dict[str, Any] = {
            "customer_key": customer,
            "identified": identified,
            "account_key": account,
            "conversation_key": 2_000_000 + conversation,
            "channel": pick(["email", "web", "phone", None]),
            "source": source,
            "family": family,
            "programme": pick([*PURPOSE_OF, None]) if family == "survey" else None,
            "occurred_at": when,
            "day": when.date(),
            "week": when.date() - timedelta(days=when.weekday()),
            "seg_tier": pick([*SEGMENTS["tier"], None]),
            "seg_region": pick([*SEGMENTS["region"], None]),
        }  # fmt: skip
        where["purpose"] = PURPOSE_OF.get(where["programme"])
        about = [names[i] for i in sorted(rng.permutation(len(names))[: 1 + int(rng.random() < 0.4)])]
        for number, stage in enumerate(about):
            here = {**where, "stage": stage, "interaction_id": f"i{conversation}_{number}"}
            here["touchpoint"] = None if stage == "unassigned" else pick([f"{stage}_web", f"{stage}_desk", None])
            here["sub_stage"] = here["touchpoint"] and f"{stage}.{'desk' if 'desk' in here['touchpoint'] else 'web'}"
            said, scored = _speak(rng, here, family)
            tables["mentions"] += said
            tables["answers"] += scored
            tables["touches"].append(_touch(rng, here, said, scored))
            tables["interactions"].append(_interaction(here, number, said))
            tables["journey"].append({
                **{name: here[name] for name in JOURNEY.names if name in here},
                "position": pick([s for s in stages if s != "unassigned"] + [None]),
            })  # fmt: skip
            seen.setdefault(customer, []).append(when)
    return _arrow(tables, seen, home)


def worlds(*, most: int = 80, **fixed: Any) -> st.SearchStrategy[Tables]:
    """Return a strategy of worlds that shrinks towards few conversations of few customers."""
    options: dict[str, st.SearchStrategy[Any]] = {
        "seed": st.integers(0, 2**32 - 1),
        "conversations": st.integers(0, most),
        "customers": st.integers(1, 40),
        "b2b": st.booleans(),
        "anonymous": st.sampled_from((0.2, 0.0, 1.0)),
        "stages": st.sampled_from(((*STAGES, "unassigned"), ("delivery", "use"), ("delivery",))),
    }
    options |= {name: st.just(value) for name, value in fixed.items()}
    return st.builds(make_world, **options)


#: Nobody has withheld anything, and nobody goes by two references.
NOBODY = {
    "withheld": pa.schema([("customer_key", pa.int64()), ("purpose", pa.string())]),
    "identity": pa.schema([("customer_key", pa.int64()), ("person_key", pa.int64())]),
}


class MemoryWarehouse:
    """A `Warehouse` of Arrow tables. `put` replaces them; compiled SQL is kept, so that many worlds go fast.

    SQL is kept per shape of a key, as the contract says, so that a key which does not name all that its expression
    closes over, or has a blank for what more hangs on, fails tests here. Worlds of an even number of touches are held
    in memory, too, so that sums of arrays and sums that are asked for are compared with the same oracles.
    """

    def __init__(self, tables: Mapping[str, pa.Table] | None = None) -> None:
        import ibis

        self.connection = ibis.duckdb.connect(threads=1)
        self.queries = 0
        self._version = 0
        self._schemas: dict[str, pa.Schema] = {}
        self._answers: dict[tuple[object, ...], pa.Table] = {}
        self._compiled: dict[tuple[object, ...], tuple[str, pa.Schema]] = {}
        self._held: dict[str, Held] = {}
        self._holds = True
        self.put({name: schema.empty_table() for name, schema in NOBODY.items()})
        self.put(tables or make_world(conversations=0))

    @property
    def published(self) -> str:
        return f"world {self._version}"

    def put(self, tables: Mapping[str, pa.Table]) -> MemoryWarehouse:
        for name, table in tables.items():
            kept = [column for column in table.column_names if column != "content_hash"]  # Ibis knows no such binary
            self.connection.con.register(name, table.select(kept))
            self._schemas[name] = table.select(kept).schema
        if "touches" in tables:
            self._holds = tables["touches"].num_rows % 2 == 0
        self._held.clear()
        self._answers.clear()
        self._version += 1
        return self

    def table(self, name: str) -> Any:
        import ibis

        # Unbound: asking the connection for a table warns, as Ibis 12 speaks an older DuckDB's API.
        return ibis.table(ibis.Schema.from_pyarrow(self._schemas[name]), name=name)

    def segments(self) -> tuple[str, ...]:
        return tuple(SEGMENTS)

    def texts(self, wanted: pa.Table) -> dict[str, str | None]:
        told = self.having("interactions", "interaction_id", wanted["interaction_id"].combine_chunks().unique())
        return dict(zip(told["interaction_id"].to_pylist(), told["text"].to_pylist(), strict=True))

    def having(self, name: str, column: str, values: pa.Array) -> pa.Table:
        wanted = {value.as_py() for value in values}
        rows = self.connection.con.sql(f"SELECT * FROM {name}").to_arrow_table()
        return rows.filter(pa.array([value in wanted for value in rows[column].to_pylist()], pa.bool_()))

    def rolled(self, _key: tuple[object, ...], build: Callable[[Any], Any]) -> Any:
        return build(self)

    def held(self, name: str) -> Held | None:
        if self._holds and name not in self._held:
            self._held[name] = Held(coded(self.ask(("held", name), lambda: rows_of(self, name))))
        return self._held.get(name)

    def ask(self, key: tuple[object, ...], build: Callable[[], Any]) -> pa.Table:
        if key not in self._answers:
            shape = Shape.of(key)
            compiled = self._compiled.get(shape.key) or self._compiled.get(key)
            if compiled is None:
                with shape.building():
                    expression = build()
                    compiled = self.connection.compile(expression), expression.schema().to_pyarrow()
                self._compiled[shape.key if shape.serves(compiled[0]) else key] = compiled
            self.queries += 1
            rows = self.connection.con.sql(shape.filled(compiled[0])).to_arrow_table()
            self._answers[key] = rows.cast(compiled[1])
        return self._answers[key]


def rows(tables: Mapping[str, pa.Table], name: str) -> Rows:
    """Return a table as dictionaries, for oracles."""
    return tables[name].to_pylist()


def replaced(tables: Tables, name: str, changed: Rows) -> Tables:
    """Return the world with the rows of one table replaced."""
    return {**tables, name: pa.Table.from_pylist(changed, schema=tables[name].schema)}


def _speak(rng: np.random.Generator, here: Mapping[str, Any], family: str) -> tuple[Rows, Rows]:
    """Return the mentions and answers of one conversation on one stage."""
    said: Rows = []
    scored: Rows = []
    for number in range(0 if family == "behaviour" else int(rng.integers(0, 3))):
        sentiment = int(rng.integers(-1, 2))
        said.append({
            **here,
            "mention": number,
            "theme": (*THEMES, None)[rng.integers(len(THEMES) + 1)],
            "sentiment": sentiment,
            "polarity": 0.5 * sentiment,
            "emotion": {-1: "anger", 0: "neutral", 1: "delight"}[sentiment],
            "effort": ("high", "low", "none")[rng.integers(3)],
            "resolution": ("resolved", "unresolved", "na")[rng.integers(3)],
            "intent": "complaint" if sentiment < 0 else "none",
            "severity": (0.5, 1.0, 2.0, 3.0)[rng.integers(4)] if sentiment < 0 else 1.0,
            "confidence": float(rng.integers(4, 10)) / 10,
            "stage_confidence": float(rng.integers(1, 10)) / 10,
            "decided_by": "none" if here["stage"] == "unassigned" else "words",
            "start": 10 * number,
            "end": 10 * number + 8,
        })  # fmt: skip
    if family in ("survey", "review"):
        kinds = ["rating"] if family == "review" else ["nps", "csat", "ces"][: 1 + int(rng.integers(3))]
        for kind in kinds:
            low, high = SCALES[kind][rng.integers(len(SCALES[kind]))]
            value = int(rng.integers(low, high + 1))
            direction = -1 if kind == "ces" and rng.random() < 0.3 else 1
            scored.append({
                **here, "question": f"{kind}_q", "kind": kind, "value": float(value), "low": float(low),
                "high": float(high), "direction": direction, "sign": _sign(kind, value, low, high, direction),
            })  # fmt: skip
    return said, scored


def _sign(kind: str, value: int, low: int, high: int, direction: int) -> int:
    if kind == "nps":
        return (value >= 9) - (value <= 6)
    if direction < 0:
        value = low + high - value
    if kind == "ces":
        return int(np.sign(value - (low + high) / 2))
    return (value >= {5: 4, 7: 6, 10: 9}[high]) - (value < (low + high) // 2)


def _touch(rng: np.random.Generator, here: Mapping[str, Any], said: Rows, scored: Rows) -> dict[str, Any]:
    heaviest = max(said, key=lambda m: (m["severity"] * m["confidence"], -m["sentiment"]), default=None)
    if scored:
        sign, confidence, method = scored[0]["sign"], 1.0, "survey"
    elif heaviest:
        sign, confidence = heaviest["sentiment"], heaviest["confidence"]
        method = ("model", "rule", "llm", "human")[rng.integers(4)]
    else:
        sign, confidence, method = (-1, 0, 1)[rng.integers(3)], 1.0, "proxy"
    severity = (0.5, 1.0, 2.0, 3.0)[rng.integers(4)] if sign < 0 else 1.0
    role = (1.0, 1.5, 2.0)[rng.integers(3)] if here["account_key"] else 1.0
    return {
        **here,
        "s": sign,
        "severity": severity,
        "role_weight": role,
        "confidence": confidence,
        "weight": severity * role * confidence * (0.5 if method == "proxy" else 1.0),
        "method": method,
        "theme": heaviest["theme"] if heaviest else None,
        "emotion": heaviest["emotion"] if heaviest else None,
        "effort": heaviest["effort"] if heaviest else "none",
        "resolution": heaviest["resolution"] if heaviest else "na",
        "mentions": len(said),
        "contradiction": bool(scored and heaviest and sign * heaviest["sentiment"] < 0),
    }


def _interaction(here: Mapping[str, Any], number: int, said: Rows) -> dict[str, Any]:
    text = "".join(f"{(m['theme'] or 'something')[:8]:<10}" for m in said) or None
    return {
        "interaction_id": here["interaction_id"],
        "source": here["source"],
        "kind": {"survey": "survey", "ticket": "ticket", "review": "review"}.get(here["family"], "message"),
        "channel": here["channel"],
        "author": "customer",
        "customer_ref": f"c{here['customer_key']}" if here["identified"] else None,
        "account_ref": f"a{here['account_key']}" if here["account_key"] else None,
        "occurred_at": here["occurred_at"],
        "date_only": False,
        "sequence": number,
        "text": text,
        "received_at": here["occurred_at"],
        "customer_key": here["customer_key"],
        "content_hash": b"0" * 16,
        "offset": 0,
        "live": False,
    }


def _arrow(tables: dict[str, Rows], seen: dict[int, list[datetime]], home: dict[int, int | None]) -> Tables:
    people = [
        {
            "customer_key": key,
            "customer_ref": f"c{key}" if key < 500_000 else None,
            "account_key": home.get(key),
            "account_ref": f"a{home[key]}" if home.get(key) else None,
            "role": None,
            "first_seen": min(times),
            "last_seen": max(times),
            "interactions": len(times),
        }
        for key, times in sorted(seen.items())
    ]
    attributes = [
        {"customer_key": key, "name": "tier", "value": "vip", "valid_from": START}
        for key in sorted(seen)
        if key % 3 == 0
    ]
    schemas = {"touches": TOUCHES, "mentions": MENTIONS, "answers": ANSWERS}
    made = {
        name: pa.Table.from_pylist(tables[name], schema=pa.schema([*schema, *_SEGMENT_FIELDS]))
        for name, schema in schemas.items()
    }
    return {
        **made,
        "interactions": pa.Table.from_pylist(tables["interactions"], schema=STORED),
        "journey": pa.Table.from_pylist(tables["journey"], schema=JOURNEY),
        "customers": pa.Table.from_pylist(people, schema=CUSTOMERS),
        "attributes": pa.Table.from_pylist(attributes, schema=ATTRIBUTES),
    }
