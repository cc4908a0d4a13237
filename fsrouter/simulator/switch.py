"""The simulated switch: takes calls, runs the dialplan for each, knows who is where.

What lives here: what all calls share. What it must not know: how one call goes.

A leg that somebody has taken away from its caller: it goes on as a call of its own.

What lives here: the far end after a transfer by the caller's phone, `uuid_transfer` of a leg, or a bridge with somebody
else. What it must not know: who did it. The leg keeps its uuid and its variables, so what was exported to it decides
where it hunts: `force_transfer_context`, else the context of the application that dialled it: `fsr` (docs/live.md).
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING

import gevent

from fsrouter.simulator import api, causes, outbound, sip
from fsrouter.simulator import headers as shows
from fsrouter.simulator.applications import Message
from fsrouter.simulator.call import PlacedCall
from fsrouter.simulator.callcenter_model import Agent, Queue
from fsrouter.simulator.channel import Channel, Profile
from fsrouter.simulator.clock import Clock
from fsrouter.simulator.dialplan import Action, Dialplan, standard
from fsrouter.simulator.events import Bus
from fsrouter.simulator.inbound import Inbound
from fsrouter.simulator.leg import Leg
from fsrouter.simulator.line import Line
from fsrouter.simulator.outbound_wire import Command, Fault
from fsrouter.simulator.phones import ANSWERS, Behaviour, Caller, Phone
from fsrouter.simulator.sounds import Known

Address = tuple[str, int]
Stopwatch = Callable[[Command, float], None]
MODULES = frozenset({"mod_callcenter", "mod_commands", "mod_dptools", "mod_event_socket", "mod_sofia", "mod_voicemail"})


class Switch:
    """A FreeSWITCH stand-in.

    `routers`: addresses of the dialplan's `socket` action, in their order. `phones`: far ends by dialled target, as
    written in the dial string (`user/1001`, `sofia/gateway/trunk/+13125550142`), or by its number alone; `default` for
    all others.
    `queues`: by `name@profile`. `extensions`: what runs when a call is transferred to an extension. `fail_safes`: dial
    string by dialled number. `sounds`: which files there are. `speed`, `patience`: see `clock.py`. `dialplan` replaces
    the standard one. Use it as a context manager, or call `stop`.
    """

    def __init__(
        self,
        routers: Sequence[Address] = (),
        phones: Mapping[str, Behaviour] | None = None,
        *,
        default: Behaviour = ANSWERS,
        queues: Sequence[Queue] = (),
        extensions: Mapping[str, Sequence[Action]] | None = None,
        fail_safes: Mapping[str, str] | None = None,
        sounds: Known = None,
        dialplan: Dialplan | None = None,
        speed: float = 1.0,
        patience: float = 0.25,
        seed: int = 1,
    ) -> None:
        self.routers = tuple(routers)
        self.phones = dict(phones or {})
        self.default = default
        self.queues = {queue.name: queue for queue in queues}
        self.callcenter_conf = ""
        """What callcenter.conf says, as XML; empty: `queue load` finds whatever is asked for."""
        self.agents: dict[str, Agent] = {agent.name: agent for queue in queues for agent, _, _ in queue.tiers}
        self.sounds = sounds
        self.speed, self.patience = speed, patience
        self.random = Random(seed)
        self.dialplan = dialplan or standard(self.routers, fail_safes, extensions)
        self.modules: set[str] = set(MODULES)
        self.channels: dict[str, Channel] = {}
        self.calls: list[PlacedCall] = []
        self.keep_calls = True
        """Whether `calls` remembers every call; load runs turn it off."""
        self.messages: list[Message] = []
        self.commands_run: deque[str] = deque(maxlen=10_000)
        """Every API command that ran, also those inside `${…}`: what hostile text would have done."""
        self.events = Bus()
        self.stopwatch: Stopwatch | None = None
        """Told each command and the router's time for it in seconds."""
        self.first_over = "B"
        """Whose CHANNEL_HANGUP_COMPLETE comes first when the caller leaves a talk: the far end's, or his own (`A`)."""
        self.rtp_timeout: float | None = None
        """Seconds after which a caller without RTP is hung up; vanilla has no such time (docs/live.md)."""
        self.clock = Clock(speed, patience)
        """The time that is nobody's call's: agents' wrap-up."""
        self.clock.thaw()
        self.media = sip.MEDIA
        self.acknowledged = sip.acknowledged
        self.placed_count = self.peak = 0
        self._session = 13234
        self._faults: deque[Fault] = deque()
        self._inbound: list[Inbound] = []
        self._greenlets: set[gevent.Greenlet] = set()

    def __enter__(self) -> Switch:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- calls

    def call(self, caller: Caller | None = None) -> PlacedCall:
        """Place a call; it goes on by itself from here."""
        placed = PlacedCall(caller or Caller())
        line = self._line(placed)
        if self.keep_calls:
            self.calls.append(placed)
        self.placed_count += 1
        self.channels[line.uuid] = line
        self.peak = max(self.peak, len(self.channels))
        placed.begin()
        self._greenlets.add(gevent.spawn(self._run, line))
        return placed

    def go_on(self, leg: Leg, extension: str = "", dialplan: str = "", context: str = "") -> None:
        """A leg is taken away from its caller: to an extension, or to somebody else when none is named."""
        placed = go_on(leg, *((extension, dialplan, context) if extension else ELSEWHERE))
        self.channels[leg.uuid] = placed.line
        self._greenlets.add(gevent.spawn(self._run, placed.line))

    def _line(self, placed: PlacedCall) -> Line:
        caller, clock = placed.caller, Clock(self.speed, self.patience)
        epoch, uuid = time.time_ns() // 1000, self.new_uuid()
        invite = sip.Invite(
            uuid, self.new_session(), caller.number, caller.name, caller.to, str(epoch), shows.rfc2822(epoch)
        )
        headers = [(name, value) for name, value in caller.variables.items() if name.startswith("sip_h_")]
        variables = sip.invited(invite, headers)
        name = sip.defused(caller.name)
        profile = Profile(caller.number, name, caller.number, caller.to)
        line = Line(uuid, variables["channel_name"], True, clock, epoch, profile, variables, causes.ROUTING)
        line.begin(self, placed, invite)
        line.extension = (caller.to, "XML", "public")
        for variable, value in caller.variables.items():
            if not variable.startswith("sip_h_"):
                line.set(variable, value)
        placed.line = line
        return line

    def _run(self, line: Line) -> None:
        error: BaseException | None = None
        try:
            self.dialplan.run(line)
        except Exception as raised:
            error = raised
            line.hang_up("DESTINATION_OUT_OF_ORDER")
        line.over()
        self.channels.pop(line.uuid, None)
        self._greenlets.discard(gevent.getcurrent())
        line.placed.finish(error)

    def hand_over(self, line: Line, argument: str) -> None:
        """The application `socket`."""
        outbound.hand_over(line, argument)

    def lines(self) -> Iterator[Line]:
        """The callers' channels that are up."""
        return (channel for channel in self.channels.values() if isinstance(channel, Line))

    def phone(self, target: str, placed: PlacedCall | None) -> Phone:
        """How a dialled target behaves for this call."""
        number = target.rpartition("/")[2]
        for name in (target, target.partition("@")[0], number, number.partition("@")[0]):
            if name in self.phones:
                found = self.phones[name]
                break
        else:
            found = self.default
        if isinstance(found, Phone):
            return found
        return found(placed) if placed is not None else ANSWERS

    # -- the API and the inbound event socket

    def api(self, command: str) -> str:
        """Run an API command, `uuid_kill UUID` …, and give its reply as text."""
        return api.answer(self, command).decode("utf-8", "surrogateescape")

    def api_reply(self, command: str) -> bytes:
        """Run an API command and give its reply as bytes."""
        return api.answer(self, command)

    def send_message(self, uuid: str, command: Command) -> str:
        """`sendmsg UUID` from elsewhere: works while the call's own socket is blocked (docs/wire.md 5)."""
        channel = self.channels.get(uuid)
        if channel is None:
            return f"-ERR invalid session id [{uuid}]"
        headers = command.headers
        application = headers.get("execute-app-name", "") if headers.get("call-command") == "execute" else "hangup"
        argument = headers.get("execute-app-arg") or headers.get("hangup-cause") or command.body
        if application == "hangup":
            self.api(f"uuid_kill {uuid} {argument}".strip())
        elif application == "transfer":
            self.api(f"uuid_transfer {uuid} {argument}")
        return "+OK"

    def listen_inbound(
        self, address: Address = ("127.0.0.1", 0), password: str = "ClueCon", *, allowed: bool = True
    ) -> Inbound:
        """Open the inbound event socket; `.address` tells its port. `allowed=False`: the ACL turns everybody away."""
        listener = Inbound(self, address, password, allowed=allowed)
        self._inbound.append(listener)
        return listener

    # -- misbehaving

    def fault(self, fault: Fault, connections: int = 1) -> None:
        """Let the next connections to routers misbehave."""
        self._faults.extend([fault] * connections)

    def cut(self, after_bytes: int, *, reset: bool = False, connections: int = 1) -> None:
        """Break the next connections after so many bytes from the switch, as when FreeSWITCH dies."""
        self.fault(Fault(cut_after=after_bytes, reset=reset), connections)

    def next_fault(self) -> Fault | None:
        """The fault of the connection that is made now."""
        return self._faults.popleft() if self._faults else None

    def stop(self) -> None:
        """End every call and close every socket."""
        for line in list(self.lines()):
            line.hang_up("MANAGER_REQUEST")
        self.clock.stop()
        for listener in self._inbound:
            listener.stop()
        self._inbound.clear()
        gevent.joinall(list(self._greenlets), timeout=2)
        gevent.killall(list(self._greenlets), block=True, timeout=1)

    # -- names

    def new_uuid(self) -> str:
        """A channel's uuid, from the seed."""
        text = f"{self.random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def new_session(self) -> str:
        """The next session number."""
        self._session += 1
        return str(self._session)

    @property
    def heartbeat_seconds(self) -> float:
        """Real seconds between heartbeats: 20 simulated ones, but not more than twenty a second."""
        return 20.0 if self.speed == math.inf else max(0.05, 20.0 / self.speed)


if TYPE_CHECKING:
    from fsrouter.simulator.leg import Leg

ELSEWHERE = ("park:", "inline", "")
"""Where a leg goes that talks with somebody whom this switch does not follow: extension, dialplan, context."""


def go_on(leg: Leg, extension: str, dialplan: str, context: str) -> PlacedCall:
    """The leg hunts for an extension, as switch_ivr_session_transfer has it; returns the call that it becomes.

    Its phone hangs up when it would have done so. `context` is found by the rule above when it is empty.
    """
    switch, talked = leg.line.switch, leg.clock.now - (leg.log.answered_at or 0.0)
    where = extension, dialplan or "XML", context or leg.get("force_transfer_context") or leg.profile.context
    leg.move_away()
    placed = PlacedCall(Caller(number=leg.profile.callee_number, to=extension), answered_at=0.0)
    clock = Clock(switch.speed, switch.patience)
    line = Line(leg.uuid, leg.name, leg.inbound, clock, leg.stamp(), leg.profile, leg.variables, causes.ROUTING)
    line.begin(switch, placed, leg.line.invite)
    line.answered, line.times, line.extension = leg.answered, leg.times, where
    placed.line = line
    placed.story.append((0.0, f"{leg.log.target} goes on to {' '.join(where)}"))
    leg.line.placed.onward.append(placed)
    if leg.phone.talk is not None:
        clock.after(leg.phone.talk - talked, lambda: placed.hang_up(leg.phone.hangs_up))
    return placed
