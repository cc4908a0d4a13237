"""The laboratory: a running FreeSWITCH that is lent to the tests, routers as processes of their own, and a journal.

Numbers of the rule book `lab.yaml` are installed into FreeSWITCH's own configuration while the tests run, by the same
code as `fsrouter freeswitch install`, and taken out again.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.trunks import trunk_target
from fsrouter.freeswitch.install.conf_dir import Installation, plan_install, plan_remove
from fsrouter.freeswitch.install.from_rulebook import callcenter_from, entries_from, reachable_from
from fsrouter.freeswitch.install.plan import apply
from fsrouter.freeswitch.install.values import Entry, Reachable, Routers
from fsrouter.freeswitch.socket_secret import SocketSecret
from fsrouter.rules import company_file
from fsrouter.settings.model import Gateway, Trunk
from fsrouter.store import Store
from fsrouter.store.calls.journal import CallLine, CallRecord
from live.media import write_sound
from live.phone import Phone
from live.talk import Talk

#: The signing key of the lab's routers.
KEY = "laboratory"
RULES = Path(__file__).with_name("lab.yaml")
T = TypeVar("T")

#: A number that FreeSWITCH hands to us and that the rule book does not have.
UNRULED = "+18725550198"
#: A number that a static `bridge` of FreeSWITCH's own dialplan leads to the desk.
STATIC = "+18725550197"
#: The lab's numbers outside, by their names in the rule book.
OUTSIDE = {"failsafe": "+13125550140", "desk": "+13125550150", "busy": "+13125550151", "silent": "+13125550152"}


#: The one caller whom the lab knows, and what it knows of them.
PAT = "+13125550190"
PEOPLE = f"id,name,title,account,tier,phones\nc-1,Pat Globex,Chief Executive,Globex,3,{PAT}\n"


#: A carrier with which FreeSWITCH registers, and asks every few seconds whether it is there. It calls the contact of
#: the registration, and writes whom it means into To alone.
GATEWAY = """<include>
<gateway name="live-carrier">
<param name="proxy" value="127.0.0.1:PORT"/><param name="username" value="lab"/><param name="password" value="lab"/>
<param name="register" value="true"/><param name="expire-seconds" value="60"/><param name="retry-seconds" value="2"/>
<param name="extension" value="auto_to_user"/><param name="context" value="public"/>
<param name="ping" value="1"/><param name="ping-max" value="1"/><param name="ping-min" value="1"/>
</gateway>
</include>
"""

#: Two more, of which FreeSWITCH knows only where they are: it asks nothing of them, and takes them to be up.
PAIR = """<include>
<gateway name="live-first">
<param name="proxy" value="127.0.0.1:FIRST"/><param name="register" value="false"/><param name="username" value="lab"/>
<param name="password" value="lab"/></gateway>
<gateway name="live-second">
<param name="proxy" value="127.0.0.1:SECOND"/><param name="register" value="false"/><param name="username" value="lab"/>
<param name="password" value="lab"/></gateway>
</include>
"""
#: Trunks of several gateways; `wait` is short, so that a test need not be long.
SEVERAL = {
    "pair": Trunk(gateways=("live-first", "live-second"), wait=2),
    "broken": Trunk(gateways=("live-nowhere", "live-second"), wait=2),
    "carried": Trunk(gateways=("live-carrier", "live-second"), wait=2),
    "drawn": Trunk(
        gateways=(Gateway(name="live-first", weight=3), Gateway(name="live-second", weight=1)), order="weighted"
    ),
}

#: What lets a registered telephone dial our numbers, numbers outside and the emergency number: the context of the
#: extensions has none of them.
FROM_PHONES = """<include>
<extension name="live_outside"><condition field="destination_number" expression="^(911|\\+?1(?:312|900)\\d{7})$">
<action application="bridge" data="{ignore_early_media=true}TRUNK"/></condition></extension>
<extension name="live_from_phones"><condition field="destination_number" expression="^(\\+?1?872555\\d{4})$">
<action application="transfer" data="$1 XML public"/></condition></extension>
</include>
"""


class FreeSwitch:
    """The event socket of the FreeSWITCH that is lent to us: api commands, and where its telephones register."""

    def __init__(self, address: str) -> None:
        host, port, self.password = address.split(":", 2)
        self.host, self.port = host, int(port)
        self._lock = threading.Lock()
        self._socket = socket.create_connection((host, self.port), 5)
        self._file = self._socket.makefile("rwb")
        self._read()
        assert "+OK" in self._say(f"auth {self.password}")[0].get("Reply-Text", ""), "FreeSWITCH refuses the password"
        self.conf = Path(self.api("global_getvar conf_dir"))
        self.internal = int(self.api("global_getvar internal_sip_port"))
        self.external = int(self.api("global_getvar external_sip_port"))
        self.user_password = self.api("global_getvar default_password")
        self.domain = self.api("global_getvar domain")

    def api(self, command: str) -> str:
        """Run an api command; returns what it says, without the line end."""
        return self._say(f"api {command}")[1].strip()

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def channels(self) -> int:
        """How many channels there are."""
        return int(self.api("show channels count").split()[0])

    def _say(self, line: str) -> tuple[dict[str, str], str]:
        with self._lock:
            self._file.write(f"{line}\n\n".encode())
            self._file.flush()
            return self._read()

    def _read(self) -> tuple[dict[str, str], str]:
        headers = {}
        while line := self._file.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name] = value
        return headers, self._file.read(int(headers.get("Content-Length", 0))).decode("utf-8", "replace")


class Router:
    """A router in a process of its own, `fsrouter serve`, which can be killed without harming the tests."""

    def __init__(self, settings: Path, log: Path, web: str) -> None:
        self.log = log
        self._log = log.open("wb")
        command = [sys.executable, "-m", "fsrouter", "--config", str(settings), "serve", "--web", web]
        self.process = subprocess.Popen(command, stdout=self._log, stderr=self._log)

    def kill(self) -> None:
        """As a crash does it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._log.close()

    def stop(self) -> None:
        """As systemd does it, without patience for calls that go on."""
        for _ in range(2):
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                time.sleep(0.05)
        try:
            self.process.wait(10)
        finally:
            self.kill()

    @property
    def descriptors(self) -> Counter[str]:
        """What the process has open: sockets, files and others by what they are. A thread of the store that had
        nothing to do before opens the database for itself, so files grow with the threads (a dozen) and no further.
        """
        there = [os.readlink(each) for each in Path(f"/proc/{self.process.pid}/fd").iterdir()]
        return Counter("file" if each.startswith("/") else each.partition(":")[0] for each in there)


class Lab:
    """Everything that a live test needs, and how to put it away.

    `outside` is the carrier with all numbers behind it, `first` and `second` are gateways of one trunk, `phones` the
    registered telephones by user, `caller` the one that calls in.
    """

    def __init__(self, switch: FreeSwitch, folder: Path) -> None:
        self.switch = switch
        self.folder = folder
        self.outside, self.caller, self.carrier = Phone("outside"), Phone("caller"), Phone("carrier")
        self.first, self.second = Phone("first"), Phone("second")
        self.ends = (self.outside, self.caller, self.carrier, self.first, self.second)
        self.phones = {user: Phone(user) for user in ("1001", "1002", "1003")}
        self.ports, self.load_port = [free_port(), free_port()], free_port()
        self.store = Store.open(f"sqlite:///{folder}/lab.db")
        write_sound(folder / "whisper.wav", 1550, 1.0)
        write_sound(folder / "ask.wav", 1750, 0.6)
        (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
        (folder / "lab.yaml").write_text(
            RULES.read_text(encoding="utf-8").replace("SOUNDS", str(folder)), encoding="utf-8"
        )
        self.book = company_file.load(folder / "lab.yaml")
        self.store.books.save(self.book, "lab", "the rule book of the live tests")
        self.recordings = folder / "recordings"
        self.secret = SocketSecret(self.store.secrets, KEY)
        self.secret.first()
        self.routers: list[Router] = []
        self._router: Router | None = None
        self._static = switch.conf / "dialplan" / "public" / "01_live_static.xml"
        self._from_phones = switch.conf / "dialplan" / "default" / "00_live_from_phones.xml"
        self._gateway = switch.conf / "sip_profiles" / "external" / "live_carrier.xml"
        self._pair = switch.conf / "sip_profiles" / "external" / "live_pair.xml"
        self._callers, self._began = random.randrange(0, 900_000), 0.0
        self._before: set[str] = set()
        self._install()
        for user, phone in self.phones.items():
            phone.register(user, switch.user_password, switch.internal)

    def _install(self) -> None:
        ports = {"lab": self.outside.port, "load": self.load_port}
        trunks = {
            name: Trunk(gateways=(f"sofia/external/{{number}}@127.0.0.1:{port}",)) for name, port in ports.items()
        }
        trunks |= SEVERAL | {name: Trunk(gateways=(name,)) for name in ("live-carrier", "live-nowhere")}
        wiring = CallSettings(trunks=trunks, domain=self.switch.domain)
        failsafe = next(iter(entries_from(self.book, wiring))).failsafe
        wanted = Installation(
            entries=(*entries_from(self.book, wiring), Entry(UNRULED, failsafe, company="lab")),
            reachable=(reachable_from(self.book, wiring), Reachable("another", (f"user/1003@{self.switch.domain}",))),
            routers=Routers(tuple(f"127.0.0.1:{port}" for port in self.ports)),
            callcenter=callcenter_from([self.book], wiring),
        )
        self.wiring, self.wanted = wiring, wanted
        self._gateway.write_text(GATEWAY.replace("PORT", str(self.carrier.port)), encoding="utf-8")
        pair = PAIR.replace("FIRST", str(self.first.port)).replace("SECOND", str(self.second.port))
        self._pair.write_text(pair, encoding="utf-8")
        from_phones = FROM_PHONES.replace("TRUNK", trunks["lab"].ways[0].name.replace("{number}", "$1"))
        self._from_phones.write_text(from_phones, encoding="utf-8")
        self._static.write_text(_bridge(trunk_target(trunks["lab"].ways[0].name, OUTSIDE["desk"])), encoding="utf-8")
        self.install()
        self.switch.api("sofia profile external rescan")
        for queue in wanted.callcenter.queues:
            self.switch.api(f"callcenter_config queue load {queue.name}")

    def install(self) -> None:
        """Put our numbers into FreeSWITCH."""
        apply(plan_install(replace(self.wanted, secret=self.secret.current()), self.switch.conf))
        assert self.switch.api("reloadxml").startswith("+OK")

    def close(self) -> None:
        """Take everything out of FreeSWITCH again."""
        self.stop_routers()
        for phone in (*self.ends, *self.phones.values()):
            phone.close()
        apply(plan_remove(self.switch.conf))
        for gateway in ("live-carrier", "live-first", "live-second"):
            self.switch.api(f"sofia profile external killgw {gateway}")
        self._static.unlink()
        self._from_phones.unlink()
        self._gateway.unlink()
        self._pair.unlink()
        self.switch.api("reloadxml")
        self.switch.api("global_setvar fsr_secret=")
        for name in self.book.queues:
            self.switch.api(f"callcenter_config queue unload {name}@lab")
        for name in self.book.agents:
            self.switch.api(f"callcenter_config agent del {name}@lab")
        self.store.close()
        self.switch.close()

    def router(self) -> Router:
        """The first router, started when there is none."""
        if self._router is None or self._router.process.poll() is not None:
            self._router = self.serve()
        return self._router

    def stop_routers(self) -> None:
        """Stop every router that still runs."""
        for router in self.routers:
            router.stop()

    def serve(self, which: int = 0, web: str = "none") -> Router:
        """Start a router on one of the two addresses that the dialplan knows, and wait until it takes calls; `web` is
        where it answers for health and metrics.
        """
        settings = self.folder / f"router{which}.toml"
        settings.write_text("\n".join(self._settings(which)), encoding="utf-8")
        router = Router(settings, self.folder / f"router{which}.{len(self.routers)}.log", web)
        self.routers.append(router)
        try:
            until(
                lambda: "takes calls" in router.log.read_text() and _open(self.ports[which]),
                60,
                "a router that takes calls",
            )
            until(lambda: self._observed(router), 60, "a router that observes")
        except BaseException:
            router.kill()  # or its address is taken for every router after it
            raise
        return router

    def _settings(self, which: int) -> Iterator[str]:
        yield f'database = "sqlite:///{self.folder}/lab.db"'
        yield f'listen = "127.0.0.1:{self.ports[which]}"'
        yield f'node = "router{which}"'
        yield f'recordings = "{self.recordings}"'
        yield f'domain = "{self.wiring.domain}"'
        yield from ('web = "127.0.0.1:0"', f'key = "{KEY}"', "stop_after = 30", "[trunks]")
        for name, trunk in self.wiring.trunks.items():
            ways = ", ".join(f'{{name = "{each.name}", weight = {each.weight}}}' for each in trunk.ways)
            yield f'{name} = {{gateways = [{ways}], order = "{trunk.order}", wait = {trunk.wait}}}'
        yield from ("[freeswitch]", f'host = "{self.switch.host}"', f"port = {self.switch.port}")
        yield f'password = "{self.switch.password}"'
        yield from ("[log]", 'format = "json"', 'level = "debug"')

    def _observed(self, router: Router) -> bool:
        nodes = [node for node in self.store.nodes.list() if node.pid == router.process.pid]
        return bool(nodes and all(nodes[0].detail.get("freeswitch", {}).values()))

    @property
    def began(self) -> float:
        """Since when the test that runs has run (epoch)."""
        return self._began

    def quiet(self) -> None:
        """Forget what earlier tests did: manners and calls that came. Raises TimeoutError when channels are left."""
        for phone in (*self.ends, *self.phones.values()):
            phone.hush()
        self._began = time.time() - 0.5
        self._before = {line.uuid for line in self.store.journal.list("lab", limit=1000)}
        until(lambda: self.switch.channels() == 0, 15, "no channels")

    def dial(self, number: str, hum: int = 0, name: str = "Pat Caller", caller: str = "") -> Talk:
        """Call a tracking number from outside, from a number that nobody called from before unless one is named."""
        self._callers += 1
        caller = caller or f"+1312{2000000 + self._callers}"
        return self.caller.call(number, self.switch.external, caller, name, hum)

    def uuid(self, talk: Talk, seconds: float = 5.0) -> str:
        """A call's uuid, as soon as the journal has it. Raises TimeoutError."""
        return until(lambda: [line.uuid for line in self._lines(talk)], seconds, f"the call from {talk.caller}")[0]

    def only_record(self, seconds: float = 8.0) -> CallRecord:
        """What the journal has of the one call since the test began, whoever called. Raises TimeoutError."""

        def closed() -> list[str]:
            lines = self.store.journal.list("lab", since=self._began)
            return [line.uuid for line in lines if line.ended is not None and line.uuid not in self._before]

        uuid, *others = until(closed, seconds, "a closed record")
        record = self.store.journal.get(uuid)
        assert record and not others
        return record

    def order(self, talk: Talk, verb: str, argument: str = "") -> str:
        """Give an operator's command to a call that goes on, and return what came of it."""
        id = self.store.commands.add(self.uuid(talk), verb, argument, "tests")

        def result() -> str:
            command = self.store.commands.get(id)
            return command.result if command else ""

        return until(result, 5, "a result")

    def run(self, *words: str) -> str:
        """What `fsrouter` prints, as an operator runs it with the first router's settings."""
        settings = self.folder / "router0.toml"
        command = [sys.executable, "-m", "fsrouter", "--config", str(settings), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout

    def _lines(self, talk: Talk) -> Sequence[CallLine]:
        return self.store.journal.list("lab", caller=talk.caller, since=self._began)

    def record(self, talk: Talk, seconds: float = 8.0) -> CallRecord:
        """What the journal has of a call, once it is closed. Raises TimeoutError."""
        uuids: list[str] = []

        def there() -> bool:
            uuids[:] = [
                line.uuid
                for line in self._lines(talk)
                if line.ended is not None and line.outcome not in ("", "unknown")
            ]
            return bool(uuids)

        until(there, seconds, f"a closed record of the call from {talk.caller}")
        record = self.store.journal.get(uuids[0])
        assert record
        return record


def _bridge(target: str) -> str:
    return (
        f'<include>\n<extension name="live_static"><condition field="destination_number" expression="^\\{STATIC}$">'
        f'<action application="bridge" data="{{ignore_early_media=true}}{target}"/>'
        "</condition></extension>\n</include>\n"
    )


def until(true: Callable[[], T], seconds: float, what: str) -> T:
    """Wait for something that nothing tells of. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"there is not {what} within {seconds:g} s")
        time.sleep(0.03)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
