"""Pictures of maps: only pixels are kept, whatever was sent, and every format shows them."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
import zlib
from dataclasses import replace
from importlib.util import find_spec

import pytest
from PIL import Image
from tests.maps.drawn import coffee

from touchline.errors import InputError
from touchline.maps.pictures import Pictures, beside, link_of, name_of, renamed, used
from touchline.report.maps import export
from touchline.report.maps_pictures import MOST_BYTES, prepared, read

SECRET = b"52.5200 N 13.4050 E"


def made(kind: str = "JPEG", size: tuple[int, int] = (90, 60), mode: str = "RGB", **how) -> bytes:
    """Return a file with words in its metadata, and more behind its end."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    if mode == "RGBA":
        image.putpixel((0, 0), (0, 0, 0, 0))
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    file = io.BytesIO()
    more = {"comment": SECRET} if kind in ("GIF", "JPEG") else {}
    image.save(file, kind, exif=exif, **more, **how) if kind != "GIF" else image.save(file, kind, **more, **how)
    return file.getvalue() + b"<script>alert(1)</script>" + SECRET


@pytest.mark.parametrize(("kind", "mode", "ending"), [
    ("JPEG", "RGB", "jpg"), ("JPEG", "CMYK", "jpg"), ("PNG", "RGB", "png"), ("PNG", "RGBA", "png"), ("PNG", "P", "png"),
    ("WEBP", "RGB", "jpg"), ("WEBP", "RGBA", "png"), ("GIF", "P", "png"),
])  # fmt: skip
def test_only_pixels_are_kept(kind: str, mode: str, ending: str) -> None:
    sent = made(kind, mode=mode)
    assert SECRET in sent
    kept = prepared(sent, "holiday.exe")
    assert name_of(kept.address) == kept.name
    assert kept.name.endswith(ending)
    assert SECRET not in kept.data
    assert b"script" not in kept.data
    assert (kept.wide, kept.tall) == (90, 60)
    with Image.open(io.BytesIO(kept.data)) as opened:
        assert opened.size == (90, 60)
        assert not opened.getexif()
    assert prepared(sent) == kept  # the same file has the same name
    assert prepared(kept.data, f"pictures/{kept.name}") == kept  # and what was kept stays as it is


def test_what_only_calls_itself_ours_is_drawn_anew() -> None:
    kept = prepared(made("PNG"))
    chunk = b"tEXt" + b"k\0" + SECRET
    more = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    forged = kept.data[:33] + more + kept.data[33:]
    name = f"{hashlib.sha256(forged).hexdigest()[:32]}.png"
    assert SECRET not in prepared(forged, name).data
    photo = prepared(made("JPEG"))
    tail = photo.data + SECRET
    name = f"{hashlib.sha256(tail).hexdigest()[:32]}.jpg"
    assert SECRET not in prepared(tail, name).data


def test_a_photo_is_turned_upright_and_made_smaller() -> None:
    image = Image.effect_noise((3000, 1000), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    kept = prepared(file.getvalue())
    assert (kept.wide, kept.tall) == (533, 1600)
    assert len(kept.data) < 1_500_000


@pytest.mark.parametrize(
    "sent", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM" + bytes(60),
             made("PNG")[:60], b"\xff\xd8\xff\xe0" + bytes(40), b"RIFF\0\0\0\0WEBPVP8 ", b"%PDF-1.7"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(sent: bytes) -> None:
    with pytest.raises(InputError, match="no picture"):
        prepared(sent, "a.png")


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(InputError, match="10 MB"):
        prepared(bytes(MOST_BYTES + 1))
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    with pytest.raises(InputError, match=r"pixels|no picture"):
        prepared(bomb + bytes(12))


def test_only_files_beside_coffee_are_its_pictures(tmp_path) -> None:
    folder = tmp_path / "maps"
    folder.mkdir()
    (folder / "shop.png").write_bytes(made("PNG"))
    (tmp_path / "secret.png").write_bytes(made("PNG"))
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    given = (
        "shop.png",
        "../secret.png",
        str(tmp_path / "secret.png"),
        "out.png",
        "https://example.com/a.png",
        "gone.png",
    )
    whole = coffee()
    cards = tuple(replace(card, picture=given[at]) if at < len(given) else card for at, card in enumerate(whole.cards))
    whole = replace(whole, cards=cards)
    assert list(beside(whole, folder)) == ["shop.png"]
    found = read(whole, folder)
    after = renamed(whole, {address: one.address for address, one in found.items()})
    assert used(after) == {found["shop.png"].name}
    assert [card.picture for card in after.cards][1 : len(given)] == list(given[1:])
    assert [link_of(one) for one in (given[4], "javascript:alert(1)//http://x", "//example.com/a.png")] == [
        given[4],
        "",
        "",
    ]


def test_every_format_shows_them() -> None:
    card, face = prepared(made("PNG", (80, 50))), prepared(made("JPEG", (60, 90)))
    whole = coffee()
    cards = (replace(whole.cards[0], picture=card.address), replace(whole.cards[1], picture="https://example.com/a.png"),
             *whole.cards[2:])  # fmt: skip
    whole = replace(whole, cards=cards, personas=("Nora",))
    pictures = Pictures({card.address: card}, {"Nora": face})
    svg = export(whole, None, "svg", pictures=pictures).decode()
    assert svg.count("<image ") == 2
    assert card.uri in svg
    assert face.uri in svg
    assert re.search(r'href="https?:', svg) is None
    assert "picture at example.com" in svg
    assert "<image " not in export(whole, None, "svg").decode()
    assert export(whole, None, "png", pictures=pictures) != export(whole, None, "png")
    if find_spec("weasyprint"):  # optional
        pages = export(whole, None, "pdf", pictures=pictures)
        assert len(re.findall(rb"/Subtype\s*/Image", pages)) >= 2
    for kind, place in (("pptx", "ppt/media/"), ("xlsx", "xl/media/")):
        with zipfile.ZipFile(io.BytesIO(export(whole, None, kind, pictures=pictures))) as file:
            held = {file.read(name) for name in file.namelist() if name.startswith(place)}
        assert {card.data, face.data} <= held, kind
    assert card.address in export(whole, None, "yaml", pictures=pictures).decode()
