"""Calls that were never made, with all that may happen to one: people and chances do anything, callers hang up
anywhere, operators send calls elsewhere, routers die and others go on. Their records are made by the builder of the
real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from engine.walk.test_walk_properties import Strangers

from fsrouter.engine.model.destinations import Destination, Destinations
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Action
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl.events import Channel
from fsrouter.router.cdr.builder import RecordBuilder
from fsrouter.store import CallRecord
from fsrouter.store.calls import records

#: Actions more than this are too many for a test; the caller hangs up then.
PATIENCE = 400


class Life:
    """One call. `often` is how often, of each action, something happens to the call from outside."""

    def __init__(self, book: RuleBook, facts: Facts, seed: int, often: float, places: Sequence[Destination]) -> None:
        self._book = book
        self._facts = facts
        self._random = Random(seed)
        self._people = Strangers(seed)
        self._often = often
        self._places = places
        self._channel = Channel({"Unique-ID": f"call-{seed}"})
        self._carried = 0

    def record(self) -> CallRecord:
        """Live it to its end; the record is as the journal gives it back."""
        self._begin(())
        for _ in range(PATIENCE):
            if isinstance(self._action, actions.LAST) and self._random.random() >= self._often:
                break
            if not isinstance(self._action, actions.Question):
                self._carried = len(self._walk.outcomes)
            if self._random.random() < self._often and not self._happens():
                break
            if not isinstance(self._action, actions.LAST):
                self._action = self._walk.next(self._people.ending(self._action))
        self._builder.change(ended=self._facts.began + 60, turn=1)
        return kept(self._builder.build())

    def _begin(self, goto: Destinations) -> None:
        self._walk = Walk(self._book, self._facts, goto)
        self._builder = getattr(self, "_builder", None) or RecordBuilder(self._walk, self._channel, "r1")
        self._builder.follow(self._walk, resumed=False)
        self._action: Action = self._walk.begin()
        self._carried = 0

    def _happens(self) -> bool:
        """Something from outside; False when that is the end of the call."""
        what = self._random.choice(["hang up", "goto", "die", "die at once", "fail"])
        if what == "goto" and self._places:
            self._begin((self._random.choice(self._places),))
            return True
        if what.startswith("die"):
            self._resume(written=what == "die")
            return True
        if what == "fail":
            self._walk.failed("an error of ours")
        else:
            self._walk.abandoned()
        return False

    def _resume(self, written: bool) -> None:
        """Another router goes on where the channel says that the call stands; the last that was written may be old."""
        earlier = self._builder.build() if written else None
        walk = Walk(self._book, self._facts, self._walk.goto)
        self._builder = RecordBuilder(walk, self._channel, "r2", kept(earlier) if earlier else None)
        self._builder.follow(walk, resumed=True)
        self._builder.build()
        self._action = walk.resume(self._walk.outcomes[: self._carried])
        self._walk = walk


def kept(record: CallRecord) -> CallRecord:
    """A record as the journal gives it back."""
    return records.record(records.row(record))


def places_of(book: RuleBook) -> list[Destination]:
    """Where an operator could send a call."""
    sections = {
        "menus": "menu",
        "queues": "queue",
        "distributions": "distribution",
        "routers": "router",
        "agents": "agent",
    }
    return [Destination(kind, name) for section, kind in sections.items() for name in book.section(section)]
