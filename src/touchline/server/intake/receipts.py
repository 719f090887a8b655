"""Receipts: a name for what a request brought, which says itself where that lies in the journal.

Nothing is stored for it. It is sealed with the workspace's key, so that nobody can make one up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from touchline.server.intake.refusing import Refused

if TYPE_CHECKING:
    from touchline.warehouse.duckdb import DuckWarehouse

PREFIX: Final = "rc_"
_SEAL: Final = 12
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Lot:
    """Some rows of one batch of the journal.

    Attributes:
        offset: The batch.
        rows: How many rows; 0 where it is all of the batch.
        start: The first one's number in the batch, from 1; 0 where it is all of the batch.
    """

    offset: int
    rows: int = 0
    start: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a request brought: ``received = claims + repeated + quarantined + rows of the lots``.

    Attributes:
        received: Items in it.
        quarantined: Items that could not be accepted.
        repeated: Records in batches that the journal had already.
        claims: Items that said nothing but who is who.
        lots: Where the others are.
    """

    received: int
    quarantined: int
    repeated: int
    claims: int
    lots: tuple[Lot, ...]

    def token(self, key: bytes) -> str:
        """Return the receipt as one word.

        >>> one = Receipt(3, 1, 0, 0, (Lot(7, 2, 1),))
        >>> Receipt.read(one.token(b"secret"), b"secret") == one
        True
        """
        numbers = [self.received, self.quarantined, self.repeated, self.claims]
        for lot in self.lots:
            numbers += [lot.offset, lot.rows, lot.start]
        body = b"\x01" + b"".join(_packed(number) for number in numbers)
        return PREFIX + base64.urlsafe_b64encode(body + _seal(body, key)).rstrip(b"=").decode()

    @classmethod
    def read(cls, token: str, key: bytes) -> Receipt:
        """Return the receipt that a word is.

        Raises:
            Refused: 404, it is none of this workspace.
        """
        missing = Refused(404, "there is no such receipt in this workspace", where="receipt")
        if not token.startswith(PREFIX) or len(token) > _LONGEST or not token.isascii():
            raise missing
        try:
            packed = base64.urlsafe_b64decode(token[len(PREFIX) :] + "==")
        except ValueError:
            raise missing from None
        body, seal = packed[:-_SEAL], packed[-_SEAL:]
        if not hmac.compare_digest(seal, _seal(body, key)):
            raise missing
        first, *rest = _unpacked(body[1:])
        lots = tuple(Lot(*rest[at : at + 3]) for at in range(3, len(rest), 3))
        return cls(first, rest[0], rest[1], rest[2], lots)


def _seal(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"receipt" + body, hashlib.sha256)[:_SEAL]


def _packed(number: int) -> bytes:
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def _unpacked(data: bytes) -> list[int]:
    numbers, number, shift = [], 0, 0
    for byte in data:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number = shift = 0
    return numbers


def became(warehouse: DuckWarehouse, receipt: Receipt) -> dict[str, Any]:
    """Return what became of what a request brought: counts whose sum is ``received``.

    What is stored and not placed yet waits, too: no figure shows it.

    Args:
        warehouse: Of the workspace; reads one state of it.
        receipt: The receipt.
    """
    from touchline.drain import received

    shown = warehouse.shown
    seen = [lot for lot in receipt.lots if lot.offset <= shown]
    whole = received(warehouse, tuple(lot.offset for lot in seen if not lot.start))
    stored, revised, there = whole.stored, whole.revised, whole.rows
    for lot in seen:
        if lot.start:
            new, again = _of_slice(warehouse, lot)
            stored, revised, there = stored + new, revised + again, there + lot.rows
    accepted = receipt.received - receipt.quarantined - receipt.repeated - receipt.claims
    waiting = accepted - there if len(seen) < len(receipt.lots) else 0
    return {
        "state": "waiting" if waiting else "done",
        "received": receipt.received,
        "stored": stored,
        "duplicate": receipt.repeated + accepted - waiting - stored - revised,
        "revised": revised,
        "quarantined": receipt.quarantined,
        "claims": receipt.claims,
        "waiting": waiting,
    }


_VERSIONS: Final = (
    '(SELECT interaction_id, "offset", "row" FROM stored UNION ALL'
    ' SELECT interaction_id, "offset", "row" FROM revisions)'
)


def _of_slice(warehouse: DuckWarehouse, lot: Lot) -> Sequence[int]:
    """Return how many rows of a part of a batch were new, and how many revised what was known."""
    found = warehouse.fetch(
        f'WITH mine AS (SELECT * FROM {_VERSIONS} WHERE "offset" = $offset AND "row" BETWEEN $first AND $last),'
        f" others AS (SELECT * FROM {_VERSIONS} SEMI JOIN mine USING (interaction_id)),"
        " judged AS (SELECT EXISTS (SELECT 1 FROM others o WHERE o.interaction_id = m.interaction_id"
        ' AND (o."offset", o."row") < (m."offset", m."row")) AS again FROM mine m)'
        " SELECT count(*) FILTER (NOT again)::BIGINT, count(*) FILTER (again)::BIGINT FROM judged",
        offset=lot.offset,
        first=lot.start,
        last=lot.start + lot.rows - 1,
    )
    return [column[0].as_py() for column in found.columns]
