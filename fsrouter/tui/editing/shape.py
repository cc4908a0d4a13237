"""The shape of a definition: which rows a form has for it, at any depth, made from the schema and from nothing else.

A definition is a tree of text; a path leads into it. A struct has a row for each of its keys, a list and a mapping one
for each element. What fits into a line is edited as a line; what does not is gone into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin, overload

from msgspec import Struct

from fsrouter.engine.model import schema
from fsrouter.engine.model.destinations import DESTINATION
from fsrouter.engine.model.scalars import Context, one_of
from fsrouter.engine.model.schema import UNIONS, Path, Tree, dissect
from fsrouter.rules import yaml_reader, yaml_writer
from fsrouter.rules.file_errors import InvalidFile

#: Elements of a list or mapping that are shown in one line; of more only the number is.
SHOWN = 30


class Row(Struct, frozen=True):
    """A row of a form: `key` is its place below the path, `value` what stands there in one line ("" for nothing),
    `default` what holds then; `line` says whether it is edited as a line.
    """

    key: str | int
    value: str
    default: str
    about: str
    required: bool
    line: bool


class _Elements(Sequence[Row]):
    """The rows of a list, each made when it is asked for: a priority table may have 100,000."""

    def __init__(self, items: list[Tree], line: bool) -> None:
        self._items = items
        self._line = line

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self._items)))]
        return Row(at, _flow(self._items[at]), "", "", False, self._line)

    def place(self, key: str) -> int | None:
        """Where the row with a key is, which says so itself."""
        at = int(key) if key.isascii() and key.isdigit() else -1
        return at if 0 <= at < len(self._items) else None


def look_up(kind: Any, tree: Tree, path: Path) -> tuple[Any, Tree]:
    """The type that the schema has for a place in a tree, and what stands there; None when nothing does."""
    for key in path:
        union, plain = dissect(kind)[2], _plain(kind, tree)
        origin = get_origin(plain)
        if origin is tuple:
            elements = get_args(plain)
            kind = elements[0] if elements[-1] is ... else elements[int(key)]
        elif origin is dict:
            kind = get_args(plain)[1]
        elif plain is not union and key == plain.__struct_config__.tag_field:
            kind = Annotated[str, one_of(str(key), *_tags(union))]
        else:
            kind = next((f.type for f in schema.fields(plain) if f.name == key), str)
        tree = below(tree, plain, key)
    return kind, tree


def below(tree: Tree, kind: Any, key: str | int) -> Tree:
    """What stands under a key of a tree; None when nothing does."""
    if isinstance(tree, Mapping) and (key in tree or get_origin(kind) is dict):
        return tree.get(key)
    shorthand = getattr(kind, "SHORTHAND", None)
    if shorthand and not isinstance(tree, Mapping):
        return tree if key == shorthand else None
    if isinstance(tree, list) and isinstance(key, int):
        return tree[key] if key < len(tree) else None
    return tree if get_origin(kind) is tuple and key == 0 else None


def put(kind: Any, tree: Tree, path: Path, value: Tree) -> Tree:
    """A tree with another value at a place; None takes the key or element away."""
    if not path:
        return value
    key, plain = path[0], _plain(kind, tree)
    new = put(*look_up(kind, tree, (key,)), path[1:], value)
    if get_origin(plain) is tuple:
        items = list(tree) if isinstance(tree, list) else [] if tree is None else [tree]
        items[int(key) : int(key) + 1] = [] if new is None else [new]
        return items
    shorthand = getattr(plain, "SHORTHAND", None)
    whole = dict(tree) if isinstance(tree, Mapping) else {} if tree is None else {shorthand: tree}
    whole[key] = new
    return _ordered(plain, {k: v for k, v in whole.items() if v is not None})


def rows(kind: Any, tree: Tree, path: Path) -> Sequence[Row]:
    """The rows of the form for a place in a definition."""
    here, value = look_up(kind, tree, path)
    plain = dissect(here)[2]
    if get_origin(plain) in UNIONS:
        return list(_union(plain, value))
    if get_origin(plain) is tuple:
        items = value if isinstance(value, list) else [] if value is None else [value]
        return _Elements(items, is_line(look_up(plain, items, (0,))[0]))
    if get_origin(plain) is dict:
        line = is_line(get_args(plain)[1])
        found = value if isinstance(value, Mapping) else {} if value is None else {"*": value}
        return [Row(key, _flow(item), "", "", False, line) for key, item in found.items()]
    return list(_struct(plain, value))


def _struct(kind: type[Struct], tree: Tree) -> Iterator[Row]:
    for f in schema.fields(kind):
        value = below(tree, kind, f.name)
        default = "" if f.required or f.default in ("", None, (), {}) else _flow(schema.write(f.default, f.type))
        yield Row(f.name, "" if value is None else _flow(value), default, f.description, f.required, is_line(f.type))


def _union(union: Any, tree: Tree) -> Iterator[Row]:
    config = get_args(union)[0].__struct_config__
    tag = tree.get(config.tag_field, "") if isinstance(tree, Mapping) else ""
    yield Row(config.tag_field, str(tag), "", f"One of {', '.join(_tags(union))}.", True, True)
    if tag:
        yield from _struct(_member(union, tree), tree)


def _plain(kind: Any, tree: Tree) -> Any:
    """The type itself; of a union, the member that a tree is one of."""
    plain = dissect(kind)[2]
    return _member(plain, tree) if get_origin(plain) in UNIONS else plain


def _tags(union: Any) -> list[str]:
    return [str(member.__struct_config__.tag) for member in get_args(union)]


def _member(union: Any, tree: Tree) -> Any:
    members = get_args(union)
    tag = tree.get(members[0].__struct_config__.tag_field) if isinstance(tree, Mapping) else None
    return next((member for member in members if member.__struct_config__.tag == tag), members[0])


def _ordered(kind: Any, tree: dict[Any, Tree]) -> dict[Any, Tree]:
    """A mapping's keys in the order of the schema."""
    if get_origin(kind) is dict or not isinstance(kind, type):
        return tree
    config: Any = kind
    order = [config.__struct_config__.tag_field, *(f.name for f in schema.fields(kind))]
    return {key: tree[key] for key in (*(k for k in order if k in tree), *(k for k in tree if k not in order))}


def is_line(kind: Any) -> bool:
    """Whether a type is edited as a line: a scalar, a route, a few words."""
    scalar, _, plain = dissect(kind)
    if scalar:
        return True
    return get_origin(plain) is tuple and all(dissect(e)[0] for e in get_args(plain) if e is not ...)


def is_many(kind: Any) -> bool:
    """Whether elements can be added at a place."""
    return get_origin(dissect(kind)[2]) in (tuple, dict) and not is_line(kind)


def is_route(kind: Any) -> bool:
    """Whether a type is a destination or a list of them."""
    scalar, _, plain = dissect(kind)
    return scalar is DESTINATION or (get_origin(plain) is tuple and dissect(get_args(plain)[0])[0] is DESTINATION)


def read_line(kind: Any, line: str, context: Context) -> tuple[Tree, str]:
    """What a typed line means for a type, as a tree, and what is wrong with it ("" when nothing is)."""
    scalar, _, plain = dissect(kind)
    tree: Tree = line
    if not scalar and get_origin(plain) is tuple:
        text = line if line.startswith("[") else f"[{line}]"
        try:
            tree = yaml_reader.read(text, "line").tree
        except InvalidFile as refused:
            return line, refused.errors[0].message
        tree = tree[0] if len(tree) == 1 else tree
    _, problems = schema.read(kind, tree, context)
    return tree, problems[0].message if problems else ""


def typed(kind: Any, tree: Tree) -> str:
    """A tree as the line by which it is typed."""
    if isinstance(tree, list):
        return yaml_writer.flow(tree)[1:-1]
    if not dissect(kind)[0] and isinstance(tree, str):
        return yaml_writer.flow([tree])[1:-1]
    return "" if tree is None else str(tree)


def _flow(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    if len(tree) > SHOWN:
        return f"{len(tree)} of them"
    text = yaml_writer.flow(tree)
    return text if len(text) < 400 else text[:399] + "…"
