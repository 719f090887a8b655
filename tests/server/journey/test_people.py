"""The pages of customers and accounts: found, in order, with what their score is made of, and their rights."""

from __future__ import annotations

import html
import io
import re
import zipfile

import pytest
from tests.server.feedback.conftest import SLUG, folder, visitor  # noqa: F401

from touchline.questions import Local
from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db


def page(client, path, status=200):
    answer = client.get(f"/w/{SLUG}/{path}")
    assert answer.status_code == status, answer.content.decode()[:800]
    return answer.content.decode()


def local():
    return Local(held(SLUG).workspace)


def refs(text):
    return [html.unescape(one) for one in re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', text)]


@pytest.mark.parametrize("order", ["lowest", "falling", "value", "name"])
def test_customers_are_listed_in_an_order_and_found_by_reference(visitor, order):  # noqa: F811
    client = visitor("viewer")
    wanted = [row["customer"] for row in local().customers(order=order, limit=50).to_dicts()]
    assert refs(page(client, f"customers?order={order}")) == wanted
    second = [row["customer"] for row in local().customers(order=order, limit=50, skip=50).to_dicts()]
    assert refs(page(client, f"customers?order={order}&page=2")) == second
    assert all("c1" in ref.lower() for ref in refs(page(client, "customers?find=c1")))
    page(client, "customers?order=tallest", 404)


def test_the_points_of_a_customers_touches_add_up_to_their_score(visitor):  # noqa: F811
    row = max(local().customers(limit=500).to_dicts(), key=lambda one: int(one["n"] or 0))
    text = page(visitor("viewer"), f"customers/{row['customer']}")
    points = [
        float(one.replace("−", "-")) for one in re.findall(r'<td class="num (?:bad|good|flat)">([^<]+)</td>', text)
    ]
    total = float(re.search(r"<tfoot>.*?<strong>([^<]+)<", text, re.DOTALL)[1])
    assert total == pytest.approx(row["jsi"], abs=0.06)
    assert points
    if "lighter one" not in text:
        assert 50 + sum(points) == pytest.approx(row["jsi"], abs=0.05 * len(points) + 0.1)
    for words in ("Journey so far", "Health", "Consent", "analysis: yes", "Standing JSI, week by week"):
        assert words in text
    assert "Erase them" not in text  # a viewer may not


def test_an_account_has_its_people_and_its_own_standing(visitor):  # noqa: F811
    client = visitor("viewer")
    (row,) = local().standing(of="account", limit=1).to_dicts()
    assert row["ref"] in refs(page(client, "accounts"))
    text = page(client, f"accounts/{row['ref']}")
    assert sorted(refs(text)) == sorted(
        one["customer"] for one in local().customers(account=row["ref"], limit=200).to_dicts()
    )
    assert f"<strong>{row['jsi']:.0f}</strong>" in text
    page(client, "accounts/nowhere", 404)


def test_everything_held_is_handed_out_and_erased_once_the_reference_is_typed(visitor):  # noqa: F811
    client = visitor("admin")
    ref = local().customers(order="name", limit=1).to_dicts()[0]["customer"]
    packed = client.post(f"/w/{SLUG}/export-customer", {"customer": ref})
    assert zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    refused = client.post(f"/w/{SLUG}/erase-customer", {"customer": ref, "typed": "no"}, follow=True)
    assert "was not typed" in refused.content.decode()
    page(client, f"customers/{ref}")
    done = client.post(f"/w/{SLUG}/erase-customer", {"customer": ref, "typed": ref, "why": "asked"}, follow=True)
    assert "The receipt is" in done.content.decode()
    page(client, f"customers/{ref}", 404)
    assert not list(held(SLUG).workspace.folder.inside.glob("words.db.new"))


def test_a_panel_of_another_app_is_on_the_page(visitor, monkeypatch):  # noqa: F811
    from touchline.figures.markup import tag
    from touchline.server.journey import facade, panels

    monkeypatch.setattr(panels, "_panels", {})
    facade.add_panel(
        facade.Panel("test", "customer", lambda visit, ref: tag("p", f"<{ref}> of {visit.workspace.slug}"))
    )
    ref = local().customers(order="name", limit=1).to_dicts()[0]["customer"]
    assert f"<p>&lt;{ref}&gt; of {SLUG}</p>" in page(visitor("viewer"), f"customers/{ref}")
