"""YAML in: a file as a plain tree of text, and the place of everything in it.

Every scalar is the text that stands there: no tag, anchor, merge or second document, no key twice, nothing left out.
What YAML would change in silence is refused with the line, the remedy and, where it is certain, the line as it should
be. Places are only sought when somebody asks: files without a fault, the rule, pay nothing for them. Knows nothing of
rule books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml

from fsrouter.engine.model.schema import Path as Keys
from fsrouter.engine.model.schema import Problem, Tree
from fsrouter.errors import Enough
from fsrouter.rules import yaml_places, yaml_slips, yaml_text
from fsrouter.rules.corrections import Fault, Verdict, with_corrections
from fsrouter.rules.file_errors import FileError, InvalidFile
from fsrouter.rules.yaml_builder import Builder
from fsrouter.rules.yaml_places import Place

#: How far a text is read: to where the parser stops, to a tree with faults, to a tree, to what the tree says.
STOPPED, FAULTY, READ, SAID = range(4)


@dataclass(frozen=True)
class Source:
    """A file that was read: its name for messages, its folder, its text and its tree."""

    file: str
    folder: Path
    text: str
    tree: Tree

    def place(self, path: Keys) -> Place:
        """The place of a key or element by its path; of one that stands nowhere, that of what is around it."""
        return self.places((path,))[path]

    def places(self, paths: Iterable[Keys]) -> dict[Keys, Place]:
        """The places of several: the text is walked through once."""
        return yaml_places.locate(self.text, paths)

    def errors(self, problems: Sequence[Problem], reader: Reader | None = None) -> list[FileError]:
        """Problems with what it says as errors at their places, with the corrections that are certain; with a `reader`
        also those that make the text better for it.
        """
        places = self.places(problem.path for problem in problems)
        faults = []
        for problem in problems:
            place = places[problem.path]
            told = str(problem) if problem.path else problem.message
            error = FileError(self.file, place.line, place.column, told)
            faults.append(yaml_slips.fault(self.text, place, problem, error))
        return list(with_corrections(self.text, faults, judge(self.file, reader or _content)))


#: What is wrong with what a source says, for those who correct a text.
Reader = Callable[[Source], Sequence[FileError]]


def _content(source: Source) -> Sequence[FileError]:
    return ()


def load(path: Path, reader: Reader = _content) -> Source:
    """Read a file. Raises InvalidFile with everything that is wrong with it as YAML; a correction is one that makes
    the text better for its `reader`.
    """
    return read(yaml_text.load(path), str(path), path.parent, reader)


def read(text: str, file: str, folder: Path | None = None, reader: Reader = _content) -> Source:
    """Read a text that was `file`. Raises InvalidFile as `load` does."""
    yaml_text.refuse_unsafe(text, file)
    found = _read(text, file)
    if found.faults:
        raise InvalidFile(with_corrections(text, found.faults, judge(file, reader)))
    return Source(file, folder or Path(), text, found.tree)


def judge(file: str, reader: Reader) -> Callable[[str], Verdict]:
    """How a text would be read in the place of the file's."""

    def verdict(text: str) -> Verdict:
        read = _read(text, file)
        if read.faults:
            return Verdict(read.stage, [fault.error for fault in read.faults], read.stopped)
        return Verdict(SAID, reader(Source(file, Path(), text, read.tree)))

    return verdict


class _Read(NamedTuple):
    """How far a text is read, its faults as YAML, its tree, and the line and column where the parser stops."""

    stage: int
    faults: list[Fault]
    tree: Tree = None
    stopped: tuple[int, int] = (0, 0)


def _read(text: str, file: str) -> _Read:
    builder = Builder(text, file)
    try:
        tree = builder.build()
    except Enough:
        last = builder.faults[-1].error
        return _Read(STOPPED, builder.faults, None, (last.line, last.column))
    except yaml.MarkedYAMLError as error:
        opened, at = yaml_slips.opened(error, builder.last), error.problem_mark
        told = yaml_text.format_error(error, text, file, opened)
        fault = Fault(told, yaml_slips.proposals(text, error, builder.last))
        return _Read(STOPPED, [*builder.faults, fault], None, (at.line + 1, at.column + 1) if at else (0, 0))
    return _Read(FAULTY if builder.faults else READ, builder.faults, tree)
