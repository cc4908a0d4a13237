"""One call in detail: what was known, what looked at it, whom it rang, and what is still ahead."""

from __future__ import annotations

from msgspec import Struct

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import replay
from fsrouter.engine.walk.explain import as_text, plan
from fsrouter.engine.walk.explained import explained as explained_run
from fsrouter.errors import Error, RulesError
from fsrouter.store import CallRecord
from fsrouter.store.calls.places import talks_to
from fsrouter.store.calls.views import explained
from fsrouter.store.what_if import Available, past
from fsrouter.tui.context import Context


class Detail(Struct, frozen=True):
    """A call of the journal; `lines` are its trace in words, `ahead` who would be tried from here on if nobody takes
    it, `note` why that cannot be said.
    """

    record: CallRecord
    lines: tuple[str, ...]
    ahead: tuple[str, ...] = ()
    note: str = ""


def load(context: Context, uuid: str) -> Detail:
    """A call as far as it has gone. Raises RulesError when the journal does not have it."""
    record = context.store.journal.get(uuid)
    if record is None:
        raise RulesError(f"the journal has no call {uuid}")
    book = context.rulebooks.read().get(record.company)
    zone = book.header.timezone if book else "UTC"
    lines = tuple(as_text(explained(record, zone), record.outcome == "unanswered"))
    if record.ended is not None:
        return Detail(record, lines)
    if not record.destination:
        lines = lines[:-1]  # what took it at last: nothing has yet
    if talks_to(record):
        return Detail(record, lines, note="nothing, while they talk")
    if book and book.revision != record.revision:
        book = context.store.books.book(record.company, record.revision) or book
    if book is None:
        return Detail(record, lines, note="its rule book is gone")
    return Detail(record, lines, *ahead(context, book, record))


def load_or_none(context: Context, uuid: str) -> Detail | None:
    """The same, or None when it cannot be had: then the list that it is shown beside says why."""
    try:
        return load(context, uuid)
    except Error:
        return None


def ahead(context: Context, book: RuleBook, record: CallRecord) -> tuple[tuple[str, ...], str]:
    """Who would be tried from where the call stands, if nobody takes it and no further key is pressed."""
    if not record.walks:
        return (), "not known: what was asked so far is not on record"
    try:
        run, tried = replay.ahead(book, past(record), Available(context.store), context.installation.gate(book))
    except (KeyError, ValueError):
        return (), f"{record.number} is no tracking number any more, or what an operator named is gone"
    attempts = explained_run(run).attempts[tried:]
    coming = [f"{', '.join(a.targets)} for {a.ring} s: {'; '.join(plan(a))}" for a in attempts]
    return (*coming, run.walk.destination or "the end"), ""
