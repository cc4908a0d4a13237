"""What a record has of a walk joined with what it had before. Pure.

A call may be walked several times over. Where an operator sends it elsewhere, the new walk's part comes behind. Where a
router dies, the next one walks the same way again to where the call stood, so most of what it tells stands there
already; what the dead router wrote besides (operators' commands, what it could not do) stays in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from msgspec.structs import replace

from fsrouter.engine.walk.steps import Step, Walked
from fsrouter.engine.walk.trace import Attempt, Entry
from fsrouter.engine.walk.walk import Walk
from fsrouter.store.calls.records import CallRecord

Joined = tuple[tuple[Entry, ...], tuple[Attempt, ...], tuple[Walked, ...]]
#: The steps that are attempts once they have ended.
ATTEMPTS = ("ring", "queue")


def joined(before: CallRecord, walk: Walk, resumed: bool) -> Joined:
    """Trace, attempts and walks of a record, with a walk that began, or was `resumed`, when the record was `before`."""
    goto, steps = str(walk.goto[0]) if walk.goto else "", walk.steps
    last = before.walks[-1] if before.walks else Walked()
    if walk.taken_up or not resumed or (before.walks and last.goto != goto):
        return _behind(before, walk, goto)
    told = before.trace[last.trace :]
    trace = (*before.trace, *news(told, walk.trace))
    same = shared(last.steps, steps)
    ended = sum(step.outcome is not None for step in last.steps)
    if not steps or (same == len(steps) and len(walk.outcomes) < ended):
        return trace, before.attempts, before.walks  # on its way to where the call stood
    if any(step.asked in ATTEMPTS and step.outcome for step in last.steps[same:]):
        return _behind(before, walk, goto)  # by other rules it has gone another way
    attempts = (*before.attempts[: last.attempts], *walk.attempts)
    return trace, attempts, (*before.walks[:-1], replace(last, revision=walk.book.revision, goto=goto, steps=steps))


def _behind(before: CallRecord, walk: Walk, goto: str) -> Joined:
    """What a record has once a walk of its own comes behind what it had."""
    walked = Walked(
        revision=walk.book.revision,
        goto=goto,
        steps=walk.steps,
        facts=None if walk.facts == before.facts else walk.facts,
        trace=len(before.trace),
        attempts=len(before.attempts),
        cut=walk.taken_up,
    )
    return (*before.trace, *walk.trace), (*before.attempts, *walk.attempts), (*before.walks, walked)


def news(told: Sequence[Entry], trace: Sequence[Entry]) -> Sequence[Entry]:
    """The entries of a trace that are not told yet: it is told as far as its entries stand there in their order, with
    others between them or not. A router that knows other facts by now may give other reasons.
    """
    known = 0
    for entry in told:
        known += known < len(trace) and replace(entry, why=trace[known].why) == trace[known]
    return trace[known:]


def shared(some: Sequence[Step], others: Sequence[Step]) -> int:
    """How many steps, from the beginning, asked the same."""
    pairs = zip(some, others, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0].asked == pair[1].asked and pair[0].of == pair[1].of, pairs))
