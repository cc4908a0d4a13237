"""What FreeSWITCH says of a channel or an event, as frozen values. Pure: bytes and frames in, values out.

A channel looks the same whether it came url-encoded with the answer to `connect` or as JSON from `uuid_dump`: fields
by name, cleaned of control characters when they are read, lists as lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import orjson

from fsrouter.engine.text import removed
from fsrouter.esl.frames import Frame, Headers, WireError

OURS: Final = 4
"""Channel-State-Number of a channel that runs our application (CS_EXECUTE; docs/wire.md 1)."""
HANGING_UP: Final = 10
"""Channel-State-Number from which a channel is going down (CS_HANGUP, CS_REPORTING, CS_DESTROY)."""

Fields = Mapping[str, "str | list[str]"]

_texts = msgspec.json.Decoder(dict[str, str | list[str]])


def parse_json(body: bytes) -> dict[str, str | list[str]]:
    """A JSON object from FreeSWITCH as text and lists of text, not yet cleaned.

    cJSON writes bytes without looking at their encoding, and a SIP header that begins with `ARRAY::` arrives as a list
    (docs/wire.md 10), so what is no text is made text.

    Raises:
        WireError: no JSON, no object, or nested deeper than the parser goes.
    """
    try:
        return _texts.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass  # no UTF-8, or a value that is no text: looked at one by one
    try:
        found = orjson.loads(body.decode("utf-8", "replace"))
    except orjson.JSONDecodeError as error:
        raise WireError("a body that is no JSON") from error
    if not isinstance(found, dict):
        raise WireError("a JSON body that is no object")
    return {name: _coerced(value) for name, value in found.items()}


def _coerced(value: object) -> str | list[str]:
    return [_text(each) for each in value] if isinstance(value, list) else _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


class Fielded(msgspec.Struct, frozen=True):
    """What channels and events have in common: named fields, read with `get` and `variable`."""

    fields: Fields

    @property
    def uuid(self) -> str:
        """FreeSWITCH's name of the channel; "" for an event that is about none."""
        return self.get("Unique-ID")

    def get(self, header: str, default: str = "") -> str:
        """A field as cleaned text; a list as FreeSWITCH writes it in plain text, `ARRAY::a|:b` (see `values`)."""
        value = self.fields.get(header)
        if value is None:
            return default
        return removed(value if isinstance(value, str) else "ARRAY::" + "|:".join(value))

    def values(self, header: str) -> tuple[str, ...]:
        """A list's elements, the parts of `ARRAY::a|:b`, or the one value; empty when there is none."""
        value = self.fields.get(header)
        if value is None:
            return ()
        if isinstance(value, str):
            value = value.removeprefix("ARRAY::").split("|:") if value.startswith("ARRAY::") else [value]
        return tuple(removed(each) for each in value)

    def variable(self, name: str, default: str = "") -> str:
        """The channel variable `name`, or `default` when it is not set."""
        return self.get("variable_" + name, default)


class Channel(Fielded, frozen=True):
    """The caller's channel at one moment: from the answer to `connect`, or from `uuid_dump UUID json`."""

    @property
    def destination_number(self) -> str:
        """What was dialled, as the dialplan sees it."""
        return self.get("Caller-Destination-Number")

    @property
    def caller_id_number(self) -> str:
        """Who calls, as the caller says; may be anything."""
        return self.get("Caller-Caller-ID-Number")

    @property
    def caller_id_name(self) -> str:
        """The caller's display name, cleaned; may be anything."""
        return self.get("Caller-Caller-ID-Name")

    @property
    def switchname(self) -> str:
        """The name of the FreeSWITCH that it is on."""
        return self.get("FreeSWITCH-Switchname")

    @property
    def context(self) -> str:
        """The dialplan's context in which it is."""
        return self.get("Caller-Context")

    @property
    def state_number(self) -> int:
        """Channel-State-Number, the state that is pending: 4 is ours, 10 and more is gone, -1 is not known."""
        text = self.get("Channel-State-Number")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


class Event(Fielded, frozen=True):
    """One event of an inbound connection."""

    @property
    def name(self) -> str:
        """`CHANNEL_ANSWER`, `HEARTBEAT` …; for CUSTOM events see `subclass`."""
        return self.get("Event-Name")

    @property
    def subclass(self) -> str:
        """`callcenter::info` and the like; empty for what is not CUSTOM."""
        return self.get("Event-Subclass")


def parse_event(frame: Frame) -> Event:
    """The event in a `text/event-json` or `text/event-plain` frame.

    Raises:
        WireError: the body is not what the frame's Content-Type says.
    """
    if frame.content_type == "text/event-json":
        return Event(parse_json(frame.body))
    if frame.content_type == "text/event-plain":
        return Event(Headers(frame.body.partition(b"\n\n")[0]))
    raise WireError("a frame that is no JSON or plain event")
