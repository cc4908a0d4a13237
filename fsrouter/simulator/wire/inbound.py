"""The inbound event socket: the switch listens, an observer logs in, subscribes, filters, and sends commands.

What lives here: that conversation (mod_event_socket.c: listener_run; held to `captures/observer.txt`). What it must not
know: what events mean.
"""

from __future__ import annotations

import socket
from collections import deque

import gevent
from gevent.server import StreamServer

from fsrouter.simulator.clock import Waiter, epoch_us, sleep, spawn
from fsrouter.simulator.connection import Command, Connection, PeerGone
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
        self._observers: set[Observer] = set()
        self._beat = spawn(self._beats, heartbeat_seconds)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return str(self._server.server_host), int(self._server.server_port)

    def heartbeat(self) -> None:
        """Send HEARTBEAT now."""
        self._switch.events.heartbeat(epoch_us(), len(self._switch.channels))

    def drop(self, *, reset: bool = False) -> None:
        """Break every connection, as when FreeSWITCH dies."""
        for observer in list(self._observers):
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
        self._observers.add(observer)
        try:
            observer.serve()
        finally:
            self._observers.discard(observer)

    def _beats(self, every: float) -> None:
        while True:
            sleep(every)
            self.heartbeat()


class Observer:
    """One connection to the inbound event socket."""

    def __init__(self, switch: State, sock: socket.socket, password: str, *, allowed: bool) -> None:
        self._switch, self._password, self._allowed = switch, password, allowed
        self._waiter = Waiter()
        self._connection = Connection(sock, self._waiter.pause, self._waiter.wake)
        self._outbox: deque[bytes] = deque()
        self._dropped: bool | None = None
        self._running = True
        self.subscription = Subscription(self._deliver)

    def serve(self) -> None:
        """Until either side closes."""
        try:
            if self._logged_in():
                self._switch.events.observers.append(self.subscription)
                self._serve_commands()
            if self._dropped is None:
                self._connection.notice()
        except PeerGone:
            pass
        finally:
            if self.subscription in self._switch.events.observers:
                self._switch.events.observers.remove(self.subscription)
            self._connection.close(reset=bool(self._dropped))

    def drop(self, *, reset: bool) -> None:
        """Close it from here."""
        self._dropped = reset
        self._waiter.wake()

    def _deliver(self, body: bytes) -> None:
        self._outbox.append(b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(body), body))
        self._waiter.wake()

    def _logged_in(self) -> bool:
        if not self._allowed:
            self._connection.send(b"Content-Type: text/rude-rejection\nContent-Length: %d\n\n%b" % (len(RUDE), RUDE))
            return False
        self._connection.send(b"Content-Type: auth/request\n\n")
        command = self._connection.command(lambda: self._dropped is not None)
        if command is None or command.line != f"auth {self._password}":
            self._connection.reply("-ERR invalid")
            return False
        self._connection.reply("+OK accepted")
        return True

    def _serve_commands(self) -> None:
        while self._running and self._dropped is None:
            while self._outbox:
                self._connection.send(self._outbox.popleft())
            command = self._connection.command(lambda: bool(self._outbox) or self._dropped is not None)
            if command is not None:
                self._answer(command)

    def _answer(self, command: Command) -> None:
        verb, _, rest = command.line.partition(" ")
        words = rest.split()
        match verb.lower():
            case "api":
                self._connection.api_reply(self._switch.api_reply(rest))
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
        self._connection.reply(reply)

    def _filter(self, words: list[str]) -> str:
        filters = self.subscription.filters
        match words:
            case ["delete", header, *rest]:
                filters[:] = [each for each in filters if header not in ("all", each[0])]
                return f"+OK filter deleted. [{header}][{' '.join(rest)}]"
            case ["add", header, *rest] | [header, *rest] if rest:
                filters.append((header, " ".join(rest)))
                return f"+OK filter added. [{header}]=[{' '.join(rest)}]"
        return "-ERR invalid syntax"

    def _background(self, command: Command, rest: str) -> None:
        job = command.headers.get("job-uuid") or self._switch.new_uuid()
        self._connection.send(
            f"Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n".encode()
        )
        name, _, argument = rest.partition(" ")
        shown = {"Event-Name": "BACKGROUND_JOB", "Job-UUID": job, "Job-Command": name, "Job-Command-Arg": argument}
        self._switch.events.publish("BACKGROUND_JOB", {**shown, "_body": self._switch.api(rest)})
