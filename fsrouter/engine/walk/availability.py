"""Who can take a call: one rule for the walk, for `explain`, for mod_callcenter's agents and for the dashboard.

What is known of somebody comes from whoever has it: the router of its own calls, the store of all. What follows from it
is decided here. An agent on break takes no call, nor does one outside of their hours; the call that they have goes on.
An agent who talks takes none from those who spare the busy, as ring groups by `least-connected` do; a number may have
many lines, so it is never busy. A queue takes calls while one of its agents is neither on break nor outside of their
hours: who talks now will be free.

Whether it is an agent's hours a walk tells itself, of the moment and the overrides that its call has, as a decision:
who takes the call up decides the same.
"""

from __future__ import annotations

from collections.abc import Container, Generator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.failsafes import FarEnd, Gate
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.schedule import is_open
from fsrouter.engine.times import zone
from fsrouter.engine.walk.actions import Action, Dial, Presence
from fsrouter.engine.walk.outcomes import Availability, LegResult, Outcome, Seen
from fsrouter.engine.walk.state import WalkState, ask
from fsrouter.errors import Refused


class AvailabilitySource(Protocol):
    """Who knows what there is to know of a company's people now."""

    def availability(self, company: str, destination: str) -> Availability:
        """What is known of a destination (`agent:nancy`)."""

    def off_hours(self, book: RuleBook) -> Container[str]:
        """The names of a company's agents who are outside of their hours now."""


def availability_of(destination: str, on_break: Container[str], calls: int) -> Availability:
    """What is known of a destination, by the names of the agents who are on a break and its live calls: only agents go
    on a break.
    """
    kind, _, name = destination.partition(":")
    return Availability(on_break=kind == "agent" and name in on_break, calls=calls)


class Everybody:
    """Knows of nobody that they are on break or talk."""

    def availability(self, company: str, destination: str) -> Availability:
        """Nothing is known against anybody."""
        return Availability()

    def off_hours(self, book: RuleBook) -> Container[str]:
        """It is everybody's hours."""
        return ()


EVERYBODY = Everybody()


class Verdict(StrEnum):
    """Whether somebody can take a call, and in words why not."""

    FREE = "free"
    ON_BREAK = "on break"
    OFF_HOURS = "outside of their hours"
    BUSY = "busy"
    NO_AGENTS = "no agents"

    @property
    def is_free(self) -> bool:
        """Whether they can."""
        return self is Verdict.FREE

    @property
    def is_away(self) -> bool:
        """Whether they take no calls for now, not even when those that they have are over."""
        return self in (Verdict.ON_BREAK, Verdict.OFF_HOURS)

    @property
    def callcenter_status(self) -> str:
        """What mod_callcenter calls an agent for whom this holds: it knows itself who talks, and hours it has none."""
        return "On Break" if self.is_away else "Available"


def off_hours(book: RuleBook, now: float, overrides: Mapping[str, str]) -> frozenset[str]:
    """The names of the agents who are outside of their hours at a moment (epoch); `overrides` are the schedules that
    are held open or closed then, and as what.
    """
    wanted = {agent.hours for agent in book.agents.values() if agent.hours}
    if not wanted:
        return frozenset()
    moment = datetime.fromtimestamp(now, zone(book.header.timezone))
    closed = {name for name in wanted if not is_open(book.schedules[name], moment, overrides.get(name, ""))[0]}
    return frozenset(name for name, agent in book.agents.items() if agent.hours in closed)


def verdict(
    destination: Destination, known: Availability, spare_busy: bool = False, off_hours: bool = False
) -> Verdict:
    """Whether a destination can take a call, with or without sparing agents who talk."""
    if known.on_break:
        return Verdict.ON_BREAK
    if off_hours:
        return Verdict.OFF_HOURS
    return Verdict.BUSY if spare_busy and destination.kind == "agent" and known.calls else Verdict.FREE


def queue_verdict(agents: Sequence[Verdict]) -> Verdict:
    """Whether anybody takes the calls of a queue with such agents, who may be talking."""
    if not agents:
        return Verdict.NO_AGENTS
    return agents[0] if all(each.is_away for each in agents) else Verdict.FREE


def agent_verdict(source: AvailabilitySource, book: RuleBook, name: str, spare_busy: bool = False) -> Verdict:
    """Whether an agent of a company can take a call."""
    agent = Destination("agent", name)
    return verdict(agent, source.availability(book.company, str(agent)), spare_busy, name in source.off_hours(book))


def answer(
    source: AvailabilitySource, company: str, asked: Presence, after: float = 0.0, gate: Gate | None = None
) -> Seen:
    """How a walk's question ends; `after` is in seconds since the call began. Without a gate everything is open."""
    known = (
        Availability(closed=_closed(gate, name.removeprefix("extension:")))
        if name.startswith("extension:")
        else source.availability(company, name)
        for name in asked.destinations
    )
    return Seen(availability=tuple(known), after=after)


def _closed(gate: Gate | None, extension: str) -> str:
    try:
        if gate is not None:
            gate.extension(extension)
    except Refused as why:
        return str(why)
    return ""


def skipped_legs(gate: Gate | None, action: Dial) -> tuple[LegResult, ...]:
    """The legs of an attempt that a gate does not let be rung; of an agent with an endpoint that is looked at."""
    if gate is None:
        return ()
    told = {leg.destination: gate.problem(action.trunk, FarEnd(leg.endpoint, leg.number)) for leg in action.legs}
    return tuple(LegResult(destination=name, outcome="skipped", cause=why) for name, why in told.items() if why)


def known_of(destinations: Sequence[Destination]) -> Generator[Action, Outcome | None, list[Availability]]:
    """Ask what is known of some destinations, as a step of a walk; nothing of those that have no answer."""
    seen = yield from ask(Presence(destinations=tuple(map(str, destinations))), Seen)
    return [*seen.availability, *[Availability()] * len(destinations)][: len(destinations)]


def verdicts_of(
    state: WalkState, destinations: Sequence[Destination], spare_busy: bool = False
) -> Generator[Action, Outcome | None, list[tuple[Availability, Verdict]]]:
    """Ask what is known of some destinations, and whether each can take a call, as a step of a walk."""
    known = yield from known_of(destinations)
    pairs = zip(destinations, known, strict=True)
    return [(each, verdict(one, each, spare_busy, _is_off(state, one))) for one, each in pairs]


def _is_off(state: WalkState, destination: Destination) -> bool:
    """Whether somebody is an agent outside of their hours."""
    if (
        destination.kind != "agent"
        or destination.is_dynamic
        or not (hours := state.book.agents[destination.name].hours)
    ):
        return False
    return not state.decided(int(state.is_open(hours)[0]), 1)
