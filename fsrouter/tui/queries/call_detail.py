"""The story of one call: what was known, what looked at it, whom it rang, and what is still ahead."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.explain import Assumptions, as_text, explain, record_as_dict
from fsrouter.engine.walk.replay import recalled
from fsrouter.errors import Error, RulesError
from fsrouter.store import CallRecord, Store
from fsrouter.store.what_if import past
from fsrouter.tui.queries.rulebooks import Library

#: More attempts than any call makes: nobody takes it.
NOBODY = 1000


class Story(Struct, frozen=True):
    """A call of the journal; `told` is its story in lines, `ahead` who would be tried from here on if nobody takes
    it, `note` why that cannot be said.
    """

    record: CallRecord
    told: tuple[str, ...]
    ahead: tuple[str, ...] = ()
    note: str = ""


def story(store: Store, library: Library, uuid: str) -> Story:
    """The story of a call as far as it has gone. Raises RulesError when the journal does not have it."""
    record = store.journal.get(uuid)
    if record is None:
        raise RulesError(f"the journal has no call {uuid}")
    book = library.books().get(record.company)
    zone = book.header.timezone if book else "UTC"
    told = tuple(as_text(record_as_dict(record, zone)))
    if record.ended is not None:
        return Story(record, told)
    if not record.destination:
        told = told[:-1]  # what took it at last: nothing has yet
    if record.where.startswith("talks to "):
        return Story(record, told, note="nothing, while they talk")
    if book and book.revision != record.revision:
        book = store.books.book(record.company, record.revision) or book
    return Story(record, told, *ahead(book, record)) if book else Story(record, told, note="its rule book is gone")


def closer(store: Store, library: Library, uuid: str) -> Story | None:
    """The story of a call, or None when it cannot be told: then the list that it is shown beside says why."""
    try:
        return story(store, library, uuid)
    except Error:
        return None


def ahead(book: RuleBook, record: CallRecord) -> tuple[tuple[str, ...], str]:
    """Who would be tried after what was tried already, if nobody takes the call and no further key is pressed."""
    pressed = tuple(key for entry in record.trace if (key := _pressed(entry)) is not None)
    try:
        walk = explain(book, recalled(past(record)), Assumptions(press=pressed, unanswered=NOBODY))
    except KeyError:
        return (), f"{record.number} is no tracking number any more"
    tried = len(record.attempts)
    coming = [f"{', '.join(a.targets)} for {a.ring} s" for a in walk.attempts[tried:]]
    return (*coming, walk.destination or "the end"), ""


def _pressed(entry: Mapping[str, str]) -> str | None:
    if not entry["at"].startswith("menu:"):
        return None
    outcome = entry["outcome"]
    return outcome.removeprefix("key ") if outcome.startswith("key ") else "-" if outcome == "no input" else None
