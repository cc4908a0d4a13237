"""The legs of an attempt: how each far end is reached, and what it is told. Pure, but for the question who is
registered.

A far end that must not or cannot be dialled is left out, and why is told; the others ring all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from fsrouter.engine.model import dialable
from fsrouter.engine.walk.actions import Dial, Enqueue, Leg
from fsrouter.engine.walk.outcomes import LegResult
from fsrouter.errors import Refused
from fsrouter.esl import commands, dialstring, validation
from fsrouter.esl import variables as names
from fsrouter.esl.call.attempt import Trial
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.gate import Gate
from fsrouter.esl.call.trunks import Route
from fsrouter.esl.events import Channel

#: Keys as they are called.
KEY_NAMES: Final = {"*": "star", "#": "pound"}

_NAME = re.compile(r"[A-Za-z]\w{0,63}", re.ASCII)

Warn = Callable[[str, Refused], None]
"""Told what is left out, and why."""


def ways(
    action: Dial, gate: Gate, registered: Callable[[str], bool], draw: Callable[[], float]
) -> tuple[dict[str, tuple[Route, ...]], dict[str, LegResult]]:
    """The ways to each far end that can be rung, in the order in which they are tried, and of the others why not; both
    by destination. `draw` gives numbers from 0 up to 1, for gateways that are tried by weight.

    `registered(user)` tells whether a user of the directory (`1001` or `1001@domain`) has a phone registered now; only
    asked where there is a number to ring instead.
    """
    found: dict[str, tuple[Route, ...]] = {}
    refused: dict[str, LegResult] = {}
    for leg in action.legs:
        try:
            found[leg.destination] = _ways(leg, action.trunk, gate, registered, draw)
        except Refused as why:
            refused[leg.destination] = LegResult(destination=leg.destination, outcome="skipped", cause=str(why))
    return found, refused


def dial_leg(trial: Trial, settings: CallSettings, warn: Warn) -> dialstring.Leg:
    """A leg as it is rung now. Raises Refused."""
    leg, route = trial.leg, trial.route
    rung = dialstring.ring(route.target, trial.seconds, label(leg.destination))
    if route.trunk:
        rung = rung.having(**{names.TRUNK: validation.tag(route.trunk)})
    if trial.wait:
        rung = rung.having(leg_progress_timeout=str(trial.wait))
    return _told(leg, rung, settings, warn)


def label(destination: str) -> str:
    """A destination as a leg carries it, `agent.nancy`: a colon means something in a dial string."""
    return destination.replace(":", ".", 1)


def destination_of(label: str) -> str:
    """The destination that a leg's label stands for."""
    return label.replace(".", ":", 1)


def at_first(channel: Channel) -> dict[str, str]:
    """The variables that a call gets with the first thing that is said."""
    return {
        names.TOOK: "yes",
        names.CALL: "1",
        names.EXPORT_VARS: exported(channel),
        names.CONTINUE_ON_FAIL: "true",
        names.HANGUP_AFTER_BRIDGE: "false",
        names.PRESERVE_ORIGINATED_VARS: "false",
    }


def before_bridge(action: Dial, channel: Channel, answered: bool) -> dict[str, str]:
    """The variables of the caller's channel for a bridge: nothing of an earlier one, whom answerers see, and what a
    caller who has been `answered` hears. Raises Refused.
    """
    found = dict.fromkeys((*names.RESULTS, names.EXECUTE_ON_ANSWER, names.PLAYBACK_TERMINATOR_USED), "")
    found |= caller_id(action, channel)
    if answered:
        found[names.TRANSFER_RINGBACK] = dialable.sound(action.ringback) if action.ringback else commands.RINGBACK
    return found


def exported(channel: Channel) -> str:
    """The variables that legs get too: what the dialplan exports already, and what marks them as ours."""
    theirs = [name for name in channel.variable(names.EXPORT_VARS).split(",") if _NAME.fullmatch(name)]
    return ",".join(dict.fromkeys((*theirs, *names.WHEN_MOVED)))


def caller_id(action: Dial | Enqueue, channel: Channel) -> dict[str, str]:
    """The variables of the caller's channel that say what answerers see: the contact's name or the caller's own,
    with the source.
    """
    name = action.name or channel.caller_id_name
    text = validation.caller_name(f"{name} ({action.source})" if name and action.source else name or action.source)
    number = "" if action.show == "caller" else validation.number(action.show)
    return {names.EFFECTIVE_CALLER_ID_NAME: text, names.EFFECTIVE_CALLER_ID_NUMBER: number}


def _ways(
    leg: Leg, trunk: str, gate: Gate, registered: Callable[[str], bool], draw: Callable[[], float]
) -> tuple[Route, ...]:
    """Raises Refused when there is none."""
    if not leg.endpoint:
        return gate.routes(trunk, leg.number, draw)
    phone = gate.route(leg.endpoint)
    if not leg.number:
        return (phone,)
    kind, _, user = phone.target.partition("/")
    if kind == "user" and not registered(user):
        return gate.routes(trunk, leg.number, draw)
    try:
        return (phone, *gate.routes(trunk, leg.number, draw))
    except Refused:
        return (phone,)


def _told(leg: Leg, rung: dialstring.Leg, settings: CallSettings, warn: Warn) -> dialstring.Leg:
    """The leg with what happens at its answer: the extension, then the whisper or the question for the accept key."""
    pause = 0
    if leg.extension:
        rung = dialstring.with_extension(rung, leg.extension, leg.extension_delay * 1000)
        pause = dialstring.extension_ms(leg.extension, leg.extension_delay * 1000)
    if leg.whisper:
        try:
            whispering = _prompted(leg, rung, leg.whisper, settings, pause)
            dialstring.dial([whispering])
        except Refused as why:
            # Not every sound fits into a dial string, and of speech only ASCII does: no reason not to ring.
            warn(f"the whisper to {leg.destination}", why)
        else:
            return whispering
    return _prompted(leg, rung, "", settings, pause)


def _prompted(leg: Leg, rung: dialstring.Leg, whisper: str, settings: CallSettings, pause: int) -> dialstring.Leg:
    engine, voice = settings.engine, settings.voice
    if leg.accept:
        question = whisper or f"say:Press {KEY_NAMES.get(leg.accept, leg.accept)} to take the call"
        return dialstring.with_accept(rung, leg.accept, question, engine, voice, pause)
    if whisper:
        return dialstring.with_whisper(rung, whisper, engine, voice, pause)
    return dialstring.with_pause(rung, pause) if pause else rung
