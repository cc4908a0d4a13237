"""Between a call's own thread in FreeSWITCH and the router's thread in the same process: requests in, answers out.

Whatever touches a session of mod_python3 must run in the thread that FreeSWITCH gave it: one of few hundred kilobytes
of stack (SWITCH_THREAD_STACKSIZE), which is no place for a router. So that thread does nothing but requests, and a
greenlet of the router's thread thinks. Standard library only: this is imported in FreeSWITCH's threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Protocol

Request = tuple[str, str, str]
"""`("api", verb, arguments)`, or `("execute", application, argument)`, which has no answer."""
Answered = Callable[[list[str]], None]
"""Gets the answers of the api commands among some requests."""


class SwitchSession(Protocol):
    """What is used of mod_python3's session (switch_cpp.h CoreSession)."""

    def execute(self, app: str, data: str = "") -> None: ...


class SwitchApi(Protocol):
    """freeswitch.API()."""

    def execute(self, command: str, data: str = "") -> str | None: ...


class ThreadBridge:
    """One call's. `post(callback, *args)` has something called in the router's thread, from any thread.

    `uuid` names the call; `on_timeout` is called in the router's thread when the call's thread has waited too long for
    a request and has gone back to the dialplan.
    """

    def __init__(self, session: SwitchSession, api: SwitchApi, uuid: str, post: Callable[..., None]) -> None:
        self.uuid = uuid
        self.on_timeout: Callable[[], None] = lambda: None
        self._session = session
        self._api = api
        self._post = post
        self._requests: SimpleQueue[tuple[Sequence[Request], Answered] | None] = SimpleQueue()

    # In the call's thread

    def serve(self, timeout: float) -> bool:
        """Do requests until released (True), or until none has come for `timeout` seconds: a router that says nothing
        must not keep a caller in silence.
        """
        try:
            while True:
                found = self._requests.get(timeout=timeout)
                if found is None:
                    return True
                requests, answered = found
                self._post(answered, [answer for each in requests if (answer := self._run(*each)) is not None])
        except Empty:
            self._post(lambda: self.on_timeout())
            return False
        finally:
            # A session that Python still knows of is one that FreeSWITCH cannot put away, nor its channel.
            del self._session, self._api

    def _run(self, kind: str, verb: str, words: str) -> str | None:
        if kind == "execute":
            self._session.execute(verb, words)
            return None
        # Nothing at all is FreeSWITCH's answer to a command that it does not know.
        return self._api.execute(verb, words) or f"-ERR {verb} no reply\n"

    # In the router's thread

    def send(self, requests: Sequence[Request], answered: Answered) -> None:
        """Have requests run, one after the other, and `answered` called with their answers."""
        self._requests.put((requests, answered))

    def release(self) -> None:
        """Let the call's thread go back to the dialplan once it has done what was sent before."""
        self._requests.put(None)


def session_uuid(session: Any) -> str:
    """The uuid of a session's call."""
    return str(session.get_uuid())
