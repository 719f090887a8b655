"""Guessing passwords is slowed down, the same for accounts that exist and that do not."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from touchline.server.people import tokens
from touchline.server.people.models import Attempt

#: How many failures there may be, and within what time: of one account from one address, of one account from
#: anywhere, and of one address at any accounts. Nobody locks another out by guessing from elsewhere a few times.
SAME: Final = (10, timedelta(minutes=15))
ACCOUNT: Final = (100, timedelta(hours=1))
ADDRESS: Final = (50, timedelta(minutes=15))
_KEPT: Final = timedelta(days=1)


def network(ip: str) -> str:
    """Return an address, or of IPv6 its /64 network: one machine has all of that.

    >>> network("192.0.2.7"), network("2001:db8::1:2:3:4"), network("?")
    ('192.0.2.7', '2001:db8::', '?')
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip[:45]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def begin(email: str, ip: str) -> Attempt | None:
    """Count a try to log in; return it, to be marked when it succeeds, or None if there were too many."""
    now = timezone.now()
    Attempt.objects.filter(at__lt=now - _KEPT).delete()
    account = tokens.keyed(settings.SECRET_KEY, "attempt", email.strip().lower())
    attempt = Attempt.objects.create(account=account, address=network(ip), at=now)
    failed = Attempt.objects.filter(succeeded=False)
    limits = (
        (SAME, Q(account=account, address=attempt.address)),
        (ACCOUNT, Q(account=account)),
        (ADDRESS, Q(address=attempt.address)),
    )
    for (most, within), which in limits:
        if failed.filter(which, at__gt=now - within).count() > most:
            attempt.delete()
            return None
    return attempt


def succeed(attempt: Attempt) -> None:
    """Mark a try as one that let them in: it counts no more."""
    Attempt.objects.filter(pk=attempt.pk).update(succeeded=True)
