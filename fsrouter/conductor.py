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

from fsrouter.desk import Desk
from fsrouter.engine import actions, numbers
from fsrouter.engine.actions import (
    Action,
    Dial,
    Ending,
    Enqueue,
    FailSafe,
    Gather,
    Hangup,
    LookUp,
    Play,
    Question,
    Transfer,
)
from fsrouter.engine.cursor import LONGEST, Cursor, Forged, pack, unpack_cursor, unpack_facts, unpack_text
from fsrouter.engine.route import Destinations, destination
from fsrouter.engine.rulebook import RuleBook
from fsrouter.engine.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call import Call, Line
from fsrouter.esl.headers import Channel
from fsrouter.esl.outfit import Outfit
from fsrouter.esl.session import CallTaken, Ended
from fsrouter.scribe import Page, Scribe

_log = logging.getLogger("fsrouter.conductor")


#: What a router that gets a call in the middle reads the end of from its channel; a question is simply asked again.
WAITED_FOR = (Play, Gather, Dial, Enqueue)


class Conductor:
    """Conducts calls, each in a greenlet of its own: `conduct` is called once for every connection."""

    def __init__(self, desk: Desk, scribe: Scribe, outfit: Outfit, key: str, clock: Callable[[], float]) -> None:
        self._desk = desk
        self._scribe = scribe
        self._outfit = outfit
        self._key = key
        self._clock = clock

    def conduct(self, line: Line, channel: Channel) -> None:
        """Walk a call to its end, or to where it is somebody else's.

        Raises nothing: a call that nobody takes is the fail-safe's.
        """
        began = self._clock()
        to, book = self._dialled(channel)
        if book is None:
            _log.warning("a call to a number that no company has is left to the dialplan's fail-safe")
            return
        try:
            call = Call(line, channel, book.company, self._outfit, began, self._clock)
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

    def _dialled(self, channel: Channel) -> tuple[str, RuleBook | None]:
        """The tracking number that was dialled, and whose it is; carriers send it in different ways."""
        books = self._desk.snapshot.numbers
        dialled = channel.variable(names.NUMBER) or channel.destination_number
        if dialled in books:
            return dialled, books[dialled]
        for country in dict.fromkeys(book.header.country for book in self._desk.snapshot.books.values()):
            number = numbers.caller_number(dialled, country)
            if number in books:
                return number, books[number]
        return dialled, None

    def _begun(self, call: Call, book: RuleBook, to: str, began: float) -> tuple[Walk, Page, None]:
        """A walk from its beginning."""
        channel = call.channel
        caller = numbers.caller_number(channel.caller_id_number, book.header.country)
        facts, trouble = self._desk.facts(book, to, caller, began)
        walk = Walk(book, facts, self._goto(channel, book))
        if trouble:
            walk.note("facts", "not known", trouble)
        packed = pack(facts.for_travel(book.crm_fields), channel.uuid, self._key)
        call.carry({names.FACTS: packed if len(packed) <= LONGEST else "", names.GOTO: ""})
        return walk, self._scribe.open(call, walk), None

    def _goto(self, channel: Channel, book: RuleBook) -> Destinations:
        """Where an operator has sent the call, if one has; what nobody of ours has signed is not looked at."""
        text = channel.variable(names.GOTO)
        if not text:
            return ()
        try:
            return (destination(unpack_text(text, channel.uuid, self._key), book.context),)
        except ValueError as why:
            _log.warning("a call was sent to a place that cannot be read, and is routed anew: %s", why)
            return ()

    def _taken_up(self, call: Call, book: RuleBook) -> tuple[Walk, Page, Cursor] | None:
        """A walk that another router, or this one before a queue, has left; and where it stood.

        None when there is none, or what the channel carries is not ours.
        """
        uuid, channel = call.channel.uuid, call.channel
        if not channel.variable(names.CURSOR):
            return None
        try:
            cursor = unpack_cursor(channel.variable(names.CURSOR), uuid, self._key)
            facts = unpack_facts(channel.variable(names.FACTS), uuid, self._key)
            if cursor.company != book.company:
                raise Forged("it is of another company")
            book = self._of_revision(book, cursor, uuid)
            walk = Walk(book, facts, (destination(cursor.goto, book.context),) if cursor.goto else ())
        except (ValueError, KeyError) as why:
            _log.warning("a call carries a cursor that is not ours and begins anew: %s", why)
            return None
        call.resume_at(facts.began)
        return walk, self._scribe.open(call, walk, cursor.turn + 1), cursor

    def _where_it_stood(self, call: Call, walk: Walk, page: Page, cursor: Cursor) -> Action:
        """The action with which a call goes on: the one that was under way has ended as the channel tells."""
        action = walk.retrace(cursor.outcomes)
        if _was_elsewhere(call.channel, walk.facts.began):
            page.taken()
            return Hangup()
        if isinstance(action, WAITED_FOR):
            outcome = call.told(action)
            if outcome is not None:
                page.turned(outcome)
                action = walk.next(outcome)
        return action

    def _of_revision(self, book: RuleBook, cursor: Cursor, uuid: str) -> RuleBook:
        """The rule book that the call began with; the one in force when that cannot be had."""
        if cursor.revision == book.revision or not cursor.revision:
            return book
        page = self._scribe.pages.get(uuid)
        if page is not None and page.walk.book.revision == cursor.revision:
            return page.walk.book
        try:
            return self._desk.in_store(self._desk.store.books.book, book.company, cursor.revision) or book
        except Exception as error:
            _log.warning(
                "revision %s of %s cannot be read, the call goes on by the one in force: %s",
                cursor.revision,
                book.company,
                error,
            )
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

    def _outcome(self, call: Call, walk: Walk, page: Page, action: Play | Gather | Dial | Question) -> Ending:
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
        """Put where the call stands on its channel, for whichever router gets it next (DESIGN section 8)."""
        goto = str(walk.goto[0]) if walk.goto else ""
        cursor = Cursor(walk.book.company, walk.book.revision, page.record.turn, tuple(walk.outcomes), goto)
        packed = pack(cursor, call.channel.uuid, self._key)
        # One that is too long for a channel is not left as it was: a later router would go on where the call was once.
        call.carry({names.CURSOR: packed if len(packed) <= LONGEST else "", names.TAGS: ",".join(walk.tags)})

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


def _was_elsewhere(channel: Channel, began: float) -> bool:
    """Whether somebody connected the caller with somebody else since the call began, and that talk is over.

    FreeSWITCH goes on in our dialplan then (SYNC.md section 2). Its history is a list of `EPOCH:UUID:uuid_br:PARTY`.
    """
    last = (channel.values("variable_" + names.TRANSFER_HISTORY) or ("",))[-1]
    moment, _, moved = last.partition(":")
    return ":uuid_br:" in f":{moved}" and moment.isdigit() and int(moment) >= int(began)
