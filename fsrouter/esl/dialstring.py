"""The argument of `bridge`: who is rung, how long, and what happens before the two sides meet. Pure; knows no session.

    {variables of all legs}[variables]target,[variables]target      all ring at once, the first to answer has the call

FreeSWITCH reads such a text in six passes: `:_:`, `{}`, `|`, commas, `[]`, `=`
(switch_ivr_originate.c:2141,2305,2736,2831,2876). Brackets are found by counting, blind to quotes; quotes are taken
off in the third pass already, so they do not protect a comma inside `[]`; backslashes are decoded twice. Hence no
value may hold any character that one of the passes reads, quoted or not: values with spaces are put in quotes,
everything else is refused (`Refused`), and there is nothing to escape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from fsrouter.engine.model import dialable
from fsrouter.errors import Refused
from fsrouter.esl import commands, validation
from fsrouter.esl import variables as names

MAX_LEGS: Final = 128
"""MAX_PEERS of switch_ivr_originate.c:83."""
CONFIRM_SECONDS: Final = 30
"""How long an answerer may take to press the accept key."""
KEY_MS: Final = 5000
"""Milliseconds for one try to press it; then the sound is played again."""
WHISPER_SECONDS: Final = 60
"""The longest whisper: without it the ring time would run on and could end the leg while it plays (orig:789)."""
RING_SECONDS: Final = 60
"""How long a leg without leg_timeout rings: FreeSWITCH's own default for the whole attempt (orig:2577)."""

_VALUE = re.compile(r"[^\w .:/@+*#%?!-]", re.ASCII)
_NO_VARIABLES: Final[Mapping[str, str]] = {}


class Leg(msgspec.Struct, frozen=True):
    """One telephone to ring: its target (`dialable.endpoint`) and the variables of this leg alone."""

    target: str
    variables: Mapping[str, str] = _NO_VARIABLES

    def having(self, **more: str) -> Leg:
        """The same leg with more variables; a name that is there already gets the new value."""
        return Leg(self.target, {**self.variables, **more})


def dial(legs: Sequence[Leg], variables: Mapping[str, str] = _NO_VARIABLES) -> str:
    """The argument of `bridge` that rings `legs` all at once, with `variables` for each of them.

    `ignore_early_media=true` is always set: without it an announcement counts as an answer
    (switch_ivr_originate.c:777). So is `originate_timeout`, a cap over the legs' own times: no confirmation extends it;
    and `outbound_redirect_fatal=true`: a far end that answers 302 would take the caller or the leg elsewhere
    (sofia.c:6832).

    Raises:
        Refused: no leg or more than 128, or a target, name or value that FreeSWITCH's grammar could read as more than
        that.
    """
    if not 1 <= len(legs) <= MAX_LEGS:
        raise Refused(f"there must be 1 to {MAX_LEGS}", "legs")
    common = {
        "ignore_early_media": "true",
        "originate_timeout": str(answer_timeout(legs)),
        names.REDIRECT_FATAL: "true",
        **variables,
    }
    rung = ",".join(_block("[", leg.variables, "]") + dialable.endpoint(leg.target) for leg in legs)
    return _block("{", common, "}") + rung


def one_after_another(targets: Sequence[str], told: str, wait: int) -> str:
    """Targets of which FreeSWITCH rings each when the one before it refuses, or does not ring within `wait` seconds (0
    for any time; the last one may take it); `told` are the variables of each leg, as they are written.

    A limit of their own (`leg_timeout`) would have the next one ring after one that rang to its end: the whole must
    have `originate_timeout` (switch_ivr_originate.c:4200).
    """
    until = f"leg_progress_timeout={wait}," if wait else ""
    return "|".join([*(f"[{until}{told}]{target}" for target in targets[:-1]), f"[{told}]{targets[-1]}"])


def answer_timeout(legs: Sequence[Leg]) -> int:
    """Seconds from the first ring to an answer at most: ring and confirm time, and two for FreeSWITCH's own clock."""
    times = [_seconds(leg, "leg_timeout", RING_SECONDS) + _seconds(leg, "group_confirm_timeout", 0) for leg in legs]
    return max(times) + 2


def _seconds(leg: Leg, name: str, otherwise: int) -> int:
    text = leg.variables.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else otherwise


def _block(opening: str, variables: Mapping[str, str], closing: str) -> str:
    if not variables:
        return ""
    return opening + ",".join(f"{validation.variable_name(k)}={_value(k, v)}" for k, v in variables.items()) + closing


def _value(name: str, value: str) -> str:
    kind = f"value of {name}"
    validation.plain(value, kind, 1000)
    if found := _VALUE.search(value):
        raise Refused(f"it has the character {found[0]!r}, which a dial string gives a meaning", kind, found[0])
    if not value or value != value.strip() or ":_:" in value:
        raise Refused("it is empty, begins or ends with a space, or has ':_:'", kind)
    return f"'{value}'" if " " in value else value


def ring(target: str, seconds: int, label: str = "") -> Leg:
    """A leg that rings for `seconds` (1 to 3600; FreeSWITCH gives up within one second after them, ALLOTTED_TIMEOUT).

    `label` goes to fsr_target, by which `originated_legs` and events are told apart. Raises Refused.
    """
    if not 1 <= seconds <= dialable.MAX_RING:
        raise Refused(f"1 to {dialable.MAX_RING} seconds", "ring time")
    found = {"leg_timeout": str(seconds)}
    return Leg(dialable.endpoint(target), {**found, names.TARGET: label} if label else found)


def with_extension(leg: Leg, digits: str, delay_ms: int = 1000) -> Leg:
    """After the answer wait `delay_ms` (0 to 20000, in steps of half a second) and dial `digits` (docs/wire.md 11).

    `W` is one second, `w` half a second; with them at most 99 characters (switch_core_io.c:1150). Raises Refused.
    """
    if not 0 <= delay_ms <= dialable.MAX_DELAY * 1000:
        raise Refused(f"0 to {dialable.MAX_DELAY} seconds", "extension delay")
    halves = -(-delay_ms // 500)
    pause = "W" * (halves // 2) + "w" * (halves % 2)
    return leg.having(**{names.EXECUTE_ON_ANSWER: f"send_dtmf {pause}{dialable.digits(digits)}@120"})


def extension_ms(digits: str, delay_ms: int) -> int:
    """Milliseconds from the answer until an extension has been dialled: a key takes 120 and a gap of 20."""
    return -(-delay_ms // 500) * 500 + 140 * len(digits) + 100


def with_pause(leg: Leg, pause_ms: int) -> Leg:
    """Connect the caller `pause_ms` after the answer; they hear ringing meanwhile, as in `with_whisper`."""
    return with_whisper(leg, f"silence_stream://{pause_ms}")


def with_whisper(leg: Leg, sound: str, engine: str = "flite", voice: str = "kal", pause_ms: int = 0) -> Leg:
    """Play `sound` (a file, a stream without commas, or `say:TEXT`) to the answerer; then the caller is connected.

    The caller hears ringing meanwhile (group_confirm_key=exec, switch_ivr_originate.c:204). A file waits `pause_ms`
    after the answer, for an extension to be dialled: digits leave while it plays. Raises Refused.
    """
    if sound.startswith("say:"):
        # The engine goes by variables: the `|` of `speak engine|voice|text` would part the dial string.
        leg, run = _speaking(leg, engine, voice), f"speak {_words(sound)}"
    else:
        run = f"playback {_after_pause(pause_ms, sound)}"
    return leg.having(group_confirm_key="exec", group_confirm_file=run, group_confirm_timeout=str(WHISPER_SECONDS))


def with_accept(leg: Leg, key: str, sound: str, engine: str = "flite", voice: str = "kal", pause_ms: int = 0) -> Leg:
    """Ask the answerer to press `key`, with `sound` again and again for CONFIRM_SECONDS; without it the leg is not
    answered. Raises Refused.

    The leg's ring time is replaced by those seconds at the answer (switch_ivr_originate.c:789).
    """
    if sound.startswith("say:"):
        leg, file = _speaking(leg, engine, voice), f"say:{_words(sound)}"
    else:
        file = _after_pause(pause_ms, sound)
    return leg.having(
        group_confirm_key=dialable.digits(key),
        group_confirm_file=file,
        group_confirm_read_timeout=str(KEY_MS),
        group_confirm_timeout=str(CONFIRM_SECONDS),
    )


def _after_pause(pause_ms: int, sound: str) -> str:
    """A sound after a pause: a list of two (`file_string`, mod_dptools.c:4961)."""
    sound = dialable.sound(sound)
    return f"file_string://silence_stream://{pause_ms}!{sound}" if pause_ms else sound


def recording(caller: str, path: str) -> dict[str, str]:
    """What has the call `caller` recorded into `path` from the answer on: variables for all legs, of which only one
    answers (docs/wire.md 4); for a caller who was answered before. Raises Refused.
    """
    return {names.API_ON_ANSWER: commands.api("uuid_record", caller, "start", path).decode()[4:].strip()}


def _words(sound: str) -> str:
    # No comma: quotes do not protect one inside [].
    return validation.tts_text(validation.speakable(sound[4:]).encode("ascii", "ignore").decode().strip())


def _speaking(leg: Leg, engine: str, voice: str) -> Leg:
    return leg.having(**{names.TTS_ENGINE: validation.tag(engine), names.TTS_VOICE: validation.tag(voice)})
