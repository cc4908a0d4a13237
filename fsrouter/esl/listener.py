"""What calls come in by, however they do: counts them, has each carried through, and lets no two conversations go on
about one call. Knows no socket.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final

import gevent
from gevent.event import Event

from fsrouter.esl.lifecycle import CallSession, Ended, Rejected
from fsrouter.log.logger import get_logger
from fsrouter.log.rate_limit import RateLimit
from fsrouter.runtime import Runtime

REASONS: Final = ("peer", "secret", "crowded", "silent", "left", "malformed", "declined", "duplicate")
"""Why a connection is rejected: it comes from no allowed network; it does not show the secret; it had proved nothing
when others needed the room, or in time, or when its peer closed it; what was said is no answer of FreeSWITCH's, or that
of a dialplan without `full`; the call is here already, on another connection."""
OURS: Final = ("secret", "declined")
"""The reasons for which a FreeSWITCH of the installation can be wrong: its calls go to their fail-safes."""
PROBED: Final = "left"
"""The reason of a port that is only probed, as by `freeswitch check` or a load balancer: nothing is wrong."""
TAIL: Final = 0.1
"""Seconds for which a call that comes back waits for its conversation of before to end by itself."""
LEAVES: Final = 0.5
"""Seconds for which a call that comes back waits for word that FreeSWITCH has left its conversation of before: a packet
that was lost comes again after 0.2 (Linux, TCP_RTO_MIN)."""
LOOKS: Final = 0.02
"""Seconds between two looks whether it has."""
LINES: Final = 1.0
"""Seconds between two lines about connections that are rejected for one reason."""

_log = get_logger("fsrouter.esl")


class Listener:
    """Runs `on_call(session)` for each connection that begins; when it returns or raises, the session is closed. Of
    those that are known to be calls there are at most `limit` at a time.

    Attributes:
        taken, refused (over the limit), failed: calls, since the start; `rejected`: connections of no call of ours, by
            the reason, a word of REASONS.
    """

    def __init__(self, on_call: Callable[[CallSession], None], limit: int, runtime: Runtime) -> None:
        self.taken = self.refused = self.failed = 0
        self.rejected = dict.fromkeys(REASONS, 0)
        self._on_call = on_call
        self._limit = limit
        self._runtime = runtime
        self._open = 0
        self._idle = Event()
        self._idle.set()
        self._talks: set[gevent.Greenlet] = set()
        self._admitted: set[CallSession] = set()
        self._claims: dict[str, tuple[CallSession, gevent.Greenlet]] = {}
        self._coming_back: set[str] = set()
        self._lines = RateLimit(runtime.monotonic, LINES)

    @property
    def port(self) -> int:
        """The port that it listens on; 0 for none."""
        return 0

    @property
    def live(self) -> int:
        """Calls at this moment."""
        return len(self._admitted)

    @property
    def listening(self) -> bool:
        """Whether new calls are taken."""
        return True

    def start(self) -> None:
        """Take calls. Raises AddressTaken."""

    def stop_accepting(self) -> None:
        """Take no more calls."""

    def drain(self, deadline: float) -> bool:
        """Wait up to `deadline` seconds for all that has begun to end; True when nothing is left."""
        return bool(self._idle.wait(deadline))

    def begin(self) -> None:
        """Count a connection, for which `serve` is called then."""
        self._open += 1
        self._idle.clear()

    def admit(self, session: CallSession) -> bool:
        """Count a connection as a call; False when there are as many as there may be."""
        if len(self._admitted) >= self._limit:
            return False
        self._admitted.add(session)
        self.taken += 1
        return True

    def claim(self, session: CallSession) -> None:
        """Have the call of a session for this session alone, in the greenlet that carries it through.

        One that is here already on another connection stays with that, unless FreeSWITCH has left it: then the call has
        come back, and what still goes on in its name is ended first. Raises Rejected.
        """
        while found := self._claims.get(session.uuid):
            other, talk = found
            # One connection may wait for the other's end: of many, the waiting alone would be an attack.
            if session.uuid in self._coming_back or not self._leaves(other, session.uuid):
                raise Rejected("duplicate", "the call is here already, on another connection")
            if session.left:
                raise Rejected("duplicate", "the call was here on another connection, and this one has ended too")
            talk.join(TAIL)  # what it has to tell of the call comes before what comes now
            talk.kill()
            if self._claims.get(session.uuid) is found:
                del self._claims[session.uuid]
        self._claims[session.uuid] = session, gevent.getcurrent()

    def _leaves(self, session: CallSession, uuid: str) -> bool:
        """Whether FreeSWITCH has left a session, or does so now."""
        until = self._runtime.monotonic() + LEAVES
        self._coming_back.add(uuid)
        try:
            while not session.left:
                if self._runtime.monotonic() >= until:
                    return False
                self._runtime.sleep(LOOKS)
            return True
        finally:
            self._coming_back.discard(uuid)

    def serve(self, session: CallSession) -> None:
        """Carry a connection through that has begun, in this greenlet. Raises nothing."""
        talk = gevent.getcurrent()
        self._talks.add(talk)
        try:
            self._on_call(session)
        except Ended as ended:
            self._ended(session, ended)
        except Exception as error:
            self.failed += 1
            kind = type(error).__name__
            _log.error("the call failed; it goes on in the dialplan", error=kind, stack=_where(error))
        finally:
            self._talks.discard(talk)
            session.close()
            self._over(session)

    def abandon(self, seconds: float) -> int:
        """End every conversation as if this process had died, within so many seconds; returns how many there were."""
        left = list(self._talks)
        gevent.killall(left, timeout=seconds)
        return len(left)

    def reject(self, reason: str, error: str, peer: str = "") -> None:
        """Count what is not taken, `limit` for a call over the limit; of many in a second one line is written."""
        if reason == "limit":
            self.refused += 1
        else:
            self.rejected[reason] += 1
        if (more := self._lines.due(reason)) is not None:
            say = _log.error if reason in OURS else _log.info if reason == PROBED else _log.warning
            say("a connection was closed", reason=reason, peer=peer, error=error, more=more)

    def _ended(self, session: CallSession, ended: Ended) -> None:
        """A session ended before it was known what to do with its call."""
        if isinstance(ended, Rejected):
            self.reject(ended.reason, str(ended), session.peer)
        else:
            _log.info("a call ended before it could be taken", error=str(ended))

    def _over(self, session: CallSession) -> None:
        self._admitted.discard(session)
        uuid = session.channel.uuid if session.channel else ""
        if uuid in self._claims and self._claims[uuid][0] is session:
            del self._claims[uuid]
        self._open -= 1
        if not self._open:
            self._idle.set()


def _where(error: BaseException) -> str:
    """The traceback without the error's own text, which may quote what a caller said: file, line and function only."""
    lines = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"  {code.co_filename}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return "\n".join(lines)
