"""YAML in: a file as a plain tree of text, and the place of everything in it.

Every scalar is the text that stands there (DESIGN section 4): no tag, anchor, merge or second document, no key
twice, nothing left out. What YAML would change in silence is refused with the line and the remedy. The tree is made
straight from the parser's events, so nothing is ever expanded, and places are only sought when somebody asks: files
without a fault, the rule, pay nothing for them. Knows nothing of rule books.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
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
from fsrouter.rules.file_errors import Finding, Refused

DEEPEST = 40
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


@dataclass(frozen=True)
class Source:
    """A file that was read: its name for messages, its folder, its text and its tree."""

    file: str
    folder: Path
    text: str
    tree: Tree

    def places(self, wanted: Collection[Keys]) -> dict[Keys, Place]:
        """The places of keys and elements by their paths; of one that stands nowhere, that of what is around it."""
        sought = {path[:i] for path in wanted for i in range(len(path) + 1)}
        found: dict[Keys, Place] = {(): Place(1, 1)}
        events = _events(self.text)
        root = next(event for event in events if isinstance(event, NodeEvent))
        for path, place in _walk(events, root, ()):
            if path in sought:
                found.setdefault(path, place)
        return {path: found[next(path[:i] for i in range(len(path), -1, -1) if path[:i] in found)] for path in wanted}


def load(path: Path) -> Source:
    """Read a file. Raises Refused with everything that is wrong with it as YAML."""
    return read(yaml_text.load(path), str(path), path.parent)


def read(text: str, file: str, folder: Path | None = None) -> Source:
    """Read a text that was `file`. Raises Refused with everything that is wrong with it as YAML."""
    builder = _Builder(text, file)
    try:
        tree = builder.build()
    except yaml.MarkedYAMLError as error:
        raise Refused([*builder.findings, yaml_text.spoken(error, text, file)]) from None
    if builder.findings:
        raise Refused(builder.findings)
    return Source(file, folder or Path(), text, tree)


def _events(text: str) -> Iterator[Event]:
    parser = LOADER(text)
    try:
        while not isinstance(event := parser.get_event(), StreamEndEvent):
            yield event
    finally:
        parser.dispose()


class _Level:
    """A mapping or list that is being read; `key` is the mapping's key whose value comes next."""

    __slots__ = ("flow", "holder", "key")

    def __init__(self, holder: Tree, flow: bool = False) -> None:
        self.holder = holder
        self.flow = flow
        self.key: str | None = None


class _Builder:
    """Makes the tree of a text, and collects what YAML must not mean in it."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.findings: list[Finding] = []
        self.levels = [_Level([])]
        self.cut = {line for line, row in enumerate(text.split("\n")) if " #" in row and _CUT.search(row)}

    def build(self) -> Tree:
        """The tree. Raises yaml.MarkedYAMLError where the text is no YAML, Refused where it is too deep."""
        for event in _events(self.text):
            if isinstance(event, ScalarEvent):
                self.scalar(event)
            elif isinstance(event, CollectionStartEvent):
                self.open(event)
            elif isinstance(event, CollectionEndEvent):
                self.put(event, self.levels.pop().holder)
            elif isinstance(event, AliasEvent):
                self.complain(event, f'*{event.anchor} is an alias in YAML; quote it, as "*{event.anchor}"')
                self.put(event, "")
            elif isinstance(event, DocumentStartEvent) and self.levels[0].holder:
                self.complain(event, "a second document begins here; one file is one company")
                break
        roots = self.levels[0].holder
        if not roots:
            self.findings.append(Finding(self.file, 1, 0, "is empty"))
        return roots[0] if roots else {}

    def open(self, event: CollectionStartEvent) -> None:
        self.marks(event)
        if len(self.levels) > DEEPEST:
            self.complain(event, f"is nested deeper than {DEEPEST} levels")
            raise Refused(self.findings)
        self.levels.append(_Level([] if isinstance(event, SequenceStartEvent) else {}, bool(event.flow_style)))

    def scalar(self, event: ScalarEvent) -> None:
        if event.tag is not None or event.anchor is not None:
            self.marks(event)
        level = self.levels[-1]
        if level.key is not None or isinstance(level.holder, list):
            self.value(event, level)
        elif event.value == "<<" and not event.style:
            self.complain(event, "<< merges mappings in YAML; write the keys themselves")
        elif not event.value and not event.style:
            self.complain(event, "a key is missing before the colon")
        self.put(event, event.value)

    def value(self, event: ScalarEvent, level: _Level) -> None:
        text, style = event.value, event.style
        if not style and text in ("", "~", "null", "Null", "NULL"):
            self.complain(event, self.absent(text, level))
        elif not style and self.is_cut(event):
            self.complain(event, f'what follows {text!r} is a comment in YAML; quote it all, as "{text} #..."')
        elif style in ("|", ">") and _FOLDED.match(self.text, _mark(event).index):
            self.complain(event, f'{style} begins a folded text in YAML; quote it, as ">= 4"')

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

    def marks(self, event: NodeEvent) -> None:
        """Complain about a tag or an anchor."""
        tag = getattr(event, "tag", None)
        if tag is not None:
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            self.complain(event, f'{tag} is a tag in YAML; quote it, as "{tag} {getattr(event, "value", "...")}"')
        elif event.anchor is not None:
            self.complain(event, f"&{event.anchor} is an anchor in YAML; quote it, or write the value out")

    def put(self, event: Event, value: Tree) -> None:
        """Put a value, or a key, where it belongs."""
        level = self.levels[-1]
        if isinstance(level.holder, list):
            level.holder.append(value)
        elif level.key is not None:
            level.holder[level.key] = value
            level.key = None
        elif not isinstance(value, str):
            self.complain(event, "a list or mapping cannot be a key; quote it")
            level.key = ""
        else:
            if value in level.holder:
                self.complain(event, f"{value!r} stands here twice; a key stands once, with everything behind it")
            level.key = value

    def complain(self, event: Event, message: str) -> None:
        mark = _mark(event)
        place = mark.line + 1, mark.column + 1
        if not self.findings or (self.findings[-1].line, self.findings[-1].column) != place:
            said = ".".join(map(str, self.path()))
            self.findings.append(Finding(self.file, *place, f"{said}: {message}" if said else message))

    def path(self) -> Keys:
        """The keys that lead to where the builder stands."""
        at = (len(level.holder) if isinstance(level.holder, list) else level.key for level in self.levels[1:])
        return tuple(key for key in at if key is not None)


def _walk(events: Iterator[Event], event: Event, path: Keys) -> Iterator[tuple[Keys, Place]]:
    """The path and place of every key and element below the value that `event` begins, in a text that is sound."""
    if isinstance(event, MappingStartEvent):
        while isinstance(key := next(events), ScalarEvent):
            here = (*path, key.value)
            yield here, _place(key)
            yield from _walk(events, next(events), here)
    elif isinstance(event, SequenceStartEvent):
        for i, item in enumerate(events):
            if isinstance(item, CollectionEndEvent):
                return
            yield (*path, i), _place(item, bool(event.flow_style))
            yield from _walk(events, item, (*path, i))


def _place(event: Event, flow: bool = False) -> Place:
    mark = _mark(event)
    return Place(mark.line + 1, mark.column + 1, flow)


def _mark(event: Event) -> Any:
    """Where an event begins; an event that was parsed always says so."""
    return event.start_mark
