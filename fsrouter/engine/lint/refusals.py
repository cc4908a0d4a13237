"""What keeps a rule book from being put in force although it fits together.

Each check takes the book and what is known of the installation, and gives findings that are errors; where what it needs
is not known, it finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.engine.lint import loops
from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.model import failsafes
from fsrouter.engine.model.company import TrackingNumber
from fsrouter.engine.model.destinations import SECTION_OF
from fsrouter.engine.model.failsafes import FarEnd
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.schema import Path

Findings = Iterator[Finding]


def endless(book: RuleBook, known: Installation) -> Findings:
    """Definitions that can only loop."""
    for destination, message in loops.endless(book):
        yield finding("loops", (SECTION_OF[destination.kind], destination.name), message)


def did_defaults(book: RuleBook, known: Installation) -> Findings:
    """DID defaults for numbers that are none of ours."""
    for name, table in book.priorities.items():
        for number in table.did_defaults:
            if number not in book.tracking_numbers:
                message = f"{number} is no tracking number of this company, so no call comes with it"
                yield finding("did-default", ("priorities", name, "did_defaults", number), message)


def failsafe_far_ends(book: RuleBook, known: Installation) -> Findings:
    """Fail-safes that must not be dialled, or for which there is no trunk."""
    gate = known.gate(book)
    if gate is None:
        return
    places: dict[tuple[Path, str, FarEnd], None] = {}  # once each: most numbers have the company's
    for number, tracking in book.tracking_numbers.items():
        for _, far_ends in failsafes.steps(book, tracking):
            places |= {(_of_failsafe(tracking), book.trunk_of(number), far_end): None for far_end in far_ends}
    found = {(path, gate.problem(trunk, far_end)): None for path, trunk, far_end in places}
    for path, problem in found:
        if problem:
            yield finding("not-dialled", path, problem)


def queue_agents(book: RuleBook, known: Installation) -> Findings:
    """Agents of queues who must not be dialled, or for whom there is no trunk."""
    gate = known.gate(book)
    if gate is None:
        return
    for name, far_end in failsafes.queue_agents(book).items():
        if problem := gate.problem(book.header.trunk, far_end):
            yield finding("not-dialled", ("agents", name), problem)


def _of_failsafe(tracking: TrackingNumber) -> Path:
    """Where it stands what the fail-safe of a tracking number is, and by which trunk."""
    if tracking.failsafe:
        return "tracking_numbers", tracking.number, "failsafe"
    return ("tracking_numbers", tracking.number, "trunk") if tracking.trunk else ("failsafe",)


def taken(book: RuleBook, known: Installation) -> Findings:
    """Tracking numbers that another company has."""
    if known.companies_of is None:
        return
    for number, company in known.companies_of(book.tracking_numbers).items():
        if company != book.company:
            message = (
                f"belongs to {company}; a number can be dialled for one company only: remove it from the other one"
            )
            yield finding("taken-number", ("tracking_numbers", number), message)


#: Those that look at the installation: what a book that was let in elsewhere may still not be right for.
OF_INSTALLATION = (failsafe_far_ends, queue_agents, taken)
CHECKS = (endless, did_defaults, *OF_INSTALLATION)
