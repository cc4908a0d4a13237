"""Who else moves a call: transfers, REFERs, bridges and parks by phones and operators (the table of docs/wire.md 2).

What lives here: each act, as the caller's channel sees it. What it must not know: the wire. Each takes the call at
once, as a pending state; the application that runs ends, and what was asked for comes about when the router or the
dialplan lets go.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fsrouter.simulator import bridge, causes
from fsrouter.simulator.dialstring import Wanted
from fsrouter.simulator.leg import Leg, dial
from fsrouter.simulator.phones import Phone

if TYPE_CHECKING:
    from fsrouter.simulator.line import Line


def refer_by_callee(line: Line, extension: str) -> None:
    """B's phone sends a blind REFER: A goes to the extension."""
    line.set("sip_refer_to", f"<sip:{extension}@127.0.0.1:5060>")
    line.transfer(extension)


def refer_by_caller(line: Line, extension: str) -> None:
    """A's phone sends a blind REFER: B goes to the extension, A is left over with us and waits for BYE."""
    line.set("endpoint_disposition", "BLIND_TRANSFER")
    _callee_moves(line, extension)


def transfer_callee(line: Line, extension: str = "", dialplan: str = "", context: str = "") -> None:
    """`uuid_transfer A -bleg`: B goes, A is left over with us."""
    _callee_moves(line, extension, dialplan, context)


def transfer_both(line: Line, extension: str, dialplan: str = "", context: str = "") -> None:
    """`uuid_transfer A -both`."""
    _callee_moves(line, extension, dialplan, context)
    line.transfer(extension, dialplan, context)


def uuid_bridge(line: Line, other: Leg | None = None, *, talk: float | None = 2.0) -> None:
    """`uuid_bridge A C`: A talks with C when the router lets go; C hangs up `talk` seconds from now, waiting or
    talking.
    """
    _join(line, other or _stranger(line, talk), "")


def attended_by_callee(line: Line, *, talk: float | None = 2.0) -> None:
    """B's phone sends REFER with Replaces onto a consultation: A talks with C when the router lets go."""
    _join(line, _stranger(line, talk), "att_xfer:")


def attended_by_caller(line: Line) -> None:
    """A's phone sends REFER with Replaces: B and C are bridged, A is left over with us."""
    _callee_moves(line)


def uuid_park(line: Line) -> None:
    """`uuid_park A`: parked until somebody comes; nothing of ours runs again."""
    line.tell("taken: parked")
    line.take(causes.PARK, "")


def bridge_lines(line: Line, other: Line) -> None:
    """`uuid_bridge` of two callers."""
    for one, two in ((line, other), (other, line)):
        one.taken_to = partial(_talk_with, one, two)
        one.partner = two
        one.tell(f"taken: uuid_bridge to {two.uuid}")
        one.take(causes.RESET, f"uuid_br:{two.uuid}")


def _talk_with(line: Line, other: Line) -> None:
    line.state = causes.SOFT_EXECUTE
    line.tell(f"talks with {other.profile.caller_number}")
    line.set("signal_bond", other.uuid)
    line.set("bridge_uuid", other.uuid)
    line.placed.step("talking")
    while line.state == causes.SOFT_EXECUTE and not other.down:
        line.pause()
    line.partner = None


def _join(line: Line, leg: Leg, how: str) -> None:
    if line.down:
        return
    line.tell(f"taken: uuid_bridge to {leg.log.target}")
    line.taken_to = lambda: _talk(line, leg)
    if how:
        line.push("transfer_history", f"{line.stamp() // 1_000_000}:{line.switch.new_uuid()}:{how}{leg.uuid}")
    line.take(causes.RESET, f"uuid_br:{leg.uuid}")


def _talk(line: Line, leg: Leg) -> None:
    """The talk that somebody else arranged; it is lost when C did not wait so long (docs/wire.md 1)."""
    if leg.down:
        line.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    line.state = causes.SOFT_EXECUTE
    line.tell(f"talks with {leg.log.target}")
    bridge.connect(line, leg)
    bridge.talk(line, leg)


def _stranger(line: Line, talk: float | None) -> Leg:
    """C, who is on the telephone already."""
    leg = dial(line, Wanted("sofia/internal/consulted", {}), line.wake, phone=Phone(answers_after=None, talk=talk))
    leg.pick_up()
    return leg


def _callee_moves(line: Line, extension: str = "", dialplan: str = "", context: str = "") -> None:
    if line.leg is not None:
        line.switch.go_on(line.leg, extension, dialplan, context)
