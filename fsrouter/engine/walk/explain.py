"""Why a call goes where it goes, in words.

The same words serve a call that was only thought of (`fsrouter explain`) and a real one (`fsrouter calls show`): both
are a trace and attempts.
"""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.engine.text import shown
from fsrouter.engine.walk.explained import Explained, ExplainedAttempt, ExplainedGateway, ExplainedLeg


def as_text(call: Explained, unanswered: bool = False) -> Iterator[str]:
    """A call in lines that an office manager understands; `unanswered` tells that everybody was tried and nobody took
    it.

    What strangers wrote (names, fields, keys) cannot move a cursor or turn text around: such characters show as `?`.
    """
    yield from map(shown, _lines(call, unanswered))


def _numberless(call: Explained) -> str:
    """Who calls that has no number."""
    if extension := call.facts.get("internal"):
        return f"extension {extension}"
    unread = any(entry.at == "caller" for entry in call.trace)
    return "a caller whose number could not be read" if unread else "a caller who withholds the number"


def _lines(call: Explained, unanswered: bool) -> Iterator[str]:
    caller = call.from_ or _numberless(call)
    yield f"{caller} calls {call.to} ({call.company}) on {call.at}"
    facts = ", ".join(
        f"{name}: {', '.join(v) if isinstance(v, list) else v}"
        for name, v in call.facts.items()
        if name not in ("from", "to")
    )
    yield f"  known: {facts or 'nothing'}"
    planned = plans_by_entry(call)
    for i, entry in enumerate(call.trace):
        yield f"{i + 1:3}. {entry.at} -> {entry.outcome}"
        if entry.why:
            yield f"     {entry.why}"
        yield from (f"     {line}" for line in planned.get(i, ()))
    ended = call.destination or "nothing has taken the call"
    yield (
        f"  => {ended}{', for nobody took the call' if unanswered else ''}"
        + (f", tags {', '.join(call.tags)}" if call.tags else "")
        + (", recorded" if call.record else "")
    )


def plans_by_entry(call: Explained) -> dict[int, tuple[str, ...]]:
    """What is done at each attempt, in words, by the place of the entry of the trace that tells of the attempt."""
    found: dict[int, tuple[str, ...]] = {}
    waiting = list(call.attempts)
    notice = call.notice
    for i, entry in enumerate(call.trace):
        if waiting and (entry.at, entry.outcome.partition(" ")[0]) == (waiting[0].destination, waiting[0].outcome):
            made = waiting.pop(0)
            found[i] = tuple(plan(made, notice))
            notice = "" if made.record else notice
    return found


def plan(made: ExplainedAttempt, notice: str = "") -> Iterator[str]:
    """What is done at an attempt, in words: one line, of several legs one each and one of what all share; nothing where
    it is not known. `notice` is what the caller hears before it of the recording.
    """
    if not made.caller_id:
        return
    seen = "the caller's number" if made.caller_id == "caller" else made.caller_id
    shared = [f"showing {seen}", *_recorded(made, notice)]
    if not made.legs:
        yield ", ".join(shared)
        return
    if len(made.legs) == 1:
        yield ", ".join((_rings(made, made.legs[0]), *shared[:1], *_told(made.legs[0]), *shared[1:]))
        return
    for leg in made.legs:
        yield f"{leg.destination}: {', '.join((_rings(made, leg), *_told(leg)))}"
    yield f"all of them: {', '.join(shared)}"


def _rings(made: ExplainedAttempt, leg: ExplainedLeg) -> str:
    names = [each.gateway if isinstance(each, ExplainedGateway) else each for each in made.gateways]
    # A trunk with one gateway is mostly called like it.
    gateways = f" ({', else '.join(names)})" if names and names != [made.trunk] else ""
    by = f" by trunk {made.trunk}{gateways}" if made.trunk else ""
    costs = f" at {leg.rate}" if leg.rate else ""
    if not leg.endpoint:
        return f"rings {leg.number}{by}{costs}"
    if leg.number:
        return f"rings {leg.endpoint}, or {leg.number}{by}{costs} when that cannot be rung"
    leaves = leg.endpoint.lower().startswith("sofia/gateway/")
    return f"rings {leg.endpoint}{by if leaves else ''}"


def _told(leg: ExplainedLeg) -> Iterator[str]:
    """What happens when a leg has answered, in that order."""
    if leg.extension:
        yield f"extension {leg.extension}{f' after {leg.extension_delay} s' if leg.extension_delay else ''}"
    if leg.whisper:
        yield f"whisper {leg.whisper}"
    if leg.accept:
        yield f"they press {leg.accept} to take it"


def _recorded(made: ExplainedAttempt, notice: str) -> Iterator[str]:
    if made.record:
        yield f"recorded{f' after the notice {notice}' if notice else ''}"
