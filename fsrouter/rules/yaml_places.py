"""Where things stand in a YAML text that is sound: places sought by their paths, in one walk that ends with the last.

Knows nothing of what the text says.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    StreamEndEvent,
)

from fsrouter.engine.model.schema import Path as Keys
from fsrouter.errors import Enough

LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Extent(NamedTuple):
    """A piece of a text: its first character, from 0, and the one behind its last."""

    start: int
    end: int


class Place(NamedTuple):
    """Where something stands: line and column from 1; `flow` when it is an element of a `[list, in brackets]`. `key` is
    the text of its key, of an element of a list that of itself; `value` is the text of what stands there.
    """

    line: int
    column: int
    flow: bool = False
    key: Extent = Extent(0, 0)
    value: Extent = Extent(0, 0)


START = Place(1, 1)


def events(text: str) -> Generator[Event, None, None]:
    """What the parser sees in a text. Raises yaml.MarkedYAMLError where it is no YAML."""
    parser = LOADER(text)
    try:
        while type(event := parser.get_event()) is not StreamEndEvent:
            yield event
    finally:
        parser.dispose()


def extent(event: Event) -> Extent:
    """The text of an event."""
    return Extent(mark(event).index, event.end_mark.index if event.end_mark else mark(event).index)


def mark(event: Event) -> Any:
    """Where an event begins; an event that was parsed always says so."""
    return event.start_mark


@dataclass(slots=True)
class _Wanted:
    """A key or element that is looked for, itself or only for what is below it."""

    itself: bool = False
    place: Place | None = None
    below: dict[str | int, _Wanted] = field(default_factory=dict)


def locate(text: str, paths: Iterable[Keys]) -> dict[Keys, Place]:
    """The place of each path in a text that is sound; of one that stands nowhere, that of what is around it."""
    root, wanted = _Wanted(), list(dict.fromkeys(paths))
    for path in wanted:
        at = root
        for key in path:
            at = at.below.setdefault(key, _Wanted())
        at.itself = True
    if root.below:
        _Walk(text, root, sum(map(bool, wanted))).walk()
    return {path: _deepest(root, path) for path in wanted}


def _deepest(root: _Wanted, path: Keys) -> Place:
    found = START
    for key in path:
        root = root.below[key]
        if root.place is None:
            break
        found = root.place
    return found


class _Walk:
    """One walk through a text, until the last of `left` places is found."""

    def __init__(self, text: str, root: _Wanted, left: int) -> None:
        self._events = events(text)
        self._root = root
        self._left = left
        #: Where the last text ends, which is where a mapping or list without brackets does.
        self._end = 0

    def walk(self) -> None:
        try:
            self._value(next(event for event in self._events if isinstance(event, NodeEvent)), self._root)
        except Enough:
            pass
        finally:
            self._events.close()

    def _value(self, event: Event, wanted: _Wanted | None) -> None:
        """Walk through the value that an event begins."""
        if not isinstance(event, CollectionStartEvent):
            self._end = extent(event).end
        elif wanted is None or not wanted.below:
            self._skip()
        elif isinstance(event, MappingStartEvent):
            self._mapping(wanted.below)
        else:
            self._list(wanted.below, bool(event.flow_style))

    def _skip(self) -> None:
        depth, get = 1, self._events.__next__
        while depth:
            event = get()
            if isinstance(event, CollectionEndEvent):
                depth -= 1
            elif isinstance(event, CollectionStartEvent):
                depth += 1
            self._passed(event)

    def _passed(self, event: Event) -> None:
        """Note where an event ends that has a text of its own."""
        found = extent(event)
        if isinstance(event, ScalarEvent) or (isinstance(event, CollectionEndEvent) and found.end > found.start):
            self._end = found.end

    def _mapping(self, wanted: dict[str | int, _Wanted]) -> None:
        while isinstance(key := next(self._events), ScalarEvent):
            self._below(key, next(self._events), wanted.get(key.value))
        self._passed(key)

    def _list(self, wanted: dict[str | int, _Wanted], flow: bool) -> None:
        number = 0
        while not isinstance(item := next(self._events), CollectionEndEvent):
            self._below(item, item, wanted.get(number), flow)
            number += 1
        self._passed(item)

    def _below(self, key: Event, value: Event, wanted: _Wanted | None, flow: bool = False) -> None:
        if wanted is None:
            self._value(value, None)
            return
        begin, start = mark(key), mark(value).index
        wanted.place = Place(begin.line + 1, begin.column + 1, flow)
        self._value(value, wanted)
        whole = Extent(start, self._end)
        wanted.place = wanted.place._replace(key=whole if key is value else extent(key), value=whole)
        if wanted.itself:
            self._left -= 1
            if not self._left:
                raise Enough
