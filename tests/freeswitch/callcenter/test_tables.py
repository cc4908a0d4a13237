"""mod_callcenter's tables read, and what of them is ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fsrouter.errors import Error
from fsrouter.esl import commands
from fsrouter.freeswitch.callcenter.model import AgentDef, CallCenter, QueueDef
from fsrouter.freeswitch.callcenter.tables import Running, ours, read, reserved, rows

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
ann@lab|single_box||callback|[leg_timeout=20,fsr_call=1,fsr_target=agent.ann,outbound_redirect_fatal=true]user/1001@127.0.0.1|Available|Waiting|0|\
10|10|30|10|0|0|0|1795312723|0|0|0|0|0
own|single_box||callback|user/1|user/2|Logged Out|Reserved|3|10|10|60|0|0|0|0|0|0|0|0|0|0
+OK
"""


def running(queues: str = QUEUES, agents: str = AGENTS, tiers: str = "+OK\n") -> Running:
    tables = {"queue list": queues, "agent list": agents, "tier list": tiers}
    return read(lambda verb, words: tables[words])


def test_read_gives_the_rows_of_each_table() -> None:
    found = running()
    assert [row["name"] for row in found.queues] == ["short@lab", "support@default"]
    assert found.queues[0]["moh_sound"] == "tone_stream://%(4000,0,350);loops=-1"
    assert found.agents[1]["contact"] == "user/1|user/2"
    assert found.statuses == {"ann@lab": "Available", "own": "Logged Out"}
    assert found.tiers == ()


@pytest.mark.parametrize("reply", ["", "+OK\n", "-ERR no\n", "a|b\n", "a|b\n1|2\n", "a|b\n1\n+OK\n"])
def test_rows_of_what_is_no_table(reply: str) -> None:
    assert list(rows(reply, "b")) == []


def test_read_without_mod_callcenter_says_what_to_do() -> None:
    with pytest.raises(Error, match="load mod_callcenter"):
        read(lambda verb, words: "-ERR callcenter_config Command not found!\n")


def test_ours_by_name_and_form() -> None:
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


def test_agent_by_a_trunk_is_read_back_as_written() -> None:
    phone = AgentDef("ann@lab", "user/1001@127.0.0.1")
    number = AgentDef("ann@lab", "sofia/gateway/carrier/+13125550161", trunk="carrier")
    assert number.contact.endswith(",fsr_trunk=carrier]sofia/gateway/carrier/+13125550161")
    there = running(agents=AGENTS.replace(phone.contact, number.contact))
    assert ours(there, CallCenter((), (number,)), {"lab"}, {}).agents == (number,)


@pytest.mark.parametrize("wait", [0, 6])
def test_agent_of_several_gateways_is_read_as_it_was_written(wait: int) -> None:
    a, b, c = (f"sofia/gateway/{name}/+13125550161" for name in "abc")
    ann = AgentDef("ann@lab", a, trunk="carrier", instead=(b, c), wait=wait)
    table = AGENTS.replace(AgentDef("ann@lab", "user/1001@127.0.0.1").contact, ann.contact)
    assert table != AGENTS and ann.contact.count("|") == 2
    assert ann.contact.startswith("{originate_timeout=20}[")
    assert ours(running(agents=table), CallCenter((), (ann,)), {"lab"}, {}).agents == (ann,)
    assert commands.api("callcenter_config", "agent", "set", "contact", "ann@lab", ann.contact)
    waits = [way.count("leg_progress_timeout=6,") for way in ann.contact.split("|")]
    assert waits == ([1, 1, 0] if wait else [0, 0, 0]), "the last one rings to the end"


def test_ours_takes_the_announcement_that_was_loaded() -> None:
    new = QueueDef("short@lab", "top-down", "tone_stream://%(4000,0,350);loops=-1", "a.wav", 30, max_wait=3)
    old = replace(new, announce="", announce_every=0)
    assert ours(running(), CallCenter((new,)), {"lab"}, {}).queues == (new,)
    assert ours(running(), CallCenter((new,)), {"lab"}, {"short@lab": old}).queues == (old,)
