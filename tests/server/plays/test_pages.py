"""The pages and the API of plays."""

from __future__ import annotations

from datetime import timedelta

from touchline.server.plays import effect, running
from touchline.server.plays.models import Play, Run

from .conftest import NOW, SLUG, YAML, Room, bring, survey


def test_a_ready_play_is_added_looked_at_and_switched_on(room: Room) -> None:
    browser = room.client("max")
    empty = browser.get(f"/w/{SLUG}/plays").content.decode()
    assert "11 to begin with" in empty
    assert empty.count("<article>") == 11
    assert browser.post(f"/w/{SLUG}/plays/add", {"ready": "detractor-recovery"}).status_code == 302
    path = f"/w/{SLUG}/plays/detractor-recovery"
    page = browser.get(path).content.decode()
    assert "Nobody: it is off." in page
    assert "24 clock hours" in page
    browser.post(f"{path}/switch", {"on": "1"})
    assert Play.objects.get().active
    wrong = browser.post(f"{path}/change", {"yaml": YAML})
    assert (wrong.status_code, "A play keeps its name" in wrong.content.decode()) == (400, True)
    assert browser.post(f"/w/{SLUG}/plays/add", {"yaml": "play: x"}).status_code == 400
    assert room.client("ann").post(f"{path}/switch", {"on": "0"}).status_code == 403
    browser.post(f"{path}/remove")
    assert not Play.objects.exists()


def test_a_step_is_ended_by_whoever_works_on_cases(room: Room) -> None:
    room.play()
    (run,) = room.says("c1", text="<script>alert(1)</script> terrible")
    path = f"/w/{SLUG}/plays/win-back"
    page = room.client("ann").get(path).content.decode()
    assert "Sorry for Delivery" in page
    assert "<script>alert" not in page
    assert room.client("ann").post(f"{path}/runs/{run.pk}/2/done").status_code == 302
    assert run.steps.get(number=2).by == "ann@plays.example"
    assert room.client("vic").post(f"{path}/runs/{run.pk}/1/done").status_code == 403


def test_who_sees_a_segment_sees_its_runs_only(room: Room) -> None:
    room.play()
    room.says("c2", "c3")
    browser = room.client("vic")
    page = browser.get(f"/w/{SLUG}/plays/win-back").content.decode()
    assert ("/customers/c3" in page, "/customers/c2" in page) == (True, False)
    found = browser.get("/api/v1/plays/win-back/runs").json()["runs"]
    assert [run["customer"] for run in found] == ["c3"]
    assert browser.get("/api/v1/plays").json()["plays"][0]["runs"]["treated"] == 1
    assert browser.get("/api/v1/plays/win-back/effect").status_code == 403
    assert browser.get("/api/v1/plays/win-back/past").status_code == 403


def test_the_api_does_what_the_page_does(room: Room) -> None:
    browser = room.client("max")

    def send(method: str, path: str, body: object) -> tuple[int, dict]:
        answer = getattr(browser, method)(f"/api/v1/{path}", body, content_type="application/json")
        return answer.status_code, answer.json() if answer.content else {}

    assert send("post", "plays", {"yaml": YAML})[0] == 201
    assert send("post", "plays", {"yaml": YAML})[0] == 409
    assert send("post", "plays", {"yaml": "play: [x"})[0] == 400
    assert send("put", "plays/win-back", {"yaml": YAML.replace("Win them", "Win all")})[1]["name"] == "Win all back"
    assert send("post", "plays/win-back/switch", {"on": True})[1]["active"] is True
    (run,) = room.says("c1")
    told = browser.get("/api/v1/plays/win-back/runs").json()["runs"][0]
    assert (told["customer"], told["case"], len(told["steps"])) == ("c1", run.case, 4)
    assert send("post", f"plays/win-back/runs/{run.pk}/steps/2/done", {})[1]["state"] == "done"
    past = browser.get("/api/v1/plays/win-back/past?days=30").json()
    assert (past["runs"], past["held_out"], sum(past["by_week"])) == (1, 0, 1)
    assert len(browser.get("/api/v1/plays").json()["ready"]) == 11
    assert browser.delete("/api/v1/plays/win-back").status_code == 204


def test_the_effect_counts_those_whose_days_are_over(room: Room) -> None:
    """All of those played recover, none of those held out does."""
    made = room.play(YAML.replace("hold_out: 0", "hold_out: 0.4"))
    with room.held.writing() as workspace:
        bring(workspace, [survey(NOW, 1.0, ref=f"c{n}") for n in range(20)], live=True)
    runs = running.look(room.held, NOW + timedelta(seconds=1))
    assert len(runs) == 20
    after = [
        survey(NOW + timedelta(days=5), 5.0 if run.arm == "treated" else 1.0, ref=run.customer) for run in runs
    ]  # fmt: skip
    with room.held.writing() as workspace:
        bring(workspace, [*after, survey(NOW + timedelta(days=120), 5.0, ref="late")], live=True)
    found = effect.effect(room.held, made)
    out = Run.objects.filter(arm="held out").count()
    assert (found.recovered.treated.n, found.recovered.held_out.n, found.waiting) == (20 - out, out, 0)
    assert (found.recovered.treated.value, found.recovered.held_out.value) == (1.0, 0.0)
    assert found.recovered.difference.low is not None
    assert found.recovered.difference.low > 0.5
    assert found.jsi.difference.value is not None
    assert found.jsi.difference.value > 10
    page = room.client("max").get(f"/w/{SLUG}/plays/win-back").content.decode()
    assert "Recovered within 28 days" in page
    assert "+100 points" in page
