"""Maps drawn at random, for property tests."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from touchline.maps import Belief, Card, Lane, Map, Phase, Proof, Route, Stakeholder, Step
from touchline.maps.kinds import KINDS, LANE_KINDS, ROUTES, SEVERITIES, STATUSES

_CONTROLS = "".join(chr(n) for n in range(32) if n not in (9, 10))
#: Any text that a map may hold, and words that a reader of YAML would take for something else.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=_CONTROLS)),
    st.sampled_from(
        ("no", "null", "~", "66", "1e3", "2026-03-31", "1:30", "a: b", "a #b", "- a", "'so'", '"so"', "a\nb", "a\n",
         "\n", " a", "a ", "[x]", "x, y", "=1+1", "%", "|", ">-", "a\n\n  b\n", "\\", "\ufeff", "\x85", "a\u2028b",
         "x " * 90)
    ),
    st.lists(st.text("abc :#-", min_size=1, max_size=9), min_size=12, max_size=40).map(" ".join),
)  # fmt: skip
WORDS = st.text("ab -ä", max_size=6)
NUMBERS = st.one_of(st.integers(0, 100).map(float), st.floats(-1e11, 1e11, allow_nan=False))
SCORES = st.one_of(st.none(), st.integers(1, 5))
DAYS = st.one_of(st.none(), st.dates(date(1, 1, 1), date(9999, 12, 31)))
TAGS = st.lists(TEXTS, max_size=3).map(tuple)


def _some(of: type, draw: st.DrawFn, wanted: dict[str, st.SearchStrategy[object]], **given: object) -> object:
    """Return a part with some of its fields drawn, the others as by default."""
    chosen = draw(st.sets(st.sampled_from(sorted(wanted)), max_size=4)) if wanted else set()
    return of(**given, **{name: draw(wanted[name]) for name in sorted(chosen)})


@st.composite
def maps(draw: st.DrawFn, text: st.SearchStrategy[str] = TEXTS, steps: int = 4, cards: int = 6) -> Map:
    """A sound map: ids are unique and what is pointed at is there; the rest is anything."""
    number = iter(range(10_000))
    ids = st.builds(lambda start: f"{start}{next(number)}", st.sampled_from(("c", "step-", "Ä ", "no: ", "7")))
    belief = st.builds(
        Belief, text, st.one_of(st.none(), NUMBERS), text, st.one_of(st.none(), NUMBERS), st.one_of(st.none(), NUMBERS)
    )
    step = {
        "stage": text, "touchpoint": text, "note": text, "moment": st.booleans(), "zoom": text,
        "believed": st.lists(belief, max_size=2).map(tuple),
    }  # fmt: skip
    phases = tuple(
        Phase(
            draw(ids), draw(text),
            tuple(_some(Step, draw, step, id=draw(ids), name=draw(text)) for _ in range(draw(st.integers(0, steps)))),
            draw(text),
        )
        for _ in range(draw(st.integers(0, 3)))
    )  # fmt: skip
    lanes = tuple(
        _some(Lane, draw, {"name": text, "of": text, "hidden": st.booleans()}, id=draw(ids), kind=kind)
        for kind in draw(st.lists(st.sampled_from(sorted(LANE_KINDS)), max_size=4))
    )
    columns = [one.id for phase in phases for one in phase.steps]
    card = {
        **dict.fromkeys(("note", "owner", "theme", "touchpoint", "channel", "metric", "to", "map", "of"), text),
        **dict.fromkeys(("effort", "impact", "desirability", "feasibility", "viability"), SCORES),
        **dict.fromkeys(("value", "target", "minutes"), st.one_of(st.none(), NUMBERS)),
        **dict.fromkeys(("due", "done"), DAYS),
        "picture": text, "tags": TAGS, "status": st.sampled_from(("", *STATUSES)), "missing": st.booleans(),
        "severity": st.sampled_from(("", *SEVERITIES)),
        "proof": st.lists(st.builds(Proof, text, text, text), max_size=2).map(tuple),
    }  # fmt: skip
    made = ()
    if columns and lanes:
        places = st.tuples(st.sampled_from([one.id for one in lanes]), st.sampled_from(columns))
        made = tuple(
            _some(Card, draw, card, id=draw(ids), lane=lane, step=column, text=draw(text))
            for lane, column in draw(st.lists(places, max_size=cards))
        )
    some = st.sampled_from(columns) if columns else st.nothing()
    routes = tuple(
        Route(draw(ids), draw(st.sampled_from(ROUTES)), draw(some), draw(some), draw(text))
        for _ in range(draw(st.integers(0, 2)) if columns else 0)
    )
    stakeholders = tuple(
        Stakeholder(draw(ids), draw(text), draw(text), draw(SCORES), draw(SCORES), draw(text))
        for _ in range(draw(st.integers(0, 2)))
    )
    whole = {
        **dict.fromkeys(("scenario", "goal", "scope", "owner", "of", "note"), text),
        **dict.fromkeys(("personas", "segment", "tags"), TAGS),
        "kind": st.sampled_from(sorted(KINDS)), "state": st.sampled_from(("current", "future")),
        "review_days": st.integers(0, 1000),
    }  # fmt: skip
    return _some(
        Map, draw, whole, id=draw(ids), name=draw(text.filter(bool)), phases=phases, lanes=lanes, cards=made,
        routes=routes, stakeholders=stakeholders,
    )  # fmt: skip
