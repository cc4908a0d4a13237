"""The API commands: `api …` on a socket, `api_on_answer`, `${…(…)}` in an argument.

What lives here: the table of them with FreeSWITCH's own words as replies (mod_commands.c). What it must not know: who
asked.
"""

from __future__ import annotations

from collections.abc import Callable

from fsrouter.simulator import causes, headers
from fsrouter.simulator.calls.expand import expand
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.state import State
from fsrouter.simulator.wire import uuid_commands


def sofia(switch: State, argument: str) -> str:
    """`status gateway NAME`: its status, UP unless the gateway is told to be down."""
    what, _, name = argument.rpartition(" ")
    if what != "status gateway":
        return "-ERR Unknown command!\n"
    gateway = switch.gateways.get(name)
    down = gateway is not None and gateway.refusal in causes.UNMADE
    return f"Name    \t{name}\nState   \tNOREG\nStatus  \t{'DOWN' if down else 'UP'}\n"


def sofia_contact(switch: State, argument: str) -> str:
    user = argument.strip().rpartition("/")[2].partition("@")[0]
    phone = switch.phone(f"user/{user}", None)
    return f"sofia/internal/sip:{user}@127.0.0.1:5070" if phone.registered else "error/user_not_registered"


def hupall(switch: State, argument: str) -> str:
    """`hupall CAUSE VARIABLE VALUE`: hang up every channel with a variable (mod_commands.c hupall_api_function)."""
    cause, variable, value = (*argument.split(" "), "", "")[:3]
    for channel in list(switch.channels.values()):
        if channel.variables.get(variable) == value:
            uuid_commands.uuid_kill(channel, cause)
    return f"+OK hangup all channels matching [{variable}={value}] with cause: {cause}\n"


def eval_(switch: State, argument: str) -> str:
    """`eval [uuid:UUID ]TEXT`."""
    line = next((channel for channel in switch.channels.values() if isinstance(channel, Line)), None)
    if argument.startswith("uuid:"):
        uuid, _, argument = argument.removeprefix("uuid:").partition(" ")
        channel = switch.channels.get(uuid)
        line = channel if isinstance(channel, Line) else None
    return expand(line, argument) if line is not None else argument


def expand_(switch: State, argument: str) -> str:
    """`expand [uuid:UUID ]COMMAND`: expands, then runs."""
    return switch.api(eval_(switch, argument))


def global_getvar(switch: State, argument: str) -> str:
    """`global_getvar [NAME]` (mod_commands.c:6577)."""
    if argument:
        return switch.globals.get(argument, "")
    return "".join(f"{name}={value}\n" for name, value in switch.globals.items())


def global_setvar(switch: State, argument: str) -> str:
    """`global_setvar NAME=VALUE`; no value unsets."""
    name, _, value = argument.partition("=")
    switch.globals.pop(name, None)
    if value:
        switch.globals[name] = value
    return "+OK"


def reloadxml(switch: State, argument: str) -> str:
    """Reads the configuration again: global variables that are no longer set there stay."""
    switch.globals.update(switch.dialplan.globals)
    return "+OK [Success]\n"


def status(switch: State, argument: str) -> str:
    shown = headers.heartbeat()
    return (
        f"UP {shown['Up-Time']}\n"
        f"FreeSWITCH (Version {shown['FreeSWITCH-Version']}) is ready\n{switch.call_count} session(s) since startup\n"
        f"{len(switch.channels)} session(s) - peak {switch.peak}, last 5min {switch.peak}\n"
        "0 session(s) per Sec out of max 998\n"
        "5000 session(s) max\nmin idle cpu 0.00/46.13\nCurrent Stack Size/Max 240K/8192K\n"
    )


def system(switch: State, argument: str) -> str:
    """Never runs anything; `commands_run` shows that somebody tried."""
    return ""


def xml_locate(switch: State, argument: str) -> str:
    """`SECTION TAG name NAME` of the configuration as it is loaded."""
    return switch.configuration.get(argument.rpartition(" ")[2]) or "can't find anything\n"


def version(switch: State, argument: str) -> str:
    return f"FreeSWITCH Version {headers.heartbeat()['FreeSWITCH-Version']} (git c2c5964 2026-05-26 20:41:26Z 64bit)\n"


COMMANDS: dict[str, Callable[[State, str], str | bytes]] = {
    **uuid_commands.COMMANDS,
    "eval": eval_,
    "expand": expand_,
    "global_getvar": global_getvar,
    "global_setvar": global_setvar,
    "hostname": lambda switch, argument: "fs",
    "hupall": hupall,
    "module_exists": lambda switch, argument: "true" if argument.strip() in switch.modules else "false",
    "reloadxml": reloadxml,
    "sofia": sofia,
    "sofia_contact": sofia_contact,
    "status": status,
    "system": system,
    "version": version,
    "xml_locate": xml_locate,
}
