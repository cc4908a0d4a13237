"""YAML in: a file as a plain tree of text, and the place of everything in it.

Every scalar is the text that stands there: no tag, anchor, merge or second document, no key twice, nothing left out.
What YAML would change in silence is refused with the line and the remedy. The tree is made straight from the parser's
events, so nothing is ever expanded, and places are only sought when somebody asks: files without a fault, the rule, pay
nothing for them. Knows nothing of rule books.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from fsrouter.engine.model.schema import Path as Keys
from fsrouter.engine.model.schema import Tree
from fsrouter.rules import yaml_text
from fsrouter.rules.file_errors import FileError, InvalidFile

MAX_DEPTH = 40
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

#: Where ` #` and a digit follow a text: YAML cuts `Suite #200` off at the #, and nobody writes a comment so.
_CUT = re.compile(r"\S( #)\d")

#: A folded text with an indentation of its own, which is what YAML reads in `>4`.
_FOLDED = re.compile(r"[|>][+-]?\d")


class Place(NamedTuple):
    """Where something stands: line and column from 1; `flow` when it is an element of a `[list, in brackets]`."""

    line: int
    column: int
    flow: bool = False


#: The place of each key of a mapping or element of a list, and the places below it.
Places = dict[str | int, tuple[Place, "Places"]]


@dataclass(frozen=True)
class Source:
    """A file that was read: its name for messages, its folder, its text and its tree."""

    file: str
    folder: Path
    text: str
    tree: Tree

    def place(self, path: Keys) -> Place:
        """The place of a key or element by its path; of one that stands nowhere, that of what is around it."""
        found, below = Place(1, 1), self._places
        for key in path:
            if key not in below:
                break
            found, below = below[key]
        return found

    @functools.cached_property
    def _places(self) -> Places:
        events = _events(self.text)
        return _places_below(events, next(event for event in events if isinstance(event, NodeEvent)))


def load(path: Path) -> Source:
    """Read a file. Raises InvalidFile with everything that is wrong with it as YAML."""
    return read(yaml_text.load(path), str(path), path.parent)


def read(text: str, file: str, folder: Path | None = None) -> Source:
    """Read a text that was `file`. Raises InvalidFile with everything that is wrong with it as YAML."""
    yaml_text.refuse_unsafe(text, file)
    builder = _Builder(text, file)
    try:
        tree = builder.build()
    except yaml.MarkedYAMLError as error:
        raise InvalidFile([*builder.errors, yaml_text.format_error(error, text, file)]) from None
    if builder.errors:
        raise InvalidFile(builder.errors)
    return Source(file, folder or Path(), text, tree)


def _events(text: str) -> Iterator[Event]:
    parser = LOADER(text)
    try:
        while not isinstance(event := parser.get_event(), StreamEndEvent):
            yield event
    finally:
        parser.dispose()


@dataclass(slots=True)
class _Level:
    """A mapping or list that is being read; `key` is the mapping's key whose value comes next."""

    holder: Any
    flow: bool = False
    key: str | None = None


class _Builder:
    """Makes the tree of a text, and collects what YAML must not mean in it."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.errors: list[FileError] = []
        self.levels = [_Level([])]
        self.cut = {line for line, row in enumerate(text.split("\n")) if " #" in row and _CUT.search(row)}

    def build(self) -> Tree:
        """The tree. Raises yaml.MarkedYAMLError where the text is no YAML, InvalidFile where it is too deep."""
        for event in _events(self.text):
            if isinstance(event, ScalarEvent):
                self.scalar(event)
            elif isinstance(event, CollectionStartEvent):
                self.open(event)
            elif isinstance(event, CollectionEndEvent):
                self.put(event, self.levels.pop().holder)
            elif isinstance(event, AliasEvent):
                self.add_error(event, f'*{event.anchor} is an alias in YAML; quote it, as "*{event.anchor}"')
                self.put(event, "")
            elif isinstance(event, DocumentStartEvent) and self.levels[0].holder:
                self.add_error(event, "a second document begins here; one file is one company")
                break
        roots = self.levels[0].holder
        if not roots:
            self.errors.append(FileError(self.file, 1, 0, "is empty"))
        return roots[0] if roots else {}

    def open(self, event: CollectionStartEvent) -> None:
        self.check_marks(event)
        if len(self.levels) > MAX_DEPTH:
            self.add_error(event, f"is nested deeper than {MAX_DEPTH} levels")
            raise InvalidFile(self.errors)
        self.levels.append(_Level([] if isinstance(event, SequenceStartEvent) else {}, bool(event.flow_style)))

    def scalar(self, event: ScalarEvent) -> None:
        if event.tag is not None or event.anchor is not None:
            self.check_marks(event)
        level = self.levels[-1]
        if level.key is not None or isinstance(level.holder, list):
            self.value(event, level)
        elif event.value == "<<" and not event.style:
            self.add_error(event, "<< merges mappings in YAML; write the keys themselves")
        elif not event.value and not event.style:
            self.add_error(event, "a key is missing before the colon")
        self.put(event, event.value)

    def value(self, event: ScalarEvent, level: _Level) -> None:
        text, style = event.value, event.style
        if not style and text in ("", "~", "null", "Null", "NULL"):
            self.add_error(event, self.absent(text, level))
        elif not style and self.is_cut(event):
            self.add_error(event, f'what follows {text!r} is a comment in YAML; quote it all, as "{text} #..."')
        elif style in ("|", ">") and _FOLDED.match(self.text, _mark(event).index):
            self.add_error(event, f'{style} begins a folded text in YAML; quote it, as ">= 4"')

    def absent(self, text: str, level: _Level) -> str:
        if text:
            return f"{text} is no value; quote it if it is a text, or remove the key"
        if level.flow and level.key is not None:
            return f"{level.key!r} has no value; if it belongs to the text before it, quote that text as a whole"
        return 'has no value; remove it, or write "" for an empty text, {} or [] for nothing'

    def is_cut(self, event: ScalarEvent) -> bool:
        """Whether YAML has cut a text off at a #."""
        end = event.end_mark
        return end is not None and end.line in self.cut and self.text.startswith(" #", end.index)

    def check_marks(self, event: NodeEvent) -> None:
        """Complain about a tag or an anchor."""
        tag = getattr(event, "tag", None)
        if tag is not None:
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            self.add_error(event, f'{tag} is a tag in YAML; quote it, as "{tag} {getattr(event, "value", "...")}"')
        elif event.anchor is not None:
            self.add_error(event, f"&{event.anchor} is an anchor in YAML; quote it, or write the value out")

    def put(self, event: Event, value: Tree) -> None:
        """Put a value, or a key, where it belongs."""
        level = self.levels[-1]
        if isinstance(level.holder, list):
            level.holder.append(value)
        elif level.key is not None:
            level.holder[level.key] = value
            level.key = None
        else:
            if not isinstance(value, str):
                self.add_error(event, "a list or mapping cannot be a key; quote it")
                value = ""
            elif value in level.holder:
                self.add_error(event, f"{value!r} stands here twice; a key stands once, with everything behind it")
            level.key = value

    def add_error(self, event: Event, message: str) -> None:
        mark = _mark(event)
        line, column = mark.line + 1, mark.column + 1
        if not self.errors or (self.errors[-1].line, self.errors[-1].column) != (line, column):
            path = ".".join(map(str, self.path()))
            self.errors.append(FileError(self.file, line, column, f"{path}: {message}" if path else message))

    def path(self) -> Keys:
        """The keys that lead to where the builder stands."""
        at = (len(level.holder) if isinstance(level.holder, list) else level.key for level in self.levels[1:])
        return tuple(key for key in at if key is not None)


def _places_below(events: Iterator[Event], event: Event) -> Places:
    """The places of everything below the value that `event` begins, in a text that is sound."""
    found: Places = {}
    if isinstance(event, MappingStartEvent):
        while isinstance(key := next(events), ScalarEvent):
            found[key.value] = _place(key), _places_below(events, next(events))
    elif isinstance(event, SequenceStartEvent):
        while not isinstance(item := next(events), CollectionEndEvent):
            found[len(found)] = _place(item, bool(event.flow_style)), _places_below(events, item)
    return found


def _place(event: Event, flow: bool = False) -> Place:
    mark = _mark(event)
    return Place(mark.line + 1, mark.column + 1, flow)


def _mark(event: Event) -> Any:
    """Where an event begins; an event that was parsed always says so."""
    return event.start_mark
