"""Whose calls are taken: what a shown secret is worth is the same at the port, in `check` and for who installs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from esl.ends import api, block
from gevent import socket

from fsrouter.esl.lifecycle import CallSession, Unproved
from fsrouter.esl.server import Server
from fsrouter.freeswitch.doctor.expected import Expected
from fsrouter.freeswitch.doctor.finding import ERROR
from fsrouter.freeswitch.doctor.probe import probe_switch
from fsrouter.freeswitch.doctor.secret import secret as check
from fsrouter.freeswitch.install import secret as installed
from fsrouter.router.socket_secret import SocketSecret as RouterSecret
from fsrouter.router.store_threads import StoreThreads
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.settings.model import Switch as SwitchSettings
from fsrouter.simulator import Dialplan, Switch
from fsrouter.store import KnownSecret, Store
from fsrouter.store.secrets import digest

FIRST, SECOND, OTHER = ("1" * 64, "2" * 64, "3" * 64)
#: What a router knows, what is shown to it, and whether that is enough.
TABLE = [
    (KnownSecret(), FIRST, False),
    (KnownSecret(), "", False),
    (KnownSecret(current=""), "", True),
    (KnownSecret(current=""), OTHER, True),
    (KnownSecret(current=digest(FIRST)), FIRST, True),
    (KnownSecret(current=digest(FIRST)), "", False),
    (KnownSecret(current=digest(FIRST)), OTHER, False),
    (KnownSecret(current=digest(SECOND), previous=digest(FIRST), until=9e9), FIRST, True),
    (KnownSecret(current=digest(SECOND), previous=digest(FIRST), until=9e9), "", False),
    (KnownSecret(current=digest(SECOND), previous=digest(FIRST), until=1.0), FIRST, False),
    (KnownSecret(current=digest(FIRST), previous="", until=9e9), "", True),
    (KnownSecret(current=digest(FIRST), previous="", until=9e9), OTHER, False),
    (KnownSecret(current=digest(FIRST), previous="", until=1.0), "", False),
    (KnownSecret(current=digest(FIRST), previous=None, until=9e9), "", False),
]


@pytest.fixture
def router(tmp_path: Path) -> Iterator[RouterSecret]:
    """What a router has to say of a secret."""
    with Store.open(f"sqlite:///{tmp_path}/x.db") as store:
        threads = StoreThreads(store, GREENLETS)
        yield RouterSecret(threads, GREENLETS)
        threads.close()


def taken_at_the_port(router: RouterSecret, shown: str) -> bool:
    """Whether a call is taken whose FreeSWITCH shows this."""
    ended: list[object] = []

    def take(session: CallSession) -> None:
        try:
            session.connect(30)
        finally:
            ended.append(session.ended)

    server = Server(("127.0.0.1", 0), take, 10, GREENLETS, router.problem)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port), 30) as peer, gevent.Timeout(30):
            peer.sendall(block() + api(shown or "-ERR no reply\n"))
            while peer.recv(65_536):
                pass
    finally:
        server.stop_accepting()
    assert server.rejected["secret"] == sum(isinstance(each, Unproved) for each in ended)
    return ended == [None]


def level_in_check(known: KnownSecret, shown: str) -> str:
    """How bad `freeswitch check` finds a FreeSWITCH that shows this."""
    files = [installed.text(shown)] if shown else []
    with Switch(dialplan=Dialplan.from_xml(*files)) as switch:
        expected = Expected(secret=known)
        actual = probe_switch(
            lambda verb, words="": switch.api(f"{verb} {words}".strip()) or "-ERR no reply\n",
            SwitchSettings(host="elsewhere.example"),
            expected,
            GREENLETS.now,
        )
        (finding,) = check(actual, expected)
        return finding.level


@pytest.mark.parametrize(("known", "shown", "enough"), TABLE)
def test_every_entrance_finds_the_same(router: RouterSecret, known: KnownSecret, shown: str, enough: bool) -> None:
    router.known = known
    assert known.verdict(shown, GREENLETS.now()).lets_in is enough
    assert (router.problem(shown) == "") is enough
    assert taken_at_the_port(router, shown) is enough
    assert (level_in_check(known, shown) != ERROR) is enough
