"""The application `callcenter`: a caller waits in a queue of mod_callcenter until an agent answers.

What lives here: which agent is rung for whom, and what the caller's channel shows afterwards (docs/wire.md 0.6, 3).
What it must not know: the wire, the dialplan. The application returns when an agent has answered, with the call in
CS_HIBERNATE: the talk begins when whoever held the call lets go.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import count

from fsrouter.simulator import causes
from fsrouter.simulator.callcenter.model import AVAILABLE, Agent, Callcenter, Member, Queue
from fsrouter.simulator.calls import bridge, dialstring
from fsrouter.simulator.calls.leg import Leg, dial
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.calls.prompts import played
from fsrouter.simulator.channel import Channel

_arrivals = count()


def callcenter(center: Callcenter, line: Line, argument: str) -> None:
    """Wait in a queue until an agent answers, a key is pressed, or the wait is over."""
    queue = center.queues.get(argument.strip())
    if queue is None:
        line.note(f"no such queue: {argument}")
        return
    Wait(center, queue, line).run()


class Wait:
    """One caller's time in one queue, and the talk with its agent."""

    def __init__(self, center: Callcenter, queue: Queue, line: Line) -> None:
        self.center, self.queue, self.line = center, queue, line

    def run(self) -> None:
        """From joining to the agent's answer, or to the end of the wait."""
        line = self.line
        member = self.member = self._join()
        line.record.step("queue")
        line.record.prompt_begins()
        reason = self._wait()
        for _, leg in list(member.ringing):
            leg.hang_up("LOSE_RACE" if member.leg else "ORIGINATOR_CANCEL")
        self.queue.members.remove(member)
        if member.leg is not None and member.agent is not None and line.ready:
            self._answered(member.agent, member.leg)
        else:
            if member.leg is not None and member.agent is not None:
                member.leg.hang_up("ORIGINATOR_CANCEL")
                self._free(member.agent)
            self._cancelled(reason or "BREAK_OUT")
        self._publish_count()

    def _join(self) -> Member:
        line = self.line
        line.answer()
        base = line.variables.get("cc_base_score", "0")
        score = int(base) if base.lstrip("-").isdigit() else 0
        member = Member(line, line.switch.new_uuid(), line.clock.now, score, next(_arrivals))
        line.set_all({"cc_side": "member", "cc_member_uuid": member.uuid})
        line.set("cc_agent_found", None)
        line.set("cc_agent_bridged", None)
        line.set_all({"cc_queue_joined_epoch": _epoch(line), "cc_queue": self.queue.name})
        line.acknowledge()
        line.note(f"waits in {self.queue.name}")
        self.queue.members.append(member)
        self._publish("member-queue-start", _about(member), line)
        self._publish_count()
        return member

    def _wait(self) -> str:
        """Until an agent has answered (then nothing) or the reason why the wait ended.

        While an agent's phone rings nobody looks at `max_wait` (CC_APP_AGENT_CONNECTING, mod_callcenter.c:2869).
        """
        line, queue, member = self.line, self.queue, self.member
        began = last_agent = line.clock.now
        while line.ready:
            if (key := _exit_key(line)) is not None:
                line.set("cc_exit_key", key)
                return "EXIT_WITH_KEY"
            if member.leg is not None:
                return ""
            now = line.clock.now
            if any(agent.status in AVAILABLE for agent, _, _ in queue.tiers):
                last_agent = now
            # Looked at each time: the queue may be loaded again meanwhile.
            timeout = began + (queue.max_wait or math.inf)
            no_agent = last_agent + (queue.max_wait_with_no_agent or math.inf)
            if now >= timeout - 1e-9 and not member.ringing:
                return "TIMEOUT"
            if now >= no_agent - 1e-9:
                return "NO_AGENT_TIMEOUT"
            self._offer()
            line.pause(no_agent if member.ringing else min(no_agent, timeout))
        return "BREAK_OUT"

    def _offer(self) -> None:
        """Ring the next free agent for the caller whose turn it is; `ring-all` rings all of them."""
        queue, member = self.queue, self.member
        if member.ringing and queue.strategy != "ring-all":
            return
        ahead = [each for each in queue.members if each.rank < member.rank and not each.ringing and each.leg is None]
        free = queue.free()[len(ahead) :]
        for agent in free if queue.strategy == "ring-all" else free[:1]:
            self._ring(agent)

    def _ring(self, agent: Agent) -> None:
        agent.busy, agent.state = True, "Receiving"
        member = self.member
        endpoint = dialstring.parse(agent.contact)[0][0]
        leg = dial(self.line, endpoint, lambda: self._changed(agent), for_queue=True)
        if "leg_timeout" not in endpoint.variables:
            leg.limit(agent.ring, "NO_ANSWER")
        leg.set_all({"cc_side": "agent", "cc_queue": self.queue.name, "cc_agent": agent.name})
        leg.set("cc_member_uuid", member.uuid)
        member.ringing.append((agent, leg))
        of_agent = {"CC-Agent": agent.name, "CC-Agent-Type": "callback", "CC-Agent-System": "single_box"}
        self._publish("agent-offering", {**of_agent, **_about(member)})

    def _changed(self, agent: Agent) -> None:
        """An agent's leg changed: it answered for this caller, or it is over."""
        member = self.member
        for who, leg in list(member.ringing):
            if who is not agent:
                continue
            if leg.accepted and not leg.down and member.leg is None:
                member.agent, member.leg = agent, leg
                member.ringing.remove((who, leg))
                agent.state = "In a queue call"
            elif leg.down:
                member.ringing.remove((who, leg))
                if leg.cause not in ("LOSE_RACE", "ORIGINATOR_CANCEL"):
                    agent.resting = True
                    self.line.defer(partial(self._rested, agent), agent.reject_delay)
                self._free(agent)
        self.line.wake()

    def _rested(self, agent: Agent) -> None:
        """An agent who did not take a call, or has talked, may be rung again."""
        agent.resting = False
        self._wake_queues(agent)

    def _free(self, agent: Agent) -> None:
        """An agent is free again."""
        agent.busy, agent.state = False, "Waiting"
        self._wake_queues(agent)

    def _wake_queues(self, agent: Agent) -> None:
        """Every queue that an agent serves looks again."""
        for queue in self.center.queues.values():
            if queue is self.queue or any(tier[0] is agent for tier in queue.tiers):
                queue.wake()

    def _answered(self, agent: Agent, leg: Leg) -> None:
        """The agent is there: the call is handed over, the talk runs when the call is let go (CS_HIBERNATE)."""
        line, member = self.line, self.member
        agent.answered += 1
        line.note(f"agent {agent.name} answers")
        line.set("cc_agent_uuid", leg.uuid)
        line.set("original_destination_number", line.profile.destination_number)
        line.set("original_caller_id_name", line.profile.caller_id_name)
        line.set("original_caller_id_number", line.profile.caller_id_number)
        line.profile.show_callee("Outbound Call", leg.profile.destination_number)
        line.profile.index += 1
        line.profile.created = line.stamp()
        line.take(causes.HIBERNATE, f"uuid_br:{leg.uuid}")
        line.set_all(played(line.clock.now - member.joined))
        line.set("cc_cause", "answered")
        about = {
            "CC-Agent": agent.name,
            "CC-Agent-System": "single_box",
            "CC-Agent-UUID": leg.uuid,
            "CC-Agent-Called-Time": str(leg.times.created // 1_000_000),
            "CC-Agent-Answered-Time": str(leg.times.answered // 1_000_000),
            "CC-Member-Joined-Time": line.variables.get("cc_queue_joined_epoch", ""),
            **_about(member),
        }
        self._publish("bridge-agent-start", about, leg)
        line.on_release = partial(self._talk, agent, leg, about)

    def _talk(self, agent: Agent, leg: Leg, about: dict[str, str]) -> None:
        line = self.line
        line.state = causes.SOFT_EXECUTE
        if leg.down:
            line.hang_up("DESTINATION_OUT_OF_ORDER")
        else:
            bridge.connect(line, leg, from_queue=True)
            line.set("cc_agent", agent.name)
            line.set("cc_queue_answered_epoch", _epoch(line))
            bridge.talk(line, leg)
        line.set("call_uuid", line.uuid)
        if agent.wrap_up:
            agent.resting = True
            line.switch.clock.after(agent.wrap_up, partial(self._rested, agent))
        self._free(agent)
        line.defer(partial(self._ended, leg, about))

    def _ended(self, leg: Leg, about: dict[str, str]) -> None:
        over, result = _epoch(self.line), {"CC-Hangup-Cause": "SUCCESS"}
        bridged = {"CC-Agent-Bridged": "true", "CC-Bridge-Terminated-Time": over}
        self._publish("bridge-agent-end", {**result, **bridged, **about}, leg)
        left = {"CC-Cause": "Terminated", "CC-Member-Leaving-Time": over}
        self._publish("member-queue-end", {**result, **left, **about}, self.line)

    def _cancelled(self, reason: str) -> None:
        line = self.line
        line.note(f"leaves {self.queue.name}: {reason}")
        line.set_all({"cc_queue_canceled_epoch": _epoch(line), "cc_cause": "cancel", "cc_cancel_reason": reason})
        about = {"CC-Cause": "Cancel", "CC-Cancel-Reason": reason, **_about(self.member)}
        self._publish("member-queue-end", about, line)

    def _publish_count(self) -> None:
        self._publish("members-count", {"CC-Count": str(len(self.queue.members)), "CC-Selection": "Single-Queue"})

    def _publish(self, action: str, about: dict[str, str], channel: Channel | None = None) -> None:
        """An event of the queue."""
        self.line.switch.events.queue_event(action, self.queue.name, self.line.stamp(), about, channel)


def _exit_key(line: Line) -> str | None:
    """A typed key of `cc_exit_keys`; keys that are none are thrown away."""
    keys = line.variables.get("cc_exit_keys", "")
    while line.typed:
        key = line.typed.popleft()
        if key in keys:
            return key
    return None


def _epoch(line: Line) -> str:
    return str(line.stamp() // 1_000_000)


def _about(member: Member) -> dict[str, str]:
    profile = member.line.profile
    return {
        "CC-Member-UUID": member.uuid,
        "CC-Member-Session-UUID": member.line.uuid,
        "CC-Member-CID-Name": profile.caller_id_name,
        "CC-Member-CID-Number": profile.caller_id_number,
    }
