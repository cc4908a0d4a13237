"""Requests to somebody's own address: what may be written of them, and that no value gets out of its place."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.engine.model import crms, schema
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.templates import filled, filled_json, has_placeholder, unknown_placeholder

URL = "https://erp.example/caller?phone={number}"
HOSTILE = ['"}', "&x=1", "#", "/../", "{digits}", "\\", "\r\nX: 1", "%22", "é漢\u202e", "+1 312", "'", "\x00"]
VALUES = st.text(max_size=30) | st.sampled_from(HOSTILE)


@given(VALUES, VALUES)
def test_value_cannot_leave_its_place_in_an_address(number: str, digits: str) -> None:
    values = {
        "number": number.encode("utf-8", "replace").decode(),
        "digits": digits.encode("utf-8", "replace").decode(),
    }
    url = filled("https://h.example/a/{digits}/b?n={number}&x=y", values, lambda v: quote(v, safe=""))
    parts = urlsplit(url)
    assert (parts.netloc, parts.path.count("/"), parts.fragment) == ("h.example", 3, "")
    assert parse_qs(parts.query, keep_blank_values=True) == {"n": [values["number"]], "x": ["y"]}


@given(VALUES)
def test_value_cannot_leave_its_place_in_json(number: str) -> None:
    number = number.encode("utf-8", "replace").decode()
    tree = filled_json('{"a": {"{number}": ["x {number}", 7, null, "{other}"]}}', {"number": number})
    assert tree == {"a": {"{number}": [f"x {number}", 7, None, "{other}"]}}
    assert msgspec.json.decode(msgspec.json.encode(tree)) == tree


def test_what_is_filled_in_is_not_filled_again() -> None:
    assert filled("{number}{digits}", {"number": "{digits}", "digits": "7"}) == "{digits}7"


@pytest.mark.parametrize(
    ("text", "has", "wrong"),
    [
        ("x{number}", True, ""),
        ("{national} {digits}", True, ""),
        ("{numbr}", False, "there is no placeholder {numbr}; did you mean 'number'?"),
        ("${NAME}", False, "there is no placeholder {NAME}"),
        ("{}", False, ""),
        ("{ number }", False, ""),
        ("", False, ""),
    ],
)
def test_placeholders_are_known(text: str, has: bool, wrong: str) -> None:
    assert has_placeholder(text) == has
    assert unknown_placeholder(text).startswith(wrong) and bool(unknown_placeholder(text)) == bool(wrong)


def read(**more: Any) -> tuple[Any, list[str]]:
    value, problems = schema.read(crms.Custom, {"url": URL, **more}, Context())
    return value, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"url": "https://erp.example/caller"}, "none of {number}, {national} and {digits}"),
        ({"method": "PUT"}, "is no method"),
        ({"method": "post"}, "known: GET, POST"),
        ({"json": '{"a": 1}'}, "write method: POST"),
        ({"form": {"a": "b"}}, "write method: POST"),
        ({"method": "POST", "json": "{}", "form": {"a": "b"}}, "two bodies"),
        ({"method": "POST", "json": '{"phone": {number}}'}, "is no JSON; quote it as a whole"),
        ({"method": "POST", "json": '"{number}"'}, "an object or a list"),
        ({"method": "POST", "json": "[" * 30 + "]" * 30}, "nested more than"),
        ({"method": "POST", "json": '{"a": "{phone}"}'}, "no placeholder {phone}"),
        ({"method": "POST", "json": '{"a": "' + "x" * 2000 + '"}'}, "at most"),
        ({"method": "POST", "form": {"a": "{tel}"}}, "form.a: there is no placeholder {tel}"),
        ({"headers": {"X Y": "a"}}, "no name of a header"),
        ({"headers": {"X-A\r\nB": "a"}}, "no name of a header"),
        ({"headers": {"Host": "evil.example"}}, "the sender sets"),
        ({"headers": {"content-length": "0"}}, "the sender sets"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "the sender sets"),
        ({"headers": {"X-A": "a\r\nX-B: c"}}, "printable ASCII"),
        ({"headers": {"X-A": " a"}}, "printable ASCII"),
        ({"headers": {"X-A": "ü"}}, "printable ASCII"),
        ({"headers": {"X-A": "${not a name}"}}, "write a secret as ${NAME}"),
        ({"headers": {"X-Api-Key": "s3cret"}}, "headers.X-Api-Key: looks like a credential"),
        ({"headers": {"Authorization": "Bearer abc"}}, "looks like a credential"),
        ({"headers": {"cookie": "a=b"}}, "looks like a credential"),
        ({"headers": {"X-A": "a", "x-a": "b"}}, "stands here twice"),
        ({"headers": {"authorization": "Bearer ${A}"}, "token": "${B}"}, "more than one of"),
        ({"token": "${A}", "username": "u", "password": "${B}"}, "more than one of"),
        ({"token": "${A}", "token_url": "https://t.example/", "client_id": "c"}, "more than one of"),
        ({"token_url": "http://t.example/", "client_id": "c", "client_secret": "${A}"}, "no https address"),
        ({"token_url": "https://t.example/", "client_secret": "${A}"}, "lacks client_id"),
        ({"token_url": "https://t.example/", "client_id": "c"}, "lacks client_secret"),
        ({"client_id": "c"}, "has client_id, which is for token_url"),
        ({"scope": "c"}, "has scope, which is for token_url"),
        ({"client_secret": "s3cret"}, "must be the name of an environment variable"),
        ({"refresh_token": "s3cret"}, "must be the name of an environment variable"),
    ],
)
def test_connection_that_cannot_work_is_an_error(more: dict[str, Any], says: str) -> None:
    value, problems = read(**more)
    assert value is None and says in problems[0], problems
    assert not any("s3cret" in problem for problem in problems)


def test_json_is_kept_in_one_line() -> None:
    value, problems = read(method="POST", json='{\n  "phone": ["{number}",\n 1.50]\n}')
    assert not problems and value.json == '{"phone": ["{number}", 1.50]}'
    again, _ = schema.read(crms.Custom, {k: v for k, v in schema.write(value).items() if k != "type"}, Context())
    assert again == value
