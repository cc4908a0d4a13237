"""How often something is tried again: the same failures end alike at every CRM, for whoever reads, whoever writes, and
for what is written over hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import pytest
from crm import server as faults
from crm.conftest import authority, ca, sender, serve, store, tls  # noqa: F401 - fixtures
from crm.office import office
from crm.rig import SYNCED, Rig, SetClock, id_of, rig, until
from crm.server import Server, StandIn
from msgspec.structs import replace

from fsrouter.crm.client import Client
from fsrouter.crm.errors import CrmError
from fsrouter.crm.transport.http import Sender
from fsrouter.crm.writeback.notes import summary, write
from fsrouter.crm.writeback.queue import WriteBackQueue
from fsrouter.engine.contacts import Contact, Entry
from fsrouter.runtime.native import NATIVE
from fsrouter.store import CallRecord, Store

FIRST = "+12005550001"

Failure = tuple[str, str | None]
#: What a CRM may do in place of an answer: its status, or that it hangs up; and what it says of when to come again.
LIMITED: tuple[Failure, ...] = tuple(("429", after) for after in (None, "0", "1", "119", "120", "121", "soon"))
DOWN: tuple[Failure, ...] = (("503", None), ("500", "2"), ("hangs up", None))
REFUSES: tuple[Failure, ...] = (("403", None), ("418", None))

#: Failures one after the other, behind which the CRM answers as it should.
EVERY: tuple[tuple[Failure, ...], ...] = (
    (),
    *((one,) for one in (*LIMITED, *DOWN, *REFUSES)),
    *product((*LIMITED, *DOWN), (*LIMITED, *DOWN, *REFUSES)),
    *((one,) * n for one in (*LIMITED, *DOWN) for n in (3, 4, 5, 6)),
    *((("429", "120"),) * n + (("429", after),) for n in (1, 2, 3) for after in (None, "60", "119")),
    *((("429", None), one, ("429", "1"), other) for one, other in product((*LIMITED, *DOWN)[:5], repeat=2)),
)
FAILURES = tuple(dict.fromkeys(EVERY))[:200]


class Ended(NamedTuple):
    """How often something was sent that was not answered as it should be, and whether it was done at last."""

    failed: int
    done: bool


def within_a_request(failures: tuple[Failure, ...], again: Callable[[Failure], bool]) -> tuple[Ended, float]:
    """How one request ends, and how many seconds it waits: five attempts, each wait as the CRM asks, else 1, 2, 4, 8
    seconds; none over two minutes, all together at most fifteen.
    """
    waited = 0.0
    for i, failure in enumerate(failures, 1):
        after = failure[1]
        wait = float(after) if after and after.isdigit() else 2.0 ** (i - 1)
        if not again(failure) or i == 5 or wait > 120 or waited + wait > 900:
            return Ended(i, False), waited
        waited += wait
    return Ended(len(failures), True), waited


def reading(failure: Failure) -> bool:
    """What only reads is asked again whenever it may be answered later."""
    return failure[0] not in ("403", "418")


def writing(failure: Failure) -> bool:
    """What writes is sent again only where nothing was done."""
    return failure[0] == "429"


def over_hours(failures: tuple[Failure, ...]) -> Ended:
    """How often something is sent that is taken up again and again while nothing was done, until it is."""
    failed = 0
    while True:
        ended, _ = within_a_request(failures[failed:], writing)
        failed += ended.failed
        if ended.done or not writing(failures[failed - 1]):
            return Ended(failed, ended.done)


def fault(failure: Failure) -> Callable[[faults.Talk], None]:
    what, after = failure
    headers = {} if after is None else {"Retry-After": after}
    return faults.hang_up if what == "hangs up" else faults.status(int(what), **headers)


class Site:
    """One CRM and what is behind it; time is the test's."""

    def __init__(self, made: Rig, clock: SetClock) -> None:
        made.book.crms["crm"] = replace(made.book.crms["crm"], write_back=True)
        self.rig, self.clock = made, clock
        self.contact = id_of(made.kind, 1001)
        entry = Entry(contact=Contact(id=self.contact, crm="crm", name="First"), numbers=(FIRST,))
        made.store.contacts.replace("acme", "crm", [entry])
        made.sync(full=True)

    def ended(self, failures: tuple[Failure, ...], work: Callable[[], bool]) -> Ended:
        """How a piece of work ends when the CRM fails like that."""
        self.rig.stand_in.faults.clear()
        self.rig.stand_in.misbehave(*map(fault, failures))
        self.rig.waited.clear()
        done = work()
        return Ended(len(failures) - len(self.rig.stand_in.faults), done)

    def waited(self) -> float:
        """The whole seconds that were waited, without what keeps requests apart."""
        return float(sum(int(wait) for wait in self.rig.waited))


Entrance = Callable[[Site, tuple[Failure, ...], int], Ended]


def record(uuid: str, contact: str) -> CallRecord:
    known = {"number": "+18725550111", "caller": FIRST, "contact": contact, "router": "r1"}
    return CallRecord(uuid=uuid, company="acme", began=1e9, ended=1e9 + 60, **known)


def syncs(site: Site, failures: tuple[Failure, ...], number: int) -> Ended:
    """A sync, whose first request fails."""

    def work() -> bool:
        try:
            site.rig.sync()
        except CrmError:
            return False
        return True

    return site.ended(failures, work)


def notes(site: Site, failures: tuple[Failure, ...], number: int) -> Ended:
    """One attempt to write a call down."""

    def work() -> bool:
        told = summary(site.rig.book, "crm", record("u", site.contact))
        try:
            write(site.rig.connection, site.contact, told, site.rig.sleep)
        except CrmError:
            return False
        return True

    return site.ended(failures, work)


def write_back(site: Site, failures: tuple[Failure, ...], number: int) -> Ended:
    """A call that is written back, for as long as it takes."""

    def work() -> bool:
        client = Client(site.rig.sender, NATIVE)
        books = {"acme": site.rig.book}
        queue = WriteBackQueue(site.rig.store, lambda: books, (), client, "r1", pause=site.rig.waited.append)
        queue.heard(record(f"u{number}", site.contact))
        while True:
            queue.look()
            until(lambda: not queue._sending, "the end of what was begun")
            if not queue.status()["waiting"]:
                return bool(queue.status()["written"])
            site.clock.now += 900
            queue._look_due = 0.0

    return site.ended(failures, work)


ENTRANCES: dict[str, tuple[Entrance, str]] = {
    f"{name}-{kind}": (entrance, kind)
    for name, entrance in (("sync", syncs), ("note", notes), ("write-back", write_back))
    for kind in SYNCED
}


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def at(
    clock: SetClock,
    serve: Callable[[StandIn], Server],  # noqa: F811
    sender: Sender,  # noqa: F811
    tmp_path: object,
) -> Iterator[Callable[[str], Site]]:
    """A factory: the site of a CRM of a kind."""
    with Store.open(f"sqlite:///{tmp_path}/test.db", clock=clock) as opened:
        yield lambda kind: Site(rig(kind, office(1), serve, sender, opened), clock)


def test_inputs_are_200_of_every_sort() -> None:
    assert len(FAILURES) == 200
    assert {within_a_request(each, reading)[0].done for each in FAILURES} == {True, False}
    assert {over_hours(each).done for each in FAILURES} == {True, False}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_tried_again(entrance: str, at: Callable[[str], Site]) -> None:
    work, kind = ENTRANCES[entrance]
    site, wrong = at(kind), []
    for number, failures in enumerate(FAILURES):
        found = work(site, failures, number)
        if work is write_back:
            expected: object = over_hours(failures)
        else:
            expected = within_a_request(failures, reading if work is syncs else writing)
            found = found, site.waited()  # type: ignore[assignment]
        if found != expected:
            wrong.append((failures, found, expected))
    assert wrong == []
