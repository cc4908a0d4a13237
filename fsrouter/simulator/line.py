"""The caller's line: the channel that runs the dialplan, in a greenlet of its own as FreeSWITCH runs a thread.

What lives here: waiting that anything which happens to the call can cut short, digits typed ahead, hanging up, being
taken. What it must not know: applications and the wire. Applications loop: look at the facts, `pause`, look again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from fsrouter.simulator import causes, headers
from fsrouter.simulator.channel import Channel
from fsrouter.simulator.clock import Nap
from fsrouter.simulator.phones import Recording

if TYPE_CHECKING:
    from fsrouter.simulator.call import PlacedCall
    from fsrouter.simulator.leg import Leg
    from fsrouter.simulator.sip import Invite
    from fsrouter.simulator.switch import Switch

STATE_RUN = ("switch_core_state_machine.c", "switch_core_session_reporting_state", 943)


class Line(Channel):
    """The caller's channel on a switch; `placed` is the record that the test reads."""

    switch: Switch
    placed: PlacedCall
    invite: Invite

    def begin(self, switch: Switch, placed: PlacedCall, invite: Invite) -> None:
        """Join the switch that the call came in on."""
        self.switch, self.placed, self.invite = switch, placed, invite
        self.typed: deque[str] = deque()
        self.broken = False
        """uuid_break was said: the file that plays ends."""
        self.leg: Leg | None = None
        """The leg that it is bridged with now."""
        self.taken_to: Callable[[], None] | None = None
        """What runs when the application lets go of a taken call: the bridge of uuid_bridge, the talk of a queue."""
        self.extension = ("", "", "")
        """Where a pending ROUTING goes: extension, dialplan, context."""
        self.hunting = ""
        """The context in which a nested execute_extension hunts (`hunt_caller_profile`); empty outside of one."""
        self.behind: list[Callable[[], None]] = []
        """What is told of others once the call itself is over."""
        self.partner: Line | None = None
        """Another caller's line that it is bridged with."""
        self._nap = Nap()
        self._acknowledge = False
        self._untold: deque[Callable[[], None]] = deque()

    # -- waiting

    def pause(self, seconds: float | None = None) -> None:
        """Let simulated time go by: that many seconds, or fewer when anything happens to the call."""
        timer = None
        if seconds is not None and seconds != math.inf:
            if seconds <= 0:
                return
            timer = self.clock.after(seconds, self.wake)
        self.clock.thaw()
        try:
            self._nap.pause()
        finally:
            self.clock.freeze()
            if timer is not None:
                timer.cancel()

    def idle(self) -> None:
        """Wait for a router: simulated time stands still as long as it has grace."""
        self.clock.grace()
        self._nap.pause()

    def wake(self) -> None:
        """Something happened: the line looks again at the facts."""
        if self._nap.wake():
            self.clock.freeze()

    def sleep(self, seconds: float) -> bool:
        """Wait that long; False when the call was hung up or taken, or the wait was broken, before."""
        self.broken = False
        until = self.clock.now + seconds
        while self.ours and not self.broken:
            left = until - self.clock.now
            if left <= 1e-9:
                return True
            self.pause(left)
        return False

    @property
    def ours(self) -> bool:
        """Whether the running extension still has the call: neither hung up nor taken (switch_channel_ready)."""
        return self.state == causes.EXECUTE

    # -- what happens to it

    def tell(self, what: str) -> None:
        """Add a line to the call's story."""
        self.placed.story.append((self.clock.now, what))

    def press(self, keys: str) -> None:
        """The caller presses keys: whatever waits for digits gets them, else they are kept for the next prompt."""
        if not self.down:
            self.typed.extend(keys)
            self.placed.pressed += keys
            self.wake()

    def answer(self) -> None:
        """Answer the caller, once."""
        if not self.mark_answered():
            return
        self.set_all(self.switch.media)
        self._acknowledge = True
        self.placed.answered_at = self.clock.now
        self.tell("answered")
        self.switch.events.about(
            "CHANNEL_ANSWER", self, ("switch_channel.c", "switch_channel_perform_mark_answered", 3848)
        )
        for name, value in list(self.variables.items()):
            if name.startswith("execute_on_answer"):
                application, _, argument = value.replace("::", " ", 1).partition(" ")
                if application == "record_session":
                    self.record(argument)
            elif name.startswith("api_on_answer"):
                self.switch.api(value)

    def record(self, argument: str) -> None:
        """`record_session FILE [limit …]`: both sides from now on; one that is recorded already stays so
        (switch_ivr_async.c: "Already recording").
        """
        path = argument.split(" ")[0]
        running = (each for each in self.placed.recordings if each.uuid == self.uuid and each.stopped is None)
        if any(each.path == path for each in running):
            self.tell(f"already recording {path}")
            return
        self.placed.recordings.append(Recording(path, self.uuid, self.clock.now))
        self.tell(f"recording {path}")

    def early(self) -> None:
        """Send 183: media before the answer."""
        if not self.answered and not self.times.progress_media:
            self.times.progress = self.times.progress or self.stamp()
            self.times.progress_media = self.stamp()
            self.set_all(self.switch.media)
            self.set("endpoint_disposition", "EARLY MEDIA")
            self.tell("early media")

    def acknowledge(self) -> None:
        """The caller's ACK of the answer has come in."""
        if self._acknowledge:
            self._acknowledge = False
            self.set_all(self.switch.acknowledged(self.invite))

    def hang_up(self, cause: str, *, by_caller: bool = False) -> None:
        """End the call with a cause; whatever runs ends, the other leg is let go."""
        if self.down:
            return
        self.state = causes.HANGUP
        self.cause = cause
        self.times.hangup = self.stamp()
        self.set("hangup_cause", cause)
        self.tell(f"{'caller hung up' if by_caller else 'hung up'}: {cause}")
        self.placed.hung_up_by_caller = by_caller
        if self.leg is not None:
            self.leg.release("NORMAL_CLEARING" if self.leg.answered else "ORIGINATOR_CANCEL")
        if self.partner is not None:
            self.partner.wake()
        self.wake()

    def take(self, state: int, history: str) -> None:
        """Somebody takes the call: the state is pending until the running application lets go (docs/wire.md 1)."""
        if self.down:
            return
        self.state = state
        if history:
            entry = f"{self.stamp() // 1_000_000}:{self.switch.new_uuid()}:{history}"
            self.push("transfer_history", entry)
            self.set("transfer_source", entry)
            self.profile.transfer_source = entry
        self.wake()

    def transfer(self, extension: str, dialplan: str = "", context: str = "") -> None:
        """Blind transfer: B gets BYE, the target runs when the application has let go (switch_ivr.c)."""
        if self.down:
            return
        dialplan = dialplan or "XML"
        context = context or self.get("force_transfer_context") or self.hunting or self.profile.context
        self.extension = (extension, dialplan, context)
        self.tell(f"taken: transfer to {extension} {dialplan} {context}")
        self.take(causes.ROUTING, f"bl_xfer:{extension}/{context}/{dialplan}")

    def soon(self, act: Callable[[], None], seconds: float = 0.04) -> None:
        """What another thread of the switch does a moment from now, at the latest when the call is over."""
        self._untold.append(act)
        self.clock.after(seconds, self._late)

    def _late(self) -> None:
        while self._untold:
            self._untold.popleft()()

    def over(self) -> None:
        """The last of it: times and causes for CHANNEL_HANGUP_COMPLETE, then the record is closed."""
        end = self.stamp()
        self.state = causes.REPORTING
        self.set_all(ended(self, end))
        self.switch.events.about("CHANNEL_HANGUP_COMPLETE", self, STATE_RUN, [("Hangup-Cause", self.cause)])
        for tell in self.behind:
            tell()
        self._late()
        self.placed.stop_recordings(self.uuid)
        self.clock.stop()


def ended(channel: Channel, end: int) -> dict[str, str]:
    """The variables that CHANNEL_HANGUP_COMPLETE adds: cause, stamps, durations in seconds and milliseconds."""
    times = channel.times
    found = {"hangup_cause": channel.cause, "hangup_cause_q850": str(causes.Q850.get(channel.cause, 16))}
    stamps = (
        ("start", times.created),
        ("answer", times.answered),
        ("bridge", times.bridged),
        ("progress", times.progress),
        ("progress_media", times.progress_media),
        ("end", end),
    )
    for name, stamp in stamps:
        found[f"{name}_epoch"], found[f"{name}_uepoch"] = str(stamp // 1_000_000), str(stamp)
        if stamp:
            found[f"{name}_stamp"] = headers.local_stamp(stamp)
    talked = end - times.answered if times.answered else 0
    found["caller_id"] = f'"{channel.profile.caller_name}" <{channel.profile.caller_number}>'
    for name, length in (("duration", end - times.created), ("billsec", talked)):
        found[name] = str(length // 1_000_000)
    found["mduration"], found["billmsec"] = str((end - times.created) // 1000), str(talked // 1000)
    return found
