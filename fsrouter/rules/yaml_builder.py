"""The tree of a YAML text, made straight from the parser's events, and what YAML must not mean in it.

Nothing is ever expanded: tags, anchors, merges, keys that stand twice and what YAML cuts off are faults with the line
and the remedy. Knows nothing of rule books.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from fsrouter.engine.model.schema import Path as Keys
from fsrouter.engine.model.schema import Tree
from fsrouter.errors import Enough
from fsrouter.rules import yaml_slips
from fsrouter.rules.corrections import Edits, Fault
from fsrouter.rules.file_errors import MAX_ERRORS, FileError
from fsrouter.rules.yaml_places import events, mark

MAX_DEPTH = 40
#: Characters of keys and texts that are shown.
SHOWN = 60

#: Where ` #` and a digit follow a text: YAML cuts `Suite #200` off at the #, and nobody writes a comment so.
_CUT = re.compile(r"\S( #)\d")

#: A folded text with an indentation of its own, which is what YAML reads in `>4`.
_FOLDED = re.compile(r"[|>][+-]?\d")

NO_KEY = "a key is missing before the colon"
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True)
class _Level:
    """A mapping or list that is being read; `key` is the mapping's key whose value comes next."""

    holder: Any
    flow: bool = False
    key: str | None = None


class Builder:
    """Makes the tree of a text, and collects what YAML must not mean in it. `last` is the text that was read last."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.faults: list[Fault] = []
        self.last: ScalarEvent | None = None
        self._levels = [_Level([])]
        self._cut = {line for line, row in enumerate(text.split("\n")) if " #" in row and _CUT.search(row)}

    def build(self) -> Tree:
        """The tree. Raises yaml.MarkedYAMLError where the text is no YAML, Enough where it is too deep, or has more
        faults than anybody reads.
        """
        before: Event | None = None
        for event in events(self.text):
            if type(event) is ScalarEvent:
                self._scalar(event)
                self.last = event
            elif isinstance(event, CollectionStartEvent):
                self._open(event)
            elif isinstance(event, CollectionEndEvent):
                self._close(event, before)
            elif isinstance(event, AliasEvent):
                self._alias(event)
                self._put(event, "")
            elif isinstance(event, DocumentStartEvent) and self._levels[0].holder:
                self._add(event, "a second document begins here; one file is one company")
                break
            before = event
        roots = self._levels[0].holder
        if not roots:
            self.faults.append(Fault(FileError(self.file, 1, 0, "is empty")))
        return roots[0] if roots else {}

    @functools.cached_property
    def _marks(self) -> frozenset[str]:
        """What may be anchors and aliases: one that has its other half is meant as such."""
        return frozenset(re.findall(r"[&*][\w-]+", self.text))

    def _alias(self, event: AliasEvent) -> None:
        name = event.anchor or ""
        message = f'*{_short(name)} is an alias in YAML; quote it, as "*{_short(name)}"'
        self._add(
            event, message, () if f"&{name}" in self._marks else yaml_slips.quotings(self.text, mark(event).index)
        )

    def _open(self, event: CollectionStartEvent) -> None:
        self._check_marks(event)
        if len(self._levels) > MAX_DEPTH:
            self._add(event, f"is nested deeper than {MAX_DEPTH} levels")
            raise Enough
        self._levels.append(_Level([] if isinstance(event, SequenceStartEvent) else {}, bool(event.flow_style)))

    def _close(self, event: Event, before: Event | None) -> None:
        holder = self._levels.pop().holder
        inside = len(self._levels) > 1 and isinstance(self._levels[-1].holder, list)
        if not holder and inside and before is not None and isinstance(event, SequenceEndEvent):
            self._add(before, "an empty list in a list says nothing; take it out")
        self._put(event, holder)

    def _scalar(self, event: ScalarEvent) -> None:
        if event.tag is not None or event.anchor is not None:
            self._check_marks(event)
        level, text, style = self._levels[-1], event.value, event.style
        holder = level.holder
        if level.key is None and type(holder) is dict:
            if not style and (not text or text == "<<"):
                self._add(event, "<< merges mappings in YAML; write the keys themselves" if text else NO_KEY)
            self._put(event, text)
            return
        if style in ("|", ">") or (not style and (self._cut or text in _NOTHING)):
            self._unclear(event, text, level)
        if level.key is None:
            holder.append(text)
        else:
            holder[level.key] = text
            level.key = None

    def _unclear(self, event: ScalarEvent, text: str, level: _Level) -> None:
        """Complain about a value that may be another than what stands there."""
        if event.style:
            if _FOLDED.match(self.text, mark(event).index):
                message = f'{event.style} begins a folded text in YAML; quote it, as ">= 4"'
                self._add(event, message, yaml_slips.quotings(self.text, mark(event).index))
        elif text in _NOTHING:
            self._absent(event, text, level)
        elif self._is_cut(event):
            message = f'what follows {_short(text)!r} is a comment in YAML; quote it all, as "{_short(text)} #..."'
            self._add(event, message, yaml_slips.quotings(self.text, mark(event).index))

    def _absent(self, event: ScalarEvent, text: str, level: _Level) -> None:
        if text:
            self._add(event, f"{text} is no value; quote it if it is a text, or remove the key")
        elif level.flow and level.key is not None:
            message = (
                f"{_short(level.key)!r} has no value; if it belongs to the text before it, quote that text as a whole"
            )
            self._add(event, message, yaml_slips.spaced(self.text, mark(event).index, level.key))
        else:
            message = 'has no value; remove it, or write "" for an empty text, {} or [] for nothing'
            self._add(event, message, yaml_slips.commented(self.text, mark(event).index))

    def _is_cut(self, event: ScalarEvent) -> bool:
        """Whether YAML has cut a text off at a #."""
        end = event.end_mark
        return end is not None and end.line in self._cut and self.text.startswith(" #", end.index)

    def _check_marks(self, event: NodeEvent) -> None:
        """Complain about a tag or an anchor."""
        tag = getattr(event, "tag", None)
        quoted = yaml_slips.quoted(self.text, event) if isinstance(event, ScalarEvent) and not event.style else ()
        if tag is not None:
            standard, tag = tag.startswith("tag:yaml.org,2002:"), tag.replace("tag:yaml.org,2002:", "!!")
            whole = f"{_short(tag)} {_short(getattr(event, 'value', '...'))}"
            self._add(event, f'{_short(tag)} is a tag in YAML; quote it, as "{whole}"', () if standard else quoted)
        elif event.anchor is not None:
            message = f"&{_short(event.anchor)} is an anchor in YAML; quote it, or write the value out"
            self._add(event, message, () if f"*{event.anchor}" in self._marks else quoted)

    def _put(self, event: Event, value: Tree) -> None:
        """Put a value, or a key, where it belongs."""
        level = self._levels[-1]
        holder = level.holder
        if isinstance(holder, list):
            holder.append(value)
        elif level.key is not None:
            holder[level.key] = value
            level.key = None
        else:
            if not isinstance(value, str):
                self._add(event, "a list or mapping cannot be a key; quote it")
                value = ""
            elif value in holder:
                self._add(event, f"{_short(value)!r} stands here twice; a key stands once, with everything behind it")
            level.key = value

    def _add(self, event: Event, message: str, proposals: Iterable[Edits] = ()) -> None:
        begin = mark(event)
        line, column = begin.line + 1, begin.column + 1
        last = self.faults[-1].error if self.faults else None
        if last is None or (last.line, last.column) != (line, column):
            path = ".".join(_short(str(key)) for key in self._path())
            self.faults.append(
                Fault(FileError(self.file, line, column, f"{path}: {message}" if path else message), proposals)
            )
        if len(self.faults) >= MAX_ERRORS:
            raise Enough

    def _path(self) -> Keys:
        """The keys that lead to where the builder stands."""
        at = (len(level.holder) if isinstance(level.holder, list) else level.key for level in self._levels[1:])
        return tuple(key for key in at if key is not None)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
