"""Any rule book that may be put in force, any facts and any outcomes: what every walk keeps to."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import rule_books

from engine.books import OnBreak
from engine.tangles import DIDS, tangle
from fsrouter.engine.contacts import Contact
from fsrouter.engine.lint.lint import errors
from fsrouter.engine.model.fact_names import FACTS
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.text import find
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import (
    Action,
    Availability,
    Dial,
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
from fsrouter.engine.walk.cursor import MAX_TEXT, Cursor, pack, unpack
from fsrouter.engine.walk.explain import Assumptions, as_dict, as_text, explain
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.walk import MAX_DESTINATIONS_EVER, Walk

KEYS = ["company", "to", "from", "at", "facts", "trace", "attempts", "destination", "tags", "record"]
SLOW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
#: A walk has at most so many destinations, and each of them so many actions: a menu of twenty attempts is the longest.
MOST_ACTIONS = MAX_DESTINATIONS_EVER * 30

texts = st.one_of(st.sampled_from(["", "3", "501", "West", "2026-12-24", "a b\u202e\x1b[2J", "*"]), st.text(max_size=8))
callers = st.sampled_from(["", "+12125550100", "+14165550100", "+441632960000", "+18005550100", "+4930123456"])
agents = st.sampled_from(["", "main", "no", "gone"])


@st.composite
def contacts(draw: st.DrawFn) -> tuple[Contact, ...]:
    found = [
        Contact(
            id=draw(st.sampled_from(["", "c-1", "c-2", "main"])),
            crm=draw(st.sampled_from(["", "main", "1.5", "no"])),
            **{name: draw(texts) for name in ("name", "title", "account", "account_id", "territory", "owner")},
            fields={"tier": draw(texts), "Lead: source": draw(texts)},
            synced=draw(st.sampled_from([0.0, 1.6e9, 4e9])),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return tuple(sorted(found, key=lambda contact: contact.id))


def counted(given: dict[str, str]) -> dict[str, str]:
    """Given facts as they come in: how many contacts own a number is a count."""
    return given | ({"contacts": str(len(given["contacts"]) or "")} if "contacts" in given else {})


def calls(book: RuleBook) -> st.SearchStrategy[Facts]:
    return st.builds(
        Facts,
        to=st.sampled_from(list(book.tracking_numbers)),
        began=st.floats(9e8, 4e9),
        from_=callers,
        caller=st.sampled_from(["", "first-time", "repeat"]),
        previous_score=texts,
        last_agent=agents,
        contacts=contacts(),
        visitor=st.dictionaries(st.sampled_from(["source", "keyword", "landing"]), texts),
        overrides=st.dictionaries(st.sampled_from([*book.schedules, "gone"]), st.sampled_from(["open", "closed"])),
        given=st.dictionaries(st.sampled_from([*FACTS, "crm.tier"]), texts, max_size=2).map(counted),
    )


#: Tangled rule books that may be put in force.
TANGLES = st.integers(0, 2**32).map(tangle).filter(lambda book: not errors(book))


@st.composite
def calls_on_books(draw: st.DrawFn) -> tuple[RuleBook, Facts]:
    book = draw(st.one_of(rule_books(), TANGLES, TANGLES))
    assume(book.tracking_numbers)
    return book, draw(calls(book))


class Strangers:
    """People and chances that do anything, always the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._answers = self._random.choice([0.0, 0.05, 0.5])
        self._after = 0.0

    def ending(self, action: Action) -> Outcome:
        self._after = round(self._after + self._random.random() * 30, 3)
        made: dict[str, Any] = getattr(self, type(action).__name__.lower())(action)
        return ENDS[type(action)](after=self._after, **made)

    def play(self, action: Any) -> dict[str, Any]:
        return {"missing": self._random.random() < 0.2}

    def gather(self, action: Any) -> dict[str, Any]:
        return {"keys": self._random.choice([*action.choices, "", "00000009"])}

    def dial(self, action: Dial) -> dict[str, Any]:
        if self._random.random() < self._answers:
            return {"outcome": "answered", "by": self._random.choice(["", action.legs[0].destination])}
        outcome = self._random.choice(["busy", "no-answer"])
        return {
            "outcome": outcome,
            "legs": tuple(LegResult(destination=leg.destination, outcome=outcome) for leg in action.legs),
        }

    def enqueue(self, action: Any) -> dict[str, Any]:
        answered = self._random.random() < self._answers
        return {
            "outcome": "answered" if answered else self._random.choice(["timeout", "no-agents", "exit-key", "failed"])
        }

    def taketurn(self, action: Any) -> dict[str, Any]:
        return {"number": self._random.randrange(10**6)}

    def draw(self, action: Any) -> dict[str, Any]:
        return {"number": self._random.random()}

    def presence(self, action: Any) -> dict[str, Any]:
        return {
            "availability": tuple(
                Availability(on_break=self._random.random() < 0.2, calls=self._random.randrange(3))
                for _ in action.destinations
            )
        }

    def lookup(self, action: Any) -> dict[str, Any]:
        found = self._random.random() < 0.7
        return {
            "how": self._random.choice(["live", "cached", "unknown"]),
            "found": found,
            "age": self._random.choice([0.0, 9e5]),
            "value": self._random.choice(["", "3", "-1.5", "2026-12-24", "text\x1b"]) if found else "",
            "why": "so",
        }


ENDS: dict[type, type] = {
    actions.Play: Played,
    actions.Gather: Gathered,
    actions.Dial: Dialled,
    actions.Enqueue: Queued,
    actions.TakeTurn: Turn,
    actions.Draw: Drawn,
    actions.Presence: Seen,
    actions.LookUp: LookedUp,
}


def drive(walk: Walk, strangers: Strangers) -> tuple[list[Action], list[int]]:
    """Walk to the end. Returns every action, and how long the trace was at each."""
    done, traced = [walk.begin()], [len(walk.trace)]
    while not isinstance(done[-1], actions.LAST):
        assert len(done) < MOST_ACTIONS
        done.append(walk.next(strangers.ending(done[-1])))
        traced.append(len(walk.trace))
    return done, traced


@SLOW
@given(calls_on_books(), st.integers(0, 2**32), st.lists(st.floats(0, 1), max_size=4))
def test_walk_invariants_for_any_rule_book(call, seed, stops):
    book, facts = call
    walk, same = Walk(book, facts), Walk(book, facts)
    done, traced = drive(walk, Strangers(seed))
    it_ends_with_a_last_action_and_says_why(walk, done)
    assert drive(same, Strangers(seed)) == (done, traced), "the same call is walked the same way"
    assert (same.trace, same.attempts, same.tags) == (walk.trace, walk.attempts, walk.tags)
    for at in {0, len(done) - 1, *(int(stop * (len(done) - 1)) for stop in stops)}:
        another_router_walks_the_same_way(walk, done[at], at, traced[at])


def it_ends_with_a_last_action_and_says_why(walk: Walk, done: list[Action]) -> None:
    assert walk.trace and all(entry.at and entry.outcome for entry in walk.trace)
    assert sum(isinstance(action, actions.LAST) for action in done) == 1
    assert walk.destination and walk.next(Played()) is done[-1]
    assert len(walk.outcomes) == len(done) - 1
    assert len(set(walk.tags)) == len(walk.tags)


def another_router_walks_the_same_way(walk: Walk, action: Action, at: int, traced: int) -> None:
    outcomes, known = carried(tuple(walk.outcomes[:at]), walk.facts)
    again = Walk(walk.book, known)
    assert again.resume(outcomes) == action
    assert again.trace == walk.trace[:traced]
    assert again.outcomes == list(outcomes)


def carried(outcomes: tuple[Outcome, ...], facts: Facts) -> tuple[tuple[Outcome, ...], Facts]:
    """Outcomes and facts as they come back from the channel; as they are when they are too long to travel."""
    known = {"company": "acme", "revision": 1, "outcomes": outcomes}
    cursor = Cursor(**known, turn=1)
    text = pack(cursor, "uuid", "key")
    found = unpack(Cursor, text, "uuid", "key").outcomes if len(text) <= MAX_TEXT else outcomes
    return found, unpack(Facts, pack(facts, "uuid", "key"), "uuid", "key")


@SLOW
@given(TANGLES, TANGLES, st.integers(0, 2**32))
def test_resume_with_outcomes_of_another_rule_book(book, other, seed):
    """The rules have changed under a call that another router hands over."""
    known = Facts(to=DIDS[0], began=1.7e9, from_="+12125550100")
    walk, again = Walk(book, known), Walk(other, known)
    drive(walk, Strangers(seed))
    action, strangers = again.resume(walk.outcomes), Strangers(seed)
    while not isinstance(action, actions.LAST):
        action = again.next(strangers.ending(action))
    assert again.trace and again.destination


ASSUMED = st.builds(
    Assumptions,
    press=st.lists(st.sampled_from(["-", "1", "0", "*", "##"]), max_size=4).map(tuple),
    unanswered=st.integers(0, 30),
    draw=st.floats(0, 1),
    turns=st.just({}),
    available=st.frozensets(st.sampled_from(["agent:main", "agent:no", "number:main"])).map(OnBreak),
)


@SLOW
@given(calls_on_books(), ASSUMED)
def test_as_dict_keys_and_printable_text_for_any_call(call, assumed):
    book, facts = call
    walk = explain(book, facts, assumed)
    story = as_dict(walk)
    assert list(story) == KEYS
    assert all(attempt["outcome"] in ("answered", "no-answer", "busy", "skipped") for attempt in story["attempts"])
    assert [a["outcome"] for a in story["attempts"]][: assumed.unanswered] == ["no-answer"] * min(
        assumed.unanswered, len(story["attempts"])
    )
    assert not any(map(find, as_text(story)))
    assert story["destination"] and story["trace"]
