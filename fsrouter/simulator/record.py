"""The record of one call on the switch: what a test waits for, and reads afterwards.

What lives here: what was rung, heard and recorded, step by step. What it must not know: how the switch does it, who
acts for the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from gevent.event import Event

from fsrouter.simulator.channel import Channel
from fsrouter.simulator.phones import Caller, Phone


@dataclass(slots=True)
class Ring:
    """One phone that was rung: what was dialled, when, and how it ended.

    `outcome` is `SUCCESS` when it talked with the caller, else FreeSWITCH's cause (USER_BUSY, ALLOTTED_TIMEOUT,
    LOSE_RACE …), empty while it rings. `heard`: files played to it before the caller was connected; `dtmf_sent`: digits
    sent to it after the answer; `moments`: both with the seconds since its answer (`(1.02, "key 2")`,
    `(1.64, "hears a.wav")`) and when it was connected (`talks`); `variables`: those of its leg.
    """

    target: str
    at: float
    uuid: str
    variables: dict[str, str]
    answered_at: float | None = None
    over_at: float | None = None
    outcome: str = ""
    heard: list[str] = field(default_factory=list)
    dtmf_sent: str = ""
    moments: list[tuple[float, str]] = field(default_factory=list)


@dataclass(slots=True)
class Recording:
    """A file that was recorded: which channel, from when to when (None: still running, or the call ended with it)."""

    path: str
    uuid: str
    started: float
    stopped: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A voicemail that was left: whose mailbox, by whom, how long, in which file."""

    mailbox: str
    domain: str
    caller: str
    seconds: float
    path: str


@dataclass(eq=False)
class Record:
    """One call on the simulated switch.

    `timeline`: (simulated second, what happened). `rang`: every phone that was rung, in order. `talked_to`: targets
    that the caller was connected with. `heard`: what was played to the caller. `fail_safe`: whether the dialplan's last
    resort ran. `routers`: the router that each turn reached. `steps`: applications and stages (`connected`, `ringing`,
    `talking`, `queue`, `leg over`, `let go`) as they began. `onward`: legs that were taken away and went on as calls of
    their own.
    """

    caller: Caller
    line: Channel = field(init=False)
    """The caller's channel."""
    timeline: list[tuple[float, str]] = field(default_factory=list)
    rang: list[Ring] = field(default_factory=list)
    talked_to: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    routers: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    onward: list[Record] = field(default_factory=list)
    pressed: str = ""
    fail_safe: bool = False
    answered_at: float | None = None
    hung_up_by_caller: bool = False
    error: BaseException | None = None
    """What went wrong in the simulator itself; `wait` raises it."""

    def __post_init__(self) -> None:
        self._over = Event()
        self._waiting: list[tuple[str, Event]] = []

    @property
    def uuid(self) -> str:
        """The caller's channel."""
        return self.line.uuid

    @property
    def answered(self) -> bool:
        """Whether the caller was answered."""
        return self.answered_at is not None

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return bool(self._over.is_set())

    @property
    def hangup_cause(self) -> str:
        """FreeSWITCH's cause, empty while the call lasts."""
        return self.line.cause if self.over else ""

    @property
    def variables(self) -> dict[str, str]:
        """The channel variables of the caller, the last ones when the call is over."""
        return self.line.variables

    @property
    def dtmf_sent(self) -> dict[str, str]:
        """Digits that were dialled after the answer, by target."""
        return {ring.target: ring.dtmf_sent for ring in self.rang if ring.dtmf_sent}

    @property
    def whispered(self) -> dict[str, list[str]]:
        """What answerers heard before they were connected, by target."""
        return {ring.target: ring.heard for ring in self.rang if ring.heard}

    def outcomes(self) -> list[tuple[str, str]]:
        """Each ring's target and outcome, in order."""
        return [(ring.target, ring.outcome) for ring in self.rang]

    def log(self) -> str:
        """The timeline as text, a line each."""
        return "\n".join(f"{at:8.2f}  {what}" for at, what in self.timeline)

    def wait(self, timeout: float = 10.0) -> Self:
        """Until the call is over; TimeoutError with its timeline when that takes more than `timeout` real seconds."""
        if not self._over.wait(timeout):
            raise TimeoutError(f"the call is not over after {timeout} s:\n{self.log()}")
        if self.error is not None:
            raise self.error
        return self

    def reach(self, step: str, times: int = 1, timeout: float = 10.0) -> Self:
        """Until a step has begun for the so-maniest time: an application's name, or a stage of `steps`."""
        while self.steps.count(step) < times:
            if self.over:
                raise TimeoutError(f"the call ended before {step!r}:\n{self.log()}")
            event = Event()
            self._waiting.append((step, event))
            if not event.wait(timeout):
                raise TimeoutError(f"{step!r} was not reached in {timeout} s:\n{self.log()}")
        return self

    # -- the switch reports

    def step(self, name: str) -> None:
        """A step of the call begins."""
        self.steps.append(name)
        for waiting in list(self._waiting):
            if waiting[0] == name:
                self._waiting.remove(waiting)
                waiting[1].set()

    def prompt_begins(self) -> None:
        """Something waits for keys; nobody presses any for a call that nobody placed."""

    def start_recording(self, path: str, channel: Channel) -> None:
        """A channel is recorded from now on."""
        self.recordings.append(Recording(path, channel.uuid, channel.clock.now))

    def stop_recordings(self, channel: Channel, path: str | None = None) -> None:
        """Recordings of a channel end, or the one of that path."""
        for recording in self.recordings:
            if recording.uuid == channel.uuid and recording.stopped is None and path in (None, recording.path):
                recording.stopped = channel.clock.now
                if channel is self.line:
                    channel.set("record_ms", str(int((recording.stopped - recording.started) * 1000)))

    def finish(self, error: BaseException | None = None) -> None:
        """The call is over."""
        self.error = error
        self._over.set()
        for _, event in self._waiting:
            event.set()


Behaviour = Phone | Callable[[Record], Phone]
"""A phone, or what makes one for each call: random loads, phones that are busy the first time."""
