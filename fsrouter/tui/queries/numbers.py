"""The numbers of a company: tracking and receiving ones, pools; where each goes, and how much it is called today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from fsrouter.engine.lint.rates import Reached
from fsrouter.engine.lint.references import References
from fsrouter.engine.model.destinations import format_route
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.times import zone
from fsrouter.store.calls.figures import Figures
from fsrouter.tui.context import Context


class NumberLine(Struct, frozen=True):
    """A number: `kind` is `tracking`, `receiving` or `pool`, `place` its definition, `goes` what becomes of its calls.
    `today` and `live` are calls to it; None is not counted. `costs` is what a minute of its calls can cost, "" where
    that is nothing or not known.
    """

    company: str
    kind: str
    place: tuple[str, str]
    number: str
    name: str
    goes: str
    source: str = ""
    failsafe: str = ""
    pool: str = ""
    today: int | None = None
    live: int | None = None
    costs: str = ""

    @property
    def text(self) -> str:
        """All that a filter looks at."""
        texts = (
            self.number,
            self.name,
            self.kind,
            self.company,
            self.source,
            self.goes,
            self.failsafe,
            self.pool,
            self.costs,
        )
        return " ".join(texts)


class Picture(Struct, frozen=True):
    """All numbers, and calls to all tracking numbers today."""

    lines: tuple[NumberLine, ...]
    today: int


def load(context: Context) -> Picture:
    """The numbers of the company that is looked at, or of all."""
    lines: list[NumberLine] = []
    total = 0
    for book in context.books():
        today = context.store.figures.by_number(book.company, midnight(book, context.clock()))
        total += sum(figures.offered for figures in today.values())
        rates = context.rates()
        lines += _lines(book, today, Reached(References(book), rates) if rates is not None else None)
    return Picture(tuple(lines), total)


def midnight(book: RuleBook, now: float) -> float:
    """When today began for a company."""
    today = datetime.fromtimestamp(now, zone(book.header.timezone))
    return today.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _lines(book: RuleBook, today: Mapping[str, Figures], reached: Reached | None) -> Iterator[NumberLine]:
    company, general = book.company, book.header.failsafe
    for number, t in book.tracking_numbers.items():
        yield NumberLine(
            company,
            "tracking",
            ("tracking_numbers", number),
            number,
            t.name,
            format_route(t.to),
            source=t.source,
            failsafe=format_route(t.failsafe or general) if t.failsafe or general else "none",
            pool=t.pool,
            today=today[number].offered,
            live=today[number].live,
            costs=reached.of_tracking(t).short if reached else "",
        )
    for name, n in book.numbers.items():
        number = f"{n.number}{f' ext {n.extension}' if n.extension else ''}"
        goes = f"rings {n.ring} s{f', then {format_route(n.no_answer)}' if n.no_answer else ''}"
        costs = reached.of_receiving(name).short if reached else ""
        yield NumberLine(company, "receiving", ("numbers", name), number, n.label or name, goes, costs=costs)
    for name, pool in book.pools.items():
        yield NumberLine(
            company,
            "pool",
            ("pools", name),
            f"{len(pool.numbers)} numbers",
            name,
            f"held {pool.hold} s after the visitor was last seen",
            pool=name,
            today=sum(today[number].offered for number in pool.numbers),
            live=sum(today[number].live for number in pool.numbers),
        )
