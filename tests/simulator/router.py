"""Routers to test the switch with: one that says what a script tells it, and one whose steps are a function."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

import gevent
import orjson
from gevent.pool import Pool
from gevent.server import StreamServer


class Talk:
    """The router's end of one connection, with the few words that these tests need."""

    def __init__(self, sock: gevent.socket.socket) -> None:
        self.sock = sock
        self.stream = sock.makefile("rb")
        self.uuid = ""
        self.headers: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def send(self, text: str) -> None:
        self.sock.sendall(text.encode() + b"\n\n")

    def frame(self) -> tuple[dict[str, str], bytes]:
        """The next frame; no headers at the end of the stream."""
        headers: dict[str, str] = {}
        while True:
            line = self.stream.readline()
            if line in (b"", b"\n"):
                break
            name, _, value = line.decode("utf-8", "replace").rstrip("\n").partition(": ")
            headers.setdefault(name, value)
        return headers, self.stream.read(int(headers.get("Content-Length", 0)))

    def ask(self, text: str) -> str:
        """Send a command and give its reply: Reply-Text, the body of an api reply, `gone` for the notice, `` at the
        end.
        """
        self.send(text)
        headers, body = self.frame()
        match headers.get("Content-Type"):
            case "text/disconnect-notice":
                return "gone"
            case "api/response":
                return body.decode()
        return headers.get("Reply-Text", "")

    def connect(self) -> Talk:
        self.send("connect")
        self.headers, _ = self.frame()
        self.uuid = self.headers.get("Unique-ID", "")
        return self

    def execute(self, application: str, argument: str = "") -> str:
        return self.ask(f"sendmsg\ncall-command: execute\nexecute-app-name: {application}\nexecute-app-arg: {argument}")

    def set(self, **variables: str) -> str:
        return self.ask(
            f"api uuid_setvar_multi {self.uuid} " + ";".join(f"{name}={value}" for name, value in variables.items())
        )

    def get(self, name: str) -> str:
        return self.ask(f"getvar {name}")

    def dump(self) -> dict[str, str]:
        """The channel as it is, or nothing when it is gone."""
        self.send(f"api uuid_dump {self.uuid} json")
        headers, body = self.frame()
        return orjson.loads(body) if headers.get("Content-Type") == "api/response" and body.startswith(b"{") else {}

    def took(self, **more: str) -> Talk:
        """Connect and say what a router says first."""
        self.connect()
        self.set(fsr_took="yes", fsr_call="1", export_vars="fsr_call", **more)
        return self

    def serve(self, cause: str = "NORMAL_CLEARING") -> None:
        """Let go of a call that is over."""
        self.set(fsr_served="yes", fsr_cause=cause)

    def die(self) -> None:
        """Close at once."""
        self.stream.close()
        self.sock.close()


class Router:
    """A listening router; `steps(talk, turn)` holds each connection, counted from 1, and closes it when it returns."""

    def __init__(self, steps: Callable[[Talk, int], None]) -> None:
        self.turns = 0
        self.errors: list[BaseException] = []
        self._steps = steps
        self._server = StreamServer(("127.0.0.1", 0), self._hold, spawn=Pool())

    def __enter__(self) -> Router:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(timeout=2)
        if error is None and self.errors:
            raise self.errors[0]

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self._server.server_port)

    def stop(self) -> None:
        """Listen no more; conversations go on."""
        self._server.close()

    def _hold(self, sock: gevent.socket.socket, _: object) -> None:
        self.turns += 1
        try:
            with Talk(sock) as talk:
                self._steps(talk, self.turns)
        except (OSError, ValueError):
            pass  # the switch went away, or the test closed the socket under a read
        except BaseException as error:
            self.errors.append(error)
