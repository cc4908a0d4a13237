"""A call that was placed: what a test waits on, acts on, and reads afterwards.

What lives here: the record of one call and the hands of its caller. What it must not know: how the switch does what is
asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from gevent.event import Event

from fsrouter.simulator import transfers
from fsrouter.simulator.phones import Caller, Press, Recording, Ring, presses

if TYPE_CHECKING:
    from fsrouter.simulator.clock import Timer
    from fsrouter.simulator.line import Line

Story = list[tuple[float, str]]


@dataclass(eq=False)
class PlacedCall:
    """One call on the simulated switch.

    `story`: (simulated second, what happened). `rang`: every phone that was rung, in order. `talked_to`: targets that
    the caller was connected with. `heard`: what was played to the caller. `fail_safe`: whether the dialplan's last
    resort ran.
    `routers`: the router that each turn reached. `steps`: applications and stages (`connected`, `ringing`, `talking`,
    `queue`,
    `leg over`, `let go`) as they began.
    """

    caller: Caller
    line: Line = field(init=False)
    story: Story = field(default_factory=list)
    rang: list[Ring] = field(default_factory=list)
    talked_to: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    routers: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    scheduled: list[Timer] = field(default_factory=list)
    onward: list[PlacedCall] = field(default_factory=list)
    """Legs that were taken away and went on as calls of their own."""
    pressed: str = ""
    fail_safe: bool = False
    answered_at: float | None = None
    hung_up_by_caller: bool = False
    error: BaseException | None = None
    """What went wrong in the simulator itself; `wait` raises it."""

    def __post_init__(self) -> None:
        self._over = Event()
        self._waiting: list[tuple[str, Event]] = []
        self._keys = deque(self.caller.keys)
        self._leaves_at, self._leaves_after = _moment(self.caller.hangs_up_after)
        self._leaving: Timer | None = None

    # -- reading

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

    # -- waiting

    def wait(self, timeout: float = 10.0) -> PlacedCall:
        """Until the call is over; TimeoutError with its story when that takes more than `timeout` real seconds."""
        if not self._over.wait(timeout):
            raise TimeoutError(f"the call is not over after {timeout} s:\n{self.told()}")
        if self.error is not None:
            raise self.error
        return self

    def reach(self, step: str, times: int = 1, timeout: float = 10.0) -> PlacedCall:
        """Until a step has begun for the so-maniest time: an application's name, or a stage of `steps`."""
        while self.steps.count(step) < times:
            if self.over:
                raise TimeoutError(f"the call ended before {step!r}:\n{self.told()}")
            event = Event()
            self._waiting.append((step, event))
            if not event.wait(timeout):
                raise TimeoutError(f"{step!r} was not reached in {timeout} s:\n{self.told()}")
        return self

    def told(self) -> str:
        """The story as text, a line each."""
        return "\n".join(f"{at:8.2f}  {what}" for at, what in self.story)

    # -- acting: at once, in real time

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        """The caller hangs up."""
        self.line.hang_up(cause, by_caller=True)

    def vanish(self) -> None:
        """The caller's phone is killed: no BYE comes, and only `Switch.rtp_timeout` ends the call."""
        if (timeout := self.line.switch.rtp_timeout) is not None:
            self.line.clock.after(timeout, lambda: self.line.hang_up("MEDIA_TIMEOUT"))
        self._keys.clear()
        self._leaves_at = ""
        if self._leaving is not None:
            self._leaving.cancel()

    def callee_vanishes(self) -> None:
        """The phone that the caller talks with is killed."""
        if self.line.leg is not None:
            self.line.leg.vanish()

    def press(self, keys: str) -> None:
        """The caller presses keys; what nobody waits for is kept for the next prompt."""
        self.line.press(keys)

    def callee_hangs_up(self, cause: str = "NORMAL_CLEARING") -> None:
        """The far end that the caller talks with hangs up."""
        if self.line.leg is not None:
            self.line.leg.release(cause, by="phone")

    def transfer(self, extension: str, dialplan: str = "", context: str = "") -> None:
        """An operator's `uuid_transfer`."""
        self.line.transfer(extension, dialplan, context)

    def refer_by_callee(self, extension: str) -> None:
        """The answerer's phone transfers the caller blindly."""
        transfers.refer_by_callee(self.line, extension)

    def take(self, how: str, *arguments: str) -> None:
        """Somebody else moves the call; `how` is one of TAKES, e.g. `take("uuid_bridge")`, `take("transfer_both",
        "8790")`.
        """
        TAKES[how](self.line, *arguments)

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen so many simulated seconds from now."""
        self.line.clock.after(seconds, act)

    # -- the switch reports

    def step(self, name: str) -> None:
        """A step of the call begins."""
        self.steps.append(name)
        if name == self._leaves_at:
            self._leaves_at = ""
            self._leaving = self.line.clock.after(self._leaves_after, self.hang_up)
        for waiting in list(self._waiting):
            if waiting[0] == name:
                self._waiting.remove(waiting)
                waiting[1].set()

    def begin(self) -> None:
        """The call has come in."""
        self.story.append((0.0, f"{self.caller.number} calls {self.caller.to}"))
        if self._leaves_at is None:
            self._leaving = self.line.clock.after(self._leaves_after, self.hang_up)

    def prompt_begins(self) -> None:
        """Something waits for keys: the caller will press what was planned for it."""
        if not self._keys:
            return
        planned: Sequence[Press] = presses(self._keys.popleft())
        for key, after in planned:
            self.line.clock.after(after, partial(self.press, key))

    def stop_recordings(self, uuid: str, path: str | None = None) -> None:
        """Recordings of a channel end, or the one of that path."""
        for recording in self.recordings:
            if recording.uuid == uuid and recording.stopped is None and path in (None, recording.path):
                recording.stopped = self.line.clock.now
                length = str(int((recording.stopped - recording.started) * 1000))
                if uuid == self.line.uuid:
                    self.line.set("record_ms", length)

    def finish(self, error: BaseException | None = None) -> None:
        """The call is over."""
        self.error = error
        self._over.set()
        for _, event in self._waiting:
            event.set()


TAKES: dict[str, Callable[..., None]] = {
    "attended_by_callee": transfers.attended_by_callee,
    "attended_by_caller": transfers.attended_by_caller,
    "refer_by_callee": transfers.refer_by_callee,
    "refer_by_caller": transfers.refer_by_caller,
    "transfer": lambda line, *words: line.transfer(*words),
    "transfer_both": transfers.transfer_both,
    "transfer_callee": transfers.transfer_callee,
    "uuid_bridge": transfers.uuid_bridge,
    "uuid_park": transfers.uuid_park,
}
"""How somebody else can move a call (docs/wire.md 2)."""


def _moment(when: float | str | None) -> tuple[str | None, float]:
    """At which step the caller hangs up, and how long after it: None for the begin of the call, "" for never."""
    if when is None:
        return "", 0.0
    if isinstance(when, str):
        step, _, seconds = when.removeprefix("at:").partition("+")
        return step, float(seconds or 0)
    return None, float(when)
