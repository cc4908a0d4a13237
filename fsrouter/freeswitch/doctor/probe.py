"""What there is: a running FreeSWITCH as its event socket tells, routers as they answer, the process as /proc shows it.

Decides nothing. What cannot be learned is None or empty, never guessed. Passwords are compared and forgotten.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from gevent import socket
from msgspec import Struct

from fsrouter.esl.commands import CLOSED
from fsrouter.esl.variables import SECRET
from fsrouter.freeswitch.callcenter.tables import Ask
from fsrouter.freeswitch.doctor.expected import Expected
from fsrouter.runtime import Clock
from fsrouter.settings.model import Switch
from fsrouter.store.secrets import KnownSecret, Verdict

#: Vanilla's password of the event socket.
DEFAULT_PASSWORD: Final = "ClueCon"
#: Seconds that a router may take to accept a connection.
CONNECT: Final = 2.0
#: The directories below a sound's own in which FreeSWITCH looks for its sampling rates.
RATES: Final = ("8000", "16000", "32000", "48000")

_PROFILE = re.compile(r"^\s*(\S+)\s+profile\s+\S+\s+(\S+)", re.MULTILINE)
_GATEWAY = re.compile(r"^\s*\S+::(\S+)\s+gateway\s", re.MULTILINE)


class Process(Struct, frozen=True):
    """The process of a FreeSWITCH on this machine: `files` it may open, its `nice` level, whether it is `realtime`;
    and the ports that the kernel gives to whoever asks for any (`ephemeral`, first and last).
    """

    pid: int
    files: int
    nice: int
    realtime: bool
    ephemeral: tuple[int, int] = (0, 0)


class Actual(Struct, frozen=True, kw_only=True):
    """A FreeSWITCH as it was found; what is asked for stands in Expected.

    `modules`, `sounds`, `mailboxes`: whether each is there. `gateways`: the state of each, "" when it does not exist.
    `secret`: what the one that it shows to routers is worth, None when none is asked for.
    `profiles`: the state of each that exists. `names`: of all gateways, of contexts that were asked for and are there,
    and its own. `routers`: what came of connecting to each, "" for good. `dialplan`,
    `closed`, `did`: contexts as they are loaded, as XML. `socket`, `switch`: parameters of event_socket.conf (without
    the password) and switch.conf. `domain`: its own. `skew`: seconds that its clock is ahead of ours. `process` is None
    on other machines.
    """

    where: str = ""
    version: str = ""
    status: str = ""
    default_password: bool = False
    modules: Mapping[str, bool] = {}
    dialplan: str = ""
    closed: str = ""
    did: str = ""
    socket: Mapping[str, str] = {}
    switch: Mapping[str, str] = {}
    sounds: Mapping[str, bool] = {}
    streams: frozenset[str] = frozenset()
    gateways: Mapping[str, str] = {}
    profiles: Mapping[str, str] = {}
    names: frozenset[str] = frozenset()
    mailboxes: Mapping[tuple[str, str], bool] = {}
    routers: Mapping[str, str] = {}
    secret: Verdict | None = None
    domain: str = ""
    skew: float | None = None
    process: Process | None = None


def probe_switch(ask: Ask, switch: Switch, expected: Expected, clock: Clock) -> Actual:
    """Look at all of it. Raises SwitchUnreachable when the connection breaks on the way."""

    def of(verb: str, words: str = "") -> str:
        try:
            return ask(verb, words)
        except ValueError:  # a name that may not be sent is one that FreeSWITCH cannot have either
            return "-ERR"

    modules = {module: of("module_exists", module).strip() == "true" for module in expected.modules}
    sofia = modules.get("mod_sofia", False)
    domain = of("global_getvar", "domain").strip()
    sip = of("sofia", "status") if sofia else ""
    here = switch.host in ("127.0.0.1", "::1", "localhost")
    return Actual(
        where=f"{switch.host}:{switch.port}",
        version=of("version").strip(),
        status=of("status"),
        default_password=switch.password == DEFAULT_PASSWORD,
        modules=modules,
        dialplan=_xml(of("xml_locate", "dialplan context name fsr")),
        closed=_xml(of("xml_locate", f"dialplan context name {CLOSED}")),
        did=_xml(of("xml_locate", f"dialplan context name {expected.did_context}")),
        socket=_parameters(of("xml_locate", "configuration configuration name event_socket.conf")),
        switch=_parameters(of("xml_locate", "configuration configuration name switch.conf")),
        sounds=_sounds(of, expected.sounds),
        streams=frozenset(line.partition(",")[0] for line in of("local_stream", "show").splitlines() if "," in line),
        gateways={name: _gateway(of("sofia", f"status gateway {name}")) for name in expected.gateways if sofia},
        profiles={found[1]: found[2] for found in _PROFILE.finditer(sip)},
        names=frozenset(_GATEWAY.findall(sip)) | _own_names(of, expected.internal),
        mailboxes=_mailboxes(of, expected.mailboxes, domain),
        routers={address: _reached(address) for address in expected.routers},
        secret=_secret(of("global_getvar", SECRET), expected.secret, clock()),
        domain=domain,
        skew=_skew(of("strepoch"), clock()),
        process=_process(of("global_getvar", "run_dir").strip()) if here else None,
    )


def _secret(shown: str, known: KnownSecret | None, now: float) -> Verdict | None:
    return known.verdict("" if shown.startswith("-ERR") else shown.strip(), now) if known else None


def _own_names(of: Callable[..., str], contexts: Iterable[str]) -> frozenset[str]:
    """Its names, and those of some contexts that it has."""
    own = {reply.strip() for reply in (of("switchname"), of("global_getvar", "hostname")) if not reply.startswith("-")}
    return frozenset(own | {name for name in contexts if _xml(of("xml_locate", f"dialplan context name {name}"))})


def _xml(reply: str) -> str:
    return reply if reply.lstrip().startswith("<") else ""


def _parameters(reply: str) -> dict[str, str]:
    """The `param` elements of a configuration, without passwords."""
    try:
        root = ElementTree.fromstring(reply)
    except ElementTree.ParseError:
        return {}
    found = {param.get("name", ""): param.get("value", "") for param in root.iter("param")}
    return {name: value for name, value in found.items() if name != "password"}


def _sounds(of: Callable[..., str], names: Iterable[str]) -> dict[str, bool]:
    """Whether FreeSWITCH finds each file, where it looks itself: below `sound_prefix`, there also by sampling rate
    (switch_core_file.c), or at an absolute place.
    """
    prefix = of("global_getvar", "sound_prefix").strip() if names else ""
    return {name: any(of("file_exists", path).strip() == "true" for path in _places(prefix, name)) for name in names}


def _places(prefix: str, name: str) -> list[str]:
    whole = Path(name) if name.startswith("/") else Path(prefix) / name
    return [str(whole), *(str(whole.parent / rate / whole.name) for rate in RATES)]


def _gateway(reply: str) -> str:
    """A gateway's `Status`, as `UP`, or its `State` when it is not registered and should be, as `FAIL_WAIT`; "" when
    there is none.
    """
    words = {parts[0]: parts[1] for parts in (line.split() for line in reply.splitlines()) if len(parts) > 1}
    status, state = words.get("Status", ""), words.get("State", "")
    return status if state in ("REGED", "NOREG", "") else state


def _mailboxes(of: Callable[..., str], boxes: Iterable[tuple[str, str]], home: str) -> dict[tuple[str, str], bool]:
    return {(box, domain): of("user_exists", f"id {box} {domain or home}").strip() == "true" for box, domain in boxes}


def _reached(address: str) -> str:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT).close()
    except (OSError, ValueError, OverflowError) as why:
        return getattr(why, "strerror", "") or str(why) or type(why).__name__
    return ""


def _skew(reply: str, now: float) -> float | None:
    """FreeSWITCH tells whole seconds, so half a second more or less is nothing."""
    return int(reply) + 0.5 - now if reply.strip().isdigit() else None


def _process(run_dir: str) -> Process | None:
    """The process whose id stands in FreeSWITCH's run directory, when this machine has it; proc(5)."""
    try:
        pid = int((Path(run_dir) / "freeswitch.pid").read_text().strip())
        limits = Path(f"/proc/{pid}/limits").read_text()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    except (OSError, ValueError):
        return None
    found = re.search(r"^Max open files\s+(\d+|unlimited)", limits, re.MULTILINE)
    files = int(found[1]) if found and found[1].isdigit() else 1 << 30
    # Behind the command's closing bracket: field 3 is first, so nice (19) is at 16 and the policy (41) at 38.
    return Process(pid, files, int(fields[16]), int(fields[38]) in (os.SCHED_FIFO, os.SCHED_RR), (first, last))
