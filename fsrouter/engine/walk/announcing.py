"""The destinations that do something on the way: play, say, tag, flow; and the notice that a talk is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fsrouter.engine.model.destinations import Destination, spoken
from fsrouter.engine.walk.actions import Play, Played
from fsrouter.engine.walk.state import Enter, Steps

if TYPE_CHECKING:
    from fsrouter.engine.walk.walk import Walk


def play(walk: Walk, destination: Destination) -> Steps:
    """Play a sound."""
    yield from _tell(walk, str(destination), destination.name)


def say(walk: Walk, destination: Destination) -> Steps:
    """Speak a text."""
    yield from _tell(walk, str(destination), str(destination))


def _tell(walk: Walk, at: str, sound: str) -> Steps:
    outcome = yield Play(sound=sound)
    assert isinstance(outcome, Played)
    if outcome.missing:
        walk.note(at, "missing", "there is no such sound; the call goes on")
    elif outcome.skipped:
        walk.note(at, "skipped", "a key was pressed before, for a menu behind it")
    else:
        walk.note(at, "played", "the caller heard it, or pressed a key")


def tag(walk: Walk, destination: Destination) -> Steps:
    """Give the call a tag."""
    walk.tag(destination.name)
    walk.note(str(destination), "tagged", f"the call is tagged {destination.name}")
    yield from ()


def flow(walk: Walk, destination: Destination) -> Steps:
    """Enter a flow's route, recorded from here on when it says so."""
    found = walk.book.flows[destination.name]
    recorded = "; talks are recorded from here on" if found.record and not walk.record else ""
    walk.record = walk.record or found.record
    walk.notice = found.record_notice or walk.notice
    walk.note(str(destination), spoken(found.route), f"that is the flow's route{recorded}")
    yield Enter(str(destination), found.route)


def notice(walk: Walk) -> Steps:
    """Tell the caller that the talk is recorded: before the first attempt that is, and never again in this walk."""
    if walk.announced or not walk.record or not walk.notice:
        return
    walk.announced = True
    if walk.notice == "skip":
        walk.note("recording", "not announced", "record_notice says skip")
        return
    outcome = yield Play(sound=walk.notice, whole=True)
    assert isinstance(outcome, Played)
    if outcome.missing:
        walk.note("recording", "missing", f"there is no such sound as {walk.notice}; the talk is recorded all the same")
    else:
        walk.note("recording", "announced", f"the caller was told that the talk is recorded ({walk.notice})")
