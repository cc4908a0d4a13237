"""The schema at work: any plain tree of text in, validated frozen values out, and back.

One reader serves the rules file, the database and the editor: it walks the type annotations of a definition and
reports *every* problem with its path, so that whoever holds the text can name file, line or field. It knows types, and
nothing of any kind of definition. A class takes part by deriving from `Definition`; its scalar fields are annotated
with a `scalars.Scalar`.
"""

from __future__ import annotations

import contextlib
import functools
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct

from fsrouter.engine.model.scalars import Context, Scalar
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import Enough

#: Problems of one tree that are told.
MANY = 1000

Path = tuple[str | int, ...]
#: Quotes of word processors, which are letters to YAML.
CURLY_QUOTES = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb"
#: Kinds of text that may have a credential in them, so that no message quotes them: messages go into logs.
_UNQUOTED = ("secret", "header's value", "https address")
UNIONS = (types.UnionType, typing.Union)
Tree = Any  # str | list[Tree] | dict[str, Tree]; a scalar is always text


class Definition(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every definition is: frozen, by keyword, with defaults left out where it is written.

    `SHORTHAND` names the field as which alone a scalar or list in its place is read, and so written; "" for none.
    """

    SHORTHAND: ClassVar[str] = ""

    def problem(self) -> str:
        """What is wrong with a value whose fields are each right, or ""."""
        return ""

    def settled(self, context: Context) -> Self:
        """It with what can only be read when all of its keys are known."""
        return self

    def problems(self) -> Iterable[tuple[Path, str]]:
        """The same of places below it, each with its path."""
        return ()


D = TypeVar("D", bound=Definition)


class OneOrMany:
    """Marks a tuple that a rules file may also write as its only element, and a dict as the value of its only key
    `*`.
    """


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong at a place in a tree: `path` are the keys and positions that lead there. `instead` is the
    text that belongs there, or with `of_key` in the place of the path's last key; "" where that is not certain.
    """

    path: Path
    message: str
    instead: str = ""
    of_key: bool = False

    def __str__(self) -> str:
        path = ".".join(key if len(key := str(each)) <= 100 else f"{key[:97]}..." for each in self.path)
        return f"{path}: {self.message}"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a definition: its name in files, its type, its default (or NODEFAULT) and what it means."""

    name: str
    attribute: str
    type: Any
    default: Any
    description: str

    @property
    def required(self) -> bool:
        return self.default is NODEFAULT


@functools.cache
def fields(kind: type[Definition]) -> tuple[Field, ...]:
    """The keys that a definition has in files, in order."""
    hints = typing.get_type_hints(kind, include_extras=True)
    found = []
    for info in msgspec.structs.fields(kind):
        default = info.default if info.default_factory is NODEFAULT else info.default_factory()
        description = " ".join(m for m in getattr(hints[info.name], "__metadata__", ()) if isinstance(m, str))
        found.append(Field(info.encode_name, info.name, hints[info.name], default, description))
    return tuple(found)


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


def read(kind: type[D], tree: Tree, context: Context, path: Path = ()) -> tuple[D | None, list[Problem]]:
    """Read a tree as a definition. Returns the value, or None and the problems that were found, of which it tells
    MANY at most.
    """
    reader, value = _Reader(context), None
    with contextlib.suppress(Enough):
        value = reader.read(kind, tree, path)
    return (None if reader.problems else value), reader.problems


class _Reader:
    """Reads one tree; what it makes of a place that has a problem is None, and never leaves this module."""

    def __init__(self, context: Context) -> None:
        self.problems: list[Problem] = []
        self._context = context

    def read(self, kind: Any, tree: Tree, path: Path) -> Any:
        """Read a tree as whatever is annotated so."""
        scalar, many, plain = dissect(kind)
        if scalar:
            return self._scalar(scalar, tree, path)
        origin = get_origin(plain)
        if origin is tuple:
            return self._tuple(get_args(plain), many, tree, path)
        if origin in UNIONS:
            return self._tagged(get_args(plain), tree, path)
        if origin is dict:
            return self._dict(get_args(plain), {"*": tree} if many and isinstance(tree, str) else tree, path)
        return self._definition(plain, tree, path)

    def _problem(self, path: Path, message: str, instead: str = "", of_key: bool = False) -> None:
        self.problems.append(Problem(path, message, instead, of_key))
        if len(self.problems) >= MANY:
            raise Enough

    def _misplaced(self, path: Path, tree: Tree, wanted: str, instead: str = "") -> None:
        shape = "a mapping" if isinstance(tree, Mapping) else "a list" if isinstance(tree, list) else _quoted(str(tree))
        self._problem(path, f"is {shape} where a {wanted} belongs", instead)

    def _scalar(self, scalar: Scalar, tree: Tree, path: Path, of_key: bool = False) -> Any:
        if not isinstance(tree, str):
            return self._misplaced(path, tree, scalar.name, self._joined(scalar, tree))
        try:
            return scalar.read(tree, self._context)
        except ValueError as error:
            instead = getattr(error, "instead", "") or self._straight(scalar, tree)
            text = "" if scalar.name in _UNQUOTED else f"{_quoted(tree)} "
            return self._problem(path, f"{text}{error}", instead, of_key)

    def _joined(self, scalar: Scalar, tree: Tree) -> str:
        """`agent: nancy` as the text `agent:nancy`, where that is meant: the key by itself means nothing."""
        [(key, item), *more] = tree.items() if isinstance(tree, Mapping) and tree else [("", [])]
        whole = f"{key}:{item}" if isinstance(item, str) and not more else ""
        return whole if self._reads(scalar, whole) and not self._reads(scalar, key) else ""

    def _is_text(self, kind: Any, tree: Tree, known: Mapping[str, Field]) -> bool:
        """Whether a mapping stands where a definition may be written as a text, and is that text with a space in it."""
        scalar, _, plain = dissect(kind)
        scalar = scalar or (dissect(get_args(plain)[0])[0] if get_origin(plain) is tuple else None)
        return scalar is not None and not known.keys() & tree.keys() and bool(self._joined(scalar, tree))

    def _straight(self, scalar: Scalar, text: str) -> str:
        """A text without the quotes of a word processor around it, or the space behind its colon, where it is right
        without them.
        """
        quoted = len(text) > 2 and text[0] in CURLY_QUOTES and text[-1] in CURLY_QUOTES
        bare = text[1:-1] if quoted else text.replace(": ", ":", 1)
        return bare if bare != text and self._reads(scalar, bare) else ""

    def _reads(self, scalar: Scalar, text: str) -> bool:
        with contextlib.suppress(ValueError):
            scalar.read(text, self._context)
            return bool(text)
        return False

    def _tuple(self, elements: tuple[Any, ...], many: bool, tree: Tree, path: Path) -> Any:
        if many and not isinstance(tree, list):
            return (self.read(elements[0], tree, path),)
        if not isinstance(tree, list):
            return self._misplaced(path, tree, "list")
        if elements[-1] is ...:
            elements = elements[:1] * len(tree)
        if len(tree) != len(elements):
            return self._problem(path, f"must have {len(elements)} elements")
        return tuple(self.read(elements[i], item, (*path, i)) for i, item in enumerate(tree))

    def _dict(self, kinds: tuple[Any, ...], tree: Tree, path: Path) -> Any:
        if not isinstance(tree, Mapping):
            return self._misplaced(path, tree, "mapping")
        found: dict[Any, Any] = {}
        scalar = dissect(kinds[0])[0]
        for key, item in tree.items():
            name = self._scalar(scalar, key, (*path, key), of_key=True) if scalar else key
            if name in found:
                self._problem((*path, key), f"{_quoted(key)} stands here twice")
            below = scalar.below(name) if scalar and scalar.below and name is not None else kinds[1]
            found[name] = self.read(below, item, (*path, key))
        return found

    def _definition(self, kind: type[Definition], tree: Tree, path: Path) -> Any:
        known = {f.name: f for f in fields(kind)}
        if kind.SHORTHAND and (not isinstance(tree, Mapping) or self._is_text(known[kind.SHORTHAND].type, tree, known)):
            tree = {kind.SHORTHAND: tree}
        if not isinstance(tree, Mapping):
            return self._misplaced(path, tree, f"mapping with {', '.join([*known][:4])} …")
        before, found = len(self.problems), {}
        for key, item in tree.items():
            if key in known:
                found[known[key].attribute] = self.read(known[key].type, item, (*path, key))
            else:
                self._problem((*path, key), f"unknown key {_quoted(key)}{did_you_mean(str(key), known)}")
        for field in known.values():
            if field.required and field.name not in tree:
                self._problem(path, f"lacks {field.name!r}")
        if len(self.problems) > before:
            return None
        value = kind(**found).settled(self._context)
        if problem := value.problem():
            self._problem(path, problem)
        for below, message in value.problems():
            self._problem((*path, *below), message)
        return value

    def _tagged(self, members: tuple[Any, ...], tree: Tree, path: Path) -> Any:
        kinds = {member.__struct_config__.tag: member for member in members}
        field = members[0].__struct_config__.tag_field
        if not isinstance(tree, Mapping):
            return self._misplaced(path, tree, f"mapping with {field} …")
        tag = tree.get(field)
        if not isinstance(tag, str) or tag not in kinds:
            fault = f"lacks {field!r}" if tag is None else f"{_quoted(str(tag))} is no {field}"
            return self._problem(path, f"{fault}{did_you_mean(str(tag), kinds)}")
        return self._definition(kinds[tag], {k: v for k, v in tree.items() if k != field}, path)


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


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
    return _write_definition(value, type(value) if get_origin(plain) in UNIONS else plain, leaf)


def _write_definition(value: Definition, kind: type[Definition], leaf: Callable[[Scalar, Any], str]) -> Tree:
    config = kind.__struct_config__
    tree: dict[str, Tree] = {config.tag_field: config.tag} if config.tag_field else {}
    for field in fields(kind):
        item = getattr(value, field.attribute)
        if field.required or item != field.default:
            tree[field.name] = write(item, field.type, leaf)
    return tree[kind.SHORTHAND] if list(tree) == [kind.SHORTHAND] else tree
