"""How large things may be: deciding among many rules, finding a caller among many contacts, imports, changes.

Each figure is taken in a process of its own, so that its memory is its own:
`python -m fsrouter.tools.bench.sizes NAME FOLDER SIZE`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from fsrouter.runtime.native import NATIVE

HEADER = """
company: bench
timezone: UTC
agents: {nancy: {endpoint: user/1001}}
priorities: {big: {no_match: agent:nancy}}
tracking_numbers: [{number: "+18575550101", to: priority:big}]
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, its value and unit, its limit where there is one, and what stands beside it."""

    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    beside: str = ""

    @property
    def held(self) -> bool:
        """Whether the limit, if there is one, holds."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    def __str__(self) -> str:
        limit = f"at least {self.at_least:g}" if self.at_least is not None else ""
        limit = f"at most {self.at_most:g}" if self.at_most is not None else limit
        mark = "" if not limit else "ok  " if self.held else "MISS"
        return f"{mark:4} {self.name:44} {self.value:>12,.2f} {self.unit:4} {limit:16} {self.beside}".rstrip()


def figures(rules: int, contacts: int) -> Iterator[Figure]:
    """Measure with so many priority rules and contacts."""
    with tempfile.TemporaryDirectory(prefix="fsrouter-bench-") as folder:
        imported = _apart("import_rules", folder, rules)
        yield Figure(f"import of {rules:,} priority rules", imported["seconds"], "s", at_most=20)
        yield Figure("  memory while importing them", imported["megabytes"], "MB")
        decided = _apart("decide", folder, rules)
        yield Figure(f"deciding with {rules:,} priority rules, median", decided["microseconds"], "us", at_most=100)
        changed = _apart("change", folder, rules)
        yield Figure("a changed rule in force", changed["seconds"], "s", at_most=1)
        synced = _apart("import_contacts", folder, rules)
        yield Figure(f"import of {rules:,} contacts", synced["seconds"], "s", at_most=20)
        yield Figure("  memory while importing them", synced["megabytes"], "MB")
        _apart("import_contacts", folder, contacts)
        found = _apart("find", folder, contacts)
        yield Figure(f"a caller among {contacts:,} contacts, median", found["milliseconds"], "ms", at_most=1)
        yield Figure("  memory of a router with all of these", found["megabytes"], "MB", at_most=200)
        _apart("fill_list", folder, contacts)
        listed = _apart("on_lists", folder, contacts)
        what = f"the lists of a caller, of {contacts:,} numbers"
        yield Figure(f"{what}, median", listed["median"], "us", at_most=50)
        yield Figure("  99 of 100 take at most", listed["p99"], "us")


def _apart(name: str, folder: str, size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "fsrouter.tools.bench.sizes", name, folder, str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _store(folder: Path) -> Any:
    from fsrouter.store import Store

    return Store.open(f"sqlite:///{folder}/sizes.db")


def import_rules(folder: Path, size: int) -> dict[str, float]:
    """Put a CSV file of priority rules in force, as `rules import` does."""
    from fsrouter.rules import company_file, csv_import
    from fsrouter.rules.yaml_reader import read

    path = folder / "rules.csv"
    with path.open("w") as file:
        file.write("kind,value,in_office\n")
        file.writelines(f"account,Account {i},agent:nancy\n" for i in range(size))
    with _store(folder) as store:
        book = company_file.read(read(HEADER, "bench.yaml")).onto(None)
        began = NATIVE.monotonic()
        store.books.save(csv_import.priority_rules(path, book, "big"), "bench", "many rules")
        return {"seconds": NATIVE.monotonic() - began, "megabytes": _megabytes()}


def decide(folder: Path, size: int) -> dict[str, float]:
    """Walk a call to its first action, facts in hand."""
    from fsrouter.engine.contacts import Contact
    from fsrouter.engine.walk.facts import Facts
    from fsrouter.engine.walk.walk import Walk

    with _store(folder) as store:
        book = store.books.load()[0].books["bench"]
    times = []
    for i in range(2000):
        contact = Contact(id=f"c{i}", title="Buyer", account=f"account {(i * 7919) % size}")
        facts = Facts(to="+18575550101", from_="+12125550100", began=1.8e9, contacts=(contact,))
        began = NATIVE.monotonic()
        Walk(book, facts).begin()
        times.append(NATIVE.monotonic() - began)
    return {"microseconds": median(times[100:]) * 1e6}


def change(folder: Path, size: int) -> dict[str, float]:
    """Change one rule of many, and have a running router know."""
    import msgspec

    with _store(folder) as store:
        snapshot, token = store.books.load()
        book = snapshot.books["bench"]
        table = book.priorities["big"]
        rule = msgspec.structs.replace(table.rules[size // 2], account="Somebody else")
        rules = (*table.rules[: size // 2], rule, *table.rules[size // 2 + 1 :])
        changed = msgspec.structs.replace(table, rules=rules)
        store.books.save(msgspec.structs.replace(book, priorities={"big": changed}), "bench", "one rule")
        began = NATIVE.monotonic()
        snapshot, _ = store.books.refresh(snapshot, token)
        assert ("account", "somebody else") in snapshot.books["bench"].priorities["big"].index
        return {"seconds": NATIVE.monotonic() - began}


def import_contacts(folder: Path, size: int) -> dict[str, float]:
    """Fill the contact cache, as an import or a full sync does."""
    from fsrouter.engine.contacts import Contact, Entry

    def entries() -> Iterator[Entry]:
        for i in range(size):
            contact = Contact(
                id=f"c-{i}", name=f"Person {i}", title="Buyer", account=f"Account {i % 5000}", fields={"tier": "2"}
            )
            yield Entry(contact=contact, numbers=(f"+1{2010000000 + i}",))

    with _store(folder) as store:
        began = NATIVE.monotonic()
        store.contacts.replace("bench", "people", entries())
        return {"seconds": NATIVE.monotonic() - began, "megabytes": _megabytes()}


def find(folder: Path, size: int) -> dict[str, float]:
    """Find callers by number, in a process that has the rule books of a router in memory."""
    with _store(folder) as store:
        snapshot, _ = store.books.load()
        assert snapshot.numbers
        times = []
        for i in range(2000):
            number = f"+1{2010000000 + (i * 7919) % size}"
            began = NATIVE.monotonic()
            found = store.contacts.owners("bench", number)
            times.append(NATIVE.monotonic() - began)
            assert found
        return {"milliseconds": median(times) * 1e3, "megabytes": _megabytes()}


def fill_list(folder: Path, size: int) -> dict[str, float]:
    """Put numbers on a list, and beginnings of numbers."""
    from fsrouter.engine.model.lists import NUMBER, PREFIX, Change, Listed, Member

    def changes() -> Iterator[Change]:
        for i in range(size):
            member = Member(NUMBER, f"+1{2010000000 + i}")
            yield Change(listed=Listed(list="blocked", member=member, who="ada", why="complaints", at=1.8e9))
        for i in range(1000):
            yield Change(listed=Listed(list="premium", member=Member(PREFIX, f"+44{i:03}"), who="ada", at=1.8e9))

    with _store(folder) as store:
        began = NATIVE.monotonic()
        store.lists.change("bench", changes())
        return {"seconds": NATIVE.monotonic() - began, "megabytes": _megabytes()}


def on_lists(folder: Path, size: int) -> dict[str, float]:
    """Find the lists that a caller with a contact is on, as part of the trip in which their other facts are read."""
    from fsrouter.engine.contacts import PLAIN, Contact
    from fsrouter.engine.model.lists import members

    owners = (Contact(id="c-1", crm="people"),)
    with _store(folder) as store:
        times = []
        for i in range(5000):
            number = f"+1{2010000000 + (i * 7919) % size}"
            began = NATIVE.monotonic()
            found = store.lists.on("bench", members(number, owners, lambda crm: PLAIN), 1.8e9)
            times.append(NATIVE.monotonic() - began)
            assert found == {"blocked"}
        times.sort()
        return {"median": times[len(times) // 2] * 1e6, "p99": times[len(times) * 99 // 100] * 1e6}


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


MEASURES: dict[str, Callable[[Path, int], dict[str, float]]] = {
    each.__name__: each for each in (import_rules, decide, change, import_contacts, find, fill_list, on_lists)
}

if __name__ == "__main__":
    print(json.dumps(MEASURES[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
