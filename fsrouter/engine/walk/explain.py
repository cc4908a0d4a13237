"""Why a call goes where it goes: a walk under assumptions, as data or in words.

The same words serve a call that was only thought of (`fsrouter explain`) and a real one (`fsrouter calls show`):
both are a trace and attempts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.contacts import of_crm, person
from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.model.failsafes import Gate
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.text import shown
from fsrouter.engine.times import zone
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Action, Dial, Draw, Enqueue, Gather, LookUp, Play, Presence, TakeTurn
from fsrouter.engine.walk.availability import EVERYBODY, AvailabilitySource, answer, planned_gateways, skipped_legs
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import (
    Dialled,
    Drawn,
    GatewayResult,
    Gathered,
    LegResult,
    LookedUp,
    Outcome,
    Played,
    Queued,
    Turn,
)
from fsrouter.engine.walk.trace import Attempt, Entry
from fsrouter.engine.walk.walk import Walk


class Assumptions(Struct, frozen=True, kw_only=True):
    """What is assumed of the people and the chances on the way.

    `press` are the keys for the menus in order, `-` or nothing more being silence; the first `unanswered` attempts
    get no answer; `draw` is every drawn number; `turns` whose turn it is by group; `available` knows who can take
    a call, `gate` what the settings let be dialled, None where they are not known: then everything.
    """

    press: tuple[str, ...] = ()
    unanswered: int = 0
    draw: float = 0.0
    turns: Mapping[str, int] = {}
    available: AvailabilitySource = EVERYBODY
    gate: Gate | None = None


def explain(book: RuleBook, facts: Facts, assumed: Assumptions) -> Walk:
    """Walk a call that is only thought of, to its end.

    Raises KeyError when the number is no tracking number of the book.
    """
    return DryRun(Walk(book, facts), assumed).to_the_end()


class DryRun:
    """A walk whose actions nobody carries out: each ends as is assumed."""

    def __init__(self, walk: Walk, assumed: Assumptions) -> None:
        self._walk = walk
        self._assumed = assumed
        self._keys = iter(assumed.press)
        self._unanswered = assumed.unanswered

    def to_the_end(self) -> Walk:
        """Walk until something takes the call."""
        return self.go_on(self._walk.begin())

    def go_on(self, action: Action) -> Walk:
        """Walk on from an action that is under way."""
        while not isinstance(action, actions.LAST):
            action = self._walk.next(self._outcome(action))
        return self._walk

    def pressed(self, menu: str) -> str:
        """The keys that the caller presses in a menu, "" for silence."""
        return next(self._keys, "-").replace("-", "")

    def attempt(self, targets: tuple[str, ...]) -> str:
        """How an attempt to reach somebody ends; a queue is one."""
        self._unanswered -= 1
        return "answered" if self._unanswered < 0 else "no-answer"

    def _outcome(self, action: Action) -> Outcome:
        match action:
            case Play():
                return Played()
            case Gather(menu=menu):
                return Gathered(keys=self.pressed(menu))
            case Dial():
                return self._dialled(action)
            case Enqueue(queue=queue):
                answered = self.attempt((f"queue:{queue}",)) == "answered"
                return Queued(outcome="answered" if answered else "timeout")
            case TakeTurn(group=group):
                return Turn(number=self._assumed.turns.get(group, 0))
            case Draw():
                return Drawn(number=self._assumed.draw)
            case Presence():
                return answer(self._assumed.available, self._walk.book.company, action, gate=self._assumed.gate)
            case LookUp():
                return cached_field(self._walk.facts, action)
        raise TypeError(f"{action!r} has no outcome")

    def _dialled(self, action: Dial) -> Dialled:
        skipped = skipped_legs(self._assumed.gate, action)
        closed = {leg.destination for leg in skipped}
        rung = tuple(leg for leg in action.legs if leg.destination not in closed)
        outcome = self.attempt(tuple(leg.destination for leg in rung)) if rung else "skipped"
        gateways = planned_gateways(self._assumed.gate, replace(action, legs=rung), self._assumed.draw)
        # The same for all numbers of the attempt, so it is told once.
        by = (LegResult(destination=rung[0].destination, outcome=outcome, gateways=gateways),) if gateways else ()
        return Dialled(outcome=outcome, legs=(*skipped, *by))


#: The fields of a record that a contact has besides those that its CRM calls by names of its own.
OF_A_CONTACT = ("name", "title", "account_id", "account", "territory", "owner", "id")


def cached_field(facts: Facts, wanted: LookUp) -> LookedUp:
    """A record's field as the contact cache has it: of the first contact of that CRM that owns the caller's number."""
    given = facts.given_field(wanted.field)
    if given is not None:
        return LookedUp(how="unknown", value=given, found=True, why="as is assumed")
    contact = person(of_crm(facts.contacts, wanted.crm))
    if contact is None:
        return LookedUp(how="unknown", why=f"{wanted.crm} has no contact with this number in the cache")
    name = folded(wanted.field)
    builtin = getattr(contact, name) if name in OF_A_CONTACT else ""
    value = next((v for k, v in contact.fields.items() if folded(k) == name), builtin)
    age = max(0.0, facts.began - contact.synced) if contact.synced else 0.0
    return LookedUp(how="cached", value=value, found=True, age=age)


def as_dict(walk: Walk) -> dict[str, Any]:
    """A walk as data; scripts rely on these keys (`fsrouter explain --json`)."""
    moment = datetime.fromtimestamp(walk.facts.began, zone(walk.book.header.timezone))
    return {
        "company": walk.book.company,
        "to": walk.facts.to,
        "from": walk.facts.from_,
        "at": moment.isoformat(timespec="seconds"),
        "facts": walk.facts.as_dict(walk.number.source, tuple(walk.tags)),
        "trace": [entry_as_dict(entry) for entry in walk.trace],
        "attempts": [attempt_as_dict(a) for a in walk.attempts],
        "destination": walk.destination,
        "tags": list(walk.tags),
        "record": walk.record,
    }


def entry_as_dict(entry: Entry) -> dict[str, str]:
    """An entry of a trace as data."""
    return {"at": entry.at, "outcome": entry.outcome, "why": entry.why}


def attempt_as_dict(made: Attempt) -> dict[str, Any]:
    """An attempt as data; `gateways` are those of the trunk in their order, where the same hold for all numbers of it:
    names, with what is known of how it went by each, or with their weights.
    """
    each_by = {leg.gateways for leg in made.legs if leg.gateways}
    gateways = each_by.pop() if len(each_by) == 1 else ()
    return {
        "destination": made.destination,
        "targets": list(made.targets),
        "ring": made.ring,
        "outcome": made.outcome,
        **({"gateways": [gateway_as_data(each) for each in gateways]} if gateways else {}),
    }


def gateway_as_data(tried: GatewayResult) -> str | dict[str, Any]:
    """A gateway of an attempt: its name, with what else is known of it."""
    known = {
        name: value for name, value in (("weight", tried.weight), ("code", tried.code), ("cause", tried.cause)) if value
    }
    timed = {"seconds": tried.seconds} if tried.cause else {}
    return {"gateway": tried.gateway, **known, **timed} if known else tried.gateway


def as_text(call: Mapping[str, Any], unanswered: bool = False) -> Iterator[str]:
    """A call, as `as_dict` makes it of a walk or the store of a record, in lines that an office manager understands;
    `unanswered` tells that everybody was tried and nobody took it.

    What strangers wrote (names, fields, keys) cannot move a cursor or turn text around: such characters show as `?`.
    """
    yield from map(shown, _lines(call, unanswered))


def _numberless(call: Mapping[str, Any]) -> str:
    """Who calls that has no number."""
    if extension := call["facts"].get("internal"):
        return f"extension {extension}"
    unread = any(entry["at"] == "caller" for entry in call["trace"])
    return "a caller whose number could not be read" if unread else "a caller who withholds the number"


def _lines(call: Mapping[str, Any], unanswered: bool) -> Iterator[str]:
    caller = call["from"] or _numberless(call)
    yield f"{caller} calls {call['to']} ({call['company']}) on {call['at']}"
    facts = ", ".join(
        f"{name}: {', '.join(v) if isinstance(v, list) else v}"
        for name, v in call["facts"].items()
        if name not in ("from", "to")
    )
    yield f"  known: {facts or 'nothing'}"
    for i, entry in enumerate(call["trace"], 1):
        yield f"{i:3}. {entry['at']} -> {entry['outcome']}"
        if entry["why"]:
            yield f"     {entry['why']}"
    ended = call["destination"] or "nothing has taken the call"
    yield (
        f"  => {ended}{', for nobody took the call' if unanswered else ''}"
        + (f", tags {', '.join(call['tags'])}" if call["tags"] else "")
        + (", recorded" if call["record"] else "")
    )
