"""What a channel shows of itself: the reply to `connect`, `uuid_dump`, and the headers of events.

What lives here: names and order of headers, and FreeSWITCH's URL encoding, held to `captures/` by tests. What it must
not know: why a channel is as it is.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from itertools import count

import orjson

from fsrouter.simulator.causes import EXECUTE, STATE_NAMES
from fsrouter.simulator.channel import Channel

CORE_UUID = "b45ce0d9-157e-4bae-a4c4-1dc95ff7a7bf"
VERSION = "1.11.1-release+git~20260526T204126Z~c2c59645f6~64bit"
Pairs = list[tuple[str, str]]

_sequence = count(409225)
_UNSAFE = re.compile(r"""[^ -~]|[ #&+:;<=>?@\[\\\]^`{|}"]|%(?![0-9A-F]{2})""")
_ESCAPES = {chr(code): f"%{code:02X}" for code in range(128)}
_SAFE = "".join(char for char in _ESCAPES if not _UNSAFE.fullmatch(char) and char != "%")
_PLAIN = str.maketrans({char: escape for char, escape in _ESCAPES.items() if char != "%" and _UNSAFE.fullmatch(char)})
_PROFILE = (
    "Direction", "Logical-Direction", "Username", "Dialplan", "Caller-ID-Name", "Caller-ID-Number",
    "Orig-Caller-ID-Name", "Orig-Caller-ID-Number", "Callee-ID-Name", "Callee-ID-Number", "Network-Addr", "ANI",
    "Destination-Number", "Unique-ID", "Source", "Transfer-Source", "Context", "Channel-Name", "Profile-Index",
    "Profile-Created-Time", "Channel-Created-Time", "Channel-Answered-Time", "Channel-Progress-Time",
    "Channel-Progress-Media-Time", "Channel-Hangup-Time", "Channel-Transfer-Time", "Channel-Resurrect-Time",
    "Channel-Bridged-Time", "Channel-Last-Hold", "Channel-Hold-Accum", "Screen-Bit", "Privacy-Hide-Name",
    "Privacy-Hide-Number",
)  # fmt: skip
_KEYS = {prefix: tuple(f"{prefix}-{name}" for name in _PROFILE) for prefix in ("Channel", "Caller", "Other-Leg")}
_CODECS: Pairs = [
    (f"Channel-{way}-Codec-{what}", value)
    for way in ("Read", "Write")
    for what, value in (("Name", "PCMU"), ("Rate", "8000"), ("Bit-Rate", "64000"))
]
_CONNECT_TAIL = b"Content-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: static\nControl: full\n\n"


# Most values of a call come several times, and most of those of every call: a load run would spend its time on them.
@lru_cache(maxsize=16384)
def encoded(value: str) -> str:
    """FreeSWITCH's URL encoding: `%` before two upper-case hex digits stays as it is (switch_utils.c:3494)."""
    if not value.strip(_SAFE):
        return value
    return value.translate(_PLAIN) if "%" not in value and value.isascii() else _UNSAFE.sub(_percent, value)


def _percent(match: re.Match[str]) -> str:
    char = match[0]
    return _ESCAPES.get(char) or "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


@lru_cache(maxsize=8)
def _dates(second: int) -> tuple[str, str]:
    moment = time.gmtime(second)
    return time.strftime("%Y-%m-%d %H:%M:%S", moment), time.strftime("%a, %d %b %Y %H:%M:%S GMT", moment)


def rfc2822(microseconds: int) -> str:
    """The variable RFC2822_DATE."""
    return _dates(microseconds // 1_000_000)[1].replace("GMT", "+0000")


def local_stamp(microseconds: int) -> str:
    """A time as the variables `start_stamp`, `answer_stamp` … have it."""
    return _dates(microseconds // 1_000_000)[0]


def head(name: str, stamp: int, source: tuple[str, str, int]) -> Pairs:
    """The first headers of every event: which, of which core, when, fired where (file, function, line)."""
    local, gmt = _dates(stamp // 1_000_000)
    return [
        ("Event-Name", name),
        ("Core-UUID", CORE_UUID),
        ("FreeSWITCH-Hostname", "fs"),
        ("FreeSWITCH-Switchname", "fs"),
        ("FreeSWITCH-IPv4", "192.0.2.2"),
        ("FreeSWITCH-IPv6", "fd00::2"),
        ("Event-Date-Local", local),
        ("Event-Date-GMT", gmt),
        ("Event-Date-Timestamp", str(stamp)),
        ("Event-Calling-File", source[0]),
        ("Event-Calling-Function", source[1]),
        ("Event-Calling-Line-Number", str(source[2])),
        ("Event-Sequence", str(next(_sequence))),
    ]


def _profile(channel: Channel, *, as_other: bool = False) -> tuple[str, ...]:
    profile, times = channel.profile, channel.times
    return (
        "inbound" if channel.inbound else "outbound", "inbound" if channel.inbound or as_other else "outbound",
        profile.username, profile.dialplan, profile.caller_name, profile.caller_number, profile.caller_name,
        profile.caller_number, profile.callee_name, profile.callee_number, "127.0.0.1", profile.caller_number,
        profile.destination, channel.uuid, profile.source, profile.transfer_source, profile.context, channel.name,
        str(profile.index), str(profile.created), str(times.created), str(times.answered), str(times.progress),
        str(times.progress_media), str(times.hangup), "0", "0", str(times.bridged), "0", "0", "true", "false",
        "false",
    )  # fmt: skip


def _named(prefix: str, values: tuple[str, ...]) -> Pairs:
    return [pair for pair in zip(_KEYS[prefix], values, strict=True) if pair[1]]


def about(channel: Channel, state: int | None = None) -> Pairs:
    """`switch_channel_event_set_data`: state, name, answer, codecs, caller profile, the other leg; no variables yet."""
    running = EXECUTE if state is None else state
    if channel.down:
        call_state, answer = "HANGUP", "hangup"
    elif channel.answered:
        call_state, answer = "ACTIVE", "answered"
    else:
        call_state, answer = ("EARLY", "early") if channel.times.progress_media else ("RINGING", "ringing")
    way = "inbound" if channel.inbound else "outbound"
    pairs = [
        ("Channel-State", STATE_NAMES[running]),
        ("Channel-Call-State", call_state),
        ("Channel-State-Number", str(channel.state if state is None else state)),
        ("Channel-Name", channel.name),
        ("Unique-ID", channel.uuid),
        ("Call-Direction", way),
        ("Presence-Call-Direction", way),
        ("Channel-HIT-Dialplan", "true" if channel.inbound else "false"),
    ]
    if "presence_id" in channel.variables:
        pairs.append(("Channel-Presence-ID", channel.variables["presence_id"]))
    pairs += [("Channel-Call-UUID", channel.variables.get("call_uuid") or channel.uuid), ("Answer-State", answer)]
    if channel.down and channel.cause:
        pairs.append(("Hangup-Cause", channel.cause))
    if channel.answered:
        pairs += _CODECS
    pairs += _named("Caller", _profile(channel))
    if channel.other is not None:
        pairs.append(("Other-Type", "originatee" if channel.inbound else "originator"))
        values = list(_profile(channel.other, as_other=True))
        del values[18]
        keys = [key for key in _KEYS["Other-Leg"] if key != "Other-Leg-Profile-Index"]
        pairs += [pair for pair in zip(keys, values, strict=True) if pair[1]]
    return pairs


def connect_block(channel: Channel) -> bytes:
    """The reply to `connect`: a header block alone, values URL-encoded, no Content-Length (mod_event_socket.c:2018)."""
    pairs = head("CHANNEL_DATA", channel.stamp(), ("mod_event_socket.c", "parse_command", 2018))
    pairs += _named("Channel", _profile(channel))
    pairs += about(channel)
    lines = [f"{name}: {encoded(value)}\n" for name, value in pairs]
    lines += [f"variable_{name}: {encoded(value)}\n" for name, value in channel.variables.items()]
    return "".join(lines).encode("utf-8", "surrogateescape") + _CONNECT_TAIL


def dump(channel: Channel) -> bytes:
    """The body of `uuid_dump UUID json`."""
    pairs = head("CHANNEL_DATA", channel.stamp(), ("mod_commands.c", "uuid_dump_function", 6495))
    return as_json(headers(pairs + about(channel), channel))


def dump_plain(channel: Channel) -> bytes:
    """The body of `uuid_dump UUID`: `name: value` lines, URL-encoded."""
    pairs = head("CHANNEL_DATA", channel.stamp(), ("mod_commands.c", "uuid_dump_function", 6495)) + about(channel)
    pairs += [(f"variable_{name}", value) for name, value in channel.variables.items()]
    return "".join(f"{name}: {encoded(value)}\n" for name, value in pairs).encode("utf-8", "surrogateescape")


def headers(pairs: Pairs, channel: Channel | None = None, tail: Pairs | None = None) -> dict[str, str | list[str]]:
    """An event's headers with the channel's variables among them; array variables are lists."""
    found: dict[str, str | list[str]] = dict(pairs)
    if channel is not None:
        found |= {
            f"variable_{name}": value if value[:1] != "A" else _listed(value)
            for name, value in channel.variables.items()
        }
    found.update(tail or ())
    return found


def _listed(value: str) -> str | list[str]:
    """An array variable as the list that it is."""
    return value.removeprefix("ARRAY::").split("|:") if value.startswith("ARRAY::") else value


def as_json(event: dict[str, str | list[str]]) -> bytes:
    """An event as one JSON object; bytes that are no UTF-8 become question marks."""
    try:
        return orjson.dumps(event)
    except TypeError:
        plain = {
            name: value if isinstance(value, list) else value.encode("utf-8", "replace").decode()
            for name, value in event.items()
        }
        return orjson.dumps(plain)
