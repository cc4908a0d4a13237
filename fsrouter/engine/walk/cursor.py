"""The cursor: where a call stands, small enough to travel on its channel, signed so that nobody else can write one.

What was done and decided travels whole while there is room for it, and so a walk is the same once more (`walk`). Of a
longer one travels its position. The facts go once, when the call begins; of these, what does not fit is left out.
Together they are at most 2 KB. Whatever is signed is bound to the call's uuid: what was signed for one call is worth
nothing on another.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import zlib
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import Dialled, LegResult, Outcome
from fsrouter.engine.walk.position import Position, digest
from fsrouter.errors import Refused

#: Characters of a cursor and of facts, at most.
MAX_CURSOR, MAX_FACTS = 1_430, 610

#: A text longer than this is none of ours, and neither is one that unpacks to more bytes.
MAX_TEXT, MAX_BYTES = 16_000, 1_000_000

#: What begins with this is compressed JSON, in which decimals take the least room; all else is MessagePack: an array or
#: a map, which begin otherwise.
COMPRESSED = b"\x00"

#: Bytes of a signature.
SIGNATURE = 16

#: Outcomes that may fit: of a longer walk it is not tried. Tags whose digests travel where they themselves do not fit.
MAX_OUTCOMES, MAX_TAGS = 150, 50


class Cursor(Struct, frozen=True, array_like=True):
    """Where a walk stands: of which company, by which revision of its rule book, and its position in it.

    `turn` counts how often a router has been handed the call, from 1; `goto` is where an operator has sent it.
    `outcomes` are how every action so far has ended and `decisions` what was decided by facts: since the call began
    where that is the `whole` of it, else in the part of the position that is under way.
    """

    company: str
    revision: int
    turn: int
    position: Position = Position()
    outcomes: tuple[Outcome, ...] = ()
    decisions: tuple[int, ...] = ()
    goto: str = ""
    whole: bool = True

    @property
    def part(self) -> tuple[tuple[Outcome, ...], tuple[int, ...]]:
        """Outcomes and decisions of the part that is under way."""
        outcomes, decisions = self.position.part
        return self.outcomes[outcomes:], self.decisions[decisions:]

    def smaller(self) -> Iterator[Cursor]:
        """This cursor, and then with less and less: never less than where the call goes on, and who was tried."""
        if self.whole and len(self.outcomes) <= MAX_OUTCOMES:
            yield self
        outcomes, decisions = self.part
        position = replace(self.position, part=(0, 0))
        yield (
            cursor := replace(
                self, position=position, outcomes=tuple(map(_bare, outcomes)), decisions=decisions, whole=False
            )
        )
        marks = b"".join(digest(tag).to_bytes(3) for tag in position.tags[:MAX_TAGS])
        yield replace(cursor, position=replace(position, tags=(), marks=marks))
        position = replace(position, tags=())
        yield replace(cursor, position=position)
        yield replace(cursor, position=replace(position, behind=True, now=0), outcomes=(), decisions=())


def _bare(outcome: Outcome) -> Outcome:
    """An outcome with no more than a walk needs to go on."""
    if isinstance(outcome, Dialled):
        skipped = tuple(LegResult(destination=name, outcome="skipped") for name in outcome.skipped)
        return Dialled(outcome=outcome.outcome, by=outcome.by, legs=skipped)
    return replace(outcome, after=0.0)


class Forged(Refused):
    """What stands on the channel was not written by a router of ours for this call."""


T = TypeVar("T", Cursor, Facts, str)

_to_short, _to_long = msgspec.msgpack.Encoder(), msgspec.json.Encoder()
_of_short: dict[type, msgspec.msgpack.Decoder[Any]] = {kind: msgspec.msgpack.Decoder(kind) for kind in (Cursor, Facts)}
_of_long: dict[type, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(kind) for kind in (Cursor, Facts)}


def pack(value: T, uuid: str, key: str) -> str:
    """Sign a value for the call `uuid`; what comes out has letters, digits, `-` and `_` only. Of a cursor and of facts
    so much as fits into MAX_CURSOR and MAX_FACTS characters.
    """
    if isinstance(value, str):
        return _signed(str, value.encode(), uuid, key)
    room = (MAX_CURSOR if isinstance(value, Cursor) else MAX_FACTS) * 3 // 4 - SIGNATURE
    for each in value.smaller():
        body = _to_short.encode(each)
        if len(body) > room:
            body = COMPRESSED + zlib.compress(_to_long.encode(each), 1)
        if len(body) <= room:
            break
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
            return _of_long[kind].decode(zlib.decompressobj().decompress(body[1:], MAX_BYTES))
        return _of_short[kind].decode(body)
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
    mark, body = raw[:SIGNATURE], raw[SIGNATURE:]
    if not hmac.compare_digest(mark, _mark(kind, body, uuid, key)):
        raise Forged("the signature is wrong")
    return body


def _mark(kind: type, body: bytes, uuid: str, key: str) -> bytes:
    """The signature: of what kind of value this is, for which call, and of the value itself."""
    name = "text" if kind is str else kind.__name__
    signed = b"\0".join((name.encode(), uuid.encode(), body))
    return hashlib.blake2b(signed, key=_secret(key), digest_size=SIGNATURE).digest()


@functools.lru_cache(maxsize=8)
def _secret(key: str) -> bytes:
    """A key of any length as BLAKE2's keyed mode takes it."""
    return hashlib.sha256(key.encode()).digest()
