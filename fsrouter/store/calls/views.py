"""A record as data, for who reads JSON and for who shows it in words."""

from __future__ import annotations

from msgspec import Struct

from fsrouter.engine.numbers.geo import place_of
from fsrouter.engine.times import local
from fsrouter.engine.walk import explained as values
from fsrouter.engine.walk.explained import Explained, ExplainedEntry, ExplainedGateway
from fsrouter.engine.walk.steps import Walked
from fsrouter.engine.walk.trace import Attempt
from fsrouter.store.calls.named import NamedLeg, NamedOutcome, named
from fsrouter.store.calls.records import LINE, CallLine, CallRecord


def explained(record: CallRecord, timezone: str) -> Explained:
    """A record as a call that is explained."""
    return Explained(
        company=record.company,
        to=record.number,
        from_=record.facts.from_,
        at=local(record.began, timezone),
        facts={**record.known(), **place_of(record.facts.from_)},
        trace=tuple(map(values.entry, record.trace)),
        attempts=tuple(map(values.attempt, record.attempts)),
        destination=record.destination,
        tags=record.tags,
        record=record.record,
    )


class MadeAttempt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attempt that was made: `targets` are destinations, `ring` seconds, `outcome` is answered, no-answer, busy or
    skipped. `by` is who answered; `gateways` are those of the trunk in the order in which they were tried, where the
    same hold for all numbers; `legs` tell of several targets how each ended. What is not known is left out.
    """

    destination: str
    targets: tuple[str, ...]
    ring: int
    outcome: str
    by: str = ""
    gateways: tuple[str | ExplainedGateway, ...] = ()
    legs: tuple[NamedLeg, ...] = ()


class MadeStep(Struct, frozen=True, kw_only=True):
    """One action of a walk: what was `asked`, `of` whom or what, and how it ended; null when it was under way as the
    walk ended, and of an action that ends every walk.
    """

    asked: str
    of: tuple[str, ...]
    outcome: NamedOutcome | None


class MadeWalk(Struct, frozen=True, kw_only=True):
    """One walk of a call by a revision of the rule book; a call is walked anew when an operator sends it elsewhere:
    `goto` is where, "" for the number's own route.
    """

    revision: int
    goto: str
    steps: tuple[MadeStep, ...]


class WholeCall(CallLine, frozen=True, kw_only=True):
    """All that a record has. `facts` are those that were known, by name; `trace` is why the call went where it went."""

    facts: dict[str, str | list[str]]
    trace: tuple[ExplainedEntry, ...]
    attempts: tuple[MadeAttempt, ...]
    walks: tuple[MadeWalk, ...]


def whole(record: CallRecord) -> WholeCall:
    """All that a record has."""
    return WholeCall(
        **{name: getattr(record, name) for name in LINE},
        facts=record.known(),
        trace=tuple(map(values.entry, record.trace)),
        attempts=tuple(map(_attempt, record.attempts)),
        walks=tuple(map(_walk, record.walks)),
    )


def _attempt(made: Attempt) -> MadeAttempt:
    told = values.attempt(made)
    return MadeAttempt(
        destination=told.destination,
        targets=told.targets,
        ring=told.ring,
        outcome=told.outcome,
        by=made.by,
        gateways=told.gateways,
        legs=named(made.legs) if len(made.legs) > 1 else (),
    )


def _walk(walked: Walked) -> MadeWalk:
    steps = tuple(MadeStep(asked=step.asked, of=step.of, outcome=named(step.outcome)) for step in walked.steps)
    return MadeWalk(revision=walked.revision, goto=walked.goto, steps=steps)
