"""Answers as the questions give them, made by hand for one place."""

from __future__ import annotations

from typing import Any

from touchline.maps import Map
from touchline.maps.measured import CardMeasured
from touchline.overlay.asking import Asked, Here
from touchline.overlay.binding import Place
from touchline.overlay.claims import Claim, claims, weigh
from touchline.overlay.steps import measured
from touchline.vocabulary.taxonomy import Taxonomy

TAXONOMY = Taxonomy.template("b2c")
place = Place("delivery")


def cell(customers: int, n: int, **more: Any) -> dict[str, Any]:
    """Return a cell of a heatmap."""
    return {"customers": customers, "n": n, "hidden": customers < 5, **more}


def scores(customers: int, n: int, jsi: float | None = None, half: float = 3.0, **more: Any) -> dict[str, Any]:
    """Return a row of ``stages``."""
    row = {"customers": customers, "n": n, "jsi": jsi, "low": jsi and jsi - half, "high": jsi and jsi + half}
    for name in ("nps", "csat", "ces"):
        row |= {name: None, f"{name}_low": None, f"{name}_high": None, f"{name}_n": 0}
    return row | more


def here(customers: int, n: int, **more: Any) -> Here:
    """Return what was answered of a place."""
    themes = {
        name: {"column": name, "column_name": name, "value": 50.0, "negative": 0.5, "hidden": row["customers"] < 5}
        | row
        for name, row in more.pop("themes", {}).items()
    }
    causes = {
        name: {"impact": None, "low": None, "high": None, "verbatims": []} | row
        for name, row in more.pop("causes", {}).items()
    }
    return Here(scores(customers, n, more.pop("jsi", 40.0)), themes=themes, causes=causes, **more)


def answers(customers: int = 0, n: int = 0, **more: Any) -> Asked:
    """Return the answers of a world with one stage."""
    of_place = {
        key: more.pop(key)
        for key in ("themes", "causes", "emotions", "delights", "causes_before", "before")
        if key in more
    }
    given: dict[str, Any] = {
        "facts": {"customers": customers, "since": None, "until": None},
        "here": {place: here(customers, n, **of_place)},
        "stages": {"delivery": scores(customers, n)},
        "touchpoints": {}, "channels": {}, "dwell": {}, "visited": {}, "dropoff": {}, "moves": [], "questions": [],
        "questions_in_all": len(more.get("questions", ())), "ces_scale": {},
    }  # fmt: skip
    return Asked(**(given | more))


def bound_of(now: Map) -> dict[str, Place]:
    """Return the places of a map's steps."""
    return {step.id: Place(step.stage, step.touchpoint) for step in now.steps() if step.stage}


def claims_of(now: Map, asked: Asked, bound: dict[str, Place] | None = None) -> list[Claim]:
    """Return a map's claims."""
    return claims(now, bound_of(now) if bound is None else bound, asked, TAXONOMY)


def told_of(now: Map, asked: Asked, bound: dict[str, Place] | None = None) -> dict[str, CardMeasured]:
    """Return what data say of its cards."""
    places = bound_of(now) if bound is None else bound
    steps = {step.id: measured(step, places.get(step.id), asked) for step in now.steps()}
    return weigh(now, claims_of(now, asked, bound), steps, asked)
