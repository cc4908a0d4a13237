"""Replay: what another rule book would have done with a call that was made.

The facts are those that were recorded, and each walk of the call is retraced by its steps: what is asked again ends as
it did then (`remembered`). So a rule book that has not changed takes every call the same way. A call goes elsewhere
when others are rung, or in another order, when it comes to other queues, mailboxes or extensions, or to another end;
another wording, sound, ring time or tag is the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace as replace_step

from fsrouter.engine.model.destinations import SECTION_OF, Destinations, destination
from fsrouter.engine.model.failsafes import Gate
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.availability import AvailabilitySource
from fsrouter.engine.walk.dry_run import Assumptions, DryRun
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import Dialled
from fsrouter.engine.walk.remembered import Key, Remembered, key_of
from fsrouter.engine.walk.steps import Step, Walked
from fsrouter.engine.walk.walk import Walk

#: What a replay can come to.
SAME, ELSEWHERE, UNKNOWN = "same", "elsewhere", "unknown"

#: Why a call cannot be retraced.
BEFORE_STEPS = "recorded before steps were kept"
CUT = "more happened than a record holds"
NO_STEPS = "nothing that was asked is on record"
NO_NUMBER = "the number is no tracking number any more"

#: The steps that make out a call's way.
WAY = ("ring", "queue", "voicemail", "transfer", "hangup", "failsafe")
#: More attempts than any call makes: nobody takes it.
NOBODY = 1_000_000


class Past(Struct, frozen=True, kw_only=True):
    """A call as the journal has it; `destination` is what took it, or where it was at last."""

    facts: Facts
    walks: tuple[Walked, ...]
    number: str
    destination: str = ""


class Verdict(Struct, frozen=True, kw_only=True):
    """What a replay came to: `how` is SAME, ELSEWHERE or UNKNOWN.

    `was` and `would` are what took the call and what would take it, or where that is the same, the ways there from
    where they part. `at` is what sends it another way, `why` in words the reason, also for not knowing. `assumed` is
    what had to be assumed on the way, in words.
    """

    how: str
    was: str = ""
    would: str = ""
    at: str = ""
    why: str = ""
    assumed: tuple[str, ...] = ()


def replay(book: RuleBook, past: Past, gate: Gate | None = None) -> Verdict:
    """Retrace a past call by a rule book; `gate` knows whom the settings let be dialled who was not rung then."""
    if past.number not in book.tracking_numbers:
        return Verdict(how=ELSEWHERE, was=past.destination, at=past.number, why=NO_NUMBER)
    if why := _unknown(past):
        return Verdict(how=UNKNOWN, was=past.destination, why=why)
    try:
        return next(filter(None, (_parted(book, past, walked, gate) for walked in past.walks)), Verdict(how=SAME))
    except Exception as error:
        # One call that our own code cannot walk, as perhaps it could not then, must not end the replay of all others.
        return Verdict(how=UNKNOWN, was=past.destination, why=f"the walk fails: {type(error).__name__}")


def ahead(book: RuleBook, past: Past, available: AvailabilitySource, gate: Gate | None = None) -> tuple[DryRun, int]:
    """A call that goes on, walked from where it stands to its end as if nobody takes it and no key is pressed any more;
    and how many attempts it has made by now. `available` knows who can take a call, `gate` whom the settings let be
    dialled. Raises KeyError when its number is no tracking number of the book.
    """
    walked = past.walks[-1] if past.walks else Walked()
    again = _Again(book, past, walked, gate)
    action = again.go()
    tried = len(again.walk.attempts)
    run = DryRun(again.walk, Assumptions(unanswered=NOBODY, available=available, gate=gate))
    run.go_on(action)
    return run, tried


def _unknown(past: Past) -> str:
    """Why a call cannot be retraced, "" when it can."""
    if not past.walks:
        return BEFORE_STEPS
    if any(walked.cut for walked in past.walks):
        return CUT
    return "" if all(walked.steps for walked in past.walks) else NO_STEPS


def _parted(book: RuleBook, past: Past, walked: Walked, gate: Gate | None) -> Verdict | None:
    """Where one walk of a call goes another way than it did; None when it goes the same."""
    if walked.goto and not _exists(book, walked.goto):
        why = "an operator sent the call there, and it is not there any more"
        return Verdict(how=ELSEWHERE, was=past.destination, at=walked.goto, why=why)
    again = _Again(book, past, walked, gate)
    again.go()
    was, would = way(again.recorded), way(again.steps)
    if [key for _, key in was] == [key for _, key in would]:
        return None
    same = sum(1 for _ in takewhile(lambda pair: pair[0][1] == pair[1][1], zip(was, would, strict=False)))
    entry = again.reason(would[same][0] if same < len(would) else len(again.steps) - 1)
    went = past.destination, again.walk.destination or ", ".join(again.steps[-1].of if again.steps else ())
    if went[0] == went[1]:  # in the end; so it is told what they come by
        went = _names(was[same:]), _names(would[same:])
    return Verdict(
        how=ELSEWHERE,
        was=went[0],
        would=went[1],
        at=entry[0],
        why=entry[1],
        assumed=tuple(again.memory.assumed),
    )


class _Again:
    """One walk of a past call, walked again by another rule book as far as its record goes."""

    def __init__(self, book: RuleBook, past: Past, walked: Walked, gate: Gate | None) -> None:
        self.memory = Remembered(walked.steps, gate)
        self.walk = Walk(book, walked.facts or past.facts, _goto(book, walked.goto))
        self.recorded = walked.steps[:-1] if self.memory.failed else walked.steps
        self.steps: tuple[Step, ...] = ()
        self._traced: list[int] = []

    def go(self) -> actions.Action:
        """Walk; returns the last action, or the one that was under way when the record ends."""
        action = self.walk.begin()
        while True:
            self._traced.append(len(self.walk.trace))
            if isinstance(action, actions.LAST):
                self.steps = self.walk.steps
                return action
            outcome = self.memory.outcome(self.walk, action)
            if outcome is None:
                # What is asked where the record had ended before is no part of the way.
                self.steps = self.walk.steps if self.memory.met else self.walk.steps[:-1]
                return action
            action = self.walk.next(outcome)

    def reason(self, at: int) -> tuple[str, str]:
        """What sent the walk to its step `at`, and why."""
        trace = self.walk.trace[: self._traced[at]] if 0 <= at < len(self._traced) else self.walk.trace
        entry = next((entry for entry in reversed(trace) if entry.why), None)
        return (entry.at, entry.why) if entry else ("", "")


def not_retraced(unknown: Mapping[str, int]) -> str:
    """What is said behind the count of calls that would have gone elsewhere: how many cannot be retraced, by reason."""
    said = ", ".join(f"{count} {why}" for why, count in unknown.items())
    return f"; {sum(unknown.values())} cannot be retraced: {said}" if unknown else ""


def way(steps: Sequence[Step]) -> list[tuple[int, Key]]:
    """The steps that make out a way, each by its place and by what it is known."""
    found = ((i, key_of(_rung(each))) for i, each in enumerate(steps) if each.asked in WAY)
    return [(i, (key[0], () if key[0] == "failsafe" else key[1])) for i, key in found if key != ("ring", ())]


def _rung(ring: Step) -> Step:
    """A step without those who were not rung, for the settings did not let them be."""
    skipped = ring.outcome.skipped if isinstance(ring.outcome, Dialled) else {}
    return replace_step(ring, of=tuple(name for name in ring.of if name not in skipped)) if skipped else ring


def _names(parts: Sequence[tuple[int, Key]]) -> str:
    return ", ".join("|".join(names) for _, (_, names) in parts if names)


def _goto(book: RuleBook, goto: str) -> Destinations:
    return (destination(goto, book.context),) if goto else ()


def _exists(book: RuleBook, goto: str) -> bool:
    try:
        to = destination(goto, book.context)
    except ValueError:
        return False
    return to.kind not in SECTION_OF or to.is_dynamic or to.name in book.section(SECTION_OF[to.kind])
