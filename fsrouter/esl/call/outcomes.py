"""How an action ended, told by the channel's variables. Pure: a table of what FreeSWITCH writes (docs/wire.md 0.3, 2).

The same reading serves the router that did the action and the one that is handed the call after that router's death.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fsrouter.engine.walk.actions import Dial, Enqueue, Gather, Leg, Play
from fsrouter.engine.walk.outcomes import Dialled, Gathered, LegResult, Outcome, Played, Queued
from fsrouter.esl import variables as names
from fsrouter.esl.call.queues import agent_of
from fsrouter.esl.events import Channel

#: What FreeSWITCH calls it when the far end is busy (sofia_glue.c:1814): 486 and 600, or 603, 403 and 608.
BUSY = {"USER_BUSY": "busy", "CALL_REJECTED": "refused"}

#: It rang, or might have, and nobody came.
NO_ANSWER = {"NO_ANSWER", "ALLOTTED_TIMEOUT", "PROGRESS_TIMEOUT", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL"}

#: The endpoint is not registered: the agent's number is tried in its place.
NOT_REGISTERED = frozenset({"USER_NOT_REGISTERED", "SUBSCRIBER_ABSENT"})

#: Why mod_callcenter gave a caller up, in our words.
GIVEN_UP = {
    "TIMEOUT": "timeout",
    "NO_AGENT_TIMEOUT": "no-agents",
    "EXIT_WITH_KEY": "exit-key",
    "BREAK_OUT": "taken",
    "NONE": "failed",
}

#: What is unset before each action, so that what is read after it is its own (docs/wire.md 2).
CLEARED: dict[type, dict[str, str]] = {
    Play: {names.APPLICATION_RESPONSE: ""},
    Gather: dict.fromkeys((names.DIGITS, names.DIGITS_INVALID, names.READ_RESULT), ""),
    Dial: dict.fromkeys(names.RESULTS, ""),
}


def was_begun(action: Play | Gather | Dial | Enqueue, channel: Channel) -> bool:
    """Whether FreeSWITCH has begun an action at all: both of these write their result as they begin or end, come what
    may (`originate_disposition` is `failure` from the first ring on).
    """
    match action:
        case Gather():
            return bool(channel.variable(names.READ_RESULT))
        case Dial():
            return bool(channel.variable(names.ORIGINATE_DISPOSITION))
    return True


def read(action: Play | Gather | Dial | Enqueue, channel: Channel, after: float) -> Outcome:
    """How `action` ended on `channel`, `after` seconds into the call."""
    match action:
        case Play():
            return Played(missing=channel.variable(names.APPLICATION_RESPONSE) == "FILE NOT FOUND", after=after)
        case Gather():
            # What was accepted, else what was refused, else nothing.
            keys = channel.variable(names.DIGITS) or channel.variable(names.DIGITS_INVALID)
            return Gathered(keys=keys, after=after)
        case Dial():
            return dialled(action, channel, after)
        case Enqueue():
            return queued(channel, after)


def dialled(action: Dial, channel: Channel, after: float) -> Dialled:
    """How an attempt ended whose legs were all rung: busy only when everybody was."""
    disposition = channel.variable(names.ORIGINATE_DISPOSITION)
    legs = _legs(action.legs, channel)
    if disposition == "SUCCESS":
        by = next((leg.destination for leg in legs if leg.outcome == "answered"), "")
        return Dialled(outcome="answered", by=by, legs=legs, after=after)
    busy = disposition in BUSY if not legs else all(leg.outcome in ("busy", "refused") for leg in legs)
    return Dialled(outcome="busy" if busy else "no-answer", legs=legs, after=after)


def queued(channel: Channel, after: float) -> Queued:
    """How the wait in a queue ended."""
    if channel.variable(names.CC_CAUSE) == "answered":
        agent = agent_of(channel.variable(names.CC_AGENT))
        return Queued(outcome="answered", by=f"agent:{agent}" if agent else "", after=after)
    reason = channel.variable(names.CC_CANCEL_REASON)
    return Queued(outcome=GIVEN_UP.get(reason, "failed"), after=after)


def sip_code(channel: Channel) -> int:
    """The SIP status by which the leg that ended last was refused; 0 when that is not told."""
    kind, _, code = channel.variable(names.LAST_SIP_CODE).partition(":")
    return int(code) if kind == "sip" and re.fullmatch("[3-6][0-9]{2}", code, re.ASCII) else 0


def _legs(legs: Sequence[Leg], channel: Channel) -> tuple[LegResult, ...]:
    """The result of each leg that was rung, in the order of the attempt.

    FreeSWITCH lists `uuid;name;number` and `uuid;CAUSE`; a leg's number finds its place.
    """
    causes = dict(_pair(text) for text in channel.values("variable_" + names.ORIGINATE_CAUSES))
    # A user of the directory is listed twice, by `user/` and by what that rings.
    listed = dict(map(_pair, channel.values("variable_" + names.ORIGINATED_LEGS)))
    rung = [(uuid, rest.rpartition(";")[2]) for uuid, rest in listed.items()]
    disposition = channel.variable(names.ORIGINATE_DISPOSITION)
    winner = channel.variable(names.LAST_BRIDGE_TO) if disposition == "SUCCESS" else ""
    places = _places(legs, rung)
    results = []
    for leg, uuid in zip(legs, places, strict=True):
        cause = causes.get(uuid, "") if uuid else "" if rung else disposition
        results.append(
            LegResult(
                destination=leg.destination, outcome=leg_outcome(cause, bool(winner) and uuid == winner), cause=cause
            )
        )
    return tuple(results)


def _places(legs: Sequence[Leg], rung: Sequence[tuple[str, str]]) -> list[str]:
    """The uuid by which each leg was rung, "" for one that was not: by its number, each but once; else by its place,
    when as many were rung.
    """
    left, places = list(rung), [""] * len(legs)
    for i, leg in enumerate(legs):
        reached_as = {leg.endpoint.rpartition("/")[2].partition("@")[0], leg.number.lstrip("+")} - {""}
        found = next((pair for pair in left if pair[1].lstrip("+") in reached_as), None)
        if found:
            left.remove(found)
            places[i] = found[0]
    if len(rung) == len(legs):
        free = iter(left)
        places = [uuid or next(free)[0] for uuid in places]
    return places


def leg_outcome(cause: str, won: bool = False) -> str:
    """How a leg ended by its cause, or because it `won` the call."""
    if won or cause == "SUCCESS":
        return "answered"
    if cause in BUSY:
        return BUSY[cause]
    if cause == "LOSE_RACE":
        return "lost"
    return "no-answer" if cause in NO_ANSWER or not cause else "failed"


def _pair(text: str) -> tuple[str, str]:
    first, _, rest = text.partition(";")
    return first, rest
