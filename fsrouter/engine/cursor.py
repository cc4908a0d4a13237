"""The cursor: where a call stands, small enough to travel on its channel, signed so that nobody else can write one.

A walk is its rule book, facts and outcomes (`walk`), so these are what travels. The facts go once, when the call
begins, the outcomes before each action. Both are bound to the call's uuid: what was signed for one call is worth
nothing on another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib

import msgspec
from msgspec import Struct

from fsrouter.engine.actions import Ending
from fsrouter.engine.facts import Facts

#: A text longer than this is no cursor of ours, and neither is one that unpacks to more.
LONGEST = 16_000
MOST_BYTES = 1_000_000


class Cursor(Struct, frozen=True, array_like=True):
    """Where a walk stands: of which company, by which revision of its rule book, and how every action so far has
    ended.
    """

    company: str
    revision: int
    turn: int
    outcomes: tuple[Ending, ...] = ()


class Forged(ValueError):
    """What stands on the channel was not written by a router of ours for this call."""


_encoder = msgspec.json.Encoder()
_cursors = msgspec.json.Decoder(Cursor)
_facts = msgspec.json.Decoder(Facts)


def pack(value: Cursor | Facts, uuid: str, key: str) -> str:
    """Sign a value for the call `uuid`; the text has letters, digits, `-` and `_` only."""
    body = zlib.compress(_encoder.encode(value), 1)
    return base64.urlsafe_b64encode(_mark(body, uuid, key) + body).decode().rstrip("=")


def unpack_cursor(text: str, uuid: str, key: str) -> Cursor:
    """Read a cursor. Raises Forged."""
    try:
        return _cursors.decode(_opened(text, uuid, key))
    except msgspec.MsgspecError as error:
        raise Forged(f"the cursor cannot be read: {error}") from None


def unpack_facts(text: str, uuid: str, key: str) -> Facts:
    """Read the facts. Raises Forged."""
    try:
        return _facts.decode(_opened(text, uuid, key))
    except msgspec.MsgspecError as error:
        raise Forged(f"the facts cannot be read: {error}") from None


def pack_text(text: str, uuid: str, key: str) -> str:
    """Sign a text for the call `uuid`, as `pack` does."""
    return base64.urlsafe_b64encode(_mark(text.encode(), uuid, key) + text.encode()).decode().rstrip("=")


def unpack_text(text: str, uuid: str, key: str) -> str:
    """Read a signed text. Raises Forged."""
    try:
        return _verified(text, uuid, key).decode()
    except UnicodeDecodeError:
        raise Forged("it is no text") from None


def _opened(text: str, uuid: str, key: str) -> bytes:
    try:
        return zlib.decompressobj().decompress(_verified(text, uuid, key), MOST_BYTES)
    except zlib.error:
        # A text that was signed by `pack_text`, put where a cursor belongs.
        raise Forged("it is neither a cursor nor facts") from None


def _verified(text: str, uuid: str, key: str) -> bytes:
    if not text or len(text) > LONGEST:
        raise Forged("there is no text, or too much of it")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Forged("it is no base64") from None
    mark, body = raw[:16], raw[16:]
    if not hmac.compare_digest(mark, _mark(body, uuid, key)):
        raise Forged("the signature is wrong")
    return body


def _mark(body: bytes, uuid: str, key: str) -> bytes:
    return hmac.digest(key.encode(), uuid.encode() + b"\0" + body, hashlib.sha256)[:16]
