"""A FreeSWITCH configuration directory: what is where, and what an installation changes in it. Reads files, writes
none.

What we cannot do without harm we refuse, with the place and the remedy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from fsrouter.errors import Refused, UsageError
from fsrouter.esl import validation
from fsrouter.freeswitch.callcenter.model import CallCenter
from fsrouter.freeswitch.install import closed_context, dialplan, mod_python_script, plan, queue_conf, secret
from fsrouter.freeswitch.install.plan import OURS, Change, Plan, read
from fsrouter.freeswitch.install.values import Entry, FailSafe, Reachable, Routers

FIRST: Final = "00_fsrouter.xml"
"""Before vanilla's 00_inbound_did.xml: FreeSWITCH includes a directory in the order of names (glob, switch_xml.c:1431).
"""
LAST: Final = "zz_fsrouter_rest.xml"


@dataclass(frozen=True)
class Installation:
    """All that is to be in FreeSWITCH: numbers with fail-safes, routers, queues, and whom strangers may send callers to
    (`reachable`); `rest` also takes numbers that nobody else takes. Calls to our numbers arrive in the context
    `did_context`, our telephones transfer to the context `extensions`. `secret` is what FreeSWITCH shows to routers
    behind a port, "" for none. Routers in process need FreeSWITCH's directory `scripts`, and the settings file
    `config`.
    """

    entries: tuple[Entry, ...] = ()
    default: FailSafe = field(default_factory=FailSafe)
    routers: Routers = field(default_factory=Routers)
    callcenter: CallCenter = field(default_factory=CallCenter)
    did_context: str = "public"
    extensions: str = "default"
    rest: bool = False
    scripts: Path | None = None
    config: str = ""
    secret: str = field(default="", repr=False)
    reachable: tuple[Reachable, ...] = ()

    def __post_init__(self) -> None:
        validation.user(self.did_context)
        validation.user(self.extensions)
        for number, times in Counter(entry.number for entry in self.entries).items():
            if times > 1:
                raise Refused(f"{number} comes twice", "tracking number")

    @property
    def modules(self) -> tuple[str, ...]:
        """What FreeSWITCH must load: the `socket` application and the observing connection, queues, the in-process
        entry.
        """
        queues = ("mod_callcenter",) if self.callcenter.queues else ()
        return ("mod_event_socket", *queues, *(("mod_python3",) if self.routers.in_process else ()))


def plan_install(wanted: Installation, conf: Path) -> Plan:
    """What it takes to have `wanted` in the configuration directory `conf`; no changes when it is there already.

    Raises UsageError.
    """
    _check(conf)
    directory = _did_directory(conf, wanted.did_context)
    context = dialplan.fsr_context(
        wanted.entries, wanted.default, wanted.routers, wanted.did_context, wanted.extensions
    )
    closed = closed_context.closed_context(wanted.entries, wanted.reachable, wanted.did_context)
    numbers = plan.counted(len(wanted.entries), "tracking number")
    changes = [
        _own(conf / "dialplan" / "fsrouter.xml", context, "routers, queues and the fail-safe of each number"),
        _own(conf / "dialplan" / "fsrouter_closed.xml", closed, "where strangers may have callers sent"),
        _own(directory / FIRST, dialplan.did_entries(wanted.entries), f"hands {numbers} to us"),
    ]
    if wanted.rest:
        changes.append(_own(directory / LAST, dialplan.rest_entry(), "hands every other number to us"))
    kept = [change.path for change in changes]
    changes += [plan.remove(path) for path in _owned(conf) if path not in kept]
    changes += [secret.change(conf, wanted.secret)]
    changes += [_modules(conf, wanted.modules), queue_conf.change(conf, wanted.callcenter)]
    changes += mod_python_script.changes(conf, wanted.scripts, wanted.config, wanted.routers.in_process)
    return Plan(_real(changes), tuple(_notes(conf, directory)))


def plan_queues(callcenter: CallCenter, conf: Path) -> Plan:
    """What it takes to have these queues in `conf`, and nothing else of ours touched. Raises UsageError."""
    _check(conf)
    return Plan(_real([queue_conf.change(conf, callcenter)]))


def plan_remove(conf: Path, scripts: Path | None = None) -> Plan:
    """What it takes to bring `conf`, and the script directory if one is named, back to what they were before the first
    install. Raises UsageError.
    """
    _check(conf)
    changes = [plan.remove(path) for path in _owned(conf)]
    changes += [secret.change(conf, ""), _modules(conf, ()), queue_conf.change(conf, CallCenter())]
    changes += mod_python_script.changes(conf, scripts, "", wanted=False)
    return Plan(_real(changes), idle="nothing to do: nothing of ours is there")


def _check(conf: Path) -> None:
    for needed in (conf / "freeswitch.xml", conf / "dialplan", conf / "autoload_configs"):
        if not needed.exists():
            raise UsageError(
                f"{conf} is no FreeSWITCH configuration: looked for {needed}; give the directory that holds "
                "freeswitch.xml, dialplan/ and autoload_configs/, often /etc/freeswitch or /usr/local/freeswitch/conf"
            )


def _did_directory(conf: Path, context: str) -> Path:
    """The directory whose files FreeSWITCH includes into the context where calls to our numbers arrive."""
    for path in sorted((conf / "dialplan").glob("*.xml")):
        text = plan.uncommented(read(path) or "")
        found = re.search(rf'<context\s[^>]*name="{re.escape(context)}"[^>]*>(.*?)</context>', text, re.DOTALL)
        if not found:
            continue
        for pattern in re.findall(r'<X-PRE-PROCESS\s+cmd="include"\s+data="([^"]+)"', found[1]):
            if "$" not in pattern and all(fnmatch(name, Path(pattern).name) for name in (FIRST, LAST)):
                return path.parent / Path(pattern).parent
        raise UsageError(
            f"{path}: the context {context} includes no directory of ours; add a line "
            f'<X-PRE-PROCESS cmd="include" data="{context}/*.xml"/> where its other extensions stand'
        )
    raise UsageError(
        f"no file in {conf / 'dialplan'} has the context {context}; name the one where calls to your numbers arrive"
    )


def _own(path: Path, text: str, why: str) -> Change:
    plan.parse(path, text)
    return plan.replace(path, text, why)


def _owned(conf: Path) -> list[Path]:
    """Every dialplan file of ours, also in a context that calls arrived in earlier."""
    dialplans = conf / "dialplan"
    found = [
        *(dialplans / name for name in ("fsrouter.xml", "fsrouter_closed.xml")),
        *sorted(dialplans.glob(f"*/{FIRST}")),
        *sorted(dialplans.glob(f"*/{LAST}")),
    ]
    return [path for path in found if OURS in (read(path) or "")]


def _modules(conf: Path, modules: tuple[str, ...]) -> Change:
    path = conf / "autoload_configs" / "modules.conf.xml"
    text = read(path)
    if modules and text is None:
        raise UsageError(f"{path} is not there; FreeSWITCH must load {', '.join(modules)}")
    loaded = re.findall(r'<load\s[^>]*module="([^"]+)"', plan.uncommented(plan.without_ours(text or "")))
    missing = [module for module in modules if module not in loaded]
    lines = "".join(f'    <load module="{module}"/>\n' for module in missing)
    return plan.edit(path, {"modules": lines}, f"loads {', '.join(missing)}")


def _notes(conf: Path, directory: Path) -> Iterator[str]:
    if open_to_all := secret.note(conf):
        yield open_to_all
    for path in sorted(directory.glob("*.xml")):
        if path.name < FIRST:
            yield f"{path} comes before ours: calls that it takes never reach fsrouter"
    socket = conf / "autoload_configs" / "event_socket.conf.xml"
    if 'value="ClueCon"' in plan.uncommented(read(socket) or ""):
        yield f"{socket} has the password that everybody knows; choose another"


def _real(changes: list[Change]) -> tuple[Change, ...]:
    return tuple(change for change in changes if change.before != change.after)
