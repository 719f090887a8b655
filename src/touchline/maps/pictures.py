"""Pictures of cards and personas: what they are called, and what a map is drawn with.

A card's picture is an address: ``pictures/NAME`` for one that is kept, so that a map's file and the folder beside it
say the same; anything else (``https://...``) is only ever shown as a link.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from touchline.maps.model import Map

#: The folder beside a map's file, and the beginning of the addresses of pictures that are kept.
FOLDER: Final = "pictures"
MEDIA: Final = {"png": "image/png", "jpg": "image/jpeg"}
NAME: Final = re.compile(r"[0-9a-f]{32}\.(?:png|jpg)")
_LINK: Final = re.compile(r"https?://[^\s/?#]+(?:[/?#]\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is kept.

    Attributes:
        name: What its file is called: made of its content.
        data: Its bytes: PNG or JPEG, without anything but pixels.
        wide: Pixels.
        tall: Pixels.
    """

    name: str
    data: bytes
    wide: int
    tall: int

    @property
    def media(self) -> str:
        """Return its media type."""
        return MEDIA[self.name.rpartition(".")[2]]

    @property
    def address(self) -> str:
        """Return how a card names it."""
        return f"{FOLDER}/{self.name}"

    @property
    def uri(self) -> str:
        """Return it as an address that holds it, for drawings that stand alone."""
        return f"data:{self.media};base64,{b64encode(self.data).decode()}"


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures that a map is drawn with.

    Attributes:
        cards: Of cards, by their address.
        people: Of personas, by their name.
    """

    cards: Mapping[str, Picture] = field(default_factory=dict)
    people: Mapping[str, Picture] = field(default_factory=dict)


#: Draws a map with the names of its pictures only.
NONE: Final = Pictures()


def name_of(address: str) -> str:
    """Return the name of a picture that is kept; "" for any other address.

    >>> name_of("pictures/0123456789abcdef0123456789abcdef.png"), name_of("https://example.com/a.png")
    ('0123456789abcdef0123456789abcdef.png', '')
    """
    folder, _, name = address.partition("/")
    return name if folder == FOLDER and NAME.fullmatch(name) else ""


def link_of(address: str) -> str:
    """Return an address of another host, which is shown as a link; "" where it is none.

    >>> link_of("https://example.com/a.png"), link_of("javascript:alert(1)")
    ('https://example.com/a.png', '')
    """
    return address if _LINK.fullmatch(address) else ""


def host_of(address: str) -> str:
    """Return the host of a picture that is elsewhere; "" where it is none.

    >>> host_of("https://example.com/a.png")
    'example.com'
    """
    return re.split(r"[/?#]", link_of(address).partition("://")[2])[0]


def used(whole: Map) -> frozenset[str]:
    """Return the names of the kept pictures that a map shows."""
    return frozenset(name for card in whole.cards if (name := name_of(card.picture)))


def beside(whole: Map, folder: Path) -> dict[str, Path]:
    """Return the pictures of a map's cards that lie beside its file, by their address; only inside the folder."""
    found: dict[str, Path] = {}
    root = folder.resolve()
    for address in {card.picture for card in whole.cards} - {""}:
        if link_of(address) or "\\" in address or "\0" in address:
            continue
        path = (root / address).resolve()
        if path.is_relative_to(root) and path.is_file():
            found[address] = path
    return dict(sorted(found.items()))


def renamed(whole: Map, addresses: Mapping[str, str]) -> Map:
    """Return a map whose pictures have other addresses.

    >>> from touchline.maps.model import Card
    >>> renamed(Map("m", "M", cards=(Card("c", "l", "s", picture="shop.png"),)), {"shop.png": "x"}).cards[0].picture
    'x'
    """
    if not addresses:
        return whole
    cards = tuple(replace(card, picture=addresses.get(card.picture, card.picture)) for card in whole.cards)
    return replace(whole, cards=cards)
