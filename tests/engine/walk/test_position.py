"""Where a call stands at its longest, with all that may be known of a caller: in 2 KB, and it goes on in that place."""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.books import ADA, MAIN, book, contact, facts
from engine.walk.test_walk_properties import cursor_of
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Action, Dial, Enqueue, Gather
from fsrouter.engine.walk.cursor import MAX_CURSOR, MAX_FACTS, Cursor, pack, unpack
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import (
    Availability,
    Dialled,
    Drawn,
    Gathered,
    LegResult,
    LookedUp,
    Outcome,
    Played,
    Queued,
    Seen,
    Turn,
)
from fsrouter.engine.walk.position import MAX_TRIED, Tried
from fsrouter.engine.walk.steps import step
from fsrouter.engine.walk.walk import Walk
from fsrouter.router.call_state import CallState, Stood

KEYS = "0123456789*#"
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)


def ends(action: Action, keys: Callable[[], str] = lambda: "", after: float = 0.0) -> Outcome:
    """How it ends where nobody takes a call, and everybody can be rung."""
    match action:
        case Gather():
            return Gathered(keys=keys(), after=after)
        case Dial(legs=legs):
            return Dialled(
                outcome="no-answer",
                after=after,
                legs=tuple(
                    LegResult(destination=leg.destination, outcome="no-answer", cause="NO_ANSWER") for leg in legs
                ),
            )
        case Enqueue():
            return Queued(outcome="exit-key", after=after)
        case actions.Presence(destinations=names):
            return Seen(availability=tuple(Availability(calls=i % 3) for i, _ in enumerate(names)), after=after)
        case actions.TakeTurn():
            return Turn(number=123_456_789, after=after)
        case actions.Draw():
            return Drawn(number=0.12345678901234567, after=after)
        case actions.LookUp():
            return LookedUp(how="live", found=True, value="z" * 2000, after=after)
    return Played(after=after)


def travelled(walk: Walk) -> Cursor:
    text = pack(cursor_of(walk), "uuid", "key")
    assert len(text) <= MAX_CURSOR
    return unpack(Cursor, text, "uuid", "key")


def taken_up(walk: Walk, rules: RuleBook | None = None) -> Walk:
    """Another router's walk, which knows no more of the caller than the number."""
    known = Facts(to=walk.facts.to, began=walk.facts.began, from_=walk.facts.from_)
    stood = Stood(Walk(rules or walk.book, known), travelled(walk))
    stood.resume()
    return stood.walk


def test_cursor_and_facts_are_two_kilobytes() -> None:
    assert MAX_CURSOR + MAX_FACTS <= 2048


MENUS = {
    f"m{i}": {
        "greeting": "a.wav",
        "attempts": 20,
        "digits": {key: [f"tag:{'t' * 50}.{i}.{k}", f"menu:m{(i * 7 + k) % 40}", "distribution:d"]
                   for k, key in enumerate(KEYS)},
    }
    for i in range(40)
}  # fmt: skip


def test_longest_call_of_all_goes_on_in_its_place() -> None:
    """A thousand destinations, each menu inside of another, hundreds of tags; then a group of fifty, and all of it."""
    members = [f"phone:+1312555{i:04}" for i in range(100, 150)]
    groups = [{"rule": "random", "members": members}, {"rule": "linear-round-robin", "members": members}] * 3
    rules = book(f"menus: {MENUS}\ndistributions: {{d: {{groups: {groups}}}}}", "menu:m0")
    random, walk = Random(7), Walk(rules, facts(caller=ADA))
    action, done, wrong = walk.begin(), 0, 0
    again: set[str] = set()

    def keys() -> str:
        nonlocal wrong
        wrong += 1
        return random.choice(KEYS) if wrong % 3 == 0 and wrong < 900 else "99"[: wrong % 2 * 2]

    while not isinstance(action, actions.LAST):
        done += 1
        if done % 37 == 0 and not isinstance(action, actions.Question):
            other = taken_up(walk)
            assert step(other.action) == step(action) and other.after == walk.after
            again.add(type(action).__name__)
        action = walk.next(ends(action, keys, after=done * 1.007))
    assert again >= {"Gather", "Dial"} and done > 1000 and len(walk.tags) > 200


def test_deepest_places_lead_to_the_fail_safe_when_they_come_back() -> None:
    rules = book('menus: {m: {greeting: a.wav, digits: {"1": ["menu:m", agent:nancy]}}}', "menu:m")
    walk = Walk(rules, facts())
    action = walk.begin()
    for _ in range(200):
        action = walk.next(Gathered(keys="1"))
    other = taken_up(walk)
    assert step(other.action) == step(action)
    while not isinstance(other.action, actions.LAST):
        other.next(ends(other.action))
    assert isinstance(other.action, actions.FailSafe)


ROUTES = {
    "agent": "[agent:nancy, agent:johan]",
    "number": "[number:desk, number:center]",
    "group": "[distribution:d, agent:johan]",
    "queue": "[queue:support, agent:johan]",
    "menu": "[menu:m, agent:johan]",
    "router": "[router:r, agent:johan]",
}
MORE = """
distributions:
  d:
    groups:
      - {rule: simultaneous, members: [agent:nancy, agent:vald]}
      - {rule: sequential, members: [number:desk, agent:johan]}
menus: {m: {greeting: a.wav, digits: {"1": [agent:nancy, agent:vald]}}}
routers: {r: {branches: [{when: {title: CEO}, then: [agent:nancy, agent:vald]}], otherwise: queue:vip}}
"""


@pytest.mark.parametrize("kind", ROUTES)
def test_by_changed_rules_nobody_is_rung_again_who_was_tried(kind: str) -> None:
    """The first destination has gone, another stands before all, and the next router has no revision but that."""
    former, walk = (
        book(MORE, ROUTES[kind]),
        Walk(book(MORE, ROUTES[kind]), facts(contacts=(contact(id="1", title="CEO"),))),
    )
    changed = replace(book(MORE, f"[agent:vald, {ROUTES[kind][1:]}"), revision=former.revision + 1)
    action = walk.begin()
    while not isinstance(action, actions.LAST):
        if not isinstance(action, actions.Question):
            tried = [name for each in walk.steps if each.asked in ("ring", "queue") for name in each.of]
            assert rings_of(taken_up(walk, changed), leaving=step(action).of).isdisjoint(tried)
        action = walk.next(ends(action, lambda: "1"))


def rings_of(walk: Walk, leaving: tuple[str, ...]) -> set[str]:
    """Everybody whom a walk rings from here on, but for those who were being rung and are not rung anew."""
    rung: list[tuple[str, ...]] = []
    while not isinstance(walk.action, actions.LAST):
        if isinstance(walk.action, Dial | Enqueue):
            rung.append(step(walk.action).of)
        assert walk.action
        walk.next(ends(walk.action, lambda: "1"))
    return {name for names in (rung[1:] if rung[:1] == [leaving] else rung) for name in names}


def test_decision_by_a_contact_stands_though_the_contact_is_not_known() -> None:
    walk = Walk(book(MORE, "router:r"), facts(contacts=(contact(id="1", title="CEO"),)))
    walk.next(ends(walk.begin()))
    other = taken_up(walk)
    assert step(other.action).of == ("agent:nancy",)
    assert "decided before" in next(entry.why for entry in other.trace if entry.at == "router:r")


BY_HOURS = """
priorities:
  table: {schedule: office, rules: [{title: ceo, in_office: [number:tagged, queue:vip]}], no_match: hangup}
numbers:
  tagged: {number: "+1 312 555 0188", tagging: {office: open, not office: closed}}
"""


def test_decisions_by_hours_travel() -> None:
    walk = Walk(book(BY_HOURS, "priority:table"), facts(contacts=(contact(id="1", title="CEO"),)))
    action = walk.begin()
    while not isinstance(action, Enqueue):
        action = walk.next(ends(action))
    other = taken_up(walk)
    assert step(other.action).of == ("queue:vip",)
    assert (other.tags, other.attempts, len(other.decisions)) == (["open"], walk.attempts, len(walk.decisions))


@pytest.mark.parametrize("count", [0, 1, 30, 31, 500])
def test_tags_for_other_dialplan_code_are_whole_tags(count: int) -> None:
    walk = Walk(book("", "voicemail:main"), facts())
    walk.tags = [f"{'t' * 60}.{i:03}" for i in range(count)]
    told = CallState("key", lambda book, *_: book, lambda book, known, _: (known, "")).at_end(walk)["fsr_tags"]
    assert len(told) <= 2000 and told.split(",") == (walk.tags[: min(count, 30)] or [""])


@given(st.sets(st.text(string.ascii_lowercase, min_size=1), max_size=3 * MAX_TRIED))
def test_tried_are_known_again(names: set[str]) -> None:
    tried = Tried()
    for name in names:
        tried.add(name)
    told = Tried(bytes(tried))
    assert all(name in told for name in names) and len(bytes(told)) <= 2 * MAX_TRIED + 1
    assert bytes(Tried(bytes(told))) == bytes(told) and "nobody" not in Tried()


@settings(deadline=None)
@given(
    st.lists(st.builds(Contact, id=texts, crm=texts, name=texts, account_id=texts), max_size=30),
    st.dictionaries(st.sampled_from(["source", "keyword", "landing", "referrer"]), texts.map(lambda text: text * 20)),
    st.text(max_size=64),
)
def test_facts_fit_whatever_is_known(contacts: list[Contact], visitor: dict[str, str], unread: str) -> None:
    known: dict[str, Any] = {"contacts": tuple(contacts), "visitor": visitor, "unread": unread}
    facts = Facts(to=MAIN, began=1.7e9, from_=ADA, caller="repeat", last_agent="a" * 64, previous_score="4", **known)
    text = pack(facts, "uuid", "key")
    found = unpack(Facts, text, "uuid", "key")
    assert len(text) <= MAX_FACTS
    assert (found.to, found.from_, found.caller, found.last_agent) == (MAIN, ADA, "repeat", "a" * 64)
    whole = [(c.crm, c.id) for c in contacts]
    assert [(c.crm, c.id) for c in found.contacts] == whole[: len(found.contacts)]
    assert found.visitor.items() <= visitor.items() and not any(c.name for c in found.contacts)
