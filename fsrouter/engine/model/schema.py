"""The schema at work: any plain tree of text in, validated frozen values out, and back.

One reader serves the rules file, the database and the editor: it walks the type annotations of `model` and reports
*every* problem with its path, so that whoever holds the text can name file, line or field. It knows types, and
nothing of any kind of the rule book. A class takes part by being a frozen `msgspec.Struct` whose scalar fields are
annotated with a `values.Scalar`; besides it may have

    SHORTHAND = "field"     a scalar or list in its place is read as that field alone, and so written
    flaw(self) -> str       what is wrong with a value whose fields are each right, or ""
    flaws(self)             the same for faults below it: every (path, what is wrong)
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct

from fsrouter.engine.model.scalars import Context, Scalar, nearest

S = TypeVar("S", bound=Struct)
Path = tuple[str | int, ...]
UNIONS = (types.UnionType, typing.Union)
Tree = Any  # str | list[Tree] | dict[str, Tree]; a scalar is always text


class OneOrMany:
    """Marks a tuple that a rules file may also write as its only element, and a dict as the value of its only key
    `*`.
    """


class Definition(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every definition is: frozen, by keyword, with defaults left out where it is written."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong at a place in a tree: `path` are the keys and positions that lead there."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {self.message}"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a struct: its name in files, its type, its default (or NODEFAULT) and what it means."""

    name: str
    attribute: str
    type: Any
    default: Any
    says: str

    @property
    def required(self) -> bool:
        return self.default is NODEFAULT


class Missing:
    """What reading gives for a value that had a problem; never leaves this module."""


MISSING = Missing()


@functools.cache
def fields(kind: type[Struct]) -> tuple[Field, ...]:
    """The keys that a struct has in files, in order."""
    hints = typing.get_type_hints(kind, include_extras=True)
    found = []
    for info in msgspec.structs.fields(kind):
        default = info.default if info.default_factory is NODEFAULT else info.default_factory()
        says = " ".join(m for m in getattr(hints[info.name], "__metadata__", ()) if isinstance(m, str))
        found.append(Field(info.encode_name, info.name, hints[info.name], default, says))
    return tuple(found)


def read(kind: type[S], tree: Tree, context: Context, path: Path = ()) -> tuple[S | None, list[Problem]]:
    """Read a tree as a struct. Returns the value, or None and every problem that was found."""
    problems: list[Problem] = []
    value = _read(kind, tree, path, context, problems)
    return (None if problems else value), problems


def _read(kind: Any, tree: Tree, path: Path, context: Context, problems: list[Problem]) -> Any:
    scalar, many, plain = dissect(kind)
    if scalar:
        return _scalar(scalar, tree, path, context, problems)
    origin = get_origin(plain)
    if origin is tuple:
        return _tuple(plain, many, tree, path, context, problems)
    if get_origin(plain) in UNIONS:
        return _tagged(plain, tree, path, context, problems)
    if origin is dict:
        return _dict(plain, {"*": tree} if many and isinstance(tree, str) else tree, path, context, problems)
    return _struct(plain, tree, path, context, problems)


@functools.cache
def dissect(kind: Any) -> tuple[Scalar | None, bool, Any]:
    """Take an annotation apart: the scalar that reads it, whether one element may stand for all, and the type below
    `Annotated` and `| None`.
    """
    scalar, many = None, False
    while True:
        if get_origin(kind) is Annotated:
            for mark in kind.__metadata__:
                scalar = mark if isinstance(mark, Scalar) else scalar
                many = many or mark is OneOrMany
            kind = kind.__origin__
        elif get_origin(kind) in UNIONS and type(None) in get_args(kind):
            kind = next(a for a in get_args(kind) if a is not type(None))
        else:
            return scalar, many, kind


def _scalar(scalar: Scalar, tree: Tree, path: Path, context: Context, problems: list[Problem]) -> Any:
    if not isinstance(tree, str):
        problems.append(Problem(path, f"is {_shape(tree)} where a {scalar.name} belongs"))
        return MISSING
    try:
        return scalar.read(tree, context)
    except ValueError as error:
        shown = "" if scalar.name == "secret" else f"{_short(tree)!r} "
        problems.append(Problem(path, f"{shown}{error}"))
        return MISSING


def _tuple(kind: Any, many: bool, tree: Tree, path: Path, context: Context, problems: list[Problem]) -> Any:
    elements = get_args(kind)
    if many and not isinstance(tree, list):
        return (_read(elements[0], tree, path, context, problems),)
    if not isinstance(tree, list):
        problems.append(Problem(path, f"is {_shape(tree)} where a list belongs"))
        return MISSING
    if elements[-1] is ...:
        elements = elements[:1] * len(tree)
    if len(tree) != len(elements):
        problems.append(Problem(path, f"must have {len(elements)} elements"))
        return MISSING
    return tuple(_read(elements[i], item, (*path, i), context, problems) for i, item in enumerate(tree))


def _dict(kind: Any, tree: Tree, path: Path, context: Context, problems: list[Problem]) -> Any:
    key_kind, value_kind = get_args(kind)
    if not isinstance(tree, Mapping):
        problems.append(Problem(path, f"is {_shape(tree)} where a mapping belongs"))
        return MISSING
    found: dict[Any, Any] = {}
    for key, item in tree.items():
        name = _read(key_kind, key, (*path, key), context, problems)
        if name in found:
            problems.append(Problem((*path, key), f"{_short(key)!r} stands here twice"))
        found[name] = _read(value_kind, item, (*path, key), context, problems)
    return found


def _struct(kind: type[Struct], tree: Tree, path: Path, context: Context, problems: list[Problem]) -> Any:
    tree = _mapping(kind, tree, path, problems)
    if not isinstance(tree, Mapping):
        return MISSING
    known = {f.name: f for f in fields(kind)}
    found: dict[str, Any] = {}
    before = len(problems)
    for key, item in tree.items():
        if key in known:
            found[known[key].attribute] = _read(known[key].type, item, (*path, key), context, problems)
        else:
            problems.append(Problem((*path, key), f"unknown key {_short(key)!r}{nearest(str(key), known)}"))
    problems.extend(Problem(path, f"lacks {f.name!r}") for f in known.values() if f.required and f.name not in tree)
    if len(problems) > before:
        return MISSING
    value = kind(**found)
    flaw = value.flaw() if hasattr(value, "flaw") else ""
    if flaw:
        problems.append(Problem(path, flaw))
    if hasattr(value, "flaws"):
        problems.extend(Problem((*path, *where), message) for where, message in value.flaws())
    return value


def _tagged(union: types.UnionType, tree: Tree, path: Path, context: Context, problems: list[Problem]) -> Any:
    kinds = {member.__struct_config__.tag: member for member in get_args(union)}
    config = get_args(union)[0].__struct_config__
    if not isinstance(tree, Mapping):
        problems.append(Problem(path, f"is {_shape(tree)} where a mapping with {config.tag_field} … belongs"))
        return MISSING
    tag = tree.get(config.tag_field)
    if not isinstance(tag, str) or tag not in kinds:
        told = f"{_short(str(tag))!r} is no {config.tag_field}" if tag is not None else f"lacks {config.tag_field!r}"
        problems.append(Problem(path, f"{told}{nearest(str(tag), kinds)}"))
        return MISSING
    return _struct(kinds[tag], {k: v for k, v in tree.items() if k != config.tag_field}, path, context, problems)


def _mapping(kind: type[Struct], tree: Tree, path: Path, problems: list[Problem]) -> Tree:
    shorthand = getattr(kind, "SHORTHAND", None)
    if shorthand and not isinstance(tree, Mapping):
        return {shorthand: tree}
    if not isinstance(tree, Mapping):
        problems.append(
            Problem(
                path, f"is {_shape(tree)} where a mapping with {', '.join(f.name for f in fields(kind)[:4])} … belongs"
            )
        )
        return None
    return tree


def _leaf(scalar: Scalar, value: Any) -> str:
    return scalar.write(value)


def write(value: Any, kind: Any = None, leaf: Callable[[Scalar, Any], str] = _leaf) -> Tree:
    """The tree that reads back as `value`, in the form in which files are written: defaults are left out,
    shorthands used. `leaf` writes the scalars, for those who mark them.
    """
    kind = type(value) if kind is None else kind
    scalar, many, plain = dissect(kind)
    if scalar:
        return leaf(scalar, value)
    origin = get_origin(plain)
    if origin is tuple:
        elements = get_args(plain)
        items = [write(item, elements[0 if elements[-1] is ... else i], leaf) for i, item in enumerate(value)]
        return items[0] if many and len(items) == 1 and not isinstance(items[0], list) else items
    if origin is dict:
        key_kind, value_kind = get_args(plain)
        tree = {write(k, key_kind): write(v, value_kind, leaf) for k, v in value.items()}
        return tree["*"] if many and list(tree) == ["*"] else tree
    return _write_struct(value, type(value) if get_origin(plain) in UNIONS else plain, leaf)


def _write_struct(value: Struct, kind: type[Struct], leaf: Callable[[Scalar, Any], str]) -> Tree:
    config = kind.__struct_config__
    tree = {config.tag_field: config.tag} if config.tag_field else {}
    tree |= {f.name: write(item, f.type, leaf) for f, item in _told(value, kind)}
    shorthand = getattr(kind, "SHORTHAND", None)
    if shorthand and list(tree) == [shorthand]:
        return tree[shorthand]
    return tree


def _told(value: Struct, kind: type[Struct]) -> Iterator[tuple[Field, Any]]:
    for f in fields(kind):
        item = getattr(value, f.attribute)
        if f.required or item != f.default:
            yield f, item


def _shape(tree: Tree) -> str:
    if isinstance(tree, Mapping):
        return "a mapping"
    return "a list" if isinstance(tree, list) else f"{_short(str(tree))!r}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
