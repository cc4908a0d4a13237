"""What a rule book's calls can cost: the dearest number that they can reach, and numbers that have no rate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec import Struct

from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.lint.references import References, destination_of
from fsrouter.engine.model.company import TrackingNumber
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.rates import Rate, Rates

T = TypeVar("T")


class Reach(Struct, frozen=True, kw_only=True):
    """What calls can cost: the dearest `number` (E.164) that they can reach and its `rate`, "" and None when they reach
    none that has one; `unpriced` is a number that they can reach and that has no rate, "" when there is none.
    """

    number: str = ""
    rate: Rate | None = None
    unpriced: str = ""

    def __str__(self) -> str:
        dearest = f"{self.rate} ({self.number})" if self.rate else ""
        missing = f"no rate for {self.unpriced}" if self.unpriced else ""
        return ", ".join(filter(None, (dearest, missing)))

    @property
    def short(self) -> str:
        """The price and its currency, with a `?` where the sheet does not know all of it."""
        price = f"{self.rate.price:f} {self.rate.currency}" if self.rate else ""
        return f"{price}{' ?' if self.unpriced else ''}".strip()


class Reached:
    """The numbers that each destination of a rule book can have dialled, and what they cost: every way that stands in
    the rules counts, the fail-safes' too. Made once, in the time that it takes to go through the rules once.
    """

    def __init__(self, refs: References, rates: Rates) -> None:
        self._book = refs.book
        backward: dict[Destination, list[Destination]] = defaultdict(list)
        for destination in _destinations(refs):
            for onward in _onward(refs, destination):
                backward[onward].append(destination)
        numbers = [
            (destination, number_of(refs.book, destination)) for destination in {*backward, *_destinations(refs)}
        ]
        rated = [(to, number, rates.of(number)) for to, number in sorted(numbers, key=str) if number]
        priced = [(to, (number, rate)) for to, number, rate in rated if rate is not None]
        # From the dearest on: what has been come to from a dearer one needs no other.
        self._dearest = _spread(sorted(priced, key=lambda found: -found[1][1].price), backward)
        self._unpriced = _spread([(to, number) for to, number, rate in rated if rate is None], backward)

    def of(self, starts: Iterable[Destination]) -> Reach:
        """Of calls that come to some destinations."""
        starts = list(starts)
        found = [self._dearest[start] for start in starts if start in self._dearest]
        number, rate = max(found, key=lambda each: each[1].price, default=("", None))
        unpriced = next((self._unpriced[start] for start in starts if start in self._unpriced), "")
        return Reach(number=number, rate=rate, unpriced=unpriced)

    def of_tracking(self, tracking: TrackingNumber) -> Reach:
        """Of calls to a tracking number, without a router too."""
        return self.of((*tracking.to, *(tracking.failsafe or self._book.header.failsafe)))

    def of_receiving(self, name: str) -> Reach:
        """Of calls that come to a receiving number, its own route for those that it does not take included."""
        return self.of([Destination("number", name)])


def number_of(book: RuleBook, destination: Destination) -> str:
    """The number (E.164) that is dialled for a destination, "" for one that is rung otherwise or not at all."""
    match destination.kind:
        case "phone":
            return destination.name
        case "agent" if destination.name in book.agents:
            return book.agents[destination.name].number
        case "number" if destination.name in book.numbers:
            return book.numbers[destination.name].number
    return ""


def no_rates(refs: References, known: Installation) -> Iterator[Finding]:
    """Numbers that are dialled and of which the rate sheet does not say what they cost."""
    rates = known.rates() if known.rates else None
    if rates is None:
        return
    for path, number in refs.dialled:
        if rates.of(number) is None:
            message = f"there is no rate for {number} in the rate sheet; add a row for its prefix"
            yield finding("no-rate", path, message)


def _destinations(refs: References) -> Iterator[Destination]:
    """All that the rule book defines or names."""
    for section, name, _ in refs.book.definitions():
        if destination := destination_of(section, name):
            yield destination
    yield from dict.fromkeys(destination for destination, _ in refs.places)


def _onward(refs: References, destination: Destination) -> Iterable[Destination]:
    if destination.kind != "queue":
        return refs.beyond(destination)
    agents, found = refs.book.agents, refs.onward("queues", destination.name)
    return (to for path, to in found if path[0] != "agents" or to.name not in agents or agents[to.name].queue_number)


def _spread(
    sources: Iterable[tuple[Destination, T]], backward: dict[Destination, list[Destination]]
) -> dict[Destination, T]:
    """What each destination can come to, of some that have a value: the value of the first of them."""
    found: dict[Destination, T] = {}
    for source, value in sources:
        waiting = [source]
        while waiting:
            destination = waiting.pop()
            if destination not in found:
                found[destination] = value
                waiting.extend(backward.get(destination, ()))
    return found
