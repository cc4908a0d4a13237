"""Tracking numbers that cannot be told apart when a carrier writes them without their country code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.references import References
from fsrouter.engine.numbers import dialled

#: Forms that a message lists; the others are only counted.
LISTED = 3


def shared_forms(refs: References) -> Iterator[Finding]:
    """Numbers of the book of which one form could mean either."""
    book = refs.book
    for numbers, message in ambiguous(dict.fromkeys(book.tracking_numbers, book.header.country)):
        yield finding("shared-form", ("tracking_numbers", numbers[-1]), message)


def ambiguous(numbers: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Those of some numbers (E.164, each with its company's country) that a form would mean together, and what to do
    about it, in words.
    """
    for sharing, forms in dialled.shared(numbers).items():
        more = f" and {len(forms) - LISTED} more forms" if forms[LISTED:] else ""
        said = f"{', '.join(forms[:LISTED])}{more} could mean {' or '.join(sharing)}, so calls that come so are none of"
        yield sharing, f"{said} ours; have the carrier send E.164, as {sharing[-1]}"


CHECKS = (shared_forms,)
