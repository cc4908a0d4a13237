"""The legs of an attempt: how each far end is reached, and what it is told. Pure, but for the question who is
registered.

A far end that must not or cannot be dialled is left out, and why is told; the others ring all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fsrouter.engine.walk.actions import Dial, Enqueue, Leg, LegResult
from fsrouter.errors import Refused
from fsrouter.esl import dialstring, validation
from fsrouter.esl import variables as names
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.gate import Gate
from fsrouter.esl.call.trunks import target
from fsrouter.esl.events import Channel

#: Keys as they are called.
KEY_NAMES: Final = {"*": "star", "#": "pound"}

Warn = Callable[[str, Refused], None]
"""Told what is left out, and why."""


def dial_legs(
    action: Dial, gate: Gate, settings: CallSettings, registered: Callable[[str], bool], warn: Warn
) -> tuple[list[dialstring.Leg], dict[str, LegResult]]:
    """The legs that can be rung, and of the others why not, by destination.

    `registered(user)` tells whether a user of the directory (`1001` or `1001@domain`) has a phone registered now; only
    asked where there is a number to ring instead.
    """
    legs: list[dialstring.Leg] = []
    refused: dict[str, LegResult] = {}
    for leg in action.legs:
        try:
            where = _target(leg, action.trunk, gate, registered)
            rung = dialstring.ring(where, action.ring, label(leg.destination))
            legs.append(_told(leg, rung, settings, warn))
        except Refused as why:
            refused[leg.destination] = LegResult(destination=leg.destination, outcome="skipped", cause=str(why))
    return legs, refused


def label(destination: str) -> str:
    """A destination as a leg carries it, `agent.nancy`: a colon means something in a dial string."""
    return destination.replace(":", ".", 1)


def destination_of(label: str) -> str:
    """The destination that a leg's label stands for."""
    return label.replace(".", ":", 1)


def caller_id(action: Dial | Enqueue, channel: Channel) -> dict[str, str]:
    """The variables of the caller's channel that say what answerers see: the contact's name or the caller's own,
    with the source.
    """
    name = action.name or channel.caller_id_name
    text = validation.caller_name(f"{name} ({action.source})" if name and action.source else name or action.source)
    number = "" if action.show == "caller" else validation.number(action.show)
    return {names.EFFECTIVE_CALLER_ID_NAME: text, names.EFFECTIVE_CALLER_ID_NUMBER: number}


def _target(leg: Leg, trunk: str, gate: Gate, registered: Callable[[str], bool]) -> str:
    if leg.endpoint:
        endpoint = gate.endpoint(leg.endpoint)
        kind, _, user = endpoint.partition("/")
        if not leg.number or kind != "user" or registered(user):
            return endpoint
    return target(gate.trunk(trunk), gate.number(leg.number))


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
