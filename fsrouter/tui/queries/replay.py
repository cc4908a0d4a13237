"""A changed rule book before it is saved: what changes, and which of the last calls would have gone elsewhere."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from msgspec import Struct

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.replay import ELSEWHERE, UNKNOWN, not_retraced, replay
from fsrouter.errors import RulesError
from fsrouter.rules.plan import Plan, between
from fsrouter.store.what_if import past
from fsrouter.tui.context import Context
from fsrouter.tui.editing.draft import Place, touched
from fsrouter.tui.gc_pause import gc_paused, is_large
from fsrouter.tui.queries.live import who

#: Seconds of calls that are replayed, and calls at most.
A_DAY = 86400.0
MOST = 20_000


class Moved(Struct, frozen=True):
    """A call that would have gone elsewhere: where it went, and where it would go by the changed rules."""

    uuid: str
    began: float
    who: str
    number: str
    was: str
    would: str


class Replay(Struct, frozen=True):
    """What a change would do: the plan, how many of the last day's calls were replayed, and which of them moved; `new`
    is the changed rule book, `unknown` in words how many cannot be retraced, `cut` says that the day had more calls.
    """

    new: RuleBook
    plan: Plan
    calls: int
    moved: tuple[Moved, ...]
    unknown: str = ""
    cut: bool = False


def replay_last_day(context: Context, old: RuleBook, new: RuleBook) -> Replay:
    """Replay the calls of the last day by a rule book in place of another. Nothing is written."""
    since = context.clock() - A_DAY
    calls, moved, unknown, gate = 0, [], Counter[str](), context.installation.gate(new)
    with gc_paused(is_large(old, new)):
        for record in islice(context.store.journal.records(old.company, since=since), MOST):
            calls += 1
            verdict = replay(new, past(record), gate)
            if verdict.how == UNKNOWN:
                unknown[verdict.why] += 1
            if verdict.how == ELSEWHERE:
                was, would = verdict.was or "nothing", verdict.would or "nothing"
                moved.append(Moved(record.uuid, record.began, who(record) or "withheld", record.number, was, would))
        plan, latest_first = between(old, new), tuple(reversed(moved))
        return Replay(new, plan, calls, latest_first, not_retraced(unknown), calls >= MOST)


class Saved(Struct, frozen=True):
    """What came of saving: the book in force now; when somebody was faster, why it was not saved, and what both have
    changed.
    """

    book: RuleBook
    refused: str = ""
    theirs: frozenset[Place] = frozenset()


def save(context: Context, base: RuleBook, new: RuleBook, message: str) -> Saved:
    """Put a rule book in force in place of the one that it was made from, as one revision.

    Never overwrites what came in force since. Raises RulesError for any other reason.
    """
    books = context.store.books
    try:
        with gc_paused(is_large(base, new)):
            books.save(new, context.who, message, base.revision, context.installation)
    except RulesError as refused:
        latest = books.book(base.company)
        if latest is None or latest.revision == base.revision:
            raise
        return Saved(latest, str(refused), frozenset(touched(base, latest)))
    latest = books.book(base.company)
    assert latest is not None
    return Saved(latest)
