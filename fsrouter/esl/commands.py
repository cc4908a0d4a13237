"""The one encoder: the only place that makes bytes for FreeSWITCH. Pure; knows no socket and no reply.

A line end in any value would begin another command (with `full`: `api system`), and every execute argument is
expanded by FreeSWITCH, `${system(..)}` included (switch_core_session.c:2870). So each function takes words, checks
each against its kind in `validation`, and writes one whole command with its empty line. `Refused` (a ValueError) names
the kind and the character.

    value                           checked by
    channel ids, causes, queues     an allowlist each (`validation`)
    application                     the fixed set APPLICATIONS
    application's argument          no control character, no `$`, not beginning with `%` or `^^`; its parts by their
                                    builders
    api command                     the fixed table API: verb -> the form of its arguments
    channel variables               names by allowlist; values without control characters, `;` and `$`
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from fsrouter.engine.model import dialable
from fsrouter.errors import Refused
from fsrouter.esl import validation, variables
from fsrouter.esl.api_commands import API

ARGUMENT_LIMIT: Final = 32_768
"""Longest application argument: 128 legs (switch_ivr_originate.c:83) of 256 characters."""
VALUE_LIMIT: Final = 16_384
"""Longest value of a channel variable; a cursor is the longest that we write."""
SHORT: Final = 40
"""Characters of a value that is worth remembering as checked."""
SILENCE: Final = "silence_stream://50"
"""What is played where nothing is to be heard."""
RINGBACK: Final = "%(2000,4000,440,480)"
"""What a caller who has been answered hears while it rings, unless the company says something else: North America's."""
MAILBOX_SECONDS: Final = 600
"""Seconds in a mailbox at most: mod_voicemail asks a silent caller again and again, for ever (docs/wire.md 4)."""
CLOSED: Final = "fsr-closed"
"""The dialplan's context for whom nobody here knows; a mailbox calls back whoever left a message, at any number."""
VARIABLES_LIMIT: Final = 60
"""Most variables in one command: uuid_setvar_multi cuts at 64 (mod_commands.c:6200), the last swallows the rest."""

APPLICATIONS: Final = frozenset({
    "answer", "bind_digit_action", "bind_meta_app", "bridge", "clear_digit_action", "digit_action_set_realm",
    "endless_playback", "execute_extension", "flush_dtmf", "play_and_get_digits", "playback", "pre_answer",
    "queue_dtmf", "record_session", "ring_ready", "sched_hangup", "sleep", "speak", "stop_record_session", "transfer",
    "voicemail",
})  # fmt: skip
"""What a call may be told to run. `hangup` is missing on purpose: a call is ended by letting go (docs/wire.md 1)."""

_EVENTS = re.compile(r"[A-Z_]+( [A-Z_]+)*( CUSTOM( [a-z0-9_]+::[a-z0-9_-]+)+)?", re.ASCII)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}", re.ASCII)
_TERMINATORS = re.compile(r"none|[0-9*#]{1,12}", re.ASCII)


def connect() -> bytes:
    """The first command on an outbound socket; any other first one would get no reply (mod_event_socket.c:2712)."""
    return b"connect\n\n"


def auth(password: str) -> bytes:
    """The password of an inbound connection. Raises Refused for one with a line end, without quoting it."""
    if not password or len(password) > 255 or any(each in password for each in "\r\n\0"):
        raise Refused("it is empty, too long, or has a line end", "password")
    return f"auth {password}\n\n".encode()


def execute(app: str, arg: str = "") -> bytes:
    """Run `app` with `arg` on the call of this socket; the reply comes when it has ended (docs/wire.md 0.1).

    Raises:
        Refused: an application that is not in APPLICATIONS, or an argument with control characters, with `$`, or one
            that begins with `%` (scoped variables, switch_core_session.c:2878) or `^^` (another delimiter,
            switch_utils.c:2880).
    """
    if app not in APPLICATIONS:
        raise Refused(f"{app[:40]!r} is not one that fsrouter runs", "application")
    validation.plain(arg, f"argument of {app}", ARGUMENT_LIMIT)
    if arg.startswith(("%", "^^")):
        raise Refused(f"it begins with {arg[:2]!r}", f"argument of {app}", arg[0])
    line = f"execute-app-arg: {arg}\n" if arg else ""
    return f"sendmsg\ncall-command: execute\nexecute-app-name: {app}\n{line}\n".encode()


def setvars(uuid: str, values: Mapping[str, str]) -> bytes:
    """Set channel variables, all in one command; an empty value unsets (docs/wire.md 2).

    Backslashes, quotes and semicolons are escaped for the one parser that reads them (switch_utils.c:2705,2789), so a
    value arrives as it was, but for spaces at its end, which FreeSWITCH drops.

    Raises:
        Refused: a name or value that could become another variable, or would not be stored (`${`,
        switch_channel.c:1503).
    """
    if not values or len(values) > VARIABLES_LIMIT:
        raise Refused(f"there must be 1 to {VARIABLES_LIMIT} of them", "channel variables")
    pairs = ";".join(
        _pair(name, value) if len(value) > SHORT else _known_pair(name, value) for name, value in values.items()
    )
    return f"api uuid_setvar_multi {validation.uuid(uuid)} {pairs}\n\n".encode()


def _pair(name: str, value: str) -> str:
    return f"{validation.variable_name(name)}={_value(name, value)}"


# Most of what is set is the same in every call.
_known_pair = lru_cache(maxsize=1024)(_pair)


def _value(name: str, value: str) -> str:
    kind = f"value of {name}"
    validation.plain(value, kind, VALUE_LIMIT)
    if value.startswith(("^^", "ARRAY::")):
        raise Refused(f"it begins with {value[:2]!r}, which makes a list of it", kind, value[0])
    return value.replace("\\", "\\\\").replace("'", "\\'").replace(";", "\\;")


def dump(uuid: str) -> bytes:
    """Ask for everything about a channel, as JSON framed by its length; raises Refused."""
    return f"api uuid_dump {validation.uuid(uuid)} json\n\n".encode()


def api(verb: str, *args: str) -> bytes:
    """An api command of the table API; raises Refused for any other verb or form."""
    form = API.get(verb)
    if form is None:
        raise Refused(f"{verb[:40]!r} is not one that fsrouter sends", "api command")
    words = " ".join(args)
    if not form.fullmatch(words) or ":_:" in words:
        raise Refused("it does not have the form of one", f"argument of api {verb}")
    return f"api {verb} {words}".rstrip(" ").encode() + b"\n\n"


def subscribe(*events: str) -> bytes:
    """`event json …`; `CUSTOM subclass …` comes last: every word after it is a subclass (docs/wire.md 5)."""
    words = " ".join(events)
    if not _EVENTS.fullmatch(words):
        raise Refused("words in capitals, then CUSTOM and its subclasses", "event names")
    return f"event json {words}\n\n".encode()


def filter_by(header: str, value: str, *, delete: bool = False) -> bytes:
    """Let events with this header and value through (filters are OR-ed), or take such a filter back; raises Refused."""
    if not _HEADER.fullmatch(header):
        raise Refused("letters, digits, '-' and '_'", "header name")
    validation.plain(value, "filter value", 255)
    if not value or " " in value or value.startswith("-"):
        raise Refused("one word that does not begin with '-'", "filter value")
    return f"filter {'delete ' if delete else ''}{header} {value}\n\n".encode()


def speak_argument(text: str, engine: str = "flite", voice: str = "kal") -> str:
    """The argument of `speak` for any `text`, made fit to be spoken; raises Refused if nothing of it can be."""
    return f"{validation.tag(engine)}|{validation.tag(voice)}|{validation.tts_text(validation.speakable(text))}"


def sound_argument(sound: str) -> str:
    """One word of an argument: a sound file or stream, or `say:TEXT` in quotes, its text made fit to be spoken.

    `say:` needs the variables tts_engine and tts_voice on the channel (switch_ivr_play_say.c:1397). Raises Refused.
    """
    if sound.startswith("say:"):
        return f"'say:{validation.tts_text(validation.speakable(sound[4:]))}'"
    return dialable.sound(sound)


def gather_argument(sound: str, regex: str, most: int, terminators: str, timeout_ms: int, between_ms: int) -> str:
    """The argument of `play_and_get_digits` (mod_dptools.c:2822): plays `sound` once and takes keys into fsr_digits.

    Args:
        sound: what `sound_argument` takes.
        regex: over the keys; not anchored by itself, see `validation.regex_of`. What it refuses goes to
            fsr_digits_invalid.
        most: keys at most, 1 to 32.
        terminators: keys that end the entry, or `none`.
        timeout_ms: silence after the sound that ends it; FreeSWITCH takes less than 1000 as 1000.
        between_ms: longest pause between two keys.

    Raises:
        Refused: any of them is out of range or not of its kind.
    """
    if not (1 <= most <= 32 and 0 <= timeout_ms <= 600_000 and 0 <= between_ms <= 600_000):
        raise Refused("1 to 32 digits, at most ten minutes", "digits to gather")
    if not _TERMINATORS.fullmatch(terminators):
        raise Refused("keys or 'none'", "terminators")
    words = f"{sound_argument(sound)} {SILENCE} {variables.DIGITS} {validation.digit_regex(regex)}"
    return f"1 {most} 1 {timeout_ms} {terminators} {words} {between_ms}"
