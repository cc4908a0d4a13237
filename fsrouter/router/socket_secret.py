"""Who is believed at the port where calls are handed over: a peer that shows the secret which `freeswitch install` has
written into FreeSWITCH's configuration (docs/wire.md 13).

What is right is read from the store with the rule books; while it is away, what was known stays right.
"""

from __future__ import annotations

from typing import Final

from fsrouter.errors import StoreUnreachable
from fsrouter.log.logger import get_logger
from fsrouter.log.rate_limit import RateLimit
from fsrouter.router.store_threads import StoreThreads
from fsrouter.runtime import Runtime
from fsrouter.store.secrets import KnownSecret, Verdict

_log = get_logger("fsrouter.router")

#: What makes a FreeSWITCH show the secret.
REMEDY: Final = "run `fsrouter freeswitch install` for it, then fs_cli -x reloadxml there"
#: What is wrong with who is not let in.
PROBLEMS: Final = {
    Verdict.NONE: "it shows no secret",
    Verdict.WRONG: "it shows a wrong secret",
    Verdict.CLOSED: "no secret has been made yet, so nobody can show it",
}
#: Seconds between two lines about a FreeSWITCH that shows the former secret.
REMIND: Final = 3600.0


class SocketSecret:
    """Says of each peer what is wrong with the secret that it shows. `known` is what is right."""

    def __init__(self, threads: StoreThreads, runtime: Runtime) -> None:
        self.known = KnownSecret()
        self._threads = threads
        self._clock = runtime.now
        self._limit = RateLimit(runtime.monotonic, REMIND)

    def load(self) -> None:
        """Read what is right, and say so when nobody or anybody would be believed. Raises StoreUnreachable."""
        self.known = self._read()
        if self.known.current is None:
            _log.error("no call is taken: no secret has been made yet that FreeSWITCH could show", remedy=REMEDY)
        elif not self.known.current:
            _log.warning("whoever reaches the port is believed: no secret has been made yet", remedy=REMEDY)

    def refresh(self) -> None:
        """Read what is right. It stays what it was while the store is away, of which the rule books tell."""
        try:
            known = self._read()
        except StoreUnreachable:
            return
        if self.known.current not in (None, known.current):
            _log.info("the secret that FreeSWITCH shows was changed")
        self.known = known

    def _read(self) -> KnownSecret:
        return self._threads.for_router(self._threads.store.secrets.known)

    def problem(self, shown: str) -> str:
        """What is wrong with what a peer shows ("" for nothing), and what to do; "" when its calls are taken."""
        verdict = self.known.verdict(shown, self._clock())
        if verdict is Verdict.FORMER and self._limit.due(verdict) is not None:
            until = self.known.until_when
            _log.warning(
                "a FreeSWITCH shows the former secret, or none; its calls are taken a while yet", until=until, do=REMEDY
            )
        return "" if verdict.lets_in else f"{PROBLEMS[verdict]}; {REMEDY}"
