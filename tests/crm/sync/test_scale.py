"""A sync's memory is that of a page, and a router that is killed in the middle of one loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from paths import ROOT

from crm.office import office
from crm.rig import CONNECTIONS, Rig, Stub, book
from crm.server import Talk
from fsrouter.crm.client import Client
from fsrouter.crm.sync.sync import Sync
from fsrouter.crm.transport.messages import Reply, Request
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store


def endless(people: int) -> Callable[..., Reply]:
    """A HubSpot that makes its people up as they are asked for."""

    def send(request: Request, bounds: Any = None) -> Reply:
        parts = urlsplit(request.url)
        if not parts.path.endswith("/contacts") or "properties" in parts.path:
            return Reply(status=200, body=b'{"results": []}')
        first = int(parse_qs(parts.query).get("after", ["0"])[0])
        ids = range(first + 1, min(first + 100, people) + 1)
        told = [{"id": str(n), "properties": {"firstname": "x" * 50, "phone": f"(312) {n:07d}"}} for n in ids]
        paging = {"paging": {"next": {"after": str(ids[-1])}}} if ids[-1] < people else {}
        return Reply(status=200, body=msgspec.json.encode({"results": told, **paging}))

    return send


def peak(store: Store, people: int) -> int:
    told = book({"crm": CONNECTIONS["hubspot"]("https://crm.example")})
    connection = Client(Stub(endless(people)), NATIVE).connection(told, "crm")
    assert connection
    tracemalloc.start()
    try:
        report = Sync(connection, told, store.contacts, "node", NATIVE, pause=lambda seconds: None).run(full=True)
        assert report.contacts == people
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_sync_takes_the_memory_of_a_page(store: Store) -> None:
    peak(store, 500)
    few, many = peak(store, 1000), peak(store, 4000)
    assert many < few + 200_000, (few, many)


SYNC = """
import sys
sys.path.insert(0, sys.argv[1])
from simulated import native_at
from crm.conftest import LOOPBACK
from crm.rig import CONNECTIONS, ENVIRONMENT, book
from fsrouter.crm.client import Client
from fsrouter.crm.sync.sync import Sync
from fsrouter.crm.transport.http import Sender
from fsrouter.store import Store
from fsrouter.runtime.native import NATIVE

url, ca, database, now = sys.argv[2:]
told = book({"crm": CONNECTIONS["hubspot"](url)})
connection = Client(Sender(NATIVE, LOOPBACK, ca, ENVIRONMENT), NATIVE).connection(told, "crm")
contacts = Store.open(database).contacts
runtime = native_at(now=lambda: float(now))
Sync(connection, told, contacts, "router-1", runtime, pause=lambda seconds: None).run(full=True)
"""


def test_a_sync_killed_in_the_middle_is_gone_on_with(crm: Callable[..., Rig], ca: str, tmp_path: Path) -> None:
    rig = crm("hubspot", 3)
    rig.sync()
    before = rig.cached()
    rig.office.people.update(office(600).people)
    rig.office.people[1001].last = "Changed"
    ok = lambda talk: talk.say(rig.stand_in.answer(rig.stand_in.seen[-1]))  # noqa: E731
    asked = len(rig.stand_in.seen)

    def kill(talk: Talk) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        talk.close_connection = True

    rig.stand_in.misbehave(*[ok] * 8, kill)
    here = str(ROOT / "tests")
    database = f"sqlite:///{tmp_path / 'test.db'}"
    process = subprocess.Popen([sys.executable, "-c", SYNC, here, rig.server.url, ca, database, str(rig.now)])
    assert process.wait(20) == -signal.SIGKILL
    assert len(rig.stand_in.seen) - asked == 9
    assert rig.cached() == before

    # It has the lease no more than a dead router can: the next one with its name goes on at once.
    report = rig.sync(full=True)
    assert 0 < report.contacts < 603
    assert rig.store.contacts.count("acme", "crm") == 603
    assert rig.store.contacts.owners("acme", "+12005550001")[0].name == "First1 Changed"
