"""Why a call goes where it goes: a walk under assumptions, told as data or in words.

The same words serve a call that was only thought of (`fsrouter explain`) and a real one (`fsrouter calls show`):
both are a trace and attempts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from fsrouter.engine.model import criteria
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.geo import place_of
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import (
    Action,
    Dial,
    Dialled,
    Ending,
    Enqueue,
    Gather,
    Gathered,
    LookUp,
    Play,
    Played,
    Queued,
)
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.trace import Attempt
from fsrouter.engine.walk.walk import Walk


class Assumptions(Struct, frozen=True, kw_only=True):
    """What is assumed of the people and the chances on the way.

    `press` are the keys for the menus in order, `-` or nothing more being silence; the first `unanswered` attempts
    get no answer; `draw` is every drawn number; `turns` whose turn it is by group; `on_break` the destinations that
    are on break.
    """

    press: tuple[str, ...] = ()
    unanswered: int = 0
    draw: float = 0.0
    turns: Mapping[str, int] = {}
    on_break: frozenset[str] = frozenset()


def explain(book: RuleBook, facts: Facts, assumed: Assumptions) -> Walk:
    """Walk a call that is only thought of, to its end.

    Raises KeyError when the number is no tracking number of the book.
    """
    walk = Walk(book, facts)
    people = _People(walk, assumed)
    action = walk.begin()
    while not isinstance(action, actions.LAST):
        action = walk.next(people.outcome(action))
    return walk


class _People:
    """Those on the way, who do as is assumed of them."""

    def __init__(self, walk: Walk, assumed: Assumptions) -> None:
        self._walk = walk
        self._assumed = assumed
        self._keys = iter(assumed.press)
        self._silent = assumed.unanswered

    def outcome(self, action: Action) -> Ending:
        """How an action ends."""
        match action:
            case Play():
                return Played()
            case Gather():
                return Gathered(keys=next(self._keys, "-").replace("-", ""))
            case Dial():
                return Dialled(outcome="answered" if self._answers() else "no-answer")
            case Enqueue():
                return Queued(outcome="answered" if self._answers() else "timeout")
            case actions.TakeTurn():
                return actions.Turn(number=self._assumed.turns.get(action.group, 0))
            case actions.Draw():
                return actions.Drawn(number=self._assumed.draw)
            case actions.Presence():
                return actions.Seen(
                    sights=tuple(actions.Sight(on_break=d in self._assumed.on_break) for d in action.destinations)
                )
            case LookUp():
                return cached(self._walk.facts, action)
        raise TypeError(f"{action!r} has no outcome")

    def _answers(self) -> bool:
        self._silent -= 1
        return self._silent < 0


def cached(facts: Facts, wanted: LookUp) -> actions.LookedUp:
    """A record's field as the contact cache has it: of the first contact of that CRM that owns the caller's number."""
    given = facts.given.get(f"crm.{wanted.field}")
    if given is not None:
        return actions.LookedUp(how="unknown", value=given, found=True, why="as is assumed")
    contact = next((c for c in facts.contacts if c.id and c.crm in ("", wanted.crm)), None)
    if contact is None:
        return actions.LookedUp(how="unknown", why=f"{wanted.crm} has no contact with this number in the cache")
    name = criteria.fold(wanted.field)
    builtin = {
        "name": contact.name,
        "title": contact.title,
        "account_id": contact.account_id,
        "account": contact.account,
        "territory": contact.territory,
        "owner": contact.owner,
        "id": contact.id,
    }
    value = next((v for k, v in contact.fields.items() if criteria.fold(k) == name), builtin.get(name, ""))
    return actions.LookedUp(
        how="cached", value=value, found=True, age=max(0.0, facts.began - contact.synced) if contact.synced else 0.0
    )


def told(walk: Walk) -> dict[str, Any]:
    """A walk as data, with the keys that DESIGN section 6 fixes."""
    moment = datetime.fromtimestamp(walk.facts.began, ZoneInfo(walk.book.header.timezone))
    return {
        "company": walk.book.company,
        "to": walk.facts.to,
        "from": walk.facts.from_,
        "at": moment.isoformat(timespec="seconds"),
        "facts": known(walk),
        "trace": [{"at": e.at, "outcome": e.outcome, "why": e.why} for e in walk.trace],
        "attempts": [attempt(a) for a in walk.attempts],
        "destination": walk.destination,
        "tags": list(walk.tags),
        "record": walk.record,
    }


def known(walk: Walk, places: bool = True) -> dict[str, Any]:
    """The facts of a walk by name, lists where a fact is one; without `places` as the journal keeps them."""
    facts = walk.facts.told(walk.number.source, tuple(walk.tags), places)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}


def attempt(made: Attempt) -> dict[str, Any]:
    """An attempt as data."""
    return {
        "destination": made.destination,
        "targets": list(made.targets),
        "ring": made.ring,
        "outcome": made.outcome,
    }


def recorded(record: Any, timezone: str) -> dict[str, Any]:
    """A call of the journal as `told` tells one.

    `record` has the journal's fields; the facts and reasons are those that were written down.
    """
    return {
        "company": record.company,
        "to": record.number,
        "from": record.caller,
        "at": datetime.fromtimestamp(record.began, ZoneInfo(timezone)).isoformat(timespec="seconds"),
        "facts": {**record.facts, **place_of(record.caller)},
        "trace": list(record.trace),
        "attempts": list(record.attempts),
        "destination": record.destination,
        "tags": list(record.tags),
        "record": record.record,
    }


def words(story: Mapping[str, Any]) -> Iterator[str]:
    """A story, as `told` makes it or the journal keeps it, in lines that an office manager understands.

    What strangers wrote (names, fields, keys) cannot move a cursor or turn text around: such characters show as `?`.
    """
    yield from ("".join(c if c.isprintable() else "?" for c in line) for line in _lines(story))


def _lines(story: Mapping[str, Any]) -> Iterator[str]:
    caller = story["from"] or "a caller who withholds the number"
    yield f"{caller} calls {story['to']} ({story['company']}) on {story['at']}"
    facts = ", ".join(
        f"{name}: {', '.join(v) if isinstance(v, list) else v}"
        for name, v in story["facts"].items()
        if name not in ("from", "to")
    )
    yield f"  known: {facts or 'nothing'}"
    for i, entry in enumerate(story["trace"], 1):
        yield f"{i:3}. {entry['at']} -> {entry['outcome']}"
        if entry["why"]:
            yield f"     {entry['why']}"
    yield (
        f"  => {_ended(story)}"
        + (f", tags {', '.join(story['tags'])}" if story["tags"] else "")
        + (", recorded" if story["record"] else "")
    )


def _ended(story: Mapping[str, Any]) -> str:
    """What became of a call in the end; one that goes on may have nothing yet."""
    if story["trace"] and story["trace"][-1]["outcome"] == "unanswered" and story["destination"] == "hangup":
        return "hangup, for nobody took the call"
    return story["destination"] or "nothing has taken the call"
