"""Sessions: kept in the database under a hash of the cookie, ended when idle or old, listed and revoked."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from touchline.server.people import tokens
from touchline.server.people.options import IDLE, LONGEST, hours


def kept(key: str) -> str:
    """Return what the database holds of a session's key: as much of its SHA-256 as the column takes."""
    return tokens.digest(key)[:40]


class SessionStore(DatabaseStore):
    """Django's database sessions, with `Session`'s hashed keys and two time-outs."""

    #: The row that was loaded; None before, and where there is none.
    row: Any = None

    @classmethod
    def get_model_class(cls) -> Any:
        """Return the model."""
        from touchline.server.people.models import Session

        return Session

    def _get_session_from_db(self) -> Any:
        alive = self.get_model_class().alive(hours(IDLE, 12), hours(LONGEST, 168))
        self.row = alive.filter(session_key=kept(self.session_key or "")).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        """Return whether there is a session of that key."""
        return bool(self.get_model_class().objects.filter(session_key=kept(session_key)).exists())

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row to be saved."""
        key = kept(self._get_or_create_session_key())  # type: ignore[attr-defined]
        if self.row is None or self.row.session_key != key:  # at a log-in the key changes, and with it the row
            self.row = self.get_model_class()(session_key=key, number=secrets.token_hex(8))
        row = self.row
        row.session_data = self.encode(data)
        row.expire_date = self.get_expiry_date()
        user = data.get("_auth_user_id")
        row.user_id = int(user) if user else None
        return row

    def delete(self, session_key: str | None = None) -> None:
        """End a session."""
        key = session_key or self.session_key
        if key is not None:
            self.get_model_class().objects.filter(session_key=kept(key)).delete()
