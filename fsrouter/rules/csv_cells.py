"""The cells of a CSV file: numbers, routes, yes and no. Knows nothing of rows."""

from __future__ import annotations

import re

from fsrouter.engine.model import scalars
from fsrouter.engine.model.destinations import KINDS
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.numbers import cells
from fsrouter.errors import Refused

_YES = frozenset({"yes", "y", "true", "1", "x", "on"})
_NO = frozenset({"", "no", "n", "false", "0", "off"})

#: How a cell begins that a spreadsheet computes, or takes a mark off; a number is only shown without its plus.
_FORMULA = "=+-@\t\r'"
_NUMBER = re.compile(r"\+?\d+", re.ASCII)

#: Where a cell with several destinations is parted: a comma in a spoken text is none of these.
_BETWEEN_DESTINATIONS = re.compile(rf"\s*[;,|\n]\s*(?=(?:{'|'.join(KINDS)}):|hangup\b)")


def yes(text: str) -> bool:
    """Whether a cell says yes. Raises Refused when it says neither yes nor no."""
    word = text.strip().casefold()
    if word not in _YES | _NO:
        raise Refused(f"delete: {text[:40]!r} is neither yes nor no")
    return word in _YES


def number(text: str, context: Context) -> str:
    """The telephone number (E.164) in a cell, as `engine.numbers.cells` finds it there. Raises Refused."""
    return scalars.number(text, context, cells.number_of)


def guarded(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula; `engine.numbers.cells.plain` gives the text again."""
    return f"'{text}" if text[:1] in _FORMULA and text and not _NUMBER.fullmatch(text) else text


def route(text: str) -> str | list[str]:
    """A cell with a route as the tree that the schema reads: a destination, or several parted by | ; , or a line."""
    parts = _BETWEEN_DESTINATIONS.split(text)
    return parts[0] if len(parts) == 1 else parts
