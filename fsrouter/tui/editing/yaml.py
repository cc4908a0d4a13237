"""One definition as YAML and back: the same thing that the form shows, as it stands in a rules file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fsrouter.engine.model import schema
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.schema import Tree
from fsrouter.rules import yaml_reader, yaml_writer
from fsrouter.rules.file_errors import Refused
from fsrouter.tui.editing.draft import kind_of

#: A line of YAML that is longer is written in several.
WIDTH = 76
#: Truth values, counts and durations.
_PLAIN = re.compile(r"true|false|\d{1,9}[smh]?|\d{1,6}(\.\d+)?(km|mi)?")


def text(tree: Tree) -> str:
    """A definition's tree as YAML."""
    return "\n".join(_lines(tree, "")) + "\n"


def begin(tree: Tree, longest: int) -> tuple[str, bool]:
    """The first lines of `text`, until they are longer than so many characters, and whether these are all."""
    written, size = [], 0
    for line in _lines(tree, ""):
        written.append(line)
        size += len(line) + 1
        if size > longest:
            return "\n".join(written) + "\n", False
    return "\n".join(written) + "\n", True


def _bare(tree: Tree) -> Tree:
    """A tree whose plain words need no quotes: everything is read as text here, so they stay what they say."""
    if isinstance(tree, Mapping):
        return {key: _bare(item) for key, item in tree.items()}
    if isinstance(tree, list):
        return [_bare(item) for item in tree]
    return yaml_writer.Bare(tree) if _PLAIN.fullmatch(tree) else tree


def _lines(tree: Tree, indent: str) -> Iterator[str]:
    if isinstance(tree, Mapping) and tree:
        for key, item in tree.items():
            yield from _entry(f"{indent}{yaml_writer.scalar(str(key))}:", item, indent + "  ")
    elif isinstance(tree, list) and tree:
        for item in tree:
            line = f"{indent}- {_flow(item)}" if _short(item) else ""
            if line and _fits(line, item):
                yield line
            else:
                first, *rest = _lines(item, indent + "  ")
                yield f"{indent}- {first.lstrip()}"
                yield from rest
    else:
        yield indent + _flow(tree)


def _entry(head: str, tree: Tree, indent: str) -> Iterator[str]:
    line = f"{head} {_flow(tree)}" if _short(tree) else ""
    if line and _fits(line, tree):
        yield line
    else:
        yield head
        yield from _lines(tree, indent)


def _flow(tree: Tree) -> str:
    return yaml_writer.flow(_bare(tree))


def _short(tree: Tree) -> bool:
    """Whether a tree may fit into a line; of one with many elements that need not be tried."""
    return isinstance(tree, str) or tree is None or len(tree) <= WIDTH


def _fits(line: str, tree: Tree) -> bool:
    return not tree or isinstance(tree, str) or (len(line) <= WIDTH and _flat(tree))


def _flat(tree: Tree) -> bool:
    items = tree.values() if isinstance(tree, Mapping) else tree
    return all(
        isinstance(item, str) or (isinstance(item, list) and all(isinstance(i, str) for i in item)) for item in items
    )


def read(section: str, written: str, context: Context) -> tuple[Tree, list[str]]:
    """What a text means for a definition of a section, and what is wrong with it, by line."""
    try:
        source = yaml_reader.read(written, "line")
    except Refused as refused:
        return None, [f"line {f.line}: {f.message}" for f in refused.findings]
    _, problems = schema.read(kind_of(section), source.tree, context)
    places = source.places([problem.path for problem in problems])
    return source.tree, [f"line {places[p.path].line}: {p}" if p.path else p.message for p in problems]
