"""Encryption at rest of what a journal holds of people: payloads and the bytes of quarantined records.

AES-256 in Galois/counter mode, a fresh nonce of 96 bits before each message, the record's digest bound to it. The
key's id stands beside what it encrypted, so that keys can be changed: give the new one first and the old ones after
it, and run ``touchline rekey``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Final

from touchline.errors import SettingsError, WorkspaceError

#: The environment variable: 32 bytes in base64; the first key encrypts, further ones (by commas) are read with.
VARIABLE: Final = "TOUCHLINE_DATA_KEY"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Cipher:
    """Encrypts with one key, decrypts with any of several; without keys everything stays as it is.

    Args:
        keys: Of 32 bytes each; the first one encrypts.

    >>> cipher = Cipher([bytes(32)])
    >>> sealed = cipher.seal(b"words", b"about")
    >>> cipher.open(cipher.key_id, sealed, b"about")
    b'words'
    >>> Cipher([]).seal(b"words", b"about")
    b'words'
    """

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = {key_id(key): key for key in keys}
        self.key_id = next(iter(self._keys), "")
        if keys:
            try:
                import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401  looked for before it is needed
            except ModuleNotFoundError:
                raise SettingsError(
                    f"{VARIABLE} is set and the package cryptography is missing",
                    todo="install it with: pip install 'touchline[server]'",
                ) from None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Cipher:
        """Return the cipher that the environment asks for.

        Raises:
            SettingsError: The variable holds something else than keys.
        """
        return cls([_key(text.strip()) for text in environment.get(VARIABLE, "").split(",") if text.strip()])

    def off(self) -> Cipher:
        """Return one that reads all that this one reads, and encrypts no more."""
        other = Cipher(list(self._keys.values()))
        other.key_id = ""
        return other

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Encrypt; ``about`` must be given again to decrypt."""
        if not self.key_id:
            return plain
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._keys[self.key_id]).encrypt(nonce, plain, about)

    def open(self, key: str, sealed: bytes, about: bytes) -> bytes:
        """Decrypt what a key of this id encrypted.

        Raises:
            WorkspaceError: The key is not there.
            ValueError: It is not what was encrypted, or not about this.
        """
        if not key:
            return sealed
        if key not in self._keys:
            raise WorkspaceError(
                f"the journal is encrypted with a key ({key}) that was not given",
                where=VARIABLE,
                todo="set it to that key, or add that key after the new one, with a comma between",
            )
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._keys[key]).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except InvalidTag:
            raise ValueError("it cannot be decrypted") from None

    def digest(self, *values: object) -> bytes:
        """Return 32 bytes that are equal for equal values; nobody can try values without the key, where there is one.

        The last of the keys makes it, so that a new key put before it recognises the same record.
        """
        told = repr(values).encode()
        if not self._keys:
            return hashlib.sha256(told).digest()
        return hmac.digest(list(self._keys.values())[-1], told, "sha256")


def key_id(key: bytes) -> str:
    """Return a key's public name.

    >>> key_id(bytes(32))
    '7437a98f'
    """
    return hashlib.sha256(b"touchline data key" + key).hexdigest()[:8]


def new_key() -> str:
    """Return a fresh key, as the environment variable takes it."""
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode()


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsError(
            "a data key is 32 bytes in base64", where=VARIABLE, todo="make one with: openssl rand -base64 32"
        )
    return key
