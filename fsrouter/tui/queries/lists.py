"""Lists of callers: which there are, and what stands on one of them, a page at a time."""

from __future__ import annotations

from msgspec import Struct

from fsrouter.engine.model.lists import Change, Listed, Member, member, why
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.times import parse_future
from fsrouter.errors import Error
from fsrouter.tui.context import Context

#: Entries of a page.
PAGE = 200


class CallerList(Struct, frozen=True):
    """A list of a company's rule book: its title, and how many entries it has."""

    company: str
    name: str
    title: str
    entries: int

    @property
    def key(self) -> str:
        """What tells one from all others."""
        return f"{self.company}/{self.name}"


class Picture(Struct, frozen=True):
    """The lists, the one that is looked at (None when there is none), a page of it, and whether there is another
    behind.
    """

    lists: tuple[CallerList, ...]
    chosen: CallerList | None = None
    entries: tuple[Listed, ...] = ()
    more: bool = False


def load(context: Context, key: str = "", text: str = "", after: Member | None = None) -> Picture:
    """A page of the list of a key, of the first for ""; with `text` what begins with it, or whose reason or person has
    it.
    """
    found: list[CallerList] = []
    for book in context.books():
        counts = context.store.lists.count(book.company) if book.lists else {}
        found += [CallerList(book.company, name, of.title, counts.get(name, 0)) for name, of in book.lists.items()]
    chosen = next((each for each in found if each.key == key), found[0] if found else None)
    if chosen is None:
        return Picture(())
    page = context.store.lists.entries(chosen.company, chosen.name, text=text, after=after, limit=PAGE + 1)
    return Picture(tuple(found), chosen, tuple(page[:PAGE]), len(page) > PAGE)


def problem(book: RuleBook, text: str) -> str:
    """What is wrong with a number, beginning or contact that somebody types; "" when it can stand on a list."""
    try:
        member(text, book.context)
    except ValueError as error:
        return f"{text!r} {error}"
    return ""


def reason_problem(text: str) -> str:
    """What is wrong with a reason that somebody types."""
    try:
        why(text)
    except ValueError as error:
        return str(error)
    return ""


def until_problem(context: Context, book: RuleBook, text: str) -> str:
    """What is wrong with an end that somebody types."""
    try:
        parse_future(text, book.header.timezone, context.clock())
    except Error as error:
        return str(error)
    return ""


def put(context: Context, company: str, entry: Listed) -> str:
    """Put something on a list. Returns in words what that was."""
    done = context.store.lists.change(company, [Change(listed=entry)], frozenset({"who", "at"}))
    did = "is on" if done.added else "is changed on" if done.changed else "was already on"
    return f"{entry.member} {did} {entry.list}, from the next call on"


def take(context: Context, company: str, entry: Listed) -> str:
    """Take something off a list. Returns in words what that was."""
    done = context.store.lists.change(company, [Change(listed=entry, gone=True)])
    return f"{entry.member} {'is' if done.removed else 'was already'} off {entry.list}"
