"""From one state of mod_callcenter to another, as commands in their order."""

from __future__ import annotations

import pytest

from fsrouter.esl.call.queues import callcenter_name
from fsrouter.freeswitch.callcenter import commands
from fsrouter.freeswitch.callcenter.model import AgentDef, CallCenter, QueueDef, TierDef

SUPPORT = callcenter_name("acme", "support")
NANCY = callcenter_name("acme", "nancy")
JOHAN = callcenter_name("acme", "johan")
CALLS = CallCenter(
    (QueueDef(SUPPORT, max_wait=300), QueueDef(callcenter_name("acme", "vip"), strategy="ring-all")),
    (AgentDef(NANCY, "user/1001"), AgentDef(JOHAN, "user/1002", status="On Break")),
    (TierDef(SUPPORT, NANCY), TierDef(SUPPORT, JOHAN, level=2), TierDef(callcenter_name("acme", "vip"), NANCY)),
)


def sent(old: CallCenter, new: CallCenter) -> list[str]:
    return [f"{verb} {arguments}".replace("callcenter_config ", "") for verb, arguments in commands.changes(old, new)]


def test_changes_are_empty_when_nothing_differs() -> None:
    assert commands.changes(CALLS, CALLS) == ()
    assert commands.removals(CALLS, CALLS) == ()


def test_changes_for_a_first_queue_with_its_agent() -> None:
    new = CallCenter(CALLS.queues[:1], CALLS.agents[:1], CALLS.tiers[:1])
    assert sent(CallCenter(), new) == [
        "reloadxml ",
        f"queue load {SUPPORT}",
        f"agent add {NANCY} callback",
        f"agent set contact {NANCY} [leg_timeout=20,fsr_call=1,fsr_target=agent.nancy,outbound_redirect_fatal=true]"
        "user/1001",
        f"agent set max_no_answer {NANCY} 0",
        f"agent set wrap_up_time {NANCY} 10",
        f"agent set reject_delay_time {NANCY} 10",
        f"agent set busy_delay_time {NANCY} 30",
        f"agent set no_answer_delay_time {NANCY} 10",
        f"agent set status {NANCY} 'Available'",
        f"tier add {SUPPORT} {NANCY} 1 1",
        f"tier set level {SUPPORT} {NANCY} 1",
        f"tier set position {SUPPORT} {NANCY} 1",
    ]


def test_changes_load_a_changed_queue_and_keep_breaks() -> None:
    changed = CallCenter((QueueDef(SUPPORT, max_wait=60), CALLS.queues[1]), CALLS.agents, CALLS.tiers)
    assert sent(CALLS, changed) == [
        "reloadxml ",
        f"queue reload {SUPPORT}",
        f"agent set status {NANCY} 'Available'",
        f"agent set status {JOHAN} 'On Break'",
    ]


def test_changes_for_a_break_touch_nothing_else() -> None:
    on_break = CallCenter(CALLS.queues, (AgentDef(NANCY, "user/1001", status="On Break"), CALLS.agents[1]), CALLS.tiers)
    assert sent(CALLS, on_break) == [f"agent set status {NANCY} 'On Break'"]


def test_changes_remove_an_agent_after_their_tiers() -> None:
    assert sent(CALLS, CallCenter(CALLS.queues, CALLS.agents[:1], (CALLS.tiers[0], CALLS.tiers[2]))) == [
        "reloadxml ",
        f"tier del {SUPPORT} {JOHAN}",
        f"agent set status {JOHAN} 'Logged Out'",
        f"agent del {JOHAN}",
    ]


def test_removals_unload_a_queue_that_is_gone() -> None:
    new = CallCenter(CALLS.queues[1:], CALLS.agents, CALLS.tiers[2:])
    assert sent(CALLS, new) == ["reloadxml "]
    (removal,) = commands.removals(CALLS, new)
    assert removal[0] == SUPPORT
    assert [arguments for _, arguments in removal[1]] == [
        f"tier del {SUPPORT} {NANCY}",
        f"tier del {SUPPORT} {JOHAN}",
        f"queue unload {SUPPORT}",
    ]
    assert commands.members(SUPPORT) == ("callcenter_config", f"queue count members {SUPPORT}")


@pytest.mark.parametrize(
    ("reply", "fine"),
    [
        ("+OK\n", True),
        ("0\n", True),
        ("-ERR Tier already exist!\n", True),
        ("-ERR Agent already exist!\n", True),
        ("-ERR Queue not found!\n", False),
        ("-USAGE: \n", False),
    ],
)
def test_done_reads_replies(reply: str, fine: bool) -> None:
    assert commands.done(reply) is fine
