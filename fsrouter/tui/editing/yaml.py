"""One definition as YAML and back: the same thing that the form shows, as it stands in a rules file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fsrouter.engine import schema
from fsrouter.engine.schema import Tree
from fsrouter.engine.values import Context
from fsrouter.rules import yaml_in, yaml_out
from fsrouter.rules.findings import Refused
from fsrouter.tui.editing.draft import kind_of

#: A line of YAML that is longer is written in several.
WIDTH = 76
#: Truth values, counts and durations.
_PLAIN = re.compile(r"true|false|\d{1,9}[smh]?|\d{1,6}(\.\d+)?(km|mi)?")


def text(tree: Tree) -> str:
    """A definition's tree as YAML."""
    return "\n".join(_lines(_bare(tree), "")) + "\n"


def _bare(tree: Tree) -> Tree:
    """A tree whose plain words need no quotes: everything is read as text here, so they stay what they say."""
    if isinstance(tree, Mapping):
        return {key: _bare(item) for key, item in tree.items()}
    if isinstance(tree, list):
        return [_bare(item) for item in tree]
    return yaml_out.Bare(tree) if _PLAIN.fullmatch(tree) else tree


def _lines(tree: Tree, indent: str) -> Iterator[str]:
    if isinstance(tree, Mapping) and tree:
        for key, item in tree.items():
            yield from _entry(f"{indent}{yaml_out.scalar(str(key))}:", item, indent + "  ")
    elif isinstance(tree, list) and tree:
        for item in tree:
            line = f"{indent}- {yaml_out.flow(item)}"
            if _fits(line, item):
                yield line
            else:
                first, *rest = _lines(item, indent + "  ")
                yield f"{indent}- {first.lstrip()}"
                yield from rest
    else:
        yield indent + yaml_out.flow(tree)


def _entry(head: str, tree: Tree, indent: str) -> Iterator[str]:
    line = f"{head} {yaml_out.flow(tree)}"
    if _fits(line, tree):
        yield line
    else:
        yield head
        yield from _lines(tree, indent)


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
        source = yaml_in.read(written, "line")
    except Refused as refused:
        return None, [f"line {f.line}: {f.message}" for f in refused.findings]
    _, problems = schema.read(kind_of(section), source.tree, context)
    places = source.places([problem.path for problem in problems])
    return source.tree, [f"line {places[p.path].line}: {p}" if p.path else p.message for p in problems]
