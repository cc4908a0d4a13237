"""What a rules file may write of a request to somebody's own address: where the caller's number stands in it, its
headers, and a body of JSON.

A placeholder, as `{number}`, is replaced by a value that is encoded for its place, so that no value ends the text
around it: percent-encoded in an address and in a form, and in JSON put into what the text was read as.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import msgspec

from fsrouter.engine.model.scalars import SOME_TEXT, Context, Scalar
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import Refused

#: The caller's number in E.164, its national digits, and E.164 without the plus.
PLACEHOLDERS = ("number", "national", "digits")
#: Characters of a header's value and of a body, and how deeply a body is nested.
LONGEST_HEADER = 500
LONGEST_BODY = 2000
DEEPEST = 20
#: Headers that belong to whoever sends: they say where a request ends, how it is packed and to whom it goes.
OURS = (
    *("accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host"),
    *("keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
)

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)\}")
_SECRET = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_LIKE_A_CREDENTIAL = re.compile(r"auth|cookie|credential|key|pass|secret|signature|token", re.IGNORECASE)


def has_placeholder(text: str) -> bool:
    """Whether one of the PLACEHOLDERS stands in a text."""
    return any(word in PLACEHOLDERS for word in _PLACEHOLDER.findall(text))


def unknown_placeholder(text: str) -> str:
    """What is wrong with the placeholders of a text, or ""."""
    wrong = next((word for word in _PLACEHOLDER.findall(text) if word not in PLACEHOLDERS), None)
    return "" if wrong is None else f"there is no placeholder {{{wrong}}}{did_you_mean(wrong, PLACEHOLDERS)}"


def filled(text: str, values: Mapping[str, str], encode: Callable[[str], str] = str) -> str:
    """A text with its placeholders replaced by their values, encoded; what is none of them stays."""
    return _PLACEHOLDER.sub(lambda found: encode(values[found[1]]) if found[1] in values else found[0], text)


def filled_json(text: str, values: Mapping[str, str]) -> Any:
    """What a body of JSON says when the placeholders in its texts are replaced."""
    return _filled(msgspec.json.decode(text), values)


def _filled(tree: Any, values: Mapping[str, str]) -> Any:
    if isinstance(tree, str):
        return filled(tree, values)
    if isinstance(tree, dict):
        return {key: _filled(value, values) for key, value in tree.items()}
    return [_filled(value, values) for value in tree] if isinstance(tree, list) else tree


def header_problem(name: str, value: str) -> str:
    """What is wrong with a header whose name and value are each right, or ""."""
    if _LIKE_A_CREDENTIAL.search(name) and not _SECRET.search(value):
        return "looks like a credential; write it as ${NAME}, since secrets do not belong into files"
    return ""


def _header(text: str, context: Context) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", text):
        raise Refused("is no name of a header; write it as X-Api-Key")
    if text.lower() in OURS:
        raise Refused("is a header that the sender sets; take it out")
    return text


def _header_value(text: str, context: Context) -> str:
    if not re.fullmatch(r"[!-~]([ -~]*[!-~])?", text) or len(text) > LONGEST_HEADER:
        raise Refused(f"must be up to {LONGEST_HEADER} printable ASCII characters, without space around them")
    if "${" in _SECRET.sub("", text):
        raise Refused("names no environment variable; write a secret as ${NAME}")
    return text


def _json(text: str, context: Context) -> str:
    if len(text) > LONGEST_BODY:
        raise Refused(f"must be at most {LONGEST_BODY} characters")
    try:
        tree = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        remedy = """quote it as a whole, and placeholders within it: '{"phone": "{number}"}'"""
        raise Refused(f"is no JSON; {remedy}") from None
    if not isinstance(tree, dict | list):
        raise Refused("must be an object or a list of JSON")
    for word in _texts(tree, DEEPEST):
        if wrong := unknown_placeholder(word):
            raise Refused(f"cannot be filled: {wrong}")
    return str(SOME_TEXT.read(msgspec.json.format(text, indent=0), context))


def _texts(tree: Any, deeper: int) -> Iterator[str]:
    """The texts in a tree of JSON. Raises Refused when it is nested too deeply."""
    if not deeper:
        raise Refused(f"is nested more than {DEEPEST} times")
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict | list):
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from _texts(value, deeper - 1)


HeaderName = Annotated[
    str, Scalar("header", _header, schema={"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9-]{0,63}$"})
]
HeaderValue = Annotated[str, Scalar("header's value", _header_value, schema={"type": "string", "minLength": 1})]
#: JSON in one line, as it is kept and written.
JsonBody = Annotated[str, Scalar("JSON", _json, schema={"type": "string"})]
