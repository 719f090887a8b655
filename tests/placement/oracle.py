"""Placement in plain Python, straight from DESIGN section 5: slow, obvious, sharing no code with the kernel."""

from __future__ import annotations

import math
from datetime import timedelta
from zoneinfo import ZoneInfo

STAGES = ["buy", "deliver", "help"]
PROGRESS = {"buy", "deliver"}
NAMES = {"buy": "buy", "checkout": "buy", "deliver": "deliver", "help": "help"}
TOUCHPOINTS = {"till": "buy", "courier": "deliver", "locker": "deliver", "hotline": "help"}
SUB_STAGES = {"till": "buy.pay", "courier": "deliver.ship", "locker": "deliver.ship", "hotline": "help.desk"}
#: Listed by one touchpoint alone; a parcel is delivered at two.
IMPLIED = {"post_delivery_survey": "courier", "order_placed": "till"}
SOURCES = {"checkout_survey": "buy", "post_delivery_survey": "deliver"}
EVENTS = {"order_placed": "buy", "parcel_delivered": "deliver"}
ROLE = {None: 1.0, "champion": 1.5, "decision_maker": 2.0}
SIGNS = {
    "nps": lambda v: 1 if v >= 9 else 0 if v >= 7 else -1,
    "csat": lambda v: 1 if v >= 4 else 0 if v == 3 else -1,
    "ces": lambda v: 1 if v >= 5 else 0 if v == 4 else -1,
    "other": lambda v: None,
}


def declared(it):
    """Return the declared stage and the strength of every hint."""
    hints = []
    if it["stage"] and it["stage"].lower() in NAMES:
        hints.append({NAMES[it["stage"].lower()]: 1.0})
    if it["touchpoint"] in TOUCHPOINTS:
        hints.append({TOUCHPOINTS[it["touchpoint"]]: 1.0})
    if it["source"] in SOURCES:
        hints.append({SOURCES[it["source"]]: 1.0})
    if it["event"] in EVENTS:
        hints.append({EVENTS[it["event"]]: 1.0})
    strong = [next(iter(h)) for h in hints]
    if it["channel"] == "phone":
        hints.append({"help": 0.3})
    if strong:
        return strong[0], {strong[0]: 1.0}
    return None, {k: v for h in hints for k, v in h.items()}


def softmax(values):
    top = max(values)
    e = [math.exp(v - top) for v in values]
    return [x / sum(e) for x in e]


def prior(strengths):
    weights = [1 + 60 * strengths.get(s, 0.0) ** 3 for s in STAGES]
    return [math.log(w / sum(weights)) for w in weights]


def about(words, it, position):
    """Return the stage of a mention, or None."""
    stage, strengths = declared(it)
    spoken = softmax(words)
    posterior = softmax(
        [
            w + p + (math.log(2) if s == position else 0.0)
            for w, p, s in zip(words, prior(strengths), STAGES, strict=True)
        ]
    )
    loudest = STAGES[spoken.index(max(spoken))]
    if stage:
        return loudest if max(spoken) >= 0.8 and loudest != stage else stage
    if len(set(words)) == 1 and not strengths:
        return None  # the position alone names nothing
    best = max(range(3), key=lambda i: posterior[i])
    return STAGES[best] if posterior[best] >= 0.35 else None


def touchpoint(stage, named, it):
    """Return the touchpoint of something said or scored on a stage: named, else declared, else implied."""
    if named and TOUCHPOINTS[named] == stage:
        return named
    declared_one = it["touchpoint"]
    if declared_one and TOUCHPOINTS.get(declared_one, stage) == stage:
        return declared_one
    for name in (it["source"], it["event"]):
        if name in IMPLIED and TOUCHPOINTS[IMPLIED[name]] == stage:
            return IMPLIED[name]
    return None


def position_moves(it):
    stage, _ = declared(it)
    named = it["stage"] is not None
    return stage if stage in PROGRESS and (it["kind"] == "event" or named) else None


def towards_zero(signs):
    return int(sum(signs) / len(signs)) if signs else 0


def place(world, start):
    """Return touches as {(first interaction, stage): facts}, answers' and mentions' stages, positions, touchpoints."""
    people = {}
    for number, it in enumerate(world):
        who = it["customer"] or (
            ("thread", it["source"], it["conversation_ref"]) if it["conversation_ref"] else ("one", number)
        )
        people.setdefault(who, []).append((number, it))
    touches, mention_stage, answer_stage, positions = {}, {}, {}, {}
    places = {"touches": {}, "mentions": {}, "answers": {}}
    for unsorted in people.values():

        def rank(row):
            number, it = row
            moved = position_moves(it)
            return (it["hours"], it["sequence"] or 0, STAGES.index(moved) if moved else -1, f"i{number:03d}")

        rows = sorted(unsorted, key=rank)
        held = None
        conversations, open_ = [], {}
        for number, it in rows:
            held = position_moves(it) or held
            positions[number] = held
            thread = (it["source"], it["conversation_ref"]) if it["conversation_ref"] else ("alone", number)
            known = open_.get(thread)
            if known and it["hours"] - known["last"] <= 7 * 24 and it["hours"] - known["first"] <= 30 * 24:
                known["rows"].append((number, it))
                known["last"] = it["hours"]
            else:
                open_[thread] = {"first": it["hours"], "last": it["hours"], "rows": [(number, it)]}
                conversations.append(open_[thread])
        statements = [
            ((it["since"] if it["since"] is not None else it["hours"]), n, it) for n, (_, it) in enumerate(rows)
        ]
        for talk in conversations:
            groups = {}
            for number, it in talk["rows"]:
                spoken = it["mentions"] if it["author"] == "customer" else []
                placed = []
                for place_, m in enumerate(spoken):
                    words = [0.0] * 3
                    if m["spoken"] is not None:
                        words[m["spoken"]] = m["loud"]
                    stage = about(words, it, positions[number])
                    mention_stage[number, place_] = stage
                    places["mentions"][number, place_] = touchpoint(stage, m["touchpoint"], it)
                    sentiment, sure = m["sentiment"], m["sentiment_confidence"]
                    if it["kind"] == "complaint" and sentiment == 0 and m["understood"]:
                        sentiment, sure = -1, 0.6
                    if m["understood"]:
                        placed.append((number, stage, m, sentiment, sure))
                        groups.setdefault(stage, []).append(("said", number, m, sentiment, sure))
                stage, _ = declared(it)
                if stage is None and it["programme"] != "pulse":  # a relationship survey asks about the whole
                    named = [p for p in placed if p[1]]
                    if named:
                        heaviest = max(named, key=lambda p: p[2]["severity"] * p[4] * (p[3] != 0))
                        stage = heaviest[1]
                    else:
                        stage = about([0.0] * 3, it, positions[number])
                for question, kind, value, _, _ in it["answers"]:
                    answer_stage.setdefault(number, []).append(stage)
                    places["answers"][number] = touchpoint(stage, None, it)
                    sign = SIGNS[kind](value)
                    if sign is not None and it["author"] == "customer":
                        main = it["programme"] == "pulse" and question == "nps"
                        groups.setdefault(stage, []).append(("score", number, sign, main))
                if it["wait"] == "45":
                    groups.setdefault("help", []).append(("proxy", number, -1))  # two rules, and both are met
            order = {number: n for n, (number, _) in enumerate(rows)}
            for stage, items in groups.items():
                first = min((item[1] for item in items), key=order.get)
                scores = [i for i in items if i[0] == "score"]
                said = [i for i in items if i[0] == "said"]
                main = [i[2] for i in scores if i[3]]
                mass = {s: sum(i[2]["severity"] * i[4] for i in said if i[3] == s) for s in (-1, 1)}
                word = -1 if mass[-1] > 0 and mass[-1] >= mass[1] else 1 if mass[1] > 0 else 0
                heavy = min(
                    said, default=None,
                    key=lambda i: (-(i[2]["severity"] * i[4] if i[3] else 0.0), i[3], order[i[1]]),
                )  # fmt: skip
                if scores:
                    s, sure, half = towards_zero(main or [i[2] for i in scores]), 1.0, 1.0
                elif said:
                    s, sure, half = word, heavy[4], 1.0
                else:
                    s, sure, half = -1, 1.0, 0.5
                bad = [i[2]["severity"] for i in said if i[3] < 0]
                severity = (max(bad) if bad else 1.0) if s == -1 else 1.0
                it = world[first]
                moment = it["hours"]
                own = next(n for n, (number, _) in enumerate(rows) if number == first)

                def then(field, moment=moment, own=own, statements=statements):
                    told = [(since, n, i[field]) for since, n, i in statements if i[field] and since <= moment]
                    told = [t for t in told if (t[0], t[1]) <= (moment, own) or t[0] < moment]
                    return max(told, key=lambda t: t[:2])[2] if told else None

                places["touches"][f"i{first:03d}", stage] = touchpoint(stage, heavy and heavy[2]["touchpoint"], it)
                if not scores and not said:
                    places["touches"][f"i{first:03d}", stage] = "hotline"  # the second rule declares it
                role = ROLE[then("role")]
                local = (start + timedelta(hours=moment)).astimezone(ZoneInfo("Europe/Berlin")).date()
                touches[f"i{first:03d}", stage] = {
                    "s": s, "severity": severity, "confidence": sure, "role": role, "tier": then("tier"),
                    "weight": severity * role * sure * half,
                    "method": "survey" if scores else "rule" if said else "proxy",
                    "theme": heavy[2]["theme"] if heavy else None,
                    "contradiction": bool(scores) and bool(said) and s * word < 0,
                    "mentions": len(said), "account": then("account_ref") is not None, "day": local,
                }  # fmt: skip
    return touches, mention_stage, answer_stage, positions, places
