"""What a walk leaves behind: the trace of everything that looked at the call, and the attempts to reach somebody.

These are the values that `explain`, the journal and the dashboard show; they are made here and nowhere else, so
that all of them say the same.
"""

from __future__ import annotations

from msgspec import Struct

from fsrouter.engine.walk.outcomes import GatewayResult, LegResult

#: Units of time as people read them, and their seconds.
UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))

#: What FreeSWITCH's causes mean, those that an operator can do something about.
CAUSE_MEANINGS = {
    "NORMAL_CLEARING": "answered, but hung up before taking the call",
    "USER_NOT_REGISTERED": "no telephone is registered",
    "SUBSCRIBER_ABSENT": "no telephone is registered",
    "GATEWAY_DOWN": "the gateway is down",
    "INVALID_GATEWAY": "there is no such gateway",
    "UNALLOCATED_NUMBER": "there is no such number",
    "NO_ROUTE_DESTINATION": "the carrier has no way there",
    "CALL_REJECTED": "refused",
    "REQUESTED_CHAN_UNAVAIL": "sent the call elsewhere (SIP 302), which is not followed",
    "NETWORK_OUT_OF_ORDER": "the other side cannot be reached",
    "NORMAL_TEMPORARY_FAILURE": "the other side cannot take calls now",
    "RECOVERY_ON_TIMER_EXPIRE": "the other side does not reply",
}


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """One thing that looked at the call: where (`router:callers`), what came of it, and why, in words for an office
    manager.

    Words are for people only: what a program wants to know of a call stands in its facts, steps and attempts. `depth`
    is how many destinations had been entered by then, one inside of the other.
    """

    at: str
    outcome: str
    why: str
    depth: int = 0


class Attempt(Struct, frozen=True, array_like=True, gc=False):
    """One attempt to reach somebody: `targets` as destinations, `ring` in seconds, and how it ended.

    `outcome` is `answered`, `no-answer`, `busy` or `skipped`; `by` is who answered, where that is known; `legs`
    tells of each target how it ended.
    """

    destination: str
    targets: tuple[str, ...]
    ring: int
    outcome: str
    by: str = ""
    legs: tuple[LegResult, ...] = ()


class Skip(Struct, frozen=True, gc=False):
    """Somebody who was not tried, as a destination, and in words why not."""

    destination: str
    why: str


def describe(attempt: Attempt) -> str:
    """What an attempt was, in words, and of several legs how each ended."""
    targets = ", ".join(attempt.targets)
    limit = f" for up to {attempt.ring} s" if attempt.ring else ""
    if targets.startswith("queue:"):
        return f"waited in {targets}{limit}"
    said = f"rang {targets}{limit}" if attempt.ring else f"tried {targets}"
    if len(attempt.legs) < 2:
        said += "".join(by_gateways(leg) for leg in attempt.legs)
        return said + "".join(f": {_why(leg)}" for leg in attempt.legs if leg.outcome != attempt.outcome)
    legs = (
        f"{leg.destination}: {leg.outcome}{f' ({leg.cause})' if leg.cause else ''}{by_gateways(leg)}"
        for leg in attempt.legs
    )
    return f"{said}: {'; '.join(legs)}"


def by_gateways(leg: LegResult) -> str:
    """By which gateways a leg was tried, in words; "" when there was but one to try it by."""
    if len(leg.gateways) < 2:
        return ""
    parts = []
    for i, each in enumerate(leg.gateways):
        how = _how(each, last=i == len(leg.gateways) - 1)
        joint = "" if not i else ", then " if leg.gateways[i - 1].cause else ", else "
        parts.append(f"{joint}by {each.gateway}{f' ({how})' if how else ''}")
    return " " + "".join(parts)


def _how(tried: GatewayResult, last: bool) -> str:
    """How a leg ended by a gateway: by the last one as the leg itself did."""
    if not tried.cause:
        return f"weight {tried.weight}" if tried.weight else ""
    if tried.cause == "GATEWAY_DOWN" and not last:
        return "down"
    if tried.cause == "PROGRESS_TIMEOUT":
        return f"did not ring for {tried.seconds:g} s"
    said = str(tried.code) if tried.code else "" if last else tried.cause
    return f"{said} after {tried.seconds:g} s" if said else ""


def _why(leg: LegResult) -> str:
    """Why the only leg of an attempt failed, where that is not what the attempt's own outcome says."""
    said = CAUSE_MEANINGS.get(leg.cause, leg.outcome)
    return f"{said} ({leg.cause})" if leg.cause else said


def age(seconds: float) -> str:
    """A span of time as people say it: `3 days`, `40 s`."""
    unit, size = next(((unit, size) for unit, size in UNITS if seconds >= 2 * size), ("s", 1))
    return f"{seconds / size:.0f} {unit}"
