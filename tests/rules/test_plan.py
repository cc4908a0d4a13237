"""The plan between two rule books."""

from __future__ import annotations

import json

import msgspec
import strategies
from hypothesis import given, settings

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.rules import company_file, plan, yaml_reader

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
        "  ~ priorities.c  rules: 4 (1 of them no more) -> 5 (2 of them new)",
    ]


def test_plan_has_its_counts_in_json() -> None:
    told = json.loads(msgspec.json.encode(plan.between(book(OLD), book(NEW)).counted))
    assert (told["company"], told["added"], told["changed"], told["removed"]) == ("acme", 1, 5, 1)
    assert told["changes"][1] == {
        "section": "crms",
        "name": "hub",
        "verb": "changed",
        "keys": [{"key": "type", "old": "csv", "new": "hubspot"}],
    }


def test_a_first_book_is_all_added() -> None:
    first = plan.between(None, book(OLD))
    assert {change.verb for change in first.changes} == {"added"}
    assert len(first.changes) == 6


def test_a_long_value_is_shortened() -> None:
    other = book(OLD.replace("title: Acme", "title: " + "A" * 500))
    (change,) = plan.between(book(OLD), other).changes
    assert change.keys[0].new == "A" * 57 + "..."


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
