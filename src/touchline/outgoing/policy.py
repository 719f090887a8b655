"""What may be called: https to public addresses, and what the operator allows beside."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from touchline.errors import OutgoingRefused, SettingsError
from touchline.outgoing.addresses import Network, Target, refusal
from touchline.words import phrase

#: The environment variable of internal receivers, separated by commas: origins and networks.
ALLOW: Final = "TOUCHLINE_OUTGOING_ALLOW"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Something of the own network that may be called: an origin (scheme, host, port), or a network."""

    origin: str = ""
    network: Network | None = None

    @classmethod
    def of(cls, text: str) -> Receiver:
        """Read one entry.

        Raises:
            SettingsError: It is neither an origin nor a network.

        >>> Receiver.of("http://hooks.internal:8080"), Receiver.of("10.2.0.0/16").network
        (Receiver(origin='http://hooks.internal:8080', network=None), IPv4Network('10.2.0.0/16'))
        """
        if "://" not in text:
            try:
                return cls(network=ip_network(text))
            except ValueError:
                raise SettingsError(
                    phrase("{text} is neither an origin nor a network", text=repr(text)),
                    where=ALLOW,
                    todo=phrase("write https://host, http://host:8080 or 10.2.0.0/16"),
                ) from None
        try:
            target = Target.of(text)
        except OutgoingRefused as error:
            raise SettingsError(error.what, where=ALLOW, todo=error.todo) from None
        if target.path != "/":
            raise SettingsError(
                phrase("{text} holds a path", text=repr(text)),
                where=ALLOW,
                todo=phrase("write scheme, host and port only"),
            )
        return cls(origin=target.origin)


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be called.

    Attributes:
        receivers: What of the own network may be called. A cloud's metadata, links and groups never may.
        ports: The ports of public receivers.
    """

    receivers: tuple[Receiver, ...] = ()
    ports: frozenset[int] = frozenset({443})

    @classmethod
    def of(cls, entries: Iterable[str]) -> Policy:
        """Return the policy that allows some receivers of the own network (`Receiver.of`)."""
        return cls(tuple(Receiver.of(text.strip()) for text in entries if text.strip()))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Policy:
        """Return the policy that ``TOUCHLINE_OUTGOING_ALLOW`` states.

        Raises:
            SettingsError: It cannot be read.
        """
        return cls.of(environment.get(ALLOW, "").split(","))

    def checked(self, target: Target, addresses: Iterable[str]) -> tuple[str, ...]:
        """Return the addresses of a target if each one of them may be called.

        Raises:
            OutgoingRefused: One may not, or there is none.

        >>> Policy().checked(Target.of("https://example.com"), ["93.184.215.14", "10.0.0.1"])
        Traceback (most recent call last):
            ...
        touchline.errors.OutgoingRefused: https://example.com: the host leads to an address that is private; an operator can allow it in TOUCHLINE_OUTGOING_ALLOW
        """  # noqa: E501
        found = tuple(addresses)
        named = any(receiver.origin == target.origin for receiver in self.receivers)
        for address in found:
            inside = named or self._is_within(address)
            if reason := refusal(address, inside=inside):
                raise OutgoingRefused(
                    phrase("the host leads to an address that is {reason}", reason=str(reason)),
                    where=target.origin,
                    todo=_TODO,
                )
            if not named:
                self._check_form(target)
        if not found:
            raise OutgoingRefused(phrase("the host has no address"), where=target.origin, todo=phrase("check the name"))
        return found

    def check_before(self, target: Target) -> None:
        """Refuse what needs no look-up to be refused: scheme and port.

        Raises:
            OutgoingRefused: They are not allowed.
        """
        if not any(receiver.origin == target.origin for receiver in self.receivers):
            self._check_form(target)

    def _check_form(self, target: Target) -> None:
        if target.scheme != "https":
            raise OutgoingRefused(
                phrase("nothing is sent unencrypted"),
                where=target.origin,
                todo=phrase("use https, or: {todo}", todo=str(_TODO)),
            )
        if target.port not in self.ports:
            raise OutgoingRefused(
                phrase("port {port} is not called", port=str(target.port)), where=target.origin, todo=_TODO
            )

    def _is_within(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(
            receiver.network is not None and found.version == receiver.network.version and found in receiver.network
            for receiver in self.receivers
        )


_TODO: Final = f"an operator can allow it in {ALLOW}"
