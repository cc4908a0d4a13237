"""How each action and each question of a walk can end, as frozen values: each has `after`, the seconds since the call
began at which it was known.
"""

from __future__ import annotations

from fsrouter.engine.walk.actions import Dial, Draw, Enqueue, Gather, LookUp, Play, Presence, TakeTurn, Value


class Ended(Value, frozen=True, kw_only=True, array_like=True):
    """How an action ended. As short as it can be when written: it travels on the call (`cursor`)."""

    after: float = 0.0


class Played(Ended, frozen=True, kw_only=True, tag="p"):
    """The sound was played; `missing` when there is no such file, which does not lose the call; `skipped` when a key
    that was pressed before it waits for a menu.
    """

    missing: bool = False
    skipped: bool = False


class Gathered(Ended, frozen=True, kw_only=True, tag="g"):
    """The keys that were pressed: one of the choices, any other text when it was a wrong one, "" when there was
    silence.
    """

    keys: str = ""


class GatewayResult(Value, frozen=True, kw_only=True, array_like=True):
    """How a leg ended by one gateway of its trunk: `code` is the SIP status of the far end's refusal, 0 where there was
    none or it is not known; `cause` is FreeSWITCH's, "" for one that was not tried; `seconds` went by until then.
    `weight` is the gateway's share where they are drawn by weight, else 0.
    """

    gateway: str
    code: int = 0
    cause: str = ""
    seconds: float = 0.0
    weight: int = 0


class LegResult(Value, frozen=True, kw_only=True, array_like=True):
    """How one leg ended: `outcome` is `answered`, `busy`, `no-answer`, `refused`, `failed`, `lost` to another leg, or
    `skipped`: it was not rung, for the settings do not let it be. `cause` is FreeSWITCH's, or why it was skipped.
    `gateways` are those of the trunk in the order in which they were tried.
    """

    destination: str
    outcome: str
    cause: str = ""
    gateways: tuple[GatewayResult, ...] = ()


class Dialled(Ended, frozen=True, kw_only=True, tag="d"):
    """How an attempt ended: `answered`, `busy`, `no-answer`, or `skipped` when none of its legs was rung, which is no
    attempt; and who answered. The legs are in the order of the attempt.
    """

    outcome: str
    by: str = ""
    legs: tuple[LegResult, ...] = ()

    @property
    def skipped(self) -> dict[str, str]:
        """Whom the settings kept from being rung, and why, by destination."""
        return {leg.destination: leg.cause for leg in self.legs if leg.outcome == "skipped"}


class Queued(Ended, frozen=True, kw_only=True, tag="q"):
    """How the wait ended: `answered` by an agent, or `timeout`, `no-agents`, `exit-key`, `failed`."""

    outcome: str
    by: str = ""
    waited: float = 0.0


class Turn(Ended, frozen=True, kw_only=True, tag="t"):
    """A turn: how many calls took one before."""

    number: int


class Drawn(Ended, frozen=True, kw_only=True, tag="r"):
    """A drawn number, at least 0 and below 1."""

    number: float


class Availability(Value, frozen=True, kw_only=True, array_like=True):
    """What is known of somebody who could be rung: on break or not, and with how many live calls; of an extension why
    the settings do not let calls go there, "" when they do.
    """

    on_break: bool = False
    calls: int = 0
    closed: str = ""


class Seen(Ended, frozen=True, kw_only=True, tag="s"):
    """What is known of each destination that was asked about, in that order."""

    availability: tuple[Availability, ...]


class LookedUp(Ended, frozen=True, kw_only=True, tag="l"):
    """The record's field: `value` is "" when there is no record or it is empty.

    `how` is `live`, `cached` or `unknown`; `age` in seconds.
    """

    how: str
    value: str = ""
    found: bool = False
    age: float = 0.0
    why: str = ""


Outcome = Played | Gathered | Dialled | Queued | Turn | Drawn | Seen | LookedUp

#: How each action ends; another outcome means that the rule book has changed under a recorded call.
OUTCOMES: dict[type, type] = {
    Play: Played,
    Gather: Gathered,
    Dial: Dialled,
    Enqueue: Queued,
    TakeTurn: Turn,
    Draw: Drawn,
    Presence: Seen,
    LookUp: LookedUp,
}
