"""The stages: changed in a draft of one's own, what would move told, saved, gone back to; retention, models."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils.html import escape
from tests.server.data.conftest import SLUG

from touchline.errors import InputError, SettingsError, TaxonomyError
from touchline.server.data import editing, placing
from touchline.server.data.models import Draft
from touchline.settings import Settings
from touchline.settings.editing import with_tables
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.workspace.moving import moved, sample
from touchline.workspace.stages import difference

pytestmark = pytest.mark.django_db
AT = f"/w/{SLUG}/taxonomy"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Changes are made before the answer: the test's transaction is not seen by other threads."""
    monkeypatch.setattr(placing, "start", lambda work, name: work())
    monkeypatch.setattr(placing, "close_old_connections", lambda: None)


def touches(hold) -> dict[str, int]:
    found = hold.workspace.warehouse.fetch("SELECT stage, count(*) AS n FROM touches GROUP BY stage")
    return dict(zip(found["stage"].to_pylist(), found["n"].to_pylist(), strict=True))


def test_a_draft_is_seen_by_its_author_alone_and_saved_as_a_version(enter, hold):
    """Take a stage out: what would move is what moves; back again, all is as it was, and both versions are kept."""
    client = enter("admin")
    first, text = touches(hold), hold.workspace.stages.text
    client.post(f"{AT}/change", {"do": "remove", "stage": "delivery"})
    assert "delivery" in hold.workspace.taxonomy.ids
    page = client.get(AT).content.decode()
    assert "You are changing the stages" in page
    assert 'data-id="delivery"' not in page
    assert client.post(f"{AT}/preview").headers["Location"] == f"{AT}/draft"
    told = Draft.objects.get(workspace=SLUG).moves
    shown = client.get(f"{AT}/draft").content.decode()
    assert told["share"] == 1.0
    assert escape(told["examples"][0]["words"]) in shown
    assert {b: n for b, (n, _) in told["touched"].items() if n} == first
    client.post(f"{AT}/save", {"note": "no parcels"})
    assert "delivery" not in hold.workspace.taxonomy.ids
    assert {b: n for b, (_, n) in told["touched"].items() if n} == touches(hold)
    assert not Draft.objects.exists()
    versions = hold.workspace.stages.versions
    assert [(one.by, one.note, one.current) for one in versions[-1:]] == [("admin0@example.org", "no parcels", True)]
    assert 'data-id="delivery"' not in client.get(AT).content.decode()
    assert "-- id: delivery" in re.sub(r"<[^>]+>", "", client.get(f"{AT}/versions/2").content.decode())
    client.post(f"{AT}/versions/1/restore")
    assert (touches(hold), hold.workspace.stages.text) == (first, text)
    assert hold.workspace.check() == []
    assert Taxonomy.load(hold.workspace.folder.taxonomy).version == hold.workspace.taxonomy.version


def test_what_would_move_is_nothing_where_nothing_changes(hold):
    """The matrix of the same stages has its diagonal only."""
    found = sample(hold.workspace)
    told = moved(hold.workspace.folder.root, found, hold.workspace.stages.text)
    assert told["texts"] > 20
    assert (told["texts_moved"], told["touches_moved"], told["examples"]) == (0, 0, [])
    assert all(a == b for a, b, _n in told["matrix"])
    with pytest.raises(TaxonomyError):
        moved(hold.workspace.folder.root, found, "taxonomy: mine")


def test_an_order_by_dragging_and_by_buttons(enter, hold):
    """Both change the draft's order; a stage with a name alone is told to lack examples, and cannot be saved."""
    client = enter("admin")
    ids = list(hold.workspace.taxonomy.ids)
    client.post(f"{AT}/change", {"do": "down", "stage": ids[0]})
    assert Taxonomy.parse(Draft.objects.get().text).ids[:2] == (ids[1], ids[0])
    client.post(f"{AT}/change", {"do": "order", "order": " ".join(ids[::-1])})
    assert Taxonomy.parse(Draft.objects.get().text).ids == tuple(ids[::-1])
    answer = client.post(f"{AT}/change", {"do": "add", "name": "Wrap-up <b>"})
    assert answer.headers["Location"] == f"{AT}/stage/wrap_up_b"
    assert "Wrap-up &lt;b&gt;" in client.get(answer.headers["Location"]).content.decode()
    assert "examples are missing" in client.get(AT).content.decode()
    before = hold.workspace.taxonomy.version
    client.post(f"{AT}/save")
    assert (hold.workspace.taxonomy.version, Draft.objects.count()) == (before, 1)
    for deep in (
        "[" * 100_000,
        "a: &a [x]\nb: [*a, *a]",
        "stages: 3",
        "stages: [{id: a, sub_stages: [3], examples: 7}]",
        "stages: [{id: a, themes: {b: c}}]",
        "stages: [{id: a, examples: 7, aliases: {b: c}}]",
    ):
        client.post(f"{AT}/change", {"do": "yaml", "text": deep})
        assert client.get(AT).status_code == client.get(f"{AT}/draft").status_code == 200
    client.post(f"{AT}/discard")
    assert not Draft.objects.exists()


def test_a_form_that_changes_nothing_changes_nothing(enter, hold):
    """Sending a stage's form as it is shown leaves the content as it was; fields change what they name."""
    client = enter("admin")
    for stage in hold.workspace.taxonomy.ids[:3]:
        page = client.get(f"{AT}/stage/{stage}").content.decode()
        form = fields_of(page)
        client.post(f"{AT}/change", form | {"do": "stage", "stage": stage})
    assert Taxonomy.parse(Draft.objects.get().text).version == hold.workspace.taxonomy.version
    stage = hold.workspace.taxonomy.ids[0]
    form |= fields_of(client.get(f"{AT}/stage/{stage}").content.decode())
    form |= {"name": "Hearing of us", "target": "61", "s0.t0.name": "Banner", "s1.gone": "on", "hnew.name": "Too loud",
             "hnew.polarity": "pain", "hnew.phrases": "too loud\nso loud", "s0.tnew.name": "Kiosk",
             "s0.tnew.description": "A stand."}  # fmt: skip
    client.post(f"{AT}/change", form | {"do": "stage", "stage": stage})
    one = Taxonomy.parse(Draft.objects.get().text).stages[0]
    assert (one.name, one.target) == ("Hearing of us", 61)
    assert len(one.sub_stages) == len(hold.workspace.taxonomy.stages[0].sub_stages) - 1
    assert [point.name for point in one.sub_stages[0].touchpoints][0::99] == ["Banner"]
    assert one.sub_stages[0].touchpoints[-1].id == "kiosk"
    assert (one.themes[-1].id, one.themes[-1].phrases) == ("too_loud", ("too loud", "so loud"))


def fields_of(page: str) -> dict[str, str]:
    import html

    found = {n: html.unescape(v) for n, v in re.findall(r'<input name="([^"]+)" value="([^"]*)"', page)}
    for name, inside in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        found[name] = html.unescape(inside)
    for name, inside in re.findall(r'<select name="([^"]+)">(.*?)</select>', page, re.DOTALL):
        if on := re.search(r"<option selected>([^<]*)", inside):
            found[name] = on[1]
    return {name: value for name, value in found.items() if ".gone" not in name}


def test_only_admins_change_stages(enter, hold):
    """Analysts see them and their versions; their changes are refused."""
    client = enter("analyst")
    assert client.get(AT).status_code == client.get(f"{AT}/yaml").status_code == 200
    for path in ("change", "preview", "save", "discard", "versions/1/restore"):
        assert client.post(f"{AT}/{path}", {"do": "remove", "stage": "delivery"}).status_code == 403, path
    for path in ("retention/save", "models/teach", "models/use"):
        assert client.post(f"/w/{SLUG}/{path}", {"to": "0"}).status_code == 403, path


def test_words_in_drafts_go_with_an_erasure(enter, hold):
    """What would move shows customers' words; nobody's stay when somebody is erased."""
    from touchline.server.privacy.facade import erased

    Draft.objects.create(workspace=SLUG, by="a", text="", base="", moves={"examples": [{"words": "hers"}]})
    Draft.objects.create(workspace="another", by="a", text="", base="", moves={"examples": []})
    erased.send(None, workspace=SLUG)
    assert [one.moves for one in Draft.objects.order_by("workspace")] == [{"examples": []}, {}]


def test_stages_that_the_settings_need_stay(hold):
    """A stage that a programme of the settings names cannot be taken out."""
    own = hold.workspace.settings
    try:
        hold.workspace.settings = Settings.parse(
            '[workspace]\ntaxonomy = "taxonomy.yaml"\n'
            '[[programmes]]\nname = "x"\npurpose = "transaction"\nstage = "usage"\n'
        )
        tree = editing.tree_of(hold.workspace.stages.text)
        editing.remove(tree, "usage")
        with pytest.raises(SettingsError, match="usage"):
            hold.workspace.stages.checked(editing.text_of(tree))
        with pytest.raises(InputError, match="in use"):
            hold.workspace.stages.change(hold.workspace.stages.text, by="x")
    finally:
        hold.workspace.settings = own


def test_retention_shows_its_effect_before_it_is_saved_and_does_just_that(enter, hold):
    """The counts on the page are what a night's run lets go of; other lines of the settings stay as written."""
    from touchline.workspace.retaining import due, retain

    client = enter("admin")
    written = hold.workspace.folder.settings.read_text()
    form = {"days-0": "100", "what-0": "text", "kinds-0": ["chat"], "days-1": "200", "what-1": "whole",
            "sources-1": "shop, live*"}  # fmt: skip
    page = client.post(f"/w/{SLUG}/retention/effect", form).content.decode()
    assert "not saved yet" in page
    assert not hold.workspace.settings.retention
    client.post(f"/w/{SLUG}/retention/save", form)
    rules = hold.workspace.settings.retention
    assert [(r.days, r.what, r.sources, r.kinds) for r in rules] == [
        (100, "text", (), ("chat",)), (200, "whole", ("shop", "live*"), ())]  # fmt: skip
    kept = hold.workspace.folder.settings.read_text()
    assert kept.startswith(written.rstrip())
    now = datetime.now(UTC)
    told = due(hold.workspace, rules, now=now)
    assert f"{told.all_whole} of {told.records} records would go, and {told.all_text} would lose their words" in page
    done = retain(hold.workspace, now=now)
    assert (done.whole, done.text) == (told.all_whole, told.all_text)
    assert done.whole > 0
    assert due(hold.workspace, rules, now=now).all_whole == 0
    client.post(f"/w/{SLUG}/retention/save", {})
    assert hold.workspace.folder.settings.read_text().rstrip() == written.rstrip()
    bad = client.post(f"/w/{SLUG}/retention/effect", {"days-0": "soon"})
    assert (bad.status_code, "no number of days" in bad.content.decode()) == (400, True)


def test_tables_are_changed_and_all_else_stays():
    """Comments, order and other tables stay; what cannot be changed by program is refused."""
    text = "# mine\n[score]\ngate = 50 # so\n\n[[retention]]\ndays = 9\n# why\n\n[value]\nhorizon = 90\n"
    try:
        changed = with_tables(text, "retention", [])
    except SettingsError:
        text = text.replace("[value]\nhorizon = 90\n", "[segments]\nauto = true\n")
        changed = with_tables(text, "retention", [])
    assert "retention" not in changed
    assert "# mine" in changed
    assert "gate = 50 # so" in changed
    assert "# why" in changed
    assert Settings.parse(changed).score.gate == 50
    with pytest.raises(SettingsError, match="by program"):
        with_tables("retention = [{days = 9}]\n", "retention", [{"days": 3, "what": "text"}])


def test_the_models_page_has_the_card_as_it_is_shipped(enter, hold):
    """The scores are those of docs/model-card.md; what was taught and undone is shown."""
    from touchline.understanding.card import scores, tables

    card = Path(__file__).parents[3] / "docs" / "model-card.md"
    rows = tables(card.read_text("utf-8"))["scores"]
    assert [[*vars_of(one)] for one in scores()] == rows, "python -m training writes card.json with the card"
    client = enter("admin")
    at = f"/w/{SLUG}/models"
    page = client.get(at).content.decode()
    assert rows[0][3] in page
    asked = client.get(f"{at}?teach=1").content.decode()
    texts = re.findall(r'name="(text-\d)" value="([^"]+)"', asked)
    assert len(texts) == 5
    import html

    form = {name: html.unescape(text) for name, text in texts}
    client.post(f"{at}/teach", form | {"stage-0": "support", "sentiment-1": "negative"})
    assert hold.workspace.teaching.current == 1
    assert "version 1 is in use" in client.get(at).content.decode()
    client.post(f"{at}/use", {"to": "undo"})
    assert hold.workspace.teaching.current == 0
    assert client.post(f"{at}/use", {"to": "7"}).status_code == 302
    assert hold.workspace.teaching.current == 0


def vars_of(one) -> tuple[str, ...]:
    from dataclasses import astuple

    return astuple(one)


def test_a_difference_says_every_line():
    assert difference("a\nb", "a\nb") == []
    assert [line for line in difference("a\nb\n", "b\nc\n") if line[0] in "+-"] == ["-a", "+c"]
