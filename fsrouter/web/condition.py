"""The condition of a router, as one value: what health and metrics tell. Knows neither HTTP nor how they write it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from fsrouter import __version__
from fsrouter.engine.model import rulebook
from fsrouter.service import Service
from fsrouter.store.write_behind import Backlog


class Condition(Struct, frozen=True, kw_only=True):
    """A router at one moment.

    `taking`: new calls are taken. `calls` are `live`, and since the start `taken`, `refused` (over the limit),
    `strangers` (of no allowed network), `failed`. `switches` tells of each observing connection whether it is up,
    `store` what is wrong with the database ("" for nothing), `revisions` each company's rule book in force. `held` and
    `numbers` count by company and pool; `held` is empty when the database does not tell. `visits`
    counts visitors by what came of their asking.
    """

    node: str
    taking: bool
    calls: Mapping[str, int]
    switches: Mapping[str, bool]
    store: str
    journal: Backlog
    revisions: Mapping[str, int]
    numbers: Mapping[tuple[str, str], int] = {}
    held: Mapping[tuple[str, str], int] = {}
    visits: Mapping[str, int] = {}
    version: str = __version__


def of(service: Service) -> Condition:
    """The condition of a router now. Asks nobody, so it is there at once, whatever else is stuck."""
    server, settings, books = service.server, service.settings, service.desk.snapshot.books
    observed = zip(settings.freeswitch, service.observers, strict=True)
    return Condition(
        node=settings.node,
        taking=server.listening,
        calls={name: getattr(server, name) for name in ("live", "taken", "refused", "strangers", "failed")},
        switches={f"{switch.host}:{switch.port}": observer.up for switch, observer in observed},
        store=service.desk.trouble,
        journal=service.behind.backlog(),
        revisions={company: book.revision for company, book in books.items()},
        numbers={
            (company, pool): len(rulebook.numbers(book, pool)) for company, book in books.items() for pool in book.pools
        },
    )


def held(service: Service, now: float) -> dict[tuple[str, str], int]:
    """How many numbers of each pool have a visitor, by company and pool. Empty when the database does not tell."""
    books, visitors = service.desk.snapshot.books, service.store.visitors

    def count() -> dict[tuple[str, str], int]:
        return {
            (company, name): visitors.held(company, rulebook.numbers(book, name), now - pool.hold)
            for company, book in books.items()
            for name, pool in book.pools.items()
        }

    if not any(book.pools for book in books.values()):
        return {}
    try:
        return service.desk.for_visitor(count)
    except Exception:
        return {}
