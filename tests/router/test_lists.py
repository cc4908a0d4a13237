"""Lists of callers on the phone: what operators put on one is in force with the next call, on every router."""

from __future__ import annotations

from fsrouter.engine.model.lists import NUMBER, PREFIX, Change, Listed, Member
from fsrouter.store import CallRecord
from router.site import ADA, BOB, PATIENCE, Site, held
from router.test_database_away import Part

RULES = """
lists: {blocked: {title: Nuisance callers}, vip: {}}
routers:
  r:
    branches:
      - {when: {list: blocked}, then: hangup}
      - {when: {list: "!= vip"}, then: agent:johan}
    otherwise: agent:nancy
"""


def put(site: Site, name: str, kind: str, value: str, gone: bool = False) -> None:
    listed = Listed(list=name, member=Member(kind, value), who="ann", at=site.store.clock())
    site.store.lists.change("acme", [Change(listed=listed, gone=gone)])


def why(record: CallRecord) -> list[str]:
    return [entry.why for entry in record.trace if entry.at == "facts"]


def test_entry_is_in_force_with_the_next_call_on_every_router(site: Site) -> None:
    site.rules("router:r", RULES)
    site.serve()
    assert site.call(ADA).wait(PATIENCE).talked_to == ["user/1002"]
    put(site, "vip", NUMBER, ADA)
    assert site.call(ADA).wait(PATIENCE).talked_to == ["user/1001"]
    site.serve(site.another_store())
    site.routers.reverse()
    site.install()
    put(site, "blocked", PREFIX, "+1415")
    for caller in (ADA, BOB):
        call = site.call(caller).wait(PATIENCE)
        assert call.talked_to == [] and not call.fail_safe
    assert site.record(call).known()["list"] == ["blocked"]
    put(site, "blocked", PREFIX, "+1415", gone=True)
    assert site.call(ADA).wait(PATIENCE).talked_to == ["user/1001"]


def test_no_list_is_looked_at_while_the_database_is_away_and_the_trace_says_so(site: Site) -> None:
    site.rules("router:r", RULES)
    put(site, "blocked", NUMBER, ADA)
    store = site.another_store()
    site.serve(store)
    Part(store, "lists").away = True
    call = site.call(ADA).wait(PATIENCE)
    assert call.talked_to == ["user/1002"], "they are on no list as far as is known"
    assert ["no list was looked at" in each for each in why(site.record(call))] == [True]


def test_rule_book_without_lists_asks_for_none(site: Site) -> None:
    site.rules("agent:nancy")
    store = site.another_store()
    site.serve(store)
    Part(store, "lists").away = True
    assert why(site.record(site.call(ADA).wait(PATIENCE))) == []


def test_lists_are_read_again_for_a_call_that_another_router_takes_up(site: Site) -> None:
    rules = RULES.replace("then: hangup", "then: [number:silent, router:again]")
    again = "  again: {branches: [{when: {list: vip}, then: agent:nancy}], otherwise: agent:johan}\n"
    site.rules("router:r", rules + again)
    put(site, "blocked", NUMBER, ADA)
    first = site.serve()
    site.serve(site.another_store())
    call = site.call(ADA).reach("ringing")
    with held(call):
        put(site, "blocked", NUMBER, ADA, gone=True)
        put(site, "vip", NUMBER, ADA)
        site.die(first)
    assert call.wait(PATIENCE).talked_to == ["user/1001"], "what was decided holds, what is asked from here on is new"
    assert site.record(call).outcome == "answered"
