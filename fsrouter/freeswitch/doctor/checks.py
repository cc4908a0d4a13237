"""What is to be thought of a FreeSWITCH as it was found: one function for each matter. Pure.

An error is what loses calls or sends them wrong, a warning what works less well than it could. What could not be
learned is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from fsrouter.freeswitch.doctor.dialplan import dialplan, sockets, sockets_of
from fsrouter.freeswitch.doctor.expected import Expected
from fsrouter.freeswitch.doctor.finding import INSTALL, Finding, error, ok, warning
from fsrouter.freeswitch.doctor.probe import Actual
from fsrouter.freeswitch.doctor.secret import secret

#: The oldest FreeSWITCH whose event socket and mod_callcenter speak as we do; the one that fsrouter was tried on.
OLDEST: Final = (1, 10)
TRIED: Final = "1.11.1"
#: Descriptors that FreeSWITCH uses for a call of two legs, roughly; and what it uses without any.
FILES_A_CALL: Final = 10
FILES_IDLE: Final = 200
#: Seconds that clocks may differ before records and schedules tell different times.
SKEW: Final = 2.0
#: New sessions a second below which a burst of calls is turned away.
BURST: Final = 60

_RELOAD: Final = "fs_cli -x reloadxml"


def run_checks(actual: Actual, expected: Expected) -> list[Finding]:
    """Everything that there is to say, in the order in which a call meets it."""
    return [finding for check in CHECKS for finding in check(actual, expected)]


def version(actual: Actual, expected: Expected) -> Iterator[Finding]:
    found = re.search(r"Version (\d+)\.(\d+)(\S*)", actual.version)
    if not found:
        yield warning(f"FreeSWITCH at {actual.where} does not tell its version", f"fsrouter was tried on {TRIED}")
    elif (int(found[1]), int(found[2])) < OLDEST:
        name = found[0].removeprefix("Version ")
        yield error(f"FreeSWITCH {name} is too old", f"upgrade to 1.10 or newer; fsrouter was tried on {TRIED}")
    else:
        yield ok(f"FreeSWITCH {found[0].removeprefix('Version ').partition('+')[0]} at {actual.where}")
    if "is ready" not in actual.status:
        yield error(
            "FreeSWITCH does not say that it is ready", "fs_cli -x status; fs_cli -x 'fsctl resume' if it is paused"
        )


def password(actual: Actual, expected: Expected) -> Iterator[Finding]:
    if actual.default_password:
        yield warning(
            "the event socket has the password that everybody knows",
            "choose another in event_socket.conf.xml and in the settings (password_file, or FSROUTER_ESL_PASSWORD)",
        )


def event_socket(actual: Actual, expected: Expected) -> Iterator[Finding]:
    address, acl = actual.socket.get("listen-ip", ""), actual.socket.get("apply-inbound-acl", "")
    if not address:
        return
    if address in ("127.0.0.1", "::1", "localhost"):
        yield ok(f"the event socket listens on {address} only")
    elif acl and acl not in ("loopback.auto",):
        yield ok(f"the event socket listens on {address} and admits {acl}")
    else:
        # Without a list of its own it admits loopback only (mod_event_socket.c:2922).
        yield warning(
            f"the event socket listens on {address}; only its default ACL keeps others out",
            "listen-ip 127.0.0.1 in event_socket.conf.xml, or apply-inbound-acl with a list of exactly the routers",
        )


def modules(actual: Actual, expected: Expected) -> Iterator[Finding]:
    for module, there in actual.modules.items():
        if not there:
            yield error(
                f"{module} is not loaded; it {expected.modules.get(module, 'is needed')}",
                f"fs_cli -x 'load {module}', and a line for it in autoload_configs/modules.conf.xml",
            )
    if actual.modules and all(actual.modules.values()):
        yield ok(f"{len(actual.modules)} modules that are needed are loaded")


def routers(actual: Actual, expected: Expected) -> Iterator[Finding]:
    listed = {address for data in sockets_of(actual.dialplan) for address in data.split()[0].split("|")}
    for address, why in actual.routers.items():
        if why:
            yield error(f"no router answers at {address}: {why}", "start `fsrouter serve` there, or install without it")
        else:
            yield ok(f"a router listens at {address}")
    if missing := sorted(set(actual.routers) - listed) if listed else []:
        yield warning(f"the dialplan does not know the router {', '.join(missing)}", INSTALL)


def sessions(actual: Actual, expected: Expected) -> Iterator[Finding]:
    most = _number(r"(\d+) session\(s\) max", actual.status)
    rate = _number(r"per Sec out of max (\d+)", actual.status)
    if most and expected.calls and most < 2 * expected.calls:
        yield warning(
            f"FreeSWITCH takes {most} sessions, about {most // 2} calls; a router takes {expected.calls}",
            f"max-sessions {2 * expected.calls} in switch.conf.xml, or limit = {most // 2} in the settings",
        )
    if rate and rate < BURST:
        yield warning(
            f"FreeSWITCH takes {rate} new sessions a second, about {rate // 2} calls; more are refused",
            "sessions-per-second in switch.conf.xml, or now: fs_cli -x 'fsctl sps 200'",
        )


def rtp(actual: Actual, expected: Expected) -> Iterator[Finding]:
    first, last = (actual.switch.get(f"rtp-{end}-port", "") for end in ("start", "end"))
    most = _number(r"(\d+) session\(s\) max", actual.status)
    if not (first.isdigit() and last.isdigit()):
        return
    legs = (int(last) - int(first) + 1) // 2
    if most and legs < most:
        yield warning(
            f"RTP ports {first} to {last} are enough for {legs} legs; FreeSWITCH takes {most}",
            "a wider range from rtp-start-port to rtp-end-port in switch.conf.xml: two ports a leg",
        )
    lowest, highest = actual.process.ephemeral if actual.process else (0, 0)
    if min(int(last), highest) - max(int(first), lowest) > 1:
        yield warning(
            f"RTP ports {first} to {last} are also given to other programs ({lowest} to {highest}); now and then a call"
            " finds its port taken and fails",
            f"rtp-start-port and rtp-end-port below {lowest} in switch.conf.xml, or net.ipv4.ip_local_port_range",
        )


def log(actual: Actual, expected: Expected) -> Iterator[Finding]:
    if actual.switch.get("loglevel", "") == "debug":
        yield warning(
            "FreeSWITCH logs at debug, some 60 KB for each call: under load that is a good part of its time",
            "loglevel notice in switch.conf.xml, or now: fs_cli -x 'fsctl loglevel notice'",
        )


def process(actual: Actual, expected: Expected) -> Iterator[Finding]:
    running = actual.process
    if running is None:
        return
    most = _number(r"(\d+) session\(s\) max", actual.status) or 0
    wanted = FILES_IDLE + most // 2 * FILES_A_CALL
    if running.files < wanted:
        yield warning(
            f"FreeSWITCH may open {running.files} files; {most} sessions need about {wanted}",
            "LimitNOFILE=65536 in its systemd unit, or ulimit -n 65536 before it starts",
        )
    if running.nice > 0:
        yield warning(
            f"FreeSWITCH runs at nice {running.nice}: anything else on this machine goes before calls",
            "start it with -nf -np under a supervisor, or LimitNICE and Nice=0 in its systemd unit",
        )
    if running.realtime:
        yield warning(
            "FreeSWITCH runs at realtime priority: under load a router on the same machine waits behind it",
            "start it with -np, unless routers run elsewhere",
        )


def sounds(actual: Actual, expected: Expected) -> Iterator[Finding]:
    missing = sorted(name for name, there in actual.sounds.items() if not there)
    if missing:
        yield error(
            f"FreeSWITCH does not find {_some(missing)}; callers hear nothing instead",
            "put them below sound_prefix (fs_cli -x 'global_getvar sound_prefix'), or correct the rule book",
        )
    elif actual.sounds:
        yield ok(f"{len(actual.sounds)} sounds of the rule books are there")
    if silent := sorted(expected.streams - _stream_names(actual.streams)):
        yield error(f"there is no local stream {_some(silent)}", "local_stream.conf.xml, then reload mod_local_stream")


def trunks(actual: Actual, expected: Expected) -> Iterator[Finding]:
    for gateway, state in actual.gateways.items():
        if not state:
            yield error(f"the gateway {gateway} does not exist", "add it to a sofia profile, or correct [trunks]")
        elif state.startswith("UP"):
            yield ok(f"the gateway {gateway} is up")
        else:
            said = "not registered" if state != "DOWN" else "down"
            yield error(
                f"the gateway {gateway} is {said} ({state}); calls by it may fail",
                f"fs_cli -x 'sofia status gateway {gateway}'; look at its proxy, username and password",
            )
    for profile in sorted(expected.profiles if actual.modules.get("mod_sofia") else ()):
        state = actual.profiles.get(profile, "")
        if not state.startswith("RUNNING"):
            found = f"is {state}" if state else "does not exist"
            yield error(f"the sofia profile {profile} {found}", "a trunk of the settings leaves by it: [trunks]")


def mailboxes(actual: Actual, expected: Expected) -> Iterator[Finding]:
    missing = sorted(
        f"{box}@{domain}" if domain else box for (box, domain), there in actual.mailboxes.items() if not there
    )
    if missing:
        yield error(
            f"the directory has no mailbox {_some(missing)}", "add the user, or correct the rule book's voicemails"
        )


def clock(actual: Actual, expected: Expected) -> Iterator[Finding]:
    if actual.skew is not None and abs(actual.skew) > SKEW:
        way = "ahead of" if actual.skew > 0 else "behind"
        yield warning(
            f"FreeSWITCH's clock is {abs(actual.skew):.0f} s {way} ours", "run a time service (chrony) on both machines"
        )


CHECKS: Final[tuple[Callable[[Actual, Expected], Iterator[Finding]], ...]] = (
    version, password, event_socket, modules, dialplan, sockets, routers, secret, sessions, rtp, log, process, sounds,
    trunks, mailboxes, clock,
)  # fmt: skip


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def _stream_names(streams: Iterable[str]) -> set[str]:
    """Local streams by the names that a rule book may give: `moh/8000` is also `moh`."""
    return {name for stream in streams for name in (stream, stream.partition("/")[0])}


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
