"""Lint: what is without effect or contradicts itself in a rule book that checks out.

`check` refuses what cannot work; lint names what works but cannot be meant. What it can find stands in
`findings.CODES`; the checks are those of `unreachable` (what has no effect) and `suspicious` (what contradicts
itself). It would rather be silent than wrong: a finding holds for every call that can come.
"""

from __future__ import annotations

from fsrouter.engine.lint import suspicious, unreachable
from fsrouter.engine.lint.findings import Finding
from fsrouter.engine.lint.references import References
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook

_ORDER = {section: i for i, section in enumerate(SECTIONS)}


def lint(book: RuleBook, on_break: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything that is found, in the order of the rules file.

    `on_break` are the destinations that are on break now, as `agent:nancy`. The book must check out.
    """
    refs = References(book)
    findings = [finding for check in (*unreachable.CHECKS, *suspicious.CHECKS) for finding in check(refs)]
    findings += suspicious.on_break(refs, on_break)
    return sorted(findings, key=lambda finding: (_ORDER.get(str(finding.path[0]), -1), _sortable(finding)))


def _sortable(finding: Finding) -> tuple[list[tuple[bool, str | int]], str]:
    return [(isinstance(key, int), key) for key in finding.path[1:]], finding.code
