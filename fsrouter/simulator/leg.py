"""One leg that the switch dials: it rings a phone, may ask for confirmation, talks, and ends.

What lives here: the life of an outgoing channel, driven by the call's clock and by what the phone does. What it must
not know: which application wanted it, other legs.

    ringing --answers--> confirming --accepted--> won --> talking --> over
       |                    |
       `--- refusal, timeout, cancelled, lost the race ---> over (cause)

What an answerer goes through before he may be connected: keys are sent, files are played, a key is asked of him.

What lives here: `execute_on_answer`, `api_on_answer` and group_confirm_* of a leg (switch_ivr_originate.c:195-275).
What it must not know: the caller, other legs. Digits do not block: they leave while a file plays, and while the two
talk already (docs/live.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from fsrouter.simulator import causes, sip, sounds
from fsrouter.simulator.channel import Channel, Profile, truth
from fsrouter.simulator.line import STATE_RUN, ended
from fsrouter.simulator.phones import Phone, Recording, Ring

if TYPE_CHECKING:
    from fsrouter.simulator.clock import Timer
    from fsrouter.simulator.dialstring import Wanted
    from fsrouter.simulator.line import Line


class Leg(Channel):
    """A dialled leg of the call on `line`. `won`: it may be connected with the caller; `cause`: how it ended."""

    def ring(self, line: Line, wanted: Wanted, phone: Phone, changed: Callable[[], None]) -> None:
        """Start ringing; `changed` is called whenever there is something to look at."""
        self.line, self.phone, self._changed = line, phone, changed
        self.won = False
        self.released_by = ""
        self._pressed = ""
        self._timers: list[Timer] = []
        self._limit: Timer | None = None
        self.log = Ring(wanted.target, self.clock.now, self.uuid, self.variables)
        line.placed.rang.append(self.log)
        line.tell(f"rings {wanted.target}")
        self.other = line
        if phone.refusal:
            self.after(phone.refuses_after, lambda: self.release(phone.refusal, by="phone"))
            return
        if timeout := seconds(self.variables.get("leg_timeout")):
            self.limit(timeout)
        self.times.progress = self.stamp()
        if phone.early_media:
            self.times.progress_media = self.stamp()
            if not truth(self.variables.get("ignore_early_media") or ""):
                self.after(0.02, self.win)
        if phone.answers_after is not None:
            self.after(phone.answers_after, self.pick_up)

    def limit(self, seconds: float, cause: str = "ALLOTTED_TIMEOUT") -> None:
        """Give it that long from now to be won; a new limit replaces the old one."""
        if self._limit is not None:
            self._limit.cancel()
        self._limit = self.after(seconds, lambda: None if self.won else self.release(cause))

    def release(self, cause: str, by: str = "") -> None:
        """End it: BYE, CANCEL or the phone's own hanging up (`by="phone"`)."""
        if self.down or self.released_by == "moved":
            return
        self.state, self.cause, self.released_by = causes.HANGUP, cause, by
        for timer in self._timers:
            timer.cancel()
        self.times.hangup = self.stamp()
        self.log.over_at = self.clock.now
        self.log.outcome = "SUCCESS" if self.times.bridged else cause
        self.line.tell(f"{self.log.target}: {cause}")
        status = causes.SIP_STATUS.get(cause)
        if status is not None and (by or status != 487):
            self.set("proto_specific_hangup_cause", f"sip:{status}")
        self.line.placed.stop_recordings(self.uuid)
        if self.line.leg is not self or not self.line.down:
            self.over()
        self.line.placed.step("leg over")
        self._changed()

    def over(self) -> None:
        """The last of it; when the caller left a talk it comes after CHANNEL_UNBRIDGE (docs/live.md)."""
        if self.state == causes.HANGUP:
            self.state = causes.REPORTING
            self.set_all(ended(self, self.stamp()))
            self.line.switch.events.about("CHANNEL_HANGUP_COMPLETE", self, STATE_RUN, [("Hangup-Cause", self.cause)])
            self.line.switch.channels.pop(self.uuid, None)

    def vanish(self) -> None:
        """Its phone is killed: it says nothing more, and no BYE comes."""
        for timer in self._timers:
            timer.cancel()

    def press(self, keys: str) -> None:
        """The phone's user presses keys."""
        self._pressed += keys
        key = self.variables.get("group_confirm_key", "")
        if not self.won and not self.down and key not in ("", "exec"):
            if key in self._pressed:
                self.win()
        elif self.won:
            self.line.tell(f"{self.log.target} presses {keys}")

    def move_away(self) -> None:
        """Somebody takes this leg away from the caller: it talks on elsewhere (docs/wire.md 2: bridge_hangup_cause
        absent).
        """
        self.released_by = "moved"
        self.log.over_at, self.log.outcome = self.clock.now, "SUCCESS"
        for timer in self._timers:
            timer.cancel()
        self.line.tell(f"{self.log.target} was taken away")
        self._changed()

    # -- after the answer

    def pick_up(self) -> None:
        """The phone answers."""
        if self.down or not self.mark_answered():
            return
        self.log.answered_at = self.clock.now
        self.state = causes.CONSUME_MEDIA
        self.set_all(self.line.switch.media)
        self.line.tell(f"{self.log.target} answers")
        self.line.switch.events.about(
            "CHANNEL_ANSWER",
            self,
            ("switch_channel.c", "switch_channel_perform_mark_answered", 3848),
            state=causes.CONSUME_MEDIA,
        )
        if self.phone.talk is not None:
            self.after(self.phone.talk, lambda: self.release(self.phone.hangs_up, by="phone"))
        on_answer(self)
        for keys, after in self.phone.presses:
            self.after(after, partial(self.press, keys))
        confirm(self)

    def note(self, what: str) -> None:
        """Write down what the answerer gets, with the seconds since his answer."""
        self.log.moments.append((round(self.clock.now - (self.log.answered_at or 0.0), 3), what))

    def win(self) -> None:
        """It may be connected with the caller."""
        if not self.down and not self.won:
            self.won = True
            self._changed()

    def after(self, seconds: float, happen: Callable[[], None]) -> Timer:
        """Let something happen unless the leg is over before."""
        timer = self.clock.after(seconds, happen)
        self._timers.append(timer)
        return timer


def dial(
    line: Line, wanted: Wanted, changed: Callable[[], None], *, for_queue: bool = False, phone: Phone | None = None
) -> Leg:
    """Make a leg of the caller's line for one target and ring it; `phone` stands for the one that the switch knows."""
    switch, uuid = line.switch, line.switch.new_uuid()
    target = wanted.target
    number = target.rpartition("/")[2].partition("@")[0]
    exported = {
        name: value
        for name in line.variables.get("cc_export_vars" if for_queue else "export_vars", "").split(",")
        if (value := line.variables.get(name.removeprefix("nolocal:"))) is not None
    }
    asked = {name: value for name, value in wanted.variables.items() if not sip.refused(value)}
    profile = Profile(
        "" if for_queue else line.profile.username,
        line.get("effective_caller_id_name") or asked.get("origination_caller_id_name") or line.profile.caller_name,
        line.get("effective_caller_id_number")
        or asked.get("origination_caller_id_number")
        or line.profile.caller_number,
        number,
        dialplan="" if for_queue else "XML",
        context="default" if for_queue else line.hunting or line.profile.context,
        source="src/switch_ivr_originate.c" if for_queue else "mod_sofia",
        callee_name=line.get("effective_callee_id_name") or "Outbound Call",
        callee_number=number,
    )
    variables = sip.dialled(uuid, switch.new_session(), target, line.uuid, {**exported, **asked})
    leg = Leg(uuid, target, False, line.clock, line.epoch, profile, variables, causes.CONSUME_MEDIA)
    switch.channels[uuid] = leg
    leg.ring(line, wanted, phone or switch.phone(target, line.placed), changed)
    return leg


if TYPE_CHECKING:
    from fsrouter.simulator.leg import Leg

DTMF_MILLISECONDS = 250.0
"""How long a digit sounds when `send_dtmf` names no duration."""
GAP = 0.02
"""Silence before each digit: with `@120` one leaves every 140 ms (docs/live.md)."""
FOR_EVER = 3600.0
PLAYS = ("playback", "speak", "say", "sleep", "lua")


def on_answer(leg: Leg) -> None:
    """`execute_on_answer…` and `api_on_answer…` of the leg, in their order (switch_channel.c:3795)."""
    for name, value in list(leg.variables.items()):
        if name.startswith("execute_on_answer"):
            application, _, argument = value.replace("::", " ", 1).partition(" ")
            _execute(leg, application, argument)
        elif name.startswith("api_on_answer"):
            leg.line.switch.api(value)


def _execute(leg: Leg, application: str, argument: str) -> None:
    if application == "send_dtmf":
        send_digits(leg, argument)
    elif application == "record_session":
        leg.line.placed.recordings.append(Recording(argument.split(" ")[0], leg.uuid, leg.clock.now))
    elif application in ("playback", "speak", "say"):
        leg.log.heard.append(argument)


def send_digits(leg: Leg, digits: str) -> None:
    """`send_dtmf`: `w` is half a second, `W` one, `@ms` the length of each digit (switch_core_io.c:1102)."""
    plain, _, length = digits.partition("@")
    after, each = 0.0, (float(length) if length.isdigit() else DTMF_MILLISECONDS) / 1000
    for char in plain:
        if char in "wW":
            after += 0.5 if char == "w" else 1.0
        else:
            leg.after(after + GAP, partial(_sent, leg, char))
            after += GAP + each


def _sent(leg: Leg, digit: str) -> None:
    leg.log.dtmf_sent += digit
    leg.note(f"key {digit}")


def confirm(leg: Leg) -> None:
    """Have the leg won at once, after what is played to the answerer, or when he has pressed the key."""
    variables = leg.variables
    key, file = variables.get("group_confirm_key", ""), variables.get("group_confirm_file", "")
    if not key:
        leg.win()
        return
    extended = seconds(variables.get("group_confirm_timeout"))
    if extended:
        leg.limit(extended)
    elif variables.get("group_confirm_timeout") == "0" or truth(variables.get("group_confirm_cancel_timeout") or ""):
        leg.limit(math.inf)
    if key != "exec":
        _ask(leg, file or "silence", (seconds(variables.get("group_confirm_read_timeout")) or 5000.0) / 1000)
        return
    application, _, argument = file.partition(" ")
    if application not in PLAYS:
        leg.release("DESTINATION_OUT_OF_ORDER")
    elif application == "sleep":
        leg.after(seconds(argument) / 1000, leg.win)
    else:
        leg.after(_play(leg, argument), leg.win)


def _ask(leg: Leg, file: str, wait: float) -> None:
    """Play the prompt and wait for the key, again and again until the leg's time is up."""
    if not leg.down and not leg.won:
        leg.after(max(0.05, _play(leg, file) + wait), partial(_ask, leg, file, wait))


def _play(leg: Leg, sound: str) -> float:
    """Play a sound, or the parts of a `file_string` one after the other; how long that takes in seconds."""
    after = 0.0
    for part in sounds.parts(sound):
        if after:
            leg.after(after, partial(_hears, leg, part))
        else:
            _hears(leg, part)
        length = sounds.seconds(part, leg.line.switch.sounds)
        after += FOR_EVER if length == math.inf else length or 0.0
    return after


def _hears(leg: Leg, sound: str) -> None:
    if not leg.down and not leg.won:
        leg.log.heard.append(sound)
        leg.note(f"hears {sound}")
        leg.line.tell(f"{leg.log.target} hears {sound}")


def seconds(text: str | None) -> float:
    """A number in a variable; 0 for what is none."""
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
