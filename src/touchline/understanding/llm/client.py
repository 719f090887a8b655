"""Talks to an endpoint of the OpenAI protocol: one request, its retries, its price.

A reply that cannot be had is a value, not an exception: whoever asks decides what reads the texts instead.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from touchline import outgoing
from touchline.errors import OutgoingFailed, OutgoingRefused, SettingsError
from touchline.settings import Llm

#: Why texts were not read: what is kept and shown.
Reason = Literal["budget", "unavailable", "rejected", "garbage", "too long", "stopped"]

#: Statuses that pass: the same request may succeed later.
PASSING: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
#: Statuses that may speak of the form of the answer that was asked for, or of the texts.
OF_THE_FORM: Final = frozenset({400, 415, 422})
#: Statuses that may speak of the texts: another request may succeed.
OF_THE_TEXTS: Final = OF_THE_FORM | {403, 413, 451}
#: Nobody waits longer than this for one answer to be retried; a server that asks for more is left alone.
LONGEST_WAIT: Final = 60.0
#: No honest answer is larger.
MOST_BYTES: Final = 4 << 20

_FIRST_WAIT: Final = 1.0
#: How the form of the answer is asked for, and whether the temperature is set; the first that a server takes is used.
_FORMS: Final = (
    ("json_schema", True), ("json_schema", False), ("json_object", True), ("json_object", False), ("", False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model wrote."""

    content: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no reply.

    Attributes:
        reason: What is kept.
        detail: What is told.
        final: Whether every other request would fail in the same way.
        unsent: Whether nothing has left, so that nothing can be charged.
    """

    reason: Reason
    detail: str
    final: bool = False
    unsent: bool = False


@dataclass(frozen=True, slots=True)
class _Answered:
    """One HTTP exchange: status, headers that matter, body."""

    status: int
    retry_after: str | None
    body: bytes


@dataclass
class Client:
    """One endpoint and model. Several threads may use it.

    Args:
        settings: Endpoint, model, time-out, retries.
        stop: Set to give up waiting and send nothing more.
        reserve: Called before every request with its tokens and texts; false forbids it.
        settle: Called with the tokens that were reserved and those that were used.
    """

    settings: Llm
    stop: Event
    reserve: Callable[[int, int], bool]
    settle: Callable[[int, int], None]
    _form: int = 0
    _settled: bool = False

    def ask(self, system: str, user: str, schema: dict[str, Any], *, tokens: int, texts: int) -> Reply | Failure:
        """Ask once, and again while that may help.

        Args:
            system: The instructions.
            user: The texts.
            schema: The form of the answer.
            tokens: What one request takes, about.
            texts: How many texts are sent for the first time.

        Raises:
            SettingsError: The variable that holds the key is not set.
        """
        headers = _headers(self.settings)
        tries, form, failure = 0, self._form, Failure("stopped", "stopped")
        while not self.stop.is_set():
            if not self.reserve(tokens, texts):
                return Failure("budget", "the day's budget is used up", final=True)
            texts = 0
            answered = self._post(_payload(self.settings.model, system, user, schema, form), headers)
            wait: float | None = None
            if isinstance(answered, Failure):
                failure = answered
                if failure.unsent:
                    self.settle(tokens, 0)  # else it may have been read and charged: what was reserved stays spent
            elif answered.status == 200:
                self._form, self._settled = form, True
                return self._read(answered.body, tokens)
            else:
                self.settle(tokens, 0)
                failure, wait = _failure(answered, self.settings), _asked_wait(answered.retry_after)
                if answered.status in OF_THE_FORM and not self._settled and form + 1 < len(_FORMS):
                    form += 1
                    continue
            seconds = _FIRST_WAIT * 2**tries if wait is None else wait
            if failure.reason != "unavailable" or tries >= self.settings.retries or seconds > LONGEST_WAIT:
                return failure
            tries += 1
            self.stop.wait(seconds)
        return failure

    def _read(self, body: bytes, reserved: int) -> Reply | Failure:
        """Take the answer out of a reply, and settle its price."""
        try:
            data = json.loads(body)
            content = data["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            return Failure("garbage", "the endpoint's reply is not of the OpenAI protocol")
        usage = data.get("usage")
        used = usage.get("total_tokens") if isinstance(usage, dict) else None
        if type(used) is int and 0 <= used < 10**9:
            self.settle(reserved, used)
        if not isinstance(content, str):
            return Failure("garbage", "the model declined to answer")
        return Reply(content)

    def _post(self, payload: bytes, headers: dict[str, str]) -> _Answered | Failure:
        """Send a request; a connection that fails or is too slow is a failure.

        Whoever wrote the settings names the endpoint, so it may be one of the own network; a redirect is not followed.
        """
        url = completions(self.settings.endpoint)
        try:
            named = outgoing.Policy((outgoing.Receiver(outgoing.Target.of(url).origin),))
            answer = outgoing.Client(named).send(
                "POST", url, body=payload, headers=headers, seconds=self.settings.timeout, most=MOST_BYTES
            )
        except OutgoingRefused as error:
            return Failure("rejected", str(error), final=True, unsent=True)
        except OutgoingFailed as error:
            return Failure("unavailable", f"no answer from {urlsplit(url).netloc} ({error.why})", unsent=error.unsent)
        return _Answered(answer.status, answer.headers.get("retry-after"), answer.body)


def completions(endpoint: str) -> str:
    """Return where requests go.

    >>> completions("https://llm.example.com"), completions("http://127.0.0.1:8000/v1/")
    ('https://llm.example.com/v1/chat/completions', 'http://127.0.0.1:8000/v1/chat/completions')
    """
    base = endpoint.rstrip("/")
    if base.endswith("/chat/completions"):
        return base
    return f"{base}{'' if urlsplit(base).path else '/v1'}/chat/completions"


def _headers(settings: Llm) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "touchline"}
    if settings.key_variable:
        key = os.environ.get(settings.key_variable, "").strip()
        if not key:
            raise SettingsError(
                f"the environment variable {settings.key_variable} is not set",
                where="understanding.llm.key_variable",
                todo="set it to the endpoint's key, or take `use` out of [understanding]",
            )
        if not key.isascii() or not key.isprintable():
            raise SettingsError(
                f"the environment variable {settings.key_variable} holds characters that no key has",
                where="understanding.llm.key_variable",
                todo="set it to the endpoint's key",
            )
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _payload(model: str, system: str, user: str, schema: dict[str, Any], form: int) -> bytes:
    kind, cold = _FORMS[form]
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
    }
    if cold:
        body["temperature"] = 0
    if kind == "json_schema":
        told = {"name": "labels", "strict": True, "schema": schema}
        body["response_format"] = {"type": kind, "json_schema": told}
    elif kind:
        body["response_format"] = {"type": kind}
    return json.dumps(body).encode()


def _failure(answered: _Answered, settings: Llm) -> Failure:
    told = f"{urlsplit(settings.endpoint).netloc} answered {answered.status}"
    if answered.status in PASSING:
        return Failure("unavailable", told)
    if answered.status in OF_THE_TEXTS:
        return Failure("rejected", told)
    return Failure("rejected", f"{told}; check endpoint, model and key", final=True)


def _asked_wait(told: str | None) -> float | None:
    """Seconds that a server asks to wait, from a number or a date; None when it says nothing that can be read."""
    if told is None:
        return None
    if told.strip().isdigit():
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
