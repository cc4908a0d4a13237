"""`bridge`: rings far ends for the caller, connects the first that takes the call, and tells how it went.

What lives here: switch_ivr_originate.c and the bridge loop as the caller's channel sees them, with the variables that
they leave behind. What it must not know: the wire, the dialplan.
"""

from __future__ import annotations

from dataclasses import dataclass

from fsrouter.simulator import causes, sip
from fsrouter.simulator.calls import dialstring
from fsrouter.simulator.calls.leg import Leg, dial
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.channel import is_true

ENDPOINTS = frozenset({"sofia", "user", "loopback", "group", "error", "verto", "null"})
UNREACHED = frozenset({"NORMAL_TEMPORARY_FAILURE", "USER_NOT_REGISTERED"})
"""Refusals that no phone has given: the caller's channel never learns whom they would have talked with."""
DEFAULT_TIMEOUT = 60.0
NOTICED = 0.02
"""Seconds until the caller's thread sees that a leg has answered (docs/live.md)."""


@dataclass(slots=True)
class Race:
    """How ringing ended: the leg that won, or the cause of the failure and whether the time was up."""

    winner: Leg | None = None
    cause: str = ""
    timed_out: bool = False


def bridge(line: Line, argument: str) -> None:
    """Ring what the dial string asks for, talk, and come back when the talk is over or nobody took the call."""
    if line.variables.get("preserve_originated_vars", "true").lower() == "false":
        line.set("originated_legs", None)
        line.set("originate_causes", None)
    line.set("originate_disposition", "failure")
    line.set("DIALSTATUS", "INVALIDARGS")
    race = _ring_groups(line, argument)
    if race.winner is None:
        _failed(line, race.cause)
        return
    connect(line, race.winner)
    talk(line, race.winner)
    if line.ready and line.is_true("hangup_after_bridge") and not race.winner.moved:
        line.hang_up(race.winner.cause or "NORMAL_CLEARING")


def _ring_groups(line: Line, argument: str) -> Race:
    """The groups of the dial string in turn until a leg wins; running out of time ends the list (originate.c:4200)."""
    race = Race(cause="ORIGINATOR_CANCEL")
    try:
        groups = dialstring.parse(argument) if line.ready else []
    except dialstring.BadDialString as error:
        line.note(f"bad dial string: {error}")
        return race
    for group in groups:
        race = _race(line, group)
        if race.winner is not None or not line.ready:
            break
        if race.timed_out and not is_true(group[0].variables.get("originate_continue_on_timeout", "")):
            break
    return race


def _race(line: Line, group: list[dialstring.Endpoint]) -> Race:
    """Ring one group at once; the first to take the call wins, the others get LOSE_RACE."""
    if any(endpoint.target.partition("/")[0] not in ENDPOINTS for endpoint in group):
        return Race(cause="CHAN_NOT_IMPLEMENTED")
    if group[0].target.startswith("error/"):
        return Race(cause=causes.parse(group[0].target.partition("/")[2]))
    phones = [line.switch.phone(endpoint.target, line.record) for endpoint in group]
    made = [pair for pair in zip(group, phones, strict=True) if pair[1].refusal not in causes.UNMADE]
    if not made:
        return Race(cause=phones[0].refusal)
    legs = [dial(line, endpoint, line.wake, phone=phone) for endpoint, phone in made]
    for leg in legs:
        line.push("originated_legs", f"{leg.uuid};{leg.profile.callee_id_name};{leg.profile.callee_id_number}")
    line.times.progress = line.times.progress or line.stamp()
    for leg in legs:
        if leg.phone.refusal not in UNREACHED:
            line.profile.show_callee(leg.profile.callee_id_name, leg.profile.callee_id_number)
    line.record.step("ringing")
    until = line.clock.now + _timeout(line, group)
    race = _wait(line, legs, until)
    if race.winner is not None:
        line.sleep(NOTICED)
        race = race if line.ready else Race(cause="ORIGINATOR_CANCEL")
    for leg in legs:
        if leg is not race.winner:
            leg.hang_up("LOSE_RACE" if race.winner else race.cause or "NO_ANSWER")
    if race.winner is None:
        race.cause = race.cause or legs[0].cause
        _refusal(line, legs[0])
    _disposition(line, "SUCCESS" if race.winner else race.cause, answered_by=race.winner)
    for leg in legs:
        line.push("originate_causes", f"{leg.uuid};{leg.cause or 'NONE'}")
    return race


def _wait(line: Line, legs: list[Leg], until: float) -> Race:
    rejects = [word for word in legs[0].variables.get("fail_on_single_reject", "").split(",") if word]
    while True:
        if not line.ready:
            return Race(cause="ORIGINATOR_CANCEL")
        for leg in legs:
            if leg.accepted and not leg.down:
                return Race(winner=leg)
        if all(leg.down for leg in legs):
            return Race()
        if any(leg.cause in rejects for leg in legs) or not line.pause(until):
            return Race(cause="NO_ANSWER", timed_out=True)


def _timeout(line: Line, group: list[dialstring.Endpoint]) -> float:
    """The cap on a whole group: `originate_timeout` in the dial string, else the caller's `call_timeout`, else 60 s."""
    text = group[0].variables.get("originate_timeout") or line.variables.get("call_timeout") or ""
    return float(text) if text.replace(".", "", 1).isdigit() else DEFAULT_TIMEOUT


def _refusal(line: Line, leg: Leg) -> None:
    """What the answer to our INVITE leaves on the caller's channel."""
    line.set("originate_signal_bond", leg.uuid)
    status = leg.status if leg.hung_up_by_phone else None
    if status:
        line.set("sip_invite_failure_status", str(status))
        line.set("sip_invite_failure_phrase", causes.SIP_PHRASES.get(status, "Failure"))
        line.set("sip_hangup_phrase", causes.SIP_PHRASES.get(status, "Failure"))
    line.set("last_bridge_hangup_cause", leg.cause)
    if status:
        line.set("last_bridge_proto_specific_hangup_cause", f"sip:{status}")


def _disposition(line: Line, cause: str, answered_by: Leg | None = None) -> None:
    """originate_disposition and DIALSTATUS; the caller is answered when a far end was."""
    if answered_by is not None:
        line.set_all(sip.offered())
        if answered_by.answered:
            line.answer()
    line.set("originate_disposition", cause)
    line.set("DIALSTATUS", causes.DIALSTATUS.get(cause, cause))


def _failed(line: Line, cause: str) -> None:
    """Nobody took the call: the variables say why, and the caller is hung up unless they may go on."""
    _disposition(line, cause)
    line.set("originate_failed_cause", cause)
    if line.ready and not continues(line, cause):
        line.hang_up(cause)


def continues(line: Line, cause: str) -> bool:
    """Whether the dialplan goes on after a bridge failed with this cause (switch_channel.c:
    switch_channel_handle_cause).
    """
    number = str(causes.Q850.get(cause, ""))
    go_on, fatal = line.variables.get("continue_on_fail"), line.variables.get("failure_causes")
    if go_on is None and fatal is None:
        return cause in causes.ALWAYS_GOES_ON
    if fatal is not None and not _lists(fatal, cause, number):
        return True
    return go_on is not None and (is_true(go_on) or _lists(go_on, cause, number))


def _lists(text: str, cause: str, number: str) -> bool:
    return any(word.strip().upper() in (cause, number) for word in text.split(","))


def connect(line: Line, leg: Leg, *, from_queue: bool = False) -> None:
    """Caller and far end hear each other from now on."""
    line.note(f"talks with {leg.record.target}")
    line.leg, line.other, leg.other = leg, leg, line
    line.times.bridged = leg.times.bridged = line.stamp()
    line.typed.clear()
    line.profile.show_callee(leg.profile.callee_id_name, leg.profile.callee_id_number)
    line.set("last_bridge_to", leg.uuid)
    line.set("bridge_channel", leg.name)
    line.set("bridge_uuid", leg.uuid)
    line.set("signal_bond", leg.uuid)
    if from_queue:
        line.set("cc_agent_bridged", "true")
    line.acknowledge()
    line.set("last_sent_callee_id_name", leg.profile.callee_id_name)
    line.set("last_sent_callee_id_number", leg.profile.callee_id_number)
    leg.note("talks")
    line.record.talked_to.append(leg.record.target)
    line.switch.events.channel_event("CHANNEL_BRIDGE", line, _both(line, leg))
    line.record.step("talking")


def talk(line: Line, leg: Leg) -> None:
    """Until one of the two leaves, or somebody takes either of them away (docs/wire.md 2)."""
    state = line.state
    while line.state == state and not leg.down and not leg.moved:
        line.pause()
    line.leg = None
    if not leg.moved:
        leg.hang_up("NORMAL_CLEARING")
        if leg.hung_up_by_phone:
            line.set("sip_hangup_phrase", "OK")
        line.set("last_bridge_hangup_cause", leg.cause)
        line.set("last_bridge_proto_specific_hangup_cause", "sip:200")
        line.set("bridge_hangup_cause", leg.cause)
    line.typed.clear()
    line.switch.events.channel_event("CHANNEL_UNBRIDGE", line, _both(line, leg))
    if line.down and line.switch.first_over == "A":
        line.after_end.append(leg.report_end)
    elif not leg.moved:
        leg.report_end()


def _both(line: Line, leg: Leg) -> dict[str, str]:
    return {"Bridge-A-Unique-ID": line.uuid, "Bridge-B-Unique-ID": leg.uuid}
