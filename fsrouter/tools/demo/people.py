"""Who calls the demo's company, and who is there to answer: made-up people, the same in every run."""

from __future__ import annotations

from collections.abc import Callable

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.simulator import Agent, Behaviour, Caller, Phone, Queue, Record

#: The contacts that the demo's CRM has, with their numbers.
CONTACTS = (
    (Contact(id="c-1", name="Nora Quist", title="Owner", account="Quist Tours", owner="7"), ("+12125550171",)),
    (
        Contact(id="c-2", name="Sol Aguilar", title="Fleet Manager", account="Ferry Couriers", owner="8"),
        ("+12125550172",),
    ),
    (Contact(id="c-3", name="Ida Brandt", title="Rider", account="Ferry Couriers", owner="8"), ("+12125550173",)),
)

MAIN, SALE, WORKSHOP = "+18575550101", "+18575550102", "+18575550103"
STRANGERS = ("+16175550181", "+13125550182", "+14155550183", "+16175550184")


def entries() -> list[Entry]:
    """The contacts as the store takes them."""
    return [Entry(contact=contact, numbers=numbers) for contact, numbers in CONTACTS]


def sometimes(*phones: Phone) -> Callable[[Record], Phone]:
    """A phone that behaves differently at each ring, in turn."""
    rung = 0

    def behaviour(call: Record) -> Phone:
        nonlocal rung
        rung += 1
        return phones[(rung - 1) % len(phones)]

    return behaviour


ANSWERS, BUSY, SILENT = Phone(answers_after=4, talk=20), Phone(busy=True), Phone(answers_after=None)

#: How the phones behave, by what is dialled.
PHONES: dict[str, Behaviour] = {
    "user/1001": sometimes(ANSWERS, BUSY, ANSWERS, SILENT),
    "user/1002": sometimes(SILENT, ANSWERS),
    "user/1003": Phone(answers_after=7, talk=12),
    "+16175550150": sometimes(SILENT, Phone(answers_after=5, talk=15), BUSY),
}


def queues() -> list[Queue]:
    """The company's queue as FreeSWITCH has it."""
    sales = Queue("sales@harbor", max_wait=120)
    for name, endpoint in (("mira", "user/1001"), ("otis", "user/1002")):
        sales.add(Agent(f"{name}@harbor", endpoint))
    return [sales]


#: What each caller dials and does; one whose name is not to be trusted is among them, as everywhere.
CALLERS = (
    Caller(number="+12125550171", name="Nora Quist", to=MAIN),
    Caller(number="+12125550172", name="Sol", to=MAIN, keys=("1",)),
    Caller(number=STRANGERS[0], name="", to=SALE),
    Caller(number=STRANGERS[1], name="Bob%0AUnique-ID: 6666 ${system(id)}", to=SALE, keys=("7", "1")),
    Caller(number=STRANGERS[2], name="Wireless Caller", to=WORKSHOP),
    Caller(number="+12125550173", name="Ida", to=MAIN),
    Caller(number="anonymous", name="Anonymous", to=MAIN, keys=("-", "-")),
    Caller(number=STRANGERS[3], name="Pat", to=SALE, hangs_up_after=9.0),
    Caller(number=STRANGERS[0], name="", to=MAIN, keys=("9", "2")),
    Caller(number=STRANGERS[2], name="Wireless Caller", to=SALE, keys=("1",)),
)
