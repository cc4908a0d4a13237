"""One call's session over a synchronous outbound socket: requests and replies, no events.

A closed socket is safe: the dialplan goes on with its next action (docs/wire.md 0.2). So every doubt closes it, at
once: what a late router does to a call that was taken can kill it (docs/wire.md 1).

What each reply may be, and what it means (`step` sends all three commands in one write; FreeSWITCH reads the dump
only when the application has ended). How a session can end stands in `lifecycle`.

    reply to   +OK      -ERR No such channel   other -ERR, -USAGE   notice       state 4   10 and more   other state
    setvar     goes on  CallerGone             Declined             CallerGone
    execute    goes on  CallerGone             Declined             CallerGone
    dump                CallerGone             Declined             CallerGone   ours      CallerGone    CallTaken
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from gevent import socket

from fsrouter.errors import Refused
from fsrouter.esl import commands, validation
from fsrouter.esl.events import Channel
from fsrouter.esl.frames import Decoder, Frame, WireError
from fsrouter.esl.lifecycle import CallerGone, CallSession, Declined, Malformed, Overdue, SwitchGone
from fsrouter.runtime import Clock

READ_SIZE: Final = 65_536
# Never asked for on this socket; harmless when a dialplan has turned them on.
_NOISE = frozenset({"text/event-json", "text/event-plain", "text/event-xml", "log/data"})


class Session(CallSession):
    """The session about one call, over `sock` (a gevent socket, connected), with `peer` for the log.

    Attributes:
        proved: called once, when the peer has shown that it is a FreeSWITCH of ours; before it, the peer is anybody.
    """

    remedy = "; the dialplan's `socket` must say `full`"

    def __init__(self, sock: socket.socket, clock: Clock, peer: str = "") -> None:
        super().__init__(clock)
        self.peer = peer
        self.proved: Callable[[], None] = lambda: None
        self._sock = sock
        self._decoder = Decoder()
        self._frames: deque[Frame] = deque()

    def _close(self) -> None:
        self._sock.close()

    def _connect(self, deadline: float) -> Channel:
        until = self._send(commands.connect(), deadline)
        frame = self._reply("command/reply", until)
        self._check(frame.reply_text)
        for header, wanted in (("Socket-Mode", "static"), ("Control", "full")):
            if (found := frame.headers.get(header, wanted)) != wanted:
                self._end(Declined(f"{header} is {found!r}: the dialplan's line must be `socket HOST:PORT full`"))
        channel = Channel(frame.headers)
        try:
            validation.uuid(channel.uuid)
        except Refused as refused:
            self._end(Malformed(f"the answer to connect names no call: {refused}"), refused)
        self.proved()
        return channel

    def _exchange(self, requests: Sequence[bytes], deadline: float, errors: bool) -> list[bytes]:
        """One write, and a reply to each command."""
        until = self._send(b"".join(requests), deadline)
        answers = []
        for request in requests:
            api = request.startswith(b"api ")
            frame = self._reply("api/response" if api else "command/reply", until)
            if not errors:
                self._check(frame.reply_text)
            if api:
                answers.append(frame.body or frame.reply_text.encode())
        return answers

    def _send(self, data: bytes, deadline: float) -> float:
        """Write all of `data`; returns the moment (monotonic) by which its replies must be there."""
        until = self._clock() + deadline
        if self.closed:
            raise self.ended or SwitchGone("this session is closed")
        try:
            self._sock.settimeout(max(deadline, 0.001))
            self._sock.sendall(data)
        except TimeoutError as error:
            self._end(Overdue(f"FreeSWITCH took no command for {deadline:g} s"), error)
        except OSError as error:
            # The notice may be here already: FreeSWITCH sends it, then closes with our command unread (a reset).
            if self._notice_waiting():
                self._end(CallerGone("the caller has left"), error)
            self._end(SwitchGone(f"the connection to FreeSWITCH broke: {error}"), error)
        return until

    def _notice_waiting(self) -> bool:
        try:
            self._sock.settimeout(0.0)
            while data := self._sock.recv(READ_SIZE):
                self._frames += self._decoder.feed(data)
        except (OSError, WireError):
            pass
        return any(frame.is_disconnect for frame in self._frames)

    def _reply(self, kind: str, until: float) -> Frame:
        """The next reply, of Content-Type `kind`; an error may come as the other kind."""
        frame = self._frame(until)
        while frame.content_type in _NOISE:
            frame = self._frame(until)
        if frame.is_disconnect:
            self._end(CallerGone("the caller has left"))
        if frame.content_type == kind or (frame.content_type == "command/reply" and not frame.ok):
            return frame
        self._end(Malformed(f"a {frame.content_type[:40]!r} where a {kind} belongs"))

    def _frame(self, until: float) -> Frame:
        while not self._frames:
            left = until - self._clock()
            try:
                if left <= 0:
                    raise TimeoutError
                self._frames += self._decoder.feed(b"")  # raises what an earlier read found behind its last frame
                self._sock.settimeout(left)
                data = self._sock.recv(READ_SIZE)
                if not data:
                    where = "between two replies" if self._decoder.close() else "inside a reply"
                    self._end(SwitchGone(f"FreeSWITCH closed the connection {where}, without a notice"))
                self._frames += self._decoder.feed(data)
            except TimeoutError as error:
                self._end(Overdue("FreeSWITCH did not answer in time"), error)
            except OSError as error:
                self._end(SwitchGone(f"the connection to FreeSWITCH broke: {error}"), error)
            except WireError as error:
                self._end(Malformed(str(error)), error)
        return self._frames.popleft()
