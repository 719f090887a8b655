"""Who passes a gate: pass, hold, or not enough evidence, and what would settle it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.monitoring.conftest import NOW, SLUG, angry, bring, survey

from touchline.errors import QuestionError
from touchline.server.monitoring import applying, gate_effect, gating, renewing
from touchline.server.monitoring.gatespec import GateSpec
from touchline.server.monitoring.models import Decision, Gate
from touchline.server.people.models import Membership, User
from touchline.server.workspaces.models import Workspace

GATE = GateSpec("renewal", minimum=70.0)


def row(**more: object) -> dict:
    base = {
        "ref": "acme", "jsi": 80.0, "low": 72.0, "high": 88.0, "n": 20, "customers": 4, "n_eff": 15.0, "severe": 0,
        "trend": 0.0, "last_touch": (NOW - timedelta(days=3)).replace(tzinfo=None),
    }  # fmt: skip
    return base | more


def judged(gate: GateSpec = GATE, single: dict | None = None, **more: object) -> gating.Verdict:
    return gating.judged(gate, row(**more), single or {}, {"support": "Support"}, NOW)


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_it_holds_only_where_the_whole_interval_lies_below(jsi, one, two, minimum):
    low, high = min(one, two, jsi), max(one, two, jsi)
    found = judged(GateSpec("renewal", minimum=minimum), jsi=jsi, low=low, high=high)
    wanted = "hold" if high < minimum else "pass" if low >= minimum else "unsure"
    assert found.result == wanted
    assert found.reasons


def test_silence_alone_never_holds():
    assert judged(jsi=None, low=None, high=None, n=0, last_touch=None, trend=None).result == "unsure"
    assert judged(jsi=50.0, low=0.0, high=100.0, n=1, n_eff=1.0).result == "unsure"
    assert judged(GateSpec("renewal", heard_days=2.0)).result == "unsure"


@pytest.mark.parametrize(
    ("gate", "more", "result"),
    [
        (GATE, {"severe": 1}, "hold"),
        (GateSpec("renewal", no_severe=False), {"severe": 1}, "pass"),
        (GateSpec("renewal", fall=10.0), {"trend": -12.0}, "hold"),
        (GateSpec("renewal", fall=10.0), {"trend": None}, "pass"),
        (GateSpec("renewal", voices=5), {}, "unsure"),
        (GateSpec("renewal", of="person", voices=5), {}, "pass"),
    ],
)
def test_further_conditions(gate, more, result):
    assert judged(gate, **more).result == result


def test_a_stage_of_its_own_can_hold():
    gate = GateSpec("renewal", stages=(("support", 50.0),))
    low = row(jsi=30.0, low=20.0, high=40.0)
    assert judged(gate, {"support": low}).result == "hold"
    assert judged(gate, {"support": None}).result == "pass"


@given(st.floats(1, 99), st.floats(0.5, 40), st.floats(30, 90))
def test_what_would_settle_it_grows_with_what_is_missing(jsi, n_eff, minimum):
    up = gating.answers_needed({"jsi": jsi, "n_eff": n_eff}, minimum, 1)
    easier = gating.answers_needed({"jsi": jsi, "n_eff": n_eff}, minimum - 20, 1)
    if up is not None:
        assert easier is not None
        assert easier <= up


def test_accounts_are_held_told_once_and_released(hold, notices):
    applying.set_gate(SLUG, GateSpec("renewal", minimum=95.0), by="a test", origin="web")
    bring(hold.workspace, angry(80, prefix="lost", account_ref="a1"), live=True)
    now = NOW + timedelta(hours=2)
    gating.decide(hold, now)
    held = {one.ref for one in Decision.objects.filter(result="hold")}
    assert "a1" in held
    assert {one.ref for one in notices} == held
    gating.decide(hold, now)
    assert len(notices) == len(held)
    answer = gating.asked(hold, "renewal", "account", "a1", now)
    assert (answer["result"], answer["may_pass"]) == ("hold", False)
    gating.release(Gate.objects.get(), "a1", "ann", "they called", now)
    assert gating.asked(hold, "renewal", "account", "a1", now)["may_pass"]
    with pytest.raises(QuestionError, match="there is no account 'nobody'"):
        gating.asked(hold, "renewal", "account", "nobody", now)
    with pytest.raises(QuestionError, match="there is no gate"):
        gating.asked(hold, "delivery", "account", "a1", now)


def test_the_effect_compares_those_who_were_held_with_those_let_pass(hold):
    gate = Gate.objects.get()
    made = [
        Decision(gate=gate, ref=f"a{n}", result="hold", first_at=NOW, at=NOW, without=n % 2 == 0) for n in range(40)
    ]
    later = {f"a{n}": [(NOW + timedelta(days=9), n % 4 != 1)] for n in range(38)}
    found = gate_effect.compared(made, later)
    assert (found.held.n, found.held.stayed, found.without.n, found.without.stayed, found.open) == (19, 10, 19, 0, 2)
    assert found.low < found.difference < found.high
    assert found.low > 0
    assert gate_effect.compared(made, {}).difference is None


def test_by_chance_is_the_same_each_time_and_of_the_share():
    gate = Gate(workspace="w", stage="renewal", of="account")
    drawn = [gating.by_chance(gate, f"a{n}", 0.2) for n in range(2000)]
    assert drawn == [gating.by_chance(gate, f"a{n}", 0.2) for n in range(2000)]
    assert 0.16 < sum(drawn) / 2000 < 0.24


def contract(ref: str, account: str, at) -> dict:
    return survey(at, 5.0, ref=ref, account_ref=account) | {
        "kind": "event", "event": "renewed", "stage": None, "answers": None, "programme": None, "source": "crm",
    }  # fmt: skip


def test_when_a_contract_ends_is_known_shown_and_sorted(hold, client):
    """An account's first end counts; a year after what was last renewed, by default."""
    began = NOW - timedelta(days=300)
    bring(hold.workspace, [
        contract("p1", "a3", began), contract("p2", "a3", began - timedelta(days=40)),
        contract("p3", "a5", began + timedelta(days=20)),
    ], live=False)  # fmt: skip
    found = hold.ask(lambda local: renewing.dues(local, "account"))
    term = timedelta(days=365)
    assert found == {"a3": began - timedelta(days=40) + term, "a5": began + timedelta(days=20) + term}
    assert hold.ask(lambda local: renewing.dues(local, "person"))["p1"] == began + term
    applying.set_gate(SLUG, GateSpec("renewal", minimum=95.0), by="a test", origin="web")
    gating.decide(hold, NOW)
    user = User.objects.create(email="boss@example.org")
    Membership.objects.create(user=user, workspace=Workspace.objects.get(slug=SLUG), role="admin")
    client.force_login(user)
    (gate,) = client.get("/api/v1/gates", {"order": "due"}).json()["gates"]
    held = [(one["ref"], one["due"]) for one in gate["held"]]
    assert held[:2] == [(ref, found[ref].isoformat()) for ref in ("a3", "a5")]
    assert {due for _ref, due in held[2:]} == {None}
    assert client.get("/api/v1/gates", {"order": "size"}).status_code == 400
    assert client.get("/api/v1/gates/renewal/accounts/a5").json()["due"] == found["a5"].isoformat()
    assert client.get("/api/v1/gates/renewal/accounts/a0").json()["due"] is None
    page = client.get(f"/w/{SLUG}/gates?order=due").content.decode()
    shown = [page.index(f">{word}<") for word in (f"{found['a3']:%-d %b %Y}", f"{found['a5']:%-d %b %Y}")]
    assert shown == sorted(shown)
    assert 'aria-sort="ascending"><a href="?order=due"' in page


def test_orders_put_what_is_missing_last():
    rows = [{"ref": ref, "jsi": jsi, "due": due, "since": due} for ref, jsi, due in
            (("c", 3, None), ("b", 1, 5), ("a", 2, 7), ("d", 1, 5))]  # fmt: skip
    found = {order: "".join(one["ref"] for one in renewing.ordered(rows, order, dict)) for order in renewing.Order}
    assert found == {"jsi": "bdac", "due": "bdac", "since": "abdc", "ref": "abcd"}
