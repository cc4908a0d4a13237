"""Rule books as an installation: each tracking number with its fail-safe, and the queues with their agents. Pure.

A fail-safe is what FreeSWITCH does all by itself, so of a route only what needs no router can be in it: number,
phone, agent, voicemail, extension, hangup (`engine.model.failsafes`). Extensions, whispers and accept keys of
receiving numbers need one and are left out; so is the cause of a hangup: FreeSWITCH ends the call with the cause that
the last attempt had.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Container, Iterable, Iterator

from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.lint.lint import installation_errors, refuse
from fsrouter.engine.model import failsafes
from fsrouter.engine.model.company import TrackingNumber
from fsrouter.engine.model.failsafes import FarEnd
from fsrouter.engine.model.people import Queue
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.open_patterns import Open
from fsrouter.engine.walk.availability import EVERYBODY, AvailabilitySource, agent_verdict
from fsrouter.errors import Refused
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.gate import Gate
from fsrouter.esl.call.queues import callcenter_name
from fsrouter.esl.call.trunks import Route, ordered
from fsrouter.freeswitch.callcenter.model import AgentDef, CallCenter, QueueDef, TierDef
from fsrouter.freeswitch.install.values import (
    MAX_RING,
    Dial,
    Entry,
    Extension,
    FailSafe,
    Mailbox,
    Outside,
    Reachable,
    Step,
)

#: Seconds between two times that a waiting caller hears a queue's announcement.
ANNOUNCE_EVERY = 30
#: What a rule book calls the announcement of a caller's position, which is no sound.
POSITION = "position"


def entries_from(book: RuleBook, settings: CallSettings) -> list[Entry]:
    """Every tracking number of a company with its fail-safe: the number's own, else the company's.

    Raises RulesError with everything that keeps the book from being right for this installation.
    """
    refuse(book.company, installation_errors(book, Installation(dialling=settings)))
    return entries_of(book, settings)


def entries_of(book: RuleBook, settings: CallSettings) -> list[Entry]:
    """The same, whatever lint says of the book: what must not be dialled is left out of the fail-safes."""
    return [
        Entry(number, FailSafe(tuple(_steps(book, tracking, settings))), book.header.country, book.company)
        for number, tracking in book.tracking_numbers.items()
    ]


def reachable_from(book: RuleBook, settings: CallSettings) -> Reachable:
    """Whom the callers of a company may be sent to by somebody whom nobody here knows."""
    gate = settings.gate(book.company, book.header.country)
    return Reachable(book.company, tuple(_phones(book, gate)), _outside(book, gate))


def _outside(book: RuleBook, gate: Gate) -> Outside | None:
    """The numbers that are open to a company; None when it has no trunk of its own."""
    try:
        trunk = gate.trunk(book.header.trunk)
    except Refused:
        return None
    numbers = Open(gate.countries, gate.dialling.kinds, gate.dialling.prefixes)
    ways = tuple(way.name for way in ordered(trunk, lambda: 0.0))
    return Outside(book.header.country, numbers, ways, gate.chosen(book.header.trunk))


def _phones(book: RuleBook, gate: Gate) -> Iterator[str]:
    for agent in book.agents.values():
        with contextlib.suppress(Refused):  # one that must not be dialled, as lint says
            if agent.endpoint:
                yield gate.endpoint(agent.endpoint)


def _steps(book: RuleBook, tracking: TrackingNumber, settings: CallSettings) -> Iterator[Step]:
    trunk = book.trunk_of(tracking.number)
    gate = settings.gate(book.company, book.header.country)
    shown = tracking.number if (tracking.caller_id or book.header.caller_id) == "tracking" else ""
    for destination, far_ends in failsafes.steps(book, tracking):
        match destination.kind:
            case "voicemail":
                box, _, domain = book.voicemails[destination.name].mailbox.partition("@")
                yield Mailbox(box, domain or settings.domain)
            case "extension":
                with contextlib.suppress(Refused):
                    yield Extension(gate.extension(destination.name), settings.context)
            case _:  # a hangup has no far end
                for each in (far_end for far_end in far_ends if not gate.problem(trunk, far_end)):
                    route, instead, wait = _targets(gate, trunk, each)
                    yield Dial((route.target,), min(each.ring, MAX_RING), shown, route.trunk, instead, wait)


def _targets(gate: Gate, trunk: str, far_end: FarEnd) -> tuple[Route, tuple[str, ...], int]:
    """A far end as FreeSWITCH rings it by itself: the way to it, the targets that are rung instead when it cannot be
    reached, and the seconds after which one that does not ring is given up. The gateways of a trunk are in the order in
    which they stand: nothing is drawn where no router is. Raises Refused.
    """
    if far_end.endpoint:
        return gate.route(far_end.endpoint), (), 0
    first, *others = gate.routes(trunk, far_end.number, lambda: 0.0)
    return first, tuple(route.target for route in others), math.ceil(first.wait) if others else 0


def callcenter_from(
    books: Iterable[RuleBook],
    settings: CallSettings,
    available: AvailabilitySource = EVERYBODY,
) -> CallCenter:
    """The queues of all companies, the agents who serve in any of them, and their tiers.

    `available` knows who is on a break or outside of their hours. Who must not be dialled is left out; lint says who
    that is. Raises Refused when mod_callcenter cannot have it.
    """
    queues: list[QueueDef] = []
    agents: list[AgentDef] = []
    tiers: list[TierDef] = []
    for book in books:
        gate = settings.gate(book.company, book.header.country)
        agents_of = failsafes.queue_agents(book).items()
        open_agents = {name: end for name, end in agents_of if not gate.problem(book.header.trunk, end)}
        for name, queue in book.queues.items():
            queues.append(_queue(book, name, queue))
            tiers += _tiers(book, name, queue, open_agents)
        for name, far_end in open_agents.items():
            status = agent_verdict(available, book, name).callcenter_status
            route, instead, wait = _targets(gate, book.header.trunk, far_end)
            called = callcenter_name(book.company, name)
            agents.append(AgentDef(called, route.target, status=status, trunk=route.trunk, instead=instead, wait=wait))
    return CallCenter(tuple(queues), tuple(agents), tuple(tiers))


def _queue(book: RuleBook, name: str, queue: Queue) -> QueueDef:
    announce = queue.announce if queue.announce != POSITION else ""
    return QueueDef(
        callcenter_name(book.company, name),
        strategy=queue.strategy,
        music=queue.music,
        announce=announce,
        announce_every=ANNOUNCE_EVERY if announce else 0,
        max_wait=queue.max_wait,
        give_up_without_agents=1 if queue.skip_without_agents else 0,
    )


def _tiers(book: RuleBook, name: str, queue: Queue, agents: Container[str]) -> Iterator[TierDef]:
    for tier in (each for each in queue.agents if each.agent in agents):
        agent = callcenter_name(book.company, tier.agent)
        yield TierDef(callcenter_name(book.company, name), agent, tier.level, tier.position)
