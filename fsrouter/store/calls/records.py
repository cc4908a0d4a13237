"""What the journal keeps of a call, as frozen values, and how these become rows and come back.

Texts are cut to the bounds in `limits` on their way in: everything here may have come from a stranger.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from fsrouter.store import limits

#: What may have become of a call.
OUTCOMES = {
    "answered": "somebody talked with the caller",
    "unanswered": "everybody was tried, and nobody took it",
    "abandoned": "the caller hung up before anybody took it",
    "voicemail": "the caller was asked for a message",
    "transferred": "a rule handed it to an extension of the dialplan",
    "taken": "a telephone or an operator sent it elsewhere",
    "failsafe": "the tracking number's fail-safe got it",
    "ended": "a rule hung up",
    "lost": "the conversation with FreeSWITCH broke",
    "unknown": "its end was not heard",
}


class CallLine(Struct, frozen=True, kw_only=True):
    """A call in one line of a list.

    `number` is the dialled one and `caller` the caller's, E.164, "" when withheld. `began`, `answered` and `ended`
    are in seconds since the epoch; a call without `ended` is live. `where` is what it is doing now, `destination`
    what took it (`queue:support`), `agent` the agent's name. `outcome` is one of OUTCOMES, "" while it is open;
    `cause` is FreeSWITCH's hangup cause. `revision` is the rule book's, `router` the node that last had it, `turn`
    how often a router was handed it.
    """

    uuid: str
    company: str = ""
    number: str = ""
    caller: str = ""
    caller_name: str = ""
    contact: str = ""
    contact_name: str = ""
    source: str = ""
    began: float = 0.0
    answered: float | None = None
    ended: float | None = None
    where: str = ""
    destination: str = ""
    agent: str = ""
    outcome: str = ""
    cause: str = ""
    tags: tuple[str, ...] = ()
    record: bool = False
    recording: str = ""
    revision: int = 0
    router: str = ""
    score: int | None = None
    turn: int = 1


class CallRecord(CallLine, frozen=True, kw_only=True):
    """A call with all that is known of it: `facts` by name, `trace` as {at, outcome, why}, `attempts` as
    {destination, targets, ring, outcome} and more; all of them JSON.
    """

    facts: dict[str, Any] = {}
    trace: tuple[dict[str, Any], ...] = ()
    attempts: tuple[dict[str, Any], ...] = ()


class History(Struct, frozen=True, kw_only=True):
    """What a caller did before, in the words of the facts of the same names; "" is not known."""

    caller: str = ""
    previous_score: str = ""
    last_agent: str = ""


LINE = CallLine.__struct_fields__
TREES = ("facts", "trace", "attempts")
COLUMNS = (*LINE, *TREES)
TEXTS = {
    "uuid": limits.NAME,
    "company": limits.NAME,
    "number": limits.NUMBER,
    "caller": limits.NUMBER,
    "outcome": limits.NAME,
    "cause": limits.NAME,
    "router": limits.NAME,
    **dict.fromkeys(
        ("caller_name", "contact", "contact_name", "source", "where", "destination", "agent", "recording"), limits.TEXT
    ),
}
_list = msgspec.json.Decoder(tuple[dict[str, Any], ...])
_trees: dict[str, msgspec.json.Decoder[Any]] = {
    "facts": msgspec.json.Decoder(dict[str, Any]),
    "trace": _list,
    "attempts": _list,
}
_tags = msgspec.json.Decoder(tuple[str, ...])


def row(record: CallRecord) -> tuple[Any, ...]:
    """A record in the order of COLUMNS."""
    return tuple(_written(name, getattr(record, name)) for name in COLUMNS)


def _written(name: str, value: Any) -> Any:
    if name in TEXTS:
        return limits.truncate(value, TEXTS[name])
    if name in TREES or name == "tags":
        return msgspec.json.encode(limits.bounded(value)).decode()
    return value


def line(values: tuple[Any, ...]) -> CallLine:
    """The line of a row whose columns are LINE."""
    return CallLine(**_fields(values))


def record(values: tuple[Any, ...]) -> CallRecord:
    """The record of a row whose columns are COLUMNS."""
    texts = zip(TREES, values[len(LINE) :], strict=True)
    trees: dict[str, Any] = {name: _trees[name].decode(text) for name, text in texts}
    return CallRecord(**_fields(values[: len(LINE)]), **trees)


def _fields(values: tuple[Any, ...]) -> dict[str, Any]:
    fields = dict(zip(LINE, values, strict=True))
    fields["tags"] = _tags.decode(fields["tags"])
    fields["record"] = bool(fields["record"])
    return fields
