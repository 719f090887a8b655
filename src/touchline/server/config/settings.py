"""Django's settings. What differs from server to server comes from the environment (`touchline.server.home`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from touchline.errors import SettingsError
from touchline.server.home import ADDRESS, DATABASE, Home
from touchline.server.operations import logs
from touchline.server.outbox.mailing import EMAIL, mail_settings
from touchline.server.people.options import *  # noqa: F403

HERE: Final = Path(__file__).resolve().parents[1]
HOME: Final = Home.from_environment()
URL: Final = os.environ.get(ADDRESS, "http://127.0.0.1:8765").rstrip("/")
_SECURE: Final = URL.startswith("https://")

SECRET_KEY = HOME.secret()
DEBUG = False
ALLOWED_HOSTS = [
    urlsplit(URL).hostname or "127.0.0.1",
    "127.0.0.1",
    "localhost",
    "[::1]",
    *filter(None, os.environ.get("TOUCHLINE_ALLOWED_HOSTS", "").split(",")),
]
CSRF_TRUSTED_ORIGINS = [URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "touchline.server.assets",
    "touchline.server.workspaces",
    "touchline.server.api",
    "touchline.server.data",
    "touchline.server.journey",
    "touchline.server.feedback",
    "touchline.server.boards",
    "touchline.server.people",
    "touchline.server.privacy",
    "touchline.server.pages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "touchline.server.operations",
    "touchline.server.intake",
    "touchline.server.monitoring",
    "touchline.server.care",
    "touchline.server.outbox",
    "touchline.server.plays",
    "touchline.server.maps",
]

MIDDLEWARE = [
    "touchline.server.operations.middleware.Observed",
    "touchline.server.security.middleware.Secured",
    "touchline.server.people.middleware.Client",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "touchline.server.people.middleware.Seen",
    "touchline.server.maps.circles.Asking",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "touchline.server.config.urls"
WSGI_APPLICATION = "touchline.server.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "touchline.server.pages.facade.frame",
            ]
        },
    }
]


def database(url: str | None) -> dict[str, Any]:
    """Return Django's settings of the database that a URL names; of the home's SQLite without one.

    Raises:
        SettingsError: It is no ``postgresql://`` URL.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME.state,
            "CONN_MAX_AGE": 60,  # to open it takes ten times as long as a question
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise SettingsError(
            f"{DATABASE} names {parts.scheme!r}, which is not supported",
            todo="give postgresql://user:password@host/name, or leave it out for SQLite",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
    }


DATABASES = {"default": database(os.environ.get(DATABASE))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-us"  # of programs and the log; who reads English has "en", and days as people write them
LOCALE_PATHS = [HERE / "locale"]
FORMAT_MODULE_PATH = "touchline.server.config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = HOME.root / "static"  # gathered, hashed and packed by `processes.first`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "touchline.server.assets.storage.Hashed"},
}
WHITENOISE_MAX_AGE = 0  # hashed names are kept by browsers for good; others are asked for each time

SESSION_COOKIE_NAME = "__Host-touchline" if _SECURE else "touchline"
CSRF_COOKIE_NAME = "__Host-touchline-csrf" if _SECURE else "touchline-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_NAME = "touchline-language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = _SECURE
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
X_FRAME_OPTIONS = "DENY"
FILE_UPLOAD_TEMP_DIR = HOME.root / "uploads"  # made, and kept to one's own eyes, by `touchline.server.data`
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

globals().update(mail_settings(os.environ.get(EMAIL, "")))

LOGGING: dict[str, Any] = logs.configuration()
