"""A call that was placed: the hands of its caller, and of others who act on it.

What lives here: what a test does to a call, at once and in real time, and the caller's plan: when they hang up, what
they press. What it must not know: how the switch does what is asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from fsrouter.simulator.calls import transfers
from fsrouter.simulator.calls.leg import Leg
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.clock import Timer
from fsrouter.simulator.phones import presses
from fsrouter.simulator.record import Record

TAKES: dict[str, Callable[..., None]] = {
    "attended_by_callee": transfers.attended_by_callee,
    "attended_by_caller": transfers.attended_by_caller,
    "refer_by_callee": transfers.refer_by_callee,
    "refer_by_caller": transfers.refer_by_caller,
    "transfer": Line.transfer,
    "transfer_both": transfers.transfer_both,
    "transfer_callee": transfers.transfer_callee,
    "uuid_bridge": transfers.uuid_bridge,
    "uuid_park": transfers.uuid_park,
}
"""How somebody else can move a call (docs/wire.md 2)."""


@dataclass(eq=False)
class PlacedCall(Record):
    """A call that a caller has placed: its record, and what can be done to it."""

    line: Line = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keys = deque(self.caller.keys)
        self._leaves_at, self._leaves_after = _moment(self.caller.hangs_up_after)
        self._leaving: Timer | None = None

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        """The caller hangs up."""
        self.line.hang_up(cause, by_phone=True)

    def vanish(self) -> None:
        """The caller's phone is killed: no BYE comes, and only `Switch.rtp_timeout` ends the call."""
        if (timeout := self.line.switch.rtp_timeout) is not None:
            self.line.clock.after(timeout, lambda: self.line.hang_up("MEDIA_TIMEOUT"))
        self._keys.clear()
        self._leaves_at = ""
        if self._leaving is not None:
            self._leaving.cancel()

    def press(self, keys: str) -> None:
        """The caller presses keys; what nobody waits for is kept for the next prompt."""
        self.line.press(keys)

    def callee_hangs_up(self, cause: str = "NORMAL_CLEARING") -> None:
        """The far end that the caller talks with hangs up."""
        if self.line.leg is not None:
            self.line.leg.hang_up(cause, by_phone=True)

    def callee_vanishes(self) -> None:
        """The phone that the caller talks with is killed."""
        if isinstance(self.line.leg, Leg):
            self.line.leg.vanish()

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

    # -- the caller's plan

    def begin(self) -> None:
        """The call has come in."""
        self.timeline.append((0.0, f"{self.caller.number} calls {self.caller.to}"))
        if self._leaves_at is None:
            self._leaving = self.line.clock.after(self._leaves_after, self.hang_up)

    def step(self, name: str) -> None:
        """A step of the call begins: the caller may have planned to leave then."""
        super().step(name)
        if name == self._leaves_at:
            self._leaves_at = ""
            self._leaving = self.line.clock.after(self._leaves_after, self.hang_up)

    def prompt_begins(self) -> None:
        """Something waits for keys: the caller presses what was planned for it."""
        if self._keys:
            for key, after in presses(self._keys.popleft()):
                self.line.clock.after(after, partial(self.press, key))


def _moment(when: float | str | None) -> tuple[str | None, float]:
    """At which step the caller hangs up, and how long after it: None for the begin of the call, "" for never."""
    if when is None:
        return "", 0.0
    if isinstance(when, str):
        step, _, seconds = when.removeprefix("at:").partition("+")
        return step, float(seconds or 0)
    return None, float(when)
