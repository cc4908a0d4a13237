"""A change is tried before it is saved: what it changes, and which calls would have gone elsewhere."""

from __future__ import annotations

from msgspec import Struct

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.replay import replay
from fsrouter.errors import RulesError
from fsrouter.rules.plan import Plan, between
from fsrouter.store import CallRecord, Store
from fsrouter.store.what_if import past
from fsrouter.tui.editing.draft import Place, touched
from fsrouter.tui.queries.gc_pause import is_large, still

#: Seconds of calls that are tried, and calls at most.
A_DAY = 86400.0
MOST = 20_000


class Moved(Struct, frozen=True):
    """A call that would have gone elsewhere: where it goes by the rules in force, and where by the changed ones."""

    uuid: str
    began: float
    who: str
    number: str
    was: str
    would: str


class Trial(Struct, frozen=True):
    """What a change would do: the plan, how many of the last day's calls were tried, and which of them moved; `new` is
    the changed rule book.
    """

    new: RuleBook
    plan: Plan
    tried: int
    moved: tuple[Moved, ...]
    cut: bool = False


def trial(store: Store, old: RuleBook, new: RuleBook, now: float) -> Trial:
    """Try a rule book in place of another, on the calls of the last day. Nothing is written."""
    with still(is_large(old, new)):
        return _tried(store, old, new, now)


def _tried(store: Store, old: RuleBook, new: RuleBook, now: float) -> Trial:
    tried, moved = 0, []
    for record in store.journal.records(old.company, since=now - A_DAY):
        if tried >= MOST:
            break
        tried += 1
        was, would = _destination(old, record), _destination(new, record)
        if was != would:
            who = record.contact_name or record.caller_name or record.caller or "withheld"
            moved.append(Moved(record.uuid, record.began, who, record.number, was, would))
    return Trial(new, between(old, new), tried, tuple(reversed(moved)), tried >= MOST)


def _destination(book: RuleBook, record: CallRecord) -> str:
    try:
        return replay(book, past(record)).destination or "nothing"
    except KeyError:
        return "no tracking number"


class Saved(Struct, frozen=True):
    """What came of saving: the book in force now; when somebody was faster, why it was not saved, and what both have
    changed.
    """

    book: RuleBook
    refused: str = ""
    theirs: frozenset[Place] = frozenset()


def save(store: Store, base: RuleBook, new: RuleBook, who: str, message: str) -> Saved:
    """Put a rule book in force in place of the one that it was made from, as one revision.

    Never overwrites what came in force since. Raises RulesError for any other reason.
    """
    try:
        with still(is_large(base, new)):
            store.books.save(new, who, message, expected_revision=base.revision)
    except RulesError as refused:
        latest = store.books.book(base.company)
        if latest is None or latest.revision == base.revision:
            raise
        return Saved(latest, str(refused), frozenset(touched(base, latest)))
    latest = store.books.book(base.company)
    assert latest is not None
    return Saved(latest)
