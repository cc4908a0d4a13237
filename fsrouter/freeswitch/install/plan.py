"""A change of a FreeSWITCH configuration as a value: which files, from what to what, and why. Made, shown, carried out.

Files that are ours carry a first comment that says so, and are written and deleted whole. In XML files of others only
whole lines between two marks are ours, put in and taken out again to the byte: edits work on text, not on a tree, so an
operator's comments, indents and quotes stay as they are. Every file is written beside its place and then moved there,
keeping mode and owner, so that FreeSWITCH reads either the old one or the new one. Knows no file names.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from fsrouter.errors import UsageError

OURS: Final = "Written by `fsrouter freeswitch install`."
"""What every file of ours says."""
SECRET_MODE: Final = 0o640
"""Of a file with a secret."""
BEGIN: Final = "<!-- fsrouter: from here to the end mark written by `fsrouter freeswitch install`, do not edit -->"
END: Final = "<!-- fsrouter: end -->"

_BLOCK: Final = re.compile(re.escape(BEGIN) + r"\n.*?" + re.escape(END) + r"\n", re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Change:
    """One file: its text before (None: there was none), after (None: it goes), and why, in words for the operator.

    `masked` says for a file with a secret how a text of it is shown, given the word that is to stand for the secret.
    Such a file can be read by the owner and the group of its directory only.
    """

    path: Path
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)
    why: str
    masked: Callable[[str, str], str] | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        """`add`, `change` or `remove`."""
        return "add" if self.before is None else "remove" if self.after is None else "change"


@dataclass(frozen=True)
class Plan:
    """The changes, none of which is empty, notes on what the operator should look at, and what is said when there is
    nothing to change.
    """

    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    idle: str = "nothing to do: it is all in place"

    def diff(self) -> str:
        """All changes as unified diffs; empty when there is nothing to do."""
        return "".join(_diff(change) for change in self.changes)

    def summary(self) -> str:
        """One line for each change and note, or that nothing is to be done."""
        lines = [f"{change.kind:<6} {change.path}: {change.why}" for change in self.changes]
        return "\n".join([*(lines or [self.idle]), *(f"note   {note}" for note in self.notes)])


def read(path: Path) -> str | None:
    """A file's text, every byte kept; None when there is no such file. Raises UsageError when it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


# Making a change


def replace(path: Path, text: str, why: str, masked: Callable[[str, str], str] | None = None) -> Change:
    """A whole file of ours. Raises UsageError when there is one that is not ours."""
    before = read(path)
    if before is not None and OURS not in before:
        raise UsageError(f"{path} is there already and not ours; move it away")
    return Change(path, before, text, why, masked)


def remove(path: Path, masked: Callable[[str, str], str] | None = None) -> Change:
    """A file of ours goes; one that is not ours stays."""
    before = read(path)
    return Change(path, before, None if OURS in (before or "") else before, "no longer wanted", masked)


def edit(path: Path, sections: Mapping[str, str], why: str, empty: str = "") -> Change:
    """An XML file of others, with the lines of each element in `sections` as the last ones inside of it; an element
    without lines has none of ours. `empty` is the file that we make where there is none, and which goes with our lines.

    Raises UsageError when an element is not there with a closing tag of its own, or the file is not well-formed.
    """
    before = read(path)
    wanted = any(sections.values())
    if not wanted and (before is None or OURS in before):
        return Change(path, before, None, "no longer wanted")
    after = empty if before is None else without_ours(before)
    for element, lines in sections.items():
        after = _inserted(path, after, element, lines)
    parse(path, after)
    return Change(path, before, after, why if wanted else "as it was")


def without_ours(text: str) -> str:
    """`text` as it was before any edit of ours."""
    return _BLOCK.sub("", text)


def uncommented(text: str) -> str:
    """`text` with every comment blanked out; each character that is left stands where it stood."""
    return _COMMENT.sub(lambda found: " " * len(found[0]), text)


def parse(path: Path, text: str) -> ElementTree.Element:
    """The root of an XML document that `path` has or is to have. Raises UsageError with line and column."""
    try:
        return ElementTree.fromstring(text.encode("utf-8", "surrogateescape"))
    except ElementTree.ParseError as error:
        raise UsageError(f"{path}: it is not well-formed XML ({error}); nothing was changed") from error


def counted(number: int, what: str) -> str:
    """`1 queue`, `2 queues`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _inserted(path: Path, text: str, element: str, lines: str) -> str:
    if not lines:
        return text
    # A comment is never mistaken for what it quotes.
    closings = [found.start() for found in re.finditer(rf"</{element}\s*>", uncommented(text))]
    if len(closings) != 1:
        raise UsageError(
            f"{path}: it needs exactly one <{element}> with a closing tag, and has {len(closings)}; "
            f"write <{element}></{element}>; nothing was changed"
        )
    at = closings[0]
    line_start = text.rfind("\n", 0, at) + 1
    if not text[line_start:at].strip():
        at = line_start
    return f"{text[:at]}{BEGIN}\n{lines}{END}\n{text[at:]}"


# Carrying it out


def refuse_unwritable(plan: Plan) -> None:
    """Raise UsageError when a file of a plan is where nothing can be written."""
    for change in plan.changes:
        place = change.path.resolve().parent
        there = next(each for each in (place, *place.parents) if each.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise UsageError(f"{change.path} cannot be written: no permission; nothing was changed")


def apply(plan: Plan) -> None:
    """Carry out a plan.

    Raises UsageError, having changed nothing, when a file changed meanwhile or a place cannot be written.
    """
    for change in plan.changes:
        if read(change.path) != change.before:
            raise UsageError(f"{change.path} was changed by somebody else meanwhile; nothing was written: run it again")
    with contextlib.ExitStack() as unfinished:
        staged = [(_staged(change, unfinished), change) for change in plan.changes]
        for temporary, change in staged:
            with _writing(change.path):
                _move(temporary, change.path)


def _move(temporary: Path | None, path: Path) -> None:
    if temporary is None:
        path.unlink()
    else:
        temporary.replace(path.resolve())


def _staged(change: Change, unfinished: contextlib.ExitStack) -> Path | None:
    """The new text in a file beside its place, with the place's mode and owner; None for a file that goes."""
    if change.after is None:
        if not os.access(change.path.parent, os.W_OK):
            raise UsageError(f"{change.path} cannot be removed: no permission; nothing was written")
        return None
    place = change.path.resolve()
    with _writing(change.path):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".fsrouter-", dir=place.parent)
        temporary = Path(name)
        unfinished.callback(temporary.unlink, missing_ok=True)
        with os.fdopen(handle, "wb") as file:
            file.write(change.after.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        _like(temporary, place, secret=change.masked is not None)
    return temporary


def _like(temporary: Path, place: Path, secret: bool) -> None:
    """Mode and owner of the file that is replaced; of a new one: owner and readers of the directory. One with a secret
    always has the directory's owner and group, and nobody else reads it.
    """
    model = place if place.exists() and not secret else place.parent
    status = model.stat()
    readers = (status.st_mode & 0o777) if model is place else (status.st_mode & 0o666) | 0o600
    temporary.chmod(SECRET_MODE if secret else readers)
    if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        # Who is not root gives no file away, but may give it to a group of their own: FreeSWITCH only needs to read it.
        try:
            os.chown(temporary, status.st_uid, status.st_gid)
        except PermissionError:
            with contextlib.suppress(PermissionError):
                os.chown(temporary, -1, status.st_gid)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def _shown(change: Change) -> tuple[str, str]:
    """Both texts as they are shown, the secret in them by a word."""
    before, after = change.before or "", change.after or ""
    if change.masked is None:
        return before, after
    return change.masked(before, "(former secret)" if change.after else "(secret)"), change.masked(after, "(secret)")


def _diff(change: Change) -> str:
    old = "/dev/null" if change.before is None else str(change.path)
    new = "/dev/null" if change.after is None else str(change.path)
    before, after = (text.splitlines(keepends=True) for text in _shown(change))
    lines = difflib.unified_diff(before, after, old, new)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
