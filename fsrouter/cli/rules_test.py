"""`fsrouter rules test`: calls, and whether they go where somebody expects them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, exit_codes, output

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.rules.call_tests import CallTest
    from fsrouter.store.what_if import People

#: So much of the trace's end is shown below a call that went elsewhere.
SHOWN = 4


class Result(Struct, frozen=True, kw_only=True):
    """What became of a call: `wrong` says where that is not what was expected, in words."""

    file: str
    line: int
    why: str
    destination: str
    wrong: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()

    @property
    def told(self) -> Iterator[str]:
        """A wrong one in lines."""
        yield f"{self.file}:{self.line}: {self.why + ': ' if self.why else ''}{'; '.join(self.wrong)}"
        yield from (f"    {entry}" for entry in self.trace)


@click.command()
@click.argument("file", type=arguments.FILE)
@click.argument("calls", type=arguments.FILE)
@click.option("--contacts", type=arguments.FILE, metavar="CSV", help="Contacts, in place of those that CALLS names.")
@arguments.as_json
@click.pass_context
def test(ctx: click.Context, file: Path, calls: Path, contacts: Path | None, as_json: bool) -> None:
    """Try whether the rules in FILE do what CALLS expect.

    Every call that goes elsewhere is reported with its line and the end of its trace; then the exit code is 1.

    \b
    Example:
      fsrouter rules test acme.yaml acme.calls.yaml --contacts contacts.csv
    """
    results = _results(file, calls, contacts)
    wrong = [result for result in results if result.wrong]
    if as_json:
        output.json(results)
    else:
        output.lines(line for result in wrong for line in result.told)
    output.info(f"{len(results)} calls, {len(wrong) or 'none'} otherwise than expected")
    ctx.exit(exit_codes.WRONG if wrong else 0)


def _results(file: Path, calls: Path, contacts: Path | None) -> list[Result]:
    from fsrouter.cli import explain
    from fsrouter.rules import call_tests, company_file

    book = company_file.load(file)
    wanted = call_tests.load(calls, book.context)
    csv = contacts or wanted.contacts
    people = explain.people(csv, book.header.country) if csv else {}
    return [_result(wanted.file, book, people, call) for call in wanted.calls]


def _result(file: str, book: RuleBook, people: People, call: CallTest) -> Result:
    from fsrouter.engine.walk.explain import as_dict
    from fsrouter.errors import RulesError
    from fsrouter.rules import call_tests
    from fsrouter.store.what_if import WhatIf, from_file

    supposed = WhatIf(
        to=call.to, caller=call.from_, at=call.at, given=call.set, press=call.press, unanswered=call.unanswered
    )
    try:
        story = as_dict(from_file(book, people, supposed))
    except RulesError as error:
        return Result(file=file, line=call.line, why=call.why, destination="", wrong=(str(error),))
    wrong = tuple(call_tests.mismatches(call, story))
    end = story["trace"][-SHOWN:] if wrong else ()
    return Result(
        file=file,
        line=call.line,
        why=call.why,
        destination=story["destination"],
        wrong=wrong,
        trace=tuple(f"{entry['at']} -> {entry['outcome']}: {entry['why']}" for entry in end),
    )
