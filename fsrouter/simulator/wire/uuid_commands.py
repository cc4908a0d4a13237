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

NO_CHANNEL = "-ERR No such channel!\n"
MOST_VARIABLES = 64
"""uuid_setvar_multi reads so many assignments (mod_commands.c: argv[64])."""


def _uuid(switch: State, argument: str) -> tuple[Channel | None, str]:
    uuid, _, rest = argument.partition(" ")
    return switch.channels.get(uuid), rest


def uuid_setvar(switch: State, argument: str) -> str:
    channel, rest = _uuid(switch, argument)
    name, _, value = rest.partition(" ")
    if channel is None:
        return NO_CHANNEL
    channel.set(name, value)
    return "+OK\n"


def uuid_setvar_multi(switch: State, argument: str) -> str:
    channel, rest = _uuid(switch, argument)
    if not rest:
        return "-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"
    if channel is None:
        return NO_CHANNEL
    for item in _separate(rest):
        name, _, value = item.partition("=")
        if not name:
            return "-ERR No variable specified\n"
        channel.set(name, value)
    return "+OK\n"


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


def uuid_getvar(switch: State, argument: str) -> str:
    channel, name = _uuid(switch, argument)
    return NO_CHANNEL if channel is None else channel.get(name) or "_undef_"


def uuid_dump(switch: State, argument: str) -> str | bytes:
    channel, form = _uuid(switch, argument)
    if channel is None:
        return NO_CHANNEL
    return headers.dump(channel) if form.strip() == "json" else headers.dump_plain(channel)


def uuid_exists(switch: State, argument: str) -> str:
    return "true" if argument.strip() in switch.channels else "false"


def uuid_kill(switch: State, argument: str) -> str:
    channel, cause = _uuid(switch, argument)
    if channel is None:
        return NO_CHANNEL
    channel.hang_up(
        causes.named(cause) if cause else "NORMAL_CLEARING", by_phone=not channel.inbound and channel.answered
    )
    return "+OK\n"


def uuid_transfer(switch: State, argument: str) -> str:
    channel, rest = _uuid(switch, argument)
    words = rest.split(" ")
    flag = words.pop(0) if words[0] in ("-bleg", "-both") else ""
    if channel is None:
        return NO_CHANNEL
    if not words or not words[0]:
        return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
    target = rest.removeprefix(flag).strip()
    extension, dialplan, context = _target(target)
    if isinstance(channel, Leg):
        transfers.detach(channel, extension, dialplan, context)
    elif isinstance(channel, Line) and flag == "-bleg":
        transfers.transfer_callee(channel, extension, dialplan, context)
    elif isinstance(channel, Line) and flag == "-both":
        transfers.transfer_both(channel, extension, dialplan, context)
    elif isinstance(channel, Line):
        channel.transfer(extension, dialplan, context)
    return "+OK\n"


def _target(text: str) -> tuple[str, str, str]:
    """`ext [dialplan] [context]`, or `'app:arg,app' inline`."""
    if text.startswith("'"):
        extension, _, rest = text[1:].partition("'")
        return extension, *((*rest.split(), "", "")[:2])  # type: ignore[return-value]
    words = [*text.split(" "), "", ""]
    return words[0], words[1], words[2]


def uuid_bridge(switch: State, argument: str) -> str:
    one, rest = _uuid(switch, argument)
    two = switch.channels.get(rest.strip())
    if one is None or two is None:
        return "-ERR Invalid uuid\n"
    if isinstance(one, Leg):
        transfers.detach(one)
    elif isinstance(one, Line) and isinstance(two, Line):
        transfers.bridge_lines(one, two)
    elif isinstance(one, Line) and isinstance(two, Leg):
        transfers.uuid_bridge(one, two)
    return f"+OK {two.uuid}\n"


def uuid_park(switch: State, argument: str) -> str:
    channel, _ = _uuid(switch, argument)
    if not isinstance(channel, Line):
        return NO_CHANNEL
    transfers.uuid_park(channel)
    return "+OK\n"


def uuid_record(switch: State, argument: str) -> str:
    channel, rest = _uuid(switch, argument)
    action, _, path = rest.partition(" ")
    path = path.split(" ")[0]
    line = channel.line if isinstance(channel, Leg) else channel
    if channel is None or not isinstance(line, Line):
        return "-ERR Cannot locate session!\n"
    if action == "start" and channel is line:
        line.start_recording(path)
    elif action == "start":
        line.record.start_recording(path, channel)
    elif action == "stop":
        line.record.stop_recordings(channel, None if path == "all" else path)
    return "+OK Success\n"


def uuid_break(switch: State, argument: str) -> str:
    channel, _ = _uuid(switch, argument)
    if not isinstance(channel, Line):
        return NO_CHANNEL
    channel.broken = True
    channel.wake()
    return "+OK\n"


def uuid_recv_dtmf(switch: State, argument: str) -> str:
    channel, keys = _uuid(switch, argument)
    if channel is None:
        return NO_CHANNEL
    channel.press(keys.lstrip("~").partition("@")[0])
    return "+OK\n"


def uuid_hold(switch: State, argument: str) -> str:
    """Hold, display, broadcast: nothing that the call's own socket would see (docs/wire.md 2)."""
    words = argument.split(" ")
    return "+OK Success\n" if any(word in switch.channels for word in words[:2]) else NO_CHANNEL


def uuid_displace(switch: State, argument: str) -> str:
    """`UUID start PATH`: heard above whatever the caller hears."""
    channel, rest = _uuid(switch, argument)
    if not isinstance(channel, Line):
        return "-ERR Cannot locate session!\n"
    channel.tell(f"hears {rest.partition(' ')[2]}")
    return "+OK Success\n"


COMMANDS: dict[str, Callable[[State, str], str | bytes]] = {
    "uuid_break": uuid_break,
    "uuid_bridge": uuid_bridge,
    "uuid_displace": uuid_displace,
    "uuid_dump": uuid_dump,
    "uuid_exists": uuid_exists,
    "uuid_getvar": uuid_getvar,
    "uuid_hold": uuid_hold,
    "uuid_kill": uuid_kill,
    "uuid_park": uuid_park,
    "uuid_record": uuid_record,
    "uuid_recv_dtmf": uuid_recv_dtmf,
    "uuid_setvar": uuid_setvar,
    "uuid_setvar_multi": uuid_setvar_multi,
    "uuid_transfer": uuid_transfer,
    "uuid_broadcast": uuid_hold,
}
