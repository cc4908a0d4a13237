"""How people, spreadsheets and machines write numbers down: the digits of a text, its plus and its extension.

Which number the digits are is no affair of this module. Whatever is long or strange is told quickly: texts come from
callers, files and CRMs.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, convert_alpha_characters_in_number

#: Longer texts are no numbers: E.164 has 15 digits, and people add spaces, brackets and an extension.
MAX_LENGTH = 64


class Notation(NamedTuple):
    """What a text says: whether there is a `plus` before its `digits`; its `extension`, "" for none; whether some of
    the digits were `letters` of a keypad; where in the digits a `(0)` behind a country code was left out, 0 for
    nowhere. `word` is a text that has no digits, in lower case, "" for one that has.
    """

    plus: bool = False
    digits: str = ""
    extension: str = ""
    letters: bool = False
    zero: int = 0
    word: str = ""

    def with_zero(self) -> str:
        """The digits with the `(0)` that was left out."""
        return f"{self.digits[: self.zero]}0{self.digits[self.zero :]}"


#: What a text is that can be no number, and no word that means something.
NOTHING = Notation(word="?")

_SCHEME = re.compile(r"(?:sips?|tel|callto):", re.IGNORECASE)
_ALONE = re.compile(r"[+0-9 ()./-]*")
_SIMPLE = re.compile(r"\+?[0-9]+")
#: A `sip:` address writes a plus as `%2B`, and the parameters that dial something are RFC 3966's and RFC 3601's.
_PARAMETER = re.compile(r"(?:ext=|postd=[pw]*)?([0-9]{1,15})#?", re.IGNORECASE)

#: How an extension is written behind a number: libphonenumber's words (`ext`, `x`, `#`, `int`, `anexo`, `доб`) and
#: those of more languages; pauses that a telephone dials; and the American `- 12#`.
EXTENSION_WORDS = (
    "e?xt(?:ensi(?:o\u0301?|ó)|ensio)?n?|доб(?:авочный)?|anexo|ramal|interno|int|poste|durchwahl|dw|nst|toestel|wewn?"
    "|内線|内线|分机|分機|转|轉|내선"
)
_EXTENSION = re.compile(
    rf"[\s,(]*(?:(?:(?<![^\W\d_])(?:{EXTENSION_WORDS})|(?<![^\W\d_])x|[#~])[:.]?[\s,-]*([0-9]{{1,15}})"
    r"|,\s*([0-9]{1,9})|,{2,}[\s,-]*([0-9]{1,15}))[#)]*$"
    r"|[\s-]+([0-9]{1,6})#$",
    re.IGNORECASE,
)

#: A zero that is dialled only from within the country, behind a country code.
_ZERO = re.compile(r"(?<=[0-9)\s])\(\s*0\s*\)")
_CODE = re.compile(r"(?:\+|00|011|0011|010|810)?([1-9][0-9]{0,2})")
_LETTERS = re.compile(r"\+?[0-9]{2,}(?=(?:[0-9]*[A-Za-z]){3})[0-9A-Za-z]+")

#: Nothing between digits: spaces, and what people part digits with.
_SEPARATORS = dict.fromkeys(map(ord, " \t-./()[]<>"))
#: Marks that say which way a text runs, or where it may be broken, as copied numbers have them around. Those that
#: turn the text from right to left are not among them: the digits would not be those that somebody sees.
_INVISIBLE = frozenset("\u00ad\u200b\u200e\u202a\u202c\u2060\u2066\u2069\ufeff")
#: All quotation marks besides the two of ASCII.
_QUOTES = frozenset("`\u00b4\u00ab\u00bb" + "".join(map(chr, range(0x2018, 0x2020))))


class _Plain(dict[int, str | None]):
    """Characters that are written otherwise elsewhere, each as ASCII has it."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        if character in _INVISIBLE:
            return None
        if character.isdecimal():
            return str(unicodedata.decimal(character))
        if 0xFF01 <= code <= 0xFF5E:  # the full-width forms of ASCII
            return chr(code - 0xFEE0)
        if character in _QUOTES:
            return '"'
        return _KINDS.get(unicodedata.category(character), character)


_KINDS = {"Zs": " ", "Pd": "-", "Ps": "(", "Pe": ")"}
_PLAIN = _Plain({ord(c): c for c in map(chr, range(128))} | {0x2212: "-", 0x2215: "/", 0x00B7: ".", 0x2022: "."})


def noted(text: str) -> Notation:
    """What a text says as a number. Raises nothing: a text that is none has no digits."""
    text = text.strip()
    if len(text) <= MAX_LENGTH and _SIMPLE.fullmatch(text):
        plus = text[0] == "+"
        return Notation(plus, text[1:] if plus else text)
    text = _SCHEME.sub("", text[:16], count=1) + text[16:] if ":" in text[:16] else text
    text, parameters = _cut(text)
    if len(text) > MAX_LENGTH:
        return NOTHING
    if not text.isascii():
        text = text.translate(_PLAIN)
    text = text.strip(" \t\"'=<>").replace("%2B", "+").replace("%2b", "+")
    extension = next((found[1] for each in parameters if (found := _PARAMETER.fullmatch(each.strip()))), "")
    if not extension and not _ALONE.fullmatch(text) and (behind := _EXTENSION.search(text)):
        extension = next(filter(None, behind.groups()))
        text = text[: behind.start()]
    return _digits(text, extension)


def _cut(text: str) -> tuple[str, list[str]]:
    """A text up to the parameters or the host of an address, and the first parameters."""
    text, _, host = text.partition("@")
    text, _, parameters = text.partition(";")
    return text, (parameters or host.partition(";")[2])[:200].split(";")


def _digits(text: str, extension: str) -> Notation:
    head, zero = "", 0
    if "(" in text and (found := _ZERO.search(text)):
        head = text[: found.start()].translate(_SEPARATORS)
        code = _CODE.fullmatch(head)
        if code and int(code[1]) in COUNTRY_CODE_TO_REGION_CODE:
            text, zero = head + text[found.end() :], len(head.lstrip("+"))
    plain = text.translate(_SEPARATORS)
    plus = plain.startswith("+")
    digits = plain.lstrip("+")
    if digits.isascii() and digits.isdecimal():
        return Notation(plus, digits, extension, zero=zero)
    if digits.isascii() and _LETTERS.fullmatch(digits):
        return Notation(plus, convert_alpha_characters_in_number(digits), extension, letters=True)
    return Notation(word=text.strip().casefold() or ("?" if extension or plus else ""))
