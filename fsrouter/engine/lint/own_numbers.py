"""The company's own tracking numbers where it dials: such a call leaves by the carrier and comes back to us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.references import References
from fsrouter.engine.model import failsafes
from fsrouter.engine.model.company import TrackingNumber
from fsrouter.engine.model.destinations import Destinations, format_route
from fsrouter.engine.model.rulebook import RuleBook, places
from fsrouter.engine.model.schema import Path
from fsrouter.engine.numbers.renumbered import compared

Findings = Iterator[Finding]


def own_targets(refs: References) -> Findings:
    """Numbers of ours that are dialled."""
    own, worse = _own(refs.book), {each.path for each in own_failsafes(refs.book, UNKNOWN)}
    for path, number in refs.dialled:
        if path not in worse and (found := own.get(compared(number))):
            message = (
                f"{number} is a tracking number of this company: such a call leaves by the carrier and comes back as"
                f" another call; name where that number leads: {format_route(found.to)}"
            )
            yield finding("own-number", path, message)


def own_failsafes(book: RuleBook, known: Installation) -> Findings:
    """Fail-safes that dial a number of ours whose own fail-safe leads back: without a router nothing ends that."""
    own = _own(book)
    rung: dict[Destinations, list[tuple[int, str]]] = {}
    for tracking in book.tracking_numbers.values():
        route = _route(book, tracking)
        if route not in rung:
            steps = enumerate(failsafes.steps(book, tracking))
            ours = ((i, own.get(compared(end.number))) for i, (_, ends) in steps for end in ends if end.number)
            rung[route] = [(i, found.number) for i, found in ours if found]
    endless = _endless({n: rung[_route(book, each)] for n, each in book.tracking_numbers.items()})
    told: set[Path] = set()
    for number in endless:
        tracking = book.tracking_numbers[number]
        route = _route(book, tracking)
        start: Path = ("tracking_numbers", number, "failsafe") if tracking.failsafe else ("failsafe",)
        at = [path for path, _ in places(start, route)]
        for i, other in rung[route]:
            if other in endless and at[i] not in told:
                told.add(at[i])
                message = (
                    f"{route[i]} dials {other}, a tracking number of this company: without a router the call comes back"
                    " and goes round for ever; use another telephone, a voicemail, an extension or hangup"
                )
                yield finding("own-failsafe", at[i], message)


def _own(book: RuleBook) -> Mapping[str, TrackingNumber]:
    return {compared(number): tracking for number, tracking in book.tracking_numbers.items()}


def _route(book: RuleBook, tracking: TrackingNumber) -> Destinations:
    return tracking.failsafe or book.header.failsafe


def _endless(rung: Mapping[str, list[tuple[int, str]]]) -> dict[str, None]:
    """The numbers from which calls can be sent on and on, by whom the fail-safe of each rings."""
    left = {number: {other for _, other in ours} for number, ours in rung.items() if ours}
    while ending := {number for number, others in left.items() if others.isdisjoint(left)}:
        left = {number: others for number, others in left.items() if number not in ending}
    return dict.fromkeys(left)
