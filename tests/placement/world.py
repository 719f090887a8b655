"""Random worlds of interactions and evidence for placement, and how they become Arrow tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import strategies as st

from touchline.placement import READS
from touchline.settings import Settings
from touchline.vocabulary.schemas import EVIDENCE, INTERACTIONS
from touchline.vocabulary.taxonomy import Taxonomy

TAXONOMY = Taxonomy.parse(
    """
taxonomy: tiny
name: Tiny journey
description: Three stages.
stages:
  - id: buy
    name: Buy
    kind: progress
    description: Choosing and paying.
    aliases: [checkout]
    sources: [checkout_survey]
    events: [order_placed]
    keywords: [pay]
    examples: [I could not pay]
    sub_stages:
      - id: buy.pay
        name: Paying
        description: Paying.
        touchpoints:
          - {id: till, name: Till, description: The till., ownership: owned, events: [order_placed]}
  - id: deliver
    name: Deliver
    kind: progress
    description: It arrives.
    sources: [post_delivery_survey]
    events: [parcel_delivered]
    keywords: [parcel]
    examples: [The parcel was late]
    sub_stages:
      - id: deliver.ship
        name: Shipping
        description: It travels.
        touchpoints:
          - {id: courier, name: Courier, description: The courier., ownership: owned, events: [parcel_delivered],
             sources: [post_delivery_survey]}
          - {id: locker, name: Locker, description: The locker., ownership: owned, events: [parcel_delivered]}
  - id: help
    name: Help
    kind: recurring
    description: Getting help.
    channels: [phone]
    keywords: [agent]
    examples: [The agent hung up]
    sub_stages:
      - id: help.desk
        name: Desk
        description: The desk.
        touchpoints: [{id: hotline, name: Hotline, description: The phone line., ownership: owned}]
"""
)
SETTINGS = Settings.parse(
    """
[workspace]
timezone = "Europe/Berlin"
[[scales]]
kind = "ces"
direction = "easy"
[[programmes]]
name = "pulse"
purpose = "relationship"
primary = "nps"
[[proxies]]
name = "long wait"
stage = "help"
sentiment = -1
when = "wait_minutes > 30"
[[proxies]]
name = "very long wait"
touchpoint = "hotline"
sentiment = -1
when = "wait_minutes > 40"
"""
)
START = datetime(2026, 1, 1, tzinfo=UTC)

answer = st.one_of(
    st.builds(lambda v: ("nps", "nps", float(v), 0.0, 10.0), st.integers(0, 10)),
    st.builds(lambda v: ("csat", "csat", float(v), 1.0, 5.0), st.integers(1, 5)),
    st.builds(lambda v: ("ces", "ces", float(v), 1.0, 7.0), st.integers(1, 7)),
    st.builds(lambda v: ("mood", "other", float(v), None, None), st.integers(1, 3)),
)
mention = st.fixed_dictionaries(
    {
        "sentiment": st.sampled_from([-1, 0, 1]),
        "sentiment_confidence": st.sampled_from([0.5, 0.75, 1.0]),
        "severity": st.sampled_from([0.5, 1.0, 2.0, 3.0]),
        "effort": st.sampled_from(["high", "low", "none"]),
        "resolution": st.sampled_from(["resolved", "unresolved", "na"]),
        "theme": st.sampled_from(["late", "rude", None]),
        "touchpoint": st.sampled_from(["till", "courier", "locker", "hotline", None]),
        "understood": st.sampled_from([True, True, True, False]),
        "spoken": st.sampled_from([None, None, 0, 1, 2]),
        "loud": st.sampled_from([1.0, 6.0]),
    }
)
interaction = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["checkout_survey", "post_delivery_survey", "crm"]),
        "kind": st.sampled_from(["survey", "message", "complaint", "event"]),
        "channel": st.sampled_from(["phone", "web", None]),
        "author": st.sampled_from(["customer", "customer", "customer", "employee"]),
        "customer": st.sampled_from(["ann", "bob", None]),
        "account_ref": st.sampled_from([None, "acme"]),
        "role": st.sampled_from([None, "champion", "decision_maker"]),
        "conversation_ref": st.sampled_from([None, "t1", "t2"]),
        "hours": st.sampled_from([0, 1, 100, 167, 169, 400, 700, 800, 1500]),
        "sequence": st.sampled_from([None, 1, 2]),
        "programme": st.sampled_from([None, "pulse"]),
        "stage": st.sampled_from([None, None, "Deliver", "checkout", "help", "nonsense"]),
        "touchpoint": st.sampled_from([None, None, "courier", "kiosk"]),
        "event": st.sampled_from([None, "order_placed", "parcel_delivered"]),
        "answers": st.lists(answer, max_size=2),
        "tier": st.sampled_from([None, "vip", "std"]),
        "wait": st.sampled_from([None, "10", "45", "soon"]),
        "since": st.sampled_from([None, None, None, 0, 500]),
        "mentions": st.lists(mention, max_size=3),
    }
)
worlds = st.lists(interaction, min_size=1, max_size=14)


def tables(world: list[dict]) -> tuple[pa.Table, pa.Table]:
    """Return the interactions (columns READS) and the evidence of a world."""
    rows, said = [], []
    for number, it in enumerate(world):
        name = f"i{number:03d}"
        who = it["customer"] or (f"c/{it['source']}/{it['conversation_ref']}" if it["conversation_ref"] else name)
        rows.append(
            {
                **{k: it[k] for k in ("source", "kind", "channel", "author", "account_ref", "role")},
                **{k: it[k] for k in ("conversation_ref", "sequence", "programme", "stage", "touchpoint", "event")},
                "interaction_id": name,
                "customer_key": key(who),
                "identified": it["customer"] is not None,
                "occurred_at": (START + timedelta(hours=it["hours"])).replace(tzinfo=None),
                "purpose": None,
                "answers": [
                    dict(zip(("question", "kind", "value", "low", "high"), a, strict=True)) for a in it["answers"]
                ],
                "attributes": [(k, v) for k, v in (("tier", it["tier"]), ("wait_minutes", it["wait"])) if v],
                "valid_from": None
                if it["since"] is None
                else (START + timedelta(hours=it["since"])).replace(tzinfo=None),
            }
        )
        if it["author"] == "customer":
            for place, m in enumerate(it["mentions"]):
                evidence = [0.0, 0.0, 0.0]
                if m["spoken"] is not None:
                    evidence[m["spoken"]] = m["loud"]
                said.append(
                    {
                        **{k: v for k, v in m.items() if k not in ("spoken", "loud")},
                        "interaction_id": name, "mention": place, "start": 0, "end": 1, "language": "en",
                        "polarity": float(m["sentiment"]), "emotion": "neutral", "intent": "none",
                        "stage_evidence": evidence, "phrases": [],
                    }
                )  # fmt: skip
    types = {f.name: pa.timestamp("us") if pa.types.is_timestamp(f.type) else f.type for f in INTERACTIONS}
    types["identified"] = pa.bool_()
    schema = pa.schema([(name, types[name]) for name in READS])
    return pa.Table.from_pylist(rows, schema), pa.Table.from_pylist(said, EVIDENCE)


def key(name: str) -> int:
    """Return a small key that tells customers apart."""
    import zlib

    return zlib.crc32(name.encode())
