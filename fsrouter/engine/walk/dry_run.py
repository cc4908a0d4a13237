"""A dry run: a walk under assumptions that nobody carries out, and what would be done at each of its attempts.

The walk asks for the same actions as on the phone; they are kept here alone, for no call needs them afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.model.failsafes import FarEnd, Gate
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Action, Dial, Draw, Enqueue, Gather, Leg, LookUp, Play, Presence, TakeTurn
from fsrouter.engine.walk.availability import EVERYBODY, AvailabilitySource, answer, skipped_legs
from fsrouter.engine.walk.cached import cached_field
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import (
    Dialled,
    Drawn,
    GatewayResult,
    Gathered,
    LegResult,
    Outcome,
    Played,
    Queued,
    Turn,
)
from fsrouter.engine.walk.walk import Walk


class Assumptions(Struct, frozen=True, kw_only=True):
    """What is assumed of the people and the chances on the way.

    `press` are the keys for the menus in order, `-` or nothing more being silence; the first `unanswered` attempts
    get no answer; `draw` is every drawn number; `turns` whose turn it is by group; `available` knows who can take
    a call, `gate` what the settings let be dialled, None where they are not known: then everything.
    """

    press: tuple[str, ...] = ()
    unanswered: int = 0
    draw: float = 0.0
    turns: Mapping[str, int] = {}
    available: AvailabilitySource = EVERYBODY
    gate: Gate | None = None


class Plan(Struct, frozen=True, kw_only=True):
    """What would be done at one attempt: the caller waits in a queue, or `legs` are rung: those that may be.

    `show` is `caller` or the E.164 number that answerers see, `record` whether the talk is recorded. `trunk` is by
    which numbers leave, "" when none does or when neither the rule book nor the settings name one; `gateways` are its
    own, in the order in which they are tried, where the settings are known.
    """

    show: str
    record: bool
    legs: tuple[Leg, ...] = ()
    trunk: str = ""
    gateways: tuple[GatewayResult, ...] = ()


def dry_run(book: RuleBook, facts: Facts, assumed: Assumptions) -> DryRun:
    """Walk a call that is only thought of, to its end.

    Raises KeyError when the number is no tracking number of the book.
    """
    run = DryRun(Walk(book, facts), assumed)
    run.go_on(run.walk.begin())
    return run


class DryRun:
    """A walk whose actions nobody carries out: each ends as is assumed.

    `plans` tell of the walk's attempts, by their place among them, what would be done; of those that came before the
    dry run there are none. `notice` is what the caller would hear of the recording, "" for nothing.
    """

    def __init__(self, walk: Walk, assumed: Assumptions) -> None:
        self.walk = walk
        self.plans: dict[int, Plan] = {}
        self.notice = ""
        self._assumed = assumed
        self._keys = iter(assumed.press)
        self._unanswered = assumed.unanswered

    def go_on(self, action: Action) -> None:
        """Walk on from an action that is under way until something takes the call."""
        while not isinstance(action, actions.LAST):
            outcome, made = self._outcome(action), len(self.walk.attempts)
            following = self.walk.next(outcome)
            if len(self.walk.attempts) > made and isinstance(action, Dial | Enqueue):
                self.plans[made] = self._plan(action, outcome)
            action = following

    def _outcome(self, action: Action) -> Outcome:
        match action:
            case Play(sound=sound, whole=whole):
                self.notice = sound if whole else self.notice
                return Played()
            case Gather():
                return Gathered(keys=next(self._keys, "-").replace("-", ""))
            case Dial():
                return self._dialled(action)
            case Enqueue():
                return Queued(outcome="answered" if self._is_answered() else "timeout")
            case TakeTurn(group=group):
                return Turn(number=self._assumed.turns.get(group, 0))
            case Draw():
                return Drawn(number=self._assumed.draw)
            case Presence():
                return answer(self._assumed.available, self.walk.book.company, action, gate=self._assumed.gate)
            case LookUp():
                return cached_field(self.walk.facts, action)
        raise TypeError(f"{action!r} has no outcome")

    def _is_answered(self) -> bool:
        """Whether the attempt that comes now is; a queue is one."""
        self._unanswered -= 1
        return self._unanswered < 0

    def _dialled(self, action: Dial) -> Dialled:
        skipped = skipped_legs(self._assumed.gate, action)
        closed = {leg.destination for leg in skipped}
        rung = tuple(leg for leg in action.legs if leg.destination not in closed)
        outcome = ("answered" if self._is_answered() else "no-answer") if rung else "skipped"
        numbers = (leg.number for leg in rung if leg.number and not leg.endpoint)
        _, gateways = self._gateways(action.trunk, next((FarEnd(number=number) for number in numbers), None))
        # The same for all numbers of the attempt, so it is told once.
        by = (LegResult(destination=rung[0].destination, outcome=outcome, gateways=gateways),) if gateways else ()
        return Dialled(outcome=outcome, legs=(*skipped, *by))

    def _plan(self, action: Dial | Enqueue, outcome: Outcome) -> Plan:
        plan = Plan(show=action.show, record=action.record)
        if isinstance(action, Enqueue) or not isinstance(outcome, Dialled):
            return plan
        legs = tuple(self._open(action.trunk, leg) for leg in action.legs if leg.destination not in outcome.skipped)
        trunk, gateways = next(filter(all, (self._leaves(action.trunk, leg) for leg in legs)), ("", ()))
        if not trunk and any(leg.number for leg in legs):
            trunk = action.trunk
        return replace(plan, legs=legs, trunk=trunk, gateways=gateways)

    def _open(self, trunk: str, leg: Leg) -> Leg:
        """A leg without the number behind its endpoint where that may not be dialled: then the endpoint rings alone."""
        gate = self._assumed.gate
        shut = gate is not None and leg.endpoint and leg.number and gate.problem(trunk, FarEnd(number=leg.number))
        return replace(leg, number="") if shut else leg

    def _leaves(self, trunk: str, leg: Leg) -> tuple[str, tuple[GatewayResult, ...]]:
        """By which trunk a leg leaves, and its gateways; "" and none of a telephone that is no number."""
        return self._gateways(trunk, FarEnd(number=leg.number) if leg.number else FarEnd(endpoint=leg.endpoint))

    def _gateways(self, trunk: str, far_end: FarEnd | None) -> tuple[str, tuple[GatewayResult, ...]]:
        """The trunk by which a far end is rung, and its gateways in order; none where the settings are not known."""
        if self._assumed.gate is None or far_end is None:
            return "", ()
        name, gateways = self._assumed.gate.gateways(trunk, far_end, self._assumed.draw)
        return name, tuple(GatewayResult(gateway=each, weight=weight) for each, weight in gateways)
