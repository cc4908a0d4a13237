"""How calls end that nobody takes: what lint says of them is so, and where it need not be so it is silent."""

from __future__ import annotations

import time

import pytest

from fsrouter.engine.lint.lint import lint
from fsrouter.engine.model.company import Flow, Header, TrackingNumber
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.rulebook import RuleBook

from .test_lint import messages

HEAD = """
company: acme
country: US
timezone: America/Chicago
failsafe: hangup
schedules: {office: {hours: {mon: "08:00-17:00"}}}
agents: {ann: {endpoint: user/1001}, bob: {endpoint: user/1002}}
voicemails: {box: {mailbox: "1000"}}
"""
CODES = ("enters-itself", "silent-loop", "dead-end", "loops")


def found(definitions: str, to: str) -> set[tuple[str, str]]:
    text = f'{HEAD}{definitions}\ntracking_numbers: [{{number: "+18725550111", to: {to}}}]\n'
    return {each for each in messages(text) if each[0] in CODES}


@pytest.mark.parametrize(
    ("definitions", "to", "place"),
    [
        ("flows: {f: {route: [agent:ann, flow:f]}}", "flow:f", "flows.f.route.1"),
        ("flows: {f: {route: [agent:ann, flow:g]}, g: {route: [agent:bob, flow:f]}}", "flow:f", "flows.f flows.g"),
        ("flows: {f: {route: [agent:ann, flow:g]}, g: {route: [agent:bob, flow:g]}}", "flow:f", "flows.g.route.1"),
        ('numbers: {n: {number: "+13125550150", no_answer: number:n}}', "number:n", "numbers.n"),
        ("queues: {q: {agents: [ann], max_wait: 1m, unanswered: queue:q}}", "queue:q", "queues.q"),
        (
            "routers: {r: {branches: [{when: {caller: repeat}, then: router:r}], otherwise: agent:ann}}",
            "router:r",
            "routers.r.branches.0.then",
        ),
        (
            "priorities: {p: {rules: [], no_match: [agent:ann, priority:p]}}",
            "priority:p",
            "priorities.p.no_match.in_office.1",
        ),
        ("flows: {f: {route: [agent:ann, flow:g]}, g: {route: [flow:f, voicemail:box]}}", "flow:f", "flows.f flows.g"),
        # What could come out, or be decided otherwise when the call is there again:
        (
            "flows: {f: {route: [agent:ann, menu:m]}}\n"
            "menus: {m: {greeting: a, digits: {'1': agent:bob}, no_input: flow:f, invalid: hangup}}",
            "flow:f",
            "",
        ),
        ("queues: {q: {agents: [ann], unanswered: queue:q}}", "queue:q", ""),
        (
            "queues: {q: {agents: [ann], max_wait: 1m, exit_key: '1', exit_to: hangup, unanswered: queue:q}}",
            "queue:q",
            "",
        ),
        (
            "routers: {r: {branches: [{when: {closed: office}, then: hangup}], otherwise: [agent:ann, router:r]}}",
            "router:r",
            "",
        ),
        (
            "routers: {r: {branches: [{when: {tags: seen}, then: hangup}], otherwise: ['tag:seen', router:r]}}",
            "router:r",
            "",
        ),
        (
            "routers: {r: {branches: [{when: {closed: office}, then: hangup}], otherwise: router:r}}",
            "router:r",
            "routers.r.otherwise",
        ),
        (
            "routers: {r: {branches: [{when: {tags: seen}, then: [router:r, hangup]}], otherwise: hangup}}",
            "router:r",
            "routers.r.branches.0.then.0",
        ),
        (
            "priorities: {p: {schedule: office, rules: [{title: Boss, to: agent:ann}], no_match: priority:p}}",
            "priority:p",
            "priorities.p.no_match.in_office",
        ),
        ("splits: {s: {branches: [{weight: 1, then: split:s}, {weight: 1, then: agent:ann}]}}", "split:s", ""),
        (
            'numbers: {n: {number: "+13125550150", no_answer: voicemail:box}}\nflows: {f: {route: [number:n, flow:f]}}',
            "flow:f",
            "",
        ),
    ],
)
def test_call_that_nobody_takes_goes_round(definitions: str, to: str, place: str) -> None:
    assert found(definitions, to) == {("enters-itself", each) for each in place.split()}


MENU = "menus: {m: {greeting: a, digits: {'1': agent:ann}, invalid: agent:ann, no_input: %s}}\n"


@pytest.mark.parametrize(
    ("more", "no_input", "loops"),
    [
        ("", "menu:m", True),
        ("flows: {f: {route: ['say:Again', menu:m]}}", "flow:f", True),
        ("splits: {s: {branches: [{weight: 1, then: menu:m}, {weight: 1, then: 'say:Bye'}]}}", "split:s", False),
        ("", "[agent:ann, menu:m]", False),
        ("", "[voicemail:box]", False),
        ("menus: {m: {greeting: a, digits: {'*': menu:m}, no_input: hangup, invalid: hangup}}", "", False),
    ],
)
def test_silent_caller_goes_round(more: str, no_input: str, loops: bool) -> None:
    definitions = more if not no_input else f"{MENU % no_input}{more}"
    assert (("silent-loop", "menus.m.no_input") in found(definitions, "menu:m")) is loops


@pytest.mark.parametrize(
    ("definitions", "to", "place"),
    [
        ("routers: {r: {branches: [{when: {caller: repeat}, then: agent:ann}]}}", "router:r", "routers.r"),
        ("flows: {f: {route: ['say:Hello', router:r]}}\nrouters: {r: {branches: []}}", "flow:f", "routers.r"),
        (
            'numbers: {n: {number: "+13125550150", no_answer: router:r}}\nrouters: {r: {branches: []}}',
            "number:n",
            "routers.r",
        ),
        ("priorities: {p: {rules: [{title: Boss, to: agent:ann}]}}", "priority:p", "priorities.p"),
        ('priorities: {p: {did_defaults: {"+18725550111": agent:ann}}}', "priority:p", ""),
        ("geo_routers: {g: {areas: [{country: CA, then: agent:ann}]}}", "geo:g", "geo_routers.g"),
        ("menus: {m: {greeting: a, digits: {'1': agent:ann}}}", "menu:m", "menus.m"),
        ("menus: {m: {greeting: a, digits: {'1': agent:ann}}}", "[menu:m, voicemail:box]", ""),
        ("menus: {m: {greeting: a, digits: {'1': agent:ann}, no_input: hangup, invalid: hangup}}", "menu:m", ""),
        ("routers: {r: {branches: [{when: {caller: repeat}, then: agent:ann}]}}", "[router:r, agent:bob]", ""),
        ("routers: {r: {branches: []}}", "[voicemail:box, router:r]", ""),
        (
            "routers: {r: {branches: [{when: {open: office}, then: agent:ann},"
            " {when: {closed: office}, then: agent:bob}]}}",
            "router:r",
            "",
        ),
        ("", "[]", "tracking_numbers.+18725550111.to"),
    ],
)
def test_calls_to_a_number_are_hung_up(definitions: str, to: str, place: str) -> None:
    assert found(definitions, to) == {("dead-end", each) for each in place.split()}


def test_long_ways_take_no_longer_than_they_are() -> None:
    ring = {
        f"f{i}": Flow(route=(Destination("agent", "last"), Destination("flow", f"f{(i + 1) % 5000}")))
        for i in range(5000)
    }
    chain = {f"g{i}": Flow(route=(Destination("flow", f"g{i + 1}"),)) for i in range(4999)} | {"g4999": Flow(route=())}
    number = TrackingNumber(number="+18725550111", to=(Destination("flow", "f0"), Destination("flow", "g0")))
    book = RuleBook(
        header=Header(company="acme", failsafe=(Destination("hangup"),)),
        flows=ring | chain,
        tracking_numbers={number.number: number},
    )
    began = time.process_time()
    assert sum(each.code == "enters-itself" for each in lint(book)) == 5000
    assert time.process_time() - began < 30
