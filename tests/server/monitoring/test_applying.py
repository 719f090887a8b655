"""Monitors from a file: idempotent, and every problem with its line and field."""

from __future__ import annotations

import pytest
from tests.server.monitoring.conftest import NOW, SLUG, angry, bring

from touchline.errors import InputError
from touchline.server.monitoring import applying, backtesting
from touchline.server.monitoring.models import Gate, Monitor, Watch
from touchline.server.monitoring.spec import KINDS, Spec
from touchline.vocabulary.taxonomy import Taxonomy

TAXONOMY = Taxonomy.template("b2c")
KNOWS = {"channel": ("email",), "source": ("surveys",), "seg_region": ("apac", "emea"), "theme": (), "touchpoint": ()}
FILE = """\
budget: 2
monitors:
  - name: Delivery in APAC
    stage: delivery
    segment: {region: apac}
    owner: ann@acme.example
    schedule: {days: [mon, tue], from: "08:00", to: "18:00"}
    escalate: {hours: 4, to: head of CX}
  - name: Delivery under 60
    kind: threshold
    stage: delivery
    below: 60
gates:
  - stage: renewal
    minimum: 65
    stages: {support: 50}
"""


def plan(text: str) -> applying.Plan:
    return applying.plan(text, "monitors.yaml", TAXONOMY, KNOWS)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("    stage: delivry", ":3: .*there is no stage 'delivry'; did you mean delivery?"),
        ("    kind: thresold", ":3: .*kind must be .*'thresold'; write kind: threshold"),
        ("    kind: threshold", ":3: .*a threshold on jsi needs below; write below: 60"),
        ("    watch: sentimnt", ":3: .*watch must be a metric"),
        ("    kind: spike\n    watch: jsi", ":3: .*a spike monitor does not watch 'jsi'"),
        ("    stge: delivery", ":3: .*unknown key 'stge'; did you mean stage?"),
        ("    below: sixty", ":3: .*below must be a number from 0 to 100, not 'sixty'"),
        ("    segment: {regoin: apac}", ":3: .*there is no segment 'regoin'; did you mean region?"),
        ("    segment: {region: apak}", ":3: .*no value 'apak'; did you mean apac?"),
        ("    schedule: {days: [monday]}", ":3: .*there is no day 'monday'"),
        ("    schedule: {from: '18:00', to: '08:00'}", ":3: .*begins before it ends"),
        ("    escalate: {hours: 4}", ":3: .*to is missing; say to whom"),
        ("    channel: fax", ":3: .*there is no channel 'fax'; known are email"),
        ("  - name: One", ":3: two monitors are named 'One' .first in line 2"),
    ],
)
def test_a_problem_is_told_with_its_line_and_field(line, said):
    with pytest.raises(InputError) as caught:
        plan(f"monitors:\n  - name: One\n{line}\n")
    import re

    assert re.search(f"monitors.yaml{said}", str(caught.value)), str(caught.value)


def test_several_problems_are_told_at_once():
    with pytest.raises(InputError, match="2 things are wrong"):
        plan("monitors:\n  - name: One\n    stage: delivry\n  - watch: jsi\n")


def test_applied_twice_the_second_time_changes_nothing(db):
    first = applying.apply(SLUG, plan(FILE), by="ann")
    assert first.created == ("Delivery in APAC", "Delivery under 60", "gate renewal (account)")
    Monitor.objects.update(state={"": {"learnt": 1}})
    second = applying.apply(SLUG, plan(FILE), by="ann")
    assert (second.created, second.changed, len(second.unchanged)) == ((), (), 3)
    third = applying.apply(SLUG, plan(FILE.replace("ann@", "bob@").replace("below: 60", "below: 55")), by="ann")
    assert third.changed == ("Delivery in APAC", "Delivery under 60")
    states = dict(Monitor.objects.values_list("name", "state"))
    assert states == {"Delivery in APAC": {"": {"learnt": 1}}, "Delivery under 60": {}}  # an owner unlearns nothing
    assert Watch.objects.get().budget == 2
    fourth = applying.apply(SLUG, plan("gates:\n  - stage: renewal\n"), by="ann", prune=True)
    assert set(fourth.removed) == {"Delivery in APAC", "Delivery under 60"}
    assert Gate.objects.get().spec["minimum"] == 70


def test_a_monitor_is_the_same_after_json():
    (spec, _) = plan(FILE).monitors
    assert Spec.of(spec.as_dict()) == spec
    assert spec.place == "stage:delivery"


def test_every_kind_can_be_tested_against_the_history(hold):
    for kind in sorted(set(KINDS) - {"drift"}):
        level = 70.0 if kind in ("threshold", "sequential") else None
        stage = "" if kind in ("silence", "severe") else "delivery"
        spec = Spec(kind, watch=KINDS[kind][0], kind=kind, stage=stage, below=level)
        found = hold.ask(lambda local, spec=spec: backtesting.backtest(local, SLUG, spec, days=60))
        assert found.items > 0 or kind == "severe"
        assert "would not have fired" in found.sentence, (kind, found.firings)


def test_a_backtest_finds_what_went_wrong_and_when(hold):
    from datetime import timedelta

    bring(hold.workspace, angry(60, NOW + timedelta(days=1)), live=False)
    spec = Spec("Delivery", stage="delivery")
    found = hold.ask(lambda local: backtesting.backtest(local, SLUG, spec, days=60))
    (firing,) = found.firings
    assert firing.since.date() == (NOW + timedelta(days=1)).date()
    assert found.sentence.endswith("would have fired 1 time.")
    assert 1 <= found.smallest <= 20
    nothing = hold.ask(lambda local: backtesting.backtest(local, SLUG, Spec("Empty", stage="advocacy")))
    assert (nothing.firings, nothing.smallest) == ((), None)
