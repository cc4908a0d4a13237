"""The caller's line: the channel that runs the dialplan, in a greenlet of its own as FreeSWITCH runs a thread.

What lives here: waiting that anything which happens to the call can cut short, digits typed ahead, hanging up, being
taken. What it must not know: applications and the wire. Applications loop: look at the facts, `pause`, look again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from fsrouter.simulator import causes, sip
from fsrouter.simulator.channel import Channel
from fsrouter.simulator.clock import Timer, Waiter
from fsrouter.simulator.record import Record
from fsrouter.simulator.sip import Invite
from fsrouter.simulator.state import State


class Line(Channel):
    """The caller's channel on a switch; `record` is what the test reads."""

    switch: State
    record: Record
    invite: Invite

    def begin(self, switch: State, record: Record, invite: Invite, extension: tuple[str, str, str]) -> None:
        """Join the switch that the call came in on; `extension`: where it hunts first, with dialplan and context."""
        self.switch, self.record, self.invite = switch, record, invite
        self.extension = extension
        """Where a pending ROUTING goes: extension, dialplan, context."""
        self.nested_context = ""
        """The context in which a nested execute_extension hunts (`hunt_caller_profile`); empty outside of one."""
        self.typed: deque[str] = deque()
        self.interrupted = False
        """uuid_break was said: the file that plays ends."""
        self.leg: Channel | None = None
        """The leg that it is bridged with now."""
        self.partner: Line | None = None
        """Another caller's line that it is bridged with."""
        self.on_release: Callable[[], None] | None = None
        """What runs when the application lets go of a taken call: the bridge of uuid_bridge, the talk of a queue."""
        self.scheduled: list[Timer] = []
        """What sched_hangup has planned."""
        self.after_end: list[Callable[[], None]] = []
        """What is reported of others once the call itself is over."""
        self._waiter = Waiter()
        self._acknowledge = False
        self._deferred: deque[Callable[[], None]] = deque()
        record.line = self
        switch.add_channel(self)

    # -- waiting

    def pause(self, until: float = math.inf) -> bool:
        """Let simulated time go by until that second, or until anything happens to the call; False when it has come."""
        left = until - self.clock.now
        if left <= 1e-9:
            return False
        timer = self.clock.after(left, self.wake)
        self.clock.thaw()
        try:
            self._waiter.pause()
        finally:
            self.clock.freeze()
            timer.cancel()
        return True

    def wait_for_router(self) -> None:
        """Wait for a router: simulated time stands still as long as it has grace."""
        self.clock.grace()
        self._waiter.pause()

    def wake(self) -> None:
        """Something happened: the line looks again at the facts."""
        if self._waiter.wake():
            self.clock.freeze()

    def sleep(self, seconds: float) -> bool:
        """Wait that long; False when the call was hung up or taken, or the wait was broken, before."""
        self.interrupted = False
        until = self.clock.now + seconds
        while self.ready and not self.interrupted:
            if not self.pause(until):
                return True
        return False

    @property
    def ready(self) -> bool:
        """Whether the running extension still has the call: neither hung up nor taken (switch_channel_ready)."""
        return self.state == causes.EXECUTE

    # -- what happens to it

    def note(self, what: str) -> None:
        """Add a line to the call's timeline."""
        self.record.timeline.append((self.clock.now, what))

    def hears(self, what: str) -> None:
        """Something is played to the caller, with media before the answer."""
        self.send_early_media()
        self.record.heard.append(what)

    def press(self, keys: str) -> None:
        """The caller presses keys: whatever waits for digits gets them, else they are kept for the next prompt."""
        if not self.down:
            self.typed.extend(keys)
            self.record.pressed += keys
            self.wake()

    def answer(self) -> None:
        """Answer the caller, once."""
        if not self.mark_answered():
            return
        self.set_all(sip.media())
        self._acknowledge = True
        self.record.answered_at = self.clock.now
        self.note("answered")
        self.switch.events.channel_event("CHANNEL_ANSWER", self)
        for application, argument in self.on_answer(self.switch.api):
            if application == "record_session":
                self.start_recording(argument)

    def start_recording(self, argument: str) -> None:
        """`record_session FILE [limit …]`: both sides from now on; one that is recorded already stays so
        (switch_ivr_async.c: "Already recording").
        """
        path = argument.split(" ")[0]
        running = (each for each in self.record.recordings if each.uuid == self.uuid and each.stopped is None)
        if any(each.path == path for each in running):
            self.note(f"already recording {path}")
            return
        self.record.start_recording(path, self)
        self.note(f"recording {path}")

    def send_early_media(self) -> None:
        """Send 183: media before the answer."""
        if not self.answered and not self.times.progress_media:
            self.times.progress = self.times.progress or self.stamp()
            self.times.progress_media = self.stamp()
            self.set_all(sip.media())
            self.set("endpoint_disposition", "EARLY MEDIA")
            self.note("early media")

    def acknowledge(self) -> None:
        """The caller's ACK of the answer has come in."""
        if self._acknowledge:
            self._acknowledge = False
            self.set_all(sip.acknowledged(self.invite))

    def hang_up(self, cause: str, *, by_phone: bool = False) -> None:
        """End the call with a cause; whatever runs ends, the other leg is let go."""
        if self.down:
            return
        self.state = causes.HANGUP
        self.cause = cause
        self.times.hangup = self.stamp()
        self.set("hangup_cause", cause)
        self.note(f"{'caller hung up' if by_phone else 'hung up'}: {cause}")
        self.record.hung_up_by_caller = by_phone
        if self.leg is not None:
            self.leg.hang_up("NORMAL_CLEARING" if self.leg.answered else "ORIGINATOR_CANCEL")
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
        for name, value in list(self.variables.items()):  # while the two still talk (switch_ivr.c:2205)
            if name.startswith("execute_on_blind_transfer"):
                application, _, argument = value.partition(" ")
                self.switch.applications[application](self, argument)
        dialplan = dialplan or "XML"
        context = context or self.get("force_transfer_context") or self.nested_context or self.profile.context
        self.extension = (extension, dialplan, context)
        self.note(f"taken: transfer to {extension} {dialplan} {context}")
        self.take(causes.ROUTING, f"bl_xfer:{extension}/{context}/{dialplan}")

    def defer(self, act: Callable[[], None], seconds: float = 0.04) -> None:
        """What another thread of the switch does a moment from now, at the latest when the call is over."""
        self._deferred.append(act)
        self.clock.after(seconds, self._run_deferred)

    def _run_deferred(self) -> None:
        while self._deferred:
            self._deferred.popleft()()

    def report_end(self) -> None:
        """The last of it: times and causes for CHANNEL_HANGUP_COMPLETE, then the record is closed."""
        self.switch.report_end(self)
        for report in self.after_end:
            report()
        self._run_deferred()
        self.record.stop_recordings(self)
        self.clock.stop()
