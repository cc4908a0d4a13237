"""Where a walk stands, and what its steps are made of.

A step is a generator: it yields an action and is sent its outcome, yields `Enter` to have a route of its own
walked, and returns when the walk shall go on behind it. Steps know this state and nothing of who drives them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TypeVar

from msgspec import Struct

from fsrouter.engine import times
from fsrouter.engine.model import schedule
from fsrouter.engine.model.destinations import Destination, Destinations
from fsrouter.engine.model.fact_names import Fact
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import trace
from fsrouter.engine.walk.actions import Action
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import Ended, Outcome
from fsrouter.engine.walk.position import LARGEST, Tried, digest, digest_of
from fsrouter.engine.walk.trace import Attempt, Entry, Skip

E = TypeVar("E", bound=Ended)


def ask(action: Action, kind: type[E]) -> Generator[Action, Outcome | None, E]:
    """Have an action done and learn how it has ended; whoever drives a walk answers each action by its own outcome."""
    outcome = yield action
    assert isinstance(outcome, kind)
    return outcome


class Enter(Struct, frozen=True):
    """What a step yields to walk a route of its own: `at` is who sends the call there, `pressed` whether the caller
    asked for it with a key.
    """

    at: str
    route: Destinations
    pressed: bool = False


#: Why a call goes another way than by the facts that are known now.
DECIDED = "so it was decided before, by facts that are not known any more"


class WalkState:
    """What has happened to one call so far, and what holds for it from here on.

    `outcomes` are how its actions have ended, `decisions` what was decided by facts, each a small number, in the order
    in which it was. Both travel with a call: whoever takes it up does the same once more, whatever they know of the
    caller. `progress` is how far the destination that is under way had come when it was begun (`begin_part`).

    `trace` and `attempts` tell what has happened, `skipped` who was not tried; `destination` is what took the call, ""
    so far, and `agent` who answered. `tags`, `record`, `notice` and `head_start` hold from here on; `inside` are those
    whose routes the call is in, the outermost first.
    """

    def __init__(self, book: RuleBook, facts: Facts) -> None:
        """The state of a call that begins. Raises KeyError when `facts.to` is no tracking number of the book."""
        self.book = book
        self.facts = facts
        self.number = book.tracking_numbers[facts.to]
        self.outcomes: list[Outcome] = []
        self.decisions: list[int] = []
        self.progress: tuple[int, str] = (0, "")
        self.trace: list[Entry] = []
        self.attempts: list[Attempt] = []
        self.skipped: list[Skip] = []
        self.tags: list[str] = list(dict.fromkeys(self.number.tags))
        self.record = self.number.record
        self.notice = self.number.record_notice or book.header.record_notice
        self.announced = False
        self.destination = ""
        self.agent = ""
        self.head_start = 0
        self.inside: list[str] = []
        #: Seconds since the call began, at which the latest outcome was known.
        self.after = 0.0
        self._decided: deque[int] = deque()
        #: Who was tried before the rules changed, and a digest of who was being tried then.
        self._former, self._former_now = Tried(), 0
        self.begin_part()

    def note(self, at: str, outcome: str, why: str) -> None:
        """Put an entry into the trace."""
        self.trace.append(Entry(at, outcome, why, len(self.inside)))

    def skip(self, destination: str, why: str) -> None:
        """Somebody is not tried: note that, and why."""
        self.skipped.append(Skip(destination, why))
        self.note(destination, "skipped", why)

    def fact(self, name: str) -> Fact:
        """A fact as it is known now."""
        return self.facts.known(name, self.number.source, tuple(self.tags))

    def tag(self, tag: str) -> None:
        """Give the call a tag, once."""
        if tag not in self.tags:
            self.tags.append(tag)

    def decided(self, now: int, most: int) -> int:
        """What is decided, 0 to `most`: `now`, by the facts that are known, unless it was decided here before."""
        before = self._decided.popleft() if self._decided else now
        # As a number also where it is a truth: who reads it on the channel takes nothing else.
        self.decisions.append(int(before if 0 <= before <= most else now))
        return self.decisions[-1]

    def chosen(self, now: str, among: Iterable[str]) -> str:
        """Which name is decided on, "" for none, as `decided` does; `among` are all that it could be."""
        mark = self.decided(digest(now), LARGEST)
        return now if mark == digest(now) else next((name for name in among if digest(name) == mark), "")

    def begin_part(self, progress: tuple[int, str] = (0, "")) -> None:
        """A destination begins, or has come so far that what it did before need not be known any more: who takes the
        call up does once more only what it does from here on.
        """
        self.progress = progress
        self._part = len(self.outcomes), len(self.decisions)
        self._held = tuple(self.tags), self.record, self.announced, self.notice, self.head_start

    def untried(self, at: str, targets: tuple[Destination, ...], asked: str = "ring") -> tuple[Destination, ...]:
        """Those of some targets who were not tried before the rules changed; all of them when they are just those who
        were being tried then, and nothing was done since: how that ended is to be learnt.
        """
        if not self._former:
            return targets
        names = tuple(map(str, targets))
        if self._former_now and self._former_now == digest_of((asked, *names)):
            return targets
        skipped = [name for name in names if name in self._former]
        if skipped:
            self.note(at, "skipped", f"tried already before the rules changed: {', '.join(skipped)}")
        return tuple(target for target, name in zip(targets, names, strict=True) if name not in skipped)

    @cached_property
    def zone(self) -> tzinfo:
        """The company's time zone."""
        return times.zone(self.book.header.timezone)

    def is_open(self, name: str) -> tuple[bool, str]:
        """Whether a schedule is open now, and why, in words."""
        now = datetime.fromtimestamp(self.facts.began + self.after, self.zone)
        return schedule.is_open(self.book.schedules[name], now, self.facts.overrides.get(name, ""))

    def tried(self, attempt: Attempt, why: str = "") -> None:
        """Put an attempt on record, and in the trace how it ended and `why`."""
        self.attempts.append(attempt)
        who = f" by {attempt.by}" if attempt.by and attempt.by != attempt.destination else ""
        text = trace.describe(attempt)
        self.note(attempt.destination, attempt.outcome + who, f"{text}; {why}" if why else text)

    def end(self, destination: str, action: Action) -> Steps:
        """End the walk: `destination` has taken the call."""
        self.destination = destination
        yield action


#: A kind's part of the walk: yields actions and routes to enter, is sent outcomes, and returns when the walk shall
#: go on behind it.
Steps = Generator[Action | Enter, Outcome | None, None]
Part = Callable[[WalkState, Destination], Steps]
