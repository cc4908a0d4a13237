"""Where a call stands, as its channel carries it: written before each action, read by whichever router gets the call
next, or hears of its end. So a call carries its own state, and any router can go on with it.

Everything is signed for the call; what nobody of ours has signed is not looked at. Knows no wire and no journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fsrouter.engine.model.destinations import Destinations, destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.cursor import MAX_TEXT, Cursor, Forged, pack, unpack
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.events import Channel, Event
from fsrouter.log.logger import get_logger

_log = get_logger("fsrouter.router")

#: The language of a company that says nothing, and of FreeSWITCH out of the box.
DEFAULT_LANGUAGE = "en"

#: How a book of an earlier revision is had: the book in force, the revision, and the call.
AsOf = Callable[[RuleBook, int, str], RuleBook]


@dataclass(eq=False)
class CallState:
    """Writes and reads where calls stand, signed with `key`. `as_of` gives the rule book of an earlier revision."""

    key: str = field(repr=False)
    as_of: AsOf

    def at_start(self, facts: Facts, book: RuleBook, uuid: str) -> dict[str, str]:
        """The variables that a call gets when it begins."""
        packed = pack(facts.for_cursor(book.crm_fields), uuid, self.key)
        language = book.header.language
        return {
            names.FACTS: _fitting(packed),
            names.GOTO: "",
            **({} if language == DEFAULT_LANGUAGE else {names.DEFAULT_LANGUAGE: language}),
        }

    def at_action(self, walk: Walk, turn: int, uuid: str) -> dict[str, str]:
        """The variables that a call gets before each action."""
        goto = str(walk.goto[0]) if walk.goto else ""
        cursor = Cursor(walk.book.company, walk.book.revision, turn, tuple(walk.outcomes), goto)
        return {names.CURSOR: _fitting(pack(cursor, uuid, self.key)), **self.at_end(walk)}

    def at_end(self, walk: Walk) -> dict[str, str]:
        """The variables that a call gets when it is to be hung up: nobody takes it up again."""
        return {names.TAGS: ",".join(walk.tags)}

    def read(self, headers: Channel | Event, uuid: str, book: RuleBook) -> tuple[Walk, Cursor] | None:
        """The walk of a call, not begun, and the cursor to resume it by.

        None when there is none, or what the channel carries is not ours.
        """
        text = headers.variable(names.CURSOR)
        if not text:
            return None
        try:
            cursor = unpack(Cursor, text, uuid, self.key)
            facts = unpack(Facts, headers.variable(names.FACTS), uuid, self.key)
            if cursor.company != book.company:
                raise Forged("it is of another company")
            book = book if cursor.revision in (0, book.revision) else self.as_of(book, cursor.revision, uuid)
            return Walk(book, facts, (destination(cursor.goto, book.context),) if cursor.goto else ()), cursor
        except (ValueError, KeyError) as why:
            _log.warning(
                "the call carries a cursor that is not ours and begins anew",
                uuid=uuid, company=book.company, error=str(why),
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


def _fitting(packed: str) -> str:
    """What is too long for a channel is unset, not left as it was: a later router begins anew then, and does not go
    on where the call was once.
    """
    return packed if len(packed) <= MAX_TEXT else ""
