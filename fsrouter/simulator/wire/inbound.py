"""The inbound event socket: the switch listens, an observer logs in, subscribes, filters, and sends commands.

What lives here: that conversation (mod_event_socket.c: listener_run; held to `captures/observer.txt`). What it must not
know: what events mean.
"""

from __future__ import annotations

import socket
import time
from collections import deque

import gevent
from gevent.server import StreamServer

from fsrouter.simulator.clock import Nap
from fsrouter.simulator.connection import Command, Connection, Gone
from fsrouter.simulator.events import Subscription
from fsrouter.simulator.state import State

RUDE = b"Access Denied, go away.\n"


class Inbound:
    """A listening event socket of a switch."""

    def __init__(
        self, switch: State, address: tuple[str, int], password: str, *, allowed: bool, heartbeat_seconds: float
    ) -> None:
        self._switch, self._password, self._allowed = switch, password, allowed
        self._server = StreamServer(address, self._accept)
        self._server.start()
        self._live: set[Observer] = set()
        self._beat = gevent.spawn(self._beats, heartbeat_seconds)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return str(self._server.server_host), int(self._server.server_port)

    @property
    def observers(self) -> int:
        """How many observers are logged in and subscribed."""
        return sum(bool(observer.subscription.names) for observer in self._live)

    def heartbeat(self) -> None:
        """Send HEARTBEAT now."""
        self._switch.events.heartbeat(time.time_ns() // 1000, len(self._switch.channels))

    def drop(self, *, reset: bool = False) -> None:
        """Break every connection, as when FreeSWITCH dies."""
        for observer in list(self._live):
            observer.drop(reset=reset)

    def stop(self) -> None:
        """Listen no more and close every connection."""
        self._server.stop()
        self._beat.kill()
        self.drop()

    def _accept(self, accepted: gevent.socket.socket, _: object) -> None:
        sock = socket.socket(fileno=accepted.detach())
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        observer = Observer(self._switch, sock, self._password, allowed=self._allowed)
        self._live.add(observer)
        try:
            observer.serve()
        finally:
            self._live.discard(observer)

    def _beats(self, every: float) -> None:
        while True:
            gevent.sleep(every)
            self.heartbeat()


class Observer:
    """One connection to the inbound event socket."""

    def __init__(self, switch: State, sock: socket.socket, password: str, *, allowed: bool) -> None:
        self._switch, self._password, self._allowed = switch, password, allowed
        self._nap = Nap()
        self._wire = Connection(sock, self._nap.pause, self._nap.wake)
        self._outbox: deque[bytes] = deque()
        self._dropped: bool | None = None
        self._running = True
        self.subscription = Subscription(self._deliver)

    def serve(self) -> None:
        """Until either side closes."""
        try:
            if self._logged_in():
                self._switch.events.observers.append(self.subscription)
                self._converse()
            if self._dropped is None:
                self._wire.notice()
        except Gone:
            pass
        finally:
            if self.subscription in self._switch.events.observers:
                self._switch.events.observers.remove(self.subscription)
            self._wire.close(reset=bool(self._dropped))

    def drop(self, *, reset: bool) -> None:
        """Close it from here."""
        self._dropped = reset
        self._nap.wake()

    def _deliver(self, body: bytes) -> None:
        self._outbox.append(b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(body), body))
        self._nap.wake()

    def _logged_in(self) -> bool:
        if not self._allowed:
            self._wire.send(b"Content-Type: text/rude-rejection\nContent-Length: %d\n\n%b" % (len(RUDE), RUDE))
            return False
        self._wire.send(b"Content-Type: auth/request\n\n")
        command = self._wire.command(lambda: self._dropped is not None)
        if command is None or command.line != f"auth {self._password}":
            self._wire.reply("-ERR invalid")
            return False
        self._wire.reply("+OK accepted")
        return True

    def _converse(self) -> None:
        while self._running and self._dropped is None:
            while self._outbox:
                self._wire.send(self._outbox.popleft())
            command = self._wire.command(lambda: bool(self._outbox) or self._dropped is not None)
            if command is not None:
                self._obey(command)

    def _obey(self, command: Command) -> None:
        verb, _, rest = command.line.partition(" ")
        words = rest.split()
        match verb.lower():
            case "api":
                self._wire.api_reply(self._switch.api_reply(rest))
                return
            case "bgapi":
                self._background(command, rest)
                return
            case "event":
                form = words[0] if words and words[0] in ("json", "plain", "xml") else "plain"
                taken = self.subscription.subscribe(words[1:] if words and words[0] == form else words)
                reply = f"+OK event listener enabled {form}" if taken else "-ERR no keywords supplied"
            case "filter":
                reply = self._filter(words)
            case "noevents":
                self.subscription.names.clear()
                reply = "+OK no longer listening for events"
            case "nixevent":
                self.subscription.names.difference_update(words)
                reply = "+OK events nixed"
            case "sendmsg":
                reply = self._switch.send_message(rest.strip() or command.headers.get("session-id", ""), command)
            case "exit":
                self._running = False
                reply = "+OK bye"
            case _:
                reply = "-ERR command not found"
        self._wire.reply(reply)

    def _filter(self, words: list[str]) -> str:
        if words[:1] == ["delete"] and len(words) > 1:
            gone = words[1]
            self.subscription.filters = (
                [] if gone == "all" else [pair for pair in self.subscription.filters if pair[0] != gone]
            )
            return f"+OK filter deleted. [{gone}][{' '.join(words[2:])}]"
        if words[:1] == ["add"]:
            words = words[1:]
        if len(words) < 2:
            return "-ERR invalid syntax"
        value = " ".join(words[1:])
        self.subscription.filters.append((words[0], value))
        return f"+OK filter added. [{words[0]}]=[{value}]"

    def _background(self, command: Command, rest: str) -> None:
        job = command.headers.get("job-uuid") or self._switch.new_uuid()
        self._wire.send(f"Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n".encode())
        name, _, argument = rest.partition(" ")
        body = self._switch.api(rest)
        self._switch.events.publish(
            "BACKGROUND_JOB",
            {
                "Event-Name": "BACKGROUND_JOB",
                "Job-UUID": job,
                "Job-Command": name,
                "Job-Command-Arg": argument,
                "_body": body,
            },
        )
