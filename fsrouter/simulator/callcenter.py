"""The application `callcenter`: a caller waits in a queue of mod_callcenter until an agent answers.

What lives here: who waits, which agent is rung for whom, and what the caller's channel shows afterwards
(docs/wire.md 0.6, 3). What it must not know: the wire, the dialplan. The application returns when an agent has
answered, with the call in CS_HIBERNATE: the talk begins when whoever held the call lets go.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from fsrouter.simulator import bridge, causes, dialstring
from fsrouter.simulator.callcenter_model import AVAILABLE, Agent, Member, Queue
from fsrouter.simulator.leg import Leg, dial
from fsrouter.simulator.prompts import played

if TYPE_CHECKING:
    from fsrouter.simulator.line import Line
    from fsrouter.simulator.switch import Switch

_FUNCTION = ("mod_callcenter.c", "callcenter_function", 3113)
_arrivals = count()
_COUNT = ("mod_callcenter.c", "cc_queue_count", 878)
_AGENT = ("mod_callcenter.c", "outbound_agent_thread_run", 1934)


def callcenter(line: Line, argument: str) -> None:
    """Wait in a queue until an agent answers, a key is pressed, or the wait is over."""
    queue = line.switch.queues.get(argument.strip())
    if queue is None:
        line.tell(f"no such queue: {argument}")
        return
    member = _join(line, queue)
    line.placed.step("queue")
    line.placed.prompt_begins()
    reason = _wait(line, queue, member)
    _stop_ringing(queue, member, "LOSE_RACE" if member.leg else "ORIGINATOR_CANCEL")
    queue.members.remove(member)
    if member.leg is not None and member.agent is not None and line.ours:
        _answered(line, queue, member, member.agent, member.leg)
    else:
        if member.leg is not None:
            member.leg.release("ORIGINATOR_CANCEL")
            _let_go(queue, member.agent, line)
        _cancelled(line, queue, member, reason or "BREAK_OUT")
    _count(line.switch, queue, line)


def _join(line: Line, queue: Queue) -> Member:
    line.answer()
    base = line.variables.get("cc_base_score", "0")
    score = int(base) if base.lstrip("-").isdigit() else 0
    member = Member(line, line.switch.new_uuid(), line.clock.now, score, next(_arrivals))
    line.set_all({"cc_side": "member", "cc_member_uuid": member.uuid})
    line.set("cc_agent_found", None)
    line.set("cc_agent_bridged", None)
    line.set_all({"cc_queue_joined_epoch": str(line.stamp() // 1_000_000), "cc_queue": queue.name})
    line.acknowledge()
    line.tell(f"waits in {queue.name}")
    queue.members.append(member)
    line.switch.events.queue(line, queue.name, "member-queue-start", _FUNCTION, _about(member), channel=line)
    _count(line.switch, queue, line)
    return member


def _wait(line: Line, queue: Queue, member: Member) -> str:
    """Until an agent has answered (then nothing) or the reason why the wait ended.

    While an agent's phone rings nobody looks at `max_wait` (CC_APP_AGENT_CONNECTING, mod_callcenter.c:2869).
    """
    began = last_agent = line.clock.now
    while line.ours:
        if (key := _exit_key(line)) is not None:
            line.set("cc_exit_key", key)
            return "EXIT_WITH_KEY"
        if member.leg is not None:
            return ""
        now = line.clock.now
        if any(agent.status in AVAILABLE for agent, _, _ in queue.tiers):
            last_agent = now
        limits = [began + queue.max_wait if queue.max_wait else math.inf]
        limits.append(last_agent + queue.max_wait_with_no_agent if queue.max_wait_with_no_agent else math.inf)
        if now >= limits[0] - 1e-9 and not member.ringing:
            return "TIMEOUT"
        if now >= limits[1] - 1e-9:
            return "NO_AGENT_TIMEOUT"
        _offer(line, queue, member)
        wait = (limits[1] if member.ringing else min(limits)) - line.clock.now
        line.pause(wait if wait != math.inf else None)
    return "BREAK_OUT"


def _exit_key(line: Line) -> str | None:
    """A typed key of `cc_exit_keys`; keys that are none are thrown away."""
    keys = line.variables.get("cc_exit_keys", "")
    while line.typed:
        key = line.typed.popleft()
        if key in keys:
            return key
    return None


def _offer(line: Line, queue: Queue, member: Member) -> None:
    """Ring the next free agent for the caller whose turn it is; `ring-all` rings all of them."""
    if member.ringing and queue.strategy != "ring-all":
        return
    ahead = [other for other in queue.members if other.rank < member.rank and not other.ringing and other.leg is None]
    free = queue.free()
    if len(free) <= len(ahead):
        return
    for agent in free[len(ahead) :] if queue.strategy == "ring-all" else free[len(ahead) : len(ahead) + 1]:
        _ring(line, queue, member, agent)


def _ring(line: Line, queue: Queue, member: Member, agent: Agent) -> None:
    agent.busy, agent.state = True, "Receiving"
    wanted = dialstring.parse(agent.contact)[0][0]
    leg = dial(line, wanted, lambda: _looked(queue, member, agent), for_queue=True)
    if "leg_timeout" not in wanted.variables:
        leg.limit(agent.ring, "NO_ANSWER")
    leg.set_all({"cc_side": "agent", "cc_queue": queue.name, "cc_agent": agent.name, "cc_member_uuid": member.uuid})
    member.ringing.append((agent, leg))
    about = [
        ("CC-Agent", agent.name),
        ("CC-Agent-Type", "callback"),
        ("CC-Agent-System", "single_box"),
        *_about(member),
    ]
    line.switch.events.queue(line, queue.name, "agent-offering", _AGENT, about)


def _looked(queue: Queue, member: Member, agent: Agent) -> None:
    """An agent's leg changed: it answered for this caller, or it is over."""
    for who, leg in list(member.ringing):
        if who is not agent:
            continue
        if leg.won and not leg.down and member.leg is None:
            member.agent, member.leg = agent, leg
            member.ringing.remove((who, leg))
            agent.state = "In a queue call"
        elif leg.down:
            member.ringing.remove((who, leg))
            if leg.cause not in ("LOSE_RACE", "ORIGINATOR_CANCEL"):
                agent.resting = True
                member.line.soon(partial(_rested, queue, agent, member.line), agent.reject_delay)
            _let_go(queue, agent, member.line)
    member.line.wake()


def _rested(queue: Queue, agent: Agent, line: Line) -> None:
    """An agent who did not take a call may be rung again."""
    agent.resting = False
    _wake_all(queue, agent, line)


def _let_go(queue: Queue, agent: Agent | None, line: Line) -> None:
    """An agent is free again: every queue that he serves looks."""
    if agent is not None:
        agent.busy, agent.state = False, "Waiting"
        _wake_all(queue, agent, line)


def _wake_all(queue: Queue, agent: Agent, line: Line) -> None:
    """Every queue that an agent serves looks again."""
    for other in line.switch.queues.values():
        if other is queue or any(tier[0] is agent for tier in other.tiers):
            other.wake()


def _stop_ringing(queue: Queue, member: Member, cause: str) -> None:
    for _, leg in list(member.ringing):
        leg.release(cause)


def _answered(line: Line, queue: Queue, member: Member, agent: Agent, leg: Leg) -> None:
    """The agent is there: the call is handed over, the talk runs when the call is let go (CS_HIBERNATE)."""
    agent.answered += 1
    called = str(int(leg.times.created // 1_000_000))
    line.tell(f"agent {agent.name} answers")
    line.set("cc_agent_uuid", leg.uuid)
    line.set("original_destination_number", line.profile.destination)
    line.set("original_caller_id_name", line.profile.caller_name)
    line.set("original_caller_id_number", line.profile.caller_number)
    line.profile.callee_name, line.profile.callee_number = "Outbound Call", leg.profile.destination
    line.profile.index += 1
    line.profile.created = line.stamp()
    line.take(causes.HIBERNATE, f"uuid_br:{leg.uuid}")
    line.set_all(played(line.clock.now - member.joined))
    line.set("cc_cause", "answered")
    about = [("CC-Agent", agent.name), ("CC-Agent-System", "single_box"), ("CC-Agent-UUID", leg.uuid),
             ("CC-Agent-Called-Time", called), ("CC-Agent-Answered-Time", str(leg.times.answered // 1_000_000)),
             ("CC-Member-Joined-Time", line.variables.get("cc_queue_joined_epoch", "")), *_about(member)]  # fmt: skip
    line.switch.events.queue(line, queue.name, "bridge-agent-start", _AGENT, about, channel=leg)
    line.taken_to = lambda: _talk(line, queue, agent, leg, about)


def _talk(line: Line, queue: Queue, agent: Agent, leg: Leg, about: list[tuple[str, str]]) -> None:
    line.state = causes.SOFT_EXECUTE
    if leg.down:
        line.hang_up("DESTINATION_OUT_OF_ORDER")
    else:
        line.tell(f"talks with {leg.log.target}")
        bridge.connect(line, leg, from_queue=True)
        line.set("cc_agent", agent.name)
        line.set("cc_queue_answered_epoch", str(line.stamp() // 1_000_000))
        bridge.talk(line, leg)
    line.set("call_uuid", line.uuid)
    if agent.wrap_up:
        agent.resting = True
        line.switch.clock.after(agent.wrap_up, partial(_rested, queue, agent, line))
    _let_go(queue, agent, line)
    line.soon(lambda: _ended(line, queue, leg, about))


def _ended(line: Line, queue: Queue, leg: Leg, about: list[tuple[str, str]]) -> None:
    over = str(line.stamp() // 1_000_000)
    result = ("CC-Hangup-Cause", "SUCCESS")
    bridged = [("CC-Agent-Bridged", "true"), ("CC-Bridge-Terminated-Time", over)]
    line.switch.events.queue(line, queue.name, "bridge-agent-end", _AGENT, [result, *bridged, *about], channel=leg)
    left = [result, ("CC-Cause", "Terminated"), ("CC-Member-Leaving-Time", over)]
    line.switch.events.queue(line, queue.name, "member-queue-end", _AGENT, [*left, *about], channel=line)


def _cancelled(line: Line, queue: Queue, member: Member, reason: str) -> None:
    line.tell(f"leaves {queue.name}: {reason}")
    line.set_all(
        {"cc_queue_canceled_epoch": str(line.stamp() // 1_000_000), "cc_cause": "cancel", "cc_cancel_reason": reason}
    )
    about = [("CC-Cause", "Cancel"), ("CC-Cancel-Reason", reason), *_about(member)]
    line.switch.events.queue(line, queue.name, "member-queue-end", _FUNCTION, about, channel=line)


def _count(switch: Switch, queue: Queue, line: Line) -> None:
    about = [("CC-Count", str(len(queue.members))), ("CC-Selection", "Single-Queue")]
    switch.events.queue(line, queue.name, "members-count", _COUNT, about)


def _about(member: Member) -> list[tuple[str, str]]:
    profile = member.line.profile
    return [("CC-Member-UUID", member.uuid), ("CC-Member-Session-UUID", member.line.uuid),
            ("CC-Member-CID-Name", profile.caller_name), ("CC-Member-CID-Number", profile.caller_number)]  # fmt: skip
