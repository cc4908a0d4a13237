"""A small world for the dashboard to look at: a company, its contacts, calls live and over; a clock set by hand."""

from __future__ import annotations

import asyncio
import functools
import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from recorded import recorded
from textual import events
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.engine.model import crms
from fsrouter.engine.model.lists import CONTACT, NUMBER, PREFIX, CallerList, Change, Listed, Member
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.dry_run import Assumptions, dry_run
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.steps import Walked
from fsrouter.rules import company_file
from fsrouter.store import CallRecord, Node, Store
from fsrouter.tools import demo
from fsrouter.tui.app import Dashboard
from fsrouter.tui.context import Context

#: A Wednesday, 15:00 in New York.
NOW = 1_795_636_800.0

MAIN, SALE, WORKSHOP = "+18575550101", "+18575550102", "+18575550103"
NORA, SOL, STRANGER = "+12125550171", "+12125550172", "+16175550181"

#: What a hostile caller calls themselves: markup, an escape sequence, a bell, text that runs backwards, a wide letter.
HOSTILE = "[/red][bold]Bob\x1b[2J\x07\u202eeve\n[@click=app.quit]x[/] 漢"

CONTACTS = (
    Entry(
        contact=Contact(id="c-1", name="Nora Quist", title="Owner", account="Quist Tours", owner="7"), numbers=(NORA,)
    ),
    Entry(
        contact=Contact(
            id="c-2", name="Sol Aguilar", title="Fleet Manager", account="Ferry Couriers", fields={"tier": "3"}
        ),
        numbers=(SOL, "+12125550199"),
    ),
    Entry(contact=Contact(id="c-6", name=HOSTILE, title=HOSTILE, account=HOSTILE), numbers=("+12125550666",)),
)


@functools.cache
def book() -> RuleBook:
    """The demo's company."""
    return company_file.load(Path(demo.__file__).with_name("company.yaml"))


class Clock:
    """A clock that is set by hand; `reads` counts how often it was looked at."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now
        self.reads = 0

    def __call__(self) -> float:
        self.reads += 1
        return self.now


def furnish(store: Store, clock: Clock) -> None:
    """Put the world into a store, each thing at its time; then it is NOW."""
    clock.now = NOW - 86_400
    store.books.save(book(), "ada", "the first rule book")
    clock.now = NOW - 3600
    store.contacts.replace("harbor", "", CONTACTS)
    clock.now = NOW
    store.nodes.beat(
        Node(
            name="east",
            host="east.example",
            pid=4711,
            version="0.1.0",
            address="10.0.0.1:8084",
            started=NOW - 90_000,
            beat=NOW - 2,
            calls=4,
            detail={
                "freeswitch": {"10.0.0.9:8021": True},
                "unwritten": 0,
                "store": "",
                "crms": {},
                "synced": NOW - 1500,
                "latency": {"count": 412, "median": 0.41, "p99": 3.3},
                "errors": {},
                "disk": 80_200_000_000,
            },
        )
    )
    store.nodes.beat(
        Node(
            name="west",
            host="west.example",
            pid=12,
            version="0.1.0",
            address="10.0.0.2:8084",
            started=NOW - 400,
            beat=NOW - 60,
            calls=1,
            detail={
                "freeswitch": {"10.0.0.9:8021": False},
                "unwritten": 7,
                "store": "locked",
                "crms": {"harbor/hub": {"trouble": "hub: does not let the credential do this (403)", "failures": 3}},
                "synced": 0.0,
                "latency": {},
                "errors": {"refused": 2, "lost": 1},
                "disk": 913_000_000,
            },
        )
    )
    store.journal.write(calls())


def with_lists(store: Store, clock: Clock) -> None:
    """Let the company have lists of callers, and some on one of them; one has run out, one is hostile's."""
    lists = {"blocked": CallerList(title="Nuisance callers"), "vip": CallerList(title="Customers who come first")}
    clock.now = NOW - 86_000
    store.books.save(msgspec.structs.replace(book(), lists=lists), "ada", "two lists")
    clock.now = NOW

    def entry(kind: str, value: str, why: str, who: str = "ada", until: float | None = None) -> Change:
        member = Member(kind, value)
        return Change(listed=Listed(list="blocked", member=member, who=who, why=why, at=NOW - 3600, until=until))

    entries = [
        entry(NUMBER, STRANGER, "calls every night", until=NOW + 30 * 86_400),
        entry(PREFIX, "+1900", "premium"),
        entry(CONTACT, "c-6", "was rude to Mira", "otis"),
        entry(NUMBER, "+12125550199", "fax", until=NOW - 60),
    ]
    store.lists.change("harbor", entries)


def connect(store: Store, clock: Clock) -> None:
    """Let the company have a CRM that is being synced, one that cannot be, and one that is only looked up."""
    connections = {
        "hub": crms.HubSpot(token="${HUB}"),
        "fleet": crms.ConnectWise(
            url="https://fleet.harbor.example", company_id="h", public_key="${A}", private_key="${B}", client_id="c"
        ),
        "erp": crms.Custom(url="https://erp.harbor.example/?phone={number}"),
    }
    store.books.save(msgspec.structs.replace(book(), crms=connections), "ada", "three CRMs")
    trouble = "fleet: cannot be reached: timed out after 10 s"
    store.nodes.beat(Node(name="east", beat=NOW - 1, detail={"crms": {"harbor/fleet": {"trouble": trouble}}}))
    clock.now = NOW - 3600
    for crm, entries in (("hub", CONTACTS[:1]), ("fleet", CONTACTS[1:2]), ("", CONTACTS[2:])):
        store.contacts.replace("harbor", crm, entries)
    clock.now = NOW - 20
    store.syncs.ask("harbor", "hub", "ada")
    store.syncs.take("harbor", "hub", "east")
    clock.now = NOW - 1
    store.syncs.progress("harbor", "hub", "east", 1200, 5000)
    clock.now = NOW


def calls() -> list[CallRecord]:
    """Five live calls and some that are over."""
    live = [
        call(
            "aaaa0001",
            NORA,
            MAIN,
            83,
            "talks to agent:mira",
            answered=NOW - 71,
            agent="mira",
            contact_name="Nora Quist",
        ),
        call("aaaa0002", SOL, MAIN, 48, "waits in queue:sales", unanswered=1, contact_name="Sol Aguilar"),
        call("aaaa0003", STRANGER, SALE, 12, "rings agent:mira", caller_name="Pat Doe"),
        call("aaaa0004", "", MAIN, 6, "in menu:welcome"),
        call(
            "aaaa0005",
            "+12125550666",
            WORKSHOP,
            3,
            "rings number:workshop",
            caller_name=HOSTILE,
            router="west",
            tags=("vip",),
        ),
    ]
    over = [
        call(
            f"bbbb{i:04}",
            (NORA, SOL, STRANGER)[i % 3],
            (MAIN, SALE, WORKSHOP)[i % 3],
            300 + 97 * i,
            "",
            ended=NOW - 240 - 97 * i,
            outcome=("answered", "answered", "abandoned", "voicemail")[i % 4],
            answered=NOW - 290 - 97 * i if i % 4 < 2 else None,
            agent="otis" if i % 4 < 2 else "",
            unanswered=i % 2,
            score=i % 6 if i % 5 == 0 else None,
        )
        for i in range(40)
    ]
    return live + over


def call(
    uuid: str, caller: str, number: str, ago: float, where: str, unanswered: int = 0, **values: object
) -> CallRecord:
    """A call as a router writes it down, its trace made by the engine."""
    contact = next((e.contact for e in CONTACTS if caller in e.numbers), None)
    facts = Facts(
        to=number,
        from_=caller,
        began=NOW - ago,
        caller="repeat" if caller else "",
        contacts=(contact,) if contact else (),
    )
    walk = dry_run(book(), facts, Assumptions(unanswered=unanswered)).walk
    going = "ended" not in values and not where.startswith("talks")
    source = {MAIN: "direct", SALE: "google-ads", WORKSHOP: "directory"}[number]
    record = recorded(walk, uuid, where=where, source=source, contact="", contact_name="", revision=1, router="east")
    if going:
        record = msgspec.structs.replace(
            record,
            destination="",
            trace=record.trace[:-1],
            attempts=record.attempts[:unanswered],
            walks=tuple(under_way(walked, "menu" if "menu:" in where else "", unanswered) for walked in record.walks),
        )
    return msgspec.structs.replace(record, **values)


def under_way(walked: Walked, asked: str, unanswered: int) -> Walked:
    """A walk as it was when it had asked something, or rang somebody after so many who did not answer."""
    there = [i for i, step in enumerate(walked.steps) if step.asked in ((asked,) if asked else ("ring", "queue"))]
    if not there:
        return walked
    last = there[0 if asked else min(unanswered, len(there) - 1)]
    return msgspec.structs.replace(
        walked, steps=(*walked.steps[:last], msgspec.structs.replace(walked.steps[last], outcome=None))
    )


def dashboard(store: Store, directory: Path | None = None, **options: Any) -> Dashboard:
    """The dashboard on a store, for the operator ada."""
    return Dashboard(Context(store, "ada", **options), directory)


Steps = Callable[[Pilot[None]], Awaitable[None]]


def drive(app: Dashboard, steps: Steps, size: tuple[int, int] = (80, 24)) -> None:
    """Run the dashboard without a terminal, and do some steps with it."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            await steps(pilot)

    asyncio.run(run())


async def settle(pilot: Pilot[None]) -> None:
    """Wait until nothing is being looked up or done any more, and what came of it is on the screen.

    Textual's own waiting is for the processor to be idle, which it is not while other tests run.
    """
    quiet = 0
    while quiet < 3:
        await pilot.pause(0)
        workers = [worker for worker in pilot.app.workers if not worker.is_finished]
        if workers:
            await pilot.app.workers.wait_for_complete(workers)
        screen = pilot.app.screen
        waiting = pilot.app.message_queue_size + sum(w.message_queue_size for w in screen.walk_children(with_self=True))
        painting = screen._layout_required or screen._dirty_widgets or screen._recompose_required
        quiet = 0 if workers or waiting or painting else quiet + 1


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one by one, waiting for what each has done."""
    for key in keys:
        strike(pilot, key)
        await settle(pilot)


def strike(pilot: Pilot[None], key: str) -> None:
    """Send a key as the terminal does."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    try:
        character: str | None = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
    except KeyError:
        character = name if len(name) == 1 else None
    event = events.Key(name, character)
    event.set_sender(pilot.app)
    assert pilot.app._driver is not None
    pilot.app._driver.send_message(event)


async def write(pilot: Pilot[None], text: str) -> None:
    """Type a text."""
    for character in text:
        strike(pilot, character)
    await settle(pilot)


def screen(pilot: Pilot[None]) -> str:
    """What is on the screen, as text."""
    app = pilot.app
    height = app.size.height
    lines = app.screen._compositor.render_strips(app.size) if hasattr(app.screen, "_compositor") else []
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in lines[:height])


def notes(pilot: Pilot[None]) -> list[str]:
    """What the operator was told, the latest last."""
    return [notification.message for notification in pilot.app._notifications]
