"""One call, as the conductor has it: carries out what the walk asks for and tells how it ended.

Knows how each action is said to FreeSWITCH, and nothing of rules. What it says goes through a `Line`: the socket's
`Session`, or FreeSWITCH's own interpreter. One write for each action: variables, application, and a look at whose
the call is afterwards (SYNC.md section 0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, Protocol

from fsrouter.engine.actions import (
    Dial,
    Dialled,
    Ending,
    Enqueue,
    FailSafe,
    Gather,
    Hangup,
    LeaveMessage,
    Leg,
    Play,
    Transfer,
)
from fsrouter.esl import allowed, commands, dialstring, outcomes
from fsrouter.esl import legs as legs_of
from fsrouter.esl import variables as names
from fsrouter.esl.headers import Channel
from fsrouter.esl.install.queues import queue_name
from fsrouter.esl.outfit import Outfit

#: Seconds that an answer from FreeSWITCH may take when nothing is waited for; a step adds what it waits for.
PROMPT: Final = 5.0
#: Seconds that a sound or a spoken text may last.
SOUND: Final = 900.0
#: Seconds that a talk may last.
TALK: Final = 86_400.0
#: Milliseconds between two keys of a choice that has several.
BETWEEN_KEYS: Final = 2000
#: What a caller who has been answered hears while it rings, unless the company says something else (North American
#: ringing).
RINGING: Final = "%(2000,4000,440,480)"
#: Seconds of recording at most in one message.
MESSAGE: Final = 300.0


class Line(Protocol):
    """What a call is told through. Every method raises `session.Ended` when the call is over or no longer ours."""

    def step(self, variables: Mapping[str, str], app: str, arg: str, deadline: float) -> Channel: ...
    def set(self, variables: Mapping[str, str], deadline: float) -> None: ...
    def api(self, verb: str, args: str, deadline: float) -> str: ...
    def let_go(self, variables: Mapping[str, str], deadline: float) -> bool: ...


class Call:
    """One call.

    `channel` is the call as FreeSWITCH last described it, `recording` the file that its talk is recorded to, "" for
    none.
    """

    def __init__(
        self, line: Line, channel: Channel, company: str, outfit: Outfit, began: float, clock: Callable[[], float]
    ) -> None:
        self.channel = channel
        self.recording = ""
        self._line = line
        self._company = company
        self._outfit = outfit
        self._began = began
        self._clock = clock
        self._pending: dict[str, str] = {
            names.TOOK: "yes",
            names.CALL: "1",
            names.EXPORT_VARS: names.CALL,
            names.CONTINUE_ON_FAIL: "true",
            names.HANGUP_AFTER_BRIDGE: "false",
            names.PRESERVE_ORIGINATED_VARS: "false",
            names.TTS_ENGINE: outfit.engine,
            names.TTS_VOICE: outfit.voice,
        }

    @property
    def after(self) -> float:
        """Seconds since the call began."""
        return round(max(0.0, self._clock() - self._began), 3)

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

    def do(self, action: Play | Gather | Dial) -> Ending:
        """Carry an action out to its end. Raises session.Ended."""
        match action:
            case Play():
                return self._play(action)
            case Gather():
                return self._gather(action)
            case Dial():
                return self._dial(action)

    def told(self, action: Play | Gather | Dial | Enqueue) -> Ending:
        """How an action ended that another router began: what the channel tells."""
        return outcomes.ending(action, self.channel, self.after)

    def finish(self, action: Hangup | FailSafe | LeaveMessage | Transfer) -> None:
        """Carry out the last action and let the call go.

        Raises session.Ended when the call was gone or taken before.
        """
        match action:
            case Hangup():
                self._let_go(
                    {
                        names.SERVED: "yes",
                        names.CAUSE: action.cause or ("NO_ANSWER" if action.unanswered else "NORMAL_CLEARING"),
                    }
                )
            case FailSafe():
                self._let_go({names.FAILSAFE: "yes"})
            case LeaveMessage():
                self._leave_message(action)
            case Transfer():
                self._step(
                    {names.SERVED: "yes"},
                    "transfer",
                    f"{allowed.extension(action.extension)} XML {self._outfit.context}",
                    PROMPT,
                )

    def enqueue(self, action: Enqueue) -> None:
        """Ask the dialplan for a queue and let the call go; it comes back when the queue gives up (SYNC.md section
        5).
        """
        variables = {
            names.QUEUE: queue_name(self._company, action.queue),
            names.CC_CAUSE: "",
            names.CC_CANCEL_REASON: "",
            names.CC_EXIT_KEYS: action.exit_key,
            names.CC_BASE_SCORE: str(action.head_start) if action.head_start else "",
            names.CC_MOH: allowed.sound(action.music) if action.music else "",
        }
        if action.record:
            variables |= self._recorded()
        self._let_go(variables)

    # Each action

    def _play(self, action: Play) -> Ending:
        self._answer()
        self._sound({names.APPLICATION_RESPONSE: ""}, action.sound)
        return outcomes.ending(action, self.channel, self.after)

    def _sound(self, variables: Mapping[str, str], sound: str) -> None:
        if sound.startswith("say:"):
            words = commands.say(sound[4:], self._outfit.engine, self._outfit.voice)
            self._step(variables, "speak", words, SOUND)
        else:
            self._step(variables, "playback", allowed.sound(sound), SOUND)

    def _gather(self, action: Gather) -> Ending:
        self._answer()
        if action.prelude:
            self._sound({}, action.prelude)
        longest = max(map(len, action.choices))
        hash_ends = longest > 1 and not any("#" in choice for choice in action.choices)
        arg = commands.play_and_get_digits(
            1,
            longest,
            1,
            action.timeout * 1000,
            "#" if hash_ends else "none",
            action.sound,
            "silence_stream://50",
            names.DIGITS,
            allowed.exactly(*action.choices),
            BETWEEN_KEYS,
        )
        cleared = {names.DIGITS: "", names.DIGITS_INVALID: "", names.READ_RESULT: ""}
        self._step(cleared, "play_and_get_digits", arg, SOUND + action.timeout)
        return outcomes.ending(action, self.channel, self.after)

    def _dial(self, action: Dial) -> Ending:
        reached, refused = legs_of.reached(action, self._outfit, self._registered)
        if not reached:
            return Dialled(outcome="no-answer", legs=tuple(refused.values()), after=self.after)
        self._bridge(action, reached)
        ended = outcomes.ending(action, self.channel, self.after)
        assert isinstance(ended, Dialled)
        if ended.outcome != "answered" and len(action.legs) == 1 and self._unregistered(action.legs[0]):
            self._bridge(action, legs_of.reached(action, self._outfit, lambda endpoint: False)[0])
            ended = outcomes.dialled(action, self.channel, self.after)
        legs = tuple(refused.get(leg.destination, leg) for leg in ended.legs)
        return Dialled(outcome=ended.outcome, by=ended.by, legs=legs, after=ended.after)

    def _unregistered(self, leg: Leg) -> bool:
        return (
            bool(leg.endpoint and leg.number)
            and self.channel.variable(names.ORIGINATE_DISPOSITION) in outcomes.NOT_REGISTERED
        )

    def _registered(self, user: str) -> bool:
        # FreeSWITCH answers `error/user_not_registered` (mod_sofia.c:4147).
        return not self._line.api("sofia_contact", f"*/{user}", PROMPT).startswith("error/")

    def _bridge(self, action: Dial, legs: list[dialstring.Leg]) -> None:
        variables = {name: "" for name in (*names.RESULTS, names.EXECUTE_ON_ANSWER)}
        variables |= legs_of.shown(action, self.channel)
        if self.answered:
            variables[names.TRANSFER_RINGBACK] = allowed.sound(action.ringback) if action.ringback else RINGING
        if action.record:
            variables |= self._recorded()
            if self.answered:
                legs = [dialstring.with_recording(leg, self.channel.uuid, self.recording) for leg in legs]
        self._step(variables, "bridge", dialstring.dial(legs), action.ring + dialstring.CONFIRM_SECONDS + TALK)

    def _recorded(self) -> dict[str, str]:
        day = datetime.fromtimestamp(self._began, UTC).strftime("%Y-%m-%d")
        self.recording = allowed.recording_path(f"{self._outfit.recordings}/{day}/{self.channel.uuid}.wav")
        found = {names.RECORD_STEREO: "true", names.RECORDING_FOLLOW_TRANSFER: "true"}
        if not self.answered:
            found[names.EXECUTE_ON_ANSWER] = f"record_session {self.recording}"
        return found

    def _leave_message(self, action: LeaveMessage) -> None:
        self._answer()
        if action.greeting:
            self._sound({}, action.greeting)
        box, _, domain = action.mailbox.partition("@")
        skip = {names.SKIP_GREETING: "true", names.SKIP_INSTRUCTIONS: "true"} if action.greeting else {}
        where = (
            domain or self._outfit.domain or self.channel.variable("domain_name") or self.channel.get("FreeSWITCH-IPv4")
        )
        arg = f"default {allowed.domain(where)} {allowed.mailbox(box)}"
        self._step({names.SERVED: "yes", **skip}, "voicemail", arg, SOUND + MESSAGE)
        self._let_go({names.SERVED: "yes", names.CAUSE: "NORMAL_CLEARING"})

    # How it is said

    def _answer(self) -> None:
        if not self.answered:
            self._step({}, "answer", "", PROMPT)

    def _step(self, variables: Mapping[str, str], app: str, arg: str, deadline: float) -> None:
        said, self._pending = {**self._pending, **variables}, {}
        self.channel = self._line.step(said, app, arg, deadline + PROMPT)

    def _let_go(self, variables: Mapping[str, str]) -> None:
        said, self._pending = {**self._pending, **variables}, {}
        self._line.let_go(said, PROMPT)
