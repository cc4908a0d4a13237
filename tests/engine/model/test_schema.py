"""The reader that walks the annotations, and the JSON Schema that is made of them."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

import pytest
import strategies
import yaml
from hypothesis import given, settings
from msgspec import Struct
from paths import EXAMPLES

from fsrouter.engine.model import company, json_schema, routers, rulebook, schema
from fsrouter.engine.model.crms import Crm, HubSpot
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import Context, Seconds, SomeText, Text
from fsrouter.engine.model.schema import OneOrMany, Problem
from fsrouter.rules import yaml_writer

US = Context("US")


class Inner(schema.Definition, frozen=True, kw_only=True):
    SHORTHAND: ClassVar[str] = "name"
    name: Annotated[SomeText, "A name."]
    wait: Annotated[Seconds, "A wait."] = 0


class Outer(schema.Definition, frozen=True, kw_only=True, rename={"from_": "from"}):
    from_: Annotated[Text, "Where from."]
    one: Annotated[Inner | None, "One."] = None
    several: Annotated[tuple[Inner, ...], OneOrMany, "Several."] = ()
    pair: Annotated[tuple[Seconds, Text] | None, "Two."] = None
    named: Annotated[dict[Text, Seconds], OneOrMany, "By name."] = {}

    def problem(self) -> str:
        return "is wrong as a whole" if self.from_ == "wrong" else ""


def problems(tree: Any, kind: Any = Outer) -> list[str]:
    value, found = schema.read(kind, tree, US)
    assert (value is None) == bool(found)
    return [str(problem) for problem in found]


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        ({"from": "a"}, Outer(from_="a")),
        ({"from": "a", "one": "x"}, Outer(from_="a", one=Inner(name="x"))),
        ({"from": "a", "several": "x"}, Outer(from_="a", several=(Inner(name="x"),))),
        (
            {"from": "a", "several": ["x", {"name": "y", "wait": "5s"}]},
            Outer(from_="a", several=(Inner(name="x"), Inner(name="y", wait=5))),
        ),
        ({"from": "a", "pair": ["5s", "b"]}, Outer(from_="a", pair=(5, "b"))),
        ({"from": "a", "named": "1m"}, Outer(from_="a", named={"*": 60})),
        ({"from": "a", "named": {"x": "1m", "y": "2s"}}, Outer(from_="a", named={"x": 60, "y": 2})),
    ],
)
def test_tree_is_read_and_written_in_its_shortest_form(tree: Any, value: Outer) -> None:
    assert schema.read(Outer, tree, US) == (value, [])
    assert schema.write(value) == tree


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ("x", [": is 'x' where a mapping with from, one, several, pair … belongs"]),
        ([], [": is a list where a mapping with from, one, several, pair … belongs"]),
        ({}, [": lacks 'from'"]),
        ({"form": "a"}, ["form: unknown key 'form'; did you mean 'from'?", ": lacks 'from'"]),
        ({"from": {}}, ["from: is a mapping where a text belongs"]),
        ({"from": ["a"]}, ["from: is a list where a text belongs"]),
        (
            {"from": "a", "one": {"wait": "x"}},
            ["one.wait: 'x' is no duration; write 25s, 2m, 1h or a number of seconds", "one: lacks 'name'"],
        ),
        (
            {"from": "a", "several": ["x", "", {"name": ["y"]}]},
            ["several.1.name: '' is empty", "several.2.name: is a list where a text belongs"],
        ),
        ({"from": "a", "pair": ["1s"]}, ["pair: must have 2 elements"]),
        ({"from": "a", "pair": "1s"}, ["pair: is '1s' where a list belongs"]),
        ({"from": "a", "named": ["1s"]}, ["named: is a list where a mapping belongs"]),
        ({"from": "wrong"}, [": is wrong as a whole"]),
        ({"from": "wrong", "pair": "x"}, ["pair: is 'x' where a list belongs"]),
    ],
)
def test_read_reports_every_problem_with_its_path(tree: Any, said: list[str]) -> None:
    assert problems(tree) == said


def test_tagged_union_member_is_chosen_by_its_tag() -> None:
    assert schema.read(Crm, {"type": "hubspot", "token": "${T}"}, US) == (HubSpot(token="${T}"), [])  # type: ignore[arg-type]
    assert schema.write(HubSpot(token="${T}"), Crm) == {"type": "hubspot", "token": "${T}"}
    assert problems({"type": ["hubspot"]}, Crm)[0].startswith(": \"['hubspot']\" is no type")
    assert problems("hubspot", Crm) == [": is 'hubspot' where a mapping with type … belongs"]


def test_secret_is_never_in_a_message() -> None:
    (told,) = problems({"type": "hubspot", "token": "hunter2"}, Crm)
    assert "hunter2" not in told


def test_keys_that_mean_the_same_are_reported() -> None:
    table = {"did_defaults": {"3125550150": "hangup", "+1 312 555 0150": "hangup"}}
    assert problems(table, routers.Priority) == ["did_defaults.+1 312 555 0150: '+1 312 555 0150' stands here twice"]


def test_problems_below_a_value_have_their_own_paths() -> None:
    table = {"rules": [{"title": "CEO", "to": "hangup"}, {"title": "ceo", "to": "hangup"}]}
    value, found = schema.read(routers.Priority, table, US, ("priorities", "c"))
    assert value is None
    assert found == [Problem(("priorities", "c", "rules", 1), "is a second rule for title 'ceo'; the first is rules.0")]


@settings(max_examples=40, deadline=None)
@given(strategies.rule_books())
def test_every_definition_round_trips_through_a_tree(book: RuleBook) -> None:
    for section, _, value in book.definitions():
        assert schema.read(rulebook.SECTIONS[section], schema.write(value), book.context) == (value, [])


def every_kind() -> list[Any]:
    found: list[Any] = []
    todo: list[Any] = [company.Header, *rulebook.SECTIONS.values()]
    while todo:
        _, _, plain = schema.dissect(todo.pop())
        arguments = [a for a in getattr(plain, "__args__", ()) if a is not ...]
        todo += arguments
        if isinstance(plain, type) and issubclass(plain, Struct) and plain not in found and not arguments:
            if not hasattr(plain, "__struct_config__") or plain.__struct_config__.array_like:
                continue
            found.append(plain)
            todo += [field.type for field in schema.fields(plain)]
    return found


def test_every_key_has_a_description() -> None:
    kinds = every_kind()
    assert len(kinds) > 30
    keys = [(kind.__name__, field) for kind in kinds for field in schema.fields(kind)]
    assert [(name, field.name) for name, field in keys if not field.description.endswith(".")] == []
    assert [kind.__name__ for kind in kinds if not kind.__doc__] == []


# -- the JSON Schema --------------------------------------------------------------------------------------------


def fits(tree: Any, shape: Any, root: Any) -> bool:
    """Whether a tree satisfies a JSON Schema, as far as ours use the language."""
    if "$ref" in shape and not fits(tree, root["$defs"][shape["$ref"].rpartition("/")[2]], root):
        return False
    if "anyOf" in shape and not any(fits(tree, s, root) for s in shape["anyOf"]):
        return False
    if "oneOf" in shape and sum(fits(tree, s, root) for s in shape["oneOf"]) != 1:
        return False
    if "const" in shape and tree != shape["const"]:
        return False
    if "enum" in shape and tree not in shape["enum"]:
        return False
    kinds = shape.get("type", [])
    if kinds and not any(_is(tree, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return False
    if isinstance(tree, str):
        return len(tree) >= shape.get("minLength", 0) and bool(re.search(shape.get("pattern", ""), tree))
    if isinstance(tree, list):
        parts = shape.get("prefixItems", [])
        known = [*parts, *[shape.get("items", {})] * (len(tree) - len(parts))]
        enough = shape.get("minItems", 0) <= len(tree) <= shape.get("maxItems", len(tree))
        return enough and all(fits(item, s, root) for item, s in zip(tree, known, strict=True))
    if isinstance(tree, dict):
        return _mapping_fits(tree, shape, root)
    return True


def _mapping_fits(tree: dict[str, Any], shape: Any, root: Any) -> bool:
    if set(shape.get("required", [])) - set(tree):
        return False
    for key, item in tree.items():
        if not fits(key, shape.get("propertyNames", {}), root):
            return False
        rest = shape.get("additionalProperties", True)
        below = shape.get("properties", {}).get(key, rest)
        if below is False or (below is not True and not fits(item, below, root)):
            return False
    return True


def _is(tree: Any, kind: str) -> bool:
    if isinstance(tree, bool):
        return kind == "boolean"
    types = {"string": str, "integer": int, "number": (int, float), "array": list, "object": dict, "boolean": bool}
    return isinstance(tree, types[kind])  # type: ignore[arg-type]


class Editor(yaml.SafeLoader):
    """YAML as editors read it (1.2, JSON's types): dates are texts, and so are keys."""

    yaml_implicit_resolvers: ClassVar[Any] = {
        first: [(tag, pattern) for tag, pattern in pairs if "timestamp" not in tag]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def edited(text: str) -> Any:
    return _keyed(yaml.load(text, Editor))


def _keyed(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {str(key): _keyed(value) for key, value in tree.items()}
    return [_keyed(item) for item in tree] if isinstance(tree, list) else tree


DOCUMENT = json_schema.document()


def test_json_schema_accepts_the_example() -> None:
    tree = edited((EXAMPLES / "acme.yaml").read_text())
    assert [name for name, shape in DOCUMENT["properties"].items() if not fits(tree.get(name, {}), shape, DOCUMENT)
            and name in tree] == []  # fmt: skip
    assert fits(tree, DOCUMENT, DOCUMENT)


@settings(max_examples=30, deadline=None)
@given(strategies.rule_books())
def test_json_schema_accepts_every_exported_book(book: RuleBook) -> None:
    assert fits(edited(yaml_writer.export(book)), DOCUMENT, DOCUMENT)


@pytest.mark.parametrize(
    "text",
    [
        "title: no company\n",
        "company: acme\nqeues: {}\n",
        "company: acme\nagents: {nancy: {endpiont: user/1}}\n",
        "company: acme\nagents: {Nancy: {endpoint: user/1}}\n",
        "company: acme\nflows: {main: {}}\n",
        "company: acme\nflows: {main: {route: nowhere}}\n",
        "company: acme\ncrms: {hub: {type: hubspot, token: secret}}\n",
        "company: acme\ncrms: {hub: {type: hubspt, token: '${T}'}}\n",
        "company: acme\nqueues: {q: {strategy: quickest}}\n",
        "company: acme\nqueues: {q: {max_wait: soon}}\n",
        "company: acme\ngeo_routers: {g: {locations: [{name: x, at: [1], then: hangup}]}}\n",
        "company: acme\ntracking_numbers: {}\n",
    ],
)
def test_json_schema_refuses_invalid_files(text: str) -> None:
    assert not fits(edited(text), DOCUMENT, DOCUMENT)


def test_json_schema_describes_every_key() -> None:
    agent = DOCUMENT["$defs"]["Agent"]
    assert agent["properties"]["endpoint"]["description"] == "A registered phone, as user/1001."
    assert DOCUMENT["properties"]["queues"]["description"] == "A queue of mod_callcenter."
    assert DOCUMENT["properties"]["company"]["description"]
    assert DOCUMENT["$defs"]["Queue"]["properties"]["strategy"]["default"] == "longest-idle-agent"
