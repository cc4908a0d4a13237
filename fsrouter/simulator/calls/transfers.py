"""Who else moves a call: transfers, REFERs, bridges and parks by phones and operators (the table of docs/wire.md 2).

What lives here: each act, as the caller's channel sees it. What it must not know: the wire. Each takes the call at
once, as a pending state; the application that runs ends, and what was asked for comes about when the router or the
dialplan lets go.
"""

from __future__ import annotations

from functools import partial

from fsrouter.simulator import causes
from fsrouter.simulator.calls import bridge, routing
from fsrouter.simulator.calls.dialstring import Endpoint
from fsrouter.simulator.calls.leg import Leg, dial
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.clock import Clock
from fsrouter.simulator.phones import Caller, Phone
from fsrouter.simulator.record import Record

ELSEWHERE = ("park:", "inline", "")
"""Where a leg goes that talks with somebody whom this switch does not follow: extension, dialplan, context."""


def refer_by_callee(line: Line, extension: str) -> None:
    """B's phone sends a blind REFER: A goes to the extension."""
    line.set("sip_refer_to", f"<sip:{extension}@127.0.0.1:5060>")
    line.transfer(extension)


def refer_by_caller(line: Line, extension: str) -> None:
    """A's phone sends a blind REFER: B goes to the extension, A is left over with us and waits for BYE."""
    line.set("endpoint_disposition", "BLIND_TRANSFER")
    transfer_callee(line, extension)


def transfer_callee(line: Line, extension: str = "", dialplan: str = "", context: str = "") -> None:
    """`uuid_transfer A -bleg`: B goes, A is left over with us."""
    if isinstance(line.leg, Leg):
        detach(line.leg, extension, dialplan, context)


def transfer_both(line: Line, extension: str, dialplan: str = "", context: str = "") -> None:
    """`uuid_transfer A -both`."""
    transfer_callee(line, extension, dialplan, context)
    line.transfer(extension, dialplan, context)


def uuid_bridge(line: Line, other: Leg | None = None, *, talk: float | None = 2.0) -> None:
    """`uuid_bridge A C`: A talks with C when the router lets go; C hangs up `talk` seconds from now, waiting or
    talking.
    """
    _join(line, other or _third_party(line, talk), "")


def attended_by_callee(line: Line, *, talk: float | None = 2.0) -> None:
    """B's phone sends REFER with Replaces onto a consultation: A talks with C when the router lets go."""
    _join(line, _third_party(line, talk), "att_xfer:")


def attended_by_caller(line: Line) -> None:
    """A's phone sends REFER with Replaces: B and C are bridged, A is left over with us."""
    transfer_callee(line)


def uuid_park(line: Line) -> None:
    """`uuid_park A`: parked until somebody comes; nothing of ours runs again."""
    line.note("taken: parked")
    line.take(causes.PARK, "")


def bridge_lines(line: Line, other: Line) -> None:
    """`uuid_bridge` of two callers."""
    for one, two in ((line, other), (other, line)):
        one.on_release = partial(_talk_with, one, two)
        one.partner = two
        one.note(f"taken: uuid_bridge to {two.uuid}")
        one.take(causes.RESET, f"uuid_br:{two.uuid}")


def _talk_with(line: Line, other: Line) -> None:
    line.state = causes.SOFT_EXECUTE
    line.note(f"talks with {other.profile.caller_id_number}")
    line.set("signal_bond", other.uuid)
    line.set("bridge_uuid", other.uuid)
    line.record.step("talking")
    while line.state == causes.SOFT_EXECUTE and not other.down:
        line.pause()
    line.partner = None


def _join(line: Line, leg: Leg, how: str) -> None:
    if line.down:
        return
    line.note(f"taken: uuid_bridge to {leg.record.target}")
    line.on_release = lambda: _talk(line, leg)
    if how:
        line.push("transfer_history", f"{line.stamp() // 1_000_000}:{line.switch.new_uuid()}:{how}{leg.uuid}")
    line.take(causes.RESET, f"uuid_br:{leg.uuid}")


def _talk(line: Line, leg: Leg) -> None:
    """The talk that somebody else arranged; it is lost when C did not wait so long (docs/wire.md 1)."""
    if leg.down:
        line.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    line.state = causes.SOFT_EXECUTE
    bridge.connect(line, leg)
    bridge.talk(line, leg)


def _third_party(line: Line, talk: float | None) -> Leg:
    """C, who is on the telephone already."""
    leg = dial(line, Endpoint("sofia/internal/consulted", {}), line.wake, phone=Phone(answers_after=None, talk=talk))
    leg.answer()
    return leg


def detach(leg: Leg, extension: str = "", dialplan: str = "", context: str = "") -> None:
    """A leg is taken away from its caller and goes on as a call of its own: to an extension, hunting for it as
    switch_ivr_session_transfer has it, or to somebody else when none is named.

    It keeps its uuid and its variables, so what was exported to it decides where it hunts when no `context` is named:
    `force_transfer_context`, else the context of the application that dialled it, `fsr` (docs/live.md). Its phone hangs
    up when it would have done so.
    """
    if not extension:
        extension, dialplan, context = ELSEWHERE
    switch, talked = leg.line.switch, leg.clock.now - (leg.record.answered_at or 0.0)
    where = extension, dialplan or "XML", context or leg.get("force_transfer_context") or leg.profile.context
    leg.take_away()
    record = Record(Caller(number=leg.profile.callee_id_number, to=extension), answered_at=0.0)
    clock = Clock(switch.speed, switch.patience)
    line = Line(leg.uuid, leg.name, leg.inbound, clock, leg.stamp(), leg.profile, leg.variables, causes.ROUTING)
    line.begin(switch, record, leg.line.invite, where)
    line.answered, line.times = leg.answered, leg.times
    record.timeline.append((0.0, f"{leg.record.target} goes on to {' '.join(where)}"))
    leg.line.record.onward.append(record)
    if leg.phone.talk is not None:
        clock.after(leg.phone.talk - talked, lambda: line.hang_up(leg.phone.hangs_up, by_phone=True))
    routing.start(line)
