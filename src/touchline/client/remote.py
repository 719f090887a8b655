"""`Remote`: a server's workspace, asked the same questions as one that is open here."""

from __future__ import annotations

import gzip
import inspect
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from touchline.client.asking import Pairs, filtering, parameters, questions, signature
from touchline.client.transport import Transport
from touchline.client.wire import from_stream, to_explanation, to_status
from touchline.errors import QuestionError
from touchline.protocol import EVERYTHING, Questions
from touchline.scores.base import Figure, Filters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.workspace import Status
    from touchline.workspace.explaining import Explanation

ARROW: Final = "application/vnd.apache.arrow.stream"
#: Records that are sent at once.
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of records that were sent.

    Attributes:
        accepted: How many are safe on the server's disk.
        quarantined: How many could not be accepted; the server keeps them with the reason.
        receipts: The server's answer to each batch, in order.
    """

    accepted: int = 0
    quarantined: int = 0
    receipts: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


class Remote(Questions):
    """A workspace of a server. Make one with `touchline.connect`; close it, or use it in a ``with``.

    Every question of `touchline.protocol.Questions` is asked over HTTP, and its figure is the one that an open
    workspace gives: the same table with the same types, meaning, notes and facts. Errors are those of
    `touchline.errors`. What was not answered for want of time or room is asked again, a few times, later and later.
    """

    def __init__(self, transport: Transport) -> None:
        self._server = transport

    @classmethod
    def to(cls, url: str, key: str, **options: Any) -> Remote:
        """Return a server's workspace; the arguments are those of `Transport`."""
        return cls(Transport(url, key, **options))

    def __repr__(self) -> str:
        """Say where it is."""
        return f"Remote({self._server.url!r}, workspace={self._server.workspace!r})"

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    # ---------------------------------------------------------------------------------------------- questions

    def _ask(self, question: str, arguments: Mapping[str, Any]) -> Figure:
        pairs = parameters(question, arguments)
        return self._figure(question, pairs, _Behind(self._server, question, tuple(pairs)))

    def _figure(self, path: str, pairs: Pairs, behind: Callable[[int], NDArray[np.int64]] | None = None) -> Figure:
        found, more = from_stream(self._server.get(path, pairs, accept=ARROW).content)
        return replace(found, behind=behind if more.get("behind") else None)

    def timeline(self, customer: str, filters: Filters = EVERYTHING, *, limit: int = 200) -> Figure:
        """See `touchline.protocol.Questions.timeline`."""
        return self._figure(f"customers/{_path(customer)}/timeline", [*filtering(filters), ("limit", str(limit))])

    def explain(self, interaction: str) -> Explanation:
        """See `touchline.protocol.Questions.explain`."""
        return to_explanation(self._server.get(f"interactions/{_path(interaction)}").json())

    def behind(self, figure: Figure, row: int, *, limit: int = 100) -> Figure:
        """See `touchline.protocol.Questions.behind`; the figure is one that this workspace answered with.

        Raises:
            QuestionError: It is not, or it cannot tell.
        """
        if not isinstance(figure.behind, _Behind):
            raise QuestionError(f"{figure.name} cannot tell which customers are behind a row")
        if not 0 <= row < figure.table.num_rows:
            raise QuestionError(
                f"{figure.name} has {figure.table.num_rows} rows, and no row {row}", todo="count from 0"
            )
        return self._figure("behind", figure.behind.pairs(row, limit))

    def status(self) -> Status:
        """See `touchline.protocol.Questions.status`."""
        return to_status(self._server.get("status").json())

    def span(self, filters: Filters = EVERYTHING) -> tuple[date, date] | None:
        """See `touchline.protocol.Questions.span`."""
        told = self._server.get("span", filtering(filters)).json()
        if told["first"] is None:
            return None
        return date.fromisoformat(told["first"]), date.fromisoformat(told["last"])

    def report(
        self,
        filters: Filters = EVERYTHING,
        *,
        previous: Filters | None = None,
        title: str = "",
        kind: str = "html",
        sections: Sequence[str] = (),
        paper: str = "",
    ) -> bytes:
        """Return the report: the bytes of one HTML page, or of another kind of file.

        Args:
            filters: Which data.
            previous: The period to compare with; only its days are taken, all else is as in `filters`.
            title: The headline; the workspace's name by default.
            kind: ``html``, ``xlsx``, ``pptx``, ``pdf`` or ``png`` (a zip file).
            sections: Of a board report; all by default.
            paper: ``a4`` or ``letter``: laid out for paper.
        """
        days = {"since": previous.since, "until": previous.until} if previous else {}
        pairs = [(f"previous_{name}", day.isoformat()) for name, day in days.items() if day]
        pairs += [("title", title), ("kind", kind), *(("section", name) for name in sections)]
        pairs += [("paper", paper)] if paper else []
        return bytes(self._server.get("report", [*filtering(filters), *pairs], accept="*/*").content)

    def taxonomy(self) -> Taxonomy:
        """Return the stages, touchpoints and themes of the workspace."""
        from touchline.vocabulary.taxonomy import Taxonomy

        return Taxonomy.parse(self._server.get("taxonomy").json()["yaml"])

    # ------------------------------------------------------------------------------------------------- sending

    def send(
        self,
        interactions: Iterable[Mapping[str, Any]] | pa.Table,
        *,
        live: bool | None = None,
        batch: int = BATCH,
        key: str = "",
    ) -> Sent:
        """Send interactions; what is returned for is on the server's disk.

        A batch that is not known to have arrived is sent again under the same idempotency key, so that none is stored
        twice.

        Args:
            interactions: Records with the fields of ``RAW_INTERACTIONS`` (`docs/data-model.md`), or an Arrow table.
            live: Whether they happen now; None lets the server judge by their times.
            batch: How many are sent at once.
            key: Names this sending: sent again with the same key, nothing is stored twice. One is made up without.

        Raises:
            TouchlineError: The server did not take a batch; those before it are safe.
        """
        records = iter(interactions.to_pylist() if isinstance(interactions, pa.Table) else interactions)
        name, receipts = key or uuid.uuid4().hex, []
        for number, some in enumerate(_batches(records, batch)):
            body = gzip.compress("\n".join(json.dumps(one, default=_plain) for one in some).encode(), compresslevel=3)
            answer = self._server.post(
                "interactions",
                again=True,
                pairs=[] if live is None else [("live", "true" if live else "false")],
                content=body,
                headers={
                    "Content-Type": "application/x-ndjson",
                    "Content-Encoding": "gzip",
                    "Idempotency-Key": f"{name}-{number}",
                },
            )
            receipts.append(answer.json())
        counts = {what: sum(_count(one, what) for one in receipts) for what in ("accepted", "quarantined")}
        return Sent(receipts=tuple(receipts), **counts)


class _Behind:
    """Asks a server who is behind a row of a figure."""

    def __init__(self, server: Transport, question: str, asked: tuple[tuple[str, str], ...]) -> None:
        self._server, self._question, self._asked = server, question, asked

    def pairs(self, row: int, limit: int) -> Pairs:
        """Return the parameters of ``/behind``; the question's own limit goes by another name there."""
        own = [("question_limit" if name == "limit" else name, value) for name, value in self._asked]
        return [("question", self._question), ("row", str(row)), ("limit", str(limit)), *own]

    def __call__(self, row: int) -> NDArray[np.int64]:
        answer = self._server.get("behind", [*self.pairs(row, 1), ("keys", "true")], accept=ARROW)
        keys = from_stream(answer.content)[0].table["customer_key"].to_pylist()
        return np.array([int(key) for key in keys], dtype=np.int64)


def _question(name: str) -> Callable[..., Figure]:
    """Return the method that asks a question, with the signature and the words of the protocol's."""
    told = getattr(Questions, name)

    def ask(self: Remote, *args: Any, **kwargs: Any) -> Figure:
        given = signature(name).bind(*args, **kwargs)
        return self._ask(name, given.arguments)

    ask.__name__, ask.__qualname__, ask.__doc__ = name, f"Remote.{name}", told.__doc__
    ask.__signature__ = inspect.signature(told)  # type: ignore[attr-defined]
    return ask


for _name in questions():
    setattr(Remote, _name, _question(_name))


def _path(text: str) -> str:
    return quote(text, safe="/")


def _batches(records: Iterator[Mapping[str, Any]], size: int) -> Iterator[Sequence[Mapping[str, Any]]]:
    while some := list(islice(records, size)):
        yield some


def _plain(value: Any) -> Any:
    """Return what JSON has no way for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def _count(receipt: Mapping[str, Any], what: str) -> int:
    told = receipt.get(what, 0)
    return len(told) if isinstance(told, list) else int(told)
