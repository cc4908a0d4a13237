"""What people, chances and CRMs did in a walk, to be done once more: each outcome answers whoever asks the same again,
in the order in which it was asked.

A walk by other rules asks other things. Then a member of a group who answered, answers alone too; a turn, a drawn
number and a record stay what they were; and what the call never met is assumed: who is rung answers, nobody presses a
key. What was assumed is told. Where the record ends (the caller hung up, somebody else took the call, a router died),
nothing is assumed any more.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from fsrouter.engine.model.failsafes import Gate
from fsrouter.engine.walk.actions import Action, Dial, LookUp, Play, Presence
from fsrouter.engine.walk.availability import EVERYBODY, answer, skipped_legs
from fsrouter.engine.walk.cached import cached_field
from fsrouter.engine.walk.outcomes import (
    Availability,
    Dialled,
    Drawn,
    Gathered,
    LegResult,
    Outcome,
    Played,
    Queued,
    Seen,
    Turn,
)
from fsrouter.engine.walk.steps import Step, step
from fsrouter.engine.walk.walk import FAILED, Walk

Key = tuple[str, tuple[str, ...]]

#: What is assumed of each that the call never met, and in words. A look-up is answered by the contact cache.
ASSUMED: dict[str, tuple[Outcome, str]] = {
    "menu": (Gathered(), "nobody presses a key in {}"),
    "ring": (Dialled(outcome="answered"), "{} answers"),
    "queue": (Queued(outcome="answered"), "somebody answers in {}"),
    "turn": (Turn(number=0), "the first member of {} has the turn"),
    "draw": (Drawn(number=0.0), "{} draws 0"),
}
#: What is said in words of a look-up that the call never made.
CACHED = "{} is as the contact cache had it"
#: What stays as it was when it is asked once more.
LASTING = ("queue", "turn", "draw", "look-up")


class Remembered:
    """The memory of one walk, `steps`. `assumed` is what had to be assumed, in words; `met` tells whether the last that
    was asked had been asked then. `gate` tells of those who were not rung then whether the settings let them be.
    """

    def __init__(self, steps: Sequence[Step], gate: Gate | None = None) -> None:
        self.assumed: list[str] = []
        self.met = True
        self._waiting: dict[Key, deque[Step]] = defaultdict(deque)
        self._lasting: dict[Key, Outcome] = {}
        self._sounds: deque[Step] = deque()
        self._seen: dict[str, deque[Seen | None]] = defaultdict(deque)
        self._legs: dict[str, Dialled] = {}
        self._steps = steps
        self._gate = gate
        for each in steps:
            self._remember(each)

    @property
    def failed(self) -> bool:
        """Whether our own code failed at the end of the walk."""
        return bool(self._steps) and self._steps[-1].asked == "failsafe" and self._steps[-1].of == (FAILED,)

    def outcome(self, walk: Walk, action: Action) -> Outcome | None:
        """How an action that a walk asks for ends; None where the record ends."""
        asked = step(action)
        self.met = True
        if isinstance(action, Play):
            return self._sound(walk)
        if isinstance(action, Presence):
            return self._availability(walk, action)
        waiting = self._waiting.get(key_of(asked))
        self.met = bool(waiting)
        if waiting:
            return waiting.popleft().outcome
        return None if self._is_over else self._assume(walk, action, asked)

    @property
    def _is_over(self) -> bool:
        """Whether the record ended in a sound, or by our own failure between two actions, and all that came before it
        has been asked.
        """
        in_a_sound = self._sounds and self._sounds[-1].outcome is None
        between = self.failed and all(each.outcome for each in self._steps[-2:-1])
        return bool(in_a_sound or between) and not any(self._waiting.values())

    def _remember(self, each: Step) -> None:
        key, ended = key_of(each), each.outcome
        if each.asked == "play":
            self._sounds.append(each)
        elif each.asked == "presence":
            known = ended.availability if isinstance(ended, Seen) else ()
            for i, name in enumerate(each.of):
                one = known[i : i + 1] or (Availability(),)
                self._seen[name].append(replace(ended, availability=one) if isinstance(ended, Seen) else None)
        elif each.asked in ASSUMED or each.asked == "look-up":
            self._waiting[key].append(each)
            if ended is not None and each.asked in LASTING:
                self._lasting[key] = ended
        if isinstance(ended, Dialled):
            self._legs |= {name: leg for name in each.of if (leg := _alone(name, each.of, ended))}

    def _sound(self, walk: Walk) -> Outcome | None:
        """Sounds are as good as each other; the one in which the record ends comes when all else has been asked."""
        if self._sounds and (self._sounds[0].outcome or not any(self._waiting.values())):
            return self._sounds.popleft().outcome
        return Played(after=walk.after)

    def _availability(self, walk: Walk, action: Presence) -> Seen | None:
        found: list[Availability] = []
        after = walk.after
        for name in action.destinations:
            waiting = self._seen.get(name)
            seen = answer(EVERYBODY, walk.book.company, Presence(destinations=(name,)), walk.after, self._gate)
            if waiting:
                known = waiting[0] if len(waiting) == 1 and waiting[0] else waiting.popleft()
                if known is None:
                    return None
                seen = known
            found += seen.availability
            after = max(after, seen.after)
        return Seen(availability=tuple(found), after=after)

    def _assume(self, walk: Walk, action: Action, asked: Step) -> Outcome:
        lasting = self._lasting.get(key_of(asked)) or self._rung(action)
        if lasting:
            return _at(walk, lasting)
        name = "/".join(asked.of) if isinstance(action, LookUp) else ", ".join(asked.of)
        if isinstance(action, LookUp):
            self.assumed.append(CACHED.format(name))
            return _at(walk, cached_field(walk.facts, action))
        outcome, words = ASSUMED[asked.asked]
        if isinstance(action, Dial) and (skipped := skipped_legs(self._gate, action)):
            closed = {leg.destination for leg in skipped}
            rung = [name for name in asked.of if name not in closed]
            if not rung:
                return Dialled(outcome="skipped", legs=skipped, after=walk.after)
            outcome, name = Dialled(outcome="answered", legs=skipped), ", ".join(rung)
        self.assumed.append(words.format(name))
        return _at(walk, outcome)

    def _rung(self, action: Action) -> Dialled | None:
        """How those end who are rung now in another company than then, where that is known of all or of who answers."""
        if not isinstance(action, Dial):
            return None
        known = {leg.destination: self._legs.get(leg.destination) for leg in action.legs}
        ended = [each for each in known.values() if each]
        skipped = tuple(leg for each in ended if each.outcome == "skipped" for leg in each.legs)
        rung = [each for each in ended if each.outcome != "skipped"]
        answers = next((name for name, each in known.items() if each and each.outcome == "answered"), "")
        if answers:
            return Dialled(outcome="answered", by=answers, legs=skipped)
        if len(ended) < len(known):
            return None
        how = "busy" if all(each.outcome == "busy" for each in rung) else "no-answer"
        return Dialled(outcome=how if rung else "skipped", legs=skipped)


def key_of(asked: Step) -> Key:
    """By what a step is known again; those who are rung at once are the same in any order."""
    return asked.asked, tuple(sorted(asked.of)) if asked.asked == "ring" else asked.of


def _at(walk: Walk, outcome: Outcome) -> Outcome:
    changed: Any = replace(outcome, after=walk.after)
    return changed  # type: ignore[no-any-return]


def _alone(name: str, targets: tuple[str, ...], ended: Dialled) -> Dialled | None:
    """How one of those who were rung at once would have ended alone; None when that is not known."""
    if len(targets) == 1:
        return ended
    if why := ended.skipped.get(name):
        return Dialled(outcome="skipped", legs=(LegResult(destination=name, outcome="skipped", cause=why),))
    if ended.by == name:
        return Dialled(outcome="answered", by=name)
    how = next((leg.outcome for leg in ended.legs if leg.destination == name), "")
    if how in ("", "lost"):
        return Dialled(outcome=ended.outcome) if ended.outcome != "answered" else None
    return Dialled(outcome=how if how in ("answered", "busy") else "no-answer")
