"""Logs without personal data: a line of JSON or of text per record.

What is logged of a request is its route (``/api/v1/customers/{ref}``), never its path, its query or its body. Every
message and every error's text goes through the same redaction as customers' words do.
"""

from __future__ import annotations

import contextvars
import json
import logging
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from touchline.errors import SettingsError

FORM: Final = "TOUCHLINE_LOG"
LEVEL: Final = "TOUCHLINE_LOG_LEVEL"
#: The request that this thread works on, for every line that it logs.
request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")

_FORMS: Final = ("text", "json")
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
_TOKEN: Final = re.compile(r"\b(?:tl|whsec)_[\w+/=-]+|(?<=[Bb]earer )\S+")
_QUERY: Final = re.compile(r"(?<=[\w/])\?[^\s'\"]+")
_OF_DJANGO: Final = ("django.request", "django.security", "django.server")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def configuration(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the settings of Python's logging.

    Args:
        environment: ``TOUCHLINE_LOG`` says ``text`` (the default) or ``json``, ``TOUCHLINE_LOG_LEVEL`` from where on:
            ``WARNING`` (the default); ``INFO`` has a line per request.

    Raises:
        SettingsError: A variable says something else.
    """
    form = _chosen(environment, FORM, _FORMS, "text")
    level = _chosen(environment, LEVEL, _LEVELS, "WARNING")
    room = "touchline.server.operations.logs"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": f"{room}.{'Json' if form == 'json' else 'Text'}"}},
        "filters": {"private": {"()": f"{room}.Private"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["private"]},
        },
        "loggers": {
            "django": {"handlers": [], "level": "NOTSET", "propagate": True},
            "django.server": {"handlers": [], "level": "NOTSET", "propagate": True},
        },
        "root": {"handlers": ["stderr"], "level": level},
    }


def _chosen(environment: Mapping[str, str], name: str, known: tuple[str, ...], default: str) -> str:
    said = environment.get(name, "").strip() or default
    for one in known:
        if one.lower() == said.lower():
            return one
    raise SettingsError(f"{name} is {said!r}", todo=f"say one of {', '.join(known)}")


def clean(text: str) -> str:
    """Return a text without tokens, queries and what `touchline.privacy` finds of persons.

    >>> clean("no customer ann@example.org at /api/v1/customers?q=Ann with key tl_ab12_secret")
    'no customer [EMAIL_1] at /api/v1/customers?… with key [TOKEN]'
    """
    from touchline.privacy import redact_text

    return redact_text(_QUERY.sub("?…", _TOKEN.sub("[TOKEN]", text)))


class Private(logging.Filter):
    """Takes out of a record what could be of a customer."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; it is always kept."""
        request = record.__dict__.pop("request", None)
        if record.name.startswith(_OF_DJANGO):
            record.msg, record.args = _of_request(record, request), None
        elif getattr(record, "touchline", None) is None:
            record.msg, record.args = clean(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = clean(logging.Formatter().formatException(record.exc_info))
        elif record.exc_text:
            record.exc_text = clean(record.exc_text)
        record.exc_info = None
        return True


def _of_request(record: logging.LogRecord, request: Any) -> str:
    """Say what Django says of a request, without its path."""
    match = getattr(request, "resolver_match", None)
    where = f"/{match.route}" if match else "no known route"
    kind = str(record.msg).partition(":")[0].partition("%")[0].strip() or "request"
    status = getattr(record, "status_code", "")
    return " ".join(str(part) for part in (kind, status, getattr(request, "method", ""), where) if part)


def _parts(record: logging.LogRecord) -> dict[str, Any]:
    """Return what is told of a record, in order."""
    told: Mapping[str, Any] = getattr(record, "touchline", None) or {}
    parts = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
        "request": request_id.get(),
        **told,
        "error": record.exc_text or "",
    }
    return {name: value for name, value in parts.items() if value not in ("", None)}


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(_parts(record) | {"process": os.getpid()}, ensure_ascii=False, default=str)


class Text(logging.Formatter):
    """One line for people; line breaks and control characters in a message are shown as spaces."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with an error's text below it."""
        parts = _parts(record)
        at, level, name = parts.pop("at"), parts.pop("level"), parts.pop("logger")
        message = _CONTROL.sub(" ", str(parts.pop("message", "")).replace("\n", " "))
        error = parts.pop("error", "")
        rest = " ".join(f"{key}={value}" for key, value in parts.items())
        line = " ".join(part for part in (at, level, f"{name}:", message, rest) if part)
        return f"{line}\n{error}" if error else line
