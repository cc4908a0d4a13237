"""Who is rung when no router decides: the far ends of a fail-safe, and those of the agents of queues; and what is asked
whether a far end may be dialled.

The former are written into FreeSWITCH's configuration, so what they may be is known before any call comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from fsrouter.engine.model.company import TrackingNumber
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.dialable import DEFAULT_RING
from fsrouter.engine.model.rulebook import RuleBook

#: What FreeSWITCH can do with a call all by itself, when no router answers.
FAILSAFE_KINDS = ("number", "phone", "agent", "voicemail", "extension", "hangup")
#: Those of them after which the call is somebody's, or over.
LAST = ("voicemail", "extension", "hangup")


class FarEnd(Struct, frozen=True):
    """A telephone: its endpoint, or else its number (E.164), and for how many seconds it rings."""

    endpoint: str = ""
    number: str = ""
    ring: int = DEFAULT_RING


class Gate(Protocol):
    """What the settings let one company have dialled."""

    def problem(self, trunk: str, far_end: FarEnd) -> str:
        """Why a far end may not be dialled by a trunk ("" is the company's own), in words; "" when it may."""

    def number(self, number: str) -> object:
        """Raises Refused when a number (E.164) may not be dialled."""

    def endpoint(self, endpoint: str) -> object:
        """Raises Refused when an endpoint may not be rung."""

    def trunk(self, name: str) -> object:
        """Raises Refused when there is no trunk of a name, "" for the company's only one, or none for this company."""

    def gateways(self, trunk: str, far_end: FarEnd, drawn: float) -> tuple[str, Sequence[tuple[str, int]]]:
        """By which trunk a far end leaves ("" is the company's own), and its gateways in the order in which they are
        tried, each with its weight where that is drawn, else 0; `drawn` is from 0 up to 1. "" and none when it may not
        leave, or needs no trunk.
        """

    def extension(self, extension: str) -> object:
        """Raises Refused when calls may not go to an extension of the dialplan."""


def steps(book: RuleBook, tracking: TrackingNumber) -> Iterator[tuple[Destination, tuple[FarEnd, ...]]]:
    """The fail-safe of a tracking number, its own or else the company's, up to the first step that keeps the call or
    ends it; each with the far ends that it rings one after the other.
    """
    for destination in tracking.failsafe or book.header.failsafe:
        yield destination, tuple(far_ends(book, destination))
        if destination.kind in LAST:
            return


def far_ends(book: RuleBook, destination: Destination) -> Iterator[FarEnd]:
    """The telephones of a destination that rings one, in the order in which they are tried; none of any other."""
    match destination.kind:
        case "number":
            receiving = book.numbers[destination.name]
            yield FarEnd(number=receiving.number, ring=receiving.ring)
        case "phone":
            yield FarEnd(number=destination.name)
        case "agent":
            # The endpoint, then the number: a dialplan cannot ask first whether the endpoint is registered.
            agent = book.agents[destination.name]
            if agent.endpoint:
                yield FarEnd(endpoint=agent.endpoint)
            if agent.number:
                yield FarEnd(number=agent.number)


def queue_agents(book: RuleBook) -> dict[str, FarEnd]:
    """The agents who serve in any queue, by name, and where each is rung."""
    names = dict.fromkeys(tier.agent for queue in book.queues.values() for tier in queue.agents)
    agents = ((name, book.agents[name]) for name in names)
    return {name: FarEnd(agent.endpoint, agent.queue_number) for name, agent in agents}
