"""What FreeSWITCH can dial, play and look up: the one definition of a sound, an endpoint, an extension and digits.

The rule book, the wire and what is installed refuse a value by these, so that nothing that was let in is refused
later, when a telephone would stay silent for a reason that nobody learns. Knows none of them.
"""

from __future__ import annotations

import re
from typing import Final

from fsrouter.errors import Refused

WORD: Final = r"A-Za-z0-9_."
"""Characters of which names are made, as the inside of a regular expression's class."""
DEFAULT_RING, MAX_RING, MAX_DELAY = 30, 3600, 20
"""Seconds that a telephone rings when nothing else is said, and at most; and that may go by between an answer and an
extension."""
MAX_WAIT, MAX_QUEUE_NAME = 86_400, 128
"""The most seconds that a parameter of mod_callcenter takes (mod_callcenter.c:258), and the most characters of the name
of a queue or agent there, with the company's."""


class Form:
    """An allowlist: at most `limit` of `characters` (the inside of a regular expression's class), the whole of the form
    `shape`. Called with a text it returns it unchanged or raises Refused, which has the kind and the first character
    that is not allowed.
    """

    def __init__(self, name: str, characters: str, limit: int, shape: str = "") -> None:
        self.name = name
        self._limit = limit
        self._outside = re.compile(f"[^{characters}]")
        self._shape = re.compile(shape) if shape else None
        #: The same as a regular expression of JSON Schema.
        self.pattern = f"^(?=[{characters}]{{1,{limit}}}$)(?:{shape})$" if shape else f"^[{characters}]{{1,{limit}}}$"

    def __call__(self, value: str) -> str:
        if not value or len(value) > self._limit:
            raise Refused("it is empty" if not value else f"it is longer than {self._limit} characters", self.name)
        if bad := self._outside.search(value):
            raise Refused(f"it has the character {bad[0]!r}", self.name, bad[0])
        if ":_:" in value:
            why = "it has ':_:', which starts another dial string (switch_ivr_originate.c:2141)"
            raise Refused(why, self.name, ":_:")
        if self._shape and not self._shape.fullmatch(value):
            raise Refused("it does not have the form of one", self.name)
        return value


digits: Final = Form("dialled digits", r"0-9*#A-D", 32)
"""Keys that can be dialled behind an answer. Pauses are none: `w`, `W` and `,` mean something to one application or
another, and `extension_delay` says it for all."""
extension: Final = Form("extension", rf"{WORD}+*#-", 64, r"[A-Za-z0-9+*#_].*")
"""What the dialplan looks up."""
mailbox: Final = Form("mailbox", rf"{WORD}+-", 64, r"[A-Za-z0-9+].*")
domain: Final = Form("domain", r"A-Za-z0-9.:_-", 255, r"[A-Za-z0-9].*")
"""A host name or IPv4 address, with a port or without."""

_ANY, _PLAIN = r"[A-Za-z0-9_.+@:;=*#-]+", r"[A-Za-z0-9_.+@:*#-]+"
endpoint: Final = Form(
    "endpoint",
    r"A-Za-z0-9_.+@:;=*#/-",
    255,
    rf"user/{_PLAIN}|sofia/gateway/{_ANY}/{_PLAIN}|sofia/{_ANY}/{_ANY}|verto\.rtc/{_ANY}|error/[A-Za-z_]+",
)
"""A dial string's target: `user/1001[@domain]`, `sofia/PROFILE/USER@HOST[:PORT]`, `sofia/gateway/NAME/NUMBER`.

`loopback/` is not among them: `loopback/app=APPLICATION:ARGUMENT` runs any application (mod_loopback.c).
"""

_file = Form("sound file", rf"{WORD}/@+-", 255, r"(?!.*(^|/)\.\.(/|$))[^-].*")
_stream = Form(
    "stream path",
    r"A-Za-z0-9_.%(),;=/:+-",
    255,
    r"(tone_stream://[A-Za-z0-9%(),;=.+-]+|silence_stream://[0-9]+(,[0-9]+)?|local_stream://[A-Za-z0-9_./-]+)",
)


def sound(value: str) -> str:
    """What `playback` may play: a sound file, or `tone_stream://`, `silence_stream://`, `local_stream://`.

    `shell_stream://`, `http://`, `file_string://` and their like are refused. Raises Refused.
    """
    return _stream(value) if "://" in value else _file(value)


def voicemail(value: str) -> str:
    """Whose mailbox: `1000`, or `1000@example.com`. Raises Refused."""
    box, at, of = value.partition("@")
    mailbox(box)
    if at:
        domain(of)
    return value
