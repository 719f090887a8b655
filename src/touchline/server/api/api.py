"""The API put together, and its description as an OpenAPI 3.1 document."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from ninja import NinjaAPI

from touchline import __version__
from touchline.server.api import changes, errors, questions, things
from touchline.server.api.described import SCHEMAS, responses
from touchline.server.boards import facade as boards
from touchline.server.care import facade as care
from touchline.server.intake import facade as intake
from touchline.server.maps import facade as maps
from touchline.server.monitoring import facade as monitoring
from touchline.server.operations import facade as operations
from touchline.server.outbox import facade as outbox
from touchline.server.people import facade as people
from touchline.server.plays import facade as plays
from touchline.server.privacy import facade as privacy

PREFIX: Final = "/api/v1/"
_ABOUT: Final = """Every question of Touchline over HTTP.

Send an API key: `Authorization: Bearer tl_...`. Every figure says how many it rests on (`n`, `customers`) and, where
there is one, its 95 % interval (`low`, `high`). Ask for CSV, Parquet or an Arrow stream with `Accept` or `format`.
"""

api = NinjaAPI(title="Touchline", version=__version__, description=_ABOUT, docs_url=None, openapi_url=None,
               urls_namespace="api-v1")  # fmt: skip
errors.add_to(api)
for _router in (
    questions.router, things.router, changes.router, boards.router, intake.router, people.router, operations.router,
    privacy.router, care.router,
    outbox.router, plays.router, monitoring.router, maps.router, maps.sharing_router, maps.workshop_router,
):  # fmt: skip
    api.add_router("", _router)


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document: what the web process answers, and what the door takes in."""
    made: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=PREFIX))
    components = made["components"]
    components["schemas"] = {**SCHEMAS, **components.get("schemas", {})}
    components["responses"] = responses()
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key, tl_..."},
        "session": {"type": "apiKey", "in": "cookie", "name": "touchline", "description": "A person's log-in."},
    }
    made["security"] = [{"key": []}, {"session": []}]
    made["servers"] = [{"url": "/"}]
    made["jsonSchemaDialect"] = "https://json-schema.org/draft/2020-12/schema"
    _merge(made, intake.describe())
    plain: dict[str, Any] = json.loads(json.dumps(made))  # statuses are texts there
    return plain


def _merge(made: dict[str, Any], told: dict[str, Any]) -> None:
    """Put another document's paths and components into one."""
    for path, routes in told.get("paths", {}).items():
        made["paths"].setdefault(path, {}).update(routes)
    for kind, parts in told.get("components", {}).items():
        made["components"].setdefault(kind, {}).update(parts)
