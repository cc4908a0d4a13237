"""What an answerer goes through before he may be connected: keys are sent, files are played, a key is asked of him.

What lives here: `execute_on_answer`, `api_on_answer` and group_confirm_* of a leg (switch_ivr_originate.c:195-275).
What it must not know: the caller, other legs. Digits do not block: they leave while a file plays, and while the two
talk already (docs/live.md).
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from fsrouter.esl.simulator import sounds
from fsrouter.esl.simulator.channel import truth
from fsrouter.esl.simulator.people import Recording

if TYPE_CHECKING:
    from fsrouter.esl.simulator.leg import Leg

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
