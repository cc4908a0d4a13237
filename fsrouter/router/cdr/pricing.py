"""What the talks of a call with numbers cost, as its record has it. Pure.

The price is that of the moment at which somebody began to talk, and runs for as long as they do; what several talks
cost is added up. Of a talk whose beginning or end nobody heard the price is recorded and not the cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from fsrouter.engine.model.people import Agent
from fsrouter.engine.rates import Rate, cost
from fsrouter.engine.walk.actions import Action, Dial, Enqueue
from fsrouter.engine.walk.outcomes import Dialled, Outcome
from fsrouter.store.calls.journal import CallRecord

ZERO: Final = Decimal(0)


def number_of(action: Action, agents: Mapping[str, Agent], who: str, by_trunk: bool) -> str:
    """The number (E.164) at which a destination has answered, "" when it was an endpoint or nobody can tell.

    `action` is what was under way, and `who` may be "" where that was one leg. `by_trunk` is whether the leg is known
    to have left by a trunk; a destination with an endpoint is rung there first.
    """
    if isinstance(action, Enqueue):
        agent = agents.get(who.removeprefix("agent:"))
        return agent.queue_number if agent else ""
    if not isinstance(action, Dial):
        return ""
    legs = [leg for leg in action.legs if leg.destination == who or (not who and len(action.legs) == 1)]
    return next((leg.number for leg in legs if by_trunk or not leg.endpoint), "")


def left_by_trunk(outcome: Outcome, who: str) -> bool:
    """Whether who answered was reached by a gateway, as far as an attempt tells of its legs."""
    return isinstance(outcome, Dialled) and any(leg.gateways for leg in outcome.legs if leg.destination == who)


def priced(record: CallRecord, rate: Rate, since: float | None) -> CallRecord:
    """The record of a call in which a talk has begun that costs so much a minute, `since` then (epoch); None where
    nobody heard when it began.
    """
    return replace(record, price=rate.price, currency=rate.currency, priced_since=since)


def charged(record: CallRecord, until: float | None) -> CallRecord:
    """The record of a call whose talk is over, with what it has cost; the same when no price runs. The talk went on
    `until` then (epoch), None where nobody heard when it ended.
    """
    if record.priced_since is None:
        return record
    total = record.cost
    if record.price is not None and until is not None:
        total = (total or ZERO) + cost(record.price, until - record.priced_since)
    return replace(record, cost=total, priced_since=None)
