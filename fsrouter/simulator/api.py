"""The API commands: `api …` on a socket, `api_on_answer`, `${…(…)}` in an argument.

What lives here: the table of them with FreeSWITCH's own words as replies (mod_commands.c). What it must not know: who
asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fsrouter.simulator import headers, uuid_commands
from fsrouter.simulator.callcenter_config import callcenter_config
from fsrouter.simulator.expand import expand
from fsrouter.simulator.line import Line

if TYPE_CHECKING:
    from fsrouter.simulator.switch import Switch

Api = Callable[["Switch", str], str | bytes]


def answer(switch: Switch, text: str) -> bytes:
    """Run one API command and give its reply."""
    name, _, argument = text.strip().partition(" ")
    switch.commands_run.append(text)
    function = COMMANDS.get(name)
    reply = f"-ERR {name} Command not found!\n" if function is None else function(switch, argument)
    return reply if isinstance(reply, bytes) else reply.encode("utf-8", "surrogateescape")


def sofia_contact(switch: Switch, argument: str) -> str:
    user = argument.strip().rpartition("/")[2].partition("@")[0]
    phone = switch.phone(f"user/{user}", None)
    return f"sofia/internal/sip:{user}@127.0.0.1:5070" if phone.registered else "error/user_not_registered"


def hupall(switch: Switch, argument: str) -> str:
    """`hupall CAUSE VARIABLE VALUE`: hang up every channel with a variable (mod_commands.c hupall_api_function)."""
    cause, variable, value = (*argument.split(" "), "", "")[:3]
    for channel in list(switch.channels.values()):
        if channel.variables.get(variable) == value:
            uuid_commands.uuid_kill(switch, f"{channel.uuid} {cause}")
    return f"+OK hangup all channels matching [{variable}={value}] with cause: {cause}\n"


def eval_(switch: Switch, argument: str) -> str:
    """`eval [uuid:UUID ]TEXT`."""
    line = next(iter(switch.lines()), None)
    if argument.startswith("uuid:"):
        uuid, _, argument = argument.removeprefix("uuid:").partition(" ")
        channel = switch.channels.get(uuid)
        line = channel if isinstance(channel, Line) else None
    return expand(line, argument) if line is not None else argument


def expand_(switch: Switch, argument: str) -> str:
    """`expand [uuid:UUID ]COMMAND`: expands, then runs."""
    return answer(switch, eval_(switch, argument)).decode("utf-8", "surrogateescape")


def status(switch: Switch, argument: str) -> str:
    return (
        "UP 0 years, 0 days, 0 hours, 30 minutes, 39 seconds, 581 milliseconds, 110 microseconds\n"
        f"FreeSWITCH (Version {headers.VERSION}) is ready\n{switch.placed_count} session(s) since startup\n"
        f"{len(switch.channels)} session(s) - peak {switch.peak}, last 5min {switch.peak}\n"
        "0 session(s) per Sec out of max 998\n"
        "5000 session(s) max\nmin idle cpu 0.00/46.13\nCurrent Stack Size/Max 240K/8192K\n"
    )


def system(switch: Switch, argument: str) -> str:
    """Never runs anything; `Switch.commands_run` shows that somebody tried."""
    return ""


def xml_locate(switch: Switch, argument: str) -> str:
    """`SECTION TAG name NAME` of the configuration as it is loaded."""
    found = switch.callcenter_conf if argument.endswith("name callcenter.conf") else ""
    return found or "can't find anything\n"


COMMANDS: dict[str, Api] = {
    **uuid_commands.COMMANDS,
    "callcenter_config": callcenter_config,
    "eval": eval_,
    "expand": expand_,
    "hostname": lambda switch, argument: "fs",
    "hupall": hupall,
    "module_exists": lambda switch, argument: "true" if argument.strip() in switch.modules else "false",
    "reloadxml": lambda switch, argument: "+OK [Success]\n",
    "sofia_contact": sofia_contact,
    "status": status,
    "system": system,
    "version": lambda switch, argument: (
        f"FreeSWITCH Version {headers.VERSION} (git c2c5964 2026-05-26 20:41:26Z 64bit)\n"
    ),
    "xml_locate": xml_locate,
}
