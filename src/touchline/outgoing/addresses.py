"""Which addresses are public, and how hosts may be written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from touchline.errors import OutgoingRefused
from touchline.words import phrase

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS: Final = {"https": 443, "http": 80}
#: What no allow-list opens: a cloud's metadata (keys of the machine), links, groups, and what is nobody's address.
_NEVER: Final[tuple[tuple[str, Network], ...]] = tuple(
    (reason, ip_network(text))
    for reason, text in (
        ("unspecified", "0.0.0.0/8"), ("unspecified", "::/128"), ("link-local or metadata", "169.254.0.0/16"),
        ("link-local", "fe80::/10"), ("metadata", "168.63.129.16/32"), ("metadata", "100.100.100.200/32"),
        ("metadata", "192.0.0.192/32"), ("metadata", "fd00:ec2::254/128"), ("metadata", "fd20:ce::254/128"),
        ("multicast", "224.0.0.0/4"), ("multicast", "ff00::/8"), ("reserved", "240.0.0.0/4"),
    )
)  # fmt: skip
#: What an operator may open by name.
_INSIDE: Final[tuple[tuple[str, Network], ...]] = tuple(
    (reason, ip_network(text))
    for reason, text in (
        ("loopback", "127.0.0.0/8"), ("loopback", "::1/128"), ("private", "10.0.0.0/8"), ("private", "172.16.0.0/12"),
        ("private", "192.168.0.0/16"), ("private", "fc00::/7"), ("site-local", "fec0::/10"),
        ("shared by a provider's customers", "100.64.0.0/10"), ("for protocols", "192.0.0.0/24"),
        ("for tests", "198.18.0.0/15"), ("for examples", "192.0.2.0/24"), ("for examples", "198.51.100.0/24"),
        ("for examples", "203.0.113.0/24"), ("for examples", "2001:db8::/32"), ("for examples", "3fff::/20"),
        ("a relay", "192.88.99.0/24"), ("discarded", "100::/64"), ("for routers", "5f00::/16"),
    )
)  # fmt: skip
#: IPv6 addresses that stand for an IPv4 one, and the bits to shift it right by.
_HOLDING: Final[tuple[tuple[IPv6Network, int], ...]] = tuple(
    (IPv6Network(text), shift)
    for text, shift in (
        ("::ffff:0:0/96", 0), ("::ffff:0:0:0/96", 0), ("64:ff9b::/96", 0), ("64:ff9b:1::/48", 0), ("::/96", 0),
        ("2002::/16", 80),
    )
)  # fmt: skip
#: Where IPv4 is reached from a network of IPv6 only: what it stands for may be public.
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
_GLOBAL: Final = IPv6Network("2000::/3")
_TEREDO: Final = IPv6Network("2001::/32")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads.

    Attributes:
        scheme: ``https`` or ``http``.
        host: As names are compared: ASCII, small letters; an IPv6 address without brackets.
        port: The one given, or the scheme's.
        path: Path and query, as sent.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"

    @property
    def origin(self) -> str:
        """What is told and logged: never the path, which may hold a secret.

        >>> Target.of("https://hooks.example.com/services/T0/s3cret").origin
        'https://hooks.example.com'
        """
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS.get(self.scheme) else f":{self.port}")

    @classmethod
    def of(cls, url: str) -> Target:
        """Read a URL; what two programs could read in two ways is refused.

        Raises:
            OutgoingRefused: It is no URL of a host, or it is written in a form that hides where it leads.

        >>> Target.of("https://127.1/")
        Traceback (most recent call last):
            ...
        touchline.errors.OutgoingRefused: the URL's host is a number in a form that hides an address; write it plainly
        """
        if not url.isprintable() or "\\" in url or any(c.isspace() for c in url):
            raise OutgoingRefused(
                phrase("the URL holds characters that no URL has"), todo=phrase("write it as https://host/path")
            )
        try:
            parts = urlsplit(url)
            name, port = parts.hostname or "", parts.port
        except ValueError:
            raise OutgoingRefused(phrase("this is no URL"), todo=phrase("write it as https://host/path")) from None
        if parts.scheme not in PORTS or not name:
            raise OutgoingRefused(phrase("this is no URL of a host"), todo=phrase("write it as https://host/path"))
        if "@" in parts.netloc:
            raise OutgoingRefused(phrase("the URL holds a user's name"), todo=phrase("leave out what stands before @"))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not path.isascii():
            raise OutgoingRefused(phrase("the URL's path is not ASCII"), todo=phrase("write other letters as %XX"))
        return cls(parts.scheme, _plain(name, bracketed="[" in parts.netloc), port or PORTS[parts.scheme], path)


def _plain(name: str, *, bracketed: bool) -> str:
    """Return a host as it is compared."""
    if bracketed:
        try:
            found = IPv6Address(name)
        except ValueError:
            raise OutgoingRefused(
                phrase("the URL's host is no address"), todo=phrase("write it as [2001:db8::1]")
            ) from None
        if found.scope_id is not None:
            raise OutgoingRefused(
                phrase("the URL's host names a network card"), todo=phrase("leave out what stands behind %")
            )
        return str(found)
    host = unicodedata.normalize("NFKC", name).lower().removesuffix(".")
    try:
        host = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        raise OutgoingRefused(
            phrase("the URL's host is no name"), todo=phrase("write it as https://host/path")
        ) from None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise OutgoingRefused(phrase("the URL's host is no name"), todo=phrase("write it as https://host/path"))
    if _NUMBER.fullmatch(labels[-1]):  # every program reads such a host as an address, in forms of its own
        try:
            plain = str(IPv4Address(host))
        except ValueError:
            plain = ""
        if plain != name:
            raise OutgoingRefused(
                phrase("the URL's host is a number in a form that hides an address"), todo=phrase("write it plainly")
            )
    return host


def embedded(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for, if it does.

    >>> embedded(ip_address("::ffff:169.254.169.254")), embedded(ip_address("2002:7f00:1::"))
    (IPv4Address('169.254.169.254'), IPv4Address('127.0.0.1'))
    """
    if isinstance(address, IPv4Address):
        return None
    for network, shift in _HOLDING:
        if address in network:
            return IPv4Address((int(address) >> shift) & 0xFFFF_FFFF)
    if (int(address) >> 32) & 0xFFFF_FFFF in (0x5EFE, 0x0200_5EFE):  # a tunnel (ISATAP)
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def refusal(text: str, *, inside: bool = False) -> str:
    """Return why an address is not called, or nothing when it may be.

    Args:
        text: The address.
        inside: Whether the operator allows addresses of the own network.

    >>> refusal("10.0.0.7"), refusal("10.0.0.7", inside=True), refusal("169.254.169.254", inside=True)
    ('private', '', 'link-local or metadata')
    >>> refusal("93.184.215.14"), refusal("::ffff:127.0.0.1")
    ('', 'loopback')
    """
    try:
        address = ip_address(text)
    except ValueError:
        return "no address"
    if reason := _listed(address, _NEVER):
        return reason
    if reason := _listed(address, _INSIDE):
        return "" if inside else reason
    if (within := embedded(address)) is not None:
        public = address in _TRANSLATED
        return refusal(str(within)) or ("" if public else "an IPv4 address in disguise")
    is_public = address.is_global and (address.version == 4 or (address in _GLOBAL and address not in _TEREDO))
    return "" if is_public else "not public"


def _listed(address: Address, networks: tuple[tuple[str, Network], ...]) -> str:
    return next((reason for reason, network in networks if address in network), "")
