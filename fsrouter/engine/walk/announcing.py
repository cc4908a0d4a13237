"""The destinations that do something on the way: play, say, tag; and the notice that a talk is recorded."""

from __future__ import annotations

from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.walk.actions import Play
from fsrouter.engine.walk.outcomes import Played
from fsrouter.engine.walk.state import Steps, WalkState, ask


def play(state: WalkState, destination: Destination) -> Steps:
    """Play a sound."""
    yield from _play(state, str(destination), destination.name)


def say(state: WalkState, destination: Destination) -> Steps:
    """Speak a text."""
    yield from _play(state, str(destination), str(destination))


def _play(state: WalkState, at: str, sound: str) -> Steps:
    outcome = yield from ask(Play(sound=sound), Played)
    if outcome.missing:
        state.note(at, "missing", "there is no such sound; the call goes on")
    elif outcome.skipped:
        state.note(at, "skipped", "a key was pressed before, for a menu behind it")
    else:
        state.note(at, "played", "the caller heard it, or pressed a key")


def tag(state: WalkState, destination: Destination) -> Steps:
    """Give the call a tag."""
    state.tag(destination.name)
    state.note(str(destination), "tagged", f"the call is tagged {destination.name}")
    yield from ()


def notice(state: WalkState) -> Steps:
    """Tell the caller that the talk is recorded: before the first attempt that is, and never again in this walk."""
    if state.announced or not state.record or not state.notice:
        return
    state.announced = True
    if state.notice == "skip":
        state.note("recording", "not announced", "record_notice says skip")
        return
    outcome = yield from ask(Play(sound=state.notice, whole=True), Played)
    if outcome.missing:
        state.note(
            "recording", "missing", f"there is no such sound as {state.notice}; the talk is recorded all the same"
        )
    else:
        state.note("recording", "announced", f"the caller was told that the talk is recorded ({state.notice})")
