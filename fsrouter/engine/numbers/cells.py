"""Numbers in the cells of files and the fields of CRMs: several in one, between words, and as a spreadsheet left them.

What one number is, `read` says; here is where it stands. What cannot be read comes out too, so that it can be listed;
nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from fsrouter.engine.numbers.notation import EXTENSION_WORDS
from fsrouter.engine.numbers.plan import in_use
from fsrouter.engine.numbers.read import Role, read, ten_digits
from fsrouter.errors import Refused

#: Characters of a part that are looked at.
LONGEST = 200
#: Numbers of one cell: more than these are no cell of a contact.
MOST = 50

#: Where a cell with several numbers is parted; `;ext=12` and `,,12#` belong to the number before them (RFC 3966, and
#: the pauses that telephones dial), as does a spreadsheet's comma of decimals in `4,93E+10`. ` ::: ` is Google's
#: between several values of one label.
_BETWEEN = re.compile(r":::|[;|\n](?!\s*ext)|(?<!,),(?!,?\s*ext|,\d{1,7}#?\s*(?:[;,|\n]|$)|\d+[eE]\+?\d)")
#: A number that a spreadsheet shows as an amount, with commas: `13,125,550,142`, `13125550142,00`.
_AMOUNT = re.compile(
    r"(?<![^\s;|])(\+?(?:\d{1,3}(?:,\d{3}){2,}(?=\.|\s*(?:[;|]|$))|\d{7,}(?=,)))(?:[.,]0+)?(?=\s*(?:[;|]|$))",
    re.ASCII | re.MULTILINE,
)

#: A number as a spreadsheet shows one that is too wide for its column: the last digits are gone, unless all stand here.
_SHORTENED = re.compile(r"\+?(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})", re.ASCII)
#: A number as a spreadsheet shows one that it takes for an amount.
_DECIMAL = re.compile(r"(\+?\d+)[.,]0+", re.ASCII)
_SHORTENED_IS = (
    "was a telephone number before a spreadsheet shortened it; format the column as text and export it again"
)

_EXTENSION = rf"(?:\s*(?:;ext=|,{{1,2}}|#|(?:{EXTENSION_WORDS}|x)[.:]?)\s*\d{{1,7}}#?)"
#: Nothing but one telephone number, or several between which only a slash stands.
_PLAIN = re.compile(rf"\s*(\+?[\d(][\d\s().\-\u2010-\u2015/]*?){_EXTENSION}?\s*", re.IGNORECASE)
#: What might be a number among words.
_CANDIDATE = re.compile(rf"(\+?\(?\+?\d(?:[\d\s().\-\u2010-\u2015/]*\d)?){_EXTENSION}?", re.IGNORECASE)
#: A number that is written with letters (1-800-FLOWERS): these are `read`'s affair.
_VANITY = re.compile(r"\+?[\d(][\d\s().\-]*[A-Za-z]{3,}[A-Za-z\d-]*")
#: A remark in brackets, and what is no number in words: times of day, addresses of mail.
_REMARK = re.compile(r"[(\[][^()\[\]]*[^\W\d_][^()\[\]]*[)\]]")
_NO_NUMBER = re.compile(r"\S+@\S+|\b\d{1,2}[:h]\d{2}\b")
#: What a number is called at which nobody calls, and what it is called when somebody does all the same: `Tel./Fax`.
_FAX = re.compile(
    r"(?<![^\W\d_])(?:(?:tele|home|work|other|main)?fax(?:e|es|nummer|nr|number|no)?|(?:tele)?faks|pager|beeper)(?![^\W\d_])"
    r"|t[eé]l[eé]copi",
    re.IGNORECASE,
)
_TELEPHONE = re.compile(
    r"(?<![^\W\d_])t[eé]l(?:[eé](?:f[oó]n|phone)[^\W\d_]*)?(?![^\W\d_])|phone|voice|m[oó][bv]il|cell|handy|gsm",
    re.IGNORECASE,
)
#: Digits that are fewer, among words, are an hour or a floor and no number that was lost.
_FEWEST = 3
#: Digits of a number that stands beside others: fewer are an area code, or the end of the number before.
_FULL = 7


class Unread(NamedTuple):
    """A part of a cell that is no number, and what is wrong with it, as a phrase that goes on from it."""

    text: str
    problem: str


def plain(text: str) -> str:
    """A cell without what spreadsheets put around a text that looks like a number: `'+1312...`, `="0123"`."""
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1].strip()
    return text[1:].strip() if text.startswith("'") else text


def number_of(text: str, country: str, role: Role) -> str:
    """The number (E.164) that a cell is. Raises Refused with the remedy, as `read` does."""
    text = plain(text.strip())
    if short := _SHORTENED.fullmatch(text):
        if len(short[2] or "") != int(short[3]):
            raise Refused(_SHORTENED_IS)
        text = short[1] + (short[2] or "")
    elif decimal := _DECIMAL.fullmatch(text):
        text = decimal[1]
    return read(text, country, role)


def is_shortened(text: str) -> bool:
    """Whether a text is what a spreadsheet makes of a long number, or of an id: `5.12346E+10`."""
    return "." in text and _SHORTENED.fullmatch(text) is not None


def is_fax(label: str) -> bool:
    """Whether a number that is called so is a fax or a pager, and no caller's: `Work Fax`, but not `Tel./Fax`."""
    return _FAX.search(label) is not None and not _TELEPHONE.search(label)


def numbers_of(texts: Iterable[str], country: str) -> tuple[tuple[str, ...], tuple[Unread, ...]]:
    """The numbers (E.164, each once) in the cells or fields of a contact, and the parts in which there is none.

    `country` (ISO 3166) is how numbers without a country code are read. Empty parts do not count.
    """
    found: list[str] = []
    unread: list[Unread] = []
    for text in _parts(texts):
        numbers, not_read = _numbers(text, country)
        found += numbers
        unread += not_read
    return tuple(dict.fromkeys(found)), tuple(unread)


def _parts(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if "," in text:
            text = _AMOUNT.sub(lambda amount: amount[1].replace(",", ""), text)
        parts = _BETWEEN.split(text, MOST)
        for part in parts:
            if plain(stripped := part.strip(" \t\r,\u00a0")):
                yield stripped


def _numbers(text: str, country: str) -> tuple[Iterable[str], Iterable[Unread]]:
    """The numbers of one part, and what else in it might have been one."""
    if len(text) > LONGEST:
        head = text[:LONGEST].rpartition(" ")[0] or text[:1]
        found, unread = _among_words(head, country)
        return found, (*(unread if found else ()), Unread(text[:LONGEST], f"is longer than {LONGEST} characters"))
    if ten := ten_digits(text, country):
        return (ten,), ()
    try:
        if number := _PLAIN.fullmatch(text):
            return _at_slashes(number[1], country)
        if not _has_words(text):
            return (number_of(text, country, Role.CONTACT),), ()
    except ValueError as error:
        row = _in_a_row(text, country)
        return row, () if row else (Unread(text, str(error)),)
    return _among_words(text, country)


def _has_words(text: str) -> bool:
    """Whether letters stand in a text that are none of a number's own: a scheme, a spreadsheet's marks."""
    return not (text.startswith(("'", '="')) or text[:4].lower() in ("tel:", "sip:") or _SHORTENED.fullmatch(text))


def _at_slashes(text: str, country: str) -> tuple[Iterable[str], Iterable[Unread]]:
    """The numbers of a text with slashes: several, or one, since `030/1234567` has one behind its area code. Raises
    Refused when there is none.
    """
    pieces = [piece.strip() for piece in text.split("/") if piece.strip()]
    if len(pieces) < 2:
        return (number_of(text, country, Role.CONTACT),), ()
    full = [_digits(piece) >= _FULL for piece in pieces]
    if all(full) and all(numbers := [_read(piece, country) for piece in pieces]):
        return numbers, ()
    # `030 1234567/68`: the rest of a number is not guessed.
    if (
        full[0]
        and len(pieces) == 2
        and _digits(pieces[1]) < 5
        and (first := _read(pieces[0], country))
        and in_use(first)
    ):
        return (first,), (_unread(pieces[1], country),)
    try:
        return (number_of(text, country, Role.CONTACT),), ()
    except ValueError:
        if row := _in_a_row(text, country):
            return row, ()
        pieces = _with_area_codes(pieces, country)
        numbers = [_read(piece, country) if _digits(piece) >= _FULL else "" for piece in pieces]
        if not any(numbers):
            raise
    unread = [_unread(piece, country) for piece, number in zip(pieces, numbers, strict=True) if not number]
    return [number for number in numbers if number], unread


def _with_area_codes(pieces: Sequence[str], country: str) -> list[str]:
    """The pieces between slashes, an area code together with the number behind it, which alone would be another one."""
    found: list[str] = []
    for piece in pieces:
        if found and _digits(found[-1]) < _FULL and _read(both := f"{found[-1]}/{piece}", country):
            found[-1] = both
        else:
            found.append(piece)
    return found


def _in_a_row(text: str, country: str) -> list[str]:
    """Several numbers between which only spaces stand; none unless every digit belongs to one in use."""
    if _digits(text) < 2 * _FULL:
        return []
    for gap in re.finditer(r"\s+", text):
        first, rest = _read(text[: gap.start()], country), text[gap.end() :]
        if first and in_use(first):
            last = _read(rest, country)
            others = [last] if last and in_use(last) else _in_a_row(rest, country)
            if others:
                return [first, *others]
    return []


def _among_words(text: str, country: str) -> tuple[Iterable[str], Iterable[Unread]]:
    """The numbers between words, and digits there that are none; faxes are neither."""
    if _VANITY.fullmatch(text) and (number := _read(text, country)):
        return (number,), ()
    remarks = [found.span() for found in _REMARK.finditer(text)]
    found: list[str] = []
    unread: list[Unread] = []
    faxes = 0
    candidates = list(_CANDIDATE.finditer(_NO_NUMBER.sub(lambda other: " " * len(other[0]), text)))
    for candidate, label in zip(candidates, _labels(text, candidates), strict=True):
        piece = candidate[1].strip()
        if _digits(piece) < _FEWEST or _inside_a_word(text, candidate.start()):
            continue
        if is_fax(label):
            faxes += 1
            continue
        try:
            numbers, rest = _at_slashes(piece, country)
            found += numbers
            unread += rest
        except ValueError as error:
            row = _in_a_row(piece, country)
            found += row
            if not row and not any(begin <= candidate.start() < end for begin, end in remarks):
                unread.append(Unread(piece, str(error)))
    return found, unread if found or faxes else (_unread(text, country),)


def _labels(text: str, candidates: Sequence[re.Match[str]]) -> Iterator[str]:
    """What each of the numbers in a text is called: by a remark behind it, or by the words on that side on which all
    have theirs.
    """
    ends = [0, *(candidate.end() for candidate in candidates)]
    begins = [*(candidate.start() for candidate in candidates), len(text)]
    behind = not any(character.isalpha() for character in text[: begins[0]])
    for i in range(len(candidates)):
        before, after = text[ends[i] : begins[i]], text[ends[i + 1] : begins[i + 1]]
        if remark := _REMARK.match(after.lstrip()):
            yield remark[0]
        else:
            yield after if behind else _REMARK.sub(" ", before)


def _inside_a_word(text: str, at: int) -> bool:
    """Whether what stands here goes on a word with digits, as in an id; behind letters alone (`Tel030`) it does not."""
    before = re.search(r"\w*$", text[:at])
    return bool(before and any(c.isdigit() for c in before[0]))


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)


def _read(text: str, country: str) -> str:
    """The number that a text is, "" when it is none."""
    try:
        return number_of(text, country, Role.CONTACT)
    except ValueError:
        return ""


def _unread(text: str, country: str) -> Unread:
    """A text that is no number, and why."""
    try:
        read(text, country, Role.CONTACT)
    except ValueError as error:
        return Unread(text, str(error))
    return Unread(text, "is no telephone number by itself")
