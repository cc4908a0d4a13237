"""A call's session inside of FreeSWITCH itself (mod_python3): what `esl.session.Session` is over a socket.

The same words, checked by the same encoder, and the same law. What differs (docs/wire.md 7): FreeSWITCH's own
`ready()` is false for a call that was taken as for one that is gone, so it is not asked, the dump is; and a transfer
runs when the script returns, so a call that is not ours is left at once. `hangup` is never said.

No secret is asked for (docs/wire.md 13): there is no port. A session is an object of FreeSWITCH's that its own dialplan
made in this very process, so whoever could forge one could write the dialplan, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from gevent.event import AsyncResult

from fsrouter.errors import Refused
from fsrouter.esl import commands, validation
from fsrouter.esl.events import Channel
from fsrouter.esl.lifecycle import CallSession, Malformed, Overdue, SwitchGone
from fsrouter.freeswitch.mod_python.bridge import Request, ThreadBridge
from fsrouter.runtime import Clock


class ModPythonSession(CallSession):
    """The session about one call, over the bridge to its thread.

    A deadline ends the session; the application that runs is not stopped by it, as it is not by a closed socket.
    """

    def __init__(self, bridge: ThreadBridge, clock: Clock) -> None:
        super().__init__(clock)
        self._uuid = bridge.uuid
        self._bridge = bridge
        self._reply: AsyncResult | None = None
        bridge.on_timeout = self._on_timeout

    def _close(self) -> None:
        self._bridge.release()

    def _connect(self, deadline: float) -> Channel:
        try:
            validation.uuid(self._uuid)
        except Refused as refused:
            self._end(Malformed(f"the session names no call: {refused}"), refused)
        return self._read(self._exchange([commands.dump(self._uuid)], deadline, errors=False)[-1])

    def _exchange(self, requests: Sequence[bytes], deadline: float, errors: bool) -> list[bytes]:
        if self.closed:
            raise self.ended or SwitchGone("this call was let go")
        self._reply = reply = AsyncResult()
        self._bridge.send([_request(each) for each in requests], reply.set)
        if not reply.wait(deadline) and not reply.ready():
            self._end(Overdue(f"FreeSWITCH did not answer within {deadline:g} s"))
        answers: list[str] | None = reply.get(block=False)
        if answers is None:
            self._end(SwitchGone("the call's thread went back to the dialplan: nothing was said to it for too long"))
        if not errors:
            for answer in answers:
                self._check(answer)
        return [answer.encode("utf-8", "surrogateescape") for answer in answers]

    def _on_timeout(self) -> None:
        if self._reply is not None and not self._reply.ready():
            self._reply.set(None)
        self.ended = self.ended or SwitchGone("the call's thread went back to the dialplan")
        self.closed = True


def _request(command: bytes) -> Request:
    """A command of the encoder as a request to the bridge."""
    head, _, rest = command.decode().rstrip("\n").partition("\n")
    if head != "sendmsg":
        verb, _, words = head.removeprefix("api ").partition(" ")
        return "api", verb, words
    fields = dict(line.split(": ", 1) for line in rest.split("\n"))
    return "execute", fields["execute-app-name"], fields.get("execute-app-arg", "")
