"""Rule books as an installation: each tracking number with its fail-safe, and the queues with their agents. Pure.

A fail-safe is what FreeSWITCH does all by itself, so of a route only what needs no router can be in it: number,
phone, agent, voicemail, extension, hangup (`lint.check.FAILSAFE_KINDS`). Extensions, whispers and accept keys of
receiving numbers need one and are left out; so is the cause of a hangup: FreeSWITCH ends the call with the cause that
the last attempt had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from fsrouter.engine.model.company import TrackingNumber
from fsrouter.engine.model.dialable import DEFAULT_RING
from fsrouter.engine.model.people import Queue
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.availability import EVERYBODY, AvailabilitySource, agent_verdict
from fsrouter.errors import Refused, RulesError
from fsrouter.esl.call.queues import callcenter_name
from fsrouter.esl.call.trunks import CallSettings
from fsrouter.freeswitch.callcenter.model import AgentDef, CallCenter, QueueDef, TierDef
from fsrouter.freeswitch.install.values import MAX_RING, Dial, Entry, Extension, FailSafe, Mailbox, Step

#: Seconds between two times that a waiting caller hears a queue's announcement.
ANNOUNCE_EVERY = 30
#: What a rule book calls the announcement of a caller's position, which is no sound.
POSITION = "position"


def entries_from(book: RuleBook, settings: CallSettings) -> list[Entry]:
    """Every tracking number of a company with its fail-safe: the number's own, else the company's.

    Raises RulesError with every step that must not be dialled, or for which there is no trunk.
    """
    entries: list[Entry] = []
    refused: list[str] = []
    for number, tracking in book.tracking_numbers.items():
        with _collected(refused, f"{book.company}: tracking_numbers.{number}: failsafe"):
            failsafe = FailSafe(tuple(_steps(book, tracking, settings)))
            entries.append(Entry(number, failsafe, book.header.country))
    if refused:
        raise RulesError("\n".join(refused))
    return entries


def _steps(book: RuleBook, tracking: TrackingNumber, settings: CallSettings) -> Iterator[Step]:
    """The steps of a fail-safe, up to the first that keeps the call or ends it."""
    header = book.header
    trunk = book.trunk_of(tracking.number)
    shown = tracking.number if (tracking.caller_id or header.caller_id) == "tracking" else ""

    def dial(number: str, ring: int = DEFAULT_RING) -> Dial:
        return Dial((settings.number(trunk, number),), ring, shown)

    for destination in tracking.failsafe or header.failsafe:
        match destination.kind:
            case "number":
                receiving = book.numbers[destination.name]
                yield dial(receiving.number, min(receiving.ring, MAX_RING))
            case "phone":
                yield dial(destination.name)
            case "agent":
                # The endpoint, then the number: a dialplan cannot ask first whether the endpoint is registered.
                agent = book.agents[destination.name]
                if agent.endpoint:
                    yield Dial((settings.endpoint(agent.endpoint),), DEFAULT_RING, shown)
                if agent.number:
                    yield dial(agent.number)
            case "voicemail":
                box, _, domain = book.voicemails[destination.name].mailbox.partition("@")
                yield Mailbox(box, domain or settings.domain)
                return
            case "extension":
                yield Extension(*settings.extension(destination.name))
                return
            case _:  # hangup
                return


def callcenter_from(
    books: Iterable[RuleBook],
    settings: CallSettings,
    available: AvailabilitySource = EVERYBODY,
) -> CallCenter:
    """The queues of all companies, the agents who serve in any of them, and their tiers.

    `available` knows who is on a break. Raises RulesError with everything that
    mod_callcenter must not be given.
    """
    queues: list[QueueDef] = []
    agents: list[AgentDef] = []
    tiers: list[TierDef] = []
    refused: list[str] = []
    for book in books:
        for name, queue in book.queues.items():
            with _collected(refused, f"{book.company}: queues.{name}"):
                queues.append(_queue(book, name, queue))
            tiers += _tiers(book, name, queue)
        for name in dict.fromkeys(tier.agent for queue in book.queues.values() for tier in queue.agents):
            with _collected(refused, f"{book.company}: agents.{name}"):
                status = agent_verdict(available, book.company, name).callcenter_status
                agents.append(_agent(book, name, settings, status))
    if refused:
        raise RulesError("\n".join(refused))
    return CallCenter(tuple(queues), tuple(agents), tuple(tiers))


@contextmanager
def _collected(refused: list[str], place: str) -> Iterator[None]:
    """Go on without what is refused, and keep where it was and why."""
    try:
        yield
    except Refused as error:
        refused.append(f"{place}: {error}")


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


def _agent(book: RuleBook, name: str, settings: CallSettings, status: str) -> AgentDef:
    agent = book.agents[name]
    trunk = book.header.trunk
    target = settings.endpoint(agent.endpoint) if agent.endpoint else settings.number(trunk, agent.number)
    return AgentDef(callcenter_name(book.company, name), target, status=status)


def _tiers(book: RuleBook, name: str, queue: Queue) -> Iterator[TierDef]:
    for tier in queue.agents:
        agent = callcenter_name(book.company, tier.agent)
        yield TierDef(callcenter_name(book.company, name), agent, tier.level, tier.position)
