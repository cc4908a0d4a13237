"""The secret that a FreeSWITCH of ours shows at the port where calls are handed over, for who puts it there: made,
changed, read. What routers know of it stands in `store.secrets`; how it gets to FreeSWITCH, in `install`.
"""

from __future__ import annotations

import secrets
from typing import Final

from fsrouter.errors import UsageError
from fsrouter.store import Secrets
from fsrouter.store.sealing import Seal
from fsrouter.store.secrets import KEEP, digest

#: Says what the derived key is for, and its form.
PURPOSE: Final = b"fsrouter socket secret 1"
#: Bytes that are drawn for a secret.
SIZE: Final = 32


class SocketSecret:
    """The secret of the installation whose store has `kept`, sealed by its signing `key`."""

    def __init__(self, kept: Secrets, key: str) -> None:
        self._kept = kept
        self._seal = Seal(key, PURPOSE)

    def __repr__(self) -> str:
        return "SocketSecret()"

    def current(self, found: str = "") -> str:
        """The secret, "" when none has been made. `found` is what FreeSWITCH has now, for an installation that does
        not have the key by which it was sealed.

        Raises UsageError when it cannot be read.
        """
        known = self._kept.known()
        if not known.current:
            return ""
        secret = (self._seal.unseal(self._kept.sealed()) or b"").decode()
        for each in (secret, found):
            if each and digest(each) == known.current:
                return each
        raise UsageError(
            "the secret that FreeSWITCH shows was sealed by another signing key: give the same key_file (or "
            "FSROUTER_KEY) as where it was made, or make a new one with --new-secret"
        )

    def first(self) -> str:
        """The secret, made now when there is none yet. Raises UsageError when it cannot be read."""
        return self.current() or self.change(KEEP)

    def change(self, keep: float = KEEP) -> str:
        """A new secret; the one before is right for `keep` seconds more."""
        secret = secrets.token_hex(SIZE)
        self._kept.change(secret, self._seal.seal(secret.encode(), self._kept.clock()), keep)
        return secret
