"""What must not be kept: redaction of personal data before anything is stored."""

from __future__ import annotations

from touchline.privacy.redaction import REDACTION, redact, redact_text

__all__ = ["REDACTION", "redact", "redact_text"]
