"""What a call asks about while it is routed, answered without keeping it waiting.

Facts come from the store, rules from the snapshot that is in force, presence from what was last heard of agents.
Whatever cannot be reached in time is not known, the trace says so, and the call goes on. All blocking work runs in
native threads, each with a deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from fsrouter.engine.model.failsafes import Gate
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.actions import Draw, LookUp, Presence, Question, TakeTurn
from fsrouter.engine.walk.availability import answer, availability_of, off_hours
from fsrouter.engine.walk.cached import cached_field
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import Availability, Drawn, LookedUp, Outcome, Turn
from fsrouter.log.logger import get_logger
from fsrouter.router.crm_lookups import CrmLookups
from fsrouter.router.rulebooks import RuleBooks
from fsrouter.router.store_threads import StoreThreads
from fsrouter.runtime import Runtime
from fsrouter.store import CallRecord, call_facts

_log = get_logger("fsrouter.router")


@dataclass(eq=False)
class CallData:
    """Answers what conductors ask. `busy(company, destination)` counts a destination's live calls; `gates` tells what a
    company may have dialled.
    """

    threads: StoreThreads
    rulebooks: RuleBooks
    lookups: CrmLookups
    busy: Callable[[str, str], int]
    gates: Callable[[RuleBook], Gate | None]
    runtime: Runtime

    def facts(self, book: RuleBook, call: Facts) -> tuple[Facts, str]:
        """What is known at its beginning of a call that tells of itself as much as `call`, and what could not be found
        out, in words ("" when all was).
        """
        known = msgspec.structs.replace(call, overrides=self.rulebooks.overrides(book.company))
        if not call_facts.asks_store(book, known):
            return known, ""
        try:
            return self.threads.for_call(call_facts.with_store, self.threads.store, book, known), ""
        except Exception as error:
            _log.warning("facts of the call could not be read", error=str(error))
            trouble = "the database did not answer in time, so nothing is known of the caller but the number"
            return known, trouble + _unlisted(book, known)

    def facts_again(self, book: RuleBook, call: Facts) -> tuple[Facts, str]:
        """The facts of a call of which as much is known as travels with it, and what could not be found out again, in
        words ("" when all was).
        """
        known = msgspec.structs.replace(call, overrides=self.rulebooks.overrides(book.company))
        if not call_facts.asks_again(book, call):
            return known, ""
        try:
            return self.threads.for_call(call_facts.again, self.threads.store, book, known)
        except Exception as error:
            _log.warning("facts of the call could not be read again", error=str(error))
            trouble = "the database did not answer in time, so of the caller's contact only CRM and id are known"
            return known, trouble + _unlisted(book, known)

    def earlier_record(self, uuid: str, company: str) -> CallRecord | None:
        """What another router has written of a call of this company; None when that cannot be had."""
        try:
            record = self.threads.for_call(self.threads.store.journal.get, uuid)
        except Exception as error:
            _log.warning(
                "what another router wrote of the call cannot be read; its trace begins here", error=str(error)
            )
            return None
        return record if record and record.company == company else None

    def book_as_of(self, company: str, revision: int) -> RuleBook | None:
        """A company's rule book as of a revision; None when that cannot be had."""
        try:
            return self.threads.for_call(self.threads.store.books.book, company, revision)
        except Exception as error:
            _log.warning(
                "the revision that the call began with cannot be read; the one in force serves",
                revision=revision, error=str(error),
            )  # fmt: skip
            return None

    def answer(self, book: RuleBook, facts: Facts, question: Question, after: float) -> Outcome:
        """Answer a question of the walk.

        Never raises; what cannot be found out has an answer that lets the call go on.
        """
        match question:
            case TakeTurn():
                return Turn(number=self._turn(book, question), after=after)
            case Draw():
                return Drawn(number=self.runtime.random(), after=after)
            case Presence():
                return answer(self, book.company, question, after, self.gates(book))
            case LookUp():
                return self._look_up(book, facts, question, after)

    def availability(self, company: str, destination: str) -> Availability:
        """What this router knows of somebody who could be rung: breaks, and how many of its calls they have."""
        return availability_of(destination, self.rulebooks.on_break(company), self.busy(company, destination))

    def off_hours(self, book: RuleBook) -> frozenset[str]:
        """The names of a company's agents who are outside of their hours now."""
        return off_hours(book, self.runtime.now(), self.rulebooks.overrides(book.company))

    def _turn(self, book: RuleBook, question: TakeTurn) -> int:
        try:
            return int(self.threads.for_call(self.threads.store.turns.take, book.company, question.group))
        except Exception as error:
            _log.warning("round-robin counter unavailable, picking at random", group=question.group, error=str(error))
            return self.runtime.below(question.members)

    def _look_up(self, book: RuleBook, facts: Facts, wanted: LookUp, after: float) -> LookedUp:
        began = self.runtime.now()
        found = self.lookups.look_up(book, wanted, cached_field(facts, wanted))
        return msgspec.structs.replace(found, after=round(after + self.runtime.now() - began, 3))


def _unlisted(book: RuleBook, call: Facts) -> str:
    """What else of a caller was not looked at, as a sentence goes on: the lists, where the rule book has some."""
    return ", and no list was looked at" if book.lists and call.from_ else ""
