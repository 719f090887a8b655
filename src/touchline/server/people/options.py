"""Django's settings of people: passwords, log-in, second factor, sessions. `config.settings` takes them all.

From the environment: ``TOUCHLINE_OIDC_URL`` (issuer), ``TOUCHLINE_OIDC_CLIENT_ID``, ``TOUCHLINE_OIDC_CLIENT_SECRET``
and ``TOUCHLINE_OIDC_NAME`` turn on log-in at the organisation; ``TOUCHLINE_OIDC_DOMAINS`` names the domains whose
addresses its server vouches for even where it does not say so; ``TOUCHLINE_SESSION_IDLE_HOURS`` and
``TOUCHLINE_SESSION_HOURS`` end sessions. Without the first nothing outside is ever called. ``TOUCHLINE_LANGUAGE``
(``en``, ``de``, ``es``) is what mails and messages speak to those whose own language is not known.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from touchline.errors import SettingsError
from touchline.words import phrase_of

OIDC: Final = "TOUCHLINE_OIDC_URL"
IDLE: Final = "TOUCHLINE_SESSION_IDLE_HOURS"
LONGEST: Final = "TOUCHLINE_SESSION_HOURS"
TONGUE: Final = "TOUCHLINE_LANGUAGE"
TONGUES: Final = (("en", "English"), ("de", "Deutsch"), ("es", "Español"))


def hours(name: str, default: float) -> timedelta:
    """Return the hours that a variable of the environment gives.

    Raises:
        SettingsError: It is no number above 0.
    """
    text = os.environ.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 24 * 3650:
        raise SettingsError(f"{name} is {text!r}", todo="give a number of hours above 0")
    return timedelta(hours=value)


def tongue(environment: Mapping[str, str]) -> str:
    """Return the language that the environment names, of those shipped; English without one.

    Raises:
        SettingsError: It is none of them.

    >>> tongue({"TOUCHLINE_LANGUAGE": "de"}), tongue({})
    ('de', 'en')
    """
    said = environment.get(TONGUE, "").strip().lower() or "en"
    if said not in dict(TONGUES):
        raise SettingsError(f"{TONGUE} is {said!r}", todo=f"give one of {', '.join(dict(TONGUES))}")
    return said


LANGUAGES = list(TONGUES)
TOLD_IN = tongue(os.environ)
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["touchline.server.people.backend.Backend"]
PASSWORD_HASHERS = ["touchline.server.people.backend.Argon2id"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "touchline.server.people.backend.NotTooLong"},
]

SESSION_ENGINE = "touchline.server.people.sessions"
SESSION_COOKIE_AGE = int(hours(LONGEST, 168).total_seconds())

LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"

ACCOUNT_ADAPTER = "touchline.server.people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation goes to an address, and nothing is mailed by this server
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600

MFA_ADAPTER = "touchline.server.people.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Touchline"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODE_COUNT = 10

SOCIALACCOUNT_ADAPTER = "touchline.server.people.adapters.OrganisationAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False


def organisation(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the log-in at the organisation that the environment describes; empty without one.

    Raises:
        SettingsError: A part of it is missing, or its address is not https.

    >>> organisation({})
    {}
    """
    url = environment.get(OIDC, "").rstrip("/")
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise SettingsError(f"{OIDC} is {url!r}", todo="give the issuer's https:// address")
    client = environment.get(f"{OIDC[:-3]}CLIENT_ID", "")
    secret = environment.get(f"{OIDC[:-3]}CLIENT_SECRET", "")
    if not client or not secret:
        raise SettingsError(f"{OIDC} is set", todo=f"set {OIDC[:-3]}CLIENT_ID and {OIDC[:-3]}CLIENT_SECRET, too")
    domains = [one.strip() for one in environment.get(f"{OIDC[:-3]}DOMAINS", "").split(",") if one.strip()]
    app = {
        "provider_id": "organisation",
        "name": environment.get(f"{OIDC[:-3]}NAME", "") or phrase_of("log in with", "your organisation"),
        "client_id": client,
        "secret": secret,
        "settings": {"server_url": url, "verified_email": domains, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


SOCIALACCOUNT_PROVIDERS = organisation(os.environ)
