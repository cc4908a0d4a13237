"""Routes, sentence by sentence: falling through, exhaustion, loops, what ends a walk."""

from __future__ import annotations

import pytest

from engine.books import ADA, OTHER, OnBreak, People, book, contact, driven, facts, traced, tried, walked
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Dial, Enqueue, FailSafe, Hangup, LeaveMessage, Play, Transfer
from fsrouter.engine.walk.outcomes import Availability, Dialled, LegResult, Played
from fsrouter.engine.walk.walk import Walk

# route, how many get no answer, what takes the call, attempts
ROUTES = [
    ("agent:nancy", 0, "agent:nancy", ["agent:nancy 30 answered"]),
    ("number:desk", 0, "number:desk", ["number:desk 25 answered"]),
    ("phone:+13125550199", 0, "phone:+13125550199", ["phone:+13125550199 30 answered"]),
    ("'phone:(312) 555-0199'", 0, "phone:+13125550199", ["phone:+13125550199 30 answered"]),
    ("queue:support", 0, "queue:support", ["queue:support 300 answered"]),
    ("voicemail:main", 5, "voicemail:main", []),
    ("extension:1001", 5, "extension:1001", []),
    ("hangup", 5, "hangup", []),
    ("'hangup:USER_BUSY'", 5, "hangup:USER_BUSY", []),
    ("[agent:nancy, queue:support]", 1, "queue:support", ["agent:nancy 30 no-answer", "queue:support 300 answered"]),
    ("[queue:vip, agent:johan]", 1, "agent:johan", ["queue:vip 120 no-answer", "agent:johan 30 answered"]),
    ("[voicemail:main, agent:nancy]", 0, "voicemail:main", []),
    ("[extension:1001, agent:nancy]", 0, "extension:1001", []),
    ("[hangup, agent:nancy]", 0, "hangup", []),
    ("['play:a.wav', 'say:Hello', 'tag:hot', agent:nancy]", 0, "agent:nancy", ["agent:nancy 30 answered"]),
    ("[agent:nancy, agent:johan]", 2, "hangup", ["agent:nancy 30 no-answer", "agent:johan 30 no-answer"]),
]


@pytest.mark.parametrize(("route", "unanswered", "taken", "attempts"), ROUTES, ids=[r[0] for r in ROUTES])
def test_next_destination_is_tried_when_one_does_not_take_the_call(route, unanswered, taken, attempts):
    walk = walked(book(to=route), unanswered=unanswered)
    assert (walk.destination, tried(walk)) == (taken, attempts)


LASTS = [
    ("voicemail:main", LeaveMessage(voicemail="main", mailbox="1000")),
    ("extension:1001", Transfer(extension="1001")),
    ("hangup", Hangup()),
    ("'hangup:USER_BUSY'", Hangup(cause="USER_BUSY")),
    ("agent:nancy", Hangup(unanswered=True)),
]


@pytest.mark.parametrize(("route", "last"), LASTS, ids=[last[0] for last in LASTS])
def test_last_action_when_nobody_answers(route, last):
    walk, done = driven(book(to=route))
    assert done[-1] == last
    assert walk.next(Dialled(outcome="answered")) == last, "nothing comes behind the last action"
    assert len(walk.outcomes) == len(done) - 1


def test_answered_call_ends_with_a_normal_hangup():
    walk, done = driven(book(to="[agent:nancy, voicemail:main]"), people=People(dials=[Dialled(outcome="answered")]))
    assert done[-1] == Hangup() and walk.agent == "nancy" and walk.destination == "agent:nancy"


def test_exhausted_outermost_route_is_traced_as_unanswered():
    assert "+18725550111 -> unanswered" in traced(walked(book(to="agent:nancy"), unanswered=9))


NESTED = """
menus:
  main: {greeting: hi.wav, attempts: 1, digits: {"1": flow:ring, "2": []}, no_input: agent:johan}
  silent: {greeting: hi.wav, attempts: 1, digits: {"1": agent:vald}}
routers:
  first: {branches: [{when: {caller: "*"}, then: agent:nancy}, {when: {to: "*"}, then: agent:vald}],
      otherwise: agent:johan}
  none: {branches: [{when: {keyword: "*"}, then: agent:vald}]}
  nothing: {branches: [{when: {caller: "*"}, then: []}], otherwise: agent:johan}
priorities:
  table: {no_match: agent:nancy, did_defaults: {8725550112: agent:vald}}
  empty: {}
  title: {rules: [{title: boss, to: agent:nancy}], no_match: agent:vald}
splits:
  all: {branches: [{weight: 1, then: agent:nancy}, {weight: 1, then: agent:vald}]}
geo_routers:
  area: {areas: [{country: US, then: agent:nancy}, {region: NY, then: agent:vald}], otherwise: agent:johan}
  nowhere: {areas: [{country: DE, then: agent:vald}]}
crm_rules:
  tier: {crm: people, field: tier, rules: [{operator: ">=", value: 1, destination: agent:nancy}, {operator: "=",
      value: 3, destination: agent:vald}], otherwise: agent:johan}
flows:
  ring: {route: [agent:nancy]}
  outer: {route: [flow:ring, agent:vald]}
"""

# what is entered, keys, the agents that were tried before the voicemail behind it took the call
EXHAUSTED = [
    ("router:first", "", ["nancy"]),
    ("router:none", "", []),
    ("router:nothing", "", []),
    ("priority:table", "", ["nancy"]),
    ("priority:empty", "", []),
    ("split:all", "", ["nancy"]),
    ("geo:area", "", ["nancy"]),
    ("geo:nowhere", "", []),
    ("crm:tier", "", ["nancy"]),
    ("menu:main", "1", ["nancy"]),
    ("menu:main", "2", []),
    ("menu:main", "-", ["johan"]),
    ("menu:silent", "-", []),
    ("menu:silent", "9", []),
    ("flow:ring", "", ["nancy"]),
    ("flow:outer", "", ["nancy", "vald"]),
]


@pytest.mark.parametrize(("entered", "keys", "agents"), EXHAUSTED, ids=[f"{e[0]} {e[1]}" for e in EXHAUSTED])
def test_exhausted_route_goes_on_behind_what_entered_it(entered, keys, agents):
    known = facts(contacts=(contact(id="1", tier="3"),))
    walk = walked(book(NESTED, to=f"[{entered}, voicemail:main]"), known, press=keys, unanswered=99)
    assert [a.targets[0].removeprefix("agent:") for a in walk.attempts] == agents
    assert walk.destination == "voicemail:main"
    assert traced(walk).count("attempt 1 of") <= 1, "the menu asked again"


@pytest.mark.parametrize("title", ["boss", "BOSS "])
def test_exhausted_priority_rule_does_not_fall_to_no_match(title):
    known = facts(caller=ADA, contacts=(contact(id="1", title=title),))
    walk = walked(book(NESTED, to="[priority:title, voicemail:main]"), known, unanswered=99)
    assert tried(walk) == ["agent:nancy 30 no-answer"]


# Numbers: their own `no_answer` first, alone and inside of what else there is

NUMBERS = """
numbers:
  own: {number: "+1 312 555 0160", ring: 20s, no_answer: [agent:johan, number:plain]}
  plain: {number: "+1 312 555 0161"}
"""


def test_no_answer_route_comes_before_the_next_destination():
    walk = walked(book(NUMBERS, to="[number:own, agent:vald]"), unanswered=3)
    assert tried(walk) == [
        "number:own 20 no-answer",
        "agent:johan 30 no-answer",
        "number:plain 30 no-answer",
        "agent:vald 30 answered",
    ]


def test_busy_and_no_answer_are_distinct():
    people = People(
        dials=[
            Dialled(outcome="busy", legs=(LegResult(destination="agent:nancy", outcome="busy", cause="USER_BUSY"),)),
            Dialled(outcome="no-answer"),
        ]
    )
    walk, _ = driven(book(to="[agent:nancy, number:desk]"), people=people)
    assert tried(walk) == ["agent:nancy 30 busy", "number:desk 25 no-answer"]
    assert "agent:nancy -> busy" in traced(walk) and "number:desk -> no-answer" in traced(walk)


@pytest.mark.parametrize("who", ["agent:nancy", "agent:last", "agent:owner"])
def test_agent_on_break_is_skipped_without_attempt(who):
    known = facts(last_agent="nancy", contacts=(contact(id="1", owner="501"),))
    walk = walked(book(to=f"[{who}, agent:johan]"), known, available=OnBreak({"agent:nancy"}))
    assert tried(walk) == ["agent:johan 30 answered"]
    assert "agent:nancy -> skipped | on break" in traced(walk)


FOUND = [
    ("agent:last", facts(last_agent="johan"), "agent:johan"),
    ("agent:last", facts(), ""),
    ("agent:last", facts(last_agent="gone"), ""),
    ("agent:last", facts(given={"last_agent": "vald"}), "agent:vald"),
    ("agent:owner", facts(contacts=(contact(id="1", owner="502"),)), "agent:johan"),
    ("agent:owner", facts(contacts=(contact(id="1", owner="502"), contact(id="2", owner="501"))), "agent:johan"),
    ("agent:owner", facts(contacts=(contact(id="1"), contact(id="2", owner="501"))), ""),
    ("agent:owner", facts(contacts=(contact(id="1", owner="999"),)), ""),
    ("agent:owner", facts(contacts=(contact(owner="501", account="Globex"),)), ""),
    ("agent:owner", facts(), ""),
    ("agent:owner", facts(given={"owner": "502"}), "agent:johan"),
    ("agent:owner", facts(contacts=(contact(id="1", owner="502"),), given={"owner": ""}), ""),
    ("agent:owner", facts(contacts=(contact(id="1", crm="hub", owner="VALD@acme.example"),)), "agent:vald"),
    ("agent:owner", facts(contacts=(contact(id="1", crm="people", owner="vald@acme.example"),)), ""),
    ("agent:owner", facts(contacts=(contact(id="1", crm="people", owner="503"),)), "agent:vald"),
]


@pytest.mark.parametrize(("who", "known", "agent"), FOUND)
def test_last_and_owner_are_resolved_during_the_call(who, known, agent):
    walk = walked(book(to=f"[{who}, voicemail:main]"), known)
    assert walk.destination == (agent or "voicemail:main")
    assert f"{who} -> {agent or 'skipped'} | " in traced(walk)


# Queues

QUEUES = """
queues:
  full: {agents: [nancy], max_wait: 90s, exit_key: "0", exit_to: agent:nancy, unanswered: agent:johan, music: moh.wav,
      announce: position, skip_without_agents: true}
  plain: {max_wait: 60s, exit_key: "0", unanswered: agent:johan}
  bare: {}
"""

# queue, how the wait ends, who is tried behind it, what the trace says of it
QUEUED = [
    ("full", "exit-key", ["agent:nancy", "agent:vald"], "the caller pressed 0"),
    ("full", "timeout", ["agent:johan", "agent:vald"], "nobody took the call in time"),
    ("full", "no-agents", ["agent:johan", "agent:vald"], "nobody is logged in"),
    ("full", "failed", ["agent:johan", "agent:vald"], "could not be entered"),
    ("plain", "exit-key", ["agent:vald"], "the caller pressed 0"),
    ("plain", "timeout", ["agent:johan", "agent:vald"], "next: agent:johan"),
    ("bare", "timeout", ["agent:vald"], "nobody took the call in time"),
    ("bare", "no-agents", ["agent:vald"], "nobody is logged in"),
]


@pytest.mark.parametrize(("queue", "ended", "then", "why"), QUEUED)
def test_queue_goes_on_by_exit_key_or_timeout(queue, ended, then, why):
    walk, _ = driven(book(QUEUES, to=f"[queue:{queue}, agent:vald]"), people=People(queues=[ended]))
    assert [a.destination for a in walk.attempts] == [f"queue:{queue}", *then]
    assert why in traced(walk) and f"queue:{queue} -> {ended} | " in traced(walk)


NOBODY_THERE = """
queues:
  empty: {skip_without_agents: true, unanswered: agent:johan}
  away: {agents: [nancy, vald], skip_without_agents: true}
  waits: {agents: [nancy, vald]}
"""


@pytest.mark.parametrize(
    ("queue", "tried_", "why"),
    [
        ("empty", ["agent:johan"], "queue:empty -> no-agents | it has no agents; next: agent:johan"),
        ("away", [], "queue:away -> no-agents | all of its agents are on break; the call goes on"),
        ("waits", ["queue:waits"], "nobody took the call in time"),
    ],
)
def test_queue_without_agents_is_skipped_when_it_says_so(queue, tried_, why):
    away = {f"agent:{name}": Availability(on_break=True) for name in ("nancy", "vald")}
    route = f"[queue:{queue}, voicemail:main]"
    walk, done = driven(book(NOBODY_THERE, to=route), people=People(availability=away))
    assert [a.destination for a in walk.attempts] == tried_ and why in traced(walk)
    assert any(isinstance(action, Enqueue) for action in done) == (queue == "waits")


@pytest.mark.parametrize("known", [Availability(), Availability(calls=2)])
def test_queue_with_one_agent_who_is_not_on_break_is_entered(known):
    people = People(availability={"agent:nancy": Availability(on_break=True), "agent:vald": known})
    walk, _ = driven(book(NOBODY_THERE, to="queue:away"), people=people)
    assert [a.destination for a in walk.attempts] == ["queue:away"]


def test_enqueue_has_the_queues_settings():
    _, done = driven(book(QUEUES, to="queue:full"))
    assert done[1] == Enqueue(
        queue="full",
        max_wait=90,
        exit_key="0",
        music="moh.wav",
        announce="position",
        skip_without_agents=True,
        source="Main",
    )


# Doing something on the way


def test_play_say_and_tag_go_on():
    walk, done = driven(book(to="['tag:hot', 'play:a.wav', 'tag:hot', 'say:Hello, world']"))
    assert done[:2] == [Play(sound="a.wav"), Play(sound="say:Hello, world")] and walk.tags == ["hot"]


def test_missing_sound_does_not_lose_the_call():
    walk = Walk(book(to="['play:none.wav', voicemail:main]"), facts())
    walk.begin()
    assert isinstance(walk.next(Played(missing=True)), LeaveMessage)
    assert "play:none.wav -> missing" in traced(walk)


RECORD = """
flows:
  taped: {record: true, route: agent:nancy}
  plain: {record: false, route: agent:johan}
"""


def test_recording_stays_on():
    walk, done = driven(book(RECORD, to="[agent:vald, flow:taped, flow:plain, agent:vald, queue:vip]"))
    assert [a.record for a in done if isinstance(a, (Dial, Enqueue))] == [False, True, True, True, True]
    assert walk.record and "recorded" in traced(walk)


# Loops

ROUND = """
routers:
  round: {branches: [{when: {keyword: "*"}, then: voicemail:main}], otherwise: ["tag:round", router:round]}
flows:
  two: {route: [agent:nancy, flow:two]}
menus:
  again: {greeting: hi.wav, attempts: 1, digits: {"*": menu:again, "1": ["play:a.wav", menu:again]},
      no_input: menu:again}
queues:
  a: {exit_key: "0", exit_to: queue:b}
  b: {exit_key: "0", exit_to: queue:a}
"""


def test_destination_entered_more_than_ten_times_is_a_loop():
    walk, done = driven(book(ROUND, to="flow:two"))
    assert len(walk.attempts) == 10
    assert isinstance(done[-1], FailSafe) and walk.destination == "failsafe"
    assert "flow:two -> loop | flow:two was entered more than 10 times" in traced(walk)


def test_silent_menu_that_leads_into_itself_is_a_loop():
    walk, done = driven(book(ROUND, to="menu:again"))
    assert len(done) == 11 and isinstance(done[-1], FailSafe)
    assert "menu:again -> loop | menu:again was entered more than 10 times" in traced(walk)


@pytest.mark.parametrize("key", ["*", "1"])
def test_key_presses_reset_the_loop_count(key):
    walk, done = driven(book(ROUND, to="[menu:again, voicemail:main]"), people=People(keys=[key] * 200))
    asked = sum(isinstance(action, actions.Gather) for action in done)
    assert asked > 200 and walk.destination == "failsafe", "the silence behind the keys is the loop"


def test_queue_exit_key_resets_the_loop_count():
    walk, _ = driven(book(ROUND, to="queue:a"), people=People(queues=["exit-key"] * 60))
    assert len(walk.attempts) == 61 and walk.destination == "hangup"


def test_key_presses_are_bounded():
    _, done = driven(book(ROUND, to="menu:again"), people=People(keys=["*"] * 5000))
    assert isinstance(done[-1], FailSafe) and len(done) <= 1001


FIFTY = ", ".join(f"'tag:t{i}'" for i in range(49))


@pytest.mark.parametrize(
    ("behind", "taken"), [("voicemail:main", "voicemail:main"), ("'tag:x', voicemail:main", "failsafe")]
)
def test_more_than_fifty_destinations_are_a_loop(behind, taken):
    walk = walked(book(to=f"[{FIFTY}, {behind}]"))
    assert walk.destination == taken
    assert ("more than 50 destinations" in traced(walk)) == (taken == "failsafe")


def test_group_members_do_not_count_as_destinations():
    members = ", ".join(f"'phone:+1312555{i:04d}'" for i in range(60))
    rules = f"distributions: {{d: {{groups: [{{rule: sequential, members: [{members}]}}]}}}}"
    assert len(walked(book(rules, to="distribution:d"), unanswered=99).attempts) == 60


# Who sees and hears what

DIALLED = """
caller_id: tracking
trunk: carrier
ringback: ring.wav
tracking_numbers:
  - {number: "+18725550111", to: agent:nancy}
  - {number: "+18725550112", name: Yelp, source: yelp, to: agent:nancy, trunk: cheap, caller_id: caller,
      record: true, tags: [ads, yelp]}
"""


def test_tracking_number_overrides_company_defaults():
    plain = driven(book(DIALLED))[1][1]
    own = driven(book(DIALLED), facts(to=OTHER, contacts=(contact(id="1", name="Ada"),)))[1][1]
    assert (plain.trunk, plain.show, plain.ringback, plain.record) == ("carrier", "+18725550111", "ring.wav", False)
    assert (own.trunk, own.show, own.record, own.name, own.source) == ("cheap", "caller", True, "Ada", "Yelp")


def test_tags_begin_with_those_of_the_number():
    assert walked(book(DIALLED), facts(to=OTHER)).tags == ["ads", "yelp"]


WHISPERS = """
numbers:
  plain: {number: "+13125550160"}
  skips: {number: "+13125550161", whisper: skip}
  own: {number: "+13125550162", whisper: "say:Hello", accept: "1", extension: "204", extension_delay: 2s}
agents:
  keyed: {endpoint: user/1009, number: "+13125550163", accept: "5"}
distributions:
  all: {groups: [{rule: simultaneous, members: [number:own, agent:keyed, agent:nancy, "phone:+13125550164"],
      accept: "9"}]}
  own: {groups: [{rule: simultaneous, members: [number:own, agent:keyed, agent:nancy]}]}
tracking_numbers:
  - {number: "+18725550111", to: ["number:plain", "number:skips", "number:own", agent:keyed, "phone:+13125550164",
      distribution:all, distribution:own], whisper: google.wav}
  - {number: "+18725550112", to: ["number:plain", "number:own"], whisper: skip}
"""


def test_leg_has_whisper_accept_and_extension():
    legs = [leg for action in driven(book(WHISPERS))[1] if isinstance(action, Dial) for leg in action.legs]
    assert [leg.whisper for leg in legs[:5]] == ["google.wav", "", "say:Hello", "google.wav", "google.wav"]
    assert [leg.accept for leg in legs] == ["", "", "1", "5", "", "9", "9", "9", "9", "1", "5", ""]
    assert [(leg.extension, leg.extension_delay) for leg in legs[:3]] == [("", 0), ("", 0), ("204", 2)]
    assert (legs[3].endpoint, legs[3].number) == ("user/1009", "+13125550163")
    assert legs[4].number == "+13125550164"


def test_tracking_number_can_skip_the_whisper():
    legs = [a.legs[0] for a in driven(book(WHISPERS), facts(to=OTHER))[1] if isinstance(a, Dial)]
    assert [leg.whisper for leg in legs] == ["", "say:Hello"]


TAGGED = """
numbers:
  desk: {number: "+13125550150", tagging: {office: day, not office: evening, not nights: awake}}
distributions:
  both: {groups: [{rule: simultaneous, members: [number:desk, agent:nancy]}]}
"""


@pytest.mark.parametrize("route", ["number:desk", "distribution:both"])
@pytest.mark.parametrize(
    ("at", "tags"),
    [
        ("2026-11-23 16:59", ["day", "awake"]),
        ("2026-11-23 17:00", ["evening", "awake"]),
        ("2026-11-24 03:00", ["evening"]),
    ],
)
def test_tagging_hours_are_those_of_the_moment_of_ringing(route, at, tags):
    assert walked(book(TAGGED, to=route), facts(at=at)).tags == tags


def test_number_that_is_not_rung_adds_no_tag():
    walk, _ = driven(
        book(TAGGED, to="distribution:both"), people=People(availability={"number:desk": Availability(on_break=True)})
    )
    assert walk.tags == []


def test_schedules_are_judged_at_the_current_moment():
    people = People(seconds=60)
    walk, _ = driven(book(TAGGED, to="[agent:nancy, number:desk]"), facts(at="2026-11-23 16:58"), people)
    assert walk.tags == ["evening", "awake"], "three minutes after it began the office has closed"


# Operators


def test_goto_replaces_the_numbers_route():
    walk = Walk(book(to="agent:nancy"), facts(), goto=(Destination("voicemail", "main"),))
    assert isinstance(walk.begin(), LeaveMessage) and "an operator sent the call there" in traced(walk)


def test_unknown_number_raises_key_error():
    with pytest.raises(KeyError):
        Walk(book(), facts(to=ADA))
