"""What is different between two values of a key, in the words of rules files: what it was, and what it will be.

Pure. What has keys or elements is gone into, so that only what changed is told; where that is much, how many.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, get_args

import msgspec
from msgspec import Struct

from fsrouter.engine.model import schema
from fsrouter.engine.model.routers import PriorityRule, folded
from fsrouter.rules import yaml_writer

#: A value longer than this is told by its ends.
SHOWN = 60
#: Of more differences in one list or mapping the number is told; longer lists are not compared element by element.
MANY, COMPARED = 12, 200

#: What would be taken for a part of the line.
_UNCLEAR = re.compile(r"->|; |^\s|\s$|^nothing$")


class KeyChange(Struct, frozen=True):
    """A key of a definition that changed: what it was and what it will be, in words; "" is not given. A `key` that is a
    list or mapping is told with its element, as `rules.title CEO` or `hours.mon-fri`; `part` is the element's key.
    """

    key: str
    old: str
    new: str
    part: str = ""

    def __str__(self) -> str:
        part = f"{self.part} " if self.part else ""
        return f"{self.key}: {part}{self.old or 'nothing'} -> {self.new or 'nothing'}"


def between(old: Struct, new: Struct) -> Iterator[KeyChange]:
    """The keys in which two definitions of a kind differ."""
    for field in schema.fields(type(old)):
        before, after = getattr(old, field.attribute), getattr(new, field.attribute)
        if before != after:
            yield from _value(field.name, field.type, before, after)


def _value(key: str, kind: Any, old: Any, new: Any) -> Iterator[KeyChange]:
    scalar, _, plain = schema.dissect(kind)
    words = _words(old, kind), _words(new, kind)
    if scalar is not None or old is None or new is None:
        yield KeyChange(key, *_shown(*words))
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _few(key, old, new, _mapping(key, get_args(plain), old, new))
    elif isinstance(old, tuple) and isinstance(new, tuple):
        yield from _tuple(key, get_args(plain)[0], old, new, words)
    elif isinstance(old, Struct) and type(old) is type(new):
        yield from (change_below(key, each) for each in between(old, new))
    else:
        yield KeyChange(key, *_shown(*words))


def change_below(key: str, change: KeyChange) -> KeyChange:
    """A change of a definition that stands in a key of another."""
    return msgspec.structs.replace(change, key=f"{key}.{change.key}")


def _mapping(key: str, kinds: tuple[Any, ...], old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Iterator[KeyChange]:
    for name in {**old, **new}:
        at = f"{key}.{_words(name, kinds[0])}"
        if name in old and name in new:
            if old[name] != new[name]:
                yield from _value(at, kinds[1], old[name], new[name])
        else:
            yield KeyChange(at, *_shown(_words(old.get(name), kinds[1]), _words(new.get(name), kinds[1])))


def _tuple(key: str, kind: Any, old: Sequence[Any], new: Sequence[Any], words: tuple[str, str]) -> Iterator[KeyChange]:
    if not any(isinstance(item, Struct) and not _is_leaf(kind) for item in (*old[:1], *new[:1])):
        yield KeyChange(key, *(words if max(map(len, words)) <= SHOWN else _told(old, new, kind)))
    elif max(map(len, words)) <= SHOWN and max(len(old), len(new)) <= 3 and _name((*old, *new)) is not _rule:
        yield KeyChange(key, *words)
    else:
        yield from _few(key, old, new, _elements(key, kind, old, new))


def _is_leaf(kind: Any) -> bool:
    return schema.dissect(kind)[0] is not None


def _few(key: str, old: Any, new: Any, changes: Iterator[KeyChange]) -> Iterator[KeyChange]:
    """Changes one by one, or in one how many elements came and went."""
    found = list(islice(changes, MANY + 1))
    if found and len(found) <= MANY:
        yield from found
    else:
        yield KeyChange(key, *_told(old, new))


def _told(old: Any, new: Any, kind: Any = None) -> tuple[str, str]:
    """A list or mapping before and after: how many elements there are, and which or how many came and went."""
    gone, come = _counted(old) - _counted(new), _counted(new) - _counted(old)
    if not gone and not come:
        return f"{len(old)} in one order", f"{len(new)} in another"
    before, after = (
        f"{len(value)} ({_which(value, only, kind)} {verb})" if only else str(len(value))
        for value, only, verb in ((old, gone, "no more"), (new, come, "new"))
    )
    return before, after


def _which(value: Any, only: Counter[bytes], kind: Any) -> str:
    """Which elements these are, of more than a few how many."""
    if kind is not None and only.total() <= 3:
        named = ", ".join(_words(item, kind) for item in value if msgspec.json.encode(item) in only)
        if len(named) <= SHOWN:
            return named
    return f"{only.total()} of them"


def _counted(value: Any) -> Counter[bytes]:
    items = value.items() if isinstance(value, Mapping) else value
    return Counter(msgspec.json.encode(item) for item in items)


def _elements(key: str, kind: Any, old: Sequence[Any], new: Sequence[Any]) -> Iterator[KeyChange]:
    """What changed in a list of definitions: elements by what they are known by, else by where they stand."""
    for label, before, after in _pairs(old, new, _name((*old, *new))):
        if before is None or after is None or type(before) is not type(after):
            yield KeyChange(f"{key}.{label}", *_shown(_words(before, kind), _words(after, kind)))
        elif before != after:
            for change in between(before, after):
                yield KeyChange(f"{key}.{label}", change.old, change.new, f"{change.key} {change.part}".strip())


def _rule(rule: Any) -> str:
    return f"{rule.kind} {folded(rule.kind, rule.value)}"


def _name(values: Sequence[Any]) -> Callable[[Any], str] | None:
    """By what the elements of a list are known, None where they are by their place alone."""
    first = values[0] if values else None
    if isinstance(first, PriorityRule):
        return _rule
    short = getattr(first, "SHORTHAND", "")
    if short and all(type(each) is type(first) for each in values):
        return lambda each: str(getattr(each, short))
    return None


Pair = tuple[str, Any, Any]


def _pairs(old: Sequence[Any], new: Sequence[Any], name: Callable[[Any], str] | None) -> Iterator[Pair]:
    """Elements that are the same one before and after, each with what it is called; None for one that is not there."""
    if name is not None:
        before, after = ({name(each): each for each in values} for values in (old, new))
        if len(before) == len(old) and len(after) == len(new):
            for label in {**before, **after}:
                shown = after.get(label, before.get(label))
                written = f"{shown.kind} {shown.value}" if isinstance(shown, PriorityRule) else label
                yield _shortened(written), before.get(label), after.get(label)
            return
    yield from _aligned(old, new)


def _aligned(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Pair]:
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(before), len(after)) > COMPARED:
        return
    was, will = ([msgspec.json.encode(each) for each in values] for values in (before, after))
    for verb, a, b, c, d in SequenceMatcher(a=was, b=will, autojunk=False).get_opcodes():
        if verb == "equal":
            continue
        for i in range(max(b - a, d - c)):
            one = before[a + i] if a + i < b else None
            other = after[c + i] if c + i < d else None
            yield str(start + (c + i if other is not None else a + i)), one, other


def _words(value: Any, kind: Any) -> str:
    if value is None or value in ("", (), {}):
        return ""
    if schema.dissect(kind)[0] is not None or isinstance(value, tuple | dict):
        return yaml_writer.flow(schema.write(value, kind), quote=_clear, quote_key=str)
    return yaml_writer.flow(schema.write(value), quote=_clear, quote_key=str)


def _clear(text: str) -> str:
    """A text as it is, between quotes where it would be taken for a part of the line."""
    return f'"{text}"' if _UNCLEAR.search(text) else text


def _shown(old: str, new: str) -> tuple[str, str]:
    """Two values in words, long ones by their ends, or by what is different where the ends are not."""
    before, after = _shortened(old), _shortened(new)
    if before != after or old == new:
        return before, after
    same = next(i for i, (a, b) in enumerate(zip(old + "\0", new + "\0", strict=False)) if a != b)
    begin = max(0, same - SHOWN // 4)
    return _piece(old, begin), _piece(new, begin)


def _piece(text: str, begin: int) -> str:
    end = begin + SHOWN - 6
    return ("..." if begin else "") + text[begin:end] + ("..." if end < len(text) else "")


def _shortened(text: str) -> str:
    half = (SHOWN - 3) // 2
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3 - half]}...{text[-half:]}"
