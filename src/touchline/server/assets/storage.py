"""How static files are named and packed."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Hashed(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names with a hash of the content, packed; a missing file (libraries not fetched) is no error."""

    manifest_strict = False
