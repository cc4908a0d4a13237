"""What keeps a rule book from being put in force although it fits together.

Each check takes the book and what is known of the installation, and gives findings that are errors; where what it needs
is not known, it finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.engine.lint import clocks, loops, own_numbers
from fsrouter.engine.lint.closed import closed
from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.model.destinations import SECTION_OF
from fsrouter.engine.model.rulebook import RuleBook

Findings = Iterator[Finding]


def endless(book: RuleBook, known: Installation) -> Findings:
    """Definitions that can only loop."""
    message = "can only loop: every way through it comes back to itself and nothing takes the call"
    for destination in loops.endless(book):
        yield finding("loops", (SECTION_OF[destination.kind], destination.name), message)


def did_defaults(book: RuleBook, known: Installation) -> Findings:
    """DID defaults for numbers that are none of ours."""
    for name, table in book.priorities.items():
        for number in table.did_defaults:
            if number not in book.tracking_numbers:
                message = f"{number} is no tracking number of this company, so no call comes with it"
                yield finding("did-default", ("priorities", name, "did_defaults", number), message)


def taken(book: RuleBook, known: Installation) -> Findings:
    """Tracking numbers that another company has."""
    if known.companies_of is None:
        return
    for number, company in known.companies_of(book.tracking_numbers).items():
        if company != book.company:
            message = (
                f"belongs to {company}; a number can be dialled for one company only: "
                f"`fsrouter rules move {number} --to {book.company}` moves it, or remove it from the other one"
            )
            yield finding("taken-number", ("tracking_numbers", number), message)


#: Those that look at the installation: what a book that was let in elsewhere may still not be right for.
OF_INSTALLATION = (own_numbers.own_failsafes, closed, taken)
CHECKS = (clocks.no_timezone, endless, did_defaults, *OF_INSTALLATION)
