"""What the doctor says: one finding for each thing that was looked at. Pure."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

OK: Final = "ok"
WARNING: Final = "warning"
ERROR: Final = "error"

#: The remedy of what an installation mends.
INSTALL: Final = "fsrouter freeswitch install --conf DIR, then fs_cli -x reloadxml"


class Finding(Struct, frozen=True):
    """`level` is OK, WARNING (calls go on, less well) or ERROR (calls are lost or go wrong); `what` was found, and its
    `remedy`, "" when nothing is to be done.
    """

    level: str
    what: str
    remedy: str = ""


def ok(what: str) -> Finding:
    """All is well with something."""
    return Finding(OK, what)


def warning(what: str, remedy: str) -> Finding:
    """Something works less well than it could."""
    return Finding(WARNING, what, remedy)


def error(what: str, remedy: str) -> Finding:
    """Something does not work."""
    return Finding(ERROR, what, remedy)
