"""The cells of a CSV file: numbers that a spreadsheet has been at, routes, yes and no.

Knows what Excel and its kin do to cells, and nothing of rows.
"""

from __future__ import annotations

import re

import phonenumbers

from fsrouter.engine.model.destinations import KINDS
from fsrouter.engine.numbers import e164

_YES = frozenset({"yes", "y", "true", "1", "x", "on"})
_NO = frozenset({"", "no", "n", "false", "0", "off"})

#: Where a cell with several telephone numbers is parted; `;ext=12` belongs to the number before it (RFC 3966).
_BETWEEN_PHONES = re.compile(r"[;,|\n](?!\s*ext)")

#: Where a cell with several destinations is parted: a comma in a spoken text is none of these.
_BETWEEN_DESTINATIONS = re.compile(rf"\s*[;,|\n]\s*(?=(?:{'|'.join(KINDS)}):|hangup\b)")

#: A number as a spreadsheet shows one that is too wide for its column: the last digits are gone.
_SHORTENED = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")


def yes(text: str) -> bool:
    """Whether a cell says yes. Raises ValueError when it says neither yes nor no."""
    word = text.strip().casefold()
    if word not in _YES | _NO:
        raise ValueError(f"delete: {text[:40]!r} is neither yes nor no")
    return word in _YES


def route(text: str) -> str | list[str]:
    """A cell with a route as the tree that the schema reads: a destination, or several parted by | ; , or a line."""
    parts = _BETWEEN_DESTINATIONS.split(text)
    return parts[0] if len(parts) == 1 else parts


def plain(text: str) -> str:
    """A cell without what spreadsheets put around a text that looks like a number: `'+1312...`, `="0123"`."""
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1].strip()
    return text[1:].strip() if text.startswith("'") else text


def phone(text: str, country: str) -> str:
    """A telephone number in E.164 from a cell that may have lost its plus. Raises ValueError with the remedy.

    Bare digits can be a national number, or an international one whose + was taken for arithmetic: what is a number
    in use wins, the national reading first; else what could be one.
    """
    text = plain(text.strip())
    if _SHORTENED.fullmatch(text):
        raise ValueError(
            f"{text!r} was a telephone number before a spreadsheet shortened it; "
            "format the column as text and export it again"
        )
    text = re.sub(r"^(\d+)[.,]0+$", r"\1", text)
    if not re.fullmatch(r"[1-9]\d{6,14}", text):
        return _read(text, country)
    return _bare(text, country)


def _read(text: str, country: str) -> str:
    try:
        return e164.e164(text, country)
    except ValueError as error:
        raise ValueError(f"{text[:60]!r} {error}") from None


def _bare(digits: str, country: str) -> str:
    readings = []
    for written in (digits, "+" + digits):
        try:
            readings.append(e164.e164(written, country))
        except ValueError:
            continue
    if not readings:
        return _read(digits, country)
    return next((number for number in readings if in_use(number)), readings[0])


def in_use(number: str) -> bool:
    """Whether an E.164 number lies in a range that its country has given out."""
    return bool(phonenumbers.is_valid_number(phonenumbers.parse(number, None)))


def phones(text: str, country: str) -> tuple[str, ...]:
    """All telephone numbers of a cell, each once, in E.164."""
    parts = [part for part in _BETWEEN_PHONES.split(text) if plain(part.strip())]
    return tuple(dict.fromkeys(phone(part, country) for part in parts))
