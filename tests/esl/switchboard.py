"""An inbound event socket for tests: a real listener that plays FreeSWITCH as a script says."""

from __future__ import annotations

from collections.abc import Callable

import gevent
from gevent import socket
from gevent.event import Event
from gevent.server import StreamServer

from esl.ends import OK, SwitchEnd, reply

AUTH = b"Content-Type: auth/request\n\n"
ACCEPTED = reply("+OK accepted")


def event(body: bytes, kind: str = "json") -> bytes:
    return b"Content-Length: %d\nContent-Type: text/event-%s\n\n%s" % (len(body), kind.encode(), body)


class Switchboard:
    """Lets a connection in, answers its subscription, then does what `after` says with FreeSWITCH's end of it."""

    def __init__(self, after: Callable[[SwitchEnd], None] | None = None, greeting: bytes = AUTH) -> None:
        self.commands: list[str] = []
        self.connections = 0
        self.greeting = greeting
        self.answers: dict[str, bytes] = {}
        self._after = after
        self._over = Event()
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()

    @property
    def port(self) -> int:
        return int(self._server.address[1])

    def hear(self, end: SwitchEnd) -> str:
        command = end.hear()
        self.commands.append(command)
        return command

    def serve(self, end: SwitchEnd) -> None:
        """Answer every command until the other side closes: from `answers` by its first word, else +OK."""
        while command := self.hear(end):
            end.say(self.answers.get(command.split()[0], OK))

    def _serve(self, sock: socket.socket, peer: object) -> None:
        self.connections += 1
        end = SwitchEnd(sock)
        try:
            end.say(self.greeting)
            if self.greeting == AUTH:
                self.hear(end)
                end.say(self.answers.get("auth", ACCEPTED))
                while not self.commands[-1].startswith("event ") and self.hear(end):
                    end.say(self.answers.get(self.commands[-1].split()[0], OK))
            (self._after or self.serve)(end)
        except OSError:
            pass
        finally:
            end.close()

    def close(self) -> None:
        self._server.stop(timeout=0)
        gevent.sleep(0)
