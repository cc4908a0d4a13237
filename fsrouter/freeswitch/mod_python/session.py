"""A call's line inside of FreeSWITCH itself (mod_python3): what `session.Session` is over a socket.

The same words, checked by the same encoder, and the same law: after each application the call is asked whose it is
(docs/wire.md 1). What differs (7 there): a session's `ready()` is false for a call that was taken as for one
that is gone, so it is not asked, the dump is; and a transfer runs when the script returns, so a call that is not ours
is left at once. `hangup` is never said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from gevent.event import AsyncResult

from fsrouter.esl import commands, validation
from fsrouter.esl.events import Channel, WireError, parse_json
from fsrouter.esl.lifecycle import CallerGone, Conversation, Declined, Ended, Malformed, Overdue, SwitchGone, whose
from fsrouter.freeswitch.mod_python.bridge import Request, ThreadBridge

_GONE = "-ERR No such channel"


class ModPythonSession(Conversation):
    """The conversation about one call through a bridge; a `call.Line`.

    A deadline ends the conversation; the application that runs is not stopped by it, as it is not by a closed socket.

    Attributes:
        ended: how the conversation ended, None while it goes on.
    """

    def __init__(self, bridge: ThreadBridge) -> None:
        self._uuid = bridge.uuid
        self._bridge: ThreadBridge | None = bridge
        self._waiting: AsyncResult | None = None
        bridge.left = self._left

    @property
    def closed(self) -> bool:
        """True when nothing more can be said."""
        return self.ended is not None or self._bridge is None

    def connect(self, deadline: float) -> Channel:
        """The call as it is handed over. Raises Ended."""
        try:
            validation.uuid(self._uuid)
        except validation.Refused as refused:
            self._end(Malformed(f"the session names no call: {refused}"))
        return self.look(deadline)

    def look(self, deadline: float) -> Channel:
        """The call as it is now. Raises Ended: CallTaken when it is no longer ours."""
        return self._channel(self._ask([_api(commands.dump(self._uuid))], deadline)[-1])

    def set(self, variables: Mapping[str, str], deadline: float) -> None:
        """Set channel variables; an empty value unsets. Raises Ended; Refused when nothing was sent."""
        self._good(self._ask([_api(commands.setvars(self._uuid, variables))], deadline)[0])

    def step(self, variables: Mapping[str, str], app: str, arg: str, deadline: float, before: str = "") -> Channel:
        """Set `variables` (none needed), run `app` with `arg` to its end, and return the call as it then is.

        `before` is an application without argument that runs first. Raises Ended, Refused as `session.Session.step`.
        """
        requests = [_api(commands.setvars(self._uuid, variables))] if variables else []
        requests += [_execute(before)] if before else []
        requests += [_execute(app, arg), _api(commands.dump(self._uuid))]
        answers = self._ask(requests, deadline)
        if variables:
            self._good(answers[0])
        return self._channel(answers[-1])

    def api(self, verb: str, args: str, deadline: float) -> str:
        """An api command of `commands.API`: its answer as it is, errors too. Raises Ended, Refused."""
        return self._ask([_api(commands.api(verb, *args.split()))], deadline)[0]

    def close(self) -> None:
        """Let the script return; the dialplan goes on. May be called any number of times."""
        bridge, self._bridge = self._bridge, None
        if bridge is not None:
            bridge.leave()

    def _ask(self, requests: Sequence[Request], deadline: float) -> list[str]:
        if self._bridge is None:
            raise self.ended or SwitchGone("this call was let go")
        self._waiting = waiting = AsyncResult()
        self._bridge.send(requests, waiting.set)
        if not waiting.wait(deadline) and not waiting.ready():
            self._end(Overdue(f"FreeSWITCH did not answer within {deadline:g} s"))
        answers: list[str] | None = waiting.get(block=False)
        if answers is None:
            self._end(SwitchGone("the call's thread went back to the dialplan: nothing was said to it for too long"))
        return answers

    def _left(self) -> None:
        if self._waiting is not None and not self._waiting.ready():
            self._waiting.set(None)
        self.ended = self.ended or SwitchGone("the call's thread went back to the dialplan")
        self._bridge = None

    def _good(self, answer: str) -> None:
        if answer.startswith(_GONE):
            self._end(CallerGone("the caller has left: no such channel"))
        if answer.startswith("-"):
            self._end(Declined(f"FreeSWITCH answered {answer[:80]!r}"))

    def _channel(self, dump: str) -> Channel:
        self._good(dump)
        try:
            channel = Channel(parse_json(dump.encode("utf-8", "surrogateescape")))
        except WireError as error:
            self._end(Malformed(f"uuid_dump: {error}"))
        if ended := whose(channel):
            self._end(ended)
        return channel

    def _end(self, how: Ended) -> NoReturn:
        self.ended = how
        self.close()
        raise how


def _api(request: bytes) -> Request:
    """A command of the encoder as a request: `api VERB ARGUMENTS`, without its line ends."""
    verb, _, words = request.decode().removeprefix("api ").rstrip("\n").partition(" ")
    return "api", verb, words


def _execute(app: str, arg: str = "") -> Request:
    commands.execute(app, arg)  # raises Refused for what must not be run
    return "execute", app, arg
