"""One call, as the conductor has it: carries out what the walk asks for and tells how it ended.

Knows how each action is said to FreeSWITCH, and nothing of rules. One step of the session for each action: variables,
application, and a look at whose the call is afterwards (docs/wire.md 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

from fsrouter.engine.model import dialable
from fsrouter.engine.walk.actions import Dial, Enqueue, FailSafe, Gather, Hangup, LeaveMessage, Play, Transfer
from fsrouter.engine.walk.outcomes import LegResult, Outcome, Played
from fsrouter.errors import Refused
from fsrouter.esl import commands, dialstring, validation
from fsrouter.esl import variables as names
from fsrouter.esl.call import menus, outcomes, queues
from fsrouter.esl.call.attempt import Attempt, Trial, never
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.caps import Caps
from fsrouter.esl.call.far_ends import is_registered, known_down
from fsrouter.esl.call.gate import Gate
from fsrouter.esl.call.legs import at_first, before_bridge, caller_id, dial_leg, ways
from fsrouter.esl.events import Channel
from fsrouter.esl.lifecycle import CallSession
from fsrouter.log.logger import get_logger
from fsrouter.runtime import Clock

_log = get_logger("fsrouter.esl")

#: Seconds that an answer from FreeSWITCH may take when nothing is waited for; a step adds what it waits for.
REPLY_SECONDS: Final = 5.0
#: Seconds that a sound or a spoken text may last.
SOUND_SECONDS: Final = 900.0
#: Seconds that a talk may last.
TALK_SECONDS: Final = 86_400.0
#: A key ends a sound and is kept for the menu behind it; `playback` itself throws keys away (mod_dptools.c:2351).
TYPE_AHEAD: Final[Mapping[str, str]] = {names.PLAYBACK_TERMINATORS: "any", names.PLAYBACK_TERMINATOR_USED: ""}
#: No key ends a sound that must be heard.
TO_ITS_END: Final[Mapping[str, str]] = {names.PLAYBACK_TERMINATORS: "none"}
NO_VARIABLES: Final[Mapping[str, str]] = {}


class Call:
    """One call.

    `channel` is the call as FreeSWITCH last described it, `recording` the file that its talk is recorded to, "" for
    none; `in_mailbox` is whether a message could be left; `skipped` are the legs of the latest attempt that are not
    rung. What is dialled by a trunk is counted by `caps`.
    """

    def __init__(
        self,
        session: CallSession,
        channel: Channel,
        gate: Gate,
        settings: CallSettings,
        began: float,
        clock: Clock,
        draw: Clock,
        caps: Caps,
    ) -> None:
        self.channel = channel
        self.recording = ""
        self.in_mailbox = False
        self._session = session
        self._gate = gate
        self._settings = settings
        self._began = began
        self._clock = clock
        self._draw = draw
        self._caps = caps
        self.skipped: tuple[LegResult, ...] = ()
        self._resumed: Attempt | None = None
        self._pending = at_first(channel)

    @property
    def after(self) -> float:
        """Seconds since the call began."""
        return round(max(0.0, self._clock() - self._began), 3)

    @property
    def let_go(self) -> bool:
        """Whether its session is over: whoever has the call, it is not this router."""
        return self._session.closed

    @property
    def answered(self) -> bool:
        """Whether the caller has been answered."""
        return self.channel.get("Answer-State") == "answered"

    def resume_at(self, began: float) -> None:
        """Count time from when the call began, which was before this router had it; in seconds since the epoch."""
        self._began = began

    def carry(self, variables: Mapping[str, str]) -> None:
        """Put variables on the channel with the next thing that is said."""
        self._pending.update(variables)

    def do(self, action: Play | Gather | Dial) -> Outcome:
        """Carry an action out to its end. Raises Ended."""
        self.carry(outcomes.CLEARED[type(action)])
        match action:
            case Play():
                return self._play(action)
            case Gather():
                return self._gather(action)
            case Dial():
                return self._dial(action)

    def outcome_of(self, action: Play | Gather | Dial | Enqueue) -> Outcome | None:
        """How an action ended that another router began: what the channel tells.

        None when it is to be carried out: that router died between saying where it stands and doing it, or between
        two gateways, and then only what is left is tried.
        """
        if isinstance(action, Dial):
            return self._outcome_of(action)
        return outcomes.read(action, self.channel, self.after) if outcomes.was_begun(action, self.channel) else None

    def finish(self, action: Hangup | FailSafe | LeaveMessage | Transfer) -> None:
        """Carry out the last action and let the call go.

        Raises Ended when the call was gone or taken before; CallTaken also when it is transferred, by us.
        """
        match action:
            case Hangup():
                cause = action.cause or ("NO_ANSWER" if action.unanswered else "NORMAL_CLEARING")
                # Else the caller gets the last leg's own answer (mod_sofia.c:456): a redirect is not theirs to follow.
                redirected = self.channel.variable(names.LAST_SIP_CODE).startswith("sip:3")
                own = {names.IGNORE_REMOTE_CAUSE: "true"} if redirected else {}
                self._let_go({names.SERVED: "yes", names.CAUSE: cause, **own})
            case FailSafe():
                self._let_go({names.FAILSAFE: "yes"})
            case LeaveMessage():
                self._leave_message(action)
            case Transfer():
                # The context is named, so nothing is forced here; transfers by that extension must not be either.
                target = f"{self._gate.extension(action.extension)} XML {self._settings.context}"
                self._step({names.SERVED: "yes", names.FORCE_TRANSFER_CONTEXT: ""}, "transfer", target, REPLY_SECONDS)

    def enqueue(self, action: Enqueue) -> None:
        """Ask the dialplan for a queue and let the call go; it comes back when the queue gives up (docs/wire.md
        6). Raises Ended when the call was gone before.
        """
        variables = queues.enqueue_variables(action, self._gate.company) | caller_id(action, self.channel)
        if action.record:
            variables |= self._record()
            if self.answered:
                # `execute_on_answer` comes too late; a file that is recorded already stays so (switch_ivr_async.c).
                self._step(variables, "record_session", self.recording, REPLY_SECONDS)
        self._let_go(variables)

    # Each action

    def _play(self, action: Play) -> Outcome:
        if self.channel.variable(names.PLAYBACK_TERMINATOR_USED) and not action.whole:
            return Played(skipped=True, after=self.after)  # the key is kept for the menu behind all of them
        if not self._sound(action.sound, TO_ITS_END if action.whole else TYPE_AHEAD):
            return Played(missing=True, after=self.after)
        return outcomes.read(action, self.channel, self.after)

    def _sound(self, sound: str, variables: Mapping[str, str] = NO_VARIABLES) -> bool:
        """Have the caller hear a sound or a text; False, and nothing was said, for one that cannot be had."""
        try:
            if sound.startswith("say:"):
                words = commands.speak_argument(sound[4:], self._settings.engine, self._settings.voice)
                self._audible(variables, "speak", words, SOUND_SECONDS)
            else:
                self._audible(variables, "playback", dialable.sound(sound), SOUND_SECONDS)
        except Refused as why:
            self._warn("a sound", why)
            return False
        self.carry(dict.fromkeys(variables.keys() & {names.PLAYBACK_TERMINATORS}, ""))
        return True

    def _gather(self, action: Gather) -> Outcome:
        if action.prelude:
            self._sound(action.prelude, TYPE_AHEAD)
        if typed := self.channel.variable(names.PLAYBACK_TERMINATOR_USED):
            self._step({names.PLAYBACK_TERMINATOR_USED: ""}, "queue_dtmf", dialable.digits(typed), REPLY_SECONDS)
        speech = {names.TTS_ENGINE: self._settings.engine, names.TTS_VOICE: self._settings.voice}
        spoken = speech if action.sound.startswith("say:") else NO_VARIABLES
        seconds = SOUND_SECONDS + menus.timeout(action)
        self._audible(spoken, "play_and_get_digits", menus.gather_argument(action), seconds)
        return outcomes.read(action, self.channel, self.after)

    def _dial(self, action: Dial) -> Outcome:
        self.skipped = ()
        attempt, self._resumed = self._resumed or self._attempt(action), None
        try:
            while trials := attempt.next(self.after):
                legs = []
                for trial in trials:
                    try:
                        legs.append(self._leg(trial))
                    except Refused as why:
                        attempt.refuse(trial.leg.destination, str(why))
                self.skipped = attempt.skipped
                if legs:
                    self._bridge(action, legs, attempt.written())
                    attempt.take(self.channel, self.after)
        finally:
            self._caps.done(self.channel.uuid)
        return attempt.outcome(self.after)

    def _leg(self, trial: Trial) -> dialstring.Leg:
        """A leg that is rung now; one by a trunk is counted. Raises Refused, also for one too many."""
        found = dial_leg(trial, self._settings, self._warn)
        if trial.route.trunk:
            self._caps.take(self._gate.company, self.channel.uuid, trial.leg.destination, trial.route.trunk)
        return found

    def _outcome_of(self, action: Dial) -> Outcome | None:
        attempt = self._attempt(action)
        if attempt.resume(self.channel, self.after):
            self._resumed = attempt if attempt.goes_on(self.after) else None
            return None if self._resumed else attempt.outcome(self.after)
        if not outcomes.was_begun(action, self.channel):
            return None
        attempt.take_over(self.channel, self.after)
        return attempt.outcome(self.after)

    def _attempt(self, action: Dial) -> Attempt:
        found, refused = ways(action, self._gate, partial(is_registered, self._session), self._draw)
        for _ in refused:
            self._caps.closed(self._gate.company)
        # The next gateway of a leg that rings alone is tried as soon as a bridge says that this one is down.
        is_down = known_down(self._session) if len(action.legs) > 1 else never
        return Attempt(action, found, refused, self.after, is_down)

    def _bridge(self, action: Dial, legs: list[dialstring.Leg], written: str) -> None:
        variables = before_bridge(action, self.channel, self.answered) | {names.GATEWAYS: written}
        common = NO_VARIABLES
        if action.record:
            variables |= self._record()
            if self.answered:
                common = dialstring.recording(self.channel.uuid, self.recording)
        seconds = action.ring + dialstring.CONFIRM_SECONDS + TALK_SECONDS
        self._step(variables, "bridge", dialstring.dial(legs, common), seconds)

    def _record(self) -> dict[str, str]:
        day = datetime.fromtimestamp(self._began, UTC).strftime("%Y-%m-%d")
        self.recording = validation.recording_path(f"{self._settings.recordings}/{day}/{self.channel.uuid}.wav")
        found = {names.RECORD_STEREO: "true", names.RECORDING_FOLLOW_TRANSFER: "true"}
        if not self.answered:
            found[names.EXECUTE_ON_ANSWER] = f"record_session {self.recording}"
        return found

    def _leave_message(self, action: LeaveMessage) -> None:
        heard = bool(action.greeting) and self._sound(action.greeting)
        box, _, domain = action.mailbox.partition("@")
        skip = {names.SKIP_GREETING: "true", names.SKIP_INSTRUCTIONS: "true"} if heard else {}
        domain = domain or self._settings.domain or self.channel.variable("domain_name")
        where = dialable.domain(domain or self.channel.get("FreeSWITCH-IPv4"))
        arg = f"default {where} {dialable.mailbox(box)}"
        # A mailbox asks a silent caller again and again, for ever (docs/wire.md 4).
        self._audible({}, "sched_hangup", f"+{commands.MAILBOX_SECONDS} NORMAL_CLEARING", REPLY_SECONDS)
        self.in_mailbox = True
        told = {names.SERVED: "yes", names.VOICEMAIL_CALLBACK_CONTEXT: commands.CLOSED, **skip}
        self._audible(told, "voicemail", arg, SOUND_SECONDS + commands.MAILBOX_SECONDS)
        self._let_go({names.SERVED: "yes", names.CAUSE: "NORMAL_CLEARING"})

    # How it is said

    def _warn(self, what: str, why: Refused) -> None:
        _log.warning(f"{what} is left out", error=str(why))

    def _audible(self, variables: Mapping[str, str], app: str, arg: str, deadline: float) -> None:
        """Run what the caller shall hear: answered first, when nobody has yet."""
        self._step(variables, app, arg, deadline, "" if self.answered else "answer")

    def _step(self, variables: Mapping[str, str], app: str, arg: str, deadline: float, before: str = "") -> None:
        self.channel = self._session.step(self._changed(variables), app, arg, deadline + REPLY_SECONDS, before)
        self._pending = {}

    def _let_go(self, variables: Mapping[str, str]) -> None:
        if not self._session.let_go(self._changed(variables), REPLY_SECONDS):
            raise self._session.ended or RuntimeError("the call was let go before")

    def _changed(self, variables: Mapping[str, str]) -> dict[str, str]:
        """What the channel does not have already: FreeSWITCH reads commands byte by byte (docs/wire.md 0.7)."""
        told = {**self._pending, **variables}
        return {name: value for name, value in told.items() if value != self.channel.variable(name)}
