"""What may stand in a command to FreeSWITCH: one allowlist for each kind of value. Pure; knows no command.

What can be dialled, played and looked up is the rule book's as well (`engine.model.dialable`).

Nothing is escaped. FreeSWITCH parses an argument up to five times over (expansion, `|`, `,`, `=`, the application
itself), each pass with its own idea of quotes and backslashes (docs/wire.md 10), so what is not on the list is
refused. Each function returns its argument unchanged or raises `Refused`, which names the kind and the first character
that is not allowed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from fsrouter.engine.model.dialable import MAX_QUEUE_NAME, WORD, Form, digits
from fsrouter.engine.text import find, one_line
from fsrouter.errors import Refused

uuid: Final = Form("uuid", rf"{WORD}@-", 128, r"[A-Za-z0-9].*")
"""A channel's id: FreeSWITCH's own, or a Call-ID (`inbound-use-callid-as-uuid`)."""
number: Final = Form("number", r"0-9+", 20, r"\+?[0-9]+")
"""A telephone number, E.164 with or without the plus."""
user: Final = Form("user", rf"{WORD}+-", 64, r"[A-Za-z0-9+].*")
"""The user part of an address; also a gateway's or SIP profile's name."""
queue: Final = Form("queue name", rf"{WORD}@-", MAX_QUEUE_NAME, r"[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+")
"""name@profile, exactly what the dialplan's condition lets through (docs/wire.md 6)."""
cause: Final = Form("hangup cause", r"A-Z0-9_", 40, r"[A-Z][A-Z0-9_]*")
variable_name: Final = Form("variable name", r"A-Za-z0-9_", 64, r"[A-Za-z][A-Za-z0-9_]*")
tag: Final = Form("tag", r"A-Za-z0-9._-", 64)
recording_path: Final = Form("recording path", rf"{WORD}/@-", 255, r"/(?!.*/?\.\.(/|$)).*\.(wav|mp3|ogg)")
"""An absolute file name; no way up."""
digit_regex: Final = Form("regex for digits", r"0-9*#|\[\]()^?:!+-", 512)
"""A regular expression over keys. No `$` and no backslash: end it with `(?![0-9*#])` instead (`regex_of`)."""

tts_text: Final = Form("text", r"\w .?!:+-", 1000)
"""Text that is already fit for text to speech (what `speakable` returns)."""

# What a display name may not keep: each means something to one of FreeSWITCH's parsers (docs/wire.md 10).
_MEANING = re.compile(r"[$\\'\"{}\[\]<>|^~,;%`]")
# mod_sofia takes a name that has one of these for an address, and shows a part of it (switch_sanitize_number,
# switch_utils.h:736, called in mod_sofia.c:5118).
_ADDRESS = re.compile(r"[@/:]")
# Text to speech reads words and stops; engines give markup, quotes and brackets a meaning of their own.
_UNSPOKEN = re.compile(r"[^\w .?!:+-]")
_SPACES = re.compile(r"\s+")


def plain(value: str, kind: str, limit: int) -> str:
    """Text not looked into further: no unsafe characters, no `$`, at most `limit` characters; raises Refused."""
    if len(value) > limit:
        raise Refused(f"it is longer than {limit} characters", kind)
    if "$" in value:
        raise Refused("it has a '$', which FreeSWITCH expands, also to commands", kind, "$")
    if found := find(value):
        raise Refused(f"it {found}", kind, found.character)
    return value


def speakable(text: str, limit: int = 500) -> str:
    """Free text made fit for text to speech: letters, digits, simple stops; never raises, may be empty."""
    words = _SPACES.sub(" ", _UNSPOKEN.sub(" ", unicodedata.normalize("NFC", one_line(text)).replace("_", " ")))
    return words.strip()[:limit].strip()


def caller_name(text: str, limit: int = 60) -> str:
    """A display name that may be sent on: NFC, no control or format characters, none that a parser of FreeSWITCH reads.

    Never raises; may be empty. What makes an address of it (`@`, `/`, `:`) becomes a space.
    """
    named = unicodedata.normalize("NFC", one_line(text))
    named = "".join(each for each in named if unicodedata.category(each) not in ("Cf", "Co", "Cn", "Cs"))
    named = _ADDRESS.sub(" ", _MEANING.sub("", named))
    return _SPACES.sub(" ", named).strip()[:limit].strip()


def regex_of(*keys: str) -> str:
    """A regex that takes one of `keys` (several digits each, if need be) and nothing longer; raises Refused."""
    choices = "|".join(re.sub(r"([*#])", r"[\1]", digits(key)) for key in sorted(keys, key=len, reverse=True))
    return digit_regex(f"^(?:{choices})(?![0-9*#])")
