"""The API's reference: one page made on the server, with neither scripts nor anything from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from touchline.server.api.api import PREFIX, document
from touchline.server.people.facade import needs


@needs("public")
def page(request: HttpRequest) -> HttpResponse:
    """The reference."""
    made = document()
    return render(request, "api/reference.html", {"info": made["info"], "groups": _groups(), "prefix": PREFIX})


@needs("public")
def style(_request: HttpRequest) -> HttpResponse:
    """Its style sheet."""
    from pathlib import Path

    text = (Path(__file__).parent / "reference.css").read_text(encoding="utf-8")
    response = HttpResponse(text, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@cache
def _groups() -> list[dict[str, Any]]:
    """Return the routes by group, each with its parameters as the template shows them."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document()["paths"].items():
        for method, told in operations.items():
            first, _, rest = str(told.get("description", told.get("summary", ""))).partition("\n\n")
            body = told.get("requestBody", {}).get("content", {})
            route = {
                "id": told.get("operationId", path.strip("/").replace("/", "-")),
                "method": method.upper(),
                "path": path,
                "summary": first or told.get("summary", ""),
                "rows": rest,
                "parameters": [_parameter(one) for one in told.get("parameters", [])],
                "bodies": sorted(body),
            }
            groups.setdefault((told.get("tags") or ["More"])[0], []).append(route)
    return [{"name": name, "routes": routes} for name, routes in groups.items()]


def _parameter(told: dict[str, Any]) -> dict[str, Any]:
    schema = told.get("schema", {})
    return {
        "name": told["name"],
        "needed": told.get("required", False),
        "kind": kind_of(schema),
        "default": schema.get("default"),
        "about": told.get("description", schema.get("description", "")),
    }


def kind_of(schema: dict[str, Any]) -> str:
    """Return a schema in a word or two.

    >>> kind_of({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]})
    'date'
    >>> kind_of({"type": "array", "items": {"type": "string"}}), kind_of({"enum": ["a", "b"]})
    ('string, repeatable', 'a | b')
    """
    if "anyOf" in schema:
        return " | ".join(kind for one in schema["anyOf"] if (kind := kind_of(one)) != "null")
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"{kind_of(schema.get('items', {}))}, repeatable"
    return str(schema.get("format") or schema.get("type") or "any")
