"""Where a walk stands, whatever led there: small however long a call was, and found again in a rule book that has
changed meanwhile.

Texts of a rule book travel as digests of theirs: a router that reads them looks for the text in its own book. Each
place is a route, and which of its destinations the call is in. Of places that lie deeper in each other than a call can
go back without a key of the caller's (MAX_PLACES), the outermost are left out: a call that comes back to them is a
loop.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator

from msgspec import Struct

from fsrouter.engine.model.destinations import Destination, Destinations, format_route
from fsrouter.engine.model.rulebook import RuleBook, routes

#: Places that travel, the innermost; each has three bytes for its route and two for the destination in it.
MAX_PLACES, PLACE = 50, 5
#: Of more than so many who were tried, no list of digests travels but a field of so many bits.
MAX_TRIED, TRIED_BITS = 64, 1024

#: A route, who sends the call there, and which of its destinations the call is in.
Place = tuple[str, Destinations, int]


class Position(Struct, frozen=True, array_like=True):
    """Where a walk stands.

    `places` are the routes that the call is in; the first is the call's own, or one of `within`, when those around it
    are left out. `part` is how many of the walk's outcomes and decisions came before the destination that is under way,
    or before that step of it which `progress` tells of; `behind` is set when that is not known and the call can only go
    on behind it. Of how things stood then tell `tags` (of more tags than fit, digests: `marks`), `record`, `announced`,
    `notice` (a digest) and `head_start`. `after` is in seconds since the call began; `entered` tells how many
    destinations it had entered, and which since the caller's last key (two bytes of a digest each). `now` is a digest
    of what is under way, `tried` tells who was tried so far, and `changed` that it was by other rules.
    """

    places: bytes = b""
    within: str = ""
    part: tuple[int, int] = (0, 0)
    progress: tuple[int, str] = (0, "")
    behind: bool = False
    tags: tuple[str, ...] = ()
    marks: bytes = b""
    record: bool = False
    announced: bool = False
    notice: int = 0
    head_start: int = 0
    after: float = 0.0
    entered: tuple[int, bytes] = (0, b"")
    now: int = 0
    tried: bytes = b""
    changed: bool = False


#: The greatest digest.
LARGEST = 2**24 - 1


@functools.lru_cache(maxsize=10_000)
def digest(text: str) -> int:
    """Three bytes that stand for a text; 0 for none."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=3).digest()) if text else 0


def digest_of(names: Iterable[str]) -> int:
    """A digest of several names."""
    return digest("\n".join(names))


def tags_of(book: RuleBook, position: Position) -> list[str]:
    """The tags of a call at a position, where they are still known."""
    if not position.marks:
        return list(position.tags)
    known = [tag for number in book.tracking_numbers.values() for tag in number.tags]
    known += [tag for number in book.numbers.values() for tag in number.tagging.values()]
    for _, _, definition in book.definitions():
        known += [to.name for _, route in routes(definition) for to in route if to.kind == "tag"]
    marks = {position.marks[i : i + 3] for i in range(0, len(position.marks), 3)}
    return [tag for tag in dict.fromkeys(known) if digest(tag).to_bytes(3) in marks]


def packed(places: Iterable[Place]) -> bytes:
    """Places as they travel."""
    return b"".join([_mark(route) + i.to_bytes(2) for _, route, i in places])


@functools.lru_cache(maxsize=10_000)
def _mark(route: Destinations) -> bytes:
    return digest(format_route(route)).to_bytes(3)


def unpacked(position: Position, book: RuleBook, at: str, route: Destinations) -> list[Place]:
    """The places of a position in a rule book, by whose rules the call's own `route` is that of `at`; empty when they
    are not all there.
    """
    candidates: Iterable[Destinations] = (route,)
    if position.within:
        at, candidates = position.within, _routes_of(book, position.within)
    found: list[Place] = []
    for start in range(0, len(position.places), PLACE):
        mark, i = position.places[start : start + 3], int.from_bytes(position.places[start + 3 : start + PLACE])
        entered = next((each for each in candidates if _mark(each) == mark and i < len(each)), None)
        if entered is None:
            return []
        found.append((at, entered, i))
        at = str(entered[i])
        candidates = _routes_of(book, at)
    return found


def _routes_of(book: RuleBook, at: str) -> Iterator[Destinations]:
    """The routes that a destination can send a call to: its own, and of a distribution those of its numbers."""
    definition = book.definition(Destination(*at.partition(":")[::2]))
    if definition is None:
        return
    yield from (route for _, route in routes(definition))
    for group in getattr(definition, "groups", ()):
        numbers = (book.numbers.get(member.member.name) for member in group.members if member.member.kind == "number")
        yield from (number.no_answer for number in numbers if number is not None)


class Tried:
    """Who was tried in a call, and can be told by others than the router that did: by digests of two bytes."""

    def __init__(self, told: bytes = b"") -> None:
        self._list, self._bits = (told, 0) if len(told) <= 2 * MAX_TRIED else (b"", int.from_bytes(told))
        self._known = {int.from_bytes(self._list[i : i + 2]) for i in range(0, len(self._list), 2)}

    def add(self, name: str) -> None:
        """Note somebody."""
        mark = digest(name) >> 8
        if mark not in self._known:
            self._known.add(mark)
            self._list += mark.to_bytes(2)

    def __contains__(self, name: str) -> bool:
        mark = digest(name) >> 8
        return mark in self._known or bool(self._bits >> mark % TRIED_BITS & 1)

    def __bool__(self) -> bool:
        return bool(self._known or self._bits)

    def __bytes__(self) -> bytes:
        if not self._bits and len(self._known) <= MAX_TRIED:
            return self._list
        bits = self._bits
        for mark in self._known:
            bits |= 1 << mark % TRIED_BITS
        return bits.to_bytes(TRIED_BITS // 8 + 1)
