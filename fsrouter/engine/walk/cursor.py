"""The cursor: where a call stands, small enough to travel on its channel, signed so that nobody else can write one.

A walk is its rule book, facts and outcomes (`walk`), so these are what travels. The facts go once, when the call
begins, the outcomes before each action. Both are bound to the call's uuid: what was signed for one call is worth
nothing on another.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import zlib

import msgspec
from msgspec import Struct

from fsrouter.engine.walk.actions import Outcome
from fsrouter.engine.walk.facts import Facts

#: A text longer than this is no cursor of ours, and neither is one that unpacks to more.
LONGEST = 16_000
MOST_BYTES = 1_000_000


#: A longer value is compressed, and then begins with a byte with which no JSON begins.
WORTH_SQUEEZING = 1_000
SQUEEZED = b"\x00"


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


class Forged(ValueError):
    """What stands on the channel was not written by a router of ours for this call."""


_encoder = msgspec.json.Encoder()
_cursors = msgspec.json.Decoder(Cursor)
_facts = msgspec.json.Decoder(Facts)


def pack(value: Cursor | Facts, uuid: str, key: str) -> str:
    """Sign a value for the call `uuid`; the text has letters, digits, `-` and `_` only."""
    body = _encoder.encode(value)
    if len(body) > WORTH_SQUEEZING:
        body = SQUEEZED + zlib.compress(body, 1)
    return _signed(type(value).__name__, body, uuid, key)


def unpack_cursor(text: str, uuid: str, key: str) -> Cursor:
    """Read a cursor. Raises Forged."""
    try:
        return _cursors.decode(_opened(Cursor.__name__, text, uuid, key))
    except msgspec.MsgspecError as error:
        raise Forged(f"the cursor cannot be read: {error}") from None


def unpack_facts(text: str, uuid: str, key: str) -> Facts:
    """Read the facts. Raises Forged."""
    try:
        return _facts.decode(_opened(Facts.__name__, text, uuid, key))
    except msgspec.MsgspecError as error:
        raise Forged(f"the facts cannot be read: {error}") from None


def pack_text(text: str, uuid: str, key: str) -> str:
    """Sign a text for the call `uuid`, as `pack` does."""
    return _signed("text", text.encode(), uuid, key)


def unpack_text(text: str, uuid: str, key: str) -> str:
    """Read a signed text. Raises Forged."""
    return _verified("text", text, uuid, key).decode()


def _opened(kind: str, text: str, uuid: str, key: str) -> bytes:
    body = _verified(kind, text, uuid, key)
    try:
        return zlib.decompressobj().decompress(body[1:], MOST_BYTES) if body.startswith(SQUEEZED) else body
    except zlib.error:
        raise Forged("what was squeezed cannot be read") from None


def _signed(kind: str, body: bytes, uuid: str, key: str) -> str:
    return base64.urlsafe_b64encode(_mark(kind, body, uuid, key) + body).decode().rstrip("=")


def _verified(kind: str, text: str, uuid: str, key: str) -> bytes:
    if not text or len(text) > LONGEST:
        raise Forged("there is no text, or too much of it")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Forged("it is no base64") from None
    mark, body = raw[:16], raw[16:]
    if not hmac.compare_digest(mark, _mark(kind, body, uuid, key)):
        raise Forged("the signature is wrong")
    return body


def _mark(kind: str, body: bytes, uuid: str, key: str) -> bytes:
    """The signature: of what kind of value this is, for which call, and of the value itself."""
    told = b"\0".join((kind.encode(), uuid.encode(), body))
    return hashlib.blake2b(told, key=_secret(key), digest_size=16).digest()


@functools.lru_cache(maxsize=8)
def _secret(key: str) -> bytes:
    """A key of any length as BLAKE2's keyed mode takes it."""
    return hashlib.sha256(key.encode()).digest()
