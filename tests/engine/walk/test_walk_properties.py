"""Any rule book that may be put in force, any facts and any outcomes: what every walk keeps to."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from strategies import rule_books

from engine.books import KEYS, OnBreak
from engine.tangles import DIDS, tangle
from fsrouter.engine.contacts import Contact
from fsrouter.engine.lint.lint import errors
from fsrouter.engine.model.fact_names import FACTS
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.text import find
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Action, Dial
from fsrouter.engine.walk.cursor import MAX_CURSOR, Cursor, pack, unpack
from fsrouter.engine.walk.dry_run import Assumptions, dry_run
from fsrouter.engine.walk.entered import MAX_DESTINATIONS_EVER
from fsrouter.engine.walk.explain import as_text
from fsrouter.engine.walk.explained import as_data, explained
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
from fsrouter.engine.walk.steps import step
from fsrouter.engine.walk.walk import Walk
from fsrouter.router.call_state import Stood

SLOW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
#: A walk has at most so many destinations, and each of them so many actions: a menu of twenty attempts is the longest.
#: How far it is looked whether another router goes on the same way.
FURTHER = 60
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
    done, traced = [walk.action or walk.begin()], [len(walk.trace)]
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
    stops = {0, len(done) - 1, *(int(stop * (len(done) - 1)) for stop in stops)}
    again = Walk(book, facts)
    again.begin()
    for at, outcome in enumerate((*walk.outcomes, Played())):
        if at in stops:
            another_router_walks_the_same_way(again, walk, done, traced[at])
        again.next(outcome)


def it_ends_with_a_last_action_and_says_why(walk: Walk, done: list[Action]) -> None:
    assert walk.trace and all(entry.at and entry.outcome for entry in walk.trace)
    assert sum(isinstance(action, actions.LAST) for action in done) == 1
    assert walk.destination and walk.next(Played()) is done[-1]
    assert len(walk.outcomes) == len(done) - 1
    assert len(set(walk.tags)) == len(walk.tags)


def another_router_walks_the_same_way(left: Walk, walk: Walk, done: list[Action], traced: int) -> None:
    """`left` is the walk where its router leaves it, `walk` how it goes on; of two others, one knows nothing of the
    caller, and both go by whatever there is room for.
    """
    facts, at, action = left.facts, len(left.outcomes), left.action
    nobody = Facts(to=facts.to, began=facts.began, from_=facts.from_, given=facts.given and {"source": "x"})
    *whole, part, marks, no_tags, behind = cursor_of(left).smaller()
    for cursor in (*whole, part, marks, no_tags):
        assert step(resumed(nobody, left.book, cursor).action) == step(action)
    for cursor in (*whole, part, marks):
        again = resumed(facts, left.book, cursor)
        assert (again.action, again.after) == (action, left.after) and set(again.tags) == set(left.tags)
        if cursor.whole:
            assert again.trace == walk.trace[:traced]
            assert (again.outcomes, again.decisions) == (left.outcomes, left.decisions)
        before = len(again.outcomes)
        rest = walk.outcomes[at : at + FURTHER]
        for outcome in rest:
            again.next(outcome)
        assert again.steps[before : before + len(rest)] == walk.steps[at : at + len(rest)]
        assert again.action == done[at + len(rest)]
    drive(resumed(facts, left.book, behind), Strangers(at))


def cursor_of(walk: Walk) -> Cursor:
    outcomes, decisions = tuple(walk.outcomes), tuple(walk.decisions)
    return Cursor("acme", walk.book.revision, 1, walk.position, outcomes, decisions, whole=not walk.taken_up)


def resumed(facts: Facts, book: RuleBook, cursor: Cursor) -> Walk:
    """A walk that has resumed by a cursor as it comes back from the channel."""
    text = pack(cursor, "uuid", "key")
    assert len(text) <= MAX_CURSOR
    stood = Stood(Walk(book, facts), unpack(Cursor, text, "uuid", "key"))
    stood.resume()
    return stood.walk


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


@SLOW
@given(TANGLES, TANGLES, st.integers(0, 2**32), st.integers(0, 40))
def test_taken_up_by_another_rule_book_nobody_is_rung_again(book, other, seed, steps):
    """The rules have changed, and nobody has the former ones any more."""
    known, strangers = Facts(to=DIDS[0], began=1.7e9, from_="+12125550100"), Strangers(seed)
    walk = Walk(book, known)
    action = walk.begin()
    while steps and not isinstance(action, actions.LAST):
        action, steps = walk.next(strangers.ending(action)), steps - 1
    tried = {name for each in walk.steps if each.asked in ("ring", "queue") for name in each.of}
    again = resumed(known, other, replace(cursor_of(walk), revision=other.revision + 1))
    drive(again, strangers)
    rung = [each for each in again.steps if each.asked in ("ring", "queue")]
    if rung and rung[0].of == step(action).of:
        rung = rung[1:]  # it is learnt how that ended; nobody rings
    assert tried.isdisjoint(name for each in rung for name in each.of)


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
    call = explained(dry_run(book, facts, assumed))
    story = as_data(call)
    assert list(story) == KEYS
    assert all(attempt["outcome"] in ("answered", "no-answer", "busy", "skipped") for attempt in story["attempts"])
    assert [a["outcome"] for a in story["attempts"]][: assumed.unanswered] == ["no-answer"] * min(
        assumed.unanswered, len(story["attempts"])
    )
    assert not any(map(find, as_text(call)))
    assert story["destination"] and story["trace"]
