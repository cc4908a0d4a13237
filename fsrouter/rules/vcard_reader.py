"""A vCard file: its cards as rows by property, each with the line on which it begins.

Versions 2.1 (versit Consortium, 1996), 3.0 (RFC 2426) and 4.0 (RFC 6350): folded lines, quoted-printable, parameters
with and without names, groups, several cards in a file, cards within cards. Cards stream. Knows nothing of what they
say.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fsrouter.engine.text import find, visible
from fsrouter.rules.csv_reader import Row
from fsrouter.rules.file_errors import Faulty, FileError, InvalidFile
from fsrouter.rules.text_lines import HEAD, NO_TEXT, WESTERN, Lines, mended, opened

BEGIN, END = "BEGIN:VCARD", "END:VCARD"
#: Characters of one property that are looked at, and properties of one card; pictures are larger and say nothing.
LONGEST, MOST = 100_000, 2_000

#: Properties that are no text about the contact.
_NO_TEXTS = (
    frozenset({"BEGIN", "END", "VERSION", "PRODID", "REV", "CLASS", "MAILER", "TZ", "GEO", "SORT-STRING"})
    | {"PHOTO", "LOGO", "SOUND", "KEY", "KIND", "SOURCE", "XML", "CLIENTPIDMAP", "AGENT", "MEMBER"}
    | {"X-ABLABEL", "X-ABADR", "X-ABUID", "X-ABSHOWAS", "X-ADDRESSBOOKSERVER-KIND", "X-ADDRESSBOOKSERVER-MEMBER"}
)
#: Kinds of telephones at which nobody calls; a number that is of another kind too is one.
_NO_CALLERS = frozenset({"fax", "pager", "telex", "modem", "bbs"})
_CALLERS = frozenset({"voice", "cell", "text", "video", "pcs", "car", "msg"})

_PARAMETER = re.compile(r';((?:[^;:"]|"[^"]*")*)')
_NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)(?=[;:])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Property(NamedTuple):
    """A line of a card when it has been put together: its name in capitals, its parameters' values in small letters,
    the character set that it names, and its value as it stands.
    """

    name: str
    kinds: frozenset[str]
    charset: str
    value: str


def is_vcard(path: Path) -> bool:
    """Whether a file has vCards in it, by how it begins. Raises OSError."""
    with opened(path) as file:
        return file.read(HEAD).lstrip("\ufeff \t\r\n").upper().startswith(BEGIN)


@dataclass
class VCardReader(Faulty):
    """A vCard file, to be read once from top to bottom. What is wrong with a card is in `errors`, of which there were
    `faults`; `raise_errors` raises them.
    """

    def __iter__(self) -> Iterator[Row]:
        try:
            with opened(self.path) as file:
                yield from self._cards(Lines(file))
        except OSError as error:
            raise InvalidFile([FileError(str(self.path), 0, 0, f"cannot be read: {error.strerror or error}")]) from None

    def _cards(self, lines: Lines) -> Iterator[Row]:
        begun, depth = 0, 0
        card: list[Property] = []
        for line, text in _unfolded(lines):
            word = text.strip().lstrip("\ufeff").upper()
            if word == BEGIN:
                if depth and card and card[-1].name == "AGENT":
                    depth += 1
                    continue
                if depth:
                    self.add_error(begun, f"begins a card that has no {END}")
                begun, depth, card = line, 1, []
            elif word == END:
                depth = max(0, depth - 1)
                if begun and not depth:
                    yield from self._row(begun, card)
                    begun, card = 0, []
            elif depth == 1 and len(card) < MOST and (found := _property(text)):
                card.append(found)
            elif depth == 1 and word:
                self.add_error(line, "is no line of a vCard")
        if begun:
            self.add_error(begun, f"begins a card that has no {END}")

    def _row(self, line: int, card: list[Property]) -> Iterator[Row]:
        kinds = {p.name: p.value.strip().lower() for p in card}
        kind = kinds.get("KIND") or kinds.get("X-ADDRESSBOOKSERVER-KIND")
        if kind in ("group", "location", "application", "device"):
            return
        cells: dict[str, list[str]] = {}
        for each in card:
            for name, text in _texts(each):
                cells.setdefault(name, []).append(text)
        if (kind == "org" or kinds.get("X-ABSHOWAS") == "company") and "ORG" in cells:
            for name in ("UID", "FN", "N.given", "N.additional", "N.family"):
                cells.pop(name, None)
        row = {name: visible(("\n" if name == "TEL" else "; ").join(texts)) for name, texts in cells.items()}
        for name in ("UID", "FN", "ORG", "TITLE", "N.given", "N.additional", "N.family"):
            if name in cells:
                row[name] = visible(cells[name][0])
        if unsafe := find("\n".join(row.values()), lines=True):
            self.add_error(line, unsafe)
        else:
            yield Row(line, row)


def _unfolded(lines: Lines) -> Iterator[tuple[int, str]]:
    """The lines of a file as they were before they were folded, each with the number of its first."""
    for text in lines:
        line, text = lines.number, text.rstrip("\r\n")
        head = text.partition(":")[0].upper()
        binary, soft = "BASE64" in head or "ENCODING=B" in head, "QUOTED-PRINTABLE" in head
        while (more := _next(lines)) is not None:
            if soft and text.endswith("="):
                # Of a property that is too long to mean anything, only the end is looked for.
                text = text[:-1] + more if len(text) < LONGEST else text[:-1] + "=" * more.endswith("=")
            elif more[:1] in (" ", "\t") and more.strip():
                text = text + more[1:] if len(text) < LONGEST else text
            elif not (binary and more and not _NAME.match(more)):
                lines.back_to(0)
                break
        yield line, text


def _next(lines: Lines) -> str | None:
    lines.begin()
    more = next(lines, None)
    return None if more is None else more.rstrip("\r\n")


def _property(text: str) -> Property | None:
    """A line as a property, None when it is none."""
    name = _NAME.match(text)
    if not name:
        return None
    kinds, charset, at = set[str](), "", name.end()
    while parameter := _PARAMETER.match(text, at):
        at = parameter.end()
        key, _, value = parameter[1].rpartition("=")
        if key.strip().upper() == "CHARSET":
            charset = value.strip().strip('"')
        else:
            kinds.update(word.strip().lower() for word in value.replace('"', "").split(","))
    return Property(name[1].upper(), frozenset(kinds), charset, text[at + 1 :]) if text[at : at + 1] == ":" else None


def _texts(each: Property) -> Iterator[tuple[str, str]]:
    """What a property says, by the names of columns."""
    if each.name in _NO_TEXTS or (each.name == "TEL" and each.kinds & _NO_CALLERS and not each.kinds & _CALLERS):
        return
    value = _decoded(each)
    if each.name == "N":
        # A list between commas is several names of one kind.
        parts = [*(part.replace(",", " ") for part in _parts(value)), "", "", ""]
        yield from zip(("N.family", "N.given", "N.additional"), parts, strict=False)
    elif each.name == "ORG":
        yield "ORG", next(iter(_parts(value)), "")
    elif each.name == "TEL":
        # An extension's semicolon is escaped in a text, and none of ours.
        yield "TEL", _plain(value).replace("\n", " ")
    else:
        yield each.name, _plain(value)


def _decoded(each: Property) -> str:
    """A value as text, out of quoted-printable and of the character set that the property names."""
    if "quoted-printable" in each.kinds:
        raw = quopri.decodestring(each.value.encode("utf-8", "surrogateescape"))
    elif each.charset and not each.value.isascii():
        raw = each.value.encode("utf-8", "surrogateescape")
    else:
        return mended(each.value)
    for charset in filter(None, ("utf-8", each.charset, WESTERN)):
        try:
            return raw.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("utf-8", "replace") or NO_TEXT


def _parts(value: str) -> list[str]:
    """The parts of a value between semicolons that are not escaped."""
    return [_plain(part) for part in re.split(r"(?<!\\);", value)]


def _plain(value: str) -> str:
    """A value without escapes (RFC 6350, 3.4)."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
