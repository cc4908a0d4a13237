"""Lists of callers, as of those who are blocked or come first: what a rule book says of one, and what can stand on it.

What stands on a list is state, put there by operators, and no part of a rule book; a router sees the names of the lists
that a caller is on, as the fact `list`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated

from msgspec import Struct

from fsrouter.engine.contacts import Contact, Ids, identity
from fsrouter.engine.model.scalars import Context, Text, number
from fsrouter.engine.model.schema import Definition
from fsrouter.engine.numbers.read import beginning
from fsrouter.engine.numbers.renumbered import alike, compared
from fsrouter.engine.text import find
from fsrouter.engine.times import parse_future
from fsrouter.errors import Refused, UsageError

#: What can stand on a list: a number (E.164, in the form in which numbers are compared), the beginning of numbers
#: (`+1900`), a contact (its id).
KINDS = NUMBER, PREFIX, CONTACT = ("number", "prefix", "contact")
#: How a contact is written where a number could stand as well.
CONTACT_MARK = "contact:"
#: Characters of a contact's id, and of the reason why something stands on a list.
LONGEST_ID, LONGEST_WHY = 256, 500
#: Characters of a text that a message quotes.
LONGEST_QUOTED = 60
#: Digits of a number (ITU-T E.164, 6.1).
MOST_DIGITS = 15


class CallerList(Definition, frozen=True, kw_only=True):
    """A list of callers: numbers, beginnings of numbers and contacts that operators put on it and take off it, each
    with who did, why and until when. They are state, no part of this file (`fsrouter lists`); a router looks at the
    lists that a caller is on by the fact `list`.
    """

    title: Annotated[Text, "The list's name for people."] = ""


class Member(Struct, frozen=True, order=True):
    """What stands on a list: its kind, one of KINDS, and the number, beginning or id."""

    kind: str
    value: str

    def __str__(self) -> str:
        """As people write it: `+13125550100`, `+1900*`, `contact:51`."""
        if self.kind == PREFIX:
            return f"{self.value}*"
        return f"{CONTACT_MARK}{self.value}" if self.kind == CONTACT else self.value


class Listed(Struct, frozen=True, kw_only=True):
    """A member of a list: who put it there, why, when, and until when (epoch; None is for ever)."""

    list: str
    member: Member
    who: str = ""
    why: str = ""
    at: float = 0.0
    until: float | None = None

    def holds(self, now: float) -> bool:
        """Whether it has not run out at a moment (epoch)."""
        return self.until is None or now < self.until


class Change(Struct, frozen=True, kw_only=True):
    """An entry that is to be there, or that is to be `gone`."""

    listed: Listed
    gone: bool = False


def typed(
    name: str, what: str, context: Context, *, zone: str, now: float, who: str, reason: str = "", until: str = ""
) -> Listed:
    """An entry as somebody types it now (epoch): what `member` reads, why, and until when (`30d`, or a moment on the
    clock of a time zone), for ever where that is empty. Raises UsageError, which quotes what is wrong.
    """
    for text, read in ((what, lambda text: member(text, context)), (reason, why)):
        try:
            read(text)
        except ValueError as error:
            raise UsageError(f"{text[:LONGEST_QUOTED]!r} {error}") from None
    end = parse_future(until, zone, now)
    ends = None if end is None else float(round(end))
    return Listed(list=name, member=member(what, context), who=who, why=why(reason), at=float(int(now)), until=ends)


def member(text: str, context: Context, read: Callable[[str, Context], str] = number) -> Member:
    """What somebody means who writes a number as people of the company do, `+1900*` or `contact:ID`; `read` reads the
    number. Raises Refused with the remedy.
    """
    text = text.strip()
    if text[: len(CONTACT_MARK)].lower() == CONTACT_MARK:
        return contact(text[len(CONTACT_MARK) :])
    return prefix(text[:-1]) if text.endswith("*") else Member(NUMBER, compared(read(text, context)))


def prefix(text: str) -> Member:
    """The beginning of numbers. Raises Refused with the remedy."""
    begins = beginning(text)
    if not begins:
        raise Refused("is no beginning of numbers; write it with + and the country code, as +1900*")
    if len(begins) > 1 + MOST_DIGITS:
        raise Refused(f"is longer than a number; numbers have up to {MOST_DIGITS} digits")
    return Member(PREFIX, begins)


def contact(text: str) -> Member:
    """A contact by its id. Raises Refused with the remedy."""
    id = text.strip()
    if not id:
        raise Refused("lacks the contact's id; write contact:ID")
    if len(id) > LONGEST_ID:
        raise Refused(f"is longer than {LONGEST_ID} characters, which no contact's id is")
    if found := find(id):
        raise Refused(str(found))
    return Member(CONTACT, id)


def why(text: str) -> str:
    """A reason why something stands on a list. Raises Refused when nobody could read it."""
    text = " ".join(text.split())
    if len(text) > LONGEST_WHY:
        raise Refused(f"is longer than {LONGEST_WHY} characters")
    if found := find(text):
        raise Refused(str(found))
    return text


def members(number: str, contacts: Iterable[Contact], ids: Callable[[str], Ids]) -> frozenset[Member]:
    """Everything that stands for a caller where it stands on a list: their number (E.164), all of its beginnings, and
    the contacts that they may be, by each way in which `ids` of their CRM are written.
    """
    found = {Member(NUMBER, compared(number))} if number else set()
    found |= {Member(PREFIX, form[:end]) for form in alike(number) for end in range(2, len(form) + 1) if number}
    return frozenset(
        found | {Member(CONTACT, id) for each in contacts for id in ids(each.crm).forms(identity(each)[1])}
    )
