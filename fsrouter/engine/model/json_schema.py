"""The JSON Schema of a rules file, made from the one schema, for the editors that people write YAML with.

An editor types scalars by YAML's own rules before it looks, so where a text belongs it may find a number or a truth
value; fsrouter reads what was written. References between definitions are beyond a JSON Schema: `lint.check` knows
them.
"""

from __future__ import annotations

import inspect
from typing import Any, get_args, get_origin

from msgspec import NODEFAULT

from fsrouter.engine.model import schema
from fsrouter.engine.model.company import Header, TrackingNumber
from fsrouter.engine.model.rulebook import SECTIONS
from fsrouter.engine.model.scalars import NAME, Scalar
from fsrouter.engine.model.schema import UNIONS, Definition, dissect, fields

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def document() -> Json:
    """The JSON Schema of a company's file."""
    kinds: dict[str, Json] = {}
    properties = {f.name: _headed(f, _field(f, kinds)) for f in fields(Header)}
    properties |= {name: _section(name, kind, kinds) for name, kind in SECTIONS.items()}
    return {
        "$schema": DIALECT,
        "title": "fsrouter rule book",
        "description": "One company's rules: where its calls go.",
        "type": "object",
        "properties": properties,
        "required": [f.name for f in fields(Header) if f.required],
        "additionalProperties": False,
        "$defs": dict(sorted(kinds.items())),
    }


def _headed(field: schema.Field, shape: Json) -> Json:
    """A key of the company: "" takes it back to its default."""
    if field.required:
        return shape
    description = shape.pop("description")
    return {"description": description, "anyOf": [shape, {"const": ""}]}


def _section(name: str, kind: Any, kinds: dict[str, Json]) -> Json:
    if kind is TrackingNumber:
        return {"description": _about(kind), "type": "array", "items": _type(kind, kinds)}
    about = "" if get_origin(kind) in UNIONS else _about(kind)
    return {
        "description": about or "Connections to CRMs, by name.",
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME.pattern}$"},
        "additionalProperties": _type(kind, kinds),
    }


def _about(kind: type) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _field(field: schema.Field, kinds: dict[str, Json]) -> Json:
    shape: Json = {"description": field.description, **_type(field.type, kinds)}
    if field.default is not NODEFAULT and field.default not in (None, "", (), {}):
        shape["default"] = schema.write(field.default, field.type)
    return shape


def _type(kind: Any, kinds: dict[str, Json]) -> Json:
    scalar, many, plain = dissect(kind)
    if scalar:
        return _scalar(scalar)
    origin = get_origin(plain)
    if origin is tuple:
        return _list(get_args(plain), many, kinds)
    if origin is dict:
        key, value = get_args(plain)
        return _mapping(key, value, many, kinds)
    if origin in UNIONS:
        return {"oneOf": [_reference(member, kinds) for member in get_args(plain)]}
    return _reference(plain, kinds)


def _scalar(scalar: Scalar) -> Json:
    shape = dict(scalar.schema)
    if shape.get("type") == "string":
        shape["type"] = ["string", "number", "boolean"]
    return shape


def _list(elements: tuple[Any, ...], many: bool, kinds: dict[str, Json]) -> Json:
    if elements[-1] is not ...:
        parts = [_type(element, kinds) for element in elements]
        return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
    element = _type(elements[0], kinds)
    several: Json = {"type": "array", "items": element}
    return {"anyOf": [element, several]} if many else several


def _mapping(key: Any, value: Any, many: bool, kinds: dict[str, Json]) -> Json:
    element = _type(value, kinds)
    shape: Json = {"type": "object", "additionalProperties": element}
    scalar, _, _ = dissect(key)
    if scalar and "pattern" in scalar.schema:
        shape["propertyNames"] = {"pattern": scalar.schema["pattern"]}
    return {"anyOf": [element, shape]} if many else shape


def _reference(kind: type[Definition], kinds: dict[str, Json]) -> Json:
    name = kind.__name__
    if name not in kinds:
        kinds[name] = {}  # stands here while its own fields are described, should one of them lead back to it
        kinds[name] = _definition(kind, kinds)
    return {"$ref": f"#/$defs/{name}"}


def _definition(kind: type[Definition], kinds: dict[str, Json]) -> Json:
    config = kind.__struct_config__
    tag: Json = {str(config.tag_field): {"const": config.tag}} if config.tag_field else {}
    described = {f.name: _field(f, kinds) for f in fields(kind)}
    shape: Json = {
        "type": "object",
        "properties": tag | described,
        "required": [*tag, *(f.name for f in fields(kind) if f.required)],
        "additionalProperties": False,
    }
    if kind.SHORTHAND:
        short = {k: v for k, v in described[kind.SHORTHAND].items() if k != "description"}
        shape = {"anyOf": [short, shape]}
    return {"description": _about(kind), **shape}
