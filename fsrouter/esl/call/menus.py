"""How a caller is asked for keys: the argument of `play_and_get_digits` for a menu. Pure; knows no call.

A menu that the rule book allows and FreeSWITCH does not (speech without a word, hours of patience, very many keys) is
asked for as near to it as can be: a caller in a menu is never lost to its wording.
"""

from __future__ import annotations

from typing import Final

from fsrouter.engine.walk.actions import Gather
from fsrouter.esl import commands, validation
from fsrouter.esl import variables as names
from fsrouter.esl.validation import Refused

#: Milliseconds between two keys of a choice that has several.
BETWEEN_KEYS: Final = 2000
#: Seconds to wait for a key at most.
LONGEST: Final = 600
#: What is played where nothing is to be heard.
NOTHING: Final = "silence_stream://50"
#: Any keys at all; which of them mean something is then left to the walk alone.
ANYTHING: Final = "^[0-9*#]+(?![0-9*#])"


def asking(menu: Gather) -> str:
    """The argument that plays a menu's sound and takes one of its choices."""
    longest = max(map(len, menu.choices), default=1)
    hash_ends = longest > 1 and not any("#" in choice for choice in menu.choices)
    return commands.play_and_get_digits(
        1,
        longest,
        1,
        seconds(menu) * 1000,
        "#" if hash_ends else "none",
        _sound(menu.sound),
        NOTHING,
        names.DIGITS,
        _choices(menu.choices),
        BETWEEN_KEYS,
    )


def seconds(menu: Gather) -> int:
    """How long a menu waits for a key."""
    return min(menu.timeout, LONGEST)


def _sound(sound: str) -> str:
    try:
        commands.prompt(sound)
    except Refused:
        return NOTHING
    return sound


def _choices(choices: tuple[str, ...]) -> str:
    try:
        return validation.exactly(*choices) if choices else ANYTHING
    except Refused:
        return ANYTHING
