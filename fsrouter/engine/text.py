"""Which text is harmless on a screen, in a log, in a file and on the wire: one table, and the forms made from it.

Caller names, numbers, headers, CRM fields, file cells and tags come from strangers. A character is unsafe when a
terminal or a parser obeys it, when it turns the direction of writing, or when nobody sees that it is there. All agree
on which these are; what becomes of one depends on where the text goes:

    find            refused, with its place          files, forms, arguments of FreeSWITCH's commands
    visible         nothing for one that is not seen cells of CSV files, which come with many
    removed         nothing in its place             what comes over the wire
    one_line        removed, white space as spaces   fields of a CRM, what is spoken or sent as a name
    shown           as `?`                           the dashboard, a call told in words
    escaped         as `\\x1b`                        lines and tables of the command line, log lines
    escaped_in_json as `\\u001b`                      JSON on a terminal

What FreeSWITCH's parsers read in a text of harmless characters (`$`, quotes, commas) is the wire's affair.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_LINES: Final = "\t\n\r"
_OTHERS: Final = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters: C0, DEL, C1
    "\xad\u180e\u200b\u2060-\u2065\ufeff"  # without width: soft hyphen, word joiner, byte order mark
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of writing
    "\u2028\u2029"  # line and paragraph separators
    "\u206a-\u206f\ufff9-\ufffb\U000e0000-\U000e007f"  # deprecated formats, interlinear annotations, tags
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # formats of hieroglyphs, shorthand, music
    "\ud800-\udfff\ufffe\uffff"  # halves of a pair, and what is no character
)
UNSAFE: Final = _LINES + _OTHERS
"""The unsafe characters, as the inside of a regular expression's class: Unicode's Cc, Cs, Zl, Zp, and Cf without the
signs of Arabic, Syriac and Kaithi that are seen, and without the two joiners (U+200C, U+200D) with which Persian, Hindi
and emoji are written."""

_UNSAFE = re.compile(f"[{UNSAFE}]")
_UNSAFE_IN_LINES = re.compile(f"[{_OTHERS}]")
_INVISIBLE = re.compile(f"(?![\x00-\x9f])[{_OTHERS}]")
_WHITE_SPACE = re.compile(r"\s")


class Unsafe(NamedTuple):
    """An unsafe character and where it stands, from 0 on. As text a phrase that goes on from what has it."""

    at: int
    character: str

    def __str__(self) -> str:
        kind = "control" if self.character <= "\x9f" else "invisible"
        return f"has the {kind} character {self.character!a} in it; remove it"


def find(text: str, lines: bool = False) -> Unsafe | None:
    """The first unsafe character, None when all of `text` is harmless; with `lines` it may have line ends and tabs."""
    if text.isascii() and text.isprintable():
        return None
    found = (_UNSAFE_IN_LINES if lines else _UNSAFE).search(text)
    return Unsafe(found.start(), found[0]) if found else None


def visible(text: str) -> str:
    """`text` without the unsafe characters that nobody sees: mail programs, telephones and spreadsheets leave them
    around names and numbers. Control characters stay.
    """
    if text.isascii():
        return text
    return _INVISIBLE.sub("", text)


def removed(text: str, by: str = "") -> str:
    """`text` with `by` in the place of each unsafe character."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(by, text)


def one_line(text: str) -> str:
    """`text` with each white space (line ends, tabs, no-break spaces) as a space, and no other unsafe character."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub("", _WHITE_SPACE.sub(" ", text))


def shown(text: str) -> str:
    """`text` with each unsafe character as `?`."""
    return removed(text, "?")


def escaped(text: str) -> str:
    """`text` with each unsafe character as what Python and YAML write for it: `\\x1b`, `\\u202e`, `\\U000e0041`."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda found: escape(found[0]), text)


def escape(character: str) -> str:
    """One character as Python, and YAML between double quotes, write it without having it."""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def escaped_in_json(json: str) -> str:
    """JSON that says the same without an unsafe character inside of its strings; line ends between them stay."""
    return _UNSAFE_IN_LINES.sub(_units, json)


def _units(found: re.Match[str]) -> str:
    """A character as JSON escapes it: by its one or two UTF-16 units (RFC 8259, section 7)."""
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
