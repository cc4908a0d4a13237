"""What a record has of its walks: nothing of what an earlier router or an earlier walk wrote is lost."""

from __future__ import annotations

from engine.books import ADA, MAIN, book, contact, facts

from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.walk.outcomes import Dialled, Gathered, Outcome, Seen
from fsrouter.engine.walk.steps import Step
from fsrouter.engine.walk.trace import Attempt, Entry
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl.events import Channel
from fsrouter.router.cdr.builder import RecordBuilder
from fsrouter.store import CallRecord

RULES = book(
    """
    menus: {m: {greeting: ivr/m.wav, digits: {"1": [agent:nancy, agent:johan]}}}
    """,
    "[agent:vald, menu:m]",
)
KNOWN = facts(caller=ADA, contacts=(contact(id="c-1", name="Ada", crm="hub", tier="gold"),))
FREE, BUSY = Seen(availability=()), Dialled(outcome="busy")
OPERATOR = Entry("operator", "tag vip", "olga ordered it")


def router(earlier: CallRecord | None = None, walk: Walk | None = None) -> tuple[RecordBuilder, Walk]:
    """A builder of a router, and the walk that it follows: from the beginning, or where `earlier` tells."""
    walk = walk or Walk(RULES, KNOWN)
    builder = RecordBuilder(walk, Channel({"Unique-ID": "c1"}), "r2" if earlier else "r1", earlier)
    builder.follow(walk, resumed=earlier is not None)
    return builder, walk


def begun(*outcomes: Outcome) -> tuple[RecordBuilder, Walk]:
    builder, walk = router()
    walk.resume(outcomes)
    return builder, walk


def test_next_router_adds_to_what_was_written() -> None:
    first, walk = begun(FREE, BUSY)
    first.command("tag vip", "olga")
    first.tag("vip")
    earlier = first.build()
    second, again = router(earlier)
    again.resume(walk.outcomes)
    again.next(Gathered(keys="1"))
    record = second.build()
    assert record.facts == KNOWN and record.known()["crm.tier"] == "gold"
    assert record.trace[: len(earlier.trace)] == earlier.trace and OPERATOR in record.trace
    assert [entry for entry in record.trace if entry != OPERATOR] == again.trace
    assert record.attempts == tuple(again.attempts) and record.tags == ("vip",)
    assert [walked.steps for walked in record.walks] == [again.steps]
    assert (record.uuid, record.router) == ("c1", "r2")


def test_next_router_on_its_way_to_where_the_call_stood_loses_nothing() -> None:
    first, walk = begun(FREE, BUSY, Gathered(keys="1"))
    earlier = first.build()
    second, again = router(earlier)
    assert second.build().walks == earlier.walks
    again.resume(walk.outcomes[:2])
    record = second.build()
    assert (record.trace, record.attempts, record.walks) == (earlier.trace, earlier.attempts, earlier.walks)


def test_call_that_goes_on_by_other_rules_keeps_both_walks() -> None:
    first, _ = begun(FREE, BUSY)
    earlier = first.build()
    walk = Walk(book("", "queue:support"), KNOWN)
    second, again = router(earlier, walk)
    again.resume([FREE, BUSY])
    record = second.build()
    assert [walked.steps[0].asked for walked in record.walks] == ["presence", "queue"]
    assert record.attempts == earlier.attempts and record.trace[: len(earlier.trace)] == earlier.trace


def test_walk_that_an_operator_orders_comes_behind() -> None:
    first, walk = begun(FREE, BUSY)
    first.command("transfer menu:m", "olga")
    goto = Walk(RULES, facts(caller=ADA), (Destination("menu", "m"),))
    first.follow(goto, resumed=False)
    goto.begin()
    record = first.build()
    assert record.facts == KNOWN
    assert [(walked.goto, walked.facts) for walked in record.walks] == [("", None), ("menu:m", goto.facts)]
    assert record.walks[0].steps == walk.steps and record.walks[1].steps == (Step("menu", ("menu:m",)),)
    assert [record.walks[1].trace, record.walks[1].attempts] == [len(walk.trace), 1]
    second, again = router(record, Walk(RULES, goto.facts, goto.goto))
    again.resume([Gathered(keys="1"), FREE, BUSY])
    told = second.build()
    assert [attempt.destination for attempt in told.attempts] == ["agent:vald", "agent:nancy"]
    assert told.walks[0] == record.walks[0] and told.walks[1].steps == again.steps
    assert told.trace[: len(record.trace)] == record.trace


def test_record_of_a_former_version_goes_on() -> None:
    earlier = CallRecord(
        uuid="c1",
        company="acme",
        number=MAIN,
        began=KNOWN.began,
        facts=KNOWN,
        trace=(Entry(MAIN, "agent:vald", "so"),),
        attempts=(Attempt("agent:vald", ("agent:vald",), 30, "busy"),),
    )
    second, again = router(earlier)
    again.resume([FREE, BUSY])
    record = second.build()
    assert record.trace[0] == earlier.trace[0] and [walked.steps for walked in record.walks] == [again.steps]
    assert [attempt.outcome for attempt in record.attempts] == ["busy"]
