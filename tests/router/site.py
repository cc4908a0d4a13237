"""A whole installation in one process: routers on a real database, and a FreeSWITCH stand-in that dials in to them.

The dialplan is the one that ships (`freeswitch install`), with the fail-safes of the rule book. Telephone time is
compressed; what a test waits for is always an event, never a time.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
from simulated import greenlets_at

from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.freeswitch.install import secret
from fsrouter.freeswitch.install.closed_context import closed_context
from fsrouter.freeswitch.install.dialplan import did_entries, fsr_context
from fsrouter.freeswitch.install.from_rulebook import entries_of, reachable_from
from fsrouter.freeswitch.install.values import FailSafe, Routers
from fsrouter.freeswitch.socket_secret import SocketSecret
from fsrouter.router.recovery import GRACE
from fsrouter.router.service import Service
from fsrouter.runtime import Clock
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.settings.model import Settings
from fsrouter.settings.model import Switch as SwitchSettings
from fsrouter.simulator import Agent, Caller, Dialplan, PlacedCall, Queue, Switch
from fsrouter.store import CallRecord, Store
from router.acme import ADA, BOB, BUSY_LINE, DESK, GUARD, MAIN, OTHER, PHONES, SILENT, STRANGER, THIRD, TRUNK, rules

__all__ = [
    "ADA", "BOB", "BUSY_LINE", "DESK", "GUARD", "MAIN", "OTHER", "PATIENCE", "SILENT", "STRANGER", "THIRD", "TRUNK",
    "Site", "attempts", "commands", "heard", "held", "until",
]  # fmt: skip

#: Extensions of the operator's own dialplan, to which calls are transferred; 1002 is an agent's.
OWN = """<context name="{}"><extension name="own"><condition field="destination_number" expression="^(8790|1002)$">
<action application="answer"/><action application="playback" data="/ivr/$1.wav"/></condition></extension></context>"""

PASSWORD = "secret of the switch"
PATIENCE = 60.0


#: What the settings of every router here say about calls.
WIRING = CallSettings.of(Settings(trunks={"carrier": "carrier"}))


class Site:
    """Everything that a test needs. `services` are the routers that were started, in the order of the dialplan; each
    gives a dead router's calls `grace` seconds.
    """

    def __init__(self, folder: Path, empty: Path) -> None:
        self.path = folder / "acme.db"
        shutil.copy(empty, self.path)
        self.url = f"sqlite:///{self.path}"
        self.store = Store.open(self.url)
        self.secret = SocketSecret(self.store.secrets, "site")
        self.secret.first()
        self.switch = Switch([], PHONES, speed=400)
        self.grace = GRACE
        self.services: list[Service] = []
        self.routers: list[tuple[str, int]] = []
        self._stores = [self.store]
        self._inbound: Any = None
        self._processes: list[subprocess.Popen[str]] = []

    # -- setting up

    def die(self, service: Service) -> None:
        """End a router as if its process had died, but for what it had written down already."""
        service.listener.stop_accepting()
        service.abandon()
        self.shut(service)

    def shut(self, service: Service) -> None:
        """Stop a router without patience."""
        self.services.remove(service)
        service.stop()
        service.stop()
        service.close()

    def rules(self, to: str, extra: str = "", **more: str) -> int:
        """Put a rule book in force; see `rules`. Returns its revision."""
        return self.store.books.save(rules(to, extra, **more), "test", "a test's rule book")

    def serve(
        self,
        store: Store | None = None,
        watch: bool = True,
        clock: Clock = GREENLETS.now,
        draw: Callable[[], float] = GREENLETS.random,
        **settings: Any,
    ) -> Service:
        """Start one more router, and tell the dialplan of it. `watch`: it observes the switch, and is waited for."""
        if watch and self._inbound is None:
            self._inbound = self.switch.listen_inbound(password=PASSWORD)
        seen = ()
        if watch:
            host, port = self._inbound.address
            seen = (SwitchSettings(host=host, port=port, password=PASSWORD),)
        chosen = {
            "database": self.url,
            "listen": "127.0.0.1:0",
            "key": "site",
            "keep_queues": False,
            "node": f"router{len(self.services)}",
            "stop_after": 5.0,
            "freeswitch": seen,
            "trunks": {"carrier": "carrier"},
            **settings,
        }
        service = Service(Settings(**chosen), store or self.store, greenlets_at(clock, draw))
        service.cdr.linger, service.recovery.grace = 0.3, self.grace
        service.start()
        self.services.append(service)
        self.routers.append(("127.0.0.1", service.listener.port))
        self.install()
        until(lambda: all(observer.up for observer in service.observers), "the observing connection")
        return service

    def process(self) -> subprocess.Popen[str]:
        """`fsrouter serve` as a process of its own, the next router of the site; it takes calls."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        config = self.path.with_suffix(".toml")
        config.write_text(f'database = "{self.url}"\nkey = "site"\nnode = "process"\nfreeswitch = []\n')
        listen = ["--listen", f"127.0.0.1:{port}", "--web", "127.0.0.1:0"]
        command = [sys.executable, "-m", "fsrouter", "--config", str(config), "serve", *listen]
        started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._processes.append(started)
        assert started.stdout is not None
        said = []
        for line in started.stdout:
            said.append(line)
            if "takes calls" in line:
                break
        else:
            raise AssertionError("".join(said))
        self.routers.append(("127.0.0.1", port))
        self.install()
        return started

    def another_store(self) -> Store:
        """The same database, opened once more, as another process has it."""
        self._stores.append(Store.open(self.url))
        return self._stores[-1]

    def install(self) -> None:
        """Have the switch read what `freeswitch install` writes for what is in the store."""
        self.switch.dialplan = self.dialplan()
        self.switch.api("reloadxml")

    def dialplan(self) -> Dialplan:
        """The dialplan as `freeswitch install` writes it for what is in the store."""
        snapshot, _ = self.store.books.load()
        entries = [entry for book in snapshot.books.values() for entry in entries_of(book, WIRING)]
        hosts = Routers(tuple(f"{host}:{port}" for host, port in self.routers))
        secret_file = secret.text(self.secret.current())
        closed = closed_context(entries, [reachable_from(book, WIRING) for book in snapshot.books.values()])
        own = OWN.replace("{}", "default"), OWN.replace("{}", "public")
        fsr = fsr_context(entries, FailSafe(), hosts)
        return Dialplan.from_xml(did_entries(entries), fsr, closed, secret_file, *own)

    def blind(self) -> None:
        """Break the observing connections; the switch takes no new ones until `see`."""
        self._address = self._inbound.address
        self._inbound.stop()

    def see(self) -> None:
        """Let routers observe again."""
        self._inbound = self.switch.listen_inbound(self._address, password=PASSWORD)

    # -- calling

    def call(self, number: str = STRANGER, to: str = MAIN, **how: Any) -> PlacedCall:
        """Place a call; see simulator.Caller."""
        return self.switch.call(Caller(number=number, to=to, **how))

    def route(
        self, to: str, extra: str = "", line: str = "", numbers: str = "", caller: str = STRANGER, **how: Any
    ) -> tuple[PlacedCall, CallRecord]:
        """One call along a route, to its end: the call as the switch saw it, and as the journal has it."""
        self.rules(to, extra, line=line, **({"numbers": numbers} if numbers else {}))
        self.serve()
        call = self.call(caller, **how).wait(PATIENCE)
        return call, self.record(call)

    def queue(self, *agents: Agent, **how: Any) -> Queue:
        """The queue `support` as FreeSWITCH has it."""
        queue = self.switch.queues["support@acme"] = Queue("support@acme", **how)
        for agent in agents:
            queue.add(agent)
        return queue

    def waiting(self) -> tuple[Service, PlacedCall]:
        """A caller who waits in the queue `support`, and the router that has let go of them."""
        self.queue()
        self.rules("queue:support")
        service = self.serve()
        call = self.call().reach("queue")
        until(lambda: not service.listener.live, "the conversation to end")
        return service, call

    # -- reading

    def record(self, call: PlacedCall | str) -> CallRecord:
        """What the journal has of a call, once no router has it as a live call any more."""
        uuid = call if isinstance(call, str) else call.uuid
        until(lambda: not any(uuid in service.cdr.live for service in self.services), "the record to be closed")
        return self.written(uuid)

    def written(self, uuid: str) -> CallRecord:
        """What the journal has of a call at this moment."""
        for service in self.services:
            service.cdr.flush()
            assert service.write_behind.flush(PATIENCE)
        record = self.store.journal.get(uuid)
        assert record is not None, "the journal does not have the call"
        return record

    def live(self) -> int:
        """How many conversations go on."""
        return sum(service.listener.live for service in self.services)

    def close(self) -> None:
        """Stop everything."""
        self.switch.stop()
        for service in list(self.services):
            self.shut(service)
        for process in self._processes:
            process.kill()
            process.communicate(timeout=PATIENCE)
        for store in self._stores:
            store.close()


@contextmanager
def held(call: PlacedCall) -> Iterator[None]:
    """Let no telephone time pass for a call meanwhile: what rings, rings on."""
    clock = call.line.clock
    clock.freeze()
    yield
    clock.thaw()


def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for what nothing tells of."""
    with gevent.Timeout(seconds, TimeoutError(f"there is not {what} within {seconds:g} s")):
        while not true():
            gevent.sleep(0.002)


def commands(call: PlacedCall) -> list[str]:
    """The applications that ran on a call, in order, without those of the dialplan."""
    ours = {"answer", "bridge", "playback", "speak", "play_and_get_digits", "voicemail", "transfer", "callcenter"}
    return [step for step in call.steps if step in ours]


def heard(call: PlacedCall) -> tuple[str, ...]:
    """What the caller heard, but for silence."""
    return tuple(sound for sound in call.heard if not sound.startswith("silence_stream:"))


def attempts(record: CallRecord) -> list[tuple[str, str]]:
    """Each attempt of a record as destination and outcome."""
    return [(attempt.destination, attempt.outcome) for attempt in record.attempts]
