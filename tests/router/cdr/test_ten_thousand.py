"""Replay over many simulated calls: an unchanged rule book changes none, a changed branch those that took it.

`REPLAY_CALLS=10000 pytest tests/router/cdr/test_ten_thousand.py` has ten thousand of them.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from engine.books import ADA, STRANGER, book, contact, facts
from lives import Life, places_of

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.replay import ELSEWHERE, SAME, replay
from fsrouter.engine.walk.steps import Step
from fsrouter.store import CallRecord
from fsrouter.store.what_if import past

CALLS = int(os.environ.get("REPLAY_CALLS", "2000"))
RULES = """
splits: {{coin: {{branches: [{{weight: 30, then: {split}}}, {{weight: 70, then: menu:main}}]}}}}
menus: {{main: {{greeting: ivr/m.wav, attempts: 2, digits: {{"1": distribution:all, "2": {key}, "3": queue:support}},
         no_input: voicemail:main}}}}
distributions:
  all: {{groups: [{{rule: round-robin, members: [agent:nancy, agent:johan, number:desk]}},
                {{rule: simultaneous, members: [agent:nancy, number:center]}},
                {{rule: least-connected, members: [agent:johan, agent:nancy]}},
                {{rule: random, members: [agent:vald, agent:johan]}},
                {{rule: weighted, members: [{{member: agent:vald, weight: 3}}, agent:johan]}}]}}
crm_rules: {{tier: {{crm: hub, module: contacts, field: tier, otherwise: [flow:night, menu:main],
            rules: [{{operator: '=', value: '3', destination: {tier}}}]}}}}
flows: {{night: {{record: true, record_notice: ivr/recorded.wav, route: ["say:good evening", agent:johan]}}}}
priorities: {{people: {{rules: [{{title: Owner, to: {owner}}}, {{account: Ames, to: queue:vip}}], no_match: crm:tier}}}}
routers: {{callers: {{branches: [{{when: {{caller: repeat}}, then: [split:coin, {repeat}]}}],
           otherwise: priority:people}}}}
"""
#: Each branch's own place, which nothing else leads to.
PLACES = {
    "split": "phone:+13125550171",
    "key": "phone:+13125550172",
    "tier": "phone:+13125550173",
    "owner": "phone:+13125550174",
    "repeat": "phone:+13125550175",
}
ELSE = "phone:+13125550199"


def rules(**changed: str) -> RuleBook:
    return book(RULES.format(**PLACES | changed), "router:callers")


BOOK = rules()


def caller(seed: int) -> Facts:
    chance = Random(seed)
    owners = (
        contact(id="c-1", name="Ada", crm="hub", title=chance.choice(["Owner", "Clerk"]), tier="3"),
        contact(id="c-2", name="Bob", crm="people", account=chance.choice(["Ames", "Other"])),
    )[: chance.randrange(3)]
    history = chance.choice(["first-time", "repeat"])
    return facts(caller=chance.choice([ADA, STRANGER]), history=history, contacts=owners)


@pytest.fixture(scope="module")
def calls() -> list[CallRecord]:
    """Calls as the journal has them, with hang-ups, operators and dying routers in some."""
    places = places_of(BOOK)
    return [Life(BOOK, caller(seed), seed, (0.0, 0.05, 0.2)[seed % 3], places).record() for seed in range(CALLS)]


def test_unchanged_rule_book_sends_no_call_elsewhere(calls: list[CallRecord]) -> None:
    assert [replay(BOOK, past(record)).how for record in calls] == [SAME] * CALLS
    asked = {step.asked for record in calls for step in steps_of(record)}
    assert asked >= {"play", "menu", "ring", "queue", "voicemail", "hangup", "turn", "draw", "presence", "look-up"}


@pytest.mark.parametrize("branch", PLACES)
def test_changed_branch_sends_those_elsewhere_that_took_it(calls: list[CallRecord], branch: str) -> None:
    changed = rules(**{branch: ELSE})
    moved = {record.uuid for record in calls if replay(changed, past(record)).how == ELSEWHERE}
    took = {record.uuid for record in calls if any(PLACES[branch] in step.of for step in steps_of(record))}
    assert moved == took and len(took) > CALLS / 100


def steps_of(record: CallRecord) -> list[Step]:
    return [step for walked in record.walks for step in walked.steps]
