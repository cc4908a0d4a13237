"""The API commands about one channel: `uuid_… UUID …`.

What lives here: each of them with FreeSWITCH's own words as replies (mod_commands.c). What it must not know: who asked.
"""

from __future__ import annotations

from collections.abc import Callable

from fsrouter.simulator import causes, headers
from fsrouter.simulator.calls import transfers
from fsrouter.simulator.calls.leg import Leg
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.channel import Channel
from fsrouter.simulator.state import State

OK = "+OK\n"
NO_CHANNEL = "-ERR No such channel!\n"
NO_SESSION = "-ERR Cannot locate session!\n"
MOST_VARIABLES = 64
"""uuid_setvar_multi reads so many assignments (mod_commands.c: argv[64])."""


def uuid_setvar(channel: Channel, rest: str) -> str:
    name, _, value = rest.partition(" ")
    channel.set(name, value)
    return OK


def uuid_setvar_multi(switch: State, argument: str) -> str:
    uuid, _, rest = argument.partition(" ")
    channel = switch.channels.get(uuid)
    if not rest:
        return "-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"
    if channel is None:
        return NO_CHANNEL
    for item in _separate(rest):
        name, _, value = item.partition("=")
        if not name:
            return "-ERR No variable specified\n"
        channel.set(name, value)
    return OK


def _separate(text: str) -> list[str]:
    """Split on `;` outside of `'..'`; quotes go, a backslash before a separator or a quote keeps it
    (switch_utils.c:2705).
    """
    if "'" not in text and "\\" not in text:
        items = text.split(";", MOST_VARIABLES - 1)
        return [item.strip(" ") for item in items if item]
    items, item, quoted, at = [], "", False, 0
    while at < len(text):
        char = text[at]
        if char == "\\" and text[at + 1 : at + 2] in ("'", '"', "\\", ";"):
            at += 1
            item += text[at]
        elif char == "'":
            quoted = not quoted
        elif char == ";" and not quoted:
            items.append(item.strip(" "))
            item = ""
        else:
            item += char
        at += 1
    return [item for item in [*items, item.strip(" ")] if item]


def uuid_getvar(channel: Channel, name: str) -> str:
    return channel.get(name) or "_undef_"


def uuid_dump(channel: Channel, form: str) -> bytes:
    return headers.dump(channel) if form.strip() == "json" else headers.dump_plain(channel)


def uuid_exists(switch: State, argument: str) -> str:
    return "true" if argument.strip() in switch.channels else "false"


def uuid_kill(channel: Channel, cause: str) -> str:
    cause = causes.parse(cause) if cause else "NORMAL_CLEARING"
    channel.hang_up(cause, by_phone=isinstance(channel, Leg) and channel.answered)
    return OK


def uuid_transfer(channel: Channel, rest: str) -> str:
    words = rest.split(" ")
    flag = words.pop(0) if words[0] in ("-bleg", "-both") else ""
    if not words or not words[0]:
        return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
    extension, dialplan, context = _target(rest.removeprefix(flag).strip())
    if isinstance(channel, Leg):
        transfers.detach(channel, extension, dialplan, context)
    elif isinstance(channel, Line):
        move = {"-bleg": transfers.transfer_callee, "-both": transfers.transfer_both}.get(flag, Line.transfer)
        move(channel, extension, dialplan, context)
    return OK


def _target(text: str) -> tuple[str, str, str]:
    """`ext [dialplan] [context]`, or `'app:arg,app' inline`."""
    if text.startswith("'"):
        extension, _, rest = text[1:].partition("'")
        dialplan, context, *_ = [*rest.split(), "", ""]
    else:
        extension, dialplan, context, *_ = [*text.split(" "), "", ""]
    return extension, dialplan, context


def uuid_bridge(switch: State, argument: str) -> str:
    uuid, _, rest = argument.partition(" ")
    one, two = switch.channels.get(uuid), switch.channels.get(rest.strip())
    if one is None or two is None:
        return "-ERR Invalid uuid\n"
    if isinstance(one, Leg):
        transfers.detach(one)
    elif isinstance(one, Line) and isinstance(two, Line):
        transfers.bridge_lines(one, two)
    elif isinstance(one, Line) and isinstance(two, Leg):
        transfers.uuid_bridge(one, two)
    return f"+OK {two.uuid}\n"


def uuid_park(channel: Channel, _: str) -> str:
    if not isinstance(channel, Line):
        return NO_CHANNEL
    transfers.uuid_park(channel)
    return OK


def uuid_record(channel: Channel, rest: str) -> str:
    line = channel.line if isinstance(channel, Leg) else channel
    if not isinstance(line, Line):
        return NO_SESSION
    action, _, path = rest.partition(" ")
    path = path.split(" ")[0]
    if action == "start" and channel is line:
        line.start_recording(path)
    elif action == "start":
        line.record.start_recording(path, channel)
    elif action == "stop":
        line.record.stop_recordings(channel, None if path == "all" else path)
    return "+OK Success\n"


def uuid_break(channel: Channel, _: str) -> str:
    if not isinstance(channel, Line):
        return NO_CHANNEL
    channel.interrupted = True
    channel.wake()
    return OK


def uuid_recv_dtmf(channel: Channel, keys: str) -> str:
    channel.press(keys.lstrip("~").partition("@")[0])
    return OK


def uuid_hold(switch: State, argument: str) -> str:
    """Hold, broadcast: nothing that the call's own socket would see (docs/wire.md 2)."""
    return "+OK Success\n" if any(word in switch.channels for word in argument.split(" ")[:2]) else NO_CHANNEL


def uuid_displace(channel: Channel, rest: str) -> str:
    """`UUID start PATH`: heard above whatever the caller hears."""
    if not isinstance(channel, Line):
        return NO_SESSION
    channel.note(f"hears {rest.partition(' ')[2]}")
    return "+OK Success\n"


def _about(
    act: Callable[[Channel, str], str | bytes], missing: str = NO_CHANNEL
) -> Callable[[State, str], str | bytes]:
    """A command about the channel that its first word names; `missing`: the reply when there is none."""

    def command(switch: State, argument: str) -> str | bytes:
        uuid, _, rest = argument.partition(" ")
        channel = switch.channels.get(uuid)
        return missing if channel is None else act(channel, rest)

    return command


COMMANDS: dict[str, Callable[[State, str], str | bytes]] = {
    "uuid_break": _about(uuid_break),
    "uuid_bridge": uuid_bridge,
    "uuid_broadcast": uuid_hold,
    "uuid_displace": _about(uuid_displace, NO_SESSION),
    "uuid_dump": _about(uuid_dump),
    "uuid_exists": uuid_exists,
    "uuid_getvar": _about(uuid_getvar),
    "uuid_hold": uuid_hold,
    "uuid_kill": _about(uuid_kill),
    "uuid_park": _about(uuid_park),
    "uuid_record": _about(uuid_record, NO_SESSION),
    "uuid_recv_dtmf": _about(uuid_recv_dtmf),
    "uuid_setvar": _about(uuid_setvar),
    "uuid_setvar_multi": uuid_setvar_multi,
    "uuid_transfer": _about(uuid_transfer),
}
