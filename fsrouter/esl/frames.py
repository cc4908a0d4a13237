"""Bytes from FreeSWITCH become frames. Knows the framing and nothing else: no socket, clock or greenlet.

Strategy: the block is cut at b"\\n" first and each value is decoded afterwards, when somebody asks for it. FreeSWITCH
leaves a `%XX` that a caller wrote as it is (switch_utils.c:3517), so whoever decodes first and splits later lets a
display name add headers. `str.splitlines` is never used: it also cuts at U+2028, U+0085 and form feeds, which a
caller may send as plain text. Decoded values lose their unsafe characters (`engine.text`), so that none can break a log
line, a screen or a command that quotes it.

Of two headers with one name the first counts: FreeSWITCH writes its own (switch_channel.c,
`switch_channel_event_set_data`) before the variables that a caller can influence. Two framing headers (Content-Type,
Content-Length) that say different things are refused altogether, since no choice between them would be safe.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from fsrouter.engine.text import removed
from fsrouter.errors import Error

BLOCK_LIMIT: Final = 1 << 20
"""Largest header block, in bytes. A SIP call's connect block is 6 to 10 KB."""
BODY_LIMIT: Final = 16 << 20
"""Largest body, in bytes: FreeSWITCH's own limit (mod_event_socket.c:38)."""

SHORT: Final = 80
"""Bytes of a header block that is worth remembering: `+OK` is said again and again."""

# Lines with a name and a colon each, or with nothing.
_LINES = re.compile(rb"[^:\n]+:[^\n]*(?:\n[^:\n]+:[^\n]*)*")
_NEED_LENGTH = frozenset({b"api/response", b"log/data", b"text/rude-rejection"})
_FRAMING = (b"Content-Type", b"Content-Length")


class WireError(Error, ValueError):
    """What came in is no event socket traffic; nothing that follows it on this connection can be trusted."""


def _decoded(value: bytes) -> str:
    raw = unquote_to_bytes(value) if b"%" in value else value
    return removed(raw.decode("utf-8", "replace"))


class Headers(Mapping[str, str]):
    """One header block: names as FreeSWITCH writes them, values percent-decoded and cleaned when they are read.

    Nothing is cut up before it is asked for: of the 160 headers of a call, a dozen are. Where a name stands twice the
    first counts; FreeSWITCH writes its own headers before the variables that a caller may have a hand in.
    """

    __slots__ = ("_block", "_found")

    def __init__(self, block: bytes) -> None:
        """Take `block` (without its empty line).

        Raises:
            WireError: a line without a colon, or two framing headers that contradict each other.
        """
        if not _LINES.fullmatch(block):
            raise WireError("a header line without a name and a colon")
        self._block = b"\n" + block
        self._found: dict[object, str | None] = {}
        for name in _FRAMING:
            if self._block.count(b"\n" + name + b":") > 1 and len(set(self._all(name))) > 1:
                raise WireError(f"two different {name.decode()} headers")

    def __getitem__(self, name: str) -> str:
        value = self._value(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        names = dict.fromkeys(line.partition(b":")[0] for line in self._block[1:].split(b"\n"))
        return (removed(name.decode("utf-8", "replace")) for name in names)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return self._value(name) is not None

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """A value, or `default` where there is none."""
        value = self._value(name)
        return default if value is None else value

    def raw(self, name: bytes) -> bytes | None:
        """The bytes of a header as they were on the wire, or None."""
        begin = self._block.find(b"\n" + name + b":")
        if begin < 0 or not name or b"\n" in name or b":" in name:
            return None
        begin += len(name) + 2
        end = self._block.find(b"\n", begin)
        return self._block[begin : end if end >= 0 else None].strip(b" \r")

    def _value(self, name: object) -> str | None:
        if name in self._found:
            return self._found[name]
        raw = self.raw(name.encode()) if isinstance(name, str) else None
        value = self._found[name] = None if raw is None else _decoded(raw)
        return value

    def _all(self, name: bytes) -> Iterator[bytes]:
        for line in self._block[1:].split(b"\n"):
            found, _, value = line.partition(b":")
            if found == name:
                yield value.strip(b" \r")


class Frame(msgspec.Struct, frozen=True):
    """One message of FreeSWITCH: its header block, and its body where it has one."""

    headers: Headers
    body: bytes = b""

    @property
    def content_type(self) -> str:
        """`command/reply`, `api/response`, `text/event-json`, `text/disconnect-notice` …"""
        return self.headers["Content-Type"]

    @property
    def text(self) -> str:
        """The body as text, line ends kept."""
        return self.body.decode("utf-8", "replace")

    @property
    def reply_text(self) -> str:
        """What the command was answered: Reply-Text, or for an api command the first line of its body."""
        told = self.headers.get("Reply-Text")
        return told if told is not None else removed(self.body[:512].split(b"\n", 1)[0].decode("utf-8", "replace"))

    @property
    def ok(self) -> bool:
        """False when FreeSWITCH answered with an error or with the usage of the command."""
        return not self.reply_text.startswith(("-ERR", "-USAGE"))

    @property
    def is_disconnect(self) -> bool:
        """True for the notice that FreeSWITCH sends last: the caller has gone."""
        return self.content_type == "text/disconnect-notice"


class Decoder:
    """Bytes in, frames out, in pieces of any size. After an error it stays failed."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._headers: Headers | None = None
        self._length = 0
        self._error: WireError | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """Take `data` and return the frames that it completes.

        Frames that stand before an error are still returned; the error is raised by the next call (which may bring
        b"").

        Raises:
            WireError: malformed or oversized input, now or earlier.
        """
        self.take(data)
        frames: list[Frame] = []
        try:
            while (frame := self.next()) is not None:
                frames.append(frame)
        except WireError:
            if not frames:
                raise
        return frames

    def take(self, data: bytes) -> None:
        """Take `data`, to be read by `next`. Raises WireError for what was malformed earlier."""
        if self._error is not None:
            raise self._error
        self._buffer += data

    def next(self) -> Frame | None:
        """The next frame, None while it is not whole; what stands behind it is not looked at yet. Raises WireError."""
        if self._error is not None:
            raise self._error
        try:
            return self._next()
        except WireError as error:
            self._error = error
            self._buffer.clear()
            raise

    def close(self) -> bool:
        """The stream has ended: True between two frames, False inside one (the sender died while it wrote)."""
        return self._error is None and self._headers is None and not self._buffer

    def _next(self) -> Frame | None:
        if self._headers is None and not self._block():
            return None
        if len(self._buffer) < self._length:
            return None
        assert self._headers is not None
        frame = Frame(self._headers, bytes(self._buffer[: self._length]))
        del self._buffer[: self._length]
        self._headers = None
        return frame

    def _block(self) -> bool:
        buffer = self._buffer
        if buffer[:1] == b"\n":  # nothing starts with an empty line; a stray one between frames is harmless
            del buffer[: len(buffer) - len(buffer.lstrip(b"\n"))]
            self._scanned = 0
        end = buffer.find(b"\n\n", max(0, self._scanned - 1))
        if end > BLOCK_LIMIT or (end < 0 and len(buffer) > BLOCK_LIMIT):
            raise WireError(f"a header block of more than {BLOCK_LIMIT} bytes")
        if end < 0:
            self._scanned = len(buffer)
            return False
        block = bytes(buffer[:end])
        self._headers, self._length = (_same_again if end < SHORT else _head)(block)
        del buffer[: end + 2]
        self._scanned = 0
        return True


def _head(block: bytes) -> tuple[Headers, int]:
    """A header block, and how long the body behind it is."""
    headers = Headers(block)
    return headers, _body_length(headers)


# Headers do not change, so what most replies say is cut up once.
_same_again = functools.lru_cache(maxsize=256)(_head)


def _body_length(headers: Headers) -> int:
    kind = headers.raw(b"Content-Type")
    if not kind:
        raise WireError("a header block without Content-Type")
    length = headers.raw(b"Content-Length")
    if length is None:
        # The answer to `connect` and every command/reply have a header block only (mod_event_socket.c:2035).
        if kind in _NEED_LENGTH or kind.startswith(b"text/event-"):
            raise WireError("a body without Content-Length")
        return 0
    if not (length.isdigit() and len(length) <= 8 and int(length) <= BODY_LIMIT):
        raise WireError("a Content-Length that is no number of bytes, or too many")
    return int(length)
