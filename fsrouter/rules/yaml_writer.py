"""YAML out: a rule book as the one canonical text that makes it again.

Everything that the book says stands in the text, empty sections too, so that importing it on top of any other book
of the company gives this one. A text stands without quotes only where every YAML reader takes it for that text.
Credentials are names of environment variables already in the book.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fsrouter.engine.model import schema
from fsrouter.engine.model.company import Header
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.scalars import Scalar
from fsrouter.engine.text import UNSAFE, escape

WIDTH = 120

TITLE = """\
# The rule book of {company}, in canonical form: every section stands here, in order, and defaults are left out.
# Importing this file gives exactly this rule book.
"""

#: Texts that some YAML reader takes for a truth value, nothing or no number (YAML 1.1 and 1.2).
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})

#: Texts that need no quotes anywhere, also between brackets: they begin with a letter, so none is a number or a time.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ./:@+()&'=*%;!-]*[\w./@+()&'=*%;!-])?")

#: What must be escaped between double quotes: what is not to be seen, a no-break space included, and these two.
_ESCAPED = re.compile(f'["\\\\\xa0{UNSAFE}]')


class Bare(str):
    """The text of a number, duration or truth value: every YAML reader may take it for what it is."""


def export(book: RuleBook) -> str:
    """A rule book as the text of its file. Reading that gives the same book, whatever book it is put onto."""
    written = [TITLE.format(company=book.company)]
    header = schema.fields(Header)
    written += lines({field.name: _tree(getattr(book.header, field.attribute), field.type) for field in header})
    for section in SECTIONS:
        written += ["", *lines({section: _section(book, section)})]
    return "\n".join(written) + "\n"


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


def scalar(text: str) -> str:
    """A text, quoted where any YAML reader would take it for something else."""
    if isinstance(text, Bare):
        return str(text)
    if _PLAIN.fullmatch(text) and ": " not in text and text.casefold() not in _WORDS:
        return text
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return "\\" + character if character in '"\\' else escape(character)


def lines(
    tree: schema.Tree, width: int = WIDTH, quote: Callable[[str], str] = scalar, indent: str = ""
) -> Iterator[str]:
    """The lines of a tree, each made when it is asked for. What is flat stands in one line where that has at most
    `width` characters; `quote` writes the texts that are no keys.
    """
    if isinstance(tree, str) or not tree:
        yield indent + flow(tree, quote)
        return
    keyed = isinstance(tree, Mapping)
    for key, item in tree.items() if keyed else enumerate(tree):
        head = f"{indent}{scalar(str(key))}:" if keyed else f"{indent}-"
        whole = isinstance(item, str) or not item
        line = f"{head} {flow(item, quote)}" if whole or (len(item) <= width and _is_flat(item)) else ""
        if line and (whole or len(line) <= width):
            yield line
        elif keyed:
            yield head
            yield from lines(item, width, quote, indent + "  ")
        else:
            first, *rest = lines(item, width, quote, indent + "  ")
            yield f"{head} {first.lstrip()}"
            yield from rest


def _is_flat(tree: schema.Tree) -> bool:
    """Whether a list or mapping has nothing but texts and lists of texts."""
    items = tree.values() if isinstance(tree, Mapping) else tree
    return all(isinstance(i, str) or (isinstance(i, list) and all(isinstance(t, str) for t in i)) for i in items)


def flow(tree: schema.Tree, quote: Callable[[str], str] = scalar, quote_key: Callable[[str], str] = scalar) -> str:
    """A tree in one line; `quote` and `quote_key` write its texts and the keys among them."""
    if isinstance(tree, Mapping):
        entries = (f"{quote_key(key)}: {flow(item, quote, quote_key)}" for key, item in tree.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(flow(item, quote, quote_key) for item in tree) + "]"
    return quote(tree)
