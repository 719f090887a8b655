"""A viewer who may see some segments sees what there would be if the other customers did not exist."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace

import pytest
from tests.server.api.test_questions import ASKED

from touchline.cli.writing import plain
from touchline.client.asking import parameters, questions
from touchline.errors import TouchlineError
from touchline.questions import Local
from touchline.scores.base import Filters
from touchline.server.api.scope import WHOLE_ONLY
from touchline.sources import open_export
from touchline.workspace import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def emea(world, tmp_path_factory):
    """The same world without the customers of other regions: the same key and settings, and no trace of them."""
    folder = tmp_path_factory.mktemp("emea")
    rows = list(csv.DictReader(io.StringIO((world.parent / "files" / "interactions.csv").read_text())))
    regions: dict[str, set[str]] = {}
    for row in rows:
        regions.setdefault(row["customer"], set()).add(row["region"])
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(row for row in rows if regions[row["customer"]] == {"emea"})
    (folder / "interactions.csv").write_text(out.getvalue())
    Workspace.create(folder / "w").close()
    for name in ("touchline.toml", "taxonomy.yaml", ".touchline/key"):
        shutil.copy(world / name, folder / "w" / name)
    with Workspace(folder / "w") as alone:
        alone.take_in(open_export(folder / "interactions.csv", taxonomy=alone.taxonomy))
        yield Local(alone)


def differing(got, want, at=""):
    """Return where two answers differ, but for the order in which numbers were added up."""
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return [d for i, pair in enumerate(zip(got, want, strict=True)) for d in differing(*pair, f"{at}[{i}]")]
    if isinstance(want, dict) and isinstance(got, dict) and want.keys() == got.keys():
        return [d for name in want for d in differing(got[name], want[name], f"{at}.{name}")]
    if isinstance(want, float) and isinstance(got, float):
        return [] if got == pytest.approx(want, rel=1e-9, abs=1e-9) else [(at, got, want)]
    return [] if got == want else [(at, got, want)]


def refused(given):
    return any("apac" in str(value) or "segment:region" in str(value) for value in given.values())


EMEA = (("region", ("emea",)),)
ALL = [(name, given) for name in questions() for given in ASKED.get(name, [{}]) if not refused(given)]


@pytest.mark.parametrize(("name", "given"), [one for one in ALL if one[0] not in WHOLE_ONLY], ids=str)
def test_an_answer_is_that_of_a_world_of_their_own(name, given, emea, key):
    answer = key("read", region=["emea"]).get(name, parameters(name, given))
    own = {what: replace(value, segments=EMEA) for what, value in given.items() if isinstance(value, Filters)}
    try:
        want = getattr(emea, name)(**{"filters": Filters(segments=EMEA)} | given | own)
    except TouchlineError as error:
        want = error
    if isinstance(want, TouchlineError):
        assert answer.status_code == 400, answer.content
        return
    assert answer.status_code == 200, answer.content
    got = answer.json()
    told = json.loads(json.dumps(plain(want.as_json())))
    for answered in (got, told):  # where two rows are as bad as each other, the last digit decides which is first
        answered["rows"].sort(key=lambda row: [str(value) for value in row.values() if isinstance(value, str | None)])
    for part in ("rows", "facts", "notes", "meaning"):
        assert differing(got[part], told[part]) == [], part


@pytest.mark.parametrize("name", sorted(WHOLE_ONLY))
def test_what_cannot_be_restricted_is_refused(name, key):
    answer = key("read", region=["emea"]).get(name)
    assert answer.status_code == 403
    assert "emea" in answer.json()["error"]["todo"]
    assert key("read").get(name).status_code == 200


@pytest.mark.parametrize("path", ["status", "report", "reader"])
def test_what_tells_of_everybody_is_refused(path, key):
    assert key("read", region=["emea"]).get(path).status_code == 403


def test_another_segments_value_is_refused_without_telling_whether_it_exists(key):
    caller = key("read", region=["emea"])
    for value in ("apac", "nowhere"):
        answer = caller.get("stages", {"segment": f"region:{value}"})
        assert answer.status_code == 403
        assert answer.json()["error"]["todo"] == "you may see region emea"
    answer = caller.get("change", {"since": "2026-06-01", "until": "2026-08-31", "previous_segment": "region:apac"})
    assert answer.status_code == 403


def test_an_error_lists_no_names_of_others(key):
    for caller, listed in ((key("read"), True), (key("read", region=["emea"]), False)):
        answer = caller.get("stages", {"channel": "nothing"})
        assert answer.status_code == 400
        assert ("email" in answer.content.decode()) == listed


def test_customers_interactions_and_rows_of_others_are_not_there(key, held, world):
    rows = list(csv.DictReader(io.StringIO((world.parent / "files" / "interactions.csv").read_text())))
    own = {row["customer"] for row in rows if row["region"] == "emea"}
    others = {row["customer"] for row in rows if row["region"] != "emea"} - own
    caller = key("read", region=["emea"])
    one, other = sorted(own)[0], sorted(others)[0]
    assert caller.get(f"customers/{one}/timeline").status_code == 200
    hidden, none = caller.get(f"customers/{other}/timeline"), caller.get("customers/nobody/timeline")
    assert (hidden.status_code, none.status_code) == (404, 404)
    assert hidden.content.decode().replace(other, "nobody") == none.content.decode()

    said = {}
    for row in rows:
        if row["text"] and row["author"] == "customer":
            said.setdefault(row["region"], f"{row['source']}/{row['id']}")
    assert caller.get(f"interactions/{said['emea']}").status_code == 200
    hidden, none = caller.get(f"interactions/{said['apac']}"), caller.get("interactions/nothing")
    assert (hidden.status_code, none.status_code) == (404, 404)
    assert hidden.json()["error"]["todo"] == none.json()["error"]["todo"]

    found = caller.get("behind", {"question": "churn", "row": 0, "limit": 10_000})
    if found.status_code == 200:
        assert {row["customer"] for row in found.json()["rows"]} <= own


def test_a_restricted_viewer_changes_nothing(key):
    from touchline.server.people.models import Key

    caller = key("admin")
    Key.objects.update(segments={"region": ["emea"]})
    assert caller.post("identity", {"claims": [{"customer": "C1", "same_as": "C2"}]}).status_code == 403
