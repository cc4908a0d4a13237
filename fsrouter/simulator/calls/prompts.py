"""Prompts and the keys that are pressed at them: `playback`, `speak`, `say`, `phrase`, `read`, `play_and_get_digits`.

What lives here: switch_ivr_play_say.c as the caller's channel sees it, with typing ahead. What it must not know: the
wire.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from fsrouter.simulator import sounds
from fsrouter.simulator.calls.line import Line

LEAST_TIMEOUT = 1.0
"""play_and_get_digits floors its timeout at 1000 ms (mod_dptools.c:2898)."""


def playback(line: Line, argument: str) -> None:
    """Play a file to its end. What is typed meanwhile is thrown away, one of playback_terminators (`*`) ends it."""
    line.set("current_application_response", _play(line, argument))


def speak(line: Line, argument: str) -> None:
    """`engine|voice|text`, or the text alone."""
    text = argument.rpartition("|")[2]
    line.hears(f"say:{text}")
    _hear(line, sounds.speech_seconds(text))


def say(line: Line, argument: str) -> None:
    """`en number pronounced 42`: sets nothing (docs/wire.md 4)."""
    line.hears(argument)
    line.sleep(_lasting(line, sounds.speech_seconds(argument.rpartition(" ")[2])))


def phrase(line: Line, argument: str) -> None:
    """An IVR phrase macro, of which only the length is known."""
    line.hears(f"phrase:{argument}")
    line.sleep(_lasting(line, sounds.speech_seconds(argument)))


def _play(line: Line, path: str) -> str:
    length = sounds.seconds(path, line.switch.sounds)
    if length is None:
        line.note(f"file not found: {path}")
        return "FILE NOT FOUND"
    if not line.ready:
        return "PLAYBACK ERROR"
    line.hears(path)
    line.note(f"hears {path}")
    if _hear(line, length):
        return "FILE PLAYED"
    line.set_all(played(length))
    return "FILE PLAYED" if line.ready else "PLAYBACK ERROR"


def _hear(line: Line, length: float) -> bool:
    """Hear something to its end; True when a key of playback_terminators cut it short.

    Other keys are taken out of the queue and dropped (mod_dptools.c:2351).
    """
    named = line.variables.get("playback_terminators", "*")
    terminators = {"none": "", "any": "0123456789*#"}.get(named, named)

    def terminated() -> bool:
        while line.typed:
            key = line.typed.popleft()
            if key in terminators:
                line.set("playback_terminator_used", key)
                return True
        return False

    return _let_play(line, length, terminated)


def _let_play(line: Line, length: float, cut_short: Callable[[], bool]) -> bool:
    """Let a sound play to its end, or until the call is taken or broken in on; True when `cut_short()` says so."""
    line.interrupted = False
    until = line.clock.now + _lasting(line, length)
    cut = False
    while line.ready and not line.interrupted and not (cut := cut_short()) and line.pause(until):
        pass
    line.interrupted = False
    return cut


def _lasting(line: Line, length: float) -> float:
    """How long that much of sound lasts for a caller: it is paced by the RTP that they send (docs/live.md)."""
    return length / line.record.caller.pace


def played(seconds: float) -> dict[str, str]:
    """What a file leaves behind when it has been played for so long."""
    seconds = min(seconds, 1e6)
    samples = str(int(seconds * 8000))
    return {
        "playback_last_offset_pos": samples,
        "playback_seconds": str(int(seconds)),
        "playback_ms": str(int(seconds * 1000)),
        "playback_samples": samples,
    }


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked of the caller: how many keys, in how many tries, with which sounds (times in seconds)."""

    least: int
    most: int
    timeout: float
    digit_timeout: float
    terminators: str
    sound: str
    variable: str
    tries: int = 1
    bad_sound: str = ""
    pattern: str = ""
    on_failure: str = ""


def play_and_get_digits(line: Line, argument: str) -> None:
    """`min max tries timeout terminators file bad_file variable pattern digit_timeout on_failure`: play a prompt,
    collect keys, leave them in the variable, `read_result` and `<variable>_invalid` (play_say.c:2640).
    """
    prompt = _prompt(argument)
    if prompt is None:
        line.note(f"play_and_get_digits: wrong arguments: {argument}")
        return
    line.record.prompt_begins()
    if prompt.pattern and prompt.variable:
        line.set(f"{prompt.variable}_invalid", None)
    for _ in range(prompt.tries):
        if not line.ready:
            return
        keys, result = _read(line, prompt)
        if result == "timeout" and len(keys) >= prompt.least:
            result = "success"
        if result == "success" and keys:
            if not prompt.pattern or re.search(prompt.pattern, keys):
                return
            line.set(prompt.variable, None)
            line.set(f"{prompt.variable}_invalid", keys)
        elif not keys and prompt.least == 0 and line.variables.get("read_terminator_used"):
            return
        if line.ready and prompt.bad_sound:
            _play(line, prompt.bad_sound)
    if prompt.on_failure and line.ready:
        line.transfer(*[*prompt.on_failure.split(" "), "", ""][:3])


def _prompt(argument: str) -> Prompt | None:
    words = _words(argument)
    if len(words) < 6 or not all(word.isdigit() for word in words[:4]):
        return None
    least, most, tries, timeout = (int(word) for word in words[:4])
    terminators, sound, bad_sound, variable, pattern, digit_timeout, *more = [*words[4:], "", "", "", "", ""]
    return Prompt(
        least,
        max(least, most),
        max(LEAST_TIMEOUT, timeout / 1000),
        float(digit_timeout if digit_timeout.isdigit() else 0) / 1000,
        "" if terminators == "none" else terminators,
        sound,
        variable,
        max(1, tries),
        bad_sound,
        pattern,
        " ".join(more).strip(),
    )


def read(line: Line, argument: str) -> None:
    """`min max file variable timeout terminators [digit_timeout]`."""
    least, most, sound, variable, timeout, terminators, digit_timeout, *_ = [*_words(argument), *[""] * 7]
    if least.isdigit() and most.isdigit():
        line.record.prompt_begins()
        seconds, between = float(timeout or 1000) / 1000, float(digit_timeout or 0) / 1000
        _read(line, Prompt(int(least), int(most), seconds, between, terminators, sound, variable))


def _read(line: Line, prompt: Prompt) -> tuple[str, str]:
    """One try: prompt, then keys until there are enough, a terminator, or silence (play_say.c: switch_ivr_read)."""
    line.set("read_result", None)
    line.set("read_terminator_used", None)
    if prompt.variable:
        line.set(prompt.variable, None)
    line.send_early_media()
    if prompt.sound and prompt.sound != "silence":
        _listen(line, prompt.sound)
    keys, terminator = "", ""
    until = line.clock.now + prompt.timeout
    while line.ready and len(keys) < prompt.most and not terminator:
        if line.typed:
            key = line.typed.popleft()
            if key in prompt.terminators:
                terminator = key
            else:
                keys += key
                until = line.clock.now + (prompt.digit_timeout or prompt.timeout)
        elif not line.pause(until):
            break
    if terminator:
        line.set("read_terminator_used", terminator)
    enough = len(keys) >= prompt.most or bool(terminator)
    result = "failure" if len(keys) < prompt.least or not line.ready else "success" if enough else "timeout"
    line.set("read_result", result)
    if keys and prompt.variable:
        line.set(prompt.variable, keys)
    return keys, result


def _listen(line: Line, sound: str) -> None:
    """The prompt of a menu: any key that is typed, also one typed ahead, cuts it short and is kept."""
    length = sounds.seconds(sound, line.switch.sounds)
    if length is None:
        line.note(f"file not found: {sound}")
        return
    line.record.heard.append(sound)
    line.note(f"hears {sound}")
    _let_play(line, length, lambda: bool(line.typed))


def _words(argument: str) -> list[str]:
    """Split on spaces, `'..'` keeps together."""
    if "'" not in argument:
        return argument.split()
    try:
        parts = shlex.shlex(argument, posix=True)
        parts.whitespace_split, parts.commenters, parts.escape, parts.quotes = True, "", "", "'"
        return list(parts)
    except ValueError:
        return argument.split()
