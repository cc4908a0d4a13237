"""The scalars of the rule book: how each is read from text, written back, and described to an editor.

Every scalar of a rules file arrives as text, so `no`, `08:00` and `+1312...` stay what they say; the kind that the
schema names here turns it into a value. A reader raises Refused with a phrase that goes on
from the text: `'x' is no duration`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fsrouter.engine import dates
from fsrouter.engine.model import dialable
from fsrouter.engine.numbers.notation import noted
from fsrouter.engine.numbers.plan import COUNTRIES
from fsrouter.engine.numbers.prefixes import country_named
from fsrouter.engine.numbers.read import Role, read
from fsrouter.engine.text import find
from fsrouter.engine.times import zone_names
from fsrouter.engine.words import did_you_mean, nearest
from fsrouter.errors import Refused

#: What is wrong with a number of a company that gives no country.
NO_COUNTRY = (
    "is no telephone number that begins with + and a country code; write it so, or give the company's `country`"
)
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
MAX_TEXT = 2000
TAG_FORM = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a scalar may depend on: the company's country (ISO 3166 alpha-2), "" for one that gives none."""

    country: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A kind of scalar: `read(text, context)` makes the value or raises Refused, `write(value)` gives text that
    reads back the same. Of keys of a mapping that have each their own kind of value, `below` gives that of one, as an
    annotation.
    """

    name: str
    read: Callable[[str, Context], Any]
    write: Callable[[Any], str] = str
    schema: dict[str, Any] = field(default_factory=dict)
    below: Callable[[Any], Any] | None = None


def matching(name: str, pattern: str, complaint: str, schema: dict[str, Any] | None = None) -> Scalar:
    """A kind of text that must match a pattern as a whole."""
    compiled = re.compile(pattern)

    def read(text: str, context: Context) -> str:
        if not compiled.fullmatch(text):
            raise Refused(complaint)
        return text

    return Scalar(name, read, schema=schema or {"type": "string", "pattern": f"^(?:{pattern})$"})


def dialled(name: str, form: Callable[[str], str], complaint: str, schema: dict[str, Any] | None = None) -> Scalar:
    """A kind of text that FreeSWITCH takes (`dialable`)."""

    def read(text: str, context: Context) -> str:
        try:
            return form(text)
        except Refused as refused:
            raise Refused(f"{complaint} ({refused.why})", character=refused.character) from None

    return Scalar(name, read, schema=schema or {"type": "string"})


def one_of(name: str, *words: str) -> Scalar:
    """A kind of text that is one of some words."""

    def read(text: str, context: Context) -> str:
        if text not in words:
            raise Refused(f"is no {name}{did_you_mean(text, words)}")
        return text

    return Scalar(name, read, schema={"enum": list(words)})


def _text(text: str, context: Context) -> str:
    if len(text) > MAX_TEXT:
        raise Refused(f"is longer than {MAX_TEXT} characters")
    if found := find(text):
        raise Refused(str(found))
    return text


def _some_text(text: str, context: Context) -> str:
    if not text.strip():
        raise Refused("is empty")
    return _text(text, context)


_DURATIONS = {"type": ["string", "integer"], "pattern": r"^\d+\s*[smh]?$"}
_DURATION = re.compile(r"(\d{1,7})\s*([smh]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def _seconds(text: str, context: Context) -> int:
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise Refused("is no duration; write 25s, 2m, 1h or a number of seconds")
    return int(found[1]) * _UNITS[found[2]]


def _write_seconds(value: int) -> str:
    for unit, size in (("h", 3600), ("m", 60)):
        if value and value % size == 0:
            return f"{value // size}{unit}"
    return f"{value}s"


def _duration(low: int, high: float, complaint: str) -> Scalar:
    def read(text: str, context: Context) -> int:
        value = _seconds(text, context)
        if not low <= value <= high:
            raise Refused(complaint)
        return value

    return Scalar("duration", read, _write_seconds, _DURATIONS)


def _distance(text: str, context: Context) -> float:
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,30})?)\s*(km|mi)?", text.strip())
    if not found or not float(found[1]):
        raise Refused("is no distance; write 300km or 180mi")
    return float(found[1]) * (1.609344 if found[2] == "mi" else 1.0)


def _whole(name: str, low: int, high: int) -> Scalar:
    def read(text: str, context: Context) -> int:
        if not re.fullmatch(r"-?\d{1,12}", text.strip()) or not low <= int(text) <= high:
            raise Refused(f"is no whole number from {low} to {high}")
        return int(text)

    return Scalar(name, read, schema={"type": ["string", "integer"]})


def _degrees(name: str, high: int) -> Scalar:
    def read(text: str, context: Context) -> float:
        if not re.fullmatch(r"[+-]?\d{1,12}(\.\d{1,12})?", text.strip()) or not -high <= float(text) <= high:
            raise Refused(f"is no number from {-high} to {high}")
        return float(text)

    return Scalar(name, read, decimal, {"type": ["string", "number"]})


def decimal(value: float) -> str:
    """A number as plain decimals, as short as it can be and never with an exponent: it reads back the same."""
    return format(Decimal(repr(value)), "f")


def _flag(text: str, context: Context) -> bool:
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise Refused("is neither true nor false")
    return words[text.lower()]


def _zone(text: str, context: Context) -> str:
    known = zone_names()
    if text.casefold() not in known:
        city = f"/{'_'.join(text.casefold().split())}"
        places = [name for name in known if len(city) > 1 and name.endswith(city)]
        near = known.get(places[0] if len(places) == 1 else nearest(text.casefold(), known), "")
        meant = f"; did you mean {near!r}?" if near else "; write one as America/Chicago or Europe/Berlin"
        raise Refused(f"is no time zone{meant}")
    return known[text.casefold()]


def _country(text: str, context: Context) -> str:
    if text.upper() not in COUNTRIES:
        meant = country_named(text) or "its two letters (ISO 3166), as US or DE"
        raise Refused(f"is no country; write {meant}")
    return text.upper()


def number(text: str, context: Context, read: Callable[[str, str, Role], str] = read) -> str:
    """Read a number that we own or dial as people of the company write it, by a reader of texts or of cells. Raises
    Refused for one without a plus in a company that gives no country.
    """
    if not context.country and not noted(text).plus:
        raise Refused(NO_COUNTRY)
    return read(text, context.country, Role.TARGET)


def _day(text: str, context: Context) -> date:
    return dates.read(text)


def _https(text: str, context: Context) -> str:
    if not re.fullmatch(r"https://[A-Za-z0-9.:\[\]_-]+(/[^\s\"<>\\]*)?", text) or len(text) > 500:
        raise Refused("is no https address")
    return text


TEXT = Scalar("text", _text, schema={"type": "string"})
SOME_TEXT = Scalar("text", _some_text, schema={"type": "string", "minLength": 1})
SLUG = matching("name", NAME.pattern, "is no name; names are lower-case letters, digits, . _ -")
SECONDS = Scalar("duration", _seconds, _write_seconds, _DURATIONS)
SOME_SECONDS = _duration(1, math.inf, "must be at least one second")
KILOMETRES = Scalar(
    "distance",
    _distance,
    lambda km: f"{decimal(km)}km",
    {"type": ["string", "number"], "pattern": r"^\d+(\.\d+)?\s*(km|mi)?$"},
)
FLAG = Scalar("yes or no", _flag, lambda v: "true" if v else "false", {"type": ["boolean", "string"]})
ZONE = Scalar("time zone", _zone, schema={"type": "string"})
COUNTRY = Scalar("country", _country, schema={"type": "string", "pattern": "^[A-Za-z]{2}$"})
NUMBER = Scalar("telephone number", number, schema={"type": ["string", "integer"]})
DAY = Scalar("date", _day, date.isoformat, {"type": "string", "format": "date"})
# The text itself is left out of the message: it may be the secret.
SECRET = matching(
    "secret",
    r"\$\{[A-Za-z_][A-Za-z0-9_]*\}",
    "must be the name of an environment variable, as ${HUBSPOT_TOKEN}; secrets do not belong into files",
    {"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$"},
)
HTTPS = Scalar("https address", _https, schema={"type": "string", "pattern": "^https://"})
KEYS = matching("keys", r"[0-9*#]{1,8}", "is no key of a telephone; keys are 0-9, * and #")
ONE_KEY = matching("key", r"[0-9*#]", "is not one key of a telephone; keys are 0-9, * and #")
DIGITS = dialled(
    "digits",
    dialable.digits,
    "is no extension; write up to 32 of 0-9, * # A-D, without pauses: `extension_delay` is the pause before it",
    {"type": "string", "pattern": dialable.digits.pattern},
)
EXTENSION = dialled("extension", dialable.extension, "is no extension")
ENDPOINT = dialled(
    "endpoint",
    dialable.endpoint,
    "is no endpoint; write it as user/1001, sofia/PROFILE/USER@HOST or sofia/gateway/NAME/NUMBER; what the dialplan has"
    " is the destination extension:NAME",
    {"type": "string", "pattern": dialable.endpoint.pattern},
)
#: A file below the sounds directory or an absolute one, or a stream.
SOUND = dialled(
    "sound", dialable.sound, "is no sound; write a file as ivr/welcome.wav, or a stream as local_stream://moh"
)
MAILBOX = dialled(
    "mailbox",
    dialable.voicemail,
    "is no mailbox; write it as 1000 or 1000@example.com",
    {"type": "string", "pattern": r"^[A-Za-z0-9+][A-Za-z0-9_.+-]{0,63}(@[A-Za-z0-9][A-Za-z0-9.:_-]{0,254})?$"},
)
RING = _duration(1, dialable.MAX_RING, f"must be from 1s to {_write_seconds(dialable.MAX_RING)}")
DELAY = _duration(0, dialable.MAX_DELAY, f"must be from 0s to {_write_seconds(dialable.MAX_DELAY)}")
TRUNK = matching("trunk", NAME.pattern, "is no name of a trunk")
SHOW_AS = one_of("caller id", "caller", "tracking")

Text = Annotated[str, TEXT]
SomeText = Annotated[str, SOME_TEXT]
Slug = Annotated[str, SLUG]
Seconds = Annotated[int, SECONDS]
SomeSeconds = Annotated[int, SOME_SECONDS]
Ring = Annotated[int, RING]
Delay = Annotated[int, DELAY]
Flag = Annotated[bool, FLAG]
Number = Annotated[str, NUMBER]
Day = Annotated[date, DAY]
Secret = Annotated[str, SECRET]
Https = Annotated[str, HTTPS]
Attempts = Annotated[int, _whole("count", 1, 20)]
Weight = Annotated[int, _whole("weight", 0, 1_000_000)]
Level = Annotated[int, _whole("level", 1, 99)]
Latitude = Annotated[float, _degrees("latitude", 90)]
Degrees = Annotated[float, _degrees("degrees", 180)]
Kilometres = Annotated[float, KILOMETRES]
