"""The description of the API: a valid OpenAPI 3.1 document that the API keeps to, and a page made of it."""

from __future__ import annotations

import os
import re
import shutil

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from tests.server.api.conftest import OWNER, opened

from touchline.server.api.api import PREFIX, document
from touchline.server.api.catalogue import catalogue
from touchline.server.people import keys
from touchline.server.workspaces.facade import Workspace

pytestmark = pytest.mark.django_db


def test_anyone_may_read_it_and_it_is_of_3_1():
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"
    assert answer.json() == document()


def test_it_is_valid():
    import jsonschema_rs

    references = re.findall(r"'\$ref': '#/([^']+)'", repr(document()))
    assert references
    for reference in set(references):
        found = document()
        for part in reference.split("/"):
            found = found[part]
    for operations in document()["paths"].values():
        for told in operations.values():
            for parameter in told.get("parameters", []):
                jsonschema_rs.validator_for({**parameter["schema"], "components": document()["components"]})
    names = [told["operationId"] for operations in document()["paths"].values() for told in operations.values()]
    assert len(names) == len(set(names))


def test_it_has_every_question_with_its_options_and_every_error():
    for question in catalogue():
        told = document()["paths"][f"{PREFIX}{question.name}"]["get"]
        names = {one["name"] for one in told["parameters"]}
        assert set(question.own) | set(question.filter_names().values()) <= names
        assert {"400", "401", "403", "408", "429"} <= {str(status) for status in told["responses"]}


def test_the_page_has_every_route_and_runs_nothing():
    page = Client().get("/api/docs").content.decode()
    for path in document()["paths"]:
        assert path in page
    assert "<script" not in page
    assert not re.search(r"\son\w+=|style=|https?://(?!testserver)", page)
    assert Client().get("/api/docs/style.css")["Content-Type"].startswith("text/css")


# ------------------------------------------------------------------------------------------------- what it promises

MINE = {"Questions", "Customers and the workspace", "Changes"}
EXAMPLES = int(os.environ.get("TOUCHLINE_FUZZ", "2"))


@pytest.fixture
def connected():
    """A request does not end the test's connection to the database, as it would a server's."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = get_wsgi_application()
OPERATIONS = [
    found for found in (one.ok() for one in SCHEMA.get_all_operations()) if MINE & set(found.definition.raw["tags"])
]


@pytest.fixture(scope="module")
def own(world, tmp_path_factory):
    """A copy of the world for all of them."""
    folder = tmp_path_factory.mktemp("described") / "w"
    shutil.copytree(world, folder)
    yield from opened(folder, "described")


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_whatever_is_asked_is_answered_as_described(operation, own, db):
    """No 5xx; statuses, kinds and shapes are those of the document."""
    row = Workspace.objects.create(slug=own.slug, name="described", folder=str(own.workspace.folder.root))
    _, token = keys.create(OWNER, row, "key", ("admin", "read"))

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def asked(case):
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            checks=[
                checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
                checks.response_schema_conformance,
            ],
        )  # fmt: skip

    asked()
