"""What a walk asked and how each of it ended, as values: what the journal keeps of a call so that it can be retraced
with another rule book.

A step says what was asked in as few words as tell it from everything else (`asked`); how an action is carried out
(sounds, ring times, who sees which number) is not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from fsrouter.engine.walk.actions import (
    Action,
    Dial,
    Draw,
    Enqueue,
    FailSafe,
    Gather,
    Hangup,
    LeaveMessage,
    LookUp,
    Play,
    Presence,
    TakeTurn,
    Transfer,
)
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import Outcome

#: Of each action the word for it, and whom or what it is about.
ASKED: dict[type, tuple[str, Callable[[Any], tuple[str, ...]]]] = {
    Play: ("play", lambda a: (a.sound,)),
    Gather: ("menu", lambda a: (f"menu:{a.menu}",)),
    Dial: ("ring", lambda a: tuple(leg.destination for leg in a.legs)),
    Enqueue: ("queue", lambda a: (f"queue:{a.queue}",)),
    LeaveMessage: ("voicemail", lambda a: (f"voicemail:{a.voicemail}",)),
    Transfer: ("transfer", lambda a: (f"extension:{a.extension}",)),
    Hangup: ("hangup", lambda a: (f"hangup:{a.cause}" if a.cause else "hangup",)),
    FailSafe: ("failsafe", lambda a: (a.why,)),
    TakeTurn: ("turn", lambda a: (a.group,)),
    Draw: ("draw", lambda a: (a.purpose,)),
    Presence: ("presence", lambda a: a.destinations),
    LookUp: ("look-up", lambda a: (a.crm, a.module, a.field)),
}


class Step(Struct, frozen=True, array_like=True, gc=False):
    """One action of a walk: `asked` is one of the words of ASKED, `of` whom or what it was about.

    `outcome` is how it ended; None when it was under way as the walk ended, and of an action that ends every walk.
    """

    asked: str
    of: tuple[str, ...]
    outcome: Outcome | None = None


class Walked(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One walk of a call: by which `revision` of the rule book, and its steps.

    A call is walked anew when an operator sends it elsewhere; `goto` is where, "" for the number's own route. `facts`
    are those of this walk where they are not the call's. `trace` and `attempts` are how many of the call's entries
    and attempts came before the walk. `cut` tells that more happened than a record holds.
    """

    revision: int = 0
    goto: str = ""
    steps: tuple[Step, ...] = ()
    facts: Facts | None = None
    trace: int = 0
    attempts: int = 0
    cut: bool = False


def step(action: Action, outcome: Outcome | None = None) -> Step:
    """The step of an action."""
    asked, of = ASKED[type(action)]
    return Step(asked, of(action), outcome)
