"""Who is in the CRMs of the tests: the same people and companies in each, told by each stand-in in its own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

#: When everything was last changed, unless a test changes it (seconds since the epoch).
LONG_AGO = 1_700_000_000


@dataclass
class Company:
    id: int
    name: str
    territory: str = ""
    phone: str = ""
    owner: int = 0
    changed: float = LONG_AGO


@dataclass
class Person:
    id: int
    first: str
    last: str
    title: str = ""
    company: int = 0
    owner: int = 0
    phone: str = ""
    mobile: str = ""
    other: str = ""
    tier: str = ""
    changed: float = LONG_AGO


@dataclass
class Member:
    id: int
    email: str
    first: str
    last: str


@dataclass
class Office:
    people: dict[int, Person] = field(default_factory=dict)
    companies: dict[int, Company] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    deleted: dict[int, float] = field(default_factory=dict)
    #: People who are not customers yet, and those of them who have become some.
    leads: dict[int, Person] = field(default_factory=dict)
    converted: set[int] = field(default_factory=set)

    def behind(self, id: int, since: float, limit: int) -> list[Person]:
        """People in the order of their ids."""
        return _some(self.people.values(), id, since, limit)

    def companies_behind(self, id: int, since: float, limit: int) -> list[Company]:
        return _some(self.companies.values(), id, since, limit)

    def with_number(self, digits: str) -> list[Person]:
        """People one of whose numbers has these digits in it."""
        return [p for p in self.people.values() if any(digits in _digits(t) for t in (p.phone, p.mobile, p.other))]

    def delete(self, id: int, at: float) -> None:
        del self.people[id]
        self.deleted[id] = at


def _some(records: Iterable, id: int, since: float, limit: int) -> list:
    found = []
    for record in records:
        if record.id > id and record.changed >= since:
            found.append(record)
            if len(found) == limit:
                break
    return found


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def office(people: int = 5) -> Office:
    """A small office, with `people` in it."""
    told = Office()
    for n in range(1, 4):
        told.companies[n] = Company(n, f"Company {n}", ("West", "East", "")[n - 1], f"+1 212 555 {n:04d}", owner=501)
    for n in range(1, people + 1):
        told.people[1000 + n] = Person(
            id=1000 + n,
            first=f"First{n}",
            last=f"Last{n}",
            title="Chief Executive" if n == 1 else "Engineer",
            company=n % 3 + 1,
            owner=501 if n % 2 else 502,
            phone=f"({200 + n // 10000 % 700}) 555-{n % 10000:04d}",
            mobile=f"+49 30 {1000000 + n}" if n % 3 == 0 else "",
            tier=str(n % 5),
        )
    told.members[501] = Member(501, "nancy@acme.example", "Nancy", "Doe")
    told.members[502] = Member(502, "johan@acme.example", "Johan", "Berg")
    return told
