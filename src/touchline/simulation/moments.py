"""The kinds of interactions that happen in the world: which system records them, where and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Questions of surveys and reviews: kind, lowest and highest answer.
QUESTIONS: Final = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "rating": (1, 5)}


#: The systems of support, and the channel that each records what it does by itself in.
DESK_CHANNELS: Final = {"helpdesk": "web", "call_centre": "phone", "live_chat": "chat"}
SYSTEMS: Final = tuple(DESK_CHANNELS)


@dataclass(frozen=True, slots=True)
class Moment:
    """One kind of interaction.

    Attributes:
        name: Unique.
        stage: The stage that it is about, unless its words say otherwise.
        source: The system that it is exported from.
        kind: One of `touchline.vocabulary.schemas.KINDS`.
        channels: Media with their shares.
        author: One of `touchline.vocabulary.schemas.AUTHORS`.
        programme: The survey programme.
        purpose: The programme's purpose.
        declared: Does the survey declare its stage?
        touchpoint: Declared touchpoint, an id of the ``b2c`` template.
        event: Name of a behavioural event, order or milestone.
        question: What is asked: a key of `QUESTIONS`.
        words: Probability that someone without strong feelings writes something.
        threaded: Does it belong to a conversation?
        staffed: Does an agent stand behind it?
    """

    name: str
    stage: str
    source: str
    kind: str
    channels: tuple[tuple[str, float], ...]
    author: str = "customer"
    programme: str | None = None
    purpose: str | None = None
    declared: bool = False
    touchpoint: str | None = None
    event: str | None = None
    question: str | None = None
    words: float = 0.0
    threaded: bool = False
    staffed: bool = False


def _event(
    name: str,
    stage: str,
    channels: tuple[tuple[str, float], ...] = (("web", 0.55), ("app", 0.45)),
    *,
    source: str = "shop",
    kind: str = "event",
    author: str = "customer",
    threaded: bool = False,
    staffed: bool = False,
) -> Moment:
    return Moment(name, stage, source, kind, channels, author, event=name, threaded=threaded, staffed=staffed)


def _desk(name: str, system: str, *, staffed: bool = True) -> Moment:
    """What a system of support records by itself."""
    channels = ((DESK_CHANNELS[system], 1.0),)
    return _event(name, "support", channels, source=system, author="system", threaded=True, staffed=staffed)


def _survey(
    name: str,
    stage: str,
    question: str,
    words: float,
    *,
    declared: bool = True,
    purpose: str = "transaction",
    touchpoint: str | None = None,
    threaded: bool = False,
    channels: tuple[tuple[str, float], ...] = (("email", 0.8), ("sms", 0.2)),
) -> Moment:
    return Moment(
        name,
        stage,
        name,
        "survey",
        channels,
        programme=name,
        purpose=purpose,
        declared=declared,
        touchpoint=touchpoint,
        question=question,
        words=words,
        threaded=threaded,
    )


def _words(
    name: str,
    stage: str,
    source: str,
    kind: str,
    channels: tuple[tuple[str, float], ...],
    *,
    question: str | None = None,
    words: float = 1.0,
    threaded: bool = False,
) -> Moment:
    return Moment(name, stage, source, kind, channels, question=question, words=words, threaded=threaded)


_CHAT_OR_MAIL: Final = (("chat", 0.65), ("email", 0.35))

MOMENTS: Final = (
    _event("first_visit", "awareness"),
    _event("ad_clicked", "awareness", (("social", 0.5), ("web", 0.5)), source="ads"),
    _words("brand_post", "awareness", "social_listening", "post", (("social", 1.0),)),
    _survey("brand_survey", "awareness", "csat", 0.5, channels=(("web", 1.0),)),
    _event("product_viewed", "consideration"),
    _words("presales_chat", "consideration", "live_chat", "chat", (("chat", 1.0),), threaded=True),
    _survey("website_survey", "consideration", "csat", 0.45, channels=(("web", 1.0),)),
    _event("payment_failed", "purchase", author="system"),
    _event("order_placed", "purchase", (("web", 0.5), ("app", 0.38), ("store", 0.12)), kind="order"),
    _survey("post_purchase_survey", "purchase", "csat", 0.4, touchpoint="online_checkout"),
    _words("order_question", "purchase", "live_chat", "chat", _CHAT_OR_MAIL, threaded=True),
    _event("account_created", "onboarding"),
    _event("account_activated", "onboarding", kind="milestone"),
    _survey("onboarding_survey", "onboarding", "ces", 0.5),
    _words("activation_question", "onboarding", "live_chat", "chat", _CHAT_OR_MAIL, threaded=True),
    _event("order_shipped", "delivery", (("courier", 1.0),), source="logistics", author="system"),
    _event("parcel_delivered", "delivery", (("courier", 1.0),), source="logistics", author="system"),
    _words("parcel_question", "delivery", "live_chat", "chat", _CHAT_OR_MAIL, threaded=True),
    _survey("post_delivery_survey", "delivery", "csat", 0.55, touchpoint="courier_delivery"),
    _event("login", "usage"),
    _words(
        "product_review",
        "usage",
        "reviews",
        "review",
        (("review_site", 0.6), ("web", 0.4)),
        question="rating",
        words=0.9,
    ),
    _survey("in_app_feedback", "usage", "csat", 0.4, channels=(("app", 1.0),)),
    _words("support_ticket", "support", "helpdesk", "ticket", (("email", 0.7), ("web", 0.3)), threaded=True),
    _words("support_call", "support", "call_centre", "call", (("phone", 1.0),), threaded=True),
    _words("support_chat", "support", "live_chat", "chat", (("chat", 1.0),), threaded=True),
    Moment(
        "agent_reply",
        "support",
        "helpdesk",
        "message",
        (("email", 0.6), ("chat", 0.4)),
        "employee",
        threaded=True,
        staffed=True,
    ),
    _desk("ticket_solved", "helpdesk"),
    _desk("closed_unresolved", "helpdesk"),
    _desk("ticket_reopened", "helpdesk", staffed=False),
    _desk("ticket_escalated", "helpdesk"),
    _desk("ticket_transferred", "helpdesk"),
    _desk("call_started", "call_centre", staffed=False),
    _desk("call_answered", "call_centre"),
    _desk("call_held", "call_centre"),
    _desk("call_resumed", "call_centre"),
    _desk("call_transferred", "call_centre"),
    _desk("call_ended", "call_centre"),
    _desk("call_abandoned", "call_centre", staffed=False),
    _desk("chat_started", "live_chat", staffed=False),
    _desk("chat_answered", "live_chat"),
    _desk("chat_ended", "live_chat"),
    _survey("support_survey", "support", "csat", 0.55, threaded=True),
    _survey("relationship_survey", "advocacy", "nps", 0.6, declared=False, purpose="relationship"),
    _survey("renewal_survey", "renewal", "nps", 0.55),
    _event("renewed", "renewal", kind="milestone", source="membership"),
    _event("cancelled", "renewal", kind="milestone", source="membership"),
    _survey("cancellation_survey", "renewal", "csat", 0.8),
    _words(
        "public_review",
        "advocacy",
        "reviews",
        "review",
        (("review_site", 0.7), ("social", 0.3)),
        question="rating",
        words=1.0,
    ),
    _event("referral_sent", "advocacy"),
)

BY_NAME: Final = {moment.name: number for number, moment in enumerate(MOMENTS)}
CHANNELS: Final = tuple(sorted({channel for moment in MOMENTS for channel, _ in moment.channels}))
