"""What may stand in a command to FreeSWITCH: one allowlist for each kind of value. Pure; knows no command.

Nothing is escaped. FreeSWITCH parses an argument up to five times over (expansion, `|`, `,`, `=`, the application
itself), each pass with its own idea of quotes and backslashes (docs/wire.md 10), so what is not on the list is
refused. Each function returns its argument unchanged or raises `Refused`, which names the kind and the first character
that is not allowed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from fsrouter.engine.model import dialable
from fsrouter.engine.text import find, one_line
from fsrouter.errors import Refused

_WORD = r"A-Za-z0-9_."


def _kind(name: str, characters: str, limit: int, shape: str = "") -> Callable[[str], str]:
    """An allowlist: `characters` is the inside of a regex class, `limit` the most of them, `shape` the whole's form."""
    outside = re.compile(f"[^{characters}]")
    form = re.compile(shape) if shape else None

    def check(value: str) -> str:
        if not value or len(value) > limit:
            raise Refused("it is empty" if not value else f"it is longer than {limit} characters", name)
        if bad := outside.search(value):
            raise Refused(f"it has the character {bad[0]!r}", name, bad[0])
        if ":_:" in value:
            raise Refused("it has ':_:', which starts another dial string (switch_ivr_originate.c:2141)", name, ":_:")
        if form and not form.fullmatch(value):
            raise Refused("it does not have the form of one", name)
        return value

    check.__name__ = check.__qualname__ = name.replace(" ", "_")
    check.__doc__ = f"Return `value` if it is a {name}; raises Refused."
    return check


uuid: Final = _kind("uuid", rf"{_WORD}@-", 128, r"[A-Za-z0-9].*")
"""A channel's id: FreeSWITCH's own, or a Call-ID (`inbound-use-callid-as-uuid`)."""
digits: Final = _kind("dialled digits", dialable.KEYS, dialable.MAX_KEYS)
"""Keys of a telephone."""
number: Final = _kind("number", r"0-9+", 20, r"\+?[0-9]+")
"""A telephone number, E.164 with or without the plus."""
user: Final = _kind("user", rf"{_WORD}+-", 64, r"[A-Za-z0-9+].*")
"""The user part of an address; also a gateway's or SIP profile's name."""
extension: Final = _kind("extension", rf"{_WORD}+*#-", 64, r"[A-Za-z0-9+*#_].*")
"""What the dialplan looks up."""
domain: Final = _kind("domain", r"A-Za-z0-9.:_-", 255, r"[A-Za-z0-9].*")
"""A host name or IPv4 address, with a port or without."""
mailbox: Final = _kind("mailbox", rf"{_WORD}+-", 64, r"[A-Za-z0-9+].*")
queue: Final = _kind("queue name", rf"{_WORD}@-", 128, r"[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+")
"""name@profile, exactly what the dialplan's condition lets through (docs/wire.md 6)."""
cause: Final = _kind("hangup cause", r"A-Z0-9_", 40, r"[A-Z][A-Z0-9_]*")
variable_name: Final = _kind("variable name", r"A-Za-z0-9_", 64, r"[A-Za-z][A-Za-z0-9_]*")
tag: Final = _kind("tag", r"A-Za-z0-9._-", 64)
recording_path: Final = _kind("recording path", rf"{_WORD}/@-", 255, r"/(?!.*/?\.\.(/|$)).*\.(wav|mp3|ogg)")
"""An absolute file name; no way up."""
digit_regex: Final = _kind("regex for digits", r"0-9*#|\[\]()^?:!+-", 512)
"""A regular expression over keys. No `$` and no backslash: end it with `(?![0-9*#])` instead (`regex_of`)."""

endpoint: Final = _kind("endpoint", dialable.ENDPOINT_CHARACTERS, dialable.MAX_ENDPOINT, dialable.ENDPOINT)
"""A dial string's target: `user/1001[@domain]`, `sofia/PROFILE/USER@HOST[:PORT]`, `sofia/gateway/NAME/NUMBER`.

`loopback/` is not among them: `loopback/app=APPLICATION:ARGUMENT` runs any application.
"""
_file = _kind("sound file", rf"{_WORD}/@+-", 255, r"(?!.*(^|/)\.\.(/|$))[^-].*")
_stream = _kind(
    "stream path",
    r"A-Za-z0-9_.%(),;=/:+-",
    255,
    r"(tone_stream://[A-Za-z0-9%(),;=.+-]+|silence_stream://[0-9]+(,[0-9]+)?|local_stream://[A-Za-z0-9_./-]+)",
)
tts_text: Final = _kind("text", r"\w .?!:+-", 1000)
"""Text that is already fit for text to speech (what `speakable` returns)."""

# What a display name may not keep: each means something to one of FreeSWITCH's parsers (docs/wire.md 10).
_MEANING = re.compile(r"[$\\'\"{}\[\]<>|^~,;%`]")
# mod_sofia takes a name that has one of these for an address, and shows a part of it (switch_sanitize_number,
# switch_utils.h:736, called in mod_sofia.c:5118).
_ADDRESS = re.compile(r"[@/:]")
# Text to speech reads words and stops; engines give markup, quotes and brackets a meaning of their own.
_UNSPOKEN = re.compile(r"[^\w .?!:+-]")
_SPACES = re.compile(r"\s+")


def sound(value: str) -> str:
    """What `playback` may play: a sound file, or `tone_stream://`, `silence_stream://`, `local_stream://`.

    `shell_stream://`, `http://`, `file_string://` and their like are refused. Raises Refused.
    """
    return _stream(value) if "://" in value else _file(value)


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
