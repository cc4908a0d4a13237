"""The journal: records come back, later ones stand, and a caller's history is found by index."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fsrouter.engine.contacts import Contact
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import (
    Availability,
    Dialled,
    Drawn,
    Gathered,
    LegResult,
    LookedUp,
    Played,
    Queued,
    Seen,
    Turn,
)
from fsrouter.engine.walk.steps import ASKED, Step, Walked
from fsrouter.engine.walk.trace import Attempt, Entry
from fsrouter.errors import UsageError
from fsrouter.store import CallLine, CallRecord, History, Store
from fsrouter.store.calls.records import UNREADABLE
from fsrouter.store.tables.calls import CallRow

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
uuids = itertools.count()
moments = st.floats(0, 4e9)
words = st.dictionaries(texts, texts, max_size=2)
contacts = st.builds(
    Contact, id=texts, crm=texts, name=texts, title=texts, account=texts, account_id=texts, territory=texts,
    owner=texts, fields=words, synced=moments,
)  # fmt: skip
facts = st.builds(
    Facts, to=texts, began=moments, from_=texts, caller=texts, previous_score=texts, last_agent=texts,
    contacts=st.lists(contacts, max_size=2).map(tuple), visitor=words, overrides=words, given=words,
)  # fmt: skip
entries = st.builds(Entry, at=texts, outcome=texts, why=texts, depth=st.integers(0, 9))
names = st.lists(texts, max_size=2).map(tuple)
legs = st.lists(st.builds(LegResult, destination=texts, outcome=texts, cause=texts), max_size=2).map(tuple)
attempts = st.builds(
    Attempt, destination=texts, targets=names, ring=st.integers(0, 300), outcome=texts, by=texts, legs=legs
)
outcomes = st.one_of(
    st.builds(Played, after=moments, missing=st.booleans(), skipped=st.booleans()),
    st.builds(Gathered, after=moments, keys=texts),
    st.builds(Dialled, after=moments, outcome=texts, by=texts, legs=legs),
    st.builds(Queued, after=moments, outcome=texts, by=texts, waited=moments),
    st.builds(Turn, after=moments, number=st.integers(0, 2**40)),
    st.builds(Drawn, after=moments, number=st.floats(0, 1)),
    st.builds(Seen, after=moments, availability=st.just((Availability(on_break=True), Availability(calls=2)))),
    st.builds(LookedUp, after=moments, how=texts, value=texts, found=st.booleans(), age=moments, why=texts),
)
steps = st.builds(Step, asked=st.sampled_from([word for word, _ in ASKED.values()]), of=names, outcome=outcomes)
walks = st.builds(
    Walked, revision=st.integers(0, 2**40), goto=texts, steps=st.lists(steps, max_size=3).map(tuple),
    facts=st.none() | facts, trace=st.integers(0, 99), attempts=st.integers(0, 99), cut=st.booleans(),
)  # fmt: skip
calls = st.builds(
    CallRecord,
    uuid=st.builds(lambda: f"c-{next(uuids)}"),
    company=texts,
    number=texts,
    caller=texts,
    caller_name=texts,
    contact=texts,
    contact_name=texts,
    source=texts,
    began=moments,
    answered=st.none() | moments,
    ended=st.none() | moments,
    where=texts,
    destination=texts,
    agent=texts,
    outcome=texts,
    cause=texts,
    tags=st.lists(texts, max_size=3).map(tuple),
    record=st.booleans(),
    recording=texts,
    revision=st.integers(0, 2**40),
    router=texts,
    score=st.none() | st.integers(-5, 100),
    turn=st.integers(1, 9),
    facts=facts,
    trace=st.lists(entries, max_size=3).map(tuple),
    attempts=st.lists(attempts, max_size=3).map(tuple),
    walks=st.lists(walks, max_size=2).map(tuple),
)


def call(uuid: str = "c1", began: float = 100.0, **values: Any) -> CallRecord:
    return CallRecord(**{"uuid": uuid, "company": "acme", "caller": "+1", "number": "+2", "began": began, **values})


def line(record: CallRecord) -> CallLine:
    return CallLine(**{name: getattr(record, name) for name in CallLine.__struct_fields__})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=calls)
def test_any_record_is_read_as_it_was_written(store: Store, record: CallRecord) -> None:
    store.journal.write([record])
    assert store.journal.get(record.uuid) == record


LIVE, OVER = call(where="ringing", turn=1), call(ended=110.0, outcome="answered", turn=1)


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ([LIVE, OVER], OVER),
        ([OVER, LIVE], OVER),
        ([OVER, call(ended=111.0, outcome="transferred")], call(ended=111.0, outcome="transferred")),
        ([call(turn=2, where="queue"), LIVE], call(turn=2, where="queue")),
        ([call(turn=2, where="queue"), OVER], call(turn=2, where="queue")),
        ([OVER, call(turn=2, where="queue")], call(turn=2, where="queue")),
        ([call(score=4), OVER], msgspec.structs.replace(OVER, score=4)),
        ([call(score=4), msgspec.structs.replace(OVER, score=5)], msgspec.structs.replace(OVER, score=5)),
    ],
)
def test_the_later_record_of_a_call_stands(store: Store, written: list[CallRecord], stands: CallRecord) -> None:
    store.journal.write(written)
    assert store.journal.get("c1") == stands
    for record in written:
        store.journal.write([record])
    assert store.journal.get("c1") == stands


def test_a_call_is_found_by_the_beginning_of_its_uuid(store: Store) -> None:
    store.journal.write([call("abc-1"), call("abc-2"), call("xyz-1"), call("abc-10")])
    found = store.journal.get("xyz")
    assert found is not None and found.uuid == "xyz-1"
    assert store.journal.get("abc-1") == call("abc-1")
    with pytest.raises(UsageError, match="several calls begin with abc"):
        store.journal.get("abc")


@pytest.mark.parametrize("uuid", ["nothing", "", "*", "%", "a_c-1", "'", "[a]bc-1", "a" * 1000])
def test_an_unknown_uuid_finds_no_call(store: Store, uuid: str) -> None:
    store.journal.write([call("abc-1")])
    assert store.journal.get(uuid) is None


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["d", "c", "b", "a"]),
    ({"company": "acme"}, ["d", "c", "a"]),
    ({"since": 200.0, "until": 400.0}, ["c", "b"]),
    ({"caller": "+1"}, ["d", "b", "a"]),
    ({"number": "+9"}, ["c"]),
    ({"agent": "nancy"}, ["a"]),
    ({"outcome": "answered"}, ["a"]),
    ({"tag": "ads"}, ["b"]),
    ({"tag": "ad"}, []),
    ({"text": "bob"}, ["c"]),
    ({"text": "%"}, []),
    ({"live": True}, ["d", "c", "b"]),
    ({"live": False}, ["a"]),
    ({"limit": 2}, ["d", "c"]),
    ({"company": "acme", "live": True, "limit": 1}, ["d"]),
]


@pytest.mark.parametrize(("filters", "found"), FILTERS)
def test_calls_are_listed_by_filters(store: Store, filters: dict[str, Any], found: list[str]) -> None:
    store.journal.write(
        [
            call("a", 100.0, agent="nancy", outcome="answered", ended=150.0),
            call("b", 200.0, company="globex", tags=("ads", "x")),
            call("c", 300.0, number="+9", caller="+7", caller_name="Bob"),
            call("d", 400.0),
        ]
    )
    assert [found.uuid for found in store.journal.list(**filters)] == found


def test_live_calls_are_lines_without_the_rest(store: Store) -> None:
    record = call(facts=Facts(to="+2", began=1.0), trace=(Entry("a", "b", "x"),), where="ringing")
    store.journal.write([record, call("c2", ended=1.0), call("c3", company="globex")])
    assert store.journal.live("acme") == [line(record)]
    assert {found.uuid for found in store.journal.live()} == {"c1", "c3"}


def test_whole_records_are_read_page_by_page(store: Store) -> None:
    store.journal.write(
        [call(f"c{i:04}", float(i // 7), ended=1.0, facts=Facts(to="+2", began=float(i))) for i in range(1100)]
    )
    store.journal.write([call("live", 5.0), call("other", 5.0, company="globex", ended=6.0)])
    assert [found.facts.began for found in store.journal.records("acme")] == list(range(1100))
    assert [found.facts.began for found in store.journal.records("acme", 10.0)] == list(range(70, 1100))
    assert len(list(store.journal.records())) == 1101


HISTORIES: list[tuple[list[CallRecord], History]] = [
    ([], History(caller="first-time")),
    ([call("x", 100.0)], History(caller="repeat")),
    ([call("x", 500.0)], History(caller="first-time")),
    ([call("x", 501.0, score=3, agent="vald")], History(caller="first-time")),
    ([call("x", 100.0, company="globex")], History(caller="first-time")),
    ([call("x", 100.0, caller="+3")], History(caller="first-time")),
    (
        [call("x", 100.0, score=5, agent="johan"), call("y", 200.0, score=4), call("z", 300.0, agent="nancy")],
        History(caller="repeat", previous_score="4", last_agent="nancy"),
    ),
    ([call("x", 100.0, score=0)], History(caller="repeat", previous_score="0")),
]


@pytest.mark.parametrize(("earlier", "told"), HISTORIES)
def test_history_is_of_this_company_and_before_this_call(
    store: Store, earlier: list[CallRecord], told: History
) -> None:
    store.journal.write(earlier)
    assert store.journal.history("acme", "+1", 500.0) == told


@pytest.mark.parametrize("now", ["+541123456789", "+5491123456789"])
def test_history_is_of_the_subscriber_whichever_number_came(store: Store, now: str) -> None:
    mobile, plain = "+5491123456789", "+541123456789"
    store.journal.write(
        [
            call("a", 100.0, caller=plain, score=5, agent="johan"),
            call("b", 200.0, caller=mobile, score=4, agent="vald"),
            call("c", 300.0, caller=plain, agent="nancy"),
            call("d", 400.0, caller="+541123456780", score=1, agent="eve"),
        ]
    )
    wanted = History(caller="repeat", previous_score="4", last_agent="nancy")
    assert store.journal.history("acme", now, 500.0) == wanted
    assert store.journal.history("acme", now, 150.0) == History(caller="repeat", previous_score="5", last_agent="johan")
    assert store.journal.history("acme", now, 50.0) == History(caller="first-time")
    assert {line.uuid for line in store.journal.list(caller=now)} == {"a", "b", "c"}


def test_a_withheld_number_has_no_history(store: Store) -> None:
    store.journal.write([call("x", 100.0, caller="")])
    assert store.journal.history("acme", "", 500.0) == History()


def test_a_score_is_kept_with_its_call(store: Store) -> None:
    store.journal.write([call()])
    assert store.journal.score("c1", 4)
    assert not store.journal.score("c", 4)
    assert store.journal.history("acme", "+1", 500.0).previous_score == "4"


def test_a_batch_is_written_whole_or_not_at_all(store: Store) -> None:
    broken = msgspec.structs.replace(call("b"), began=None)
    with pytest.raises(Exception, match=r"(?i)null"):
        store.journal.write([call("a"), broken])
    assert store.journal.get("a") is None


def test_what_a_caller_sends_is_bounded(store: Store) -> None:
    owner = Contact(id="c-1", name="\ud800" + "n" * 9999, fields={"k" * 999: "y" * 9999, "odd": "\0"})
    hostile = call(
        caller_name="\ud800'; DROP TABLE call; --" + "x" * 9999,
        facts=Facts(to="+2", began=1.0, contacts=(owner,)),
        trace=(Entry("a", "b", "z" * 9999),) * 9999,
        tags=("t" * 9999,),
    )
    store.journal.write([hostile])
    found = store.journal.get("c1")
    assert found is not None
    assert len(found.caller_name) == 256 and found.caller_name.startswith("\ufffd'; DROP")
    (contact,) = found.facts.contacts
    assert len(contact.name) == 2000 and contact.name.startswith("\ufffdn")
    assert [(len(name), len(value)) for name, value in contact.fields.items()] == [(256, 2000), (3, 1)]
    assert (len(found.trace), len(found.trace[0].why)) == (2000, 2000)


def test_more_facts_than_a_record_holds_drop_the_contacts_fields_first(store: Store) -> None:
    crowd = tuple(Contact(id=f"c-{i}", name="Ada", fields={f"f{k}": "v" * 1000 for k in range(50)}) for i in range(20))
    known = Facts(to="+2", began=1.0, contacts=crowd)
    walks = (Walked(revision=1, steps=(Step("menu", ("menu:m",), Gathered(keys="1")),), facts=known),)
    store.journal.write([call(facts=known, trace=(Entry("a", "b", "c"),), walks=walks)])
    found = store.journal.get("c1")
    assert found is not None
    assert [contact.name for contact in found.facts.contacts] == ["Ada"] * 20
    assert not any(contact.fields for contact in found.facts.contacts)
    assert found.trace == (Entry("a", "b", "c"),)
    assert found.walks[0].steps == walks[0].steps and found.walks[0].cut


def test_more_steps_than_a_record_holds_say_so(store: Store) -> None:
    step = Step("menu", ("menu:m",), Gathered(keys="9"))
    store.journal.write(
        [call("c1", walks=(Walked(steps=(step,) * 3000),)), call("c2", walks=(Walked(steps=(step,) * 99),))]
    )
    assert [
        (len(record.walks[0].steps), record.walks[0].cut) for record in map(store.journal.get, ("c1", "c2")) if record
    ] == [(2000, True), (99, False)]


@pytest.mark.parametrize("part", ["facts", "trace", "attempts", "walks"])
@pytest.mark.parametrize("text", ['{"from": "+1"}', '[{"at": "x", "steps": 1}]', "[[1]]", "", "[", "null"])
def test_a_part_that_cannot_be_read_hides_neither_its_call_nor_others(store: Store, part: str, text: str) -> None:
    walks = (Walked(steps=(Step("play", ("a",), None),)),)
    told = (Entry("a", "b", "c"),)
    rest: dict[str, Any] = {"ended": 200.0, "outcome": "unknown", "trace": told, "walks": walks}
    store.journal.write([call(uuid, **rest) for uuid in ("c1", "c2")])
    with store.journal._database.writing() as db:
        CallRow.update({part: text}).where(CallRow.uuid == "c1").execute(db)
    odd, sound = store.journal.records()
    assert store.journal.get("c1") == odd
    assert store.journal.unfinished(["c1"]) == ([odd], frozenset())
    assert (sound.trace, sound.walks) == (told, walks)
    assert (odd.trace[-1].outcome, odd.trace[-1].why.rpartition(": ")[2]) == (UNREADABLE, part)
    assert odd.trace[:-1] == (() if part == "trace" else told)
    assert odd.walks == (() if part in ("facts", "walks") else walks)
    assert (odd.facts.to, odd.facts.from_) == (odd.number, "+1") if part == "facts" else odd.facts == sound.facts


def test_history_never_scans_nor_sorts(sqlite_url: str) -> None:
    with Store.open(sqlite_url) as store:
        journal = store.journal
        plans = {
            name: store._database.rows("EXPLAIN QUERY PLAN " + sql, "acme", "acme", "+1", 5.0)
            for name, sql in (("earlier", journal._earlier), ("scored", journal._scored), ("agent", journal._agent))
        }
    steps = {name: " / ".join(step[3] for step in plan) for name, plan in plans.items()}
    assert all("SCAN" not in step and "TEMP B-TREE" not in step for step in steps.values())
    assert "call_scored" in steps["scored"] and "call_with_agent" in steps["agent"]
