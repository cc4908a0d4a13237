"""What is kept of a call in the least room, as arrays, with its fields by name: for who reads JSON.

Each kind is the one that is kept, told otherwise; its fields stand there alone.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from fsrouter.engine.walk import outcomes
from fsrouter.engine.walk.outcomes import GatewayResult, LegResult


class _Named(Struct, frozen=True, array_like=False, omit_defaults=False):
    """An object with all of its fields."""


class _Outcome(_Named, frozen=True, tag_field="kind"):
    """The same, which says of what kind it is."""


class NamedGateway(_Named, GatewayResult, frozen=True, kw_only=True):
    """How a leg ended by one gateway of its trunk: `code` is the SIP status of the refusal, 0 for none; `cause` is
    FreeSWITCH's, "" for one that was not tried; `seconds` went by until then. `weight` is its share, 0 for none.
    """


class NamedLeg(_Named, LegResult, frozen=True, kw_only=True):
    """How one leg ended: answered, busy, no-answer, refused, failed, lost to another leg, or skipped, with FreeSWITCH's
    `cause` or why it was skipped. `gateways` are those of the trunk in the order in which they were tried.
    """

    gateways: tuple[NamedGateway, ...] = ()


class Played(_Outcome, outcomes.Played, frozen=True, kw_only=True, tag="played"):
    """A sound was played, or `missing`, or `skipped` for a key that was pressed before it. `after` here and below is
    seconds since the call began.
    """


class Gathered(_Outcome, outcomes.Gathered, frozen=True, kw_only=True, tag="gathered"):
    """The `keys` that were pressed in a menu, "" for silence."""


class Availability(_Named, outcomes.Availability, frozen=True, kw_only=True):
    """What was known of somebody: on a break or not, with how many live calls; of an extension why the settings do not
    let calls go there.
    """


class Seen(_Outcome, outcomes.Seen, frozen=True, kw_only=True, tag="seen"):
    """What was known of each destination that was asked about, in that order."""

    availability: tuple[Availability, ...]


class Dialled(_Outcome, outcomes.Dialled, frozen=True, kw_only=True, tag="dialled"):
    """How an attempt ended: answered, busy, no-answer or skipped; `by` is who answered. The legs in their order."""

    legs: tuple[NamedLeg, ...] = ()


class Queued(_Outcome, outcomes.Queued, frozen=True, kw_only=True, tag="queued"):
    """How the wait in a queue ended: answered `by` an agent, timeout, no-agents, exit-key or failed; after `waited`
    seconds.
    """


class Turn(_Outcome, outcomes.Turn, frozen=True, kw_only=True, tag="turn"):
    """How many calls had taken a turn of the group before."""


class Drawn(_Outcome, outcomes.Drawn, frozen=True, kw_only=True, tag="drawn"):
    """What was drawn, at least 0 and below 1."""


class LookedUp(_Outcome, outcomes.LookedUp, frozen=True, kw_only=True, tag="looked-up"):
    """The field of a CRM's record: live, cached or unknown, as `how` tells; `found` when there was a record, `age` in
    seconds, and `why` it is not known.
    """


NamedOutcome = Played | Gathered | Dialled | Queued | Turn | Drawn | Seen | LookedUp

_NAMED: dict[type, type] = {
    kind.__bases__[1]: kind
    for kind in (
        NamedGateway, NamedLeg, Availability, Played, Gathered, Dialled, Queued, Turn, Drawn, Seen, LookedUp,
    )
}  # fmt: skip


def named(value: Any) -> Any:
    """A value, or values, with the fields by name."""
    if isinstance(value, tuple):
        return tuple(map(named, value))
    kind = _NAMED.get(type(value))
    return kind(**{name: named(getattr(value, name)) for name in value.__struct_fields__}) if kind else value
