"""The destinations that ring or take somebody: agent, number, phone, queue, voicemail, extension, hangup.

Each is a step of the walk: it yields what to do, looks at how that ended, and returns when the call is still to be
served.
"""

from __future__ import annotations

from collections.abc import Generator

from fsrouter.engine.model.destinations import Destination, Destinations, format_route
from fsrouter.engine.model.dialable import DEFAULT_RING
from fsrouter.engine.walk.actions import Action, Dial, Enqueue, Hangup, LeaveMessage, Leg, Transfer
from fsrouter.engine.walk.agents import DYNAMIC
from fsrouter.engine.walk.announcing import notice
from fsrouter.engine.walk.availability import known_of, queue_verdict, verdicts_of
from fsrouter.engine.walk.outcomes import Dialled, Outcome, Queued
from fsrouter.engine.walk.state import Enter, Steps, WalkState, ask
from fsrouter.engine.walk.trace import Attempt, Skip

#: Steps that ring; they return who was rung.
Rings = Generator[Action | Enter, Outcome | None, tuple[Destination, ...]]


def agent(state: WalkState, destination: Destination) -> Steps:
    """Ring an agent: one by name, the one who last talked with this caller, or the owner of the contact."""
    target = destination
    if destination.is_dynamic:
        find, why, missing = DYNAMIC[destination.name]
        found = find(state)
        if not found:
            state.skip(str(destination), missing)
            return
        target = Destination("agent", found)
        state.note(str(destination), str(target), why)
    yield from ring(state, target, DEFAULT_RING)


def number(state: WalkState, destination: Destination) -> Steps:
    """Ring a receiving number; its own `no_answer` route comes before the next destination."""
    receiving = state.book.numbers[destination.name]
    rung = yield from ring(state, destination, receiving.ring)
    if rung and receiving.no_answer:
        state.note(str(destination), "no_answer", "its own route for calls that it does not take")
        yield Enter(str(destination), receiving.no_answer)


def phone(state: WalkState, destination: Destination) -> Steps:
    """Dial a number as it stands."""
    yield from ring(state, destination, DEFAULT_RING)


def ring(state: WalkState, destination: Destination, seconds: int) -> Rings:
    """Ring one destination for some seconds, unless it can take no call; ends the walk when it answers."""
    ((_, found),) = yield from verdicts_of(state, (destination,))
    if not found.is_free:
        state.skip(str(destination), str(found))
        return ()
    return (yield from dial(state, str(destination), (destination,), seconds))


def dial(state: WalkState, name: str, targets: tuple[Destination, ...], seconds: int, accept: str = "") -> Rings:
    """Ring some targets at once as one attempt called `name`; ends the walk when one of them answers.

    `accept` overrides their own. Returns those who were rung: whom the settings do not let be dialled is skipped, as
    somebody on a break is, and when that is all of them there was no attempt.
    """
    targets = state.untried(name, targets)
    if not targets:
        return ()
    yield from notice(state)
    before = list(state.tags)
    tags = {str(target): _tag_hours(state, target) for target in targets}
    outcome = yield from ask(
        Dial(
            destination=name,
            legs=tuple(leg(state, target, accept) for target in targets),
            ring=seconds,
            trunk=state.book.trunk_of(state.facts.to),
            show=shown_number(state),
            name=str(state.fact("contact_name") or ""),
            source=shown_source(state),
            ringback=state.book.header.ringback,
            record=state.record,
        ),
        Dialled,
    )
    rung = tuple(target for target in targets if str(target) not in outcome.skipped)
    names = tuple(map(str, rung))
    for target, why in outcome.skipped.items():
        state.skip(target, why)
    if outcome.skipped:
        kept = {*before, *(tag for target in names for tag in tags[target])}
        state.tags[:] = [tag for tag in state.tags if tag in kept]
    if outcome.outcome == "skipped":
        return ()
    by = outcome.by or (names[0] if outcome.outcome == "answered" and len(names) == 1 else "")
    legs = tuple(leg for leg in outcome.legs if leg.outcome != "skipped")
    state.tried(Attempt(name, names, seconds, outcome.outcome, by, legs))
    if outcome.outcome == "answered":
        state.agent = by.removeprefix("agent:") if by.startswith("agent:") else ""
        yield from state.end(names[0] if len(names) == 1 else name, Hangup())
    return rung


def shown_number(state: WalkState) -> str:
    """Which number an answerer sees: `caller`, or the tracking number."""
    return state.facts.to if (state.number.caller_id or state.book.header.caller_id) == "tracking" else "caller"


def shown_source(state: WalkState) -> str:
    """What an answerer sees beside the caller's name: where the call comes from."""
    return state.number.name or str(state.fact("source") or "")


def leg(state: WalkState, target: Destination, accept: str = "") -> Leg:
    """How a target is reached: by endpoint, number, extension, with which whisper and key."""
    whisper = "" if state.number.whisper == "skip" else state.number.whisper
    name = str(target)
    if target.kind == "agent":
        who = state.book.agents[target.name]
        return Leg(
            destination=name, endpoint=who.endpoint, number=who.number, whisper=whisper, accept=accept or who.accept
        )
    if target.kind == "phone":
        return Leg(destination=name, number=target.name, whisper=whisper, accept=accept)
    to = state.book.numbers[target.name]
    own = "" if to.whisper == "skip" else to.whisper or whisper
    return Leg(
        destination=name,
        number=to.number,
        whisper=own,
        accept=accept or to.accept,
        extension=to.extension,
        extension_delay=to.extension_delay,
    )


def _tag_hours(state: WalkState, target: Destination) -> list[str]:
    """Give the call the tags of a target's hours, and return them."""
    if target.kind != "number":
        return []
    given = []
    for hours, tag in state.book.numbers[target.name].tagging.items():
        name = hours.removeprefix("not ").strip()
        is_open, why = state.is_open(name)
        if bool(state.decided(is_open, 1)) != hours.startswith("not "):
            state.tag(tag)
            given.append(tag)
            state.note(str(target), f"tag {tag}", f"{name} is {'open' if is_open else 'closed'} ({why})")
    return given


def queue(state: WalkState, destination: Destination) -> Steps:
    """Wait in a queue; a key or the end of patience leads on."""
    book = state.book.queues[destination.name]
    if not state.untried(str(destination), (destination,), "queue"):
        yield from _not_entered(state, destination, "skipped", "the caller has waited there")
        return
    if book.skip_without_agents:
        agents = [Destination("agent", tier.agent) for tier in book.agents]
        verdicts = [found for _, found in ((yield from verdicts_of(state, agents)) if agents else [])]
        if not queue_verdict(verdicts).is_free:
            why = f"all of its agents are {' or '.join(dict.fromkeys(verdicts))}" if agents else "it has no agents"
            yield from _not_entered(state, destination, "no-agents", why)
            return
    yield from notice(state)
    outcome = yield from ask(
        Enqueue(
            queue=destination.name,
            max_wait=book.max_wait,
            exit_key=book.exit_key,
            music=book.music,
            announce=book.announce,
            skip_without_agents=book.skip_without_agents,
            head_start=state.head_start,
            record=state.record,
            show=shown_number(state),
            name=str(state.fact("contact_name") or ""),
            source=shown_source(state),
        ),
        Queued,
    )
    answered = outcome.outcome == "answered"
    state.tried(
        Attempt(
            str(destination), (str(destination),), book.max_wait, "answered" if answered else "no-answer", outcome.by
        )
    )
    if answered:
        state.agent = outcome.by.removeprefix("agent:")
        yield from state.end(str(destination), Hangup())
    if outcome.outcome == "exit-key":
        why, route = f"the caller pressed {book.exit_key}", book.exit_to
    else:
        why, route = GAVE_UP.get(outcome.outcome, outcome.outcome), book.unanswered
    yield from _left(state, destination, outcome.outcome, why, route)


def _not_entered(state: WalkState, destination: Destination, outcome: str, why: str) -> Steps:
    """Go on at a queue in which the caller does not wait."""
    state.skipped.append(Skip(str(destination), why))
    yield from _left(state, destination, outcome, why, state.book.queues[destination.name].unanswered)


def _left(state: WalkState, destination: Destination, outcome: str, why: str, route: Destinations) -> Steps:
    """Go on behind a queue that did not take the call, along its own route for that, if it has one."""
    onward = f"next: {format_route(route)}" if route else "the call goes on"
    state.note(str(destination), outcome, f"{why}; {onward}")
    if route:
        yield Enter(str(destination), route, pressed=outcome == "exit-key")


#: Why a queue gives up a caller who has not pressed its exit key.
GAVE_UP = {
    "timeout": "nobody took the call in time",
    "no-agents": "nobody is logged in",
    "failed": "the queue could not be entered",
}


def voicemail(state: WalkState, destination: Destination) -> Steps:
    """Take a message."""
    box = state.book.voicemails[destination.name]
    state.note(str(destination), "voicemail", f"a message is taken in mailbox {box.mailbox}")
    yield from state.end(
        str(destination), LeaveMessage(voicemail=destination.name, mailbox=box.mailbox, greeting=box.greeting)
    )


def extension(state: WalkState, destination: Destination) -> Steps:
    """Hand the call to the dialplan, unless the settings do not let calls go to that extension."""
    (known,) = yield from known_of((destination,))
    if known.closed:
        state.skip(str(destination), known.closed)
        return
    state.note(str(destination), "transferred", f"the dialplan's extension {destination.name} takes the call")
    yield from state.end(str(destination), Transfer(extension=destination.name))


def hangup(state: WalkState, destination: Destination) -> Steps:
    """End the call."""
    state.note(str(destination), "hung up", "a rule says so")
    yield from state.end(str(destination), Hangup(cause=destination.name))
