"""An explained call: what `fsrouter explain --json` prints, also made of a record. Scripts rely on its keys.

A call that was only thought of also tells what would be done at each attempt; of one that was made that is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.rates import Rate, Rates, dearest
from fsrouter.engine.times import local
from fsrouter.engine.walk.actions import Leg
from fsrouter.engine.walk.dry_run import DryRun, Plan
from fsrouter.engine.walk.outcomes import GatewayResult
from fsrouter.engine.walk.trace import Attempt, Entry, Skip


class ExplainedEntry(Struct, frozen=True):
    """One thing that looked at the call: where, what came of it, and why, in words for people."""

    at: str
    outcome: str
    why: str


class ExplainedGateway(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A gateway of the trunk: its `weight` where they are drawn by weight; of a call that was made the SIP `code` with
    which it refused, FreeSWITCH's `cause`, and after how many `seconds`.
    """

    gateway: str
    weight: int = 0
    code: int = 0
    cause: str = ""
    seconds: float | None = None


class ExplainedLeg(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One far end of an attempt: the destination, and the telephone that is rung: its `endpoint`, or its `number`
    (E.164), or the number when the endpoint cannot be rung.

    When it has answered, `extension` is dialled after `extension_delay` seconds, then `whisper` (a sound or say:TEXT)
    is heard, and `accept` is the key that must be pressed to take the call. `rate` is what a minute with the number
    costs, by the rate sheet of the settings.
    """

    destination: str
    endpoint: str = ""
    number: str = ""
    extension: str = ""
    extension_delay: int = 0
    whisper: str = ""
    accept: str = ""
    rate: Rate | None = None


class ExplainedAttempt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt to reach somebody: `targets` are destinations, `ring` seconds (of a queue its max_wait), `outcome`
    is answered, no-answer, busy or skipped.

    `caller_id` is what answerers see: `caller` for the caller's own number, else a number (E.164). `trunk` is by which
    numbers leave, `gateways` its gateways in the order in which they are tried: names, or more where more is known.
    `record` is whether the talk is recorded. What is not known, or is not, is left out.
    """

    destination: str
    targets: tuple[str, ...]
    ring: int
    outcome: str
    caller_id: str = ""
    trunk: str = ""
    gateways: tuple[str | ExplainedGateway, ...] = ()
    record: bool | None = None
    legs: tuple[ExplainedLeg, ...] = ()


class Explained(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A call and why it goes where it goes: `to` and `from` are E.164, the latter empty for a caller without a number;
    `at` is in the company's local time (ISO 8601).

    `facts` is all that is known of it, by name; a fact that is a list is one. `destination` is what took the call at
    last, `tags` are the call's, `record` whether its talk is recorded and `notice` what the caller hears of that (a
    sound or say:TEXT), "" for nothing. `skipped` are those who were not tried, in order, and why. `rate` is the dearest
    of those who were rung or would have been, agents of queues included; null where none has one.
    """

    company: str
    to: str
    from_: str
    at: str
    facts: dict[str, str | list[str]]
    trace: tuple[ExplainedEntry, ...]
    attempts: tuple[ExplainedAttempt, ...]
    destination: str
    tags: tuple[str, ...]
    record: bool
    notice: str = ""
    skipped: tuple[Skip, ...] = ()
    rate: Rate | None = None


#: Nothing is known of what calls cost.
NO_RATES = Rates({}, "")


def explained(run: DryRun, rates: Rates | None = None, facts: bool = True) -> Explained:
    """What there is to tell of a call that was only thought of; `rates` is what a minute costs, where that is known.
    Not all want the `facts`: for the place of a caller's number tables are read (`geo.prepare`).
    """
    walk, rates = run.walk, rates or NO_RATES
    attempts = tuple(attempt(made, run.plans.get(i), rates) for i, made in enumerate(walk.attempts))
    queued = (rates.of(number) for made in walk.attempts for number in _queue_numbers(walk.book, made.destination))
    return Explained(
        company=walk.book.company,
        to=walk.facts.to,
        from_=walk.facts.from_,
        at=local(walk.facts.began, walk.book.header.timezone),
        facts=walk.facts.as_dict(walk.number.source, tuple(walk.tags)) if facts else {},
        trace=tuple(map(entry, walk.trace)),
        attempts=attempts,
        destination=walk.destination,
        tags=tuple(walk.tags),
        record=walk.record,
        notice=run.notice,
        skipped=tuple(walk.skipped),
        rate=dearest([*(leg.rate for made in attempts for leg in made.legs), *queued]),
    )


def entry(found: Entry) -> ExplainedEntry:
    """An entry of a trace."""
    return ExplainedEntry(found.at, found.outcome, found.why)


def attempt(made: Attempt, plan: Plan | None = None, rates: Rates = NO_RATES) -> ExplainedAttempt:
    """An attempt. Its gateways are those that the same hold of for all numbers of it."""
    each_by = {leg.gateways for leg in made.legs if leg.gateways}
    gateways = each_by.pop() if len(each_by) == 1 else plan.gateways if plan else ()
    return ExplainedAttempt(
        destination=made.destination,
        targets=made.targets,
        ring=made.ring,
        outcome=made.outcome,
        caller_id=plan.show if plan else "",
        trunk=plan.trunk if plan else "",
        gateways=tuple(map(_gateway, gateways)),
        record=plan.record if plan else None,
        legs=tuple(_leg(leg, rates.of(leg.number)) for leg in plan.legs) if plan else (),
    )


def _gateway(tried: GatewayResult) -> str | ExplainedGateway:
    """A gateway: its name, with what else is known of it."""
    if not (tried.weight or tried.code or tried.cause):
        return tried.gateway
    return ExplainedGateway(
        gateway=tried.gateway,
        weight=tried.weight,
        code=tried.code,
        cause=tried.cause,
        seconds=tried.seconds if tried.cause else None,
    )


def _leg(planned: Leg, rate: Rate | None) -> ExplainedLeg:
    told = (name for name in ExplainedLeg.__struct_fields__ if name != "rate")
    return ExplainedLeg(**{name: getattr(planned, name) for name in told}, rate=rate)


def _queue_numbers(book: RuleBook, destination: str) -> Iterator[str]:
    """The numbers that mod_callcenter dials for a queue."""
    queue = book.queues.get(destination.removeprefix("queue:")) if destination.startswith("queue:") else None
    for tier in queue.agents if queue else ():
        yield book.agents[tier.agent].queue_number


def as_data(value: Any) -> Any:
    """An explained call, or a part of it, as JSON has it, for who puts it together with more."""
    return msgspec.json.decode(msgspec.json.encode(value))
