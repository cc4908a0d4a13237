"""How a call is worded for the journal: what it is doing, what it tried, what became of it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fsrouter.engine import explain
from fsrouter.engine.actions import (
    Action,
    Dial,
    Enqueue,
    FailSafe,
    Gather,
    Hangup,
    LeaveMessage,
    Play,
    Transfer,
)
from fsrouter.engine.story import Attempt, Entry
from fsrouter.engine.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.headers import Channel, Event

#: What a call's page says while an action is under way.
WHERE: dict[type, Callable[..., str]] = {
    Play: lambda a: f"hears {a.sound}",
    Gather: lambda a: f"in menu:{a.menu}",
    Dial: lambda a: f"rings {', '.join(leg.destination for leg in a.legs)}",
    Enqueue: lambda a: f"waits in queue:{a.queue}",
    LeaveMessage: lambda a: f"leaves a message in voicemail:{a.voicemail}",
    Transfer: lambda a: f"goes to extension {a.extension}",
    Hangup: lambda a: "ends",
    FailSafe: lambda a: "goes to the fail-safe",
}


def attempt(made: Attempt) -> dict[str, Any]:
    """An attempt with who answered, and of several legs how each ended."""
    told = explain.attempt(made)
    if made.by:
        told["by"] = made.by
    if len(made.legs) > 1:
        told["legs"] = [{"destination": d, "outcome": outcome, "cause": cause} for d, outcome, cause in made.legs]
    return told


def entry(noted: Entry) -> dict[str, str]:
    """An entry of a trace."""
    return {"at": noted.at, "outcome": noted.outcome, "why": noted.why}


def story(walk: Walk) -> dict[str, Any]:
    """What a record has of a walk, for one that no page has been kept of."""
    return {
        "destination": walk.destination,
        "trace": tuple(map(entry, walk.trace)),
        "attempts": tuple(map(attempt, walk.attempts)),
        "record": walk.record,
    }


def whither(told: Channel | Event) -> str:
    """Where somebody has taken a call, by the last line of FreeSWITCH's own history of it; "" where there is none.

    A line is `EPOCH:UUID:bl_xfer:EXTENSION/CONTEXT/DIALPLAN`, `EPOCH:UUID:att_xfer:…` or `EPOCH:UUID:uuid_br:PARTY`
    (SYNC.md section 1).
    """
    last = (told.values("variable_" + names.TRANSFER_HISTORY) or ("",))[-1]
    how, _, target = last.partition(":")[2].partition(":")[2].partition(":")
    extension, _, inline = target.partition("/")[0], "", target.endswith("/inline")
    if how == "bl_xfer" and extension and not inline:
        return f"it was transferred to {extension[:64]}"
    return HOW_TAKEN.get(how, "")


#: How else a call is taken, by the word in FreeSWITCH's history.
HOW_TAKEN = {
    "att_xfer": "it was transferred after a consultation",
    "uuid_br": "it was connected with another talk",
}


def queue_agent(event: Event) -> str:
    """The destination of the agent whom mod_callcenter has connected."""
    return agent_of(event.variable(names.CC_AGENT))


def agent_of(known_as: str) -> str:
    """The destination of an agent whom mod_callcenter knows as `nancy@acme`, "" for nobody."""
    agent = known_as.rpartition("@")[0]
    return f"agent:{agent}" if agent else ""


def outcome_of(walk: Walk, action: Action) -> str:
    """What became of a call whose walk has ended with `action`."""
    match action:
        case LeaveMessage():
            return "voicemail"
        case Transfer():
            return "transferred"
        case FailSafe():
            return "failsafe"
        case Hangup() if action.unanswered:
            return "unanswered"
    if walk.attempts and walk.attempts[-1].outcome == "answered":
        return "answered"
    return "ended"
