"""What must not be kept: redaction of personal data before anything is stored."""

from __future__ import annotations

from touchline.privacy.context import is_naming
from touchline.privacy.redaction import KINDS, REDACTION, redact, redact_text, redact_together, version

__all__ = ["KINDS", "REDACTION", "is_naming", "redact", "redact_text", "redact_together", "version"]
