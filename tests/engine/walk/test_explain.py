"""`explain`: a walk under assumptions, as data with fixed keys and in words."""

from __future__ import annotations

import json

import msgspec
import pytest
from msgspec.structs import replace

from engine.books import (
    ADA,
    KEYS,
    MAIN,
    MORNING,
    OnBreak,
    People,
    book,
    contact,
    driven,
    facts,
    moment,
    thought,
    walked,
)
from fsrouter.engine.walk.explain import as_text
from fsrouter.engine.walk.explained import explained
from fsrouter.engine.walk.outcomes import Availability

RULES = """
distributions:
  d: {groups: [{rule: simultaneous, members: [agent:johan, agent:vald], ring: 20s}, {rule: sequential,
      members: [agent:nancy]}]}
menus:
  m: {greeting: hi.wav, attempts: 1, digits: {"1": distribution:d, "12": agent:vald}}
splits:
  s: {branches: [{weight: 1, then: agent:nancy}, {weight: 1, then: agent:johan}]}
tracking_numbers:
  - {number: "+18725550111", name: Main, source: direct, record: true, tags: [ads], to: [agent:nancy, distribution:d,
      queue:vip, voicemail:main]}
  - {number: "+18725550112", to: menu:m}
  - {number: "+18725550113", to: split:s}
"""
PEOPLE = (("nancy", 1001), ("johan", 1002), ("vald", 1003))
KNOWN = facts(caller=ADA, contacts=(contact(id="c-1", name="Ada", title="Buyer", tier="3"),))


def test_as_dict_has_exactly_the_fixed_keys():
    story = json.loads(msgspec.json.encode(explained(thought(book(RULES), KNOWN, unanswered=1))))
    assert list(story) == KEYS
    assert [list(entry) for entry in story["trace"]] == [["at", "outcome", "why"]] * len(story["trace"])
    keys = ["destination", "targets", "ring", "outcome", "caller_id", "record", "legs"]
    assert [list(attempt) for attempt in story["attempts"]] == [keys] * 2


def test_as_dict_values():
    story = json.loads(msgspec.json.encode(explained(thought(book(RULES), KNOWN, unanswered=1))))
    assert (story["company"], story["to"], story["from"]) == ("acme", MAIN, ADA)
    assert story["at"] == "2026-11-23T10:00:00-06:00"
    assert story["facts"]["title"] == "Buyer" and story["facts"]["crm.tier"] == "3"
    assert (
        story["facts"]["tags"] == ["ads"] and story["facts"]["source"] == "direct" and "keyword" not in story["facts"]
    )
    more = {"caller_id": "caller", "record": True}
    nancy, johan, vald = ({"destination": f"agent:{n}", "endpoint": f"user/{i}"} for n, i in PEOPLE)
    rung = {"destination": "distribution:d", "targets": ["agent:johan", "agent:vald"], "ring": 20}
    assert story["attempts"] == [
        {"destination": "agent:nancy", "targets": ["agent:nancy"], "ring": 30, "outcome": "no-answer"}
        | {**more, "legs": [nancy]},
        {**rung, "outcome": "answered", **more, "legs": [johan, vald]},
    ]
    assert (story["notice"], story["skipped"]) == ("", [])
    assert (story["destination"], story["tags"], story["record"]) == ("distribution:d", ["ads"], True)


@pytest.mark.parametrize(
    ("unanswered", "destination", "attempts"),
    [
        (0, "agent:nancy", 1),
        (1, "distribution:d", 2),
        (2, "agent:nancy", 3),
        (3, "queue:vip", 4),
        (4, "voicemail:main", 4),
    ],
)
def test_unanswered_counts_attempts_and_queues(unanswered, destination, attempts):
    walk = walked(book(RULES), KNOWN, unanswered=unanswered)
    assert (walk.destination, len(walk.attempts)) == (destination, attempts)
    assert [a.outcome for a in walk.attempts][:unanswered] == ["no-answer"] * min(unanswered, attempts)


@pytest.mark.parametrize(
    ("press", "taken"), [(["1"], "distribution:d"), (["12"], "agent:vald"), (["-"], "hangup"), ([], "hangup")]
)
def test_assumed_keys_are_pressed_in_order_then_silence(press, taken):
    assert walked(book(RULES), facts(to="+18725550112"), press=press).destination == taken


@pytest.mark.parametrize(
    ("draw", "taken"), [(0.0, "agent:nancy"), (0.49, "agent:nancy"), (0.5, "agent:johan"), (1.0, "agent:johan")]
)
def test_assumed_draw_decides_a_split(draw, taken):
    assert walked(book(RULES), facts(to="+18725550113"), draw=draw).destination == taken


def test_assumed_turn_decides_round_robin():
    rules = "distributions: {d: {groups: [{rule: round-robin, members: [agent:nancy, agent:johan]}]}}"
    assert walked(book(rules, to="distribution:d")).destination == "agent:nancy"
    assert walked(book(rules, to="distribution:d"), turns={"distribution:d/1": 1}).destination == "agent:johan"


def test_skipped_agent_is_no_attempt():
    walk, _ = driven(
        book(to="[agent:nancy, agent:johan]"), people=People(availability={"agent:nancy": Availability(on_break=True)})
    )
    assert [a.destination for a in walk.attempts] == ["agent:johan"]


def test_given_draw_is_not_listed_as_fact():
    assert "draw" not in explained(thought(book(RULES), facts(given={"draw": "0.5", "title": "x"}))).facts


# In words


def test_as_text_has_facts_trace_and_result():
    text = "\n".join(as_text(explained(thought(book(RULES), KNOWN, unanswered=1))))
    for fragment in (
        f"{ADA} calls {MAIN} (acme) on 2026-11-23T10:00:00-06:00",
        "title: Buyer",
        f"  1. {MAIN} -> agent:nancy, distribution:d, queue:vip, voicemail:main",
        "     calls to +18725550111 (Main) go there",
        "     rang agent:nancy for up to 30 s",
        "  => distribution:d, tags ads, recorded",
    ):
        assert fragment in text


TOLD = """
numbers:
  far: {number: "+1 312 555 0159", extension: "204", extension_delay: 2s, whisper: ads.wav, accept: "1"}
queues:
  nobody: {agents: [], skip_without_agents: yes}
distributions:
  d: {groups: [{rule: simultaneous, members: [agent:johan, number:far]}]}
"""


@pytest.mark.parametrize(
    ("route", "more", "assumed", "said"),
    [
        (
            "number:far",
            "record: true, record_notice: notice.wav",
            {},
            [
                "rings +13125550159 by trunk carrier, showing the caller's number, extension 204 after 2 s, "
                "whisper ads.wav, they press 1 to take it, recorded after the notice notice.wav"
            ],
        ),
        (
            "[number:desk, agent:nancy]",
            "record: true, record_notice: notice.wav, caller_id: tracking",
            {"unanswered": 1},
            [
                f"rings +13125550150 by trunk carrier, showing {MAIN}, recorded after the notice notice.wav",
                f"rings user/1001, showing {MAIN}, recorded",
            ],
        ),
        (
            "distribution:d",
            "whisper: 'say:Ads'",
            {},
            [
                "agent:johan: rings user/1002, whisper say:Ads",
                "number:far: rings +13125550159 by trunk carrier, extension 204 after 2 s, whisper ads.wav, "
                "they press 1 to take it",
                "all of them: showing the caller's number",
            ],
        ),
        ("[queue:nobody, queue:vip]", "", {}, ["showing the caller's number"]),
    ],
)
def test_as_text_tells_what_is_done_at_each_attempt(
    route: str, more: str, assumed: dict[str, int], said: list[str]
) -> None:
    rules = book(f"{TOLD}\ntracking_numbers: [{{number: '{MAIN}', to: {route}, trunk: carrier, {more}}}]")
    lines = [line.strip() for line in as_text(explained(thought(rules, **assumed)))]
    assert [line for line in lines if "rings +" in line or "rings user" in line or "showing " in line] == said


def test_skipped_are_told_with_why() -> None:
    rules = book(
        "queues: {nobody: {agents: [], skip_without_agents: yes}}\n"
        "distributions: {d: {groups: [{rule: simultaneous, members: [agent:nancy, agent:owner, agent:johan]}]}}",
        "[agent:last, agent:nancy, queue:nobody, distribution:d]",
    )
    call = explained(thought(rules, available=OnBreak({"agent:nancy"})))
    assert [(each.destination, each.why) for each in call.skipped] == [
        ("agent:last", "no agent is known to have talked with this caller"),
        ("agent:nancy", "on break"),
        ("queue:nobody", "it has no agents"),
        ("agent:nancy", "on break"),
        ("agent:owner", "the caller's contact is owned by none of the agents"),
    ]
    assert [attempt.targets for attempt in call.attempts] == [("agent:johan",)]


def test_as_text_of_a_withheld_number():
    lines = list(as_text(explained(thought(book(to="agent:nancy"), facts(caller="")))))
    assert lines[0].startswith("a caller who withholds the number calls")


def test_as_text_has_age_of_the_contacts_data():
    known = facts(caller=ADA, contacts=(contact(id="c-1", crm="hub", name="Ada", synced=moment(MORNING) - 3 * 86400),))
    assert "     Ada, as hub had it 3 days before" in "\n".join(as_text(explained(thought(book(RULES), known))))


def test_as_text_replaces_unprintable_characters():
    hostile = "Bob\x1b[2J\r\n\u202etxt.\u2028"
    known = facts(contacts=(contact(id="1", name=hostile, title=hostile, note=hostile),), visitor={"keyword": hostile})
    rules = "routers: {r: {branches: [{when: {title: x}, then: hangup}, {when: {keyword: '*'}, then: agent:nancy}]}}"
    lines = list(as_text(explained(thought(book(rules, to="router:r"), known))))
    assert all(line.isprintable() for line in lines) and any("Bob?[2J" in line for line in lines)


@pytest.mark.parametrize(
    ("route", "assumed", "said"),
    [
        ("agent:nancy", {"unanswered": 1}, "=> hangup, for nobody took the call"),
        ("hangup", {}, "=> hangup"),
        ("agent:nancy", {}, "=> agent:nancy"),
    ],
)
def test_as_text_ends_with_what_took_the_call(route: str, assumed: dict[str, int], said: str) -> None:
    run = thought(book(to=route), **assumed)
    assert list(as_text(explained(run), run.walk.unanswered))[-1].strip() == said


def test_as_text_of_a_call_under_way() -> None:
    call = explained(thought(book(to="agent:nancy")))
    assert list(as_text(replace(call, destination="")))[-1].strip() == "=> nothing has taken the call"
