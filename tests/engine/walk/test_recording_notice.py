"""`record_notice`: what callers hear before a talk that is recorded, whose of the three it is, and that it is heard
once.
"""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import rule_books

from engine.books import MAIN, OTHER, People, driven, facts, thought, traced, walked
from fsrouter.engine.lint.lint import lint
from fsrouter.engine.model import schema
from fsrouter.engine.model.company import TrackingNumber
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Dial, Enqueue, Play
from fsrouter.engine.walk.explain import as_text
from fsrouter.engine.walk.explained import explained
from fsrouter.engine.walk.outcomes import Availability, Dialled, Played, Seen
from fsrouter.engine.walk.replay import SAME, Past, replay
from fsrouter.engine.walk.steps import Walked
from fsrouter.engine.walk.walk import Walk
from fsrouter.rules import company_file, yaml_reader


def book(line: str = "", to: str = "agent:nancy", head: str = "", flows: str = "") -> RuleBook:
    """A company whose main number has `line` as further keys; `head` are lines of the company itself."""
    text = f"""
    company: acme
    {head}
    agents: {{nancy: {{endpoint: user/1001}}, johan: {{endpoint: user/1002}}}}
    queues: {{q: {{agents: [nancy], max_wait: 20s, exit_key: "0", exit_to: agent:johan}}}}
    distributions: {{d: {{groups: [{{rule: sequential, members: [agent:nancy, agent:johan]}}]}}}}
    menus: {{m: {{greeting: m.wav, digits: {{"1": [agent:nancy, menu:m], "2": queue:q}}}}}}
    voicemails: {{box: {{mailbox: "1000"}}}}
    {flows and f"flows: {{{flows}}}"}
    tracking_numbers:
      - {{number: "{MAIN}", to: {to}{line}}}
      - {{number: "{OTHER}", to: voicemail:box}}
    """
    return company_file.read(yaml_reader.read(textwrap.dedent(text), "test.yaml")).onto(None)


def notices(done: list[actions.Action]) -> list[str]:
    return [action.sound for action in done if isinstance(action, Play) and action.whole]


OWN, COMPANY = ", record: true, record_notice: own.wav", "record_notice: company.wav"


@pytest.mark.parametrize(
    ("rules", "heard"),
    [
        (book(", record: true"), []),
        (book(OWN), ["own.wav"]),
        (book(', record: true, record_notice: "say:This call is recorded"'), ["say:This call is recorded"]),
        (book(", record: true", head=COMPANY), ["company.wav"]),
        (book(OWN, head=COMPANY), ["own.wav"]),
        (book(", record: true, record_notice: skip", head=COMPANY), []),
        (book(", record_notice: own.wav", head=COMPANY), []),
        (book(to="flow:f", head=COMPANY, flows="f: {record: true, route: agent:nancy}"), ["company.wav"]),
        (book(OWN, "flow:f", flows="f: {route: agent:nancy, record_notice: flow.wav}"), ["flow.wav"]),
        (book(OWN, "flow:f", flows="f: {route: agent:nancy, record_notice: skip}"), []),
        (
            book(OWN, "flow:f", flows="f: {route: flow:g, record_notice: f.wav}, g: {route: agent:nancy}"),
            ["f.wav"],
        ),
        (
            book("", "flow:f", flows="f: {route: flow:g, record_notice: f.wav}, g: {record: true, route: queue:q}"),
            ["f.wav"],
        ),
        (book(OWN, "queue:q"), ["own.wav"]),
        (book(OWN, "distribution:d"), ["own.wav"]),
        (book(OWN, "voicemail:box"), []),
        (book(OWN, "[agent:nancy, flow:f]", flows="f: {route: agent:johan, record_notice: f.wav}"), ["own.wav"]),
    ],
)  # fmt: skip
def test_notice_of_flow_number_or_company_is_chosen(rules: RuleBook, heard: list[str]) -> None:
    _, done = driven(rules)
    assert notices(done) == heard


def test_notice_plays_just_before_the_first_recorded_attempt() -> None:
    flows = "f: {record: true, route: [queue:q, agent:nancy]}"
    _, done = driven(book("", "[play:a.wav, agent:johan, flow:f]", head=COMPANY, flows=flows))
    shown = [(type(a).__name__, getattr(a, "record", None)) for a in done if isinstance(a, Play | Dial | Enqueue)]
    assert shown == [
        ("Play", None), ("Dial", False), ("Play", None), ("Enqueue", True), ("Dial", True)
    ]  # fmt: skip
    assert notices(done) == ["company.wav"]


def test_notice_is_not_played_for_an_agent_on_break() -> None:
    people = People(availability={"agent:nancy": Availability(on_break=True)})
    assert notices(driven(book(OWN), people=people)[1]) == []


def test_notice_is_played_once_per_call() -> None:
    _, done = driven(book(OWN, "menu:m"), people=People(keys=["1"] * 5 + ["2"], queues=["exit-key"]))
    assert sum(isinstance(action, Dial) for action in done) == 6 and notices(done) == ["own.wav"]


@pytest.mark.parametrize(
    ("missing", "entry"),
    [
        (False, ("recording", "announced", "the caller was told that the talk is recorded (own.wav)")),
        (True, ("recording", "missing", "there is no such sound as own.wav; the talk is recorded all the same")),
    ],
)
def test_notice_is_traced(missing: bool, entry: tuple[str, str, str]) -> None:
    walk = Walk(book(OWN), facts())
    walk.begin()
    walk.next(Seen(availability=()))
    assert isinstance(walk.next(Played(missing=missing)), Dial)
    assert [(e.at, e.outcome, e.why) for e in walk.trace if e.at == "recording"] == [entry]


def test_skipped_notice_is_traced() -> None:
    assert "recording -> not announced | record_notice says skip" in traced(
        walked(book(OWN.replace("own.wav", "skip")))
    )


@pytest.mark.parametrize("cut", range(7))
def test_notice_is_not_repeated_after_takeover(cut: int) -> None:
    rules = book(OWN, "[play:a.wav, agent:nancy, queue:q, agent:johan]")
    first, done = driven(rules)
    assert len(first.outcomes) == 7
    later = Walk(rules, facts())
    under_way = later.resume(first.outcomes[:cut])
    rest = [under_way]
    for outcome in first.outcomes[cut:]:
        rest.append(later.next(outcome))
    assert rest == done[cut:] and later.trace == first.trace


def test_notice_is_in_replay_and_text() -> None:
    rules = book(OWN, "[agent:nancy, agent:johan]")
    run = thought(rules, unanswered=1)
    walk, call = run.walk, explained(run)
    assert call.record and "recording -> announced" in "\n".join(as_text(call))
    past = Past(number=MAIN, destination="agent:johan", facts=walk.facts, walks=(Walked(steps=walk.steps),))
    assert [replay(book(line, "[agent:nancy, agent:johan]"), past).how for line in (OWN, "")] == [SAME, SAME]


@settings(max_examples=60, deadline=None)
@given(rule_books(), st.data())
def test_notice_is_played_at_most_once_before_recording_for_any_rule_book(rules: RuleBook, data: st.DataObject) -> None:
    for number in rules.tracking_numbers:
        keys = data.draw(st.lists(st.sampled_from("0123456789"), max_size=4))
        _, done = driven(rules, facts(number), People(keys=keys, dials=[Dialled(outcome="busy")]))
        heard = [i for i, action in enumerate(done) if isinstance(action, Play) and action.whole]
        taped = [i for i, a in enumerate(done) if isinstance(a, Dial | Enqueue) and a.record]
        assert len(heard) <= 1
        assert not heard or (taped and heard[0] < taped[0])


# Lint, text


FLOW = "f: {record_notice: f.wav, route: agent:nancy}"


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (book(head=COMPANY), ["record_notice"]),
        (book(", record: true", head=COMPANY), []),
        (book("", "flow:f", head=COMPANY, flows="f: {record: true, route: agent:nancy}"), []),
        (book(", record_notice: own.wav"), [f"tracking_numbers.{MAIN}.record_notice"]),
        (book(", record_notice: skip"), []),
        (book(OWN), []),
        (book(", record_notice: own.wav", "flow:f", flows="f: {record: true, route: agent:nancy}"), []),
        (book("", "flow:f", flows=FLOW), ["flows.f.record_notice"]),
        (book(", record: true", "flow:f", flows=FLOW), []),
        (book("", "flow:g", flows=f"{FLOW}, g: {{record: true, route: flow:f}}"), []),
        (book("", "flow:f", flows="f: {record_notice: f.wav, route: flow:g}, g: {record: true, route: queue:q}"), []),
        (book("", "flow:f", head="record_notice: skip", flows="f: {record_notice: skip, route: agent:nancy}"), []),
    ],
)  # fmt: skip
def test_lint_finds_unheard_notice(rules: RuleBook, found: list[str]) -> None:
    seen = [".".join(map(str, each.path)) for each in lint(rules) if each.code == "notice-unheard"]
    assert seen == found


@pytest.mark.parametrize("text", ["../x.wav", "say:", "say: ", "http://a/b.wav", "x y"])
def test_invalid_notice_is_refused(text: str) -> None:
    tree = {"number": MAIN, "to": "hangup", "record_notice": text}
    _, (problem,) = schema.read(TrackingNumber, tree, book().context)
    assert problem.path == ("record_notice",)
