"""The plan between two rule books."""

from __future__ import annotations

import json

import msgspec
import pytest
import strategies
from hypothesis import given, settings

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.rules import company_file, plan, value_changes, yaml_reader

OLD = """\
company: acme
title: Acme
agents:
  nancy: {endpoint: user/1, title: Nancy}
  johan: {endpoint: user/2}
queues: {support: {agents: [nancy, johan], max_wait: 5m}}
crms: {hub: {type: csv, path: a.csv}}
priorities:
  c: {rules: [{title: a, to: hangup}, {title: b, to: hangup}, {title: c, to: hangup}, {title: d, to: hangup}]}
"""
NEW = """\
company: acme
title: Acme Dental
trunk: carrier
agents:
  nancy: {endpoint: user/9}
  vald: {endpoint: user/3}
queues: {support: {agents: [nancy], max_wait: 5m, strategy: ring-all}}
crms: {hub: {type: hubspot, token: "${T}"}}
priorities:
  c:
    rules:
      - {title: a, to: hangup}
      - {title: b, to: queue:support}
      - {title: c, to: hangup}
      - {title: d, to: hangup}
      - {title: e, to: hangup}
"""


def book(text: str) -> RuleBook:
    return company_file.read(yaml_reader.read(text, "x.yaml")).onto(None)


def test_changes_have_one_line_each() -> None:
    assert str(plan.between(book(OLD), book(NEW))).splitlines() == [
        "acme: 1 added, 5 changed, 1 removed",
        "  ~ company.acme  title: Acme -> Acme Dental; trunk: nothing -> carrier",
        "  ~ crms.hub  type: csv -> hubspot",
        "  ~ agents.nancy  title: Nancy -> nothing; endpoint: user/1 -> user/9",
        "  - agents.johan",
        "  + agents.vald",
        "  ~ queues.support  strategy: longest-idle-agent -> ring-all; agents: [nancy, johan] -> [nancy]",
        "  ~ priorities.c  rules.title b: to hangup -> queue:support; rules.title e: nothing -> {title: e, to: hangup}",
    ]


def test_plan_has_its_counts_in_json() -> None:
    told = json.loads(msgspec.json.encode(plan.between(book(OLD), book(NEW)).counted))
    assert (told["company"], told["added"], told["changed"], told["removed"]) == ("acme", 1, 5, 1)
    assert told["changes"][1] == {
        "section": "crms",
        "name": "hub",
        "verb": "changed",
        "keys": [{"key": "type", "old": "csv", "new": "hubspot", "part": ""}],
    }


def test_a_first_book_is_all_added() -> None:
    first = plan.between(None, book(OLD))
    assert {change.verb for change in first.changes} == {"added"}
    assert len(first.changes) == 6


def test_a_long_value_is_shortened() -> None:
    other = book(OLD.replace("title: Acme", "title: " + "A" * 500))
    (change,) = plan.between(book(OLD), other).changes
    assert change.keys[0].new == "A" * 29 + "..." + "A" * 28


@settings(max_examples=25, deadline=None)
@given(strategies.rule_books(), strategies.rule_books())
def test_nothing_changes_exactly_between_equal_books(one: RuleBook, other: RuleBook) -> None:
    assert not plan.between(one, msgspec.structs.replace(one, revision=7))
    assert bool(plan.between(one, other)) == (one != other)
    there, back = plan.between(one, other), plan.between(other, one)
    assert there.count("changed") == back.count("changed")
    # The company itself is changed and never removed.
    assert (there.count("added"), there.count("removed")) == (back.count("removed"), back.count("added"))
    assert all(change.keys for change in there.changes if change.verb == "changed")


BOSS = """\
company: acme
country: US
timezone: UTC
failsafe: voicemail:main
agents: {nancy: {endpoint: user/1}, johan: {endpoint: user/2}}
voicemails: {main: {mailbox: "1000"}}
queues: {a: {agents: [nancy, {agent: johan, level: 2}], max_wait: 90s}, b: {agents: [johan]}}
numbers: {desk: {number: "+13125550150", ring: 20s}}
schedules: {office: {hours: {mon-fri: "08:00-17:00", sat: "09:00-12:00"}, closed: [2026-12-24..2026-12-26]}}
menus: {m: {greeting: "say:Hello", digits: {"1": queue:a, "2": queue:b}}}
priorities: {p: {rules: [{title: Boss, to: queue:a}, {account: Globex, to: queue:b}]}}
routers:
  r:
    branches:
      - {when: {caller: repeat}, then: queue:a}
      - {when: {keyword: x}, then: queue:b}
      - {when: {keyword: y}, then: queue:b}
      - {when: {keyword: z}, then: queue:b}
distributions:
  d:
    owner: {crm: hub, property: Owner, ring: 10s}
    groups:
      - rule: weighted
        ring: 20s
        members: [{member: agent:nancy, weight: 3}, {member: agent:johan, weight: 1}]
crms: {hub: {type: hubspot, token: "${ACME_T}"}}
"""

#: What is written in the place of what, and how the plan tells it.
VALUES = [
    ('0150", ring: 20s', '0150", ring: 25s', "numbers.desk  ring: 20s -> 25s"),
    ("max_wait: 90s", "max_wait: 120", "queues.a  max_wait: 90s -> 2m"),
    (
        "level: 2",
        "level: 3",
        "queues.a  agents: [nancy, {agent: johan, level: 2}] -> [nancy, {agent: johan, level: 3}]",
    ),
    ("title: Boss, to: queue:a", "title: Boss, to: queue:b", "priorities.p  rules.title Boss: to queue:a -> queue:b"),
    ("title: Boss", "title: BOSS", "priorities.p  rules.title BOSS: title Boss -> BOSS"),
    (
        "{title: Boss, to: queue:a}, {account: Globex, to: queue:b}",
        "{account: Globex, to: queue:b}, {title: Boss, to: queue:a}",
        "priorities.p  rules: 2 in one order -> 2 in another",
    ),
    ("08:00-17:00", "08:00-18:00", "schedules.office  hours.mon-fri: 08:00-17:00 -> 08:00-18:00"),
    (', sat: "09:00-12:00"', "", "schedules.office  hours.sat: 09:00-12:00 -> nothing"),
    ("..2026-12-26", "..2026-12-27", "schedules.office  closed: 2026-12-24..2026-12-26 -> 2026-12-24..2026-12-27"),
    ('"2": queue:b', '"2": [queue:b, hangup]', "menus.m  digits.2: queue:b -> [queue:b, hangup]"),
    ('"2": queue:b', '"2": queue:b, "3": hangup', "menus.m  digits.3: nothing -> hangup"),
    ("keyword: y}, then: queue:b", "keyword: y}, then: queue:a", "routers.r  branches.2: then queue:b -> queue:a"),
    ("keyword: y}", "keyword: k}", "routers.r  branches.2: when.keyword y -> k"),
    (
        "      - {when: {keyword: x}, then: queue:b}\n",
        "",
        "routers.r  branches.1: {when: {keyword: x}, then: queue:b} -> nothing",
    ),
    ("ring: 20s\n", "ring: 25s\n", "distributions.d  groups.0: ring 20s -> 25s"),
    ("weight: 1", "weight: 2", "distributions.d  groups.0: members.agent:johan weight 1 -> 2"),
    ("ring: 10s", "ring: 15s", "distributions.d  owner.ring: 10s -> 15s"),
    ("say:Hello", "say:Hi -> you; bye", 'menus.m  greeting: say:Hello -> "say:Hi -> you; bye"'),
]


@pytest.mark.parametrize(("was", "will", "line"), VALUES, ids=[str(i) for i in range(len(VALUES))])
def test_values_that_changed_are_told(was: str, will: str, line: str) -> None:
    (change,) = plan.between(book(BOSS), book(BOSS.replace(was, will))).changes
    assert str(change).removeprefix("~ ") == line


def test_long_values_are_told_by_what_is_different() -> None:
    one = book(BOSS + "title: " + "A" * 100 + "x" + "B" * 100)
    (change,) = plan.between(one, book(BOSS + "title: " + "A" * 100 + "y" + "B" * 100)).changes
    (key,) = change.keys
    assert "Ax" in key.old and "Ay" in key.new
    assert max(len(key.old), len(key.new)) <= value_changes.SHOWN


def test_many_differences_are_counted() -> None:
    def table(to: str, count: int) -> RuleBook:
        rules = ", ".join(f"{{account: A{i}, to: {to}}}" for i in range(count))
        return book(BOSS.replace("{title: Boss", f"{rules}, {{title: Boss"))

    (change,) = plan.between(table("hangup", 5000), table("queue:a", 5000)).changes
    assert str(change) == "~ priorities.p  rules: 5002 (5000 of them no more) -> 5002 (5000 of them new)"

    (change,) = plan.between(book(_routers("queue:a")), book(_routers("queue:b"))).changes
    assert str(change) == "~ routers.q  branches: 1000 (1000 of them no more) -> 1000 (1000 of them new)"


def _routers(then: str) -> str:
    many = "".join(f"      - {{when: {{keyword: k{i}}}, then: {then}}}\n" for i in range(1000))
    return BOSS.replace("routers:\n", f"routers:\n  q:\n    branches:\n{many}")
