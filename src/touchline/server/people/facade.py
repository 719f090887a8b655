"""What other apps may ask of people."""

from __future__ import annotations

from touchline.server.people.access import (
    RULES,
    access_of,
    bearer,
    by_email,
    by_key,
    by_request,
    needs,
    problem,
    rule_of,
    workspace_of,
)
from touchline.server.people.api import router
from touchline.server.people.audit import address_of, erase_from, record
from touchline.server.people.links import setup_link
from touchline.server.people.mails import keep_language, language_of, wants_mail
from touchline.server.people.members import colleagues
from touchline.server.people.members import everyone as members
from touchline.server.people.models import User
from touchline.server.people.rates import Rates
from touchline.server.people.roles import ROLES, SCOPES, Access, Segments, operator
from touchline.server.people.routing import Given, as_json, asks, look_over, noted, only
from touchline.server.people.throttle import network

__all__ = [
    "ROLES",
    "RULES",
    "SCOPES",
    "Access",
    "Given",
    "Rates",
    "Segments",
    "User",
    "access_of",
    "address_of",
    "as_json",
    "asks",
    "bearer",
    "by_email",
    "by_key",
    "by_request",
    "colleagues",
    "erase_from",
    "keep_language",
    "language_of",
    "look_over",
    "members",
    "needs",
    "network",
    "noted",
    "only",
    "operator",
    "problem",
    "record",
    "router",
    "rule_of",
    "setup_link",
    "wants_mail",
    "workspace_of",
]
