"""Where a call stands, as its channel carries it: written before each action, read by whichever router gets the call
next, or hears of its end. So a call carries its own state, and any router can go on with it. What is known of the
caller besides is read again.

Everything is signed for the call; what nobody of ours has signed is not looked at. Knows no wire and no journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fsrouter.engine.model.destinations import Destinations, destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.actions import Action
from fsrouter.engine.walk.cursor import Cursor, Forged, pack, unpack
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.events import Channel, Event
from fsrouter.log.logger import get_logger

_log = get_logger("fsrouter.router")

#: The language of a company that says nothing, and of FreeSWITCH out of the box.
DEFAULT_LANGUAGE = "en"

#: Characters of the tags that other dialplan code can read, at most.
MAX_TAGS = 2_000
#: A call whose cursor cannot be read begins anew but once.
ANEW = 1

#: How the rule book is had that a call began with: its company and revision, and the call; None when it cannot be had.
AsOf = Callable[[str, int, str], RuleBook | None]

#: How the facts that do not travel are read again: by the rule book, those that did, and the call; and in words what is
#: not known any more.
Again = Callable[[RuleBook, Facts, str], tuple[Facts, str]]


@dataclass(eq=False)
class Stood:
    """A call that another router had: its `walk`, not begun, and its `cursor`; `trouble` is what is not known of it any
    more, in words.
    """

    walk: Walk
    cursor: Cursor
    trouble: str = ""

    def resume(self) -> Action:
        """Walk to where the call stood. Returns the action that is under way; by rules that have changed, a question
        may come before it.
        """
        cursor, same = self.cursor, self.cursor.revision == self.walk.book.revision
        if cursor.whole and same:
            action = self.walk.resume(cursor.outcomes, cursor.decisions)
        else:
            action = self.walk.take_up(cursor.position, *cursor.part, same)
        if self.trouble:
            self.walk.note("facts", "not known", self.trouble)
        return action

    @property
    def is_there(self) -> bool:
        """Whether the action that is under way is about whom or what that was which its router left."""
        return self.walk.now == self.cursor.position.now


@dataclass(eq=False)
class CallState:
    """Writes and reads where calls stand, signed with `key`. `as_of` gives the rule book that a call began with,
    `again` what did not travel of the facts.
    """

    key: str = field(repr=False)
    as_of: AsOf
    again: Again

    def at_start(self, facts: Facts, book: RuleBook, uuid: str) -> dict[str, str]:
        """The variables that a call gets when it begins."""
        language = book.header.language
        return {
            names.FACTS: pack(facts, uuid, self.key),
            names.GOTO: "",
            **({} if language == DEFAULT_LANGUAGE else {names.DEFAULT_LANGUAGE: language}),
        }

    def at_action(self, walk: Walk, turn: int, uuid: str) -> dict[str, str]:
        """The variables that a call gets before each action."""
        goto = str(walk.goto[0]) if walk.goto else ""
        cursor = Cursor(
            walk.book.company,
            walk.book.revision,
            turn,
            walk.position,
            tuple(walk.outcomes),
            tuple(walk.decisions),
            goto,
            not walk.taken_up,
        )
        return {names.CURSOR: pack(cursor, uuid, self.key), **self.at_end(walk)}

    def at_end(self, walk: Walk) -> dict[str, str]:
        """The variables that a call gets when it is to be hung up: nobody takes it up again."""
        tags = ",".join(walk.tags)
        return {names.TAGS: tags if len(tags) <= MAX_TAGS else tags[: tags.rfind(",", 0, MAX_TAGS + 1)]}

    def read(self, headers: Channel | Event, uuid: str, to: str = "") -> Stood | None:
        """Where a call to a tracking number (E.164; "" where it is not known whose it is now) stood; None when there is
        no telling, or what the channel carries is not ours.

        It goes on by the rule book of the company that had the number when it began, whoever has it by now.
        """
        text = headers.variable(names.CURSOR)
        if not text:
            return None
        try:
            cursor = unpack(Cursor, text, uuid, self.key)
            facts = unpack(Facts, headers.variable(names.FACTS), uuid, self.key)
            if to and to != facts.to:
                raise Forged(f"it is of a call to {facts.to}")
            book = self.as_of(cursor.company, cursor.revision, uuid)
            if book is None:
                raise Forged(f"nothing is known of the company {cursor.company!r}")
            facts, trouble = self.again(book, facts, uuid)
            goto = (destination(cursor.goto, book.context),) if cursor.goto else ()
            return Stood(Walk(book, facts, goto), cursor, trouble)
        except (ValueError, KeyError) as why:
            _log.warning(
                "the call begins anew: its cursor is another version's, or not ours",
                uuid=uuid, error=str(why),
            )  # fmt: skip
            return None

    def goto(self, channel: Channel, book: RuleBook) -> Destinations:
        """Where an operator has sent the call, if one has."""
        text = channel.variable(names.GOTO)
        if not text:
            return ()
        try:
            return (destination(unpack(str, text, channel.uuid, self.key), book.context),)
        except ValueError as why:
            _log.warning("the call was sent to a place that cannot be read, and is routed anew", error=str(why))
            return ()


def was_elsewhere(channel: Channel, began: float) -> bool:
    """Whether somebody connected the caller with somebody else since the call began (epoch), and that talk is over.

    FreeSWITCH goes on in our dialplan then (docs/wire.md 3). Its history is a list of `EPOCH:UUID:uuid_br:PARTY`.
    """
    last = (channel.values("variable_" + names.TRANSFER_HISTORY) or ("",))[-1]
    moment, _, moved = last.partition(":")
    return ":uuid_br:" in f":{moved}" and moment.isdigit() and int(moment) >= int(began)


def goes_round(channel: Channel) -> bool:
    """Whether a call that does not tell where it stands was here so often that it would go round for ever: the dialplan
    counts entries, anew behind a queue, and queues (docs/freeswitch.md).
    """
    queues = len(channel.variable(names.QUEUED))
    return len(channel.variable(names.TURN)) - 1 + max(0, queues - 1) > ANEW
