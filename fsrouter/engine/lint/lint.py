"""Lint: what is wrong with a rule book, whoever asks.

`errors` is what keeps a book from being put in force, of the book itself (`check`) and of what is known of the
installation (`refusals`); `lint` names besides what works but cannot be meant: what has no effect (`unreachable`) and
what contradicts itself (`suspicious`). It would rather be silent than wrong: a finding holds for every call that can
come.
"""

from __future__ import annotations

from collections.abc import Iterable

from fsrouter.engine.lint import (
    clocks,
    dialled_forms,
    endings,
    own_numbers,
    rates,
    refusals,
    suspicious,
    tests_on_facts,
    unreachable,
)
from fsrouter.engine.lint.check import check
from fsrouter.engine.lint.findings import Finding
from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.references import References
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.errors import RulesError

_ORDER = {section: i for i, section in enumerate(SECTIONS)}

#: Errors that are listed before they are only counted.
MANY = 50


def lint(book: RuleBook, known: Installation = UNKNOWN) -> list[Finding]:
    """Everything that is found, in the order of the rules file; of a book that does not fit together only that."""
    found = errors(book, known)
    if any(not each.code for each in found):
        return found
    refs = References(book)
    checks = (
        *unreachable.CHECKS, *endings.CHECKS, clocks.fixed_offset, own_numbers.own_targets, *suspicious.CHECKS,
        *dialled_forms.CHECKS, *tests_on_facts.CHECKS,
    )  # fmt: skip
    found += [finding for check in checks for finding in check(refs)]
    found += [finding for check in (*suspicious.KNOWING, rates.no_rates) for finding in check(refs, known)]
    return sorted(found, key=_sortable)


def errors(book: RuleBook, known: Installation = UNKNOWN) -> list[Finding]:
    """What keeps a rule book from being put in force; an empty list means that nothing does."""
    if problems := check(book):
        return [Finding(problem.path, "error", "", problem.message) for problem in problems]
    return [finding for check in refusals.CHECKS for finding in check(book, known)]


def installation_errors(book: RuleBook, known: Installation) -> list[Finding]:
    """Of a rule book that is in force somewhere: what keeps it from being right for this installation. Quick: looks at
    what is dialled and at tracking numbers only.
    """
    return [finding for check in refusals.OF_INSTALLATION for finding in check(book, known)]


def refuse(company: str, found: Iterable[Finding]) -> None:
    """Raise RulesError with what keeps the rule book of a company from being put in force, if anything was found."""
    lines = [f"{company}: {each.problem}" for each in found]
    if lines:
        raise RulesError("\n".join([*lines[:MANY], *([f"... and {len(lines) - MANY} more"] if lines[MANY:] else [])]))


def _sortable(finding: Finding) -> tuple[int, list[tuple[bool, str | int]], str]:
    """The order of the file; what belongs to the company as a whole comes first."""
    section = str(finding.path[0]) if finding.path else ""
    return _ORDER.get(section, -1), [(isinstance(key, int), key) for key in finding.path[1:]], finding.code
