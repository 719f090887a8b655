"""E-mail to people of the company, through the server that the operator names in ``TOUCHLINE_EMAIL``."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.template.loader import render_to_string

from touchline.outgoing import Client
from touchline.server.outbox.channels.base import Channel, Field, Given, GivenWrong, Letter, Outcome, Ties
from touchline.server.outbox.channels.words import words_of
from touchline.words import phrase

FIELDS = (Field("to", "To", help="addresses of colleagues, separated by commas"),)
_MOST = 50


def addresses(given: Given) -> list[str]:
    """Return the recipients.

    Raises:
        GivenWrong: One is no address.
    """
    found = [one.strip() for one in str(given.get("to", "")).split(",") if one.strip()]
    for one in found:
        try:
            validate_email(parseaddr(one)[1] or one)
        except ValidationError:
            raise GivenWrong(
                phrase("{one} is no e-mail address", one=repr(one)), where="to", todo=phrase("write name@example.com")
            ) from None
    if not 1 <= len(found) <= _MOST:
        raise GivenWrong(
            phrase("these are {n} addresses", n=str(len(found))),
            where="to",
            todo=phrase("give 1 to {most}", most=str(_MOST)),
        )
    return found


def shown(given: Given) -> str:
    """Check the addresses and return them."""
    return ", ".join(addresses(given))[:300]


def send(given: Given, letter: Letter, _client: Client, _ties: Ties) -> Outcome:
    """Send a letter to all recipients, as text and as HTML; its id is the message's own."""
    if not settings.EMAIL_HOST:
        return Outcome(False, "no mail server is named: set TOUCHLINE_EMAIL", hopeless=True)
    words = words_of(letter)
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "touchline"
    mail = EmailMultiAlternatives(
        f"{words.title}"[:200], words.plain, settings.DEFAULT_FROM_EMAIL, addresses(given),
        headers={"Message-ID": f"<{letter.message}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(fail_silently=False),
    )  # fmt: skip
    mail.attach_alternative(render_to_string("outbox/mail.html", {"words": words}), "text/html")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused:
        return Outcome(False, "the mail server refuses every recipient", hopeless=True)
    except (smtplib.SMTPException, OSError) as error:
        code = getattr(error, "smtp_code", None)
        return Outcome(False, f"the mail server: {code or type(error).__name__}")
    return Outcome(True, "handed to the mail server")


CHANNEL = Channel("email", "E-mail", FIELDS, shown, send, about="A mail to colleagues.")
