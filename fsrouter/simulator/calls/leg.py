"""One leg that the switch dials: it rings a phone, may ask for confirmation, talks, and ends.

What lives here: the life of an outgoing channel, driven by the call's clock and by what the phone does, with what the
answerer goes through before they may be connected: `execute_on_answer`, `api_on_answer` and group_confirm_*
(switch_ivr_originate.c:195-275). What it must not know: which application dials it, other legs.

    ringing --answers--> confirming --accepted--> accepted --> talking --> over
       |                    |
       `--- refusal, timeout, cancelled, lost the race ---> over (cause)

Digits do not block: they leave while a file plays, and while the two talk already (docs/live.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from fsrouter.simulator import causes, sip, sounds
from fsrouter.simulator.calls.dialstring import Endpoint
from fsrouter.simulator.calls.line import Line
from fsrouter.simulator.channel import Channel, Profile
from fsrouter.simulator.clock import Timer
from fsrouter.simulator.phones import Phone
from fsrouter.simulator.record import Ring

DTMF_MILLISECONDS = 250.0
"""How long a digit sounds when `send_dtmf` names no duration."""
GAP = 0.02
"""Silence before each digit: with `@120` one leaves every 140 ms (docs/live.md)."""
FOR_EVER = 3600.0
OURS = "127.0.0.1"
"""The address at which this switch is."""
PLAYS = ("playback", "speak", "say", "sleep", "lua")


class Leg(Channel):
    """A dialled leg of the call on `line`.

    `accepted`: it may be connected with the caller; `cause`: how it ended; `moved`: somebody took it away;
    `hung_up_by_phone`: its phone refused or hung up.
    """

    def ring(self, line: Line, endpoint: Endpoint, phone: Phone, changed: Callable[[], None]) -> None:
        """Start ringing; `changed` is called whenever there is something to look at."""
        self.line, self.phone, self._changed = line, phone, changed
        self.accepted = self.moved = self.hung_up_by_phone = False
        self._pressed = ""
        self._timers: list[Timer] = []
        self._limit: Timer | None = None
        self.record = Ring(endpoint.target, self.clock.now, self.uuid, self.variables)
        line.record.rang.append(self.record)
        line.note(f"rings {endpoint.target}")
        self.other = line
        if phone.refusal:
            self.after(phone.refuses_after, lambda: self.hang_up(phone.refusal, by_phone=True))
            return
        if phone.redirects:
            self.after(phone.refuses_after, partial(self._redirected, phone.redirects))
            return
        if timeout := _number(self.variables.get("leg_timeout")):
            self.limit(timeout)
        if phone.silent:
            if patience := _number(self.variables.get("leg_progress_timeout")):
                self.after(patience, lambda: self.hang_up("PROGRESS_TIMEOUT"))
            return
        self.times.progress = self.stamp()
        if phone.early_media:
            self.times.progress_media = self.stamp()
            if not self.is_true("ignore_early_media"):
                self.after(0.02, self.accept)
        if phone.answers_after is not None:
            self.after(phone.answers_after, self.answer)

    def _redirected(self, contact: str) -> None:
        """The phone answers 302: a refusal with `outbound_redirect_fatal`; else the caller is transferred when the
        contact is at this switch, and the leg rings elsewhere when it is not, or has no caller (sofia.c:6832-7010).
        """
        user, _, host = contact.removeprefix("sip:").partition("@")
        if self.is_true("outbound_redirect_fatal"):
            self.hang_up("REQUESTED_CHAN_UNAVAIL", by_phone=True)
        elif host.partition(":")[0] == OURS and self.profile.source == "mod_sofia":
            self.line.transfer(user)
            self.hang_up("REDIRECTION_TO_NEW_DESTINATION")
        else:
            self.ring(
                self.line, Endpoint(contact, self.variables), self.line.switch.phone(contact, None), self._changed
            )

    def limit(self, seconds: float, cause: str = "ALLOTTED_TIMEOUT") -> None:
        """Give it that long from now to be accepted; a new limit replaces the old one."""
        if self._limit is not None:
            self._limit.cancel()
        self._limit = self.after(seconds, lambda: None if self.accepted else self.hang_up(cause))

    def hang_up(self, cause: str, *, by_phone: bool = False) -> None:
        """End it: BYE, CANCEL or the phone's own hanging up."""
        if self.down or self.moved:
            return
        self.state, self.cause, self.hung_up_by_phone = causes.HANGUP, cause, by_phone
        self.times.hangup = self.stamp()
        self._close_record("SUCCESS" if self.times.bridged else cause)
        self.line.note(f"{self.record.target}: {cause}")
        status = self.status
        if status is not None and (by_phone or status != 487):
            self.set("proto_specific_hangup_cause", f"sip:{status}")
        self.line.record.stop_recordings(self)
        if self.line.leg is not self or not self.line.down:
            self.report_end()
        self.line.record.step("leg over")
        self._changed()

    @property
    def status(self) -> int | None:
        """The SIP status of how it ended, None where there is none."""
        refused = self.hung_up_by_phone and not self.record.answered_at
        return (refused and self.phone.code) or causes.SIP_STATUS.get(self.cause)

    def report_end(self) -> None:
        """The last of it; when the caller left a talk it comes after CHANNEL_UNBRIDGE (docs/live.md)."""
        if self.state == causes.HANGUP:
            self.line.switch.report_end(self)
            self.line.switch.channels.pop(self.uuid, None)

    def vanish(self) -> None:
        """Its phone is killed: it says nothing more, and no BYE comes."""
        for timer in self._timers:
            timer.cancel()

    def press(self, keys: str) -> None:
        """The phone's user presses keys."""
        self._pressed += keys
        key = self.variables.get("group_confirm_key", "")
        if not self.accepted and not self.down and key not in ("", "exec"):
            if key in self._pressed:
                self.accept()
        elif self.accepted:
            self.line.note(f"{self.record.target} presses {keys}")

    def take_away(self) -> None:
        """Somebody takes this leg away from the caller: it talks on elsewhere (docs/wire.md 2: bridge_hangup_cause
        absent).
        """
        self.moved = True
        self._close_record("SUCCESS")
        self.line.note(f"{self.record.target} was taken away")
        self._changed()

    def _close_record(self, outcome: str) -> None:
        self.vanish()
        self.record.over_at, self.record.outcome = self.clock.now, outcome

    def note(self, what: str) -> None:
        """Write down what the answerer gets, with the seconds since their answer."""
        self.record.moments.append((round(self.clock.now - (self.record.answered_at or 0.0), 3), what))

    def accept(self) -> None:
        """It may be connected with the caller."""
        if not self.down and not self.accepted:
            self.accepted = True
            self._changed()

    def after(self, seconds: float, happen: Callable[[], None]) -> Timer:
        """Let something happen unless the leg is over before."""
        timer = self.clock.after(seconds, happen)
        self._timers.append(timer)
        return timer

    # -- the answer, and what comes before the talk

    def answer(self) -> None:
        """The phone answers."""
        if self.down or not self.mark_answered():
            return
        self.record.answered_at = self.clock.now
        self.state = causes.CONSUME_MEDIA
        self.set_all(sip.media())
        self.line.note(f"{self.record.target} answers")
        self.line.switch.events.channel_event("CHANNEL_ANSWER", self, state=causes.CONSUME_MEDIA)
        if self.phone.talk is not None:
            self.after(self.phone.talk, lambda: self.hang_up(self.phone.hangs_up, by_phone=True))
        for application, argument in self.on_answer(self.line.switch.api):
            if application == "send_dtmf":
                self._send_digits(argument)
            elif application == "record_session":
                self.line.record.start_recording(argument.split(" ")[0], self)
            elif application in ("playback", "speak", "say"):
                self.record.heard.append(argument)
        for keys, after in self.phone.presses:
            self.after(after, partial(self.press, keys))
        self._confirm()

    def _send_digits(self, digits: str) -> None:
        """`send_dtmf`: `w` is half a second, `W` one, `@ms` the length of each digit (switch_core_io.c:1102)."""
        plain, _, length = digits.partition("@")
        after, each = 0.0, (float(length) if length.isdigit() else DTMF_MILLISECONDS) / 1000
        for char in plain:
            if char in "wW":
                after += 0.5 if char == "w" else 1.0
            else:
                self.after(after + GAP, partial(self._sent, char))
                after += GAP + each

    def _sent(self, digit: str) -> None:
        self.record.dtmf_sent += digit
        self.note(f"key {digit}")

    def _confirm(self) -> None:
        """Have the leg accepted at once, after what is played to the answerer, or when they have pressed the key."""
        get = self.variables.get
        key, file, limit = get("group_confirm_key"), get("group_confirm_file", ""), get("group_confirm_timeout")
        if not key:
            self.accept()
            return
        if extended := _number(limit):
            self.limit(extended)
        elif limit == "0" or self.is_true("group_confirm_cancel_timeout"):
            self.limit(math.inf)
        if key != "exec":
            self._ask(file or "silence", (_number(get("group_confirm_read_timeout")) or 5000.0) / 1000)
            return
        application, _, argument = file.partition(" ")
        if application not in PLAYS:
            self.hang_up("DESTINATION_OUT_OF_ORDER")
        else:
            self.after(_number(argument) / 1000 if application == "sleep" else self._play(argument), self.accept)

    def _ask(self, file: str, wait: float) -> None:
        """Play the prompt and wait for the key, again and again until the leg's time is up."""
        if not self.down and not self.accepted:
            self.after(max(0.05, self._play(file) + wait), partial(self._ask, file, wait))

    def _play(self, sound: str) -> float:
        """Play a sound, or the parts of a `file_string` one after the other; how long that takes in seconds."""
        after = 0.0
        for part in sounds.parts(sound):
            if after:
                self.after(after, partial(self._hears, part))
            else:
                self._hears(part)
            length = sounds.seconds(part, self.line.switch.sounds)
            after += FOR_EVER if length == math.inf else length or 0.0
        return after

    def _hears(self, sound: str) -> None:
        if not self.down and not self.accepted:
            self.record.heard.append(sound)
            self.note(f"hears {sound}")
            self.line.note(f"{self.record.target} hears {sound}")


def dial(
    line: Line, endpoint: Endpoint, changed: Callable[[], None], *, for_queue: bool = False, phone: Phone | None = None
) -> Leg:
    """Make a leg of the caller's line for one target and ring it; `phone` stands for the one that the switch knows."""
    switch, uuid = line.switch, line.switch.new_uuid()
    target = endpoint.target
    number = target.rpartition("/")[2].partition("@")[0]
    exported = {
        name: value
        for name in line.variables.get("cc_export_vars" if for_queue else "export_vars", "").split(",")
        if (value := line.variables.get(name.removeprefix("nolocal:"))) is not None and not sip.has_variable(value)
    }
    asked = {name: value for name, value in endpoint.variables.items() if not sip.has_variable(value)}
    profile = Profile(
        "" if for_queue else line.profile.username,
        line.get("effective_caller_id_name") or asked.get("origination_caller_id_name") or line.profile.caller_id_name,
        line.get("effective_caller_id_number")
        or asked.get("origination_caller_id_number")
        or line.profile.caller_id_number,
        number,
        dialplan="" if for_queue else "XML",
        context="default" if for_queue else line.nested_context or line.profile.context,
        source="src/switch_ivr_originate.c" if for_queue else "mod_sofia",
        callee_id_name=line.get("effective_callee_id_name") or "Outbound Call",
        callee_id_number=number,
    )
    variables = sip.dialled(uuid, switch.new_session(), target, line.uuid, {**exported, **asked})
    leg = Leg(uuid, target, False, line.clock, line.epoch, profile, variables, causes.CONSUME_MEDIA)
    switch.channels[uuid] = leg
    leg.ring(line, endpoint, phone or switch.phone(target, line.record), changed)
    return leg


def _number(text: str | None) -> float:
    """A number in a variable; 0 for what is none."""
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
