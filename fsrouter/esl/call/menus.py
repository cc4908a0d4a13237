"""How a caller is asked for keys: the argument of `play_and_get_digits` for a menu. Pure; knows no call.

A menu that the rule book allows and FreeSWITCH does not (speech without a word, hours of patience, very many keys) is
asked for as near to it as can be: a caller in a menu is never lost to its wording.
"""

from __future__ import annotations

from typing import Final

from fsrouter.engine.walk.actions import Gather
from fsrouter.errors import Refused
from fsrouter.esl import commands, validation

#: Milliseconds between two keys of a choice that has several.
BETWEEN_KEYS: Final = 2000
#: Seconds to wait for a key at most.
MAX_SECONDS: Final = 600
#: Any keys at all; which of them mean something is then left to the walk alone.
ANY_KEYS: Final = "^[0-9*#]+(?![0-9*#])"


def gather_argument(menu: Gather) -> str:
    """The argument that plays a menu's sound and takes one of its choices."""
    most = max(map(len, menu.choices), default=1)
    hash_ends = most > 1 and not any("#" in choice for choice in menu.choices)
    terminators = "#" if hash_ends else "none"
    sound, regex = _sound(menu.sound), _regex(menu.choices)
    return commands.gather_argument(sound, regex, most, terminators, timeout(menu) * 1000, BETWEEN_KEYS)


def timeout(menu: Gather) -> int:
    """Seconds for which a menu waits for a key."""
    return min(menu.timeout, MAX_SECONDS)


def _sound(sound: str) -> str:
    try:
        commands.sound_argument(sound)
    except Refused:
        return commands.SILENCE
    return sound


def _regex(choices: tuple[str, ...]) -> str:
    try:
        return validation.regex_of(*choices) if choices else ANY_KEYS
    except Refused:
        return ANY_KEYS
