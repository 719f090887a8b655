"""Taking pictures in: whatever a file is, what is kept of it is mere pixels."""

from __future__ import annotations

import hashlib
import struct
import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import InputError, QuestionError
from touchline.maps.pictures import NAME, Picture, beside
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from PIL.Image import Image as Opened

    from touchline.maps.model import Map

#: Bytes of a file that is taken.
MOST_BYTES: Final = 10 * 1024 * 1024
#: What a file may be, by its content; its name says nothing.
TAKEN: Final = ("PNG", "JPEG", "WEBP", "GIF")
_MOST_PIXELS: Final = 50_000_000
_SIDES: Final = (1600, 1100, 760)  # pixels of the longest side: the first that is not too much to keep
_HEAVY: Final = 1_500_000  # bytes
_PHOTO: Final = 600_000  # bytes from which on an opaque picture is kept as a photo is
_QUALITY: Final = 85


def prepared(data: bytes, where: str = "file") -> Picture:
    """Return a picture as it is kept: turned upright, at most 1,600 pixels long, drawn anew without its metadata.

    Whatever else the file held (where and when it was taken, comments, a second file) is gone. Of a GIF its first frame
    is kept. A file that was made here, and is named by its content, stays as it is.

    Args:
        data: The file.
        where: What to call it in errors.

    Raises:
        InputError: It is too large, or no picture of a kind that is taken.
        QuestionError: The part that reads pictures is not installed.
    """
    if len(data) > MOST_BYTES:
        raise InputError(
            phrase("the picture has more than {value} MB", value=str(MOST_BYTES // 2**20)),
            where=where,
            todo=phrase("send a smaller one"),
        )
    image, kind = _opened(data, where)
    if _made_here(data, Path(where).name):
        return Picture(Path(where).name, data, *image.size)
    made, ending = _written(image, kind)
    image, _ = _opened(made, where)
    return Picture(f"{hashlib.sha256(made).hexdigest()[:32]}.{ending}", made, *image.size)


def _opened(data: bytes, where: str) -> tuple[Opened, str]:
    """Return a file's picture, upright, and what the file is."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise QuestionError(
            phrase("pictures need an optional part"),
            where=where,
            todo=phrase('install it: pip install "touchline[office]"'),
        ) from error
    todo = "send a PNG, JPEG, WebP or GIF"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=TAKEN) as file:
                kind, (wide, tall) = file.format or "", file.size
                if wide * tall > _MOST_PIXELS:
                    raise InputError(
                        phrase(
                            "the picture has {wide} × {tall} pixels", wide=Number(f"{wide:,}"), tall=Number(f"{tall:,}")
                        ),
                        where=where,
                        todo=phrase("make it smaller"),
                    )
                if kind == "JPEG":
                    file.draft("RGB", (_SIDES[0], _SIDES[0]))
                file.load()
                return ImageOps.exif_transpose(file), kind
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, Image.DecompressionBombError):
        raise InputError(phrase("the file is no picture that can be read"), where=where, todo=todo) from None


def _written(image: Opened, kind: str) -> tuple[bytes, str]:
    """Return a picture's bytes and their ending: drawings, and what is clear, as PNG, photos as JPEG."""
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    pixels = image.convert("RGBA" if clear else "RGB")
    if clear and pixels.getchannel("A").getextrema() == (255, 255):
        pixels, clear = pixels.convert("RGB"), False
    made, ending = b"", ""
    for side in _SIDES:
        pixels.thumbnail((side, side))
        made, ending = b"", "png"
        if clear or kind in ("PNG", "GIF"):
            made = _saved(pixels, "PNG")
        if not made or (not clear and len(made) > _PHOTO):
            made, ending = _saved(pixels, "JPEG", quality=_QUALITY), "jpg"
        if len(made) <= _HEAVY:
            break
    return made, ending


def _saved(image: Opened, kind: str, **how: Any) -> bytes:
    bare = image.copy()
    bare.info.clear()
    file = BytesIO()
    bare.save(file, kind, optimize=True, **how)
    return file.getvalue()


def _made_here(data: bytes, name: str) -> bool:
    """Tell whether a file is one that `prepared` made: named by its content, and nothing in it but pixels."""
    if not NAME.fullmatch(name) or not name.startswith(hashlib.sha256(data).hexdigest()[:32]):
        return False
    return _bare_png(data) if name.endswith(".png") else _bare_jpeg(data)


def _bare_png(data: bytes) -> bool:
    at, last = 8, b""
    while at + 8 <= len(data) and last != b"IEND":
        (length,), last = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        if last not in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            return False
        at += 12 + length
    return last == b"IEND" and at == len(data)


def _bare_jpeg(data: bytes) -> bool:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, (length,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        if marker == 0xDA:  # the pixels, to the end
            return data.find(b"\xff\xd9", at) == len(data) - 2
        if marker not in (0xDB, 0xC0, 0xC4) and not (marker == 0xE0 and length == 16):
            return False
        at += 2 + length
    return False


def read(whole: Map, folder: Path) -> dict[str, Picture]:
    """Return the pictures that lie beside a map's file, by the address that its cards give them.

    Raises:
        InputError: One of them is no picture that is taken.
        QuestionError: The part that reads pictures is not installed.
    """
    return {address: prepared(path.read_bytes(), str(path)) for address, path in beside(whole, folder).items()}
