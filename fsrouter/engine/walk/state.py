"""A step of the walk: what each kind of destination is made of.

A step is a generator: it yields an action and is sent its outcome, yields `Enter` to have a route of its own
walked, and returns when the walk shall go on behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from msgspec import Struct

from fsrouter.engine.model.destinations import Destination, Destinations
from fsrouter.engine.walk.actions import Action, Ending

if TYPE_CHECKING:
    from fsrouter.engine.walk.walk import Walk


class Enter(Struct, frozen=True):
    """What a step yields to walk a route of its own: `at` is who sends the call there, `pressed` whether the caller
    asked for it with a key.
    """

    at: str
    route: Destinations
    pressed: bool = False


#: A kind's part of the walk: yields actions and routes to enter, is sent outcomes, and returns when the walk shall
#: go on behind it.
Steps = Generator[Action | Enter, Ending | None, None]
Step = Callable[["Walk", Destination], Steps]
