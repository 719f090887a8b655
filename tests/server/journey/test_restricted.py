"""The pages of one who may see some customers are those of a world in which there are no others."""

from __future__ import annotations

import csv
import re
import shutil
from types import SimpleNamespace

import pytest
from tests.server.journey.conftest import SLUG
from tests.server.journey.test_pages import PAGES

from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db
ALONE = "alone"
MINE = {"region": ["americas", "apac"]}


def exported(folder):
    with (folder / "world" / "interactions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def alone(demo, tmp_path_factory):
    """A workspace with the same key and settings, and nobody in it but the customers of two regions."""
    from touchline.cli.data import export_of
    from touchline.server.workspaces import facade
    from touchline.workspace import Workspace

    folder = tmp_path_factory.mktemp("pages-alone") / ALONE
    rows = exported(demo)
    regions: dict[str, set[str]] = {}
    for row in rows:
        regions.setdefault(row["customer"], set()).add(row["region"])
    assert all(len(found) == 1 for found in regions.values())
    kept = [row for row in rows if row["region"] in MINE["region"]]
    assert 0 < len(kept) < len(rows)
    Workspace.create(folder, name="Demo & Co").close()
    for name in ("touchline.toml", "taxonomy.yaml", ".touchline/key"):
        shutil.copy(demo / name, folder / name)
    (folder / "world").mkdir()
    with (folder / "world" / "interactions.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(kept)
    with Workspace(folder) as workspace:
        workspace.take_in(export_of(folder / "world" / "interactions.csv", workspace=workspace))
    facade.hold_all([SimpleNamespace(slug=ALONE, root=folder)], "http://testserver")
    return folder


@pytest.fixture
def viewer(visitor, alone):
    """One who may see the customers of those regions, in both."""
    from touchline.server.people.models import Membership, User
    from touchline.server.workspaces.models import Workspace

    client = visitor("viewer", MINE)
    tenant = Workspace.objects.create(slug=ALONE, name="Demo & Co", folder=str(alone))
    Membership.objects.create(user=User.objects.get(), workspace=tenant, role="viewer", segments=MINE)
    return client


def seen(client, slug, page):
    answer = client.get(f"/w/{slug}/{page}")
    text = words(answer).replace(f"/w/{slug}", "/w/X").replace(f"workspace={slug}", "workspace=X")
    return answer.status_code, text.replace(held(slug).published, "").splitlines()


def words(answer):
    """The page, without the token against forgery, which is another each time."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=")\w+', r"\1", answer.content.decode())


@pytest.mark.parametrize("page", [page for page in PAGES if page != "data"])
def test_a_page_is_that_of_a_world_of_their_own(viewer, page):
    separator = "&" if "?" in page else "?"
    mine, own = (seen(viewer, slug, f"{page}{separator}days=0") for slug in (SLUG, ALONE))
    assert mine[0] == own[0]
    assert mine[1] == own[1]


def test_what_tells_of_everybody_is_refused(viewer):
    answer = viewer.get(f"/w/{SLUG}/data")
    assert answer.status_code == 403
    assert "tells of all customers" in answer.content.decode()
    assert viewer.get(f"/w/{SLUG}/?segment=region:emea").status_code == 403


def test_a_customer_of_others_is_not_there(viewer, demo):
    rows = exported(demo)
    mine = next(row["customer"] for row in rows if row["region"] == "apac")
    others = next(row["customer"] for row in rows if row["region"] == "emea")
    assert viewer.get(f"/w/{SLUG}/customers/{mine}").status_code == 200
    answer = viewer.get(f"/w/{SLUG}/customers/{others}")
    absent = viewer.get(f"/w/{SLUG}/customers/nobody")
    assert answer.status_code == absent.status_code == 404
    assert words(answer).replace(others, "nobody") == words(absent)


def test_who_looked_at_a_customer_is_written_down(viewer, demo):
    from touchline.server.people.audit import lines

    viewer.get(f"/w/{SLUG}/customers/C1")
    viewer.get(f"/w/{SLUG}/customers/C1")
    found = [line["what"] for line in lines(SLUG) if line["action"] == "customer.seen"]
    assert found == ["C1", "C1"]
