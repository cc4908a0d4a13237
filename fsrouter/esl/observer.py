"""The observing connection to one FreeSWITCH: what happens to our calls, and operators' commands to running calls.

Calls do not depend on it: while it is down (`up` is false) they are routed all the same; nothing here raises into them.

    start -> connecting -> subscribed (`up`) -> lost (stream ended, malformed, silent for `stale` seconds) -> connecting

What is listened for is narrow (docs/wire.md 5): calls that carry our mark, our queues, and heartbeats. Knows nothing
of what the events mean to a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import gevent

from fsrouter.engine.model import dialable
from fsrouter.errors import SwitchUnreachable
from fsrouter.esl import commands, validation, variables
from fsrouter.esl.events import Event
from fsrouter.esl.inbound import STALE, Inbound, NotConnected
from fsrouter.log.logger import get_logger
from fsrouter.runtime import Runtime, Task

EVENTS: Final = (
    "CHANNEL_ANSWER",
    "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE",
    "CHANNEL_HANGUP_COMPLETE",
    "HEARTBEAT",
    "CUSTOM",
    "callcenter::info",
)
BACKOFF: Final = (0.5, 30.0)
"""Seconds before the second attempt to connect, doubled for each further one, and the most that they grow to."""

_log = get_logger("fsrouter.esl")


class Observer(Inbound):
    """An inbound connection that keeps itself up and listens to our calls.

    Args:
        host, port, password, runtime, timeout, stale: as for Inbound.
        on_event: called with each Event in the reading greenlet; whatever it raises is logged and goes no further.
        on_up: called with True when the subscription stands and with False when it is lost.
        backoff: see BACKOFF.

    Attributes:
        up: the subscription stands.
    """

    def __init__(
        self,
        host: str,
        port: int,
        password: str,
        runtime: Runtime,
        on_event: Callable[[Event], None] | None = None,
        on_up: Callable[[bool], None] | None = None,
        timeout: float = 5.0,
        stale: float = STALE,
        backoff: tuple[float, float] = BACKOFF,
    ) -> None:
        super().__init__(host, port, password, runtime, timeout, stale)
        self.up = False
        self._on_up = on_up
        self._backoff = backoff
        self._queues: set[str] = set()
        self._stopping = self._resting = False
        self._keeper: Task[None] | None = None
        if on_event is not None:
            self.register_handle("*", on_event)

    def start(self) -> None:
        """Connect in the background and keep connecting; returns at once."""
        if self._keeper is None:
            self._stopping = self._resting = False
            self._keeper = self._runtime.spawn(self._keep)

    def stop(self) -> None:
        """Close, and come back no more. Closes 5, as `Inbound.stop`; waits only for its own two greenlets to notice."""
        self._stopping = True
        super().stop()
        keeper, self._keeper = self._keeper, None
        if keeper is not None and self._resting:
            keeper.cancel()
        elif keeper is not None and gevent.getcurrent() not in (keeper, self._receive_events_greenlet):
            keeper.join(self.timeout)

    def kill(self, uuid: str, cause: str = "NORMAL_CLEARING", deadline: float = 5.0) -> bool:
        """Hang a call up; False when there is no such call. Raises Refused, NotConnected."""
        return self.api("uuid_kill", f"{validation.uuid(uuid)} {validation.cause(cause)}", deadline).startswith("+OK")

    def transfer(self, uuid: str, extension: str, context: str = "", leg: str = "", deadline: float = 5.0) -> bool:
        """Send a call (`leg` "-bleg": its other side, "-both") to an extension of the dialplan; False without a call.

        Raises Refused, NotConnected.
        """
        where = f" XML {context}" if context else ""
        words = f"{validation.uuid(uuid)} {leg} {dialable.extension(extension)}{where}"
        return self.api("uuid_transfer", words, deadline).startswith("+OK")

    def set(self, uuid: str, values: Mapping[str, str]) -> bool:
        """Set variables of a call, whoever has it; False when there is no such call. Raises Refused, NotConnected."""
        return self._ask(commands.setvars(uuid, values), self.timeout).ok

    def watch_queue(self, queue: str) -> None:
        """Let the events of one more queue (name@profile) through, now and after each reconnect. Raises Refused."""
        if validation.queue(queue) not in self._queues:
            self._queues.add(queue)
            self._tell(commands.filter_by("CC-Queue", queue))

    def forget_queue(self, queue: str) -> None:
        """Let the events of a queue through no more."""
        if queue in self._queues:
            self._queues.discard(queue)
            self._tell(commands.filter_by("CC-Queue", queue, delete=True))

    def _tell(self, request: bytes) -> None:
        """Write a command whose reply nobody needs; when it cannot be written, the next subscription says the same."""
        if self.connected:
            try:
                self._write(request, self.timeout)
            except NotConnected:
                _log.info("a filter waits for the next connection")

    def _keep(self) -> None:
        pause, longest = self._backoff
        while not self._stopping:
            why = "the connection was lost"
            try:
                self.connect()
                self._subscribe()
                self._report(True)
                pause = self._backoff[0]
                self._receive_events_greenlet.join()
            except SwitchUnreachable as error:
                why = str(error)
                self._lose(why)
            self._report(False)
            if not self._stopping:
                _log.warning("FreeSWITCH is not observed", switch=self._name, error=why, again=round(pause, 1))
                self._resting = True
                self._runtime.sleep(pause)
                self._resting = False
                pause = min(pause * 2, longest)

    def _subscribe(self) -> None:
        # Filters first: between `event` and the first filter everybody's events would come.
        wanted = [("variable_" + variables.CALL, "1"), ("Event-Name", "HEARTBEAT")]
        wanted += [("CC-Queue", queue) for queue in sorted(self._queues)]
        for request in (*(commands.filter_by(*each) for each in wanted), commands.subscribe(*EVENTS)):
            reply = self._ask(request, self.timeout)
            if not reply.ok:
                raise NotConnected(f"{self._name} refuses the subscription: {reply.reply_text[:80]}")

    def _report(self, up: bool) -> None:
        was, self.up = self.up, up
        if self._on_up is not None and was != up:
            try:
                self._on_up(up)
            except Exception as error:
                _log.error("who waits for the connection failed", switch=self._name, error=type(error).__name__)
