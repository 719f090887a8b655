"""Explanations: what is told of an interaction is what is stored, and adds up to it."""

from __future__ import annotations

import json
import random

import pytest

from touchline.cli.writing import plain
from touchline.errors import QuestionError
from touchline.questions import Local
from touchline.simulation import simulate_to
from touchline.sources import open_export
from touchline.workspace import Workspace
from touchline.workspace.explaining import _told_by, explain

SETTINGS = """
[[proxies]]
name = "Waited too long"
stage = "support"
sentiment = -1
when = "wait_minutes > 2 * target(30)"
"""
HEADER = "id,customer,time,text,author,source,channel,role,nps,wait_minutes\n"
ROWS = [
    "a,c1,2026-03-01T10:00:00,The parcel never came and nobody told me,customer,desk,email,decision maker,,\n",
    "b,c2,2026-03-02T10:00:00,the process was confusing,customer,post_delivery_survey,web,,2,\n",
    "c,c2,2026-03-03T10:00:00,We are sorry to hear that,agent,desk,email,,,\n",
    "d,c3,2026-03-04T10:00:00,,customer,ivr,phone,,,90\n",
    "e,c4,2026-03-05T10:00:00,Paczka niestety nigdy do nas nie dotarla i nikt nie odpowiada,customer,desk,email,,,\n",
    "f,c5,2026-03-06T10:00:00,ok,customer,desk,email,,,\n",
    "f,c5,2026-03-06T10:00:00,ok,customer,ivr,email,,,\n",
]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    folder = tmp_path_factory.mktemp("few")
    file = folder / "few.csv"
    file.write_text(HEADER + "".join(ROWS), encoding="utf-8")
    from touchline.settings import new_toml

    with Workspace.create(folder / "w", settings=new_toml("few", "taxonomy.yaml") + SETTINGS) as workspace:
        roles = {name: name for name in ("id", "customer", "time", "text", "author", "source", "channel", "role")}
        roles |= {"score:nps": "nps", "attribute": "wait_minutes"}
        workspace.take_in(open_export(file, taxonomy=workspace.taxonomy, overrides=roles))
        yield workspace


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    simulate_to(folder, 60, 4)
    with Workspace.create(folder / "w") as workspace:
        workspace.take_in(open_export(folder / "interactions.csv", taxonomy=workspace.taxonomy))
        yield workspace


def some(workspace, table, number=60):
    ids = workspace.warehouse.fetch(f"SELECT DISTINCT interaction_id FROM {table} ORDER BY ALL")
    return random.Random(1).sample(ids["interaction_id"].to_pylist(), number)


def test_what_is_told_of_a_mention_is_what_is_stored(world):
    for name in some(world, "mentions"):
        found = explain(world, name)
        stored = world.warehouse.fetch("FROM mentions WHERE interaction_id = $id ORDER BY mention", id=name).to_pylist()
        assert len(found.mentions) == len(stored)
        for told, row in zip(found.mentions, stored, strict=True):
            assert found.text[told.start : told.end] == told.words
            same = ("stage", "stage_confidence", "decided_by", "sentiment", "confidence", "severity", "theme")
            same += ("touchpoint", "sub_stage")
            assert [getattr(told, field) for field in same] == [row[field] for field in same]
            assert told.method == world.understander.method
            assert told.model == world.understander.version


def test_what_names_the_touchpoint_is_told_and_the_sub_stage_is_the_touchpoints(world):
    by = set()
    for name in some(world, "mentions"):
        found = explain(world, name)
        for told in found.mentions:
            by.add(told.touchpoint_by)
            point = world.taxonomy.touchpoint(told.touchpoint) if told.touchpoint else None
            assert (told.touchpoint_by is None) == (told.touchpoint is None)
            assert told.sub_stage == (point.sub_stage if point else None)
            assert point is None or point.stage == told.stage
            if told.touchpoint_by == "declared":
                assert found.context["touchpoint"] == told.touchpoint
    assert {"words", "declared"} <= by


def test_a_source_that_one_touchpoint_lists_implies_it(few):
    table = few.taxonomy.places(source="checkout_survey")
    assert table == {"purchase": "online_checkout"}
    assert _told_by(few.taxonomy, "online_checkout", None, None) == "implied"
    assert _told_by(few.taxonomy, "online_checkout", "online_checkout", "kiosk") == "words"
    assert _told_by(few.taxonomy, "kiosk", None, "kiosk") == "declared"


def test_the_parts_together_make_the_stage(world):
    """The stage told is the likeliest unless one was declared, and each share is the product of its parts."""
    for name in some(world, "mentions"):
        for told in explain(world, name).mentions:
            best, *others = told.stages
            assert len(told.stages) == 3
            assert all(best.probability >= other.probability for other in others)
            if told.decided_by != "declared" and told.stage != "unassigned":
                assert told.stage in {share.stage for share in told.stages}
            for other in others:
                if min(other.words, other.context, other.probability) > 0.02:
                    odds = [getattr(best, p) / getattr(other, p) for p in ("words", "context", "position")]
                    together = best.probability / other.probability
                    assert together == pytest.approx(odds[0] * odds[1] * odds[2], rel=0.05)


def test_every_touch_is_explained_by_the_interaction_that_opened_it(world):
    for name in some(world, "touches"):
        stored = world.warehouse.fetch("FROM touches WHERE interaction_id = $id", id=name).to_pylist()
        opened = {touch.stage: touch for touch in explain(world, name).touches if touch.opened}
        assert opened.keys() == {row["stage"] for row in stored}
        for row in stored:
            touch = opened[row["stage"]]
            assert (touch.s, touch.weight, touch.method) == (row["s"], row["weight"], row["method"])


def test_weights_are_spelled_out(few):
    (touch,) = [touch for touch in explain(few, "a").touches if touch.stage == "delivery"]
    assert touch.weight == pytest.approx(touch.severity * touch.role_weight * touch.confidence)
    assert touch.role_weight == 2.0
    assert "x 2 role x" in touch.formula
    assert touch.formula.endswith(f"= {touch.weight:.3g}")


def test_the_source_decides_where_the_words_say_nothing_and_the_score_where_there_is_one(few):
    found = explain(few, "b")
    (mention,) = found.mentions
    assert (mention.stage, mention.decided_by) == ("delivery", "source")
    assert mention.stages[0].context > 0.8 > mention.stages[0].words
    assert (found.answers[0].kind, found.answers[0].sign) == ("nps", -1)
    assert [(t.stage, t.method) for t in found.touches] == [("delivery", "survey")]


def test_what_is_not_scored_says_why(few):
    assert "agent" in explain(few, "c").notes[0] or "employee" in explain(few, "c").notes[0]
    assert explain(few, "c").touches == ()
    assert explain(few, "e").notes == ("Its language is not understood: it is kept and counted, and not scored.",)
    assert not explain(few, "e").mentions[0].understood


def test_behaviour_counts_half(few):
    found = explain(few, "d")
    (touch,) = found.touches
    assert (touch.method, touch.s, touch.weight) == ("proxy", -1, 0.5)
    assert "0.5 behaviour" in touch.formula
    assert found.notes == ("It has no words.",)


def test_it_is_asked_like_any_question_and_is_plain_json(few):
    found = Local(few).explain("a")
    assert found == explain(few, "a")
    told = json.loads(json.dumps(plain(found.as_json())))
    assert told["interaction_id"] == "desk/a"
    assert told["mentions"][0]["stages"][0]["name"]


def test_an_id_will_do_without_its_source_where_one_source_alone_has_it(world, few):
    name = some(world, "mentions", 1)[0]
    assert explain(world, name.partition("/")[2]) == explain(world, name)
    with pytest.raises(QuestionError, match="no interaction 'nothing'"):
        explain(few, "nothing")
    with pytest.raises(QuestionError, match="say which: 'desk/f' or 'ivr/f'"):
        explain(few, "f")
    assert explain(few, "ivr/f").interaction_id == "ivr/f"
