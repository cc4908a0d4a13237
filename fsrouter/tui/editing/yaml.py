"""One definition as YAML and back: the same thing that the form shows, as it stands in a rules file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fsrouter.engine.model import schema
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.schema import Tree
from fsrouter.rules import yaml_reader, yaml_writer
from fsrouter.rules.file_errors import InvalidFile
from fsrouter.tui.editing.draft import kind_of

#: A line of YAML that is longer is written in several.
WIDTH = 76
#: Truth values, counts and durations.
_PLAIN = re.compile(r"true|false|\d{1,9}[smh]?|\d{1,6}(\.\d+)?(km|mi)?")


def text(tree: Tree) -> str:
    """A definition's tree as YAML."""
    return "\n".join(_lines(tree)) + "\n"


def begin(tree: Tree, longest: int) -> tuple[str, bool]:
    """The first lines of `text`, until they are longer than so many characters, and whether these are all."""
    written, size = [], 0
    for line in _lines(tree):
        written.append(line)
        size += len(line) + 1
        if size > longest:
            return "\n".join(written) + "\n", False
    return "\n".join(written) + "\n", True


def _lines(tree: Tree) -> Iterator[str]:
    return yaml_writer.lines(tree, WIDTH, _quoted)


def _quoted(text: str) -> str:
    """A text; plain words need no quotes, since everything is read as text here, so they stay what they say."""
    return text if _PLAIN.fullmatch(text) else yaml_writer.scalar(text)


def read(section: str, written: str, context: Context) -> tuple[Tree, list[str]]:
    """What a text means for a definition of a section, and what is wrong with it, by line."""
    try:
        source = yaml_reader.read(written, "line")
    except InvalidFile as refused:
        return None, [f"line {f.line}: {f.text}" for f in refused.errors]
    _, problems = schema.read(kind_of(section), source.tree, context)
    return source.tree, [f"line {e.line}: {e.text}" for e in source.errors(problems)]
