"""What is sealed before it is kept: encrypted and authenticated (Fernet, by the library `cryptography`) with a key that
is derived from the installation's signing key, another one for each purpose. So a database, a backup or a dump tells
nobody what it was.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Seal:
    """Seals by what follows from `key` for `purpose`. `naming` is one more derived key, for keyed digests."""

    def __init__(self, key: str, purpose: bytes) -> None:
        derived = HKDF(SHA256(), 64, salt=None, info=purpose).derive(key.encode())
        self.naming = derived[:32]
        self._fernet = Fernet(base64.urlsafe_b64encode(derived[32:]))

    def seal(self, text: bytes, at: float) -> str:
        """`text`, sealed at an epoch."""
        return self._fernet.encrypt_at_time(text, int(at)).decode()

    def unseal(self, sealed: str) -> bytes | None:
        """What was sealed; None for what was sealed by another key or is no seal."""
        try:
            return self._fernet.decrypt(sealed.encode())
        except (InvalidToken, ValueError):
            return None
