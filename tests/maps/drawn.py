"""Maps and what was measured of them, for the tests that draw and export: numbers are invented here, for that alone."""

from __future__ import annotations

from datetime import date

from touchline.maps import Belief, Card, Lane, Map, Phase, Proof, Route, Step
from touchline.maps.measured import CardMeasured, Finding, Measure, Overlay, Said, StepMeasured, Topic

STEPS = (
    ("discover", "Discover", "awareness", 66, (61, 4, 1200)),
    ("compare", "Compare", "consideration", 60, (66, 3, 2200)),
    ("order", "Order", "purchase", 74, (72, 2, 4900)),
    ("wait", "Wait & receive", "delivery", 66, (37, 3, 3960)),
    ("use", "Use", "usage", 75, (68, 2, 9100)),
    ("help", "Ask for help", "support", 58, (44, 2, 4400)),
)
CARDS = (
    ("actions", "discover", "Sees an advert", {}),
    ("actions", "discover", "Hears from a friend", {}),
    ("actions", "compare", "Reads reviews", {}),
    ("actions", "compare", "Checks the delivery date", {}),
    ("actions", "order", "Pays by card", {}),
    ("actions", "wait", "Follows the tracking page", {}),
    ("actions", "use", "Uses it every day", {}),
    ("actions", "help", "Chats, then calls", {}),
    ("questions", "discover", "Is this for me?", {}),
    ("questions", "compare", "When would it arrive?", {}),
    ("questions", "order", "Is my card safe?", {}),
    ("questions", "wait", "Where is it?", {}),
    ("questions", "help", "Why must I repeat myself?", {}),
    ("pains", "compare", "Date unclear", {"severity": "trivial"}),
    ("pains", "wait", "Later than promised", {"severity": "gives up", "theme": "late_delivery"}),
    ("pains", "wait", "No answer where it is", {}),
    ("pains", "help", "Passed around", {}),
    ("touchpoints", "discover", "Social · Search", {}),
    ("touchpoints", "compare", "Product page", {}),
    ("touchpoints", "order", "Checkout", {}),
    ("touchpoints", "wait", "Tracking page", {}),
    ("touchpoints", "wait", "Delay message", {"missing": True, "touchpoint": "delay_message"}),
    ("touchpoints", "help", "Phone", {"channel": "phone"}),
    ("kpis", "wait", "On time", {"metric": "jsi", "target": 60.0}),
    ("kpis", "order", "Abandoned baskets", {"metric": "dropoff", "target": 20.0, "value": 14.0}),
    ("opportunities", "compare", "Promise a date early", {"effort": 2, "owner": "Web team"}),
    (
        "opportunities",
        "wait",
        "Tell before they ask",
        {"effort": 3, "status": "planned", "due": date(2026, 12, 1), "tags": ("messages", "quick")},
    ),
    (
        "opportunities",
        "help",
        "One thread, from chat to phone",
        {"effort": 5, "status": "done", "done": date(2026, 9, 1)},
    ),
)
LANES = (
    Lane("actions", "actions"),
    Lane("questions", "questions", "Thoughts & questions"),
    Lane("emotions", "emotions"),
    Lane("pains", "pains"),
    Lane("touchpoints", "touchpoints"),
    Lane("kpis", "kpis"),
    Lane("measured", "measured"),
    Lane("opportunities", "opportunities"),
)


def coffee() -> Map:
    """A current-state map with everything that a grid can show."""
    steps = [
        Step(
            one,
            name,
            stage,
            believed=(Belief(jsi=believed, emotion="joy"),),
            moment=one == "wait",
            zoom="help-in-detail" if one == "help" else "",
        )
        for one, name, stage, believed, _ in STEPS
    ]
    cards = tuple(Card(f"c{at}", lane, step, text, **more) for at, (lane, step, text, more) in enumerate(CARDS))
    return Map(
        "coffee-machine",
        "Ordering a coffee machine",
        personas=("Nora, first-time buyer",),
        goal="good coffee by Friday",
        scenario="The old machine broke on Monday; guests come on Saturday.",
        owner="Delivery team",
        phases=(
            Phase("before", "Before the order", tuple(steps[:2])),
            Phase("buy", "Purchase", tuple(steps[2:4])),
            Phase("after", "Afterwards", tuple(steps[4:])),
        ),
        lanes=LANES,
        cards=cards,
        routes=(
            Route("r1", "loop", "wait", "compare", "not there on the day"),
            Route("r2", "branch", "order", "use", "picks it up in the shop"),
            Route("r3", "exit", "compare", "", "buys elsewhere"),
        ),
    )


def laid_over() -> Overlay:
    """What was measured of the coffee map."""
    steps = {}
    for one, _, _, _, (value, margin, n) in STEPS:
        jsi = Measure(value, value - margin, value + margin, n, n // 3)
        more = {"dropoff": Measure(12.0, 11.0, 13.0, n, n // 3), "dwell": Measure(90.0, 80.0, 100.0, n, n // 3)}
        topics = (Topic("late_delivery", "Late delivery", 840, 0.21, 0.97),) if one == "wait" else ()
        said = (Said("i1", "It came a week late.", date(2026, 9, 3)),) if one == "wait" else ()
        steps[one] = StepMeasured(one, {"jsi": jsi, **more}, {}, n, n // 3, (("anger", 0.4),), topics, said, "stage")
    ids = {text: f"c{at}" for at, (_, _, text, _) in enumerate(CARDS)}
    cards = [
        CardMeasured(
            ids["Later than promised"], "strong", "21 % · n 840", Measure(21.0, 19.0, 23.0, 840, 700), 6.1, 5, 7
        ),
        CardMeasured(ids["No answer where it is"], "some", "14 % · n 560", Measure(14.0, 12, 16, 560, 400), 4.4, 3, 6),
        CardMeasured(ids["Date unclear"], "none", "0 of 2,200"),
        CardMeasured(ids["Follows the tracking page"], "strong", "41 % open it 3+ times"),
        CardMeasured(ids["Tell before they ask"], "untold", "", Measure(), 5.3, 4.1, 6.6),
    ]
    found = (
        Finding(
            "belief",
            "Belief and data part at Delivery",
            "believed 66, measured 37 ± 3 (n 3,960)",
            "wait",
            "",
            "stages",
            3,
        ),
        Finding("missing step", "A step the map lacks", "18 % return to the product page while waiting", "wait"),
        Finding("unanswered", "A question nobody answers", "“Where is it?” 862 times in 28 days", "wait"),
        Finding("load", "Moment that matters", "the promised day: highest emotional load of all", "wait"),
        Finding("belief", "Belief and data part at Support", "believed 58, measured 44 ± 2 (n 4,400)", "help"),
    )
    return Overlay(
        "coffee-machine",
        date(2026, 8, 24),
        date(2026, 9, 20),
        steps,
        {one.card: one for one in cards},
        found,
        0.82,
        (("trough", ("order", "wait", "use")),),
    )


def gappy() -> Overlay:
    """The same with a step under five customers, one that nobody spoke of, and one with few."""
    whole = laid_over()
    hidden = Measure(None, None, None, 3, 3)
    few = Measure(66.0, 48.0, 80.0, 14, 12)
    steps = whole.steps | {
        "order": StepMeasured("order", {"jsi": hidden}, volume=3, customers=3),
        "compare": StepMeasured("compare", {"jsi": few}, volume=14, customers=12),
        "use": StepMeasured("use"),
    }
    return Overlay(whole.map, whole.start, whole.end, steps, whole.cards, whole.findings, whole.validation)


def blueprint() -> Map:
    """A service blueprint with its three lines, decision points and hand-offs."""
    steps = (
        Step("ask", "Customer asks", "support"),
        Step("see", "Agent looks"),
        Step("fix", "Repair"),
        Step("back", "Return"),
    )
    lanes = tuple(
        Lane(kind, kind)
        for kind in (
            "evidence",
            "actions",
            "interaction_line",
            "front_stage",
            "visibility_line",
            "back_stage",
            "internal_line",
            "support",
            "decisions",
            "handoffs",
            "systems",
        )
    )
    rows = (
        ("evidence", "ask", "Help page"),
        ("evidence", "back", "Parcel with a note"),
        ("actions", "ask", "Writes in the chat"),
        ("actions", "fix", "Waits"),
        ("actions", "back", "Unpacks and tries it"),
        ("front_stage", "ask", "Greets, asks for the order"),
        ("front_stage", "see", "Says what will happen and by when"),
        ("back_stage", "see", "Reads the history of the machine"),
        ("back_stage", "fix", "Books the workshop"),
        ("support", "fix", "Workshop repairs and tests"),
        ("support", "back", "Carrier brings it"),
        ("decisions", "see", "Repair or replace?"),
        ("systems", "see", "CRM"),
        ("systems", "fix", "Workshop planner"),
    )
    cards = [Card(f"b{at}", lane, step, text) for at, (lane, step, text) in enumerate(rows)]
    cards.append(Card("h1", "handoffs", "see", "Agent to workshop", minutes=1440.0, to="fix", owner="Service team"))
    return Map(
        "repair",
        "A machine comes back repaired",
        kind="blueprint",
        owner="Service team",
        phases=(Phase("all", "Repair", steps),),
        lanes=lanes,
        cards=tuple(cards),
    )


def empathy() -> Map:
    """An empathy map."""
    rows = (
        ("says", "I just want it to work before Saturday."),
        ("says", "Nobody tells me anything."),
        ("thinks", "Did I choose wrong?"),
        ("thinks", "Next time I buy it in a shop."),
        ("does", "Opens the tracking page three times a day"),
        ("does", "Asks friends which machine they have"),
        ("feels", "Looks forward to it"),
        ("feels", "Left alone while waiting"),
        ("feels", "Proud of the first cup"),
        ("pains", "No honest date"),
        ("pains", "Has to explain everything twice"),
        ("gains", "Coffee as in a café, at home"),
    )
    kinds = dict.fromkeys(kind for kind, _ in rows)
    return Map(
        "nora",
        "Nora waits for her machine",
        kind="empathy",
        personas=("Nora",),
        goal="good coffee by Friday",
        phases=(Phase("p", "Waiting", (Step("s", "Waiting", "delivery", believed=(Belief(jsi=40),)),)),),
        lanes=tuple(Lane(kind, kind) for kind in kinds),
        cards=tuple(
            Card(f"e{at}", kind, "s", text, proof=(Proof("research", "interviews.pdf"),))
            for at, (kind, text) in enumerate(rows)
        ),
    )


def large(across: int = 40, down: int = 20) -> Map:
    """Forty steps and twenty lanes, or as many as are asked for."""
    steps = [
        Step(f"s{at}", f"Step number {at}", "delivery", believed=(Belief(jsi=20 + at * 1.7),)) for at in range(across)
    ]
    kinds = ("emotions", "actions", "pains", "touchpoints", "opportunities", "thoughts", "notes", "systems", "quotes")
    lanes = tuple(Lane(f"l{at}", kinds[at % len(kinds)], f"Lane {at}") for at in range(down))
    cards = tuple(
        Card(f"c{row}-{at}", f"l{row}", f"s{at}", f"What happens in lane {row} at step {at}")
        for row in range(1, down)
        for at in range(across)
        if (row * 7 + at) % 3
    )
    phases = tuple(Phase(f"p{at}", f"Phase {at}", tuple(steps[at : at + 8])) for at in range(0, across, 8))
    return Map("large", "Many steps", phases=phases, lanes=lanes, cards=cards)
