"""The simulated switch: takes calls, and puts together what they run on.

What lives here: composing. What it must not know: how one call goes (`calls/`), what is said on sockets (`wire/`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import gevent

from fsrouter.simulator import causes, sip
from fsrouter.simulator.callcenter.application import callcenter
from fsrouter.simulator.callcenter.model import Callcenter, Queue
from fsrouter.simulator.calls import routing
from fsrouter.simulator.calls.applications import APPLICATIONS
from fsrouter.simulator.calls.call import PlacedCall
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.channel import Profile
from fsrouter.simulator.clock import Clock, epoch_us
from fsrouter.simulator.connection import Fault
from fsrouter.simulator.dialplan import Action, Dialplan, standard
from fsrouter.simulator.phones import ANSWERS, Caller
from fsrouter.simulator.record import Behaviour
from fsrouter.simulator.sounds import Files
from fsrouter.simulator.state import State
from fsrouter.simulator.wire import api, outbound
from fsrouter.simulator.wire.inbound import Inbound

Address = tuple[str, int]


class Switch(State):
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
        sounds: Files = None,
        dialplan: Dialplan | None = None,
        speed: float = 1.0,
        patience: float = 0.25,
        seed: int = 1,
    ) -> None:
        dialplan = dialplan or standard(routers, fail_safes, extensions)
        super().__init__(dialplan, phones or {}, default, sounds, speed, patience, seed)
        center = Callcenter(queues)
        self.queues, self.agents = center.queues, center.agents
        self.applications = {
            **APPLICATIONS,
            "callcenter": partial(callcenter, center),
            "execute_extension": routing.execute_extension,
            "socket": outbound.socket,
        }
        self.commands = {**api.COMMANDS, "callcenter_config": center.config}
        self.calls: list[PlacedCall] = []
        self.keep_calls = True
        """Whether `calls` remembers every call; load runs turn it off."""
        self._inbound: list[Inbound] = []

    def __enter__(self) -> Switch:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def call(self, caller: Caller | None = None) -> PlacedCall:
        """Place a call; it goes on by itself from here."""
        call = PlacedCall(caller or Caller())
        if self.keep_calls:
            self.calls.append(call)
        self.call_count += 1
        self._receive(call)
        call.begin()
        routing.start(call.line)
        return call

    def _receive(self, call: PlacedCall) -> None:
        """A call has come in."""
        caller, epoch, uuid = call.caller, epoch_us(), self.new_uuid()
        invite = sip.Invite(uuid, self.new_session(), caller.number, caller.name, caller.to, str(epoch))
        carried = {name: value for name, value in caller.variables.items() if name.startswith("sip_h_")}
        variables = sip.invited(invite, carried)
        number = caller.number.partition(";")[0]  # parameters of the user are no part of it (sofia.c:10942)
        sip.arrived(variables, number, caller.profile, caller.gateway, caller.user)
        profile = Profile(number, sip.sanitized(caller.name), number, caller.to, context=caller.context)
        clock = Clock(self.speed, self.patience)
        line = Line(uuid, variables["channel_name"], True, clock, epoch, profile, variables, causes.ROUTING)
        line.begin(self, call, invite, (caller.to, "XML", caller.context))
        for name, value in caller.variables.items():
            if name not in carried:
                line.set(name, value)

    def listen_inbound(
        self, address: Address = ("127.0.0.1", 0), password: str = "ClueCon", *, allowed: bool = True
    ) -> Inbound:
        """Open the inbound event socket; `.address` tells its port. `allowed=False`: the ACL turns everybody away."""
        every = 20.0 if self.speed == math.inf else max(0.05, 20.0 / self.speed)
        listener = Inbound(self, address, password, allowed=allowed, heartbeat_seconds=every)
        self._inbound.append(listener)
        return listener

    def fault(self, fault: Fault, connections: int = 1) -> None:
        """Let the next connections to routers misbehave."""
        self.faults.extend([fault] * connections)

    def cut(self, after_bytes: int, *, reset: bool = False, connections: int = 1) -> None:
        """Break the next connections after so many bytes from the switch, as when FreeSWITCH dies."""
        self.fault(Fault(cut_after=after_bytes, reset=reset), connections)

    def stop(self) -> None:
        """End every call and close every socket."""
        for channel in list(self.channels.values()):
            if isinstance(channel, Line):
                channel.hang_up("MANAGER_REQUEST")
        self.clock.stop()
        for listener in self._inbound:
            listener.stop()
        self._inbound.clear()
        gevent.joinall(list(self.greenlets), timeout=2)
        gevent.killall(list(self.greenlets), block=True, timeout=1)
