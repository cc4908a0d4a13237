"""What FreeSWITCH is asked about far ends before they are rung: whether a user's phone is registered, whether a gateway
is down. Knows no attempt.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from fsrouter.errors import Refused
from fsrouter.esl.lifecycle import CallSession

#: Seconds that an answer may take.
SECONDS: Final = 5.0


def is_registered(session: CallSession, user: str) -> bool:
    """Whether a user of the directory (`1001` or `1001@domain`) has a phone registered. Raises Ended."""
    # FreeSWITCH answers `error/user_not_registered` (mod_sofia.c:4147).
    return not session.api("sofia_contact", f"*/{user}", SECONDS).startswith("error/")


def known_down(session: CallSession) -> Callable[[str], bool]:
    """Tells of gateways by name whether FreeSWITCH takes them to be down, each asked once; of a template it knows
    nothing. What it returns raises Ended.
    """

    @cache
    def is_down(gateway: str) -> bool:
        try:
            told = session.api("sofia", f"status gateway {gateway}", SECONDS)
        except Refused:
            return False
        # `Status  DOWN`, with `(ping)` behind it or nothing (mod_sofia.c); `Invalid Gateway!` for none of that name.
        lines = (line.split() for line in told.splitlines())
        return "Invalid Gateway" in told or any(line[:2] == ["Status", "DOWN"] for line in lines)

    return is_down
