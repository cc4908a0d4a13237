"""A rule book: one company's definitions by section and name; and the snapshot of all companies that a
router decides by.

A `RuleBook` can be made of anything that the schema accepts; `lint.check` says what does not fit together in it, and
nothing that has an error may ever replace a rule book in force.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct

from fsrouter.engine.contacts import PLAIN, Ids
from fsrouter.engine.model.company import Flow, Header, Pool, TrackingNumber, Voicemail
from fsrouter.engine.model.criteria import fold
from fsrouter.engine.model.crms import Crm
from fsrouter.engine.model.destinations import DESTINATION, SECTION_OF, Destination, Destinations
from fsrouter.engine.model.fact_names import crm_field, folded
from fsrouter.engine.model.lists import CallerList
from fsrouter.engine.model.people import Agent, Distribution, Queue, ReceivingNumber
from fsrouter.engine.model.routers import CrmRouter, GeoRouter, Menu, Priority, Router, Split
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.schedule import Schedule
from fsrouter.engine.model.schema import Definition, Field, Path, dissect, fields
from fsrouter.engine.numbers import dialled


class RuleBook(Struct, frozen=True, kw_only=True, dict=True):
    """One company's definitions by section and name, as they stand in the revision `revision` (0 is a book that no
    store has seen).
    """

    header: Header
    revision: int = 0
    schedules: dict[str, Schedule] = {}
    crms: dict[str, Crm] = {}
    agents: dict[str, Agent] = {}
    numbers: dict[str, ReceivingNumber] = {}
    queues: dict[str, Queue] = {}
    distributions: dict[str, Distribution] = {}
    menus: dict[str, Menu] = {}
    priorities: dict[str, Priority] = {}
    routers: dict[str, Router] = {}
    crm_rules: dict[str, CrmRouter] = {}
    geo_routers: dict[str, GeoRouter] = {}
    splits: dict[str, Split] = {}
    voicemails: dict[str, Voicemail] = {}
    flows: dict[str, Flow] = {}
    lists: dict[str, CallerList] = {}
    pools: dict[str, Pool] = {}
    tracking_numbers: dict[str, TrackingNumber] = {}

    @property
    def company(self) -> str:
        """The company's name."""
        return self.header.company

    @property
    def context(self) -> Context:
        """How scalars of this company are read."""
        return Context(country=self.header.country)

    def section(self, name: str) -> Mapping[str, Any]:
        """The definitions of a section by name."""
        found: Mapping[str, Any] = getattr(self, name)
        return found

    def definition(self, destination: Destination) -> Any:
        """What a destination names, or None when it names nothing."""
        section = SECTION_OF.get(destination.kind)
        return self.section(section).get(destination.name) if section else None

    def definitions(self) -> Iterator[tuple[str, str, Any]]:
        """Every definition as (section, name, value), in the order of the sections."""
        for section in SECTIONS:
            for name, value in self.section(section).items():
                yield section, name, value

    def trunk_of(self, number: str) -> str:
        """The trunk by which calls to a tracking number leave: its own, else the company's; "" for the only one."""
        tracking = self.tracking_numbers.get(number)
        return (tracking.trunk if tracking else "") or self.header.trunk

    def crm_users(self, crm: str) -> Iterator[str]:
        """By what the agents are known to a CRM, or to any for ""."""
        for agent in self.agents.values():
            yield from (user for key, user in agent.crm_user.items() if not crm or key in ("*", crm))

    def agent_of(self, crm: str, user: str) -> str:
        """The agent who is a CRM's user, or any CRM's for "": by `crm_user`, the first of those who say so, else by
        title when exactly one has it; "" when nobody is. Case does not matter: many a CRM's users are e-mail addresses.
        """
        ids, users = self.ids(crm), self._users
        forms = {fold(user), *map(fold, ids.forms(ids.read(user.strip())))} - {""}
        found = [users[key, form] for key in ((crm, "*") if crm else ("",)) for form in forms if (key, form) in users]
        if found:
            return min(found)[1]
        titled = self._titled.get(fold(user), ()) if user else ()
        return titled[0] if len(titled) == 1 else ""

    @functools.cached_property
    def _users(self) -> dict[tuple[str, str], tuple[int, str]]:
        """The first agent who is a user, by CRM ("" for any, "*" as it is written) and user, folded."""
        found: dict[tuple[str, str], tuple[int, str]] = {}
        for i, (name, agent) in enumerate(self.agents.items()):
            for crm, user in agent.crm_user.items():
                found.setdefault((crm, fold(user)), (i, name))
                found.setdefault(("", fold(user)), (i, name))
        return found

    @functools.cached_property
    def _titled(self) -> dict[str, tuple[str, ...]]:
        """The agents by their titles, folded."""
        found: dict[str, tuple[str, ...]] = {}
        for name, agent in self.agents.items():
            if agent.title:
                found[fold(agent.title)] = (*found.get(fold(agent.title), ()), name)
        return found

    def ids(self, crm: str) -> Ids:
        """How ids of a CRM's contacts may be written; as they stand where the book has no such CRM."""
        return self.crms[crm].CAN.ids if crm in self.crms else PLAIN

    def pool_numbers(self, pool: str) -> tuple[str, ...]:
        """The numbers of a pool, E.164: those that it lists, then those that name it; either says enough. Empty when
        there is no such pool.
        """
        if pool not in self.pools:
            return ()
        naming = (number for number, tracking in self.tracking_numbers.items() if tracking.pool == pool)
        return tuple(dict.fromkeys((*self.pools[pool].numbers, *naming)))

    def pool_of(self, number: str) -> Pool | None:
        """The pool that a tracking number belongs to, None for one of none."""
        tracking = self.tracking_numbers.get(number)
        if tracking is not None and tracking.pool:
            return self.pools.get(tracking.pool)
        return next((pool for pool in self.pools.values() if number in pool.numbers), None)

    @functools.cached_property
    def alone(self) -> Snapshot:
        """This book as the only one."""
        return Snapshot({self.company: self})

    @functools.cached_property
    def crm_fields(self) -> frozenset[str]:
        """The CRM fields that this book's rules look at, folded: what of a contact a later router needs."""
        found = {
            folded(field)
            for router in self.routers.values()
            for branch in router.branches
            for fact in branch.when
            if (field := crm_field(fact))
        }
        found |= {folded(d.owner.property) for d in self.distributions.values() if d.owner and d.owner.property}
        return frozenset(found | {folded(rules.field) for rules in self.crm_rules.values()})


#: The sections of a rules file that hold definitions by name, and the kind of each.
SECTIONS: dict[str, Any] = {
    name: get_args(kind)[1] for name, kind in get_type_hints(RuleBook).items() if get_origin(kind) is dict
}


class Snapshot(Struct, frozen=True, dict=True):
    """The rule books of all companies, and the index of the numbers that are dialled.

    `former` are the names of companies that have no rule book in force any more, each with the name that the company
    has now, "" for one that was removed.
    """

    books: dict[str, RuleBook] = {}
    former: Mapping[str, str] = {}

    @property
    def companies(self) -> frozenset[str]:
        """All names that companies have, or have had: what is named after one of them is ours."""
        return frozenset((*self.books, *self.former))

    def called(self, company: str) -> str:
        """The name that a company has which has, or had, this one."""
        return self.former.get(company) or company

    def names(self, company: str) -> tuple[str, ...]:
        """A company's name, and those that it had."""
        return company, *(name for name, now in self.former.items() if now == company)

    def book(self, company: str) -> RuleBook | None:
        """The book of a company, also by a name that it had once; None when it has none."""
        return self.books.get(self.called(company))

    @functools.cached_property
    def numbers(self) -> dict[str, RuleBook]:
        """Each tracking number's rule book, by E.164."""
        return {number: book for book in self.books.values() for number in book.tracking_numbers}

    @functools.cached_property
    def countries(self) -> dict[str, str]:
        """Each tracking number's company's country (ISO 3166), by E.164."""
        return {number: book.header.country for number, book in self.numbers.items()}

    @functools.cached_property
    def forms(self) -> dict[str, str]:
        """Each tracking number by the forms in which carriers write it."""
        return dialled.index(self.countries)

    @property
    def measures(self) -> bool:
        """Whether a rule of any company asks how far away a caller is."""
        return any(each.locations for book in self.books.values() for each in book.geo_routers.values())

    def followed_by(self, books: dict[str, RuleBook], former: Mapping[str, str] | None = None) -> Snapshot:
        """The snapshot of these books, made ready: no call need wait for what is found out once. The forms of 100,000
        numbers take seconds, so they stay while the numbers do.
        """
        fresh = Snapshot(books, former or {})
        if fresh.countries == self.countries:
            fresh.__dict__["forms"] = self.forms
        _ = fresh.forms, [book.crm_fields for book in books.values()]
        return fresh

    def dialled(self, text: str) -> tuple[str, RuleBook | None]:
        """The tracking number that was dialled (E.164), and whose it is; None, and the text as it came, when no company
        has it.
        """
        number = dialled.recognised(text, self.forms)
        return (number, self.numbers[number]) if number else (text, None)


def places(path: Path, route: Destinations) -> Iterator[tuple[Path, Destination]]:
    """The destinations of the route at a path, each with its own: the route's, when it is the only one."""
    return ((path if len(route) == 1 else (*path, i), destination) for i, destination in enumerate(route))


def routes(value: Any, kind: Any = None, path: Path = ()) -> Iterator[tuple[Path, Destinations]]:
    """Every route that leaves a definition, with the path of keys that leads to it."""
    scalar, _, plain = dissect(kind or type(value))  # type: ignore[arg-type]
    if scalar:
        return
    origin = get_origin(plain)
    if origin is tuple:
        if dissect(get_args(plain)[0])[0] is DESTINATION:
            if value:
                yield path, value
            return
        for i, item in enumerate(value):
            yield from routes(item, get_args(plain)[0], (*path, i))
    elif origin is dict:
        for key, item in value.items():
            yield from routes(item, get_args(plain)[1], (*path, key))
    elif isinstance(value, Struct):
        for f in _leading(type(value)):
            item = getattr(value, f.attribute)
            if not item:
                continue
            if dissect(f.type)[0] is DESTINATION:
                yield (*path, f.name), (item,)
            else:
                yield from routes(item, f.type, (*path, f.name))


@functools.cache
def _leading(kind: type[Definition]) -> tuple[Field, ...]:
    """The keys of a definition in which a route can stand: of 100,000 rules the others need not be looked at."""
    return tuple(f for f in fields(kind) if _leads(f.type))


@functools.cache
def _leads(kind: Any) -> bool:
    """Whether a route can stand in what an annotation describes."""
    scalar, _, plain = dissect(kind)
    if scalar:
        return scalar is DESTINATION
    inner = get_args(plain)
    if get_origin(plain) in (tuple, dict):
        return _leads(inner[0 if get_origin(plain) is tuple else 1])
    if isinstance(plain, type):
        return issubclass(plain, Struct) and bool(_leading(plain))
    return any(map(_leads, inner))
