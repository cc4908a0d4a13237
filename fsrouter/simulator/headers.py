"""What a channel shows of itself: the reply to `connect`, `uuid_dump`, and the headers of events.

What lives here: headers in the names and the order of `captures/`, and FreeSWITCH's URL encoding. What it must not
know: why a channel is as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import count

import orjson

from fsrouter.simulator import captured
from fsrouter.simulator.causes import EXECUTE, Q850, STATE_NAMES
from fsrouter.simulator.channel import Channel

Headers = dict[str, str]

_sequence = count(409225)
_UNSAFE = re.compile(r"""[^ -~]|[ #&+:;<=>?@\[\\\]^`{|}"]|%(?![0-9A-F]{2})""")
_ESCAPES = {chr(code): f"%{code:02X}" for code in range(128)}
_SAFE = "".join(char for char in _ESCAPES if not _UNSAFE.fullmatch(char) and char != "%")
_PLAIN = str.maketrans({char: escape for char, escape in _ESCAPES.items() if char != "%" and _UNSAFE.fullmatch(char)})


# What the captures show


@cache
def _connect() -> Headers:
    """The reply to `connect` that has every header which a channel can show: it has talked, and somebody moved it."""
    return captured.connect_blocks("queue-answered")[1]


@cache
def _head(of: str) -> Headers:
    """The first headers of an event by its name or its queue's action, of `connect`, or of `uuid_dump`."""
    if of == "connect":
        shown = _connect()
    elif of == "uuid_dump":
        (shown,) = captured.events("busy-then-no-answer-then-files")
    else:
        shown = next(
            event for event in captured.events("observer") if of in (event["Event-Name"], event.get("CC-Action"))
        )
    return captured.between(shown, "Event-Name", "Event-Sequence")


@cache
def _profile_names(prefix: str) -> tuple[str, ...]:
    names = captured.between(_connect(), "Caller-Direction", "Caller-Privacy-Hide-Number")
    return tuple(name.replace("Caller-", f"{prefix}-", 1) for name in names)


@cache
def _codecs() -> Headers:
    return captured.between(_connect(), "Channel-Read-Codec-Name", "Channel-Write-Codec-Bit-Rate")


@cache
def _connect_tail() -> str:
    """What ends the reply to `connect`: the headers of a reply, encoded as all the others."""
    return _lines(captured.between(_connect(), "Content-Type", "Control")) + "\n"


@cache
def heartbeat() -> Headers:
    """What HEARTBEAT says of the switch."""
    (shown,) = (event for event in captured.events("observer") if event["Event-Name"] == "HEARTBEAT")
    return captured.between(shown, "Event-Info", "Idle-CPU")


# Encoding


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


def _lines(shown: Mapping[str, str], prefix: str = "") -> str:
    return "".join([f"{prefix}{name}: {encoded(value)}\n" for name, value in shown.items()])


@lru_cache(maxsize=8)
def _dates(second: int) -> tuple[str, str]:
    moment = datetime.fromtimestamp(second, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%a, %d %b %Y %H:%M:%S GMT}"


def rfc2822(microseconds: int) -> str:
    """The variable RFC2822_DATE."""
    return _dates(microseconds // 1_000_000)[1].replace("GMT", "+0000")


# A channel


def first_headers(of: str, stamp: int) -> Headers:
    """The first headers of every event: which, of which core, when, fired where. `of`: its name, or its queue's
    action, `connect`, `uuid_dump`.
    """
    local, gmt = _dates(stamp // 1_000_000)
    return {
        **_head(of),
        "Event-Date-Local": local,
        "Event-Date-GMT": gmt,
        "Event-Date-Timestamp": str(stamp),
        "Event-Sequence": str(next(_sequence)),
    }


def _profile(prefix: str, channel: Channel, *, as_other: bool = False) -> Headers:
    """The caller profile of a channel: fields that are empty are not shown."""
    profile, times = channel.profile, channel.times
    name, number = profile.caller_id_name, profile.caller_id_number
    values = (
        "inbound" if channel.inbound else "outbound", "inbound" if channel.inbound or as_other else "outbound",
        profile.username, profile.dialplan, name, number, name, number, profile.callee_id_name,
        profile.callee_id_number, "127.0.0.1", number, profile.destination_number, channel.uuid, profile.source,
        profile.transfer_source, profile.context, channel.name, "" if as_other else str(profile.index),
        str(profile.created), str(times.created), str(times.answered), str(times.progress), str(times.progress_media),
        str(times.hangup), "0", "0", str(times.bridged), "0", "0", "true", "false", "false",
    )  # fmt: skip
    return {shown: value for shown, value in zip(_profile_names(prefix), values, strict=True) if value}


def channel_headers(channel: Channel, state: int | None = None) -> Headers:
    """`switch_channel_event_set_data`: state, name, answer, codecs, caller profile, the other leg; no variables yet.

    `state`: the running state, where it is not what the router sees, CS_EXECUTE with the pending one as its number.
    """
    if channel.down:
        call_state, answer = "HANGUP", "hangup"
    elif channel.answered:
        call_state, answer = "ACTIVE", "answered"
    else:
        call_state, answer = ("EARLY", "early") if channel.times.progress_media else ("RINGING", "ringing")
    way = "inbound" if channel.inbound else "outbound"
    shown = {
        "Channel-State": STATE_NAMES[EXECUTE if state is None else state],
        "Channel-Call-State": call_state,
        "Channel-State-Number": str(channel.state if state is None else state),
        "Channel-Name": channel.name,
        "Unique-ID": channel.uuid,
        "Call-Direction": way,
        "Presence-Call-Direction": way,
        "Channel-HIT-Dialplan": "true" if channel.inbound else "false",
    }
    if "presence_id" in channel.variables:
        shown["Channel-Presence-ID"] = channel.variables["presence_id"]
    shown["Channel-Call-UUID"] = channel.variables.get("call_uuid") or channel.uuid
    shown["Answer-State"] = answer
    if channel.down and channel.cause:
        shown["Hangup-Cause"] = channel.cause
    if channel.answered:
        shown |= _codecs()
    shown |= _profile("Caller", channel)
    if channel.other is not None:
        shown["Other-Type"] = "originatee" if channel.inbound else "originator"
        shown |= _profile("Other-Leg", channel.other, as_other=True)
    return shown


def ended(channel: Channel) -> Headers:
    """The variables that CHANNEL_HANGUP_COMPLETE adds: cause, stamps, durations in seconds and milliseconds."""
    times, end = channel.times, channel.stamp()
    found = {"hangup_cause": channel.cause, "hangup_cause_q850": str(Q850.get(channel.cause, 16))}
    stamps = (
        ("start", times.created),
        ("answer", times.answered),
        ("bridge", times.bridged),
        ("progress", times.progress),
        ("progress_media", times.progress_media),
        ("end", end),
    )
    for name, stamp in stamps:
        found[f"{name}_epoch"], found[f"{name}_uepoch"] = str(stamp // 1_000_000), str(stamp)
        if stamp:
            found[f"{name}_stamp"] = _dates(stamp // 1_000_000)[0]
    lasted, talked = end - times.created, end - times.answered if times.answered else 0
    found["caller_id"] = f'"{channel.profile.caller_id_name}" <{channel.profile.caller_id_number}>'
    found["duration"], found["billsec"] = str(lasted // 1_000_000), str(talked // 1_000_000)
    found["mduration"], found["billmsec"] = str(lasted // 1000), str(talked // 1000)
    return found


# Whole frames


def connect_block(channel: Channel) -> bytes:
    """The reply to `connect`: a header block alone, values URL-encoded, no Content-Length (mod_event_socket.c:2018)."""
    shown = first_headers("connect", channel.stamp()) | _profile("Channel", channel) | channel_headers(channel)
    text = _lines(shown) + _lines(channel.variables, "variable_") + _connect_tail()
    return text.encode("utf-8", "surrogateescape")


def dump(channel: Channel) -> bytes:
    """The body of `uuid_dump UUID json`."""
    return as_json(
        {**first_headers("uuid_dump", channel.stamp()), **channel_headers(channel), **variable_headers(channel)}
    )


def dump_plain(channel: Channel) -> bytes:
    """The body of `uuid_dump UUID`: `name: value` lines, URL-encoded."""
    shown = first_headers("uuid_dump", channel.stamp()) | channel_headers(channel)
    return (_lines(shown) + _lines(channel.variables, "variable_")).encode("utf-8", "surrogateescape")


def variable_headers(channel: Channel) -> dict[str, str | list[str]]:
    """A channel's variables as an event has them: array variables are lists."""
    return {
        f"variable_{name}": value.removeprefix("ARRAY::").split("|:") if value.startswith("ARRAY::") else value
        for name, value in channel.variables.items()
    }


def as_json(event: Mapping[str, str | list[str]]) -> bytes:
    """An event as one JSON object; bytes that are no UTF-8 become question marks."""
    try:
        return orjson.dumps(event)
    except TypeError:
        plain = {
            name: value if isinstance(value, list) else value.encode("utf-8", "replace").decode()
            for name, value in event.items()
        }
        return orjson.dumps(plain)
