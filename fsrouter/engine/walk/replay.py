"""Replay: what another rule book would have done with a call that was made.

The facts are those that were written down. People are taken to do as they did: who answered, was busy or let it
ring does so again, the same keys are pressed in the same menus, and what the call never reached is taken to answer.
The journal's words are enough for that; nothing else is remembered.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Dial, Dialled, Enqueue, Gather, Gathered, LookUp, Outcome, Play, Played, Queued
from fsrouter.engine.walk.explain import cached_field
from fsrouter.engine.walk.facts import Contact, Facts
from fsrouter.engine.walk.walk import Walk


class Past(Struct, frozen=True, kw_only=True):
    """A call as the journal has it: `facts` by name, `trace` and `attempts` as they were told, `destination` what
    took it.
    """

    number: str
    began: float
    destination: str
    facts: Mapping[str, Any]
    trace: Sequence[Mapping[str, str]]
    attempts: Sequence[Mapping[str, Any]]


def replay(book: RuleBook, past: Past) -> Walk:
    """Walk a past call by another rule book. Raises KeyError when the number is no tracking number of that book."""
    walk = Walk(book, recalled(past))
    people = _Recorded(walk, past)
    action = walk.begin()
    while not isinstance(action, actions.LAST):
        action = walk.next(people.outcome(action))
    return walk


def recalled(past: Past) -> Facts:
    """The facts of a past call.

    Those of its number and the call's tags are found anew; all others are as they were written down.
    """
    facts = {name: value for name, value in past.facts.items() if name not in ("from", "to", "tags", "source")}
    contact = Contact(
        id=str(facts.get("contact", "")),
        name=str(facts.get("contact_name", "")),
        title=str(facts.get("title", "")),
        account=str(facts.get("account", "")),
        account_id=str(facts.get("account_id", "")),
        territory=str(facts.get("territory", "")),
        owner=str(facts.get("owner", "")),
        fields={name[4:]: str(value) for name, value in facts.items() if name.startswith("crm.")},
    )
    known = contact.id or contact.account or contact.account_id or contact.territory
    return Facts(
        to=past.number,
        from_=str(past.facts.get("from", "")),
        began=past.began,
        caller=str(facts.get("caller", "")),
        previous_score=str(facts.get("previous_score", "")),
        last_agent=str(facts.get("last_agent", "")),
        contacts=(contact,) if known else (),
        visitor={name: str(facts[name]) for name in VISITOR if name in facts},
    )


VISITOR = ("keyword", "active_page", "landing", "campaign", "referrer")


class _Recorded:
    """Those on the way, who do again as they did."""

    def __init__(self, walk: Walk, past: Past) -> None:
        self._walk = walk
        self._keys: dict[str, deque[str]] = defaultdict(deque)
        self._answers: dict[tuple[str, ...], deque[str]] = defaultdict(deque)
        for entry in past.trace:
            pressed = _pressed(entry["outcome"])
            if entry["at"].startswith("menu:") and pressed is not None:
                self._keys[entry["at"]].append(pressed)
        for attempt in past.attempts:
            self._answers[tuple(sorted(attempt["targets"]))].append(attempt["outcome"])

    def outcome(self, action: actions.Action) -> Outcome:
        """How an action ends."""
        match action:
            case Play():
                return Played()
            case Gather():
                return Gathered(keys=_next(self._keys[f"menu:{action.menu}"], ""))
            case Dial():
                targets = tuple(sorted(leg.destination for leg in action.legs))
                return Dialled(outcome=_next(self._answers[targets], "answered"))
            case Enqueue():
                waited = _next(self._answers[(f"queue:{action.queue}",)], "answered")
                return Queued(outcome="answered" if waited == "answered" else "timeout")
            case actions.TakeTurn():
                return actions.Turn(number=0)
            case actions.Draw():
                return actions.Drawn(number=0.0)
            case actions.Presence():
                return actions.Seen(sights=())
            case LookUp():
                return cached_field(self._walk.facts, action)
        raise TypeError(f"{action!r} has no outcome")


def _pressed(outcome: str) -> str | None:
    """The keys that a menu's entry in the trace tells of, "" for silence; None when it tells of something else."""
    if outcome.startswith("key "):
        return outcome.removeprefix("key ")
    return {"no input": "", "wrong key": "wrong"}.get(outcome)


def _next(waiting: deque[str], otherwise: str) -> str:
    """What comes next of what was done, and when it is used up what is taken for granted."""
    return waiting.popleft() if waiting else otherwise
