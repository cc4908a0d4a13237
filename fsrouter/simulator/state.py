"""What all calls of a switch share: who can be rung, what is loaded, which channels are up, who observes.

What lives here: facts, and running an API command. What it must not know: how one call goes, how the switch is put
together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import gevent

from fsrouter.simulator import causes, headers
from fsrouter.simulator.channel import Channel
from fsrouter.simulator.clock import Clock, Random
from fsrouter.simulator.connection import Command, Fault
from fsrouter.simulator.dialplan import Dialplan
from fsrouter.simulator.events import EventBus
from fsrouter.simulator.phones import ANSWERS, Phone
from fsrouter.simulator.record import Behaviour, Message, Record
from fsrouter.simulator.sounds import Files

MODULES = ("mod_callcenter", "mod_commands", "mod_dptools", "mod_event_socket", "mod_sofia", "mod_voicemail")


class State:
    """What the calls of one switch share."""

    def __init__(
        self,
        dialplan: Dialplan,
        phones: Mapping[str, Behaviour],
        default: Behaviour,
        sounds: Files,
        speed: float,
        patience: float,
        seed: int,
    ) -> None:
        self.dialplan = dialplan
        self.phones = dict(phones)
        self.default = default
        self.gateways: dict[str, Phone] = {}
        """Gateways that do not reach whom they should, by name: DOWN, SILENT, `Phone(code=503)`."""
        self.sounds = sounds
        self.speed, self.patience = speed, patience
        self.applications: dict[str, Callable[..., None]] = {}
        """By name, as the dialplan and routers run them: each takes a caller's line and the argument."""
        self.commands: dict[str, Callable[[State, str], str | bytes]] = {}
        """API commands by name, each with its argument."""
        self.modules = set(MODULES)
        self.globals: dict[str, str] = dict(dialplan.globals)
        """Global variables; those of the dialplan's files are set when they are loaded, and again by `reloadxml`."""
        self.configuration: dict[str, str] = {}
        """Configuration files as XML, by name; without callcenter.conf `queue load` finds whatever is asked for."""
        self.channels: dict[str, Channel] = {}
        self.call_count = self.peak = 0
        self.messages: list[Message] = []
        self.commands_run: deque[str] = deque(maxlen=10_000)
        """Every API command that ran, also those inside `${…}`: what hostile text would have done."""
        self.events = EventBus()
        self.stopwatch: Callable[[Command, float], None] | None = None
        """Told each command and the router's time for it in seconds."""
        self.first_over = "B"
        """Whose CHANNEL_HANGUP_COMPLETE comes first when the caller leaves a talk: the far end's, or A's (`A`)."""
        self.rtp_timeout: float | None = None
        """Seconds after which a caller without RTP is hung up; vanilla has no such time (docs/live.md)."""
        self.clock = Clock(speed, patience)
        """The time that is nobody's call's: agents' wrap-up."""
        self.clock.thaw()
        self.faults: deque[Fault] = deque()
        """How the next connections to routers misbehave."""
        self.greenlets: set[gevent.Greenlet] = set()
        """Those that run a caller's line."""
        self._random = Random(seed)
        self._session = 13234

    # -- names

    def new_uuid(self) -> str:
        """A channel's uuid, from the seed."""
        text = f"{self._random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def new_session(self) -> str:
        """The next session number."""
        self._session += 1
        return str(self._session)

    def phone(self, target: str, record: Record | None) -> Phone:
        """How a dialled target behaves for this call: as its gateway where that has manners of its own, else found by
        the target, by it without `@host`, or by its number.
        """
        number = target.rpartition("/")[2]
        if target.startswith("sofia/gateway/") and (gateway := self.gateways.get(target.split("/")[2])):
            return gateway
        names = (target, target.partition("@")[0], number, number.partition("@")[0])
        found = next((self.phones[name] for name in names if name in self.phones), self.default)
        if isinstance(found, Phone):
            return found
        return found(record) if record is not None else ANSWERS

    # -- channels

    def add_channel(self, channel: Channel) -> None:
        """A channel is up."""
        self.channels[channel.uuid] = channel
        self.peak = max(self.peak, len(self.channels))

    def report_end(self, channel: Channel) -> None:
        """The last that is told of a channel: its times and its cause."""
        channel.state = causes.REPORTING
        channel.set_all(headers.ended(channel))
        self.events.channel_event("CHANNEL_HANGUP_COMPLETE", channel, {"Hangup-Cause": channel.cause})

    # -- the API

    def api_reply(self, text: str) -> bytes:
        """Run an API command, `uuid_kill UUID` …, and give its reply as bytes."""
        self.commands_run.append(text)
        name, _, argument = text.strip().partition(" ")
        command = self.commands.get(name)
        reply = f"-ERR {name} Command not found!\n" if command is None else command(self, argument)
        return reply if isinstance(reply, bytes) else reply.encode("utf-8", "surrogateescape")

    def api(self, text: str) -> str:
        """Run an API command and give its reply as text."""
        return self.api_reply(text).decode("utf-8", "surrogateescape")

    def send_message(self, uuid: str, command: Command) -> str:
        """`sendmsg UUID` from elsewhere: works while the call's own socket is blocked (docs/wire.md 5)."""
        if uuid not in self.channels:
            return f"-ERR invalid session id [{uuid}]"
        said = command.headers
        argument = said.get("execute-app-arg") or said.get("hangup-cause") or command.body
        if said.get("call-command") != "execute" or said.get("execute-app-name") == "hangup":
            self.api(f"uuid_kill {uuid} {argument}".strip())
        elif said.get("execute-app-name") == "transfer":
            self.api(f"uuid_transfer {uuid} {argument}")
        return "+OK"
