"""Agents' hours: outside of them nobody rings an agent, and who takes a call up decides as was decided before."""

from __future__ import annotations

import pytest

from engine.books import EVENING, MORNING, book, contact, driven, facts, moment, thought, traced, tried, walked
from fsrouter.engine.walk.availability import Verdict, off_hours, queue_verdict
from fsrouter.engine.walk.explained import explained
from fsrouter.engine.walk.walk import Walk
from fsrouter.rules.file_errors import InvalidFile

PEOPLE = """
agents:
  nancy: {endpoint: user/1001, crm_user: "501", hours: office}
  johan: {endpoint: user/1002, crm_user: "502"}
  vald: {endpoint: user/1003, hours: nights}
queues:
  office: {agents: [nancy], skip_without_agents: yes}
  both: {agents: [nancy, vald], skip_without_agents: yes}
  all: {agents: [nancy, johan], skip_without_agents: yes}
distributions:
  d: {owner: {ring: 5s}, groups: [{rule: simultaneous, members: [agent:nancy, agent:johan, agent:vald], ring: 10s}]}
  l: {groups: [{rule: least-connected, members: [agent:vald, agent:nancy, agent:johan], ring: 10s}]}
"""
OWNED = (contact(id="c-1", name="Ada", crm="people", owner="501"),)


@pytest.mark.parametrize(
    ("route", "at", "attempts"),
    [
        ("[agent:nancy, agent:vald]", MORNING, ["agent:nancy"]),
        ("[agent:nancy, agent:vald]", EVENING, []),
        ("[agent:nancy, agent:vald]", "2026-11-23 23:30", ["agent:vald"]),
        ("agent:owner", MORNING, ["agent:nancy"]),
        ("agent:owner", EVENING, []),
        ("agent:last", EVENING, []),
        ("agent:last", MORNING, ["agent:nancy"]),
        ("[queue:office, agent:johan]", MORNING, ["queue:office", "agent:johan"]),
        ("[queue:office, agent:johan]", EVENING, ["agent:johan"]),
        ("queue:both", EVENING, []),
        ("queue:both", "2026-11-23 23:30", ["queue:both"]),
        ("queue:all", EVENING, ["queue:all"]),
        ("distribution:d", MORNING, ["agent:nancy", "agent:nancy agent:johan"]),
        ("distribution:d", EVENING, ["agent:johan"]),
        ("distribution:l", "2026-11-23 23:30", ["agent:vald", "agent:johan"]),
    ],
)
def test_agent_is_rung_in_their_hours_only(route: str, at: str, attempts: list[str]) -> None:
    known = facts(at=at, contacts=OWNED, last_agent="nancy")
    walk = walked(book(PEOPLE, route), known, unanswered=99)
    assert [" ".join(attempt.targets) for attempt in walk.attempts] == attempts, traced(walk)


def test_it_is_told_who_was_left_out_and_why() -> None:
    rules = book(PEOPLE, "[agent:nancy, queue:both, distribution:d]")
    run = thought(rules, facts(at=EVENING, contacts=OWNED))
    outside = "outside of their hours"
    assert [(each.destination, each.why) for each in explained(run).skipped] == [
        ("agent:nancy", outside),
        ("queue:both", f"all of its agents are {outside}"),
        ("agent:nancy", outside),
        *((f"agent:{name}", outside) for name in ("nancy", "vald")),
    ]
    assert f"agent:johan; {outside}: agent:nancy, agent:vald" in traced(run.walk)
    assert f"owner skipped | agent:nancy is {outside}" in traced(run.walk)
    assert tried(run.walk) == ["distribution:d(agent:johan) 10 answered"]


def test_override_of_their_schedule_counts() -> None:
    rules = book(PEOPLE, "agent:nancy")
    assert walked(rules, facts(at=EVENING, overrides={"office": "open"})).destination == "agent:nancy"
    assert walked(rules, facts(at=MORNING, overrides={"office": "closed"})).destination == "hangup"


@pytest.mark.parametrize("route", ["[agent:nancy, agent:johan]", "distribution:d", "[queue:office, agent:johan]"])
def test_who_takes_a_call_up_decides_the_same(route: str) -> None:
    """Their hours end while they are rung: the router that goes on finds the call where it was."""
    rules = book(PEOPLE, route)
    first, done = driven(rules, facts(contacts=OWNED))
    for cut in range(len(first.outcomes)):
        later = Walk(rules, facts(contacts=OWNED, overrides={"office": "closed"}))
        assert later.resume(first.outcomes[:cut], first.decisions) == done[cut], cut
    assert first.decisions


def test_off_hours_of_a_company_at_a_moment() -> None:
    rules = book(PEOPLE)
    held = {"office": "closed"}
    assert off_hours(rules, moment(MORNING), {}) == {"vald"}
    assert off_hours(rules, moment(EVENING), {}) == {"nancy", "vald"}
    assert off_hours(rules, moment("2026-11-23 23:30"), {}) == {"nancy"}
    assert off_hours(rules, moment(MORNING), held) == {"nancy", "vald"}
    assert off_hours(book(), moment(MORNING), held) == frozenset()


def test_verdict_in_words() -> None:
    off, away = Verdict.OFF_HOURS, Verdict.ON_BREAK
    assert (off.is_free, off.callcenter_status, str(off)) == (False, "On Break", "outside of their hours")
    assert not queue_verdict([off, away]).is_free and queue_verdict([off, Verdict.BUSY]).is_free


def test_hours_must_be_a_schedule() -> None:
    with pytest.raises(InvalidFile, match=r"agents\.nancy\.hours: there is no schedule 'ofice'; did you mean 'office'"):
        book("agents: {nancy: {endpoint: user/1001, hours: ofice}}")
