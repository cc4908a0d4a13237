"""A call that is only thought of: where it would go now, by all that the database knows. Counts and takes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from fsrouter.engine import numbers
from fsrouter.engine.explain import Assumptions, explain, told
from fsrouter.engine.facts import NAMES, Facts
from fsrouter.engine.rulebook import RuleBook
from fsrouter.engine.values import nearest
from fsrouter.errors import UsageError
from fsrouter.store import Store
from fsrouter.tui.queries.library import Library

#: Facts of a supposed call that are no facts of the engine: the number that is drawn.
DRAW = "draw"


class Supposed(Struct, frozen=True):
    """A call as somebody types it: numbers as people write them, `at` in ISO 8601 in the company's time or "" for
    now, `given` as `FACT=VALUE, …`, `press` as `1,2,-`, `unanswered` how many attempts get no answer.
    """

    to: str = ""
    caller: str = ""
    at: str = ""
    given: str = ""
    press: str = ""
    unanswered: str = ""


class Branch(Struct, frozen=True):
    """A line of the route drawn as a tree: how deep, who looked at the call, what came of it, and why."""

    depth: int
    at: str
    outcome: str
    why: str


class Outcome(Struct, frozen=True):
    """Where the call would go: its story, and its trace as a tree."""

    story: Mapping[str, Any]
    branches: tuple[Branch, ...]


def suppose(store: Store, library: Library, call: Supposed, now: float) -> Outcome:
    """Walk a supposed call to its end. Raises UsageError with what is wrong in it."""
    book, to = dialled(library.books(), call.to)
    caller = numbers.caller_number(call.caller, book.header.country)
    began = moment(book, call.at, now)
    given, draw = facts(call.given)
    history = store.journal.history(book.company, caller, began)
    known = Facts(
        to=to,
        from_=caller,
        began=began,
        caller=history.caller,
        previous_score=history.previous_score,
        last_agent=history.last_agent,
        contacts=store.contacts.owners(book.company, caller),
        overrides={name: held.state for name, held in store.states.overrides(book.company, began).items()},
        given=given,
    )
    away = (f"agent:{name}" for name, state in store.states.agents(book.company).items() if state.state == "break")
    assumed = Assumptions(
        press=tuple(key.strip() for key in call.press.split(",") if key.strip()),
        unanswered=_count(call.unanswered),
        draw=draw,
        turns=store.turns.taken(book.company),
        on_break=frozenset(away),
    )
    story = told(explain(book, known, assumed))
    return Outcome(story, tree(story["trace"]))


def dialled(books: Mapping[str, RuleBook], to: str) -> tuple[RuleBook, str]:
    """Whose tracking number `to` is, and its E.164. Raises UsageError."""
    for book in books.values():
        try:
            number = numbers.e164(to, book.header.country)
        except ValueError:
            continue
        if number in book.tracking_numbers:
            return book, number
    known = [number for book in books.values() for number in book.tracking_numbers]
    raise UsageError(f"{to or 'nothing'} is no tracking number{nearest(to, known)}")


def moment(book: RuleBook, text: str, now: float) -> float:
    """A moment in a company's time, `now` for "". Raises UsageError."""
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no moment; write 2026-11-23T10:00") from None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(book.header.timezone))).timestamp()


def facts(text: str) -> tuple[dict[str, str], float]:
    """The facts of `FACT=VALUE, …`, and the number that is drawn. Raises UsageError."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise UsageError(f"{part!r} has no =; write FACT=VALUE, as caller=repeat")
        if name not in NAMES and name != DRAW and not name.startswith("crm."):
            raise UsageError(f"{name!r} is no fact{nearest(name, [*NAMES, DRAW])}")
        found[name] = value
    draw = found.pop(DRAW, "0")
    try:
        number = float(draw)
    except ValueError:
        raise UsageError(f"{draw!r} is no draw; write a number from 0 to 1") from None
    return found, min(1.0, max(0.0, number))


def _count(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise UsageError(f"{text!r} is no number of attempts")
    return int(text or 0)


def tree(trace: Sequence[Mapping[str, str]]) -> tuple[Branch, ...]:
    """A trace as a tree: what was entered stands below what sent the call there, by the route that this named."""
    above: list[Mapping[str, str]] = []
    found = []
    for entry in trace:
        at = entry["at"]
        while above and not _names(above[-1], at):
            above.pop()
        found.append(Branch(len(above), at, entry["outcome"], entry["why"]))
        above.append(entry)
    return tuple(found)


def _names(entry: Mapping[str, str], at: str) -> bool:
    """Whether an entry of the trace says that the call goes to what stands at another one: in a route that is its
    outcome, or in the reason of a key that was pressed.
    """
    target = at.partition(" ")[0]
    if entry["at"].partition(" ")[0] == target:
        return False
    words = re.split(r"[\s,]+", f"{entry['outcome']} {entry['why']}")
    return target in words or at in entry["outcome"]
