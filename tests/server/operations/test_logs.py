"""A log line says what happened and never to whom."""

from __future__ import annotations

import json
import logging
import logging.config

import pytest

from touchline.errors import SettingsError
from touchline.server.operations import logs


def logged(name, level, message, *args, form="json", **more):
    record = logging.getLogger(name).makeRecord(
        name, level, "f", 1, message, args, more.pop("exc_info", None), None, more
    )
    assert logs.Private().filter(record)
    return (logs.Json() if form == "json" else logs.Text()).format(record)


@pytest.mark.parametrize(
    "said",
    ["ann@example.org", "tl_abcd_verysecret", "+49 151 23456789", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"],
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_message_loses_what_is_personal(said, form):
    line = logged("touchline.x", logging.ERROR, "row of %s cannot be read", said, form=form)
    assert said not in line
    assert "cannot be read" in line


def test_an_error_loses_what_is_personal_in_its_text():
    import sys

    try:
        raise ValueError("no number: ann@example.org?name=Ann")
    except ValueError:
        line = logged("touchline.x", logging.ERROR, "failed", exc_info=sys.exc_info())
    told = json.loads(line)
    assert "ann@example.org" not in line
    assert "ValueError: no number" in told["error"]
    assert "Traceback" in told["error"]


def test_what_django_logs_of_a_request_has_the_route_and_not_the_path(rf):
    from types import SimpleNamespace

    request = rf.get("/api/v1/customers/Ann%20Smith/timeline?since=2026-01-01")
    request.resolver_match = SimpleNamespace(route="api/v1/customers/<ref>/timeline")
    line = logged("django.request", logging.WARNING, "Not Found: %s", request.path, request=request, status_code=404)
    assert json.loads(line)["message"] == "Not Found 404 GET /api/v1/customers/<ref>/timeline"
    assert "Ann" not in line
    lost = rf.get("/Ann")
    assert "Ann" not in logged("django.request", logging.WARNING, "Not Found: %s", "/Ann", request=lost)


def test_a_line_stays_a_line():
    line = logged("touchline.x", logging.ERROR, "one\ntwo\x1b[31m\r three", form="text")
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(logged("touchline.x", logging.ERROR, "one\ntwo").splitlines()) == 1


def test_the_request_is_named_in_its_lines():
    mark = logs.request_id.set("abc12345")
    try:
        assert json.loads(logged("touchline.x", logging.INFO, "hello"))["request"] == "abc12345"
    finally:
        logs.request_id.reset(mark)
    assert "request" not in json.loads(logged("touchline.x", logging.INFO, "hello"))


def test_the_environment_chooses_form_and_level(capsys):
    with pytest.raises(SettingsError, match="xml"):
        logs.configuration({"TOUCHLINE_LOG": "xml"})
    with pytest.raises(SettingsError, match="LOUD"):
        logs.configuration({"TOUCHLINE_LOG_LEVEL": "LOUD"})
    chosen = logs.configuration({"TOUCHLINE_LOG": "json", "TOUCHLINE_LOG_LEVEL": "info"})
    assert chosen["root"]["level"] == "INFO"
    assert chosen["formatters"]["chosen"]["()"].endswith(".Json")
    assert logs.configuration({})["formatters"]["chosen"]["()"].endswith(".Text")


def test_parameters_are_hashed_alike_whatever_their_order(settings):
    from touchline.server.operations.middleware import hashed

    settings.SECRET_KEY = "a" * 40
    one = hashed("segment=tier%3Dvip&since=2026-01-01")
    assert one == hashed("since=2026-01-01&segment=tier%3Dvip") != hashed("since=2026-01-02")
    settings.SECRET_KEY = "b" * 40
    assert hashed("segment=tier%3Dvip&since=2026-01-01") != one
    assert hashed("") == ""
