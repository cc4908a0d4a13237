"""The cursor: where a call stands, small enough to travel on its channel, signed so that nobody else can write one.

A walk is its rule book, facts and outcomes (`walk`), so these are what travels. The facts go once, when the call
begins, the outcomes before each action. Whatever is signed is bound to the call's uuid: what was signed for one call
is worth nothing on another.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import zlib
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from fsrouter.engine.walk.actions import Outcome
from fsrouter.engine.walk.facts import Facts
from fsrouter.errors import Refused

#: A text longer than this is no cursor of ours, and neither is one that unpacks to more bytes.
MAX_TEXT, MAX_BYTES = 16_000, 1_000_000

#: A longer value is compressed, and then begins with a byte with which no JSON begins.
COMPRESS_ABOVE, COMPRESSED = 1_000, b"\x00"


class Cursor(Struct, frozen=True, array_like=True):
    """Where a walk stands: of which company, by which revision of its rule book, and how every action so far has
    ended.

    `turn` counts how often a router has been handed the call, from 1; `goto` is where an operator has sent it.
    """

    company: str
    revision: int
    turn: int
    outcomes: tuple[Outcome, ...] = ()
    goto: str = ""


class Forged(Refused):
    """What stands on the channel was not written by a router of ours for this call."""


T = TypeVar("T", Cursor, Facts, str)

_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(kind) for kind in (Cursor, Facts)}


def pack(value: T, uuid: str, key: str) -> str:
    """Sign a value for the call `uuid`; what comes out has letters, digits, `-` and `_` only."""
    if isinstance(value, str):
        return _signed(str, value.encode(), uuid, key)
    body = _encoder.encode(value)
    if len(body) > COMPRESS_ABOVE:
        body = COMPRESSED + zlib.compress(body, 1)
    return _signed(type(value), body, uuid, key)


def unpack(kind: type[T], text: str, uuid: str, key: str) -> T:
    """Read what `pack` made of a value of some kind. Raises Forged."""
    value: T = _decoded(kind, _verified(kind, text, uuid, key))
    return value


def _decoded(kind: type, body: bytes) -> Any:
    if kind is str:
        return body.decode()
    try:
        if body.startswith(COMPRESSED):
            body = zlib.decompressobj().decompress(body[1:], MAX_BYTES)
        return _decoders[kind].decode(body)
    except zlib.error:
        raise Forged("what was compressed cannot be read") from None
    except msgspec.MsgspecError as error:
        raise Forged(f"the {kind.__name__.lower()} cannot be read: {error}") from None


def _signed(kind: type, body: bytes, uuid: str, key: str) -> str:
    return base64.urlsafe_b64encode(_mark(kind, body, uuid, key) + body).decode().rstrip("=")


def _verified(kind: type, text: str, uuid: str, key: str) -> bytes:
    if not text or len(text) > MAX_TEXT:
        raise Forged("there is no text, or too much of it")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Forged("it is no base64") from None
    mark, body = raw[:16], raw[16:]
    if not hmac.compare_digest(mark, _mark(kind, body, uuid, key)):
        raise Forged("the signature is wrong")
    return body


def _mark(kind: type, body: bytes, uuid: str, key: str) -> bytes:
    """The signature: of what kind of value this is, for which call, and of the value itself."""
    name = "text" if kind is str else kind.__name__
    signed = b"\0".join((name.encode(), uuid.encode(), body))
    return hashlib.blake2b(signed, key=_secret(key), digest_size=16).digest()


@functools.lru_cache(maxsize=8)
def _secret(key: str) -> bytes:
    """A key of any length as BLAKE2's keyed mode takes it."""
    return hashlib.sha256(key.encode()).digest()
