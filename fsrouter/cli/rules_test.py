"""`fsrouter rules test`: calls, and whether they go where they are expected to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from fsrouter.cli import arguments, contacts_file, exit_codes, findings, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import RulesError, UsageError

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.engine.rates import Rates
    from fsrouter.rules.call_tests import CallTest, CallTests
    from fsrouter.store.what_if import People

#: Entries at the end of the trace that are shown below a call that failed.
SHOWN = 4


class Result(Struct, frozen=True, kw_only=True):
    """What became of a call: `wrong` says in words where that is not what was expected, `trace` is the end of how it
    came about; both are empty of a call that passed. `impossible` is a call that could not be walked at all, as one to
    a number of nobody.
    """

    file: str
    line: int
    why: str
    destination: str = ""
    wrong: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()
    impossible: bool = False

    def lines(self) -> Iterator[str]:
        """A call that failed in lines."""
        yield f"{self.file}:{self.line}: {self.why + ': ' if self.why else ''}{'; '.join(self.wrong)}"
        yield from (f"    {entry}" for entry in self.trace)


@click.command()
@click.argument("file", type=arguments.FILE)
@click.argument("calls", type=arguments.FILE)
@click.option("--contacts", type=arguments.FILE, metavar="CSV", help="Contacts, in place of those that CALLS names.")
@click.option("--junit", type=arguments.NEW_FILE, metavar="FILE", help="Also write a JUnit XML file, for CI systems.")
@arguments.as_json
@pass_session
def test(session: Session, file: Path, calls: Path, contacts: Path | None, junit: Path | None, as_json: bool) -> None:
    """Test a rules FILE with CALLS and where each should go.

    Every call that goes elsewhere is reported with its line and the end of its trace; then the exit code is 1.

    \b
    Example:
      fsrouter rules test acme.yaml acme.calls.yaml --contacts contacts.csv
      fsrouter rules test acme.yaml acme.calls.yaml --junit junit.xml
    """
    from fsrouter.rules import call_tests, company_file

    book = company_file.load(file, known=session.installation)
    tests = call_tests.load(calls, book.context)
    csv = contacts or tests.contacts
    people = contacts_file.by_number(csv, book) if csv else {}
    now = datetime.fromtimestamp(session.clock(), UTC)
    rates = session.rates()
    results, seconds = [], []
    for call in tests.calls:
        began = session.runtime.monotonic()
        results.append(_result(tests.file, book, people, call, now, session, rates))
        seconds.append(session.runtime.monotonic() - began)
    failed = [result for result in results if result.wrong]
    if as_json:
        output.json(results)
    else:
        output.lines(line for result in failed for line in result.lines())
    if junit:
        _write_junit(junit, book.company, file, tests, list(zip(results, seconds, strict=True)), now)
    findings.show(session.installation, book)
    total, passed = output.count(len(results), "call"), len(results) - len(failed)
    output.info(f"{total}: {passed} passed, {len(failed)} failed" if failed else f"{total} passed")
    exit_codes.end(wrong=bool(failed))


def _result(
    file: str, book: RuleBook, people: People, call: CallTest, now: datetime, session: Session, rates: Rates | None
) -> Result:
    from fsrouter.engine.walk.explained import explained
    from fsrouter.rules import call_tests
    from fsrouter.store.what_if import WhatIf, from_file

    what_if = WhatIf(
        to=call.to,
        caller=call.from_,
        at=call.at or now,
        given=call.set,
        press=call.press,
        unanswered=call.unanswered,
        incoming=session.incoming,
    )
    result = Result(file=file, line=call.line, why=call.why)
    try:
        run = from_file(book, people, what_if, session.installation.gate)
        told = explained(run, rates, facts=bool(call.expected.facts))
    except (RulesError, UsageError) as error:
        return replace(result, wrong=(str(error),), impossible=True)
    wrong = tuple(call_tests.mismatches(call, told))
    end = told.trace[-SHOWN:] if wrong else ()
    trace = tuple(f"{entry.at} -> {entry.outcome}: {entry.why}" for entry in end)
    return replace(result, destination=told.destination, wrong=wrong, trace=trace)


def _write_junit(
    path: Path, company: str, rules: Path, tests: CallTests, results: list[tuple[Result, float]], now: datetime
) -> None:
    """Write the results, each with the seconds that it took. Raises UsageError."""
    from fsrouter.rules import junit

    cases = [
        junit.Case(
            name=call.why or f"{call.from_ or 'anonymous'} calls {call.to}",
            line=result.line,
            seconds=seconds,
            wrong=result.wrong,
            trace=result.trace,
            impossible=result.impossible,
        )
        for call, (result, seconds) in zip(tests.calls, results, strict=True)
    ]
    junit.write(
        path, junit.Report(company=company, rules=str(rules), calls=tests.file, at=now.timestamp(), cases=cases)
    )
