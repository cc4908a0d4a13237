"""Access tokens that routers share: one signs in, all use it, and nobody reads one in the database."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from simulated import native_at

from crm.conftest import LOOPBACK
from crm.office import office
from crm.rig import CONNECTIONS, ENVIRONMENT, STAND_INS, book
from crm.server import Server, StandIn, status
from fsrouter.crm.client import Client
from fsrouter.crm.connection import Connection
from fsrouter.crm.connectors.zoho import BLOCKED
from fsrouter.crm.errors import CrmLimited, CrmNoCredential, CrmRefused, CrmTimeout
from fsrouter.crm.shared_tokens import LEASE, SharedTokens
from fsrouter.crm.sign_in import AGAIN
from fsrouter.crm.transport.http import SYNC, Bounds, Sender
from fsrouter.crm.transport.messages import HeldSecret, Request, Token
from fsrouter.errors import StoreUnreachable
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store

KEY = "the installation's key"
SIGNED_IN = ("zoho", "salesforce")
START = 1_800_000_000.0


class Site:
    """One CRM, a database, and as many routers as a test wants, all with one clock that a test moves."""

    def __init__(self, path: Path, serve: Callable[[StandIn], Server], ca: str) -> None:
        self.now = START
        self.path = path
        self.serve = serve
        self.ca = ca
        self.stores: list[Store] = []
        self.stand_ins: dict[str, Any] = {}
        self.servers: dict[str, Server] = {}

    def store(self) -> Store:
        self.stores.append(Store.open(f"sqlite:///{self.path}", clock=lambda: self.now))
        return self.stores[-1]

    def router(self, kind: str, key: str = KEY, environment: dict[str, str] = ENVIRONMENT) -> Connection:
        """A router's own connection, of a process of its own."""
        if kind not in self.servers:
            self.stand_ins[kind] = STAND_INS[kind](office(3))
            self.servers[kind] = self.serve(self.stand_ins[kind])
        runtime = native_at(now=lambda: self.now, monotonic=lambda: self.now + NATIVE.monotonic())
        sender = Sender(NATIVE, LOOPBACK, self.ca, environment)
        client = Client(sender, runtime, self.store().tokens, key)
        connection = client.connection(book({"crm": CONNECTIONS[kind](self.servers[kind].url)}), "crm")
        assert connection
        return connection

    def tokens(self, kind: str) -> list[str]:
        return list(self.stand_ins[kind].tokens)


@pytest.fixture
def site(tmp_path: Path, serve: Callable[[StandIn], Server], ca: str) -> Iterator[Site]:
    site = Site(tmp_path / "site.db", serve, ca)
    yield site
    for store in site.stores:
        store.close()


def use(connection: Connection, bounds: Bounds = SYNC) -> int:
    return connection.run(connection.connector.count(connection.connector.modules[0]), bounds)


@pytest.mark.parametrize("kind", SIGNED_IN)
def test_ten_routers_at_once_sign_in_once(site: Site, kind: str) -> None:
    routers = [site.router(kind) for _ in range(10)]
    together = threading.Barrier(len(routers))

    def work(router: Connection) -> int:
        together.wait(20)
        return use(router)

    tasks = [NATIVE.spawn(work, router) for router in routers]
    assert [task.get() for task in tasks] == [3] * 10
    assert len(site.tokens(kind)) == 1


@pytest.mark.parametrize("kind", SIGNED_IN)
def test_a_router_that_comes_later_takes_the_token_until_it_ends(site: Site, kind: str) -> None:
    use(site.router(kind))
    site.now += 600
    use(site.router(kind))
    assert len(site.tokens(kind)) == 1
    site.now += 3600
    late = site.router(kind)
    use(late)
    use(late)
    assert len(site.tokens(kind)) == 2


def test_routers_of_another_key_share_nothing(site: Site) -> None:
    use(site.router("zoho"))
    use(site.router("zoho", key="another key"))
    use(site.router("zoho", key=""))
    assert len(site.tokens("zoho")) == 3


def test_a_changed_credential_finds_no_token(site: Site) -> None:
    use(site.router("zoho"))
    with pytest.raises(CrmRefused, match="gives no token"):
        use(site.router("zoho", environment={**ENVIRONMENT, "ZOHO_REFRESH": "of another account"}))
    with pytest.raises(CrmNoCredential):
        use(site.router("zoho", environment={**ENVIRONMENT, "ZOHO_REFRESH": ""}))


def test_a_token_that_the_crm_refuses_is_replaced_once_for_all(site: Site) -> None:
    first, second = site.router("zoho"), site.router("zoho")
    use(first)
    use(second)
    site.now += AGAIN + 1
    site.stand_ins["zoho"].expired.update(site.tokens("zoho"))
    use(first)
    use(second)
    use(site.router("zoho"))
    assert len(site.tokens("zoho")) == 2


def test_an_old_token_that_is_refused_to_who_has_just_taken_it_is_replaced(site: Site) -> None:
    use(site.router("zoho"))
    site.now += AGAIN + 1
    site.stand_ins["zoho"].expired.update(site.tokens("zoho"))
    assert use(site.router("zoho")) == 3
    assert len(site.tokens("zoho")) == 2


def test_a_token_refused_right_after_it_was_given_is_not_replaced(site: Site) -> None:
    router = site.router("zoho")
    use(router)
    site.stand_ins["zoho"].misbehave(status(401))
    with pytest.raises(CrmRefused, match="401"):
        use(router)
    assert len(site.tokens("zoho")) == 1


def test_401_once_and_then_well_goes_on(site: Site) -> None:
    router = site.router("salesforce")
    use(router)
    site.now += AGAIN + 1
    site.stand_ins["salesforce"].misbehave(status(401))
    assert use(router) == 3
    assert len(site.tokens("salesforce")) == 2


def test_no_token_stands_in_the_database(site: Site) -> None:
    for kind in SIGNED_IN:
        use(site.router(kind))
    connection = sqlite3.connect(site.path)
    dump = "\n".join(connection.iterdump())
    rows = connection.execute("SELECT name, sealed, lease_by FROM token").fetchall()
    connection.close()
    assert len(rows) == 2 and all(sealed and not lease_by for _, sealed, lease_by in rows)
    for secret in ("ztoken", "sftoken", *(ENVIRONMENT[n] for n in ENVIRONMENT if n.startswith(("ZOHO", "SF")))):
        assert secret not in dump
    for name, sealed, _ in rows:
        assert "token" not in repr(site.stores[0].tokens.get(name)).replace("StoredToken", "").replace(sealed, "")


@pytest.mark.parametrize("spoil", ["sealed = 'gAAAAAB'", "sealed = 'é'", "sealed = substr(sealed, 1, 60) || 'A'"])
def test_a_token_that_cannot_be_unsealed_is_ignored(site: Site, spoil: str) -> None:
    use(site.router("zoho"))
    connection = sqlite3.connect(site.path)
    with connection:
        connection.execute(f"UPDATE token SET {spoil}")
    connection.close()
    use(site.router("zoho"))
    assert len(site.tokens("zoho")) == 2


def test_a_token_that_was_moved_to_another_connection_is_ignored(site: Site) -> None:
    use(site.router("zoho"))
    use(site.router("salesforce"))
    connection = sqlite3.connect(site.path)
    with connection:
        first, second = connection.execute("SELECT name, sealed FROM token ORDER BY issued, name").fetchall()
        connection.execute("UPDATE token SET sealed = ? WHERE name = ?", (second[1], first[0]))
        connection.execute("UPDATE token SET sealed = ? WHERE name = ?", (first[1], second[0]))
    connection.close()
    use(site.router("zoho"))
    use(site.router("salesforce"))
    assert (len(site.tokens("zoho")), len(site.tokens("salesforce"))) == (2, 2)


def test_a_router_that_died_while_it_signed_in_is_waited_for_and_then_replaced(site: Site) -> None:
    router = site.router("zoho")
    store, names = site.stores[0], []
    shared = SharedTokens(store.tokens, KEY, lambda request, key: "name", NATIVE, lambda seconds: None)

    def dies() -> Token:
        names.append(store.tokens.get("name").lease_by)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shared.token(Request(url="https://x.example"), "", dies, NATIVE.monotonic())
    assert names[0] and store.tokens.get("name").lease_by == ""
    assert store.tokens.lease("name", "died", LEASE).lease_by == "died"
    with pytest.raises(CrmTimeout, match="another router"):
        shared.token(Request(url="https://x.example"), "", dies, NATIVE.monotonic())
    site.now += LEASE
    given = Token(HeldSecret("t"), 3600.0)
    assert shared.token(Request(url="https://x.example"), "", lambda: given, NATIVE.monotonic()).token is given
    assert use(router) == 3


def test_what_another_router_is_given_meanwhile_is_taken(site: Site) -> None:
    site.router("zoho")
    tokens = site.stores[0].tokens
    tokens.lease("name", "other", LEASE)
    paused: list[float] = []

    def other_is_given_one(seconds: float) -> None:
        paused.append(seconds)
        given = SharedTokens(tokens, KEY, lambda request, key: "name", NATIVE, paused.append)
        tokens.put("name", "other", given._sealed("name", HeldSecret("theirs")), site.now, site.now + 3600)

    shared = SharedTokens(tokens, KEY, lambda request, key: "name", NATIVE, other_is_given_one)
    issued = shared.token(Request(url="https://x.example"), "", lambda: pytest.fail("signs in"), NATIVE.monotonic() + 9)
    assert issued.token.value.reveal({}) == "theirs" and len(paused) == 1


# Zoho's rationing


def test_access_denied_is_a_rate_limit_and_no_wrong_credential(site: Site) -> None:
    router = site.router("zoho")
    site.stand_ins["zoho"].refusing = True
    with pytest.raises(CrmLimited, match="ten in ten minutes") as raised:
        use(router)
    assert raised.value.retry_after == BLOCKED


def test_who_was_told_to_wait_waits_and_so_do_all_others(site: Site) -> None:
    first, second = site.router("zoho"), site.router("zoho")
    alone = site.router("zoho", key="")
    stand_in = site.stand_ins["zoho"]
    stand_in.refusing = True
    for router in (first, alone):
        with pytest.raises(CrmLimited):
            use(router)
    asked = len(stand_in.seen)
    site.now += 100
    for router in (first, second, alone):
        with pytest.raises(CrmLimited, match="a while ago") as raised:
            use(router)
        assert BLOCKED - 130 < (raised.value.retry_after or 0) <= BLOCKED - 100
    assert len(stand_in.seen) == asked
    stand_in.refusing = False
    site.now += BLOCKED
    assert [use(router) for router in (first, second, alone)] == [3, 3, 3]
    assert len(site.tokens("zoho")) == 2


# The database away


def test_without_the_database_a_router_signs_in_by_itself(site: Site) -> None:
    router = site.router("zoho")
    site.stores[-1].close()
    for path in (site.path, Path(f"{site.path}-wal"), Path(f"{site.path}-shm")):
        path.unlink(missing_ok=True)
    site.path.mkdir()
    with pytest.raises(StoreUnreachable):
        site.stores[-1].tokens.get("name")
    assert use(router) == 3
    assert use(router) == 3
    assert len(site.tokens("zoho")) == 1


def test_tokens_that_ended_long_ago_are_forgotten(site: Site) -> None:
    use(site.router("zoho"))
    site.now += 3600 + 86_400 + 1
    use(site.router("salesforce"))
    connection = sqlite3.connect(site.path)
    assert connection.execute("SELECT count(*) FROM token").fetchone() == (1,)
    connection.close()


def test_a_digest_says_nothing_and_depends_on_everything(sender: Sender) -> None:
    request = Request(url="https://x.example/token", method="POST", form=(("a", (HeldSecret("s3cret"),)),))
    digests = {
        sender.digest(request, b"k" * 32),
        sender.digest(request, b"l" * 32),
        sender.digest(msgspec.structs.replace(request, url="https://y.example/token"), b"k" * 32),
        sender.digest(msgspec.structs.replace(request, form=(("a", (HeldSecret("other"),)),)), b"k" * 32),
    }
    assert len(digests) == 4 and not any("s3cret" in digest for digest in digests)
