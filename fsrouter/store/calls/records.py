"""The record of a call (CDR), as the journal keeps it: frozen values, and how these become rows and come back.

Texts are cut to the bounds in `limits` on their way in: everything here may have come from a stranger.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.walk.facts import Came, Facts
from fsrouter.engine.walk.steps import Walked
from fsrouter.engine.walk.trace import Attempt, Entry
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

    `number` is the dialled one, E.164, and `caller` the caller's, or the extension of a phone of our own; "" for
    neither. `began`, `answered` and `ended` are in seconds since the epoch; a call without `ended` is live. `where` is
    what it is doing now, `destination` what took it (`queue:support`), `agent` the agent's name. `outcome` is one of
    OUTCOMES, "" while it is open; `cause` is FreeSWITCH's hangup cause. `revision` is the rule book's, `router` the
    node that last had it, `turn` how often a router was handed it.

    `price` is what a minute with the number that answered cost then, in a `currency` (ISO 4217), and `cost` what the
    talks with numbers have cost together; None and "" when no number answered or it has no rate, and `cost` also when
    nobody heard when the talk began. `priced_since` is since when the price runs, None while it does not.
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
    price: Decimal | None = None
    currency: str = ""
    cost: Decimal | None = None
    priced_since: float | None = None


class CallRecord(CallLine, frozen=True, kw_only=True):
    """A call with all that is known of it.

    `facts` are those with which the call began, `trace` why it went where it went, `attempts` whom it rang, and `walks`
    what was asked on the way and how it ended, so that it can be retraced; no walks mean that this was not recorded.
    """

    facts: Facts = Facts(to="", began=0.0)
    trace: tuple[Entry, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    walks: tuple[Walked, ...] = ()

    def known(self) -> dict[str, str | list[str]]:
        """The facts by name, those that a later walk of the call found out included."""
        facts = self.facts
        for walked in self.walks:
            facts = facts.merged(walked.facts) if walked.facts else facts
        return facts.as_dict(self.source, self.tags, places=False)


class _OnlyCame(Struct, frozen=True):
    """Of facts, where a call came from."""

    came: Came | None = None


class History(Struct, frozen=True, kw_only=True):
    """What a caller did before, in the words of the facts of the same names; "" is not known."""

    caller: str = ""
    previous_score: str = ""
    last_agent: str = ""


#: What the trace of a record says of which a part cannot be read.
UNREADABLE = "cannot be read"
LINE = CallLine.__struct_fields__
TREES: dict[str, Any] = {
    "facts": Facts,
    "trace": tuple[Entry, ...],
    "attempts": tuple[Attempt, ...],
    "walks": tuple[Walked, ...],
}
COLUMNS = (*LINE, *TREES)
TEXTS = {
    "uuid": limits.NAME,
    "company": limits.NAME,
    "number": limits.NUMBER,
    "caller": limits.NUMBER,
    "outcome": limits.NAME,
    "cause": limits.NAME,
    "router": limits.NAME,
    "currency": limits.NAME,
    **dict.fromkeys(
        ("caller_name", "contact", "contact_name", "source", "where", "destination", "agent", "recording"), limits.TEXT
    ),
}
#: Exact decimals, which the database keeps as texts; "" for none.
MONEY = ("price", "cost")
_trees = {name: msgspec.json.Decoder(kind) for name, kind in TREES.items()}
_only_came = msgspec.json.Decoder(_OnlyCame)
_tags = msgspec.json.Decoder(tuple[str, ...])


def row(record: CallRecord) -> tuple[Any, ...]:
    """A record in the order of COLUMNS. What is more than a record holds is left out: of facts first the contacts'
    fields, of a trace and of steps the latest; walks that cannot be retraced any more say so.
    """
    facts, facts_cut = _facts(record.facts)
    walks, walks_cut = _tree(record.walks)
    if facts_cut or walks_cut or len(walks) > limits.FACTS:
        walks, _ = _tree(tuple(_cut(walked) for walked in record.walks))
    trace, attempts = _tree(record.trace)[0], _tree(record.attempts)[0]
    line = (_written(name, getattr(record, name)) for name in LINE)
    return (*line, facts, trace, attempts, walks)


def _written(name: str, value: Any) -> Any:
    if name in MONEY:
        return "" if value is None else f"{value:f}"
    if name in TEXTS:
        return limits.truncate(value, TEXTS[name])
    if name == "tags":
        return msgspec.json.encode(limits.bounded(value)).decode()
    return value


def _facts(facts: Facts) -> tuple[str, bool]:
    """Facts as they are written, and whether something was left out."""
    text, cut = _tree(facts, limits.MANY)
    for fewer in (_without_fields, _without_contacts):
        if len(text) <= limits.FACTS:
            break
        (text, _), cut = _tree(fewer(facts), limits.MANY), True
    return text, cut


def _without_fields(facts: Facts) -> Facts:
    return replace(facts, contacts=tuple(replace(contact, fields={}) for contact in facts.contacts))


def _without_contacts(facts: Facts) -> Facts:
    return replace(facts, contacts=_without_fields(facts).contacts[:1])


def _cut(walked: Walked) -> Walked:
    facts = walked.facts and _without_fields(walked.facts)
    return replace(walked, facts=facts, steps=walked.steps[: limits.EVENTS], cut=True)


def _tree(value: Any, many: int = limits.EVENTS) -> tuple[str, bool]:
    """A value as it is written, and whether it had to be cut for that."""
    try:
        whole = msgspec.json.encode(value)
    except UnicodeEncodeError:
        whole = b""
    if 0 < len(whole) <= limits.LONG and b"\\u0000" not in whole:
        return whole.decode(), False
    bounded = msgspec.json.encode(limits.bounded(msgspec.to_builtins(value), many=many))
    return bounded.decode(), bounded != whole


def line(values: tuple[Any, ...]) -> CallLine:
    """The line of a row whose columns are LINE."""
    return CallLine(**_fields(values))


def record(values: tuple[Any, ...]) -> CallRecord:
    """The record of a row whose columns are COLUMNS. What of it cannot be read is left out, and its trace says so: one
    row that is damaged, or that a router of another version wrote, must not hide all others.
    """
    fields = _fields(values[: len(LINE)])
    trees: dict[str, Any] = {}
    unread: list[str] = []
    for name, text in zip(TREES, values[len(LINE) :], strict=True):
        try:
            trees[name] = _trees[name].decode(text)
        except msgspec.MsgspecError:
            unread.append(name)
    if unread:
        number, caller, began = fields["number"], fields["caller"], fields["began"]
        why = f"damaged, or written by another version of fsrouter: {', '.join(unread)}"
        trees["trace"] = (*trees.get("trace", ()), Entry(number, UNREADABLE, why))
        if "facts" in unread:  # without them nothing can be retraced
            trees |= {"facts": _told(number, caller, began), "walks": ()}
    return CallRecord(**fields, **trees)


def came(facts: str) -> Came | None:
    """Of the facts of a row what came for the caller's number; None when that is not on record."""
    try:
        return _only_came.decode(facts).came
    except msgspec.MsgspecError:
        return None


def _told(number: str, caller: str, began: float) -> Facts:
    """What a line tells of the facts."""
    if caller.startswith("+"):
        return Facts(to=number, from_=caller, began=began)
    return Facts(to=number, internal=caller, began=began)


def _fields(values: tuple[Any, ...]) -> dict[str, Any]:
    fields = dict(zip(LINE, values, strict=True))
    fields["tags"] = _tags.decode(fields["tags"])
    fields["record"] = bool(fields["record"])
    for name in MONEY:
        fields[name] = _decimal(fields[name])
    return fields


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
