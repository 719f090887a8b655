"""A file, from the browser to the figures: nothing is stored before one says so, and every record has its place."""

from __future__ import annotations

import io
import re
import time
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.server.data.conftest import SLUG

from touchline.server.data import uploads
from touchline.sources import ColumnMapping
from touchline.workspace.mappings import Mappings

pytestmark = pytest.mark.django_db
HOME = f"/w/{SLUG}/data"
ROWS = [
    "Response Date,How likely are you,Comment,Email,CES effort,Plan",
    "01/02/2026,9,Great delivery but ring 0171 5556677 first,a@b.co,5,pro",
    "31/01/2026,3,Slow support,c@d.co,2,basic",
    "32/01/2026,3,Never again,c@d.co,2,basic",
]


def chosen(client, text: str, name: str = "panel.csv"):
    sent = SimpleUploadedFile(name, text.encode())
    return client.post(f"{HOME}/upload", {"file": sent})


def form_of(page: str) -> dict[str, str]:
    """What the editor's form would send, as a browser reads it."""
    found = dict(re.findall(r'<input name="([^"]+)" value="([^"]*)"', page))
    for name, inside in re.findall(r'<select name="([^"]+)">(.*?)</select>', page, re.DOTALL):
        on = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', inside)
        if on:
            found[name] = on[1] or on[2]
    return found


def waited(client, url: str, tries: int = 300) -> dict:
    for _ in range(tries):
        told = client.get(f"{url}/progress", headers={"accept": "application/json"}).json()
        if told["phase"] != "importing" and not told.get("waiting"):
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def test_a_file_is_looked_at_mapped_saved_imported_and_accounted_for(enter, hold):
    """One story: guess, correct, save the mapping, import, receipt; the file is gone, the next one is read alike."""
    client = enter("admin")
    before = hold.workspace.journal.head
    answer = chosen(client, "\n".join(ROWS))
    url = answer.headers["Location"]
    page = client.get(url).content.decode()
    upload = uploads.find(SLUG, url.rsplit("/", 1)[1])
    assert upload.file.stat().st_mode & 0o077 == upload.folder.stat().st_mode & 0o077 == 0
    assert "[PHONE_1]" in page  # as it would be stored
    assert "32/01/2026" in page
    assert re.search(r"1 row cannot be read", page)
    form = form_of(page)
    assert (form["role-0"], form["role-2"], form["role-3"], form["role-4"]) == ("time", "text", "customer", "score")
    form |= {"role-1": "score", "score-1": "nps", "direction-4": "hard", "source": "panel_x"}
    wrong = client.post(f"{url}/look", form | {"role-0": "customer"})
    assert wrong.status_code == 400
    assert "cannot both be the customer" in wrong.content.decode()
    seen = client.post(f"{url}/look", form).content.decode()
    assert "How likely are you (nps) 9; CES effort (ces) 5" in seen
    assert hold.workspace.journal.head == before  # nothing is stored yet
    client.post(f"{url}/save", form | {"name": "Panel"})
    saved = Mappings(hold.workspace.folder.mappings).get("Panel")
    assert saved.of("score") == ("How likely are you", "CES effort")
    client.post(f"{url}/import", form)
    told = waited(client, url)
    assert (told["phase"], told["received"], told["stored"], told["quarantined"]) == ("done", 3, 2, 1)
    assert told["balanced"]
    receipt = client.get(url).content.decode()
    assert "and every one of them is accounted for" in receipt
    assert re.search(r"<td>panel.csv</td><td class=\"num\">4</td><td>Response Date</td>", receipt)
    assert not upload.file.exists()
    scale = next(one for one in hold.workspace.settings.scales if one.question == "CES effort")
    assert (scale.kind, scale.direction) == ("ces", -1)
    again = chosen(client, "\n".join(ROWS)).headers["Location"]
    assert uploads.find(SLUG, again.rsplit("/", 1)[1]).saved == "Panel"
    assert "your mapping “Panel”" in client.get(again).content.decode()
    page = client.get(again).content.decode()
    client.post(f"{again}/import", form_of(page) | {"source": "panel_x"})
    told = waited(client, again)
    assert (told["received"], told["stored"], told["duplicate"], told["quarantined"]) == (3, 0, 2, 1)
    assert told["balanced"]


def test_what_is_no_export_is_refused_and_not_kept(enter, hold):
    """A bomb, a picture, an empty file: told in words, with nothing left of it."""
    client = enter("manager")
    there = set(uploads.root().iterdir())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b"0" * (66 << 20))
    for name, content, told in (
        ("bomb.xlsx", bomb.getvalue(), "unpacks to more than"),
        ("photo.csv", b"\x89PNG\r\n" + b"0" * 99, "picture"),
        ("none.csv", b"\n", "empty"),
    ):
        sent = SimpleUploadedFile(name, content)
        answer = client.post(f"{HOME}/upload", {"file": sent}, follow=True)
        assert told in answer.content.decode(), name
    assert set(uploads.root().iterdir()) == there


def test_uploads_are_their_workspaces_and_end_after_an_hour(enter, hold):
    """Another workspace's file is not there; what was not imported is deleted by the clock."""
    client = enter("manager")
    url = chosen(client, "\n".join(ROWS)).headers["Location"]
    one = uploads.find(SLUG, url.rsplit("/", 1)[1])
    with pytest.raises(Exception, match="not here any longer"):
        uploads.find("another", one.id)
    assert client.get(f"{HOME}/upload/{'0' * 24}").status_code == 404
    uploads.sweep(time.time() + 3000)
    assert one.file.exists()
    uploads.sweep(time.time() + 3700)
    assert not one.folder.exists()


@pytest.mark.parametrize("role", ["viewer", "analyst", "agent"])
def test_who_may_not_send_does_not(enter, hold, role):
    """Others see the page without the way in, and a restricted viewer none of it."""
    client = enter(role)
    assert "data-drop" not in client.get(HOME).content.decode()
    assert chosen(client, "\n".join(ROWS)).status_code == 403
    assert client.get(HOME).status_code == 200


def test_a_restricted_viewer_sees_no_data_of_all(enter, hold):
    """Sources, stages' versions, models and retention tell of all customers."""
    client = enter("manager", {"tier": ["vip"]})
    for page in ("data", "taxonomy", "models", "retention", "privacy", "taxonomy/draft"):
        assert client.get(f"/w/{SLUG}/{page}").status_code == 403, page
    assert chosen(client, "\n".join(ROWS)).status_code == 403


def test_the_data_page_tells_the_engines_numbers(enter, hold):
    """Sources, shares and the balance are those that the questions give."""
    from touchline.questions import Local

    page = enter("analyst").get(HOME).content.decode()
    local = Local(hold.workspace)
    status, quality = local.status(), local.quality().to_dicts()
    assert f"<td>{status.received:,}</td>" in page
    for row in quality[1:]:
        assert re.search(rf'<th scope="row">{row["source"]}</th>\s*<td>{row["n"]:,}</td>', page), row["source"]
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", page)


def test_a_mapping_by_name_is_a_file_that_the_command_line_reads(hold):
    """A name leads nowhere else, and what fits best is chosen."""
    mappings = Mappings(hold.workspace.folder.root / "elsewhere")
    small = ColumnMapping.from_toml('[[column]]\nname = "A"\nrole = "text"\n')
    large = ColumnMapping.from_toml(small.to_toml() + '[[column]]\nname = "B"\nrole = "customer"\n')
    mappings.save("small", small)
    mappings.save("large one", large)
    assert mappings.names() == ("large one", "small")
    assert ColumnMapping.load(mappings.path("large one")).to_toml() == large.to_toml()
    assert (mappings.fitting("AB"), mappings.fitting("AC"), mappings.fitting("C")) == ("large one", "small", None)
    for name in ("../x", "", "a/b", ".hidden", "x" * 61):
        with pytest.raises(Exception, match="cannot name a mapping"):
            mappings.save(name, small)
