"""The other end of the wire, for tests: FreeSWITCH's side of a connection, and a router's socket in memory."""

from __future__ import annotations

import json
import struct

from gevent import socket

UUID = "01d99f91-158e-4c82-abad-eaab4bebf7eb"
OK = b"Content-Type: command/reply\nReply-Text: +OK\n\n"
API_OK = b"Content-Type: api/response\nContent-Length: 4\n\n+OK\n"
NOTICE = (
    b"Content-Type: text/disconnect-notice\nControlled-Session-UUID: " + UUID.encode() + b"\n"
    b"Content-Disposition: disconnect\nContent-Length: 67\n\n"
    b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
)


def api(body: str) -> bytes:
    raw = body.encode()
    return b"Content-Type: api/response\nContent-Length: %d\n\n%s" % (len(raw), raw)


def reply(text: str) -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def block(**more: str) -> bytes:
    """The answer to `connect`."""
    lines = {
        "Event-Name": "CHANNEL_DATA",
        "Unique-ID": UUID,
        "Channel-State-Number": "4",
        "Caller-Destination-Number": "9601",
        "Caller-Caller-ID-Number": "155501001",
        "Content-Type": "command/reply",
        "Reply-Text": "%2BOK%0A",
        "Socket-Mode": "static",
        "Control": "full",
    } | {name.replace("_", "-"): value for name, value in more.items()}
    return "".join(f"{name}: {value}\n" for name, value in lines.items()).encode() + b"\n"


def dumped(state: int | str = 4, uuid: str = UUID, **variables: str) -> bytes:
    """The answer to `uuid_dump UUID json`."""
    fields = {"Unique-ID": uuid, "Channel-State-Number": str(state)}
    return api(json.dumps(fields | {f"variable_{name}": value for name, value in variables.items()}))


SECRET = "7f" * 32
SHOWN = api(SECRET)
"""The answer to `api global_getvar fsr_secret`."""


def secret_problem(shown: str) -> str:
    """As a router judges what a peer shows."""
    return "" if shown == SECRET else "it shows a wrong secret" if shown else "it shows no secret"


def opened(**more: str) -> bytes:
    """The answers to a session's first write."""
    return block(**more) + SHOWN


class SwitchEnd:
    """FreeSWITCH's end of a real connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._heard = b""

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)

    def hear(self) -> str:
        """The next command, up to its empty line; an empty text at the end of the stream."""
        self.sock.settimeout(2)
        while b"\n\n" not in self._heard:
            data = self.sock.recv(65_536)
            if not data:
                return ""
            self._heard += data
        command, _, self._heard = self._heard.partition(b"\n\n")
        return command.decode()

    def answer(self, *replies: bytes) -> list[str]:
        """Hear one command and say one reply, for each of `replies`."""
        heard = []
        for each in replies:
            heard.append(self.hear())
            self.say(each)
        return heard

    def close(self) -> None:
        self.sock.close()

    def reset(self) -> None:
        """Close so that the other side sees a reset, as after a crash."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Tape:
    """A router's socket in memory: what FreeSWITCH said in pieces of `size` bytes, then the end of the stream."""

    def __init__(self, data: bytes, size: int = 65_536) -> None:
        self._data, self._size, self._at = data, size, 0
        self.closed = False

    def settimeout(self, seconds: float) -> None:
        assert seconds >= 0

    def sendall(self, data: bytes) -> None:
        assert data.endswith(b"\n\n")

    def recv(self, most: int) -> bytes:
        piece = self._data[self._at : self._at + min(self._size, most)]
        self._at += len(piece)
        return piece

    def close(self) -> None:
        self.closed = True
