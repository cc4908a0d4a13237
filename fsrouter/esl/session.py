"""One call's session over a synchronous outbound socket: requests and replies, no events.

The first write says `connect` and asks for FreeSWITCH's global variable `fsr_secret`; who answers with anything but the
secret is told nothing more, and nothing of what they say of a call is looked at (docs/wire.md 13).

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

import select
from collections.abc import Callable, Sequence
from typing import Final

from gevent import socket

from fsrouter.errors import Refused
from fsrouter.esl import commands, validation, variables
from fsrouter.esl.events import Channel
from fsrouter.esl.frames import Decoder, Frame, WireError
from fsrouter.esl.lifecycle import CallerGone, CallSession, Declined, Malformed, Overdue, SwitchGone, Unproved
from fsrouter.runtime import Runtime

READ_SIZE: Final = 65_536
SECRET_LIMIT: Final = 256
"""Characters of a secret that is looked at; ours have 64."""
UNPROVED_BYTES: Final = 256 * 1024
"""Most bytes from a peer that has not proved yet whose it is. A call's answer to `connect` has 10 to 20 KB, and what a
caller can make of it by a SIP message of the largest size (64 KB) is percent-encoded."""
GONE: Final = getattr(select, "POLLRDHUP", 0) | select.POLLHUP
"""What a socket is whose other end is closed (poll(2))."""
NOISE_LIMIT: Final = 10_000
"""Most frames that nobody asked for, and kilobytes of them, while replies are awaited: a dialplan that has turned them
on sends a few."""
# Never asked for on this socket; harmless when a dialplan has turned them on.
_NOISE = frozenset({"text/event-json", "text/event-plain", "text/event-xml", "log/data"})
# How much is done while there is always more to read before everybody else has a turn: a read counts 16, a frame that
# nobody asked for 1. The replies to one write come in at most four reads, so that no call ever waits for others here.
_TURN = 64


class Session(CallSession):
    """The session about one call, over `sock` (a gevent socket, connected), with `peer` for the log.

    `secret_problem` says what is wrong with the secret that a peer shows: "" for nothing, and it is given "" when none
    is shown.

    Attributes:
        proved: called once, with this session, when the peer has shown that it is a FreeSWITCH of ours; before it, the
            peer is anybody.
    """

    remedy = "; the dialplan's `socket` must say `full`"

    def __init__(
        self, sock: socket.socket, runtime: Runtime, secret_problem: Callable[[str], str], peer: str = ""
    ) -> None:
        super().__init__(runtime.monotonic)
        self.peer = peer
        self.proved: Callable[[Session], None] = lambda session: None
        self._runtime = runtime
        self._secret_problem = secret_problem
        self._stranger = True
        self._sock = sock
        self._decoder = Decoder()
        self._done = self._unasked = 0
        self._allowance = UNPROVED_BYTES

    @property
    def left(self) -> bool:
        """Whether FreeSWITCH has closed its end, however much of what it said is still to be read."""
        if self.closed:
            return True
        poll = select.poll()
        poll.register(self._sock.fileno(), GONE)
        return bool(poll.poll(0))

    def _close(self) -> None:
        self._sock.close()

    def _connect(self, deadline: float) -> Channel:
        until = self._send(commands.connect() + commands.api("global_getvar", variables.SECRET), deadline)
        frame = self._reply("command/reply", until)
        self._check(frame.reply_text)
        self._prove(self._reply("api/response", until))
        for header, wanted in (("Socket-Mode", "static"), ("Control", "full")):
            if (found := frame.headers.get(header, wanted)) != wanted:
                self._end(Declined(f"{header} is {found!r}: the dialplan's line must be `socket HOST:PORT full`"))
        channel = Channel(frame.headers)
        try:
            validation.uuid(channel.uuid)
        except Refused as refused:
            self._end(Malformed(f"the answer to connect names no call: {refused}"), refused)
        return channel

    def _prove(self, answer: Frame) -> None:
        """Have the secret that the peer shows looked at, before anything else that it says."""
        if answer.content_type == "command/reply":  # FreeSWITCH answers so where the dialplan does not say `full`
            self._check(answer.reply_text)
        shown = answer.body[: SECRET_LIMIT + 1].decode("utf-8", "replace") if answer.ok else ""
        if problem := self._secret_problem(shown):
            self._end(Unproved(problem))
        self._stranger = False
        self.proved(self)

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
        self._done = self._unasked = 0
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
            for _ in range(4):  # a notice and what stood before it; whoever sends more has not said goodbye
                if not (data := self._sock.recv(READ_SIZE)):
                    break
                self._decoder.take(data)
        except (OSError, WireError):
            pass
        try:
            while frame := self._decoder.next():
                if frame.is_disconnect:
                    return True
                self._work(1)
        except WireError:
            pass
        return False

    def _reply(self, kind: str, until: float) -> Frame:
        """The next reply, of Content-Type `kind`; an error may come as the other kind."""
        frame = self._frame(until)
        while frame.content_type in _NOISE:
            self._unasked += 1 + len(frame.body) // 1024
            if self._stranger or self._unasked > NOISE_LIMIT:
                self._end(Malformed(f"a {frame.content_type} where a {kind} belongs"))
            self._work(1)
            frame = self._frame(until)
        if frame.is_disconnect:
            self._end(CallerGone("the caller has left"))
        if frame.content_type == kind or (frame.content_type == "command/reply" and not frame.ok):
            return frame
        self._end(Malformed(f"a {frame.content_type[:40]!r} where a {kind} belongs"))

    def _frame(self, until: float) -> Frame:
        try:
            while (frame := self._decoder.next()) is None:
                self._receive(until)
            return frame
        except TimeoutError as error:
            self._end(Overdue("FreeSWITCH did not answer in time"), error)
        except OSError as error:
            self._end(SwitchGone(f"the connection to FreeSWITCH broke: {error}"), error)
        except WireError as error:
            self._end(Malformed(str(error)), error)

    def _receive(self, until: float) -> None:
        left = until - self._clock()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        data = self._sock.recv(READ_SIZE)
        if not data:
            where = "between two replies" if self._decoder.close() else "inside a reply"
            self._end(SwitchGone(f"FreeSWITCH closed the connection {where}, without a notice"))
        if self._stranger:
            self._allowance -= len(data)
            if self._allowance < 0:
                raise WireError(f"more than {UNPROVED_BYTES} bytes from a peer that has not proved whose it is")
        self._decoder.take(data)
        self._work(16)

    def _work(self, much: int) -> None:
        """Count what has been read: while there is more, `recv` lets nobody else have a turn, no call and not the
        watchdog.
        """
        self._done += much
        if self._done >= _TURN:
            self._done = 0
            self._runtime.sleep(0)
