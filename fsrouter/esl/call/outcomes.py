"""How an action ended, told by the channel's variables. Pure: a table of what FreeSWITCH writes (docs/wire.md 0.3, 2).

The same reading serves the router that did the action and the one that is handed the call after that router's death.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from fsrouter.engine.walk.actions import (
    Dial,
    Dialled,
    Enqueue,
    Gather,
    Gathered,
    Leg,
    LegResult,
    Outcome,
    Play,
    Played,
    Queued,
)
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


NONE: Mapping[str, LegResult] = MappingProxyType({})


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


def dialled(action: Dial, channel: Channel, after: float, skipped: Mapping[str, LegResult] = NONE) -> Dialled:
    """How an attempt ended: busy only when everybody was who was rung. `skipped` are the legs that were not, by
    destination.
    """
    disposition = channel.variable(names.ORIGINATE_DISPOSITION)
    dialled_legs = [leg for leg in action.legs if leg.destination not in skipped]
    rung = {leg.destination: leg for leg in _legs(dialled_legs, channel)}
    legs = tuple(skipped.get(leg.destination) or rung[leg.destination] for leg in action.legs)
    if disposition == "SUCCESS":
        by = next((leg.destination for leg in legs if leg.outcome == "answered"), "")
        return Dialled(outcome="answered", by=by, legs=legs, after=after)
    busy = disposition in BUSY if not rung else all(leg.outcome in ("busy", "refused") for leg in rung.values())
    return Dialled(outcome="busy" if busy else "no-answer", legs=legs, after=after)


def queued(channel: Channel, after: float) -> Queued:
    """How the wait in a queue ended."""
    if channel.variable(names.CC_CAUSE) == "answered":
        agent = agent_of(channel.variable(names.CC_AGENT))
        return Queued(outcome="answered", by=f"agent:{agent}" if agent else "", after=after)
    reason = channel.variable(names.CC_CANCEL_REASON)
    return Queued(outcome=GIVEN_UP.get(reason, "failed"), after=after)


def _legs(legs: Sequence[Leg], channel: Channel) -> tuple[LegResult, ...]:
    """The result of each leg that was rung, in the order of the attempt.

    FreeSWITCH lists `uuid;name;number` and `uuid;CAUSE`; a leg's number finds its place.
    """
    causes = dict(_pair(text) for text in channel.values("variable_" + names.ORIGINATE_CAUSES))
    rung = [
        (uuid, rest.rpartition(";")[2])
        for uuid, rest in map(_pair, channel.values("variable_" + names.ORIGINATED_LEGS))
    ]
    disposition = channel.variable(names.ORIGINATE_DISPOSITION)
    winner = channel.variable(names.LAST_BRIDGE_TO) if disposition == "SUCCESS" else ""
    places = _places(legs, rung)
    results = []
    for leg, uuid in zip(legs, places, strict=True):
        cause = causes.get(uuid, "") if uuid else "" if rung else disposition
        results.append(
            LegResult(
                destination=leg.destination, outcome=_outcome(cause, bool(winner) and uuid == winner), cause=cause
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


def _outcome(cause: str, won: bool) -> str:
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
