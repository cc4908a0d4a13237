"""Prompts and the keys that are pressed at them: `playback`, `speak`, `say`, `read`, `play_and_get_digits`.

What lives here: switch_ivr_play_say.c as the caller's channel sees it, with typing ahead. What it must not know: the
wire.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fsrouter.simulator import sounds

if TYPE_CHECKING:
    from fsrouter.simulator.line import Line

LEAST_TIMEOUT = 1.0
"""play_and_get_digits floors its timeout at 1000 ms (mod_dptools.c:2898)."""


def playback(line: Line, argument: str) -> None:
    """Play a file to its end. What is typed meanwhile is thrown away, one of playback_terminators (`*`) ends it."""
    response = _play(line, argument)
    line.set("current_application_response", response)


def speak(line: Line, argument: str) -> None:
    """`engine|voice|text`, or the text alone."""
    text = argument.rpartition("|")[2]
    line.early()
    line.placed.heard.append(f"say:{text}")
    _hear(line, sounds.spoken(text))


def say(line: Line, argument: str) -> None:
    """`en number pronounced 42`: sets nothing (docs/wire.md 4)."""
    line.early()
    line.placed.heard.append(argument)
    line.sleep(lasting(line, sounds.spoken(argument.rpartition(" ")[2])))


def _play(line: Line, path: str) -> str:
    length = sounds.seconds(path, line.switch.sounds)
    if length is None:
        line.tell(f"file not found: {path}")
        return "FILE NOT FOUND"
    if not line.ours:
        return "PLAYBACK ERROR"
    line.early()
    line.placed.heard.append(path)
    line.tell(f"hears {path}")
    if _hear(line, length):
        return "FILE PLAYED"
    line.set_all(played(length))
    return "FILE PLAYED" if line.ours else "PLAYBACK ERROR"


def _hear(line: Line, length: float) -> bool:
    """Hear something to its end; True when a key of playback_terminators cut it short.

    Other keys are taken out of the queue and dropped (mod_dptools.c:2351).
    """
    stop = line.variables.get("playback_terminators", "*")
    stop = "" if stop == "none" else "0123456789*#" if stop == "any" else stop
    line.broken = False
    until = line.clock.now + lasting(line, length)
    while line.ours and not line.broken:
        while line.typed:
            key = line.typed.popleft()
            if key in stop:
                line.set("playback_terminator_used", key)
                return True
        left = until - line.clock.now
        if left <= 1e-9:
            break
        line.pause(left)
    line.broken = False
    return False


def lasting(line: Line, length: float) -> float:
    """How long that much of sound lasts for a caller: it is paced by the RTP that he sends (docs/live.md)."""
    return length / line.placed.caller.pace


def played(seconds: float) -> dict[str, str]:
    """What a file leaves behind when it has been played for so long."""
    samples = str(int(min(seconds, 1e6) * 8000))
    return {
        "playback_last_offset_pos": samples,
        "playback_seconds": str(int(min(seconds, 1e6))),
        "playback_ms": str(int(min(seconds, 1e6) * 1000)),
        "playback_samples": samples,
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of play_and_get_digits (times in seconds)."""

    least: int
    most: int
    tries: int
    timeout: float
    terminators: str
    prompt: str
    bad_prompt: str
    variable: str
    pattern: str
    digit_timeout: float
    on_failure: str


def play_and_get_digits(line: Line, argument: str) -> None:
    """Play a prompt, collect keys, leave them in the variable, `read_result` and `<variable>_invalid`
    (play_say.c:2640).
    """
    asked = _asked(argument)
    if asked is None:
        line.tell(f"play_and_get_digits: wrong arguments: {argument}")
        return
    line.placed.prompt_begins()
    if asked.pattern and asked.variable:
        line.set(f"{asked.variable}_invalid", None)
    for _ in range(asked.tries):
        if not line.ours:
            return
        keys, result = _read(line, asked)
        if result == "timeout" and len(keys) >= asked.least:
            result = "success"
        if result == "success" and keys:
            if not asked.pattern or re.search(asked.pattern, keys):
                return
            line.set(asked.variable, None)
            line.set(f"{asked.variable}_invalid", keys)
        elif not keys and asked.least == 0 and line.variables.get("read_terminator_used"):
            return
        if line.ours and asked.bad_prompt:
            _play(line, asked.bad_prompt)
    if asked.on_failure and line.ours:
        line.transfer(*[*asked.on_failure.split(" "), "", ""][:3])


def read(line: Line, argument: str) -> None:
    """`read min max file variable timeout terminators [digit_timeout]`."""
    words = [*_words(argument), "", "", "", "", "", "", ""]
    if not (words[0].isdigit() and words[1].isdigit()):
        return
    timeout = float(words[4] or 1000) / 1000
    line.placed.prompt_begins()
    _read(
        line,
        Asked(
            int(words[0]),
            int(words[1]),
            1,
            timeout,
            words[5],
            words[2],
            "",
            words[3],
            "",
            float(words[6] or 0) / 1000,
            "",
        ),
    )


def _read(line: Line, asked: Asked) -> tuple[str, str]:
    """One try: prompt, then keys until there are enough, a terminator, or silence (play_say.c: switch_ivr_read)."""
    line.set("read_result", None)
    line.set("read_terminator_used", None)
    if asked.variable:
        line.set(asked.variable, None)
    line.early()
    if asked.prompt and asked.prompt != "silence":
        _listen(line, asked.prompt)
    keys, terminator = "", ""
    until = line.clock.now + asked.timeout
    while line.ours and len(keys) < asked.most and not terminator:
        if line.typed:
            key = line.typed.popleft()
            if key in asked.terminators:
                terminator = key
            else:
                keys += key
                until = line.clock.now + (asked.digit_timeout or asked.timeout)
            continue
        left = until - line.clock.now
        if left <= 1e-9:
            break
        line.pause(left)
    if terminator:
        line.set("read_terminator_used", terminator)
    enough = len(keys) >= asked.most or bool(terminator)
    result = "failure" if len(keys) < asked.least or not line.ours else "success" if enough else "timeout"
    line.set("read_result", result)
    if keys and asked.variable:
        line.set(asked.variable, keys)
    return keys, result


def _listen(line: Line, prompt: str) -> None:
    """The prompt of a menu: any key that is typed, also one typed ahead, cuts it short and is kept."""
    length = sounds.seconds(prompt, line.switch.sounds)
    if length is None:
        line.tell(f"file not found: {prompt}")
        return
    line.placed.heard.append(prompt)
    line.tell(f"hears {prompt}")
    until = line.clock.now + lasting(line, length)
    line.broken = False
    while line.ours and not line.typed and not line.broken:
        left = until - line.clock.now
        if left <= 1e-9:
            break
        line.pause(left)
    line.broken = False


def _asked(argument: str) -> Asked | None:
    words = _words(argument)
    if len(words) < 6 or not all(word.isdigit() for word in words[:4]):
        return None
    words += [""] * (10 - len(words))
    least, most, tries, timeout = (int(word) for word in words[:4])
    return Asked(
        least,
        max(least, most),
        max(1, tries),
        max(LEAST_TIMEOUT, timeout / 1000),
        "" if words[4] == "none" else words[4],
        words[5],
        words[6],
        words[7],
        words[8],
        float(words[9] if words[9].isdigit() else 0) / 1000,
        " ".join(words[10:]),
    )


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
