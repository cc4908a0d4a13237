"""The text of a YAML file: its bytes decoded, and the parser's complaints in words that an administrator knows.

Knows YAML and nothing of rule books.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from fsrouter.engine.text import find
from fsrouter.rules.file_errors import FileError, InvalidFile

#: The longest file that is read: 100,000 rules take a tenth of it.
MAX_SIZE = 64 * 1024 * 1024


def load(path: Path, max_size: int = MAX_SIZE) -> str:
    """The text of a file of at most `max_size` bytes. Raises InvalidFile when it cannot be had, or is no UTF-8."""
    try:
        if path.stat().st_size > max_size:
            raise InvalidFile([FileError(str(path), 0, 0, f"is larger than {max_size // 1024 // 1024} MiB")])
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise InvalidFile([FileError(str(path), 0, 0, f"cannot be read: {error.strerror or error}")]) from None


def decode(raw: bytes, file: str) -> str:
    """Bytes as text. Raises InvalidFile for anything but UTF-8, with or without its mark."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        what = "is UTF-16" if wide else f"is not UTF-8 (byte 0x{raw[error.start]:02X})"
        raise InvalidFile([FileError(file, line, 0, f"{what}; save the file as UTF-8")]) from None


def refuse_unsafe(text: str, file: str) -> None:
    """Raise InvalidFile when a text has an unsafe character; the ones that YAML 1.1 refuses (5.1) are among them."""
    if found := find(text, lines=True):
        place = text.count("\n", 0, found.at) + 1, found.at - text.rfind("\n", 0, found.at)
        raise InvalidFile([FileError(file, *place, str(found))])


TAB = "a tab stands here; YAML is indented with spaces"
OPEN_QUOTE = "a quote is opened here and never closed"

#: The parser's complaints: (its context, its problem, what an operator reads, whether the fault is where the context
#: began). The first whose texts are part of the parser's own is taken.
MESSAGES = (
    ("alias", "", '* begins an alias in YAML; quote it, as "*implant*"', True),
    ("anchor", "", "& begins an anchor in YAML; quote it", True),
    ("block scalar", "", '> and | begin a folded text in YAML; quote it, as ">= 4"', True),
    ("tag", "", '! begins a tag in YAML; quote it, as "!= gold"', True),
    ("quoted scalar", "escape", "\\ begins an escape between double quotes; quote it with single ones", False),
    ("quoted scalar", "", OPEN_QUOTE, True),
    ("flow sequence", "", "the list that begins here with [ is not closed, or lacks a comma", True),
    ("flow mapping", "", "the mapping that begins here with { is not closed, or lacks a comma", True),
    ("", "mapping values are not", "a second colon; quote the text that has it, or mend the indentation", False),
    ("", "sequence entries are not allowed", "a list's - cannot stand here; begin the list on a new line", False),
    ("block mapping", "expected key", "no key of the mapping above; mend the indentation or the quotes", False),
    ("block collection", "", "no element of the list above; mend the indentation", False),
    ("", "document start", "stands behind the end of the rules; mend the indentation or the brackets", False),
    ("simple key", "", "a key lacks its colon", True),
    ("", "expected node content", "a bracket or comma stands where a value belongs; quote it if it is one", False),
)


def format_error(error: yaml.MarkedYAMLError, text: str, file: str, opened: yaml.error.Mark | None = None) -> FileError:
    """A parser's complaint as an error in the file; `opened` is where a quote was opened that is to blame for it."""
    context, problem = error.context or "", error.problem or "is not YAML"
    if opened is not None:
        return _at(opened, file, OPEN_QUOTE)
    if "cannot start any token" in problem and error.problem_mark:
        return _at(error.problem_mark, file, _strange(text, error.problem_mark))
    if "tab character" in problem:
        return _at(error.problem_mark, file, TAB)
    for of, what, words, earlier in MESSAGES:
        if of in context and what in problem:
            return _at((earlier and error.context_mark) or error.problem_mark, file, words)
    return _at(error.problem_mark, file, f"is not YAML: {problem}")


def _strange(text: str, mark: yaml.error.Mark) -> str:
    character = text[mark.index : mark.index + 1]
    if character == "\t":
        return TAB
    return f"{character!r} cannot begin a text; quote it"


def _at(mark: yaml.error.Mark | None, file: str, message: str) -> FileError:
    return FileError(file, mark.line + 1, mark.column + 1, message) if mark else FileError(file, 0, 0, message)
