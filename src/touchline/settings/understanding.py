"""``[understanding]``: who reads the texts, and ``[understanding.llm]``: a language model, where one is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from touchline.settings.section import Section

#: The name under ``use`` that asks for a language model.
LLM: Final = "llm"

_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_INSIDE: Final = (".local", ".internal", ".lan", ".localhost")
_MOST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Llm:
    """``[understanding.llm]``: an endpoint that speaks the OpenAI protocol, and what may be spent on it.

    Attributes:
        endpoint: Base URL, such as ``https://llm.example.com/v1``.
        model: The model's name there.
        key_variable: The environment variable that holds the key; None sends none.
        batch: Texts of one request, at most.
        parallel: Requests under way at once.
        timeout: Seconds until a request is given up.
        retries: How often a request that failed is sent again.
        longest: Longer texts, in characters, are not sent.
        requests_a_day: Requests sent per day (UTC), at most, retries included.
        tokens_a_day: Tokens of prompts and answers per day, at most.
        texts_a_day: Texts sent per day, at most.
    """

    endpoint: str = ""
    model: str = ""
    key_variable: str | None = None
    batch: int = 16
    parallel: int = 4
    timeout: float = 60.0
    retries: int = 3
    longest: int = 8_000
    requests_a_day: int = 1_000
    tokens_a_day: int = 2_000_000
    texts_a_day: int = 10_000


@dataclass(frozen=True, slots=True)
class Understanding:
    """``[understanding]``: who reads the texts.

    Attributes:
        use: ``llm``, or the name of an understander; None takes the default one.
        llm: What ``llm`` asks, and how.
    """

    use: str | None = None
    llm: Llm = Llm()

    @property
    def version(self) -> list[str]:
        """What evidence depends on; empty for the default understander."""
        return [] if self.use is None else [self.use, *([self.llm.model] if self.use == LLM else [])]


def read_understanding(section: Section) -> Understanding:
    """Read ``[understanding]``."""
    use = section.text("use")
    llm = _llm(section.table("llm"), needed=use == LLM)
    section.close()
    return Understanding(use, llm)


def _llm(section: Section, *, needed: bool) -> Llm:
    d = Llm()
    found = Llm(
        endpoint=section.needed_text("endpoint") if needed else section.text("endpoint", d.endpoint),
        model=section.needed_text("model") if needed else section.text("model", d.model),
        key_variable=section.text("key_variable"),
        batch=section.whole("batch", d.batch, 1, 64),
        parallel=section.whole("parallel", d.parallel, 1, 32),
        timeout=section.number("timeout", d.timeout, 0.1, 600),
        retries=section.whole("retries", d.retries, 0, 10),
        longest=section.whole("longest", d.longest, 100, 100_000),
        requests_a_day=section.whole("requests_a_day", d.requests_a_day, 0, _MOST),
        tokens_a_day=section.whole("tokens_a_day", d.tokens_a_day, 0, _MOST),
        texts_a_day=section.whole("texts_a_day", d.texts_a_day, 0, _MOST),
    )
    if found.endpoint and (wrong := wrong_endpoint(found.endpoint)):
        section.wrong("endpoint", wrong)
    if found.key_variable and not _VARIABLE.fullmatch(found.key_variable):
        # what stands there may be the key itself: it is not repeated
        section.wrong("key_variable", "must be the NAME of an environment variable, in capitals, never the key")
    section.close()
    return found


def wrong_endpoint(url: str) -> str:
    """Return what is wrong with an endpoint's URL; nothing when it can be used.

    Texts travel encrypted, but for a host of one's own network.

    >>> wrong_endpoint("https://llm.example.com/v1"), wrong_endpoint("http://127.0.0.1:8000/v1")
    ('', '')
    >>> wrong_endpoint("http://llm.example.com/v1")
    'texts may not leave unencrypted; write https://'
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        return "is no URL; write it as https://host/v1"
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        return "is no URL; write it as https://host/v1"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "must be scheme, host and path only; the key goes into an environment variable"
    if parts.scheme == "http" and not _is_inside(host):
        return "texts may not leave unencrypted; write https://"
    return ""


def _is_inside(host: str) -> bool:
    """Whether a host is this machine or one of the own network."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_INSIDE)
    return address.is_private or address.is_loopback
