"""A leg that somebody has taken away from its caller: it goes on as a call of its own.

What lives here: the far end after a transfer by the caller's phone, `uuid_transfer` of a leg, or a bridge with somebody
else. What it must not know: who did it. The leg keeps its uuid and its variables, so what was exported to it decides
where it hunts: `force_transfer_context`, else the context of the application that dialled it: `fsr` (docs/live.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fsrouter.esl.simulator import causes
from fsrouter.esl.simulator.clock import Clock
from fsrouter.esl.simulator.line import Line
from fsrouter.esl.simulator.people import Caller
from fsrouter.esl.simulator.placed import PlacedCall

if TYPE_CHECKING:
    from fsrouter.esl.simulator.leg import Leg

ELSEWHERE = ("park:", "inline", "")
"""Where a leg goes that talks with somebody whom this switch does not follow: extension, dialplan, context."""


def go_on(leg: Leg, extension: str, dialplan: str, context: str) -> PlacedCall:
    """The leg hunts for an extension, as switch_ivr_session_transfer has it; returns the call that it becomes.

    Its phone hangs up when it would have done so. `context` is found by the rule above when it is empty.
    """
    switch, talked = leg.line.switch, leg.clock.now - (leg.log.answered_at or 0.0)
    where = extension, dialplan or "XML", context or leg.get("force_transfer_context") or leg.profile.context
    leg.move_away()
    placed = PlacedCall(Caller(number=leg.profile.callee_number, to=extension), answered_at=0.0)
    clock = Clock(switch.speed, switch.patience)
    line = Line(leg.uuid, leg.name, leg.inbound, clock, leg.stamp(), leg.profile, leg.variables, causes.ROUTING)
    line.begin(switch, placed, leg.line.invite)
    line.answered, line.times, line.extension = leg.answered, leg.times, where
    placed.line = line
    placed.story.append((0.0, f"{leg.log.target} goes on to {' '.join(where)}"))
    leg.line.placed.onward.append(placed)
    if leg.phone.talk is not None:
        clock.after(leg.phone.talk - talked, lambda: placed.hang_up(leg.phone.hangs_up))
    return placed
