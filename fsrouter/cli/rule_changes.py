"""A change of a company's rule book: made from a file, shown, asked about, put in force."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fsrouter.cli import findings, output
from fsrouter.errors import RulesError, UsageError

if TYPE_CHECKING:
    from fsrouter.engine.lint.installation import Installation
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.rules.plan import Plan
    from fsrouter.store import Store


@dataclass(frozen=True)
class Change:
    """The rule book in force (None when there is none) and the one that is to take its place."""

    old: RuleBook | None
    new: RuleBook

    @property
    def revision(self) -> int:
        """The revision that is in force, 0 for none."""
        return self.old.revision if self.old else 0

    @property
    def plan(self) -> Plan:
        """What is added, changed and removed."""
        from fsrouter.rules.plan import between

        return between(self.old, self.new)


#: Products whose exports of numbers are read.
FORMATS = ("fusionpbx",)


@dataclass(frozen=True)
class About:
    """What a CSV file is about: rules of a priority `table`, closed dates of a `schedule`, else numbers, by our own
    columns or in the `format_` of a product, of whose rows those are skipped that cannot be carried over, or none.
    """

    table: str | None = None
    schedule: str | None = None
    format_: str | None = None
    skip_unreadable: bool = False

    def __bool__(self) -> bool:
        return self != About()


def of_yaml(store: Store | None, known: Installation, file: Path, company: str | None, about: About) -> Change:
    """What a company's file changes, all when there is no store yet. Raises InvalidFile, UsageError."""
    from fsrouter.rules import company_file

    if about:
        options = "--table, --schedule and --format"
        raise UsageError(f"{file.name} is no CSV file; {options} say what a CSV file is about")
    seen: list[RuleBook | None] = []

    def in_force(name: str) -> RuleBook | None:
        if company not in (None, name):
            raise UsageError(f"{file.name} is the file of {name}, not of {company}")
        seen.append(store.books.book(name) if store else None)
        if store and seen[-1] is None and (now := store.books.former().get(name)):
            raise UsageError(f"{name} is called {now} now; write `company: {now}` in {file.name}")
        return seen[-1]

    new = company_file.load(file, in_force, known)
    return Change(seen[0], _placed(new, seen[0], file))


def _placed(new: RuleBook, old: RuleBook | None, file: Path) -> RuleBook:
    """A book whose CSV files of contacts are named in full: nobody knows later which rules file they lay beside.

    What stays as it is in force is left alone.
    """
    from msgspec.structs import replace

    from fsrouter.engine.model.crms import Csv

    folder, known = file.resolve().parent, old.crms if old else {}
    fresh = {n: crm for n, crm in new.crms.items() if isinstance(crm, Csv) and crm != known.get(n)}
    return replace(new, crms={**new.crms, **{n: replace(crm, path=str(folder / crm.path)) for n, crm in fresh.items()}})


def of_csv(book: RuleBook, known: Installation, file: Path, about: About) -> Change:
    """What a CSV file changes. Raises InvalidFile, UsageError."""
    from fsrouter.engine.words import did_you_mean
    from fsrouter.rules import csv_import

    table, schedule = about.table, about.schedule
    if sum(map(bool, (table, schedule, about.format_))) > 1:
        raise UsageError("a CSV file is about one thing; give --table, --schedule or --format")
    if about.skip_unreadable and not about.format_:
        raise UsageError("--skip-unreadable goes with --format: rows of our own columns can all be read")
    for section, name, what in (("priorities", table, "priority table"), ("schedules", schedule, "schedule")):
        there = book.section(section)
        if name and name not in there:
            raise UsageError(f"{book.company} has no {what} {name!r}{did_you_mean(name, there)}")
    if table:
        return Change(book, csv_import.priority_rules(file, book, table, known))
    if schedule:
        return Change(book, csv_import.closed_dates(file, book, schedule, known))
    if about.format_:
        return Change(book, _of_fusionpbx(file, book, known, skip=about.skip_unreadable))
    return Change(book, csv_import.tracking_numbers(file, book, known))


def _of_fusionpbx(file: Path, book: RuleBook, known: Installation, *, skip: bool) -> RuleBook:
    from fsrouter.rules import csv_import, fusionpbx
    from fsrouter.rules.file_errors import Faulty, InvalidFile

    found = fusionpbx.read(file, book)
    for note in found.notes():
        output.info(f"{file}: {note}")
    if found.unreadable and not skip:
        rest = f"{file}: --skip-unreadable imports the other {output.count(len(found.rows), 'row')} without them"
        raise RulesError(f"{InvalidFile(found.unreadable)}\n{rest}")
    for error in found.unreadable:
        output.info(f"skipped: {error}")
    return csv_import.tracking_rows(found.rows, Faulty(file), book, known)


def put_in_force(change: Change, known: Installation, save: Callable[[], int], *, yes: bool, as_json: bool) -> None:
    """Show a change and what lint finds in it, ask unless `yes`, and have it saved by `save`, which gives its revision.

    Raises UsageError when there is nobody to be asked.
    """
    from msgspec.structs import asdict

    from fsrouter.rules.plan import AppliedPlan

    plan, company = change.plan, change.new.company
    if not as_json:
        output.lines(str(plan).splitlines())
    findings.show(known, change.new)
    revision = change.revision
    if plan and agreed(yes, "Put this in force?"):
        with output.progress(f"writing the rule book of {company}"):
            revision = save()
        output.info(f"{company} is at revision {revision}, in force from the next call on")
    elif plan:
        output.info("nothing was changed")
    if as_json:
        output.json(AppliedPlan(**asdict(plan.counted), revision=revision))


def agreed(yes: bool, question: str) -> bool:
    """Whether a change that was shown shall be made: `yes`, or what somebody answers. Raises UsageError when there is
    nobody to be asked.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to be asked, so nothing was changed; give --yes to do it without a question")
    return click.confirm(question, err=True)
