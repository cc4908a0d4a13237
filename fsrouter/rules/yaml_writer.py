"""YAML out: a rule book as the one canonical text that makes it again.

Everything that the book says stands in the text, empty sections too, so that importing it on top of any other book
of the company gives this one. A text stands without quotes only where every YAML reader takes it for that text.
Credentials are names of environment variables already in the book.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fsrouter.engine.model import schema
from fsrouter.engine.model.company import Header
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.scalars import Scalar

WIDTH = 120

TITLE = """\
# The rule book of {company}, in canonical form: every section stands here, in order, and defaults are left out.
# Importing this file gives exactly this rule book.
"""

#: Texts that some YAML reader takes for a truth value, nothing or no number (YAML 1.1 and 1.2).
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})

#: Texts that need no quotes anywhere, also between brackets: they begin with a letter, so none is a number or a time.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ./:@+()&'=*%;!-]*[\w./@+()&'=*%;!-])?")

#: What must be escaped between double quotes; all but the first two are line breaks or invisible to YAML.
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]')


class Bare(str):
    """The text of a number, duration or truth value: every YAML reader may take it for what it is."""


def export(book: RuleBook) -> str:
    """A rule book as the text of its file. Reading that gives the same book, whatever book it is put onto."""
    lines = [TITLE.format(company=book.company)]
    for field in schema.fields(Header):
        lines += _entry(field.name, _tree(getattr(book.header, field.attribute), field.type), "")
    for section in SECTIONS:
        lines += ["", *_entry(section, _section(book, section), "")]
    return "\n".join(lines) + "\n"


def _section(book: RuleBook, name: str) -> schema.Tree:
    definitions = book.section(name)
    if name == "tracking_numbers":
        return [_tree(value) for value in definitions.values()]
    return {key: _tree(value) for key, value in definitions.items()}


def _tree(value: Any, kind: Any = None) -> schema.Tree:
    return schema.write(value, kind, _leaf)


def _leaf(scalar: Scalar, value: Any) -> str:
    text = scalar.write(value)
    return Bare(text) if isinstance(value, bool | int | float) else text


def _entry(key: str, tree: schema.Tree, indent: str) -> Iterator[str]:
    """The lines of one key of a mapping."""
    head = f"{indent}{scalar(key)}:"
    line = f"{head} {flow(tree)}" if _leafy(tree) else ""
    if line and (len(line) <= WIDTH or isinstance(tree, str)):
        yield line
        return
    yield head
    yield from _block(tree, indent + "  ")


def _block(tree: schema.Tree, indent: str) -> Iterator[str]:
    """The lines of a mapping or list."""
    if isinstance(tree, Mapping):
        for key, item in tree.items():
            yield from _entry(key, item, indent)
        return
    for item in tree:
        line = f"{indent}- {flow(item)}" if _leafy(item) else ""
        if line and (len(line) <= WIDTH or isinstance(item, str)):
            yield line
            continue
        first, *rest = _block(item, indent + "  ")
        yield f"{indent}- {first.lstrip()}"
        yield from rest


def _leafy(tree: schema.Tree) -> bool:
    """Whether a tree may stand in one line: a text, or a list or mapping of texts and lists of texts."""
    if isinstance(tree, str):
        return True
    items = tree.values() if isinstance(tree, Mapping) else tree
    return all(isinstance(item, str) or (isinstance(item, list) and _texts(item)) for item in items)


def _texts(items: list[schema.Tree]) -> bool:
    return all(isinstance(item, str) for item in items)


def flow(tree: schema.Tree) -> str:
    """A tree in one line."""
    if isinstance(tree, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(flow, tree)) + "]"
    return scalar(tree)


def scalar(text: str) -> str:
    """A text, quoted where any YAML reader would take it for something else."""
    if isinstance(text, Bare):
        return str(text)
    if _PLAIN.fullmatch(text) and ": " not in text and text.casefold() not in _WORDS:
        return text
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return "\\" + character if character in '"\\' else f"\\u{ord(character):04x}"
