"""An attempt that is under way: by which way each of its far ends is rung next, and how those that were tried ended.
Pure.

A far end has one way or several: a phone of the directory and then a number, a number by each gateway of its trunk. The
next one is tried when the one before did not reach the far end at all, within what is left of the attempt's ring time;
what a far end itself has said (busy, declined, no such number) is its answer by any gateway. Ways that are left are
tried when nobody has answered and everything that rings is over: each round is one bridge.

Where it stands is written on the channel with each bridge, so that a router that gets the call goes on with the next
gateway and not from the beginning:

    BEGAN SINCE|LEG GATEWAY,CODE,CAUSE,SECONDS GATEWAY …|LEG …

with the seconds into the call at which it and its present bridge began, and for each leg, by its place, its ways in
order (`-` for a phone), those that are over with how they ended.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.walk.actions import Dial, Leg
from fsrouter.engine.walk.outcomes import Dialled, GatewayResult, LegResult
from fsrouter.esl import variables as names
from fsrouter.esl.call import outcomes
from fsrouter.esl.call.trunks import Route
from fsrouter.esl.events import Channel

LONGEST: Final = 8000
"""Characters of what is written on the channel; where it would be more, a later router takes the bridge for all of it.
"""
DOWN: Final = "GATEWAY_DOWN"
"""FreeSWITCH's cause of a gateway that it knows to be down (mod_sofia.c:4839)."""
PHONE: Final = "-"

OVER: Final = frozenset({
    "", "NONE", "SUCCESS", "NORMAL_CLEARING", "ALLOTTED_TIMEOUT", "NO_ANSWER", "ORIGINATOR_CANCEL", "LOSE_RACE",
    "PICKED_OFF", "MANAGER_REQUEST",
})  # fmt: skip
"""Causes that no gateway is to blame for: it was answered, nobody came, the caller left, somebody ended it."""

UNSAID: Final = OVER | {"PROGRESS_TIMEOUT"}
"""Causes that no far end has given."""

CODES: Final[Mapping[str, tuple[int, ...]]] = {
    "CALL_REJECTED": (401, 402, 403, 407, 603, 608),
    "EXCHANGE_ROUTING_ERROR": (482, 483),
    "INCOMPATIBLE_DESTINATION": (488, 606),
    "INVALID_NUMBER_FORMAT": (484,),
    "NETWORK_OUT_OF_ORDER": (502,),
    "NORMAL_TEMPORARY_FAILURE": (400, 481, 500, 503),
    "NO_ROUTE_DESTINATION": (485, 604),
    "NO_USER_RESPONSE": (480,),
    "NUMBER_CHANGED": (410,),
    "RECOVERY_ON_TIMER_EXPIRE": (408, 504),
    "UNALLOCATED_NUMBER": (404,),
    "UNWANTED": (607,),
    "USER_BUSY": (486, 600),
}
"""The SIP codes of which FreeSWITCH makes a cause (sofia_glue.c:1814): of several legs at once only that is told."""


class Trial(Struct, frozen=True):
    """What is rung now: a leg of the attempt, by which way, for how many seconds at most; `wait` is how many of them
    may go by until it rings, 0 for all.
    """

    leg: Leg
    route: Route
    seconds: int
    wait: int


def never(gateway: str) -> bool:
    """No gateway is known to be down."""
    return False


class Attempt:
    """One attempt.

    `ways` are those of each leg, by its destination, in order; of legs without one `refused` tells why. `began` is when
    it began, in seconds into the call. `is_down` tells whether a gateway is known to be down.
    """

    def __init__(
        self,
        action: Dial,
        ways: Mapping[str, Sequence[Route]],
        refused: Mapping[str, LegResult],
        began: float,
        is_down: Callable[[str], bool] = never,
    ) -> None:
        self._action = action
        self._began = self._since = began
        self._left = {destination: list(routes) for destination, routes in ways.items()}
        self._several = any(len(routes) > 1 for routes in ways.values())
        self._results = dict(refused)
        self._tried: dict[str, list[GatewayResult]] = {}
        self._now: dict[str, Route] = {}
        self._answered: Dialled | None = None
        self._is_down = is_down

    def next(self, after: float) -> list[Trial]:
        """What to ring now, `after` seconds into the call; nothing when the attempt is over."""
        self._now, self._since, seconds = {}, after, self._seconds(after)
        if not self.goes_on(after):
            return []
        found = ((leg, self._way(leg.destination)) for leg in self._action.legs)
        trials = [
            Trial(leg, route, seconds, math.ceil(route.wait) if self._left[leg.destination] else 0)
            for leg, route in found
            if route is not None
        ]
        self._now = {trial.leg.destination: trial.route for trial in trials}
        return trials

    def refuse(self, destination: str, why: str) -> None:
        """A leg cannot be rung, by whichever way: `why` says."""
        self._left.pop(destination, None)
        self._now.pop(destination, None)
        self._results[destination] = LegResult(destination=destination, outcome="skipped", cause=why)

    @property
    def skipped(self) -> tuple[LegResult, ...]:
        """The legs that cannot be rung, as far as is known."""
        return tuple(each for each in self._results.values() if each.outcome == "skipped")

    def take(self, channel: Channel, after: float) -> None:
        """Take in how the bridge of what `next` gave has ended, by the variables of the caller's channel."""
        legs = tuple(leg for leg in self._action.legs if leg.destination in self._now)
        ended = outcomes.dialled(replace(self._action, legs=legs), channel, after)
        self._answered = ended if ended.outcome == "answered" else None
        seconds = round(max(0.0, after - self._since), 2)
        for leg in ended.legs:
            route = self._now[leg.destination]
            if len(legs) > 1 and not leg.cause and route.gateway:
                # FreeSWITCH has made no channel for it, and tells of several legs no cause for that.
                leg = replace(leg, outcome="failed", cause=DOWN)
            # Of several legs the caller's channel has the code of whichever ended last.
            code = outcomes.sip_code(channel) if len(legs) == 1 and leg.cause not in UNSAID else 0
            result = GatewayResult(gateway=route.gateway, code=code, cause=leg.cause, seconds=seconds)
            self._tried.setdefault(leg.destination, []).append(result)
            self._results[leg.destination] = leg
            if not self._goes_on(route, leg.cause, code):
                self._left.pop(leg.destination, None)
        self._now = {}

    def outcome(self, after: float) -> Dialled:
        """How the attempt ended: busy only when everybody was who was rung, skipped when nobody was."""
        legs = tuple(self._result(leg.destination) for leg in self._action.legs)
        if self._answered:
            return replace(self._answered, legs=legs, after=after)
        rung = [leg.outcome for leg in legs if leg.outcome != "skipped"]
        how = "busy" if all(each in ("busy", "refused") for each in rung) else "no-answer"
        return Dialled(outcome=how if rung else "skipped", legs=legs, after=after)

    def _result(self, destination: str) -> LegResult:
        result = self._results.get(destination) or LegResult(destination=destination, outcome="no-answer")
        gateways = tuple(each for each in self._tried.get(destination, ()) if each.gateway)
        return replace(result, gateways=gateways) if gateways else result

    def _way(self, destination: str) -> Route | None:
        """The next way of a leg; a gateway that is down is passed over while there is another."""
        left = self._left.get(destination, [])
        while len(left) > 1 and left[0].gateway and self._is_down(left[0].gateway):
            gone = GatewayResult(gateway=left.pop(0).gateway, cause=DOWN)
            self._tried.setdefault(destination, []).append(gone)
        return left.pop(0) if left else None

    def _goes_on(self, route: Route, cause: str, code: int) -> bool:
        """Whether a leg that ended so is tried by its next way."""
        if not route.gateway:
            return cause in outcomes.NOT_REGISTERED
        if cause in OVER:
            return False
        if code:
            return code not in route.final
        return not any(final in CODES.get(cause, ()) for final in route.final)

    # On the channel

    def written(self) -> str:
        """Where the attempt stands while what `next` gave is rung; "" when no leg has more ways than one."""
        if not self._several:
            return ""
        parts = [f"{self._began:.3f} {self._since:.3f}"]
        for place, leg in enumerate(self._action.legs):
            ways = [_entry(each) for each in self._tried.get(leg.destination, ())]
            if route := self._now.get(leg.destination):
                ways.append(route.gateway or PHONE)
            if ways:
                parts.append(" ".join((str(place), *ways)))
        text = "|".join(parts)
        return text if len(text) <= LONGEST else ""

    def resume(self, channel: Channel, after: float) -> bool:
        """Go on where another router has left it, by what that has written on the channel; False when there is nothing
        that can be read, and then nothing has changed.
        """
        try:
            began, since, ways = _read(channel.variable(names.GATEWAYS), len(self._action.legs))
        except ValueError:
            return False
        self._began, self._since = began, since
        # Without a result the router died between saying what it does and doing it.
        begun = bool(channel.variable(names.ORIGINATE_DISPOSITION))
        for leg, (tried, now) in zip(self._action.legs, ways, strict=True):
            done = {each.gateway for each in (*tried, *(now if begun else ()))}
            routes = self._left.get(leg.destination, [])
            self._left[leg.destination] = [each for each in routes if each.gateway not in done] if now else []
            self._tried[leg.destination] = tried
            if now and begun:
                gone = Route(target="", gateway=now[0].gateway)
                self._now[leg.destination] = next((each for each in routes if each.gateway == gone.gateway), gone)
            elif tried:
                name, cause = leg.destination, tried[-1].cause
                self._results[name] = LegResult(destination=name, outcome=outcomes.leg_outcome(cause), cause=cause)
        if begun:
            self.take(channel, after)
        return True

    def take_over(self, channel: Channel, after: float) -> None:
        """Take in how an attempt ended whose legs had one way each, and which another router carried out."""
        self._now = {destination: left.pop(0) for destination, left in self._left.items()}
        self.take(channel, after)

    def goes_on(self, after: float) -> bool:
        """Whether there is something left to ring, `after` seconds into the call."""
        return not self._answered and self._seconds(after) >= 1 and any(self._left.values())

    def _seconds(self, after: float) -> int:
        """The ring time that is left."""
        return round(self._action.ring - (after - self._began))


def dialled(action: Dial, channel: Channel, after: float) -> Dialled:
    """How an attempt ended that nobody goes on with, by what its router has left on the channel."""
    attempt = Attempt(action, {}, {}, after)
    return attempt.outcome(after) if attempt.resume(channel, after) else outcomes.dialled(action, channel, after)


Way = tuple[list[GatewayResult], list[GatewayResult]]
"""Of a leg the ways that are over, and the one that is under way."""


def _entry(tried: GatewayResult) -> str:
    return f"{tried.gateway or PHONE},{tried.code},{tried.cause},{tried.seconds:.2f}"


def _read(text: str, legs: int) -> tuple[float, float, list[Way]]:
    """What `written` made. Raises ValueError."""
    times, *parts = text.split("|")
    began, since = map(float, times.split(" "))
    if not (math.isfinite(began) and math.isfinite(since)):
        raise ValueError("no times")
    ways: list[Way] = [([], []) for _ in range(legs)]
    for part in parts:
        place, *entries = part.split(" ")
        tried, now = ways[range(legs).index(int(place))]
        for entry in entries:
            gateway, *rest = entry.split(",")
            gateway = "" if gateway == PHONE else gateway
            if rest:
                code, cause, seconds = rest
                tried.append(GatewayResult(gateway=gateway, code=int(code), cause=cause, seconds=float(seconds)))
            else:
                now.append(GatewayResult(gateway=gateway))
    return began, since, ways
