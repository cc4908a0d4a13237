"""The story of one call, on one page: connect, who is calling, which rule book, ask the walk, do it, write it down,
again.

Whatever fails in here, the caller gets the fail-safe and the journal the reason (DESIGN section 3). How things are
said to FreeSWITCH is `esl.call`'s business, what should happen the engine's, what is known the desk's, what is
written down the scribe's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers import e164
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import (
    Action,
    Dial,
    Enqueue,
    FailSafe,
    Gather,
    Hangup,
    LookUp,
    Outcome,
    Play,
    Question,
    Transfer,
)
from fsrouter.engine.walk.cursor import Cursor
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call.call import Call
from fsrouter.esl.call.trunks import CallSettings
from fsrouter.esl.events import Channel
from fsrouter.esl.lifecycle import CallSession, CallTaken, Ended
from fsrouter.router.call_data import Desk
from fsrouter.router.call_state import Standing, was_elsewhere
from fsrouter.router.cdr.writer import Page, Scribe
from fsrouter.store import CallRecord

_log = logging.getLogger("fsrouter.conductor")


#: What a router that gets a call in the middle reads the end of from its channel; a question is simply asked again.
WAITED_FOR = (Play, Gather, Dial, Enqueue)


class Conductor:
    """Conducts calls, each in a greenlet of its own: `conduct` is called once for every connection."""

    def __init__(
        self, desk: Desk, scribe: Scribe, settings: CallSettings, key: str, clock: Callable[[], float]
    ) -> None:
        self._desk = desk
        self._scribe = scribe
        self._settings = settings
        self.standing = Standing(key, self.as_of)
        self._clock = clock

    def conduct(self, session: CallSession, channel: Channel) -> None:
        """Walk a call to its end, or to where it is somebody else's.

        Raises nothing: a call that nobody takes is the fail-safe's.
        """
        began = self._clock()
        to, book = self._desk.snapshot.dialled(channel.variable(names.NUMBER) or channel.destination_number)
        if book is None:
            _log.warning("a call to a number that no company has is left to the dialplan's fail-safe")
            return
        try:
            call = Call(session, channel, book.company, self._settings, began, self._clock)
            walk, page, stood = self._taken_up(call, book) or self._begun(call, book, to, began)
        except Exception:
            _log.exception("a call of %s could not be begun; the dialplan has it", book.company)
            return
        try:
            action = walk.begin() if stood is None else self._where_it_stood(call, walk, page, stood)
            self._walk(call, walk, page, action)
        except Ended as how:
            page.ended(how)
        except Exception as error:
            _log.exception("a call of %s failed and goes to the fail-safe", book.company)
            self._rescue(call, walk, page, f"an error of fsrouter's own: {type(error).__name__}")

    def _begun(self, call: Call, book: RuleBook, to: str, began: float) -> tuple[Walk, Page, None]:
        """A walk from its beginning."""
        channel = call.channel
        caller = e164.caller_number(channel.caller_id_number, book.header.country)
        goto = self.standing.goto(channel, book)
        page = self._scribe.pages.get(channel.uuid)
        elsewhere = self._told_elsewhere(channel.uuid, book) if goto and not page else None
        if earlier := page.record if page else elsewhere:  # sent here by an operator: no other call, and none before it
            began = earlier.began
            call.resume_at(began)
        facts, trouble = self._desk.facts(book, to, caller, began)
        walk = Walk(book, facts, goto)
        if trouble:
            walk.note("facts", "not known", trouble)
        call.carry(self.standing.begin(facts, book, channel.uuid))
        return walk, self._scribe.open(call, walk, earlier=elsewhere), None

    def _told_elsewhere(self, uuid: str, book: RuleBook) -> CallRecord | None:
        """What another router has written of a call of this company; None when that cannot be had."""
        try:
            record = self._desk.in_store(self._desk.store.journal.get, uuid)
        except Exception as error:
            _log.warning("what another router wrote of a call cannot be read; its story begins here: %s", error)
            return None
        return record if record and record.company == book.company else None

    def _taken_up(self, call: Call, book: RuleBook) -> tuple[Walk, Page, Cursor] | None:
        """A walk that another router, or this one before a queue, has left, and where it stood; None when there is
        none.
        """
        found = self.standing.read(call.channel, call.channel.uuid, book)
        if found is None:
            return None
        walk, cursor = found
        call.resume_at(walk.facts.began)
        return walk, self._scribe.open(call, walk, cursor.turn + 1), cursor

    def _where_it_stood(self, call: Call, walk: Walk, page: Page, cursor: Cursor) -> Action:
        """The action with which a call goes on: the one that was under way has ended as the channel tells."""
        action = walk.resume(cursor.outcomes)
        if was_elsewhere(call.channel, walk.facts.began):
            page.taken()
            return Hangup()
        if isinstance(action, WAITED_FOR):
            outcome = call.told(action)
            if outcome is not None:
                page.turned(outcome)
                action = walk.next(outcome)
        return action

    def as_of(self, book: RuleBook, revision: int, uuid: str) -> RuleBook:
        """The rule book that a call began with; the one in force when that cannot be had."""
        page = self._scribe.pages.get(uuid)
        if page is not None and page.walk.book.revision == revision:
            return page.walk.book
        try:
            return self._desk.in_store(self._desk.store.books.book, book.company, revision) or book
        except Exception as error:
            _log.warning("revision %s of %s cannot be read; the one in force serves: %s", revision, book.company, error)
            return book

    def _walk(self, call: Call, walk: Walk, page: Page, action: Action) -> None:
        while not isinstance(action, actions.LAST):
            page.turning(action)
            if isinstance(action, Enqueue):
                self._carry(call, walk, page)
                call.enqueue(action)
                page.waits(action)
                return
            outcome = self._outcome(call, walk, page, action)
            page.turned(outcome)
            action = walk.next(outcome)
        if isinstance(action, Hangup):
            call.carry(self.standing.last(walk))
        else:
            self._carry(call, walk, page)
        if not page.over:
            page.closing(action)
        try:
            call.finish(action)
        except CallTaken:
            if not isinstance(action, Transfer):
                raise
        if not page.over:
            page.closed(action)

    def _outcome(self, call: Call, walk: Walk, page: Page, action: Play | Gather | Dial | Question) -> Outcome:
        if isinstance(action, LookUp) and action.greeting:
            looking = gevent.spawn(self._desk.answer, walk.book, walk.facts, action, call.after)
            self._carry(call, walk, page)
            call.do(Play(sound=action.greeting))
            return looking.get()  # type: ignore[no-any-return]
        if isinstance(action, Question):
            return self._desk.answer(walk.book, walk.facts, action, call.after)
        self._carry(call, walk, page)
        return call.do(action)

    def _carry(self, call: Call, walk: Walk, page: Page) -> None:
        """Put where the call stands on its channel, for whichever router gets it next."""
        call.carry(self.standing.now(walk, page.record.turn, call.channel.uuid))

    def _rescue(self, call: Call, walk: Walk, page: Page, why: str) -> None:
        walk.note("fsrouter", "failed", f"{why}; the fail-safe takes the call")
        walk.destination = "failsafe"
        walk.action = last = FailSafe(why="fsrouter failed")
        try:
            call.finish(last)
            page.closed(last)
        except Ended as how:
            page.ended(how)
        except Exception:
            _log.exception("the fail-safe could not be asked for; the dialplan has the call")
            page.closed(last)
