"""Pictures of maps: kept without what a file tells, seen by who sees the map, and gone with whom they show."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.report.test_maps_pictures import SECRET, made
from tests.server.maps.conftest import SLUG
from tests.server.maps.test_commands import run  # noqa: F401  a fixture

from touchline.maps import Card, Edit, Proof
from touchline.maps.plain import to_plain
from touchline.maps.reading import read
from touchline.server.maps import keeping, shares
from touchline.server.maps.circles import Circle
from touchline.server.maps.models import Picture
from touchline.server.privacy import stores
from touchline.workspace.persons import Held

pytestmark = pytest.mark.django_db
API = "/api/v1/maps"


def post(client: Client, path: str, body: dict[str, object]) -> object:
    return client.post(f"{API}{path}", json.dumps(body), content_type="application/json")


def bring(client: Client, which: str, data: bytes, name: str = "IMG_1.jpg"):
    return client.post(f"{API}/{which}/pictures", {"file": SimpleUploadedFile(name, data)})


@pytest.fixture
def shop(visitor):
    """A map whose first card has a picture, and somebody who may change it."""
    client = visitor("analyst", name="ann")
    which = post(client, "", {"template": "journey", "name": "Shop"}).json()
    sent = bring(client, which["id"], made("JPEG"))
    assert sent.status_code == 201, sent.content
    card, told = which["map"]["cards"][0]["id"], sent.json()
    edit = {"op": "set", "of": "card", "id": card, "values": {"picture": told["picture"]}}
    assert post(client, "/shop/edits", {"base": 1, "edits": [edit]}).status_code == 200
    return client, card, told


def test_a_picture_is_kept_and_shown(shop, visitor) -> None:
    client, _card, told = shop
    assert (told["wide"], told["tall"]) == (90, 60)
    answer = client.get(f"{API}/shop/pictures/{told['name']}")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]
    assert SECRET not in answer.content
    assert bring(client, "shop", made("JPEG")).json()["name"] == told["name"]  # the same is kept once
    assert len(client.get(f"{API}/shop/pictures").json()["pictures"]) == 1
    page = client.get(f"/w/{SLUG}/maps/shop").content.decode()
    href = f"/w/{SLUG}/maps/shop/pictures/{told['name']}"
    assert f'src="{href}"' in page
    assert visitor("viewer").get(href).content == answer.content
    drawn = client.get(f"{API}/shop/export?format=svg").content.decode()
    assert "data:image/jpeg;base64," in drawn


def test_what_is_no_picture_and_who_may_not(shop, visitor) -> None:
    client, _card, told = shop
    assert bring(client, "shop", b"<svg onload='alert(1)'/>", "a.png").status_code == 400
    assert client.post(f"{API}/shop/pictures", {}).status_code == 400
    assert bring(client, "nothing", made("PNG")).status_code == 404
    assert bring(visitor("viewer"), "shop", made("PNG")).status_code == 403
    assert client.get(f"{API}/shop/pictures/{'0' * 32}.png").status_code == 404
    assert Client().get(f"/w/{SLUG}/maps/shop/pictures/{told['name']}").status_code in (302, 404)
    keeping.keep_to(SLUG, "shop", seen_by=Circle(), changed_by=None)
    assert visitor("viewer").get(f"/w/{SLUG}/maps/shop/pictures/{told['name']}").status_code == 404
    assert visitor("viewer").get(f"{API}/shop/pictures/{told['name']}").status_code == 404


def test_a_link_shows_what_the_map_shows_now(shop) -> None:
    client, card, told = shop
    _share, token = shares.make(SLUG, "shop", "ann@example.org")
    nobody = Client()
    href = f"/maps/shared/{token}/pictures/{told['name']}"
    assert f'src="{href}"' in nobody.get(f"/maps/shared/{token}").content.decode()
    assert nobody.get(href).status_code == 200
    assert nobody.get(f"/maps/shared/{token}x/pictures/{told['name']}").status_code == 404
    edit = {"op": "set", "of": "card", "id": card, "values": {"picture": "https://example.com/a.png"}}
    post(client, "/shop/edits", {"base": 2, "edits": [edit]})
    assert nobody.get(href).status_code == 404
    assert client.get(f"/w/{SLUG}/maps/shop/pictures/{told['name']}").status_code == 200  # its history still shows it
    page = nobody.get(f"/maps/shared/{token}").content.decode()
    assert 'href="https://example.com/a.png"' in page
    assert "example.com/a.png" not in page.replace('href="https://example.com/a.png"', "")


def test_a_copy_has_the_pictures_too(shop) -> None:
    client, _card, told = shop
    answer = client.post(f"/w/{SLUG}/maps/make", {"from": "copy:shop", "name": "Second shop"})
    assert answer.status_code == 302
    assert client.get(f"{API}/second-shop/pictures/{told['name']}").status_code == 200


def test_maps_as_code_bring_their_pictures(shop, run, tmp_path) -> None:  # noqa: F811
    _client, card, told = shop
    run("export", "--to", str(tmp_path))
    file, beside = tmp_path / "shop.yaml", tmp_path / told["picture"]
    assert beside.stat().st_size == told["bytes"]
    assert "unchanged shop" in run("import", str(file))
    Picture.objects.all().delete()  # as in another workspace
    assert "unchanged shop" in run("import", str(file))
    assert bytes(Picture.objects.get().data) == beside.read_bytes()
    (tmp_path / "window.webp").write_bytes(made("WEBP"))
    file.write_text(file.read_text().replace(told["picture"], "window.webp"))
    assert "changed shop, version 3" in run("import", str(file))
    assert "unchanged shop, version 3" in run("import", str(file))
    run("export", "--to", str(tmp_path / "out"))
    after = read((tmp_path / "out" / "shop.yaml").read_text())
    (one,) = (found.picture for found in after.cards if found.id == card)
    assert (tmp_path / "out" / one).is_file()
    assert "nothing wrong, 0 weak" in (told_ := run("check", str(tmp_path / "out"))) or "picture" not in told_


def test_a_picture_goes_with_the_customer_whose_words_its_card_has(shop) -> None:
    client, _card, told = shop
    kept = keeping.load(SLUG, "shop")
    lane, step = kept.map.lanes[0].id, next(kept.map.steps()).id
    second = bring(client, "shop", made("PNG")).json()
    quote = Card("q1", lane, step, "Broken", picture=second["picture"], proof=(Proof("interaction", "i-4711"),))
    values = {key: value for key, value in to_plain(quote).items() if key != "id"}
    keeping.change(SLUG, "shop", 2, [Edit("add", "card", "q1", values)], "ann")
    stores.forget(Held(refs=frozenset(("cust-zebrafinch",)), ids=frozenset(("i-4711",)), texts=()), SLUG)
    assert [one.name for one in Picture.objects.all()] == [told["name"]]
    now = keeping.load(SLUG, "shop").map
    assert next(one for one in now.cards if one.id == "q1").picture == ""


def test_a_persona_has_a_face(visitor) -> None:
    client = visitor("manager")
    client.post(f"/w/{SLUG}/personas/keep", {"name": "Nora", "when": "tenure = new"})
    sent = SimpleUploadedFile("a.jpg", made("JPEG"))
    assert client.post(f"/w/{SLUG}/personas/picture", {"was": "Nora", "picture": sent}).status_code == 302
    row = Picture.objects.get()
    href = f"/w/{SLUG}/personas/pictures/{row.name}"
    assert client.get(href)["Content-Type"] == "image/jpeg"
    assert href in client.get(f"/w/{SLUG}/personas").content.decode()
    assert href in client.get(f"/w/{SLUG}/personas/of/Nora").content.decode()
    nobody = SimpleUploadedFile("a.jpg", made("JPEG"))
    assert client.post(f"/w/{SLUG}/personas/picture", {"was": "Nobody", "picture": nobody}).status_code == 404
    post(client, "", {"template": "journey", "name": "Hers"})
    post(client, "/hers/edits", {"base": 1, "edits": [{"op": "set", "of": "map", "values": {"personas": ["Nora"]}}]})
    assert href in client.get(f"/w/{SLUG}/maps/hers").content.decode()
    assert client.get(f"{API}/hers/export?format=svg").content.count(b"<image ") == 1
    client.post(f"/w/{SLUG}/personas/keep", {"was": "Nora", "name": "Nora Lee", "when": "tenure = new"})
    assert Picture.objects.get().persona == "Nora Lee"
    client.post(f"/w/{SLUG}/personas/picture", {"was": "Nora Lee", "do": "remove"})
    assert not Picture.objects.exists()
    client.post(f"/w/{SLUG}/personas/remove", {"was": "Nora Lee"})
