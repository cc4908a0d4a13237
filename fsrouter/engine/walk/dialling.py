"""The destinations that ring or take somebody: agent, number, phone, queue, voicemail, extension, hangup.

Each is a step of the walk: it yields what to do, looks at how that ended, and returns when the call is still to be
served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fsrouter.engine.model.company import RING
from fsrouter.engine.model.destinations import Destination, spoken
from fsrouter.engine.walk.actions import (
    Dial,
    Dialled,
    Enqueue,
    Hangup,
    LeaveMessage,
    Leg,
    Presence,
    Queued,
    Seen,
    Transfer,
)
from fsrouter.engine.walk.agents import FOUND_OUT, MISSING, WHY
from fsrouter.engine.walk.announcing import notice
from fsrouter.engine.walk.state import Enter, Steps
from fsrouter.engine.walk.trace import Attempt

if TYPE_CHECKING:
    from fsrouter.engine.walk.walk import Walk


def agent(walk: Walk, destination: Destination) -> Steps:
    """Ring an agent: one by name, the one who last talked with this caller, or the owner of the contact."""
    found = FOUND_OUT[destination.name](walk) if destination.name in FOUND_OUT else destination.name
    if not found:
        walk.note(str(destination), "skipped", MISSING[destination.name])
        return
    if destination.name in FOUND_OUT:
        walk.note(str(destination), f"agent:{found}", WHY[destination.name])
    yield from ring(walk, Destination("agent", found), RING)


def number(walk: Walk, destination: Destination) -> Steps:
    """Ring a receiving number; its own `no_answer` route comes before the next destination."""
    receiving = walk.book.numbers[destination.name]
    yield from ring(walk, destination, receiving.ring)
    if receiving.no_answer:
        walk.note(str(destination), "no_answer", "its own route for calls that it does not take")
        yield Enter(str(destination), receiving.no_answer)


def phone(walk: Walk, destination: Destination) -> Steps:
    """Dial a number as it stands."""
    yield from ring(walk, destination, RING)


def ring(walk: Walk, destination: Destination, seconds: int) -> Steps:
    """Ring one destination for some seconds, unless it is on break; ends the walk when it answers."""
    seen = yield Presence(destinations=(str(destination),))
    assert isinstance(seen, Seen)
    if seen.sights and seen.sights[0].on_break:
        walk.note(str(destination), "skipped", "on break")
        return
    yield from dial(walk, str(destination), (destination,), seconds)


def dial(walk: Walk, name: str, targets: tuple[Destination, ...], seconds: int, accept: str = "") -> Steps:
    """Ring some targets at once as one attempt called `name`; ends the walk when one of them answers.

    `accept` overrides their own.
    """
    yield from notice(walk)
    for target in targets:
        _tag_hours(walk, target)
    outcome = yield Dial(
        destination=name,
        legs=tuple(leg(walk, target, accept) for target in targets),
        ring=seconds,
        trunk=walk.number.trunk or walk.book.header.trunk,
        show=shown_number(walk),
        name=str(walk.fact("contact_name") or ""),
        source=shown_source(walk),
        ringback=walk.book.header.ringback,
        record=walk.record,
    )
    assert isinstance(outcome, Dialled)
    told = tuple(map(str, targets))
    by = outcome.by or (told[0] if outcome.outcome == "answered" and len(told) == 1 else "")
    legs = tuple((result.destination, result.outcome, result.cause) for result in outcome.legs)
    walk.tried(Attempt(name, told, seconds, outcome.outcome, by, legs))
    if outcome.outcome == "answered":
        walk.agent = by.removeprefix("agent:") if by.startswith("agent:") else ""
        yield from walk.end(told[0] if len(told) == 1 else name, Hangup())


def shown_number(walk: Walk) -> str:
    """Which number an answerer sees: `caller`, or the tracking number."""
    return walk.facts.to if (walk.number.caller_id or walk.book.header.caller_id) == "tracking" else "caller"


def shown_source(walk: Walk) -> str:
    """What an answerer sees beside the caller's name: where the call comes from."""
    return walk.number.name or str(walk.fact("source") or "")


def leg(walk: Walk, target: Destination, accept: str = "") -> Leg:
    """How a target is reached: by endpoint, number, extension, with which whisper and key."""
    whisper = "" if walk.number.whisper == "skip" else walk.number.whisper
    name = str(target)
    if target.kind == "agent":
        who = walk.book.agents[target.name]
        return Leg(
            destination=name, endpoint=who.endpoint, number=who.number, whisper=whisper, accept=accept or who.accept
        )
    if target.kind == "phone":
        return Leg(destination=name, number=target.name, whisper=whisper, accept=accept)
    to = walk.book.numbers[target.name]
    own = "" if to.whisper == "skip" else to.whisper or whisper
    return Leg(
        destination=name,
        number=to.number,
        whisper=own,
        accept=accept or to.accept,
        extension=to.extension,
        extension_delay=to.extension_delay,
    )


def _tag_hours(walk: Walk, target: Destination) -> None:
    if target.kind != "number":
        return
    for hours, tag in walk.book.numbers[target.name].tagging.items():
        name = hours.removeprefix("not ").strip()
        is_open, why = walk.is_open(name)
        if is_open != hours.startswith("not "):
            walk.tag(tag)
            walk.note(str(target), f"tag {tag}", f"{name} is {'open' if is_open else 'closed'} ({why})")


def queue(walk: Walk, destination: Destination) -> Steps:
    """Wait in a queue; a key or the end of patience leads on."""
    book = walk.book.queues[destination.name]
    yield from notice(walk)
    outcome = yield Enqueue(
        queue=destination.name,
        max_wait=book.max_wait,
        exit_key=book.exit_key,
        music=book.music,
        announce=book.announce,
        skip_without_agents=book.skip_without_agents,
        head_start=walk.head_start,
        record=walk.record,
        show=shown_number(walk),
        name=str(walk.fact("contact_name") or ""),
        source=shown_source(walk),
    )
    assert isinstance(outcome, Queued)
    answered = outcome.outcome == "answered"
    walk.tried(
        Attempt(
            str(destination), (str(destination),), book.max_wait, "answered" if answered else "no-answer", outcome.by
        )
    )
    if answered:
        walk.agent = outcome.by.removeprefix("agent:")
        yield from walk.end(str(destination), Hangup())
    pressed = outcome.outcome == "exit-key"
    route = book.exit_to if pressed else book.unanswered
    said = f"the caller pressed {book.exit_key}" if pressed else GAVE_UP.get(outcome.outcome, outcome.outcome)
    walk.note(
        str(destination), outcome.outcome, f"{said}; next: {spoken(route)}" if route else f"{said}; the call goes on"
    )
    if route:
        yield Enter(str(destination), route, pressed=pressed)


#: Why a queue gives up a caller who has not pressed its exit key.
GAVE_UP = {
    "timeout": "nobody took the call in time",
    "no-agents": "nobody is logged in",
    "failed": "the queue could not be entered",
}


def voicemail(walk: Walk, destination: Destination) -> Steps:
    """Take a message."""
    box = walk.book.voicemails[destination.name]
    walk.note(str(destination), "voicemail", f"a message is taken in mailbox {box.mailbox}")
    yield from walk.end(
        str(destination), LeaveMessage(voicemail=destination.name, mailbox=box.mailbox, greeting=box.greeting)
    )


def extension(walk: Walk, destination: Destination) -> Steps:
    """Hand the call to the dialplan."""
    walk.note(str(destination), "transferred", f"the dialplan's extension {destination.name} takes the call")
    yield from walk.end(str(destination), Transfer(extension=destination.name))


def hangup(walk: Walk, destination: Destination) -> Steps:
    """End the call."""
    walk.note(str(destination), "hung up", "a rule says so")
    yield from walk.end(str(destination), Hangup(cause=destination.name))
