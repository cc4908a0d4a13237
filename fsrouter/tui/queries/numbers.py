"""The numbers of a company: tracking and receiving ones, pools; where each goes, and how much it is called today."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from fsrouter.engine.model.destinations import format_route
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.store import Store
from fsrouter.tui.queries.rulebooks import Library

#: Calls of today that are counted at most.
MOST = 50_000


class Line(Struct, frozen=True):
    """A number: `kind` is `tracking`, `receiving` or `pool`, `place` its definition. `today` and `live` are calls
    to it; None is not counted.
    """

    company: str
    kind: str
    place: tuple[str, str]
    number: str
    name: str
    source: str
    goes: str
    failsafe: str
    pool: str
    today: int | None
    live: int | None


class Picture(Struct, frozen=True):
    """All numbers, and calls to all tracking numbers today."""

    lines: tuple[Line, ...]
    today: int


def look(store: Store, library: Library, company: str, now: float) -> Picture:
    """The numbers of a company, or of all when it is ""."""
    lines: list[Line] = []
    total = 0
    for book in library.books().values():
        if company not in ("", book.company):
            continue
        calls = store.journal.list(book.company, since=midnight(book, now), limit=MOST)
        today = Counter(line.number for line in calls)
        live = Counter(line.number for line in calls if line.ended is None)
        total += len(calls)
        lines += _tracking(book, today, live)
        lines += _receiving(book)
        lines += _pools(book, today, live)
    return Picture(tuple(lines), total)


def midnight(book: RuleBook, now: float) -> float:
    """When today began for a company."""
    today = datetime.fromtimestamp(now, ZoneInfo(book.header.timezone))
    return today.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _tracking(book: RuleBook, today: Counter[str], live: Counter[str]) -> list[Line]:
    general = format_route(book.header.failsafe) if book.header.failsafe else "none"
    return [
        Line(
            book.company,
            "tracking",
            ("tracking_numbers", number),
            number,
            t.name,
            t.source,
            format_route(t.to),
            format_route(t.failsafe) if t.failsafe else general,
            t.pool,
            today[number],
            live[number],
        )
        for number, t in book.tracking_numbers.items()
    ]


def _receiving(book: RuleBook) -> list[Line]:
    return [
        Line(
            book.company,
            "receiving",
            ("numbers", name),
            f"{n.number}{f' ext {n.extension}' if n.extension else ''}",
            n.label or name,
            "",
            f"rings {n.ring} s{f', then {format_route(n.no_answer)}' if n.no_answer else ''}",
            "",
            "",
            None,
            None,
        )
        for name, n in book.numbers.items()
    ]


def _pools(book: RuleBook, today: Counter[str], live: Counter[str]) -> list[Line]:
    return [
        Line(
            book.company,
            "pool",
            ("pools", name),
            f"{len(pool.numbers)} numbers",
            name,
            "",
            f"held {pool.hold} s after the visitor was last seen",
            "",
            name,
            sum(today[number] for number in pool.numbers),
            sum(live[number] for number in pool.numbers),
        )
        for name, pool in book.pools.items()
    ]
