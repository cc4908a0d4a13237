"""Tracking numbers that go to another company: what goes with them, and what must be there."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from fsrouter.engine.lint.check import check
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import RulesError, UsageError
from fsrouter.rules import company_file
from fsrouter.rules.moves import moved
from fsrouter.rules.yaml_reader import read

ONE, TWO, THREE = "+18725550111", "+18725550112", "+18725550113"
ACME = """\
company: acme
country: US
timezone: UTC
failsafe: agent:ann
agents: {ann: {endpoint: user/1001}}
priorities: {table: {did_defaults: {8725550111: agent:ann, 8725550112: agent:ann}, no_match: agent:ann}}
pools: {web: {numbers: [8725550111, 8725550112]}}
tracking_numbers:
  - {number: 8725550111, to: priority:table, tags: ad, record: true}
  - {number: 8725550112, to: priority:table}
  - {number: 8725550113, to: priority:table}
"""
GLOBEX = """\
company: globex
country: US
timezone: UTC
failsafe: agent:zoe
agents: {zoe: {endpoint: user/2001}}
pools: {web: {numbers: [8725550211]}}
tracking_numbers: [{number: 8725550211, to: agent:zoe}]
"""


def book(text: str) -> RuleBook:
    return company_file.read(read(text, "x.yaml")).onto(None)


def test_number_takes_its_keys_along_and_leaves_nothing_behind() -> None:
    giving, getting = moved(book(ACME), book(GLOBEX), [ONE], route="agent:zoe")
    there = getting.tracking_numbers[ONE]
    assert (list(map(str, there.to)), there.tags, there.record, there.pool) == (["agent:zoe"], ("ad",), True, "web")
    assert getting.pool_numbers("web") == ("+18725550211", ONE) and not check(getting)
    assert ONE not in giving.tracking_numbers and giving.pool_numbers("web") == (TWO,)
    assert list(giving.priorities["table"].did_defaults) == [TWO] and not check(giving)


def test_number_of_no_pool_needs_none() -> None:
    bare = replace(book(GLOBEX), pools={})
    assert moved(book(ACME), bare, [THREE], route="agent:zoe")[1].tracking_numbers[THREE].pool == ""
    with pytest.raises(RulesError, match=rf"tracking_numbers.\{ONE}.pool: .*web") as refused:
        moved(book(ACME), bare, [ONE, THREE], route="agent:zoe")
    assert THREE not in str(refused.value)


def test_everything_that_lacks_is_told_at_once() -> None:
    with pytest.raises(RulesError) as refused:
        moved(book(ACME), replace(book(GLOBEX), pools={}), [ONE, TWO])
    lines = str(refused.value).splitlines()
    assert len(lines) == 5 and all(f"{number}.to: priority:table does not exist" in str(lines) for number in (ONE, TWO))
    assert "--route and --failsafe" in lines[-1]


@pytest.mark.parametrize("route", ["nonsense", "agent:", "agent:zoe | nobody:x", ""])
def test_route_that_is_none_is_refused(route: str) -> None:
    with pytest.raises(UsageError, match="--route"):
        moved(book(ACME), book(GLOBEX), [ONE], route=route)
