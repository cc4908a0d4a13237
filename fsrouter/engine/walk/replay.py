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

from fsrouter.engine.model.fact_names import POOL_ONLY
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.explain import Assumptions, DryRun
from fsrouter.engine.walk.facts import Contact, Facts
from fsrouter.engine.walk.walk import Walk


class Past(Struct, frozen=True, kw_only=True):
    """A call as the journal has it: `facts` by name, `trace` and `attempts` as they were written down, `destination`
    what took it.
    """

    number: str
    began: float
    destination: str
    facts: Mapping[str, Any]
    trace: Sequence[Mapping[str, str]]
    attempts: Sequence[Mapping[str, Any]]


def replay(book: RuleBook, past: Past) -> Walk:
    """Walk a past call by another rule book. Raises KeyError when the number is no tracking number of that book."""
    return _Again(Walk(book, recalled(past)), past).to_the_end()


def recalled(past: Past) -> Facts:
    """The facts of a past call.

    Those of its number and the call's tags are found anew; all others are as they were written down.
    """
    facts: dict[str, Any] = {name: str(value) for name, value in past.facts.items() if name not in ("tags", "source")}
    contact = Contact(
        id=facts.get("contact", ""),
        name=facts.get("contact_name", ""),
        **{name: facts.get(name, "") for name in ("title", "account", "account_id", "territory", "owner")},
        fields={name[4:]: value for name, value in facts.items() if name.startswith("crm.")},
    )
    known = contact.id or contact.account or contact.account_id or contact.territory
    return Facts(
        to=past.number,
        from_=facts.get("from", ""),
        began=past.began,
        **{name: facts.get(name, "") for name in ("caller", "previous_score", "last_agent")},
        contacts=(contact,) if known else (),
        visitor={name: facts[name] for name in POOL_ONLY if name in facts},
    )


class _Again(DryRun):
    """A walk on which people do again as they did."""

    def __init__(self, walk: Walk, past: Past) -> None:
        super().__init__(walk, Assumptions())
        self._pressed: dict[str, deque[str]] = defaultdict(deque)
        self._attempts: dict[tuple[str, ...], deque[str]] = defaultdict(deque)
        for entry in past.trace:
            keys = _pressed(entry["outcome"])
            if entry["at"].startswith("menu:") and keys is not None:
                self._pressed[entry["at"]].append(keys)
        for attempt in past.attempts:
            self._attempts[tuple(sorted(attempt["targets"]))].append(attempt["outcome"])

    def pressed(self, menu: str) -> str:
        return _next(self._pressed[f"menu:{menu}"], "")

    def attempt(self, targets: tuple[str, ...]) -> str:
        return _next(self._attempts[tuple(sorted(targets))], "answered")


def _pressed(outcome: str) -> str | None:
    """The keys that a menu's entry in the trace tells of, "" for silence; None when it tells of something else."""
    if outcome.startswith("key "):
        return outcome.removeprefix("key ")
    return {"no input": "", "wrong key": "wrong"}.get(outcome)


def _next(waiting: deque[str], otherwise: str) -> str:
    """What comes next of what was done, and when it is used up what is taken for granted."""
    return waiting.popleft() if waiting else otherwise
