"""The session about one call, whatever it goes over: what is asked, how it can end, how the call is let go.

The same law over a socket (`session.Session`) and inside of FreeSWITCH (`freeswitch.mod_python.session`): after each
application the call is asked whose it is, and one that is not ours is told nothing more (docs/wire.md 1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from greenswitch.esl import NotConnectedError, OutboundSessionHasGoneAway

from fsrouter.errors import Error
from fsrouter.esl import commands
from fsrouter.esl.events import HANGING_UP, OURS, Channel, parse_json
from fsrouter.esl.frames import WireError
from fsrouter.log.context import bind
from fsrouter.runtime import Clock


class Ended(Error):
    """The session about a call is over: nothing more can be said, and every later call raises the same."""


class CallerGone(Ended, OutboundSessionHasGoneAway):  # type: ignore[misc]
    """The caller hung up, or somebody hung them up: the disconnect notice, or -ERR No such channel."""


class CallTaken(Ended):
    """Somebody has moved the call (Channel-State-Number is not 4): `state_number` says where to."""

    def __init__(self, state_number: int, channel: Channel | None = None) -> None:
        super().__init__(f"the call was taken: Channel-State-Number is {state_number}, not {OURS}")
        self.state_number = state_number
        self.channel = channel


class SwitchGone(Ended, NotConnectedError):  # type: ignore[misc]
    """The stream ended without a notice: FreeSWITCH died, or the network between us."""


class Overdue(Ended):
    """A reply did not come in time."""


class Declined(Ended):
    """FreeSWITCH refuses what a call needs: the dialplan's `socket` says `async`, or not `full`."""


class Malformed(Ended):
    """What came is no event socket traffic."""


class Unproved(Ended):
    """The peer has not shown the secret by which a FreeSWITCH of ours is known: nobody's word, told nothing more."""


class Rejected(Ended):
    """This router does not take the connection; `reason` is one word for it, as it is counted by."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason


class CallSession(ABC):
    """The session about one call. Every deadline is in seconds from the call of the method; `clock` only grows.

    Attributes:
        channel: the call as FreeSWITCH last described it (`connect`, `look`, `step`), None before `connect`.
        closed: nothing more can be said.
        ended: how the session ended, None while it goes on. `close` leaves it as it is.
        peer: whom it is with, for the log.
        waited: told before each command for how many seconds FreeSWITCH has waited for it since its last reply.
    """

    #: What to do when FreeSWITCH refuses a command.
    remedy = ""

    def __init__(self, clock: Clock) -> None:
        self.channel: Channel | None = None
        self.closed = False
        self.ended: Ended | None = None
        self.peer = ""
        self.waited: Callable[[float], None] = lambda seconds: None
        self._uuid = ""
        self._clock = clock
        self._replied: float | None = None

    def close(self) -> None:
        """Say nothing more; the dialplan goes on. May be called any number of times."""
        if not self.closed:
            self.closed = True
            self._close()

    def drop(self, how: Ended) -> None:
        """End the session from elsewhere: whoever waits in it, or says something later, hears `how` it ended."""
        self.ended = self.ended or how
        self.close()

    @property
    def left(self) -> bool:
        """Whether FreeSWITCH has left the session, even if that has not been heard yet."""
        return self.closed

    def connect(self, deadline: float) -> Channel:
        """Ask for the call; the first thing to do, within the 25 s that FreeSWITCH waits. Lines that are logged from
        then on bear the call's uuid. Raises Ended.
        """
        channel = self._connect(deadline)
        self._uuid = channel.uuid
        bind(uuid=channel.uuid)
        self._replied = self._clock()
        return self._ours(channel)

    def set(self, variables: Mapping[str, str], deadline: float) -> None:
        """Set channel variables; an empty value unsets. Raises Ended; Refused when nothing was sent."""
        self._ask([commands.setvars(self.uuid, variables)], deadline)

    def look(self, deadline: float) -> Channel:
        """The call as it is now. Raises Ended: CallTaken when it is no longer ours."""
        return self._ours(self._read(self._ask([commands.dump(self.uuid)], deadline)[-1]))

    def step(self, variables: Mapping[str, str], app: str, arg: str, deadline: float, before: str = "") -> Channel:
        """Set `variables` (none needed), run `app` with `arg` to its end, and return the call as it then is.

        `before` is an application without argument that runs first, as `answer`. `deadline` covers all of it: give it
        the application's longest time and some more.

        Raises:
            Ended: CallTaken also when the application ended because the call was taken.
            Refused: a value that must not be sent; nothing was, and the session goes on.
        """
        requests = [commands.setvars(self.uuid, variables)] if variables else []
        requests += [commands.execute(before)] if before else []
        requests += [commands.execute(app, arg), commands.dump(self.uuid)]
        return self._ours(self._read(self._ask(requests, deadline)[-1]))

    def api(self, verb: str, args: str, deadline: float) -> str:
        """An api command of `api_commands.API`: its answer as it is, errors too. Raises Ended, Refused."""
        return self._ask([commands.api(verb, *args.split())], deadline, errors=True)[-1].decode("utf-8", "replace")

    def let_go(self, variables: Mapping[str, str], deadline: float) -> bool:
        """Leave the call to the dialplan: set `variables` if the caller is still there, then close.

        Never raises Ended: True when FreeSWITCH has the variables, False when the call had ended in some way (`ended`).
        Raises Refused, with the call left all the same.
        """
        try:
            if variables and not self.closed:
                self.set(variables, deadline)
            return self.ended is None
        except Ended:
            return False
        finally:
            self.close()

    @property
    def uuid(self) -> str:
        """The call's, once it is connected."""
        if not self._uuid:
            raise RuntimeError("connect comes first")
        return self._uuid

    @abstractmethod
    def _close(self) -> None:
        """Let go of what the session goes over, once."""

    @abstractmethod
    def _connect(self, deadline: float) -> Channel:
        """The call as it is handed over, its uuid checked."""

    @abstractmethod
    def _exchange(self, requests: Sequence[bytes], deadline: float, errors: bool) -> list[bytes]:
        """Give commands, and return the answers to the api commands among them. An error ends the session, unless
        `errors` are answers like others.
        """

    def _ask(self, requests: Sequence[bytes], deadline: float, errors: bool = False) -> list[bytes]:
        if self._replied is not None:
            self.waited(self._clock() - self._replied)
        try:
            return self._exchange(requests, deadline, errors)
        finally:
            self._replied = self._clock()

    def _check(self, answer: str) -> None:
        """End the session when FreeSWITCH answered with an error."""
        if answer.startswith("-ERR No such channel"):
            self._end(CallerGone("the caller has left: no such channel"))
        if answer.startswith(("-ERR", "-USAGE")):
            self._end(Declined(f"FreeSWITCH answered {answer[:80]!r}{self.remedy}"))

    def _read(self, dump: bytes) -> Channel:
        try:
            channel = Channel(parse_json(dump))
        except WireError as error:
            self._end(Malformed(f"uuid_dump: {error}"), error)
        if channel.uuid != self.uuid:
            self._end(Malformed("uuid_dump speaks of another call"))
        return channel

    def _ours(self, channel: Channel) -> Channel:
        """The channel, whose pending state says that the call is still ours (docs/wire.md 1)."""
        self.channel = channel
        number = channel.state_number
        if number == OURS:
            return channel
        if number >= HANGING_UP:
            self._end(CallerGone(f"the caller has left: Channel-State-Number is {number}"))
        if number < 0:
            self._end(Malformed("a channel without Channel-State-Number"))
        self._end(CallTaken(number, channel))

    def _end(self, how: Ended, why: BaseException | None = None) -> NoReturn:
        if self.ended is not None:
            raise self.ended
        self.ended = how
        self.close()
        raise how from why
