"""mod_callcenter's tables read, and brought to what is wanted on a FreeSWITCH stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fsrouter.errors import Error
from fsrouter.esl import commands
from fsrouter.esl.events import Event
from fsrouter.esl.validation import Refused
from fsrouter.freeswitch.callcenter.model import AgentDef, CallCenter, QueueDef, TierDef
from fsrouter.freeswitch.callcenter.positions import FIRST, Announcements, Offers, position_sounds, waiting_callers
from fsrouter.freeswitch.callcenter.sync import SyncResult, planned_commands, sync_queues
from fsrouter.freeswitch.callcenter.tables import Running, ours, read, reserved, rows
from fsrouter.freeswitch.install.queue_conf import sections
from fsrouter.simulator import Agent, Caller, Dialplan, Queue, Switch

ANN, BEN = AgentDef("ann@acme", "user/1001"), AgentDef("ben@acme", "sofia/gateway/carrier/+13125550161")
SUPPORT, SALES = QueueDef("support@acme", max_wait=30), QueueDef("sales@acme", strategy="ring-all")
WANTED = CallCenter(
    (SUPPORT, SALES),
    (ANN, BEN),
    (TierDef("support@acme", "ann@acme"), TierDef("support@acme", "ben@acme", 2), TierDef("sales@acme", "ben@acme")),
)
COMPANIES = {"acme"}
BREAK = "callcenter_config agent set status ann@acme '{}'"

# As FreeSWITCH 1.11.1 wrote them; the last agent's contact is a dial string with two legs.
QUEUES = """\
name|strategy|moh_sound|time_base_score|tier_rules_apply|tier_rule_wait_second|tier_rule_wait_multiply_level|\
tier_rule_no_agent_no_wait|discard_abandoned_after|abandoned_resume_allowed|max_wait_time|max_wait_time_with_no_agent|\
max_wait_time_with_no_agent_time_reached|record_template|calls_answered|calls_abandoned|ring_progressively_delay|\
skip_agents_with_external_calls|agent_no_answer_status
short@lab|top-down|tone_stream://%(4000,0,350);loops=-1|system|false|0|true|true|60|false|3|0|0||0|0|10|true|On Break
support@default|longest-idle-agent|local_stream://moh|system|false|300|true|false|60|false|0|0|5||0|0|0|true|On Break
+OK
"""
AGENTS = """\
name|instance_id|uuid|type|contact|status|state|max_no_answer|wrap_up_time|reject_delay_time|busy_delay_time|\
no_answer_delay_time|last_bridge_start|last_bridge_end|last_offered_call|last_status_change|no_answer_count|\
calls_answered|talk_time|ready_time|external_calls_count
ann@lab|single_box||callback|[leg_timeout=20,fsr_call=1,fsr_target=agent.ann]user/1001@127.0.0.1|Available|Waiting|0|\
10|10|30|10|0|0|0|1795312723|0|0|0|0|0
own|single_box||callback|user/1|user/2|Logged Out|Reserved|3|10|10|60|0|0|0|0|0|0|0|0|0|0
+OK
"""


def running(queues: str = QUEUES, agents: str = AGENTS, tiers: str = "+OK\n") -> Running:
    tables = {"queue list": queues, "agent list": agents, "tier list": tiers}
    return read(lambda verb, words: tables[words])


def test_the_tables_are_read() -> None:
    found = running()
    assert [row["name"] for row in found.queues] == ["short@lab", "support@default"]
    assert found.queues[0]["moh_sound"] == "tone_stream://%(4000,0,350);loops=-1"
    assert found.agents[1]["contact"] == "user/1|user/2"
    assert found.statuses == {"ann@lab": "Available", "own": "Logged Out"}
    assert found.tiers == ()


@pytest.mark.parametrize("reply", ["", "+OK\n", "-ERR no\n", "a|b\n", "a|b\n1|2\n", "a|b\n1\n+OK\n"])
def test_what_is_no_table_has_no_rows(reply: str) -> None:
    assert list(rows(reply, "b")) == []


def test_without_mod_callcenter_it_is_said_what_to_do() -> None:
    with pytest.raises(Error, match="load mod_callcenter"):
        read(lambda verb, words: "-ERR callcenter_config Command not found!\n")


def test_what_is_ours_and_what_is_not() -> None:
    tone = QueueDef("short@lab", "top-down", "tone_stream://%(4000,0,350);loops=-1", max_wait=3)
    ann = AgentDef("ann@lab", "user/1001@127.0.0.1")
    found = ours(running(), CallCenter(), {"lab", "default"}, {})
    assert [queue.name for queue in found.queues] == ["short@lab"]  # support@default is not as we write queues
    assert [agent.name for agent in found.agents] == ["ann@lab"]
    assert ours(running(), CallCenter((tone,), (ann,)), {"lab"}, {}) == CallCenter((tone,), (ann,))
    assert ours(running(), CallCenter(), {"acme"}, {}) == CallCenter()
    assert reserved(running(), {"lab"}) == frozenset()
    held = AGENTS.replace("Available|Waiting", "Available|Reserved")
    assert reserved(running(agents=held), {"lab"}) == {"ann@lab"}


def test_a_changed_announcement_is_seen_by_what_was_loaded() -> None:
    new = QueueDef("short@lab", "top-down", "tone_stream://%(4000,0,350);loops=-1", "a.wav", 30, max_wait=3)
    old = replace(new, announce="", announce_every=0)
    assert ours(running(), CallCenter((new,)), {"lab"}, {}).queues == (new,)
    assert ours(running(), CallCenter((new,)), {"lab"}, {"short@lab": old}).queues == (old,)


# -- on a switch

INTO_QUEUE = """<context name="public"><extension name="q"><condition field="destination_number" expression="^8000$">
<action application="callcenter" data="support@acme"/></condition></extension></context>"""


def conf(wanted: CallCenter, *others: str) -> str:
    """callcenter.conf as `install` writes it, with agents of the operator's own."""
    parts = sections(wanted)
    parts["agents"] += "".join(f'<agent name="{name}" type="callback" status="Available"/>' for name in others)
    return f"<configuration>{''.join(f'<{name}>{text}</{name}>' for name, text in parts.items())}</configuration>"


class Desk:
    """A switch, and what was said to it."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.said: list[str] = []

    def ask(self, verb: str, words: str) -> str:
        commands.api(verb, *words.split())  # nothing is sent that may not be
        self.said.append(f"{verb} {words}".strip())
        return self.switch.api(self.said[-1])

    def sync(self, wanted: CallCenter) -> SyncResult:
        """Write the file, and have the switch follow."""
        self.switch.configuration["callcenter.conf"] = conf(wanted, "own")
        return sync_queues(self.ask, wanted, COMPANIES, {})


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Switch(speed=400) as switch:
        yield Desk(switch)


def test_an_empty_switch_gets_everything_and_then_nothing(desk: Desk) -> None:
    kept = desk.sync(WANTED)
    assert (kept.refused, kept.outdated, kept.waiting) == ((), (), ())
    assert set(desk.switch.queues) == {"support@acme", "sales@acme"}
    assert desk.switch.queues["support@acme"].max_wait == 30
    assert [(agent.name, level) for agent, level, _ in desk.switch.queues["support@acme"].tiers] == [
        ("ann@acme", 1),
        ("ben@acme", 2),
    ]
    assert desk.switch.agents["ann@acme"].contact == ANN.contact
    assert desk.sync(WANTED) == SyncResult()
    assert planned_commands(desk.ask, WANTED, COMPANIES, {}) == ()


def test_a_break_is_one_command(desk: Desk) -> None:
    desk.sync(WANTED)
    away = replace(WANTED, agents=(replace(ANN, status="On Break"), BEN))
    assert sync_queues(desk.ask, away, COMPANIES, {}).done == (BREAK.format("On Break"),)
    assert desk.switch.agents["ann@acme"].status == "On Break"
    assert sync_queues(desk.ask, WANTED, COMPANIES, {}).done == (BREAK.format("Available"),)


def test_what_is_the_operators_own_stays(desk: Desk) -> None:
    desk.switch.queues["overflow@acme"] = theirs = Queue("overflow@acme", music="shout://radio")
    desk.switch.agents["own"] = Agent("own", "user/7", status="Logged Out")
    theirs.add(desk.switch.agents["own"])
    desk.sync(WANTED)
    assert desk.switch.agents["own"].status == "Logged Out"  # the file says Available
    assert "callcenter_config agent set status own 'Logged Out'" in desk.said
    desk.sync(CallCenter())
    assert set(desk.switch.queues) == {"overflow@acme"}
    assert set(desk.switch.agents) == {"own"}


def test_a_queue_that_the_file_does_not_have_is_told_and_not_touched(desk: Desk) -> None:
    desk.sync(WANTED)
    longer = replace(WANTED, queues=(replace(SUPPORT, max_wait=60), SALES, QueueDef("new@acme")))
    longer = replace(longer, tiers=(*WANTED.tiers, TierDef("new@acme", "ann@acme")))
    kept = sync_queues(desk.ask, longer, COMPANIES, {})
    assert kept.outdated == ("new@acme", "support@acme")
    assert kept.refused == ()
    assert desk.switch.queues["support@acme"].max_wait == 30
    assert "new@acme" not in desk.switch.queues


@pytest.mark.parametrize(("callers", "verb"), [(0, "reload"), (1, "load")])
def test_a_queue_with_callers_is_never_taken_away(desk: Desk, callers: int, verb: str) -> None:
    desk.sync(WANTED)
    waiting = enter(desk.switch, callers)
    kept = desk.sync(replace(WANTED, queues=(replace(SUPPORT, max_wait=300), SALES)))
    assert f"callcenter_config queue {verb} support@acme" in kept.done
    assert desk.switch.queues["support@acme"].max_wait == 300
    assert len(desk.switch.queues["support@acme"].members) == waiting


def test_a_queue_that_is_gone_is_unloaded_when_nobody_waits(desk: Desk) -> None:
    desk.sync(WANTED)
    enter(desk.switch, 1)
    sales = CallCenter((SALES,), (BEN,), (WANTED.tiers[2],))
    assert desk.sync(sales).waiting == ("support@acme",)
    assert "support@acme" in desk.switch.queues
    desk.switch.stop()
    assert desk.sync(sales).waiting == ()
    assert set(desk.switch.queues) == {"sales@acme"}


def enter(switch: Switch, callers: int) -> int:
    """Have callers wait in the queue `support@acme`, whose agents are on a break."""
    for agent in switch.agents.values():
        agent.status = "On Break"
    switch.dialplan = Dialplan.from_xml(INTO_QUEUE)
    for _ in range(callers):
        switch.call(Caller(to="8000")).reach("queue")
    return len(switch.queues["support@acme"].members)


# -- callers who wait


@pytest.mark.parametrize(
    ("position", "digits"), [(1, "1"), (20, "20"), (21, "20 1"), (30, "30"), (99, "90 9"), (0, ""), (100, ""), (-1, "")]
)
def test_a_position_as_sounds(position: int, digits: str) -> None:
    sounds = position_sounds(position)
    said = [part.removeprefix("digits/").removesuffix(".wav") for part in sounds.split("!") if "digits/" in part]
    assert " ".join(said) == digits
    if sounds:
        assert commands.api("uuid_displace", "u-1", "start", sounds)


def test_callers_are_told_where_they_stand_now_and_again() -> None:
    row = {"state": "Waiting", "session_uuid": "a", "joined_epoch": "100"}
    members = [
        {**row, "state": "Abandoned", "session_uuid": ""},
        row,
        {**row, "state": "Trying", "session_uuid": "b", "joined_epoch": "103"},
        {**row, "state": "Answered", "session_uuid": "c"},
    ]
    told = Announcements(30.0)
    assert told.due(waiting_callers(members), 100 + FIRST - 1) == []
    assert told.due(waiting_callers(members), 100 + FIRST) == [(1, "a")]
    assert told.due(waiting_callers(members), 103 + FIRST) == [(2, "b")]
    assert told.due(waiting_callers(members[2:]), 100 + FIRST + 29) == []
    assert told.due(waiting_callers(members[2:]), 103 + FIRST + 30) == [(1, "b")]
    told.forget(1e9)
    assert told.due(waiting_callers(members), 103 + FIRST + 31) == [(1, "a"), (2, "b")]


def about(action: str, member: str = "m", agent: str = "ann@acme", **more: str) -> Event:
    fields = {"CC-Action": action, "CC-Member-UUID": member, "CC-Agent": agent}
    return Event({**fields, **{f"CC-{name}": value for name, value in more.items()}})


@pytest.mark.parametrize(
    ("events", "orphaned"),
    [
        ([about("agent-offering")], True),
        ([about("agent-offering"), about("bridge-agent-fail")], False),
        ([about("agent-offering"), about("bridge-agent-start")], False),
        ([about("agent-offering"), about("agent-offering", agent="ben@acme"), about("bridge-agent-fail")], True),
        ([about("agent-offering", member="other")], False),
        ([], False),
    ],
)
def test_who_is_rung_for_a_caller_who_left(events: list[Event], orphaned: bool) -> None:
    offers = Offers()
    for event in events:
        assert offers.on_event(event) == ""
    assert offers.on_event(about("member-queue-end", agent="", Cause="Terminated")) == ""
    assert bool(offers.on_event(about("member-queue-end", agent="", Cause="Cancel"))) is orphaned
    assert offers.is_open("m") is orphaned


# -- what may be said


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("callcenter_config", "agent set status a@b 'On Break' x"),
        ("callcenter_config", "agent set status a@b Gone"),
        ("callcenter_config", "agent set state a@b Idle"),
        ("callcenter_config", "agent set contact a@b [x=${y}]user/1"),
        ("callcenter_config", "agent set uuid a@b x"),
        ("callcenter_config", "queue unload"),
        ("callcenter_config", "queue load a b"),
        ("callcenter_config", "tier add a b 1 999999"),
        ("hupall", "NORMAL_CLEARING"),
        ("hupall", "ORIGINATOR_CANCEL fsr_call 1"),
        ("uuid_displace", "u start shell_stream://x"),
        ("uuid_displace", "u start file_string://../../etc/passwd"),
        ("xml_locate", "directory"),
        ("xml_locate", "configuration configuration name ../x.conf"),
        ("file_exists", "/a/../../etc/shadow"),
        ("global_getvar", ""),
        ("sofia", "profile external restart"),
    ],
)
def test_other_words_are_refused(verb: str, words: str) -> None:
    with pytest.raises(Refused):
        commands.api(verb, *words.split())
