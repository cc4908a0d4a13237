"""The lines of a text file that other programs wrote, in whatever encoding they did.

A file is UTF-8 or UTF-16, with or without its mark; a piece of it that is no UTF-8 is text of an older encoding, as
where two lists were put into one file. Lines stream, and a reader may go back to those that it has taken for one thing.
Knows nothing of what the lines say.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

#: Bytes at the beginning of a file that are looked at.
HEAD = 4096
CHUNK = 1 << 20

#: What stands in place of bytes that are no text in any encoding.
NO_TEXT = "\ufffd"
#: The encodings before Unicode that programs of the West write, and those of Central Europe.
WESTERN, CENTRAL = "cp1252", "cp1250"

_WORKBOOK = "is a spreadsheet's workbook and no text; open it and save it as CSV in UTF-8"
_PAGE = "is a web page, which some programs name .xls; export it as CSV"
#: How files begin that people take for one of lines, in small letters, and what they are.
_OTHERS = (
    (b"pk\x03\x04", _WORKBOOK),
    (b"\xd0\xcf\x11\xe0", _WORKBOOK),
    (b"\x1f\x8b", "is compressed; unpack it first"),
    (b"%pdf-", "is a PDF; export it as CSV"),
    (b"\xff\xfe\0\0", "is text in UTF-32; save it as CSV in UTF-8"),
    (b"<html", _PAGE),
    (b"<!doctype", _PAGE),
    (b"<?xml", _PAGE),
    (b"<table", _PAGE),
)

#: Bytes that are no UTF-8, as `surrogateescape` keeps them (PEP 383).
_BYTES = re.compile("[\udc80-\udcff]")


def encoding_of(path: Path) -> str:
    """How a file's text is encoded: UTF-8 or UTF-16, with or without its mark."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1::2].count(0) * 2 > len(head[1::2]):
        return "utf-16-le"
    if head[::2].count(0) * 2 > len(head[::2]):
        return "utf-16-be"
    return "utf-8"


def not_text(path: Path) -> str:
    """What a file is that is no text of lines, with the remedy, as a phrase that goes on from it; "" when it is text.
    Raises OSError.
    """
    if not path.is_file() and path.exists():
        return "is no plain file, and it is read more than once; save what it says in one"
    with path.open("rb") as file:
        head = file.read(HEAD)
    for begins, what in _OTHERS:
        if head.lstrip().lower().startswith(begins):
            return what
    # A cell may have one by a slip, and is said to; what is no text is full of them.
    nothing = b"\0" if encoding_of(path).startswith("utf-8") else b"\0\0\0"
    if head.count(nothing) * 300 > len(head):
        return "is no text; export it as CSV in UTF-8"
    return ""


def opened(path: Path) -> TextIO:
    """The file, to be read as text; what is no UTF-8 is for `mended`. Raises OSError."""
    encoding = encoding_of(path)
    return path.open(
        encoding=encoding, errors="replace" if encoding.startswith("utf-16") else "surrogateescape", newline=""
    )


def mended(text: str, older: str = WESTERN) -> str:
    """A piece of text whose bytes were no UTF-8, read in an older encoding; NO_TEXT where they are none in that."""
    if text.isascii() or not _BYTES.search(text):
        return text
    return text.encode("utf-8", "surrogateescape").decode(older, "replace")


def line_count(path: Path) -> int:
    """How many lines a file has, so about how many rows."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(CHUNK), b""))


class Lines:
    """The lines of an open file. `number` is that of the line which was read last, `taken` are those since `begin`."""

    def __init__(self, file: TextIO, number: int = 0) -> None:
        self.number = number
        self.taken: list[str] = []
        self._file = file
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._file)
        self.number += 1
        self.taken.append(line)
        return line

    def begin(self) -> int:
        """Begin something new with the next line, whose number is returned."""
        self.taken.clear()
        return self.number + 1

    def back_to(self, place: int) -> None:
        """Have all lines that were taken from `place` on (from 0) read again."""
        again = self.taken[place:]
        self._again.extendleft(reversed(again))
        self.number -= len(again)
