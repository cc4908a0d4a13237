"""One call's conversation with FreeSWITCH over a synchronous outbound socket: requests and replies, no events.

Everything here has a deadline in seconds from the call of the method. How a conversation can end, as exceptions:

    Ended                 nothing more can be said on this socket; it is closed, and every later call raises the same
    |-- CallerGone        the caller hung up, or somebody hung him up: the disconnect notice, or -ERR No such channel
    |-- CallTaken         somebody has moved the call (Channel-State-Number is not 4): `state_number` says where to
    |-- SwitchGone        the stream ended without a notice: FreeSWITCH died, or the network between us
    |-- Overdue           the deadline has passed
    |-- Declined          FreeSWITCH refuses what a call needs: the dialplan's `socket` says `async`, or not `full`
    `-- Malformed         what came is no event socket traffic

A closed socket is safe: the dialplan goes on with its next action (docs/wire.md 0.2). So every doubt closes it, at
once: what a late router does to a call that was taken can kill it (docs/wire.md 1).

What each reply may be, and what it means (`step` sends all three commands in one write; FreeSWITCH reads the dump
only when the application has ended):

    reply to   +OK      -ERR No such channel   other -ERR, -USAGE   notice       state 4   10 and more   other state
    setvar     goes on  CallerGone             Declined             CallerGone
    execute    goes on  CallerGone             Declined             CallerGone
    dump                CallerGone             Declined             CallerGone   ours      CallerGone    CallTaken
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Final, NoReturn

from gevent import socket

from fsrouter.esl import commands, validation
from fsrouter.esl.events import Channel, Decoder, Frame, WireError, parse_json
from fsrouter.esl.lifecycle import (
    CallerGone,
    CallTaken,
    Conversation,
    Declined,
    Ended,
    Malformed,
    Overdue,
    SwitchGone,
    whose,
)

__all__ = [
    "CallTaken",
    "CallerGone",
    "Declined",
    "Ended",
    "Malformed",
    "Overdue",
    "Session",
    "SwitchGone",
]

READ_SIZE: Final = 65_536
_GONE = "-ERR No such channel"
# Never asked for on this socket; harmless when a dialplan has turned them on.
_NOISE = frozenset({"text/event-json", "text/event-plain", "text/event-xml", "log/data"})


class Session(Conversation):
    """The conversation about one call, over `sock` (a gevent socket, connected), with `peer` for the log.

    Attributes:
        channel: the call as FreeSWITCH last described it (`connect`, `look`, `step`), None before `connect`.
        ended: how the conversation ended, None while it goes on. `close` leaves it as it is.
    """

    def __init__(self, sock: socket.socket, peer: str = "") -> None:
        self.peer = peer
        self.channel: Channel | None = None
        self._sock: socket.socket | None = sock
        self._decoder = Decoder()
        self._frames: deque[Frame] = deque()

    @property
    def closed(self) -> bool:
        """True when nothing more can be said."""
        return self._sock is None

    def connect(self, deadline: float) -> Channel:
        """Ask for the call; the first thing to do, within the 25 s that FreeSWITCH waits. Raises Ended."""
        until = self._send(commands.connect(), deadline)
        frame = self._reply("command/reply", until)
        for header, wanted in (("Socket-Mode", "static"), ("Control", "full")):
            if (found := frame.headers.get(header, wanted)) != wanted:
                self._end(Declined(f"{header} is {found!r}: the dialplan's line must be `socket HOST:PORT full`"))
        channel = Channel(frame.headers)
        try:
            validation.uuid(channel.uuid)
        except validation.Refused as refused:
            self._end(Malformed(f"the answer to connect names no call: {refused}"), refused)
        return self._ours(channel)

    def set(self, variables: Mapping[str, str], deadline: float) -> None:
        """Set channel variables; an empty value unsets. Raises Ended; Refused when nothing was sent."""
        until = self._send(commands.setvars(self._uuid, variables), deadline)
        self._reply("api/response", until)

    def look(self, deadline: float) -> Channel:
        """The call as it is now. Raises Ended: CallTaken when it is no longer ours."""
        return self._dump(self._send(commands.dump(self._uuid), deadline))

    def step(self, variables: Mapping[str, str], app: str, arg: str, deadline: float, before: str = "") -> Channel:
        """Set `variables` (none needed), run `app` with `arg` to its end, and return the call as it then is.

        `before` is an application without argument that runs first, as `answer`.

        One write, three replies. `deadline` covers all of it: give it the application's longest time and some more.

        Raises:
            Ended: see the module's table; CallTaken also when the application ended because the call was taken.
            Refused: a value that must not be sent; nothing was, and the session goes on.
        """
        request = commands.execute(app, arg) + commands.dump(self._uuid)
        if before:
            request = commands.execute(before) + request
        if variables:
            request = commands.setvars(self._uuid, variables) + request
        until = self._send(request, deadline)
        if variables:
            self._reply("api/response", until)
        if before:
            self._reply("command/reply", until)
        self._reply("command/reply", until)
        return self._dump(until)

    def getvar(self, name: str, deadline: float) -> str:
        """One variable that FreeSWITCH alone writes, empty when it is not set. Raises Ended, Refused."""
        frame = self.ask(commands.getvar(name), "command/reply", deadline)
        return frame.reply_text if frame.ok else ""

    def api(self, verb: str, args: str, deadline: float) -> str:
        """An api command of `commands.API`: its answer as it is, errors too. Raises Ended, Refused."""
        frame = self.ask(commands.api(verb, *args.split()), "api/response", deadline)
        return frame.text or frame.reply_text

    def ask(self, request: bytes, kind: str, deadline: float) -> Frame:
        """One command, made by `commands`, and its reply of Content-Type `kind`, errors too. Raises Ended."""
        return self._answer(kind, self._send(request, deadline))

    def close(self) -> None:
        """Close the socket; the dialplan goes on. May be called any number of times."""
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()

    @property
    def _uuid(self) -> str:
        if self.channel is None:
            raise RuntimeError("connect comes first")
        return self.channel.uuid

    def _send(self, request: bytes, deadline: float) -> float:
        """Write all of `request`; returns the moment (monotonic) by which its replies must be there."""
        until = time.monotonic() + deadline
        if self._sock is None:
            raise self.ended or SwitchGone("this session is closed")
        try:
            self._sock.settimeout(max(deadline, 0.001))
            self._sock.sendall(request)
        except TimeoutError as error:
            self._end(Overdue(f"FreeSWITCH took no command for {deadline:g} s"), error)
        except OSError as error:
            # The notice may be here already: FreeSWITCH sends it, then closes with our command unread (a reset).
            if self._notice_waiting():
                self._end(CallerGone("the caller has left"), error)
            self._end(SwitchGone(f"the connection to FreeSWITCH broke: {error}"), error)
        return until

    def _notice_waiting(self) -> bool:
        assert self._sock is not None
        try:
            self._sock.settimeout(0.0)
            while data := self._sock.recv(READ_SIZE):
                self._frames += self._decoder.feed(data)
        except (OSError, WireError):
            pass
        return any(frame.leaving for frame in self._frames)

    def _reply(self, kind: str, until: float) -> Frame:
        """The next reply, which must not be an error."""
        frame = self._answer(kind, until)
        if frame.ok:
            return frame
        if frame.reply_text.startswith(_GONE):
            self._end(CallerGone("the caller has left: no such channel"))
        self._end(Declined(f"FreeSWITCH answered {frame.reply_text[:80]!r}; the dialplan's `socket` must say `full`"))

    def _answer(self, kind: str, until: float) -> Frame:
        """The next reply, of Content-Type `kind`; an error may come as the other kind."""
        frame = self._frame(until)
        while frame.content_type in _NOISE:
            frame = self._frame(until)
        if frame.leaving:
            self._end(CallerGone("the caller has left"))
        if frame.content_type == kind or (frame.content_type == "command/reply" and not frame.ok):
            return frame
        self._end(Malformed(f"a {frame.content_type[:40]!r} where a {kind} belongs"))

    def _dump(self, until: float) -> Channel:
        frame = self._reply("api/response", until)
        try:
            channel = Channel(parse_json(frame.body))
        except WireError as error:
            self._end(Malformed(f"uuid_dump: {error}"), error)
        if channel.uuid != self._uuid:
            self._end(Malformed("uuid_dump speaks of another call"))
        return self._ours(channel)

    def _ours(self, channel: Channel) -> Channel:
        self.channel = channel
        if ended := whose(channel):
            self._end(ended)
        return channel

    def _frame(self, until: float) -> Frame:
        while not self._frames:
            assert self._sock is not None
            left = until - time.monotonic()
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

    def _end(self, how: Ended, why: BaseException | None = None) -> NoReturn:
        self.ended = how
        self.close()
        raise how from why
