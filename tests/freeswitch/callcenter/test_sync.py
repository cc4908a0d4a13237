"""A FreeSWITCH stand-in brought to what is wanted, with callers and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fsrouter.esl import commands
from fsrouter.freeswitch.callcenter.model import AgentDef, CallCenter, QueueDef, TierDef
from fsrouter.freeswitch.callcenter.sync import SyncResult, planned_commands, sync_queues
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


INTO_QUEUE = """<context name="public"><extension name="q"><condition field="destination_number" expression="^8000$">
<action application="callcenter" data="support@acme"/></condition></extension></context>"""


def conf(wanted: CallCenter, *others: str) -> str:
    """callcenter.conf as `install` writes it, with agents of the operator's own."""
    parts = sections(wanted)
    parts["agents"] += "".join(f'<agent name="{name}" type="callback" status="Available"/>' for name in others)
    return f"<configuration>{''.join(f'<{name}>{text}</{name}>' for name, text in parts.items())}</configuration>"


class SyncedSwitch:
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
def synced() -> Iterator[SyncedSwitch]:
    with Switch(speed=400) as switch:
        yield SyncedSwitch(switch)


def test_sync_of_an_empty_switch_sends_everything_then_nothing(synced: SyncedSwitch) -> None:
    kept = synced.sync(WANTED)
    assert (kept.refused, kept.outdated, kept.waiting) == ((), (), ())
    assert set(synced.switch.queues) == {"support@acme", "sales@acme"}
    assert synced.switch.queues["support@acme"].max_wait == 30
    assert [(agent.name, level) for agent, level, _ in synced.switch.queues["support@acme"].tiers] == [
        ("ann@acme", 1),
        ("ben@acme", 2),
    ]
    assert synced.switch.agents["ann@acme"].contact == ANN.contact
    assert synced.sync(WANTED) == SyncResult()
    assert planned_commands(synced.ask, WANTED, COMPANIES, {}) == ()


def test_sync_of_a_break_is_one_command(synced: SyncedSwitch) -> None:
    synced.sync(WANTED)
    away = replace(WANTED, agents=(replace(ANN, status="On Break"), BEN))
    assert sync_queues(synced.ask, away, COMPANIES, {}).done == (BREAK.format("On Break"),)
    assert synced.switch.agents["ann@acme"].status == "On Break"
    assert sync_queues(synced.ask, WANTED, COMPANIES, {}).done == (BREAK.format("Available"),)


def test_sync_leaves_what_is_the_operators_own(synced: SyncedSwitch) -> None:
    synced.switch.queues["overflow@acme"] = theirs = Queue("overflow@acme", music="shout://radio")
    synced.switch.agents["own"] = Agent("own", "user/7", status="Logged Out")
    theirs.add(synced.switch.agents["own"])
    synced.sync(WANTED)
    assert synced.switch.agents["own"].status == "Logged Out"  # the file says Available
    assert "callcenter_config agent set status own 'Logged Out'" in synced.said
    synced.sync(CallCenter())
    assert set(synced.switch.queues) == {"overflow@acme"}
    assert set(synced.switch.agents) == {"own"}


def test_sync_does_not_touch_a_queue_that_the_file_does_not_have(synced: SyncedSwitch) -> None:
    synced.sync(WANTED)
    longer = replace(WANTED, queues=(replace(SUPPORT, max_wait=60), SALES, QueueDef("new@acme")))
    longer = replace(longer, tiers=(*WANTED.tiers, TierDef("new@acme", "ann@acme")))
    kept = sync_queues(synced.ask, longer, COMPANIES, {})
    assert kept.outdated == ("new@acme", "support@acme")
    assert kept.refused == ()
    assert synced.switch.queues["support@acme"].max_wait == 30
    assert "new@acme" not in synced.switch.queues


@pytest.mark.parametrize(("callers", "verb"), [(0, "reload"), (1, "load")])
def test_sync_never_takes_a_queue_away_from_callers(synced: SyncedSwitch, callers: int, verb: str) -> None:
    synced.sync(WANTED)
    waiting = enter(synced.switch, callers)
    kept = synced.sync(replace(WANTED, queues=(replace(SUPPORT, max_wait=300), SALES)))
    assert f"callcenter_config queue {verb} support@acme" in kept.done
    assert synced.switch.queues["support@acme"].max_wait == 300
    assert len(synced.switch.queues["support@acme"].members) == waiting


def test_sync_unloads_a_queue_when_nobody_waits(synced: SyncedSwitch) -> None:
    synced.sync(WANTED)
    enter(synced.switch, 1)
    sales = CallCenter((SALES,), (BEN,), (WANTED.tiers[2],))
    assert synced.sync(sales).waiting == ("support@acme",)
    assert "support@acme" in synced.switch.queues
    synced.switch.stop()
    assert synced.sync(sales).waiting == ()
    assert set(synced.switch.queues) == {"sales@acme"}


def enter(switch: Switch, callers: int) -> int:
    """Have callers wait in the queue `support@acme`, whose agents are on a break."""
    for agent in switch.agents.values():
        agent.status = "On Break"
    switch.dialplan = Dialplan.from_xml(INTO_QUEUE)
    for _ in range(callers):
        switch.call(Caller(to="8000")).reach("queue")
    return len(switch.queues["support@acme"].members)
