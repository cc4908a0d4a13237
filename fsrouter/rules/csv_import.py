"""CSV in: priority rules by kind and value, tracking numbers by number, closed dates by date.

Rows add and change by their key; only a row whose column `delete` says yes removes. Every bad row is an error with its
line, and then nothing is taken. Contacts have a module of their own (`contacts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from fsrouter.engine.lint.check import check
from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.lint import errors
from fsrouter.engine.model import schema
from fsrouter.engine.model.company import TrackingNumber
from fsrouter.engine.model.routers import PRIORITY_KINDS, PriorityRule, folded
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.schedule import DATES
from fsrouter.engine.numbers import cells
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import Refused
from fsrouter.rules import csv_cells
from fsrouter.rules.csv_reader import CsvReader, Row
from fsrouter.rules.file_errors import Faulty, FileError, InvalidFile

PRIORITY_COLUMNS = ("kind", "value", "in_office", "after_hours", "to", "head_start", "delete")
TRACKING_COLUMNS = (*(f.name for f in schema.fields(TrackingNumber)), "delete")
HOLIDAY_COLUMNS = ("date", "delete")
ROUTES = frozenset({"in_office", "after_hours", "to", "failsafe"})


class RuleRow(NamedTuple):
    """A row with a priority rule: its line, the rule's kind and value as they are compared, and the rule, or None
    when the row takes it away.
    """

    line: int
    key: tuple[str, str]
    rule: PriorityRule | None


def priority_rows(path: Path, context: Context, bad: list[FileError]) -> Iterator[RuleRow]:
    """The priority rules of a CSV file; what is wrong with other rows goes to `bad`. Raises InvalidFile when it
    cannot be read at all.
    """
    reader = CsvReader(path, PRIORITY_COLUMNS, ("kind", "value"))
    seen: dict[tuple[str, str], int] = {}
    for line, row in reader:
        try:
            found = _rule(line, row, context)
            if found.key in seen:
                raise Refused(f"{found.key[0]} {row['value']!r} stands in line {seen[found.key]} already")
            seen[found.key] = line
            yield found
        except ValueError as error:
            reader.add_error(line, error)
    bad += reader.errors


def _rule(line: int, row: dict[str, str], context: Context) -> RuleRow:
    kind, value = row["kind"].casefold(), cells.plain(row["value"])
    if kind not in PRIORITY_KINDS:
        raise Refused(f"{row['kind'][:60]!r} is no kind of rule{did_you_mean(kind, PRIORITY_KINDS)}")
    if not value:
        raise Refused(f"lacks the value of its {kind}")
    key = kind, folded(kind, value)
    if csv_cells.yes(row.get("delete", "")):
        return RuleRow(line, key, None)
    tree = {kind: value} | {k: _cell(k, v) for k, v in row.items() if v and k not in ("kind", "value", "delete")}
    return RuleRow(line, key, _definition(PriorityRule, tree, context))


def _cell(column: str, text: str) -> Any:
    return csv_cells.route(text) if column in ROUTES else " ".join(text.split())


def _definition(kind: Any, tree: dict[str, Any], context: Context) -> Any:
    """A row's definition. Raises Refused with everything that is wrong with it."""
    value, problems = schema.read(kind, tree, context)
    if problems:
        raise Refused("; ".join(str(problem) if problem.path else problem.message for problem in problems))
    return value


def priority_rules(path: Path, book: RuleBook, table: str, known: Installation = UNKNOWN) -> RuleBook:
    """The book with the rules of a CSV file put onto one of its priority tables.

    Raises InvalidFile with every bad row.
    """
    old = _existing(path, book.priorities, table, "priority table")
    rules = {(rule.kind, folded(rule.kind, rule.value)): rule for rule in old.rules}
    lines: dict[tuple[str, str], int] = {}
    bad: list[FileError] = []
    for row in priority_rows(path, book.context, bad):
        lines[row.key] = row.line
        if row.rule is None:
            rules.pop(row.key, None)
        else:
            rules[row.key] = row.rule
    new = replace(old, rules=tuple(rules.values()))
    changed = replace(book, priorities=book.priorities | {table: new})
    keys = list(rules)

    def line_of(at: schema.Path) -> int:
        ours = at[:3] == ("priorities", table, "rules") and len(at) > 3
        return lines.get(keys[int(at[3])], 0) if ours else 0

    _check(path, changed, line_of, bad, known)
    return changed


def _existing(path: Path, section: Mapping[str, Any], name: str, what: str) -> Any:
    """The definition that a file changes. Raises InvalidFile when there is none."""
    if name not in section:
        raise InvalidFile([FileError(str(path), 0, 0, f"there is no {what} {name!r}{did_you_mean(name, section)}")])
    return section[name]


def tracking_numbers(path: Path, book: RuleBook, known: Installation = UNKNOWN) -> RuleBook:
    """The book with the tracking numbers of a CSV file. A column that the file lacks leaves what there was, an empty
    cell takes it back to its default. Raises InvalidFile with every bad row.
    """
    reader = CsvReader(path, TRACKING_COLUMNS, ("number",))
    return tracking_rows(reader, reader, book, known)


def tracking_rows(rows: Iterable[Row], faulty: Faulty, book: RuleBook, known: Installation = UNKNOWN) -> RuleBook:
    """The book with the tracking numbers of rows, as `tracking_numbers`; what is wrong with any goes to `faulty`, the
    file that they are of. Raises InvalidFile with all of that.
    """
    found = dict(book.tracking_numbers)
    lines: dict[str, int] = {}
    for line, row in rows:
        try:
            number = _number(row["number"], book.context)
            if number in lines:
                raise Refused(f"{number} stands in line {lines[number]} already")
            lines[number] = line
            if csv_cells.yes(row.get("delete", "")):
                found.pop(number, None)
            else:
                found[number] = _tracking_number(number, row, found.get(number), book.context)
        except ValueError as error:
            faulty.add_error(line, error)
    changed = replace(book, tracking_numbers=found)

    def line_of(at: schema.Path) -> int:
        return lines.get(str(at[1]), 0) if at[0] == "tracking_numbers" else 0

    _check(faulty.path, changed, line_of, faulty.errors, known)
    return changed


def _number(text: str, context: Context) -> str:
    try:
        return csv_cells.number(text, context)
    except ValueError as error:
        raise Refused(f"{text[:60]!r} {error}") from None


def _tracking_number(number: str, row: dict[str, str], old: TrackingNumber | None, context: Context) -> TrackingNumber:
    tree = {key: value for key, value in (schema.write(old) if old else {}).items() if key not in row}
    for column, text in row.items():
        if column == "tags":
            tree[column] = [tag.strip() for tag in text.replace(";", ",").split(",") if tag.strip()]
        elif text and column != "delete":
            tree[column] = _cell(column, text)
    found: TrackingNumber = _definition(TrackingNumber, tree | {"number": number}, context)
    return found


def closed_dates(path: Path, book: RuleBook, schedule: str, known: Installation = UNKNOWN) -> RuleBook:
    """The book with the closed dates of a CSV file put onto one of its schedules: a column `date` with dates and
    ranges as 2026-12-24..2027-01-02, and perhaps `delete`. Raises InvalidFile with every bad row.
    """
    old = _existing(path, book.schedules, schedule, "schedule")
    closed = dict.fromkeys(old.closed)
    reader = CsvReader(path, HOLIDAY_COLUMNS, ("date",), ignored=("name", "title", "holiday"))
    for row in reader:
        try:
            _close(closed, row, book.context)
        except ValueError as error:
            reader.add_error(row.line, error)
    changed = replace(book, schedules=book.schedules | {schedule: replace(old, closed=tuple(sorted(closed)))})
    _check(path, changed, lambda at: 0, reader.errors, known)
    return changed


def _close(closed: dict[tuple[date, date], None], row: Row, context: Context) -> None:
    text = cells.plain(row.cells["date"])
    try:
        begin, end = DATES.read(text, context)
    except ValueError as error:
        raise Refused(f"{text[:60]!r} {error}") from None
    if not csv_cells.yes(row.cells.get("delete", "")):
        closed[begin, end] = None
        return
    around = next((d for d in closed if d != (begin, end) and d[0] <= begin and end <= d[1]), None)
    if (begin, end) not in closed and around:
        raise Refused(f"{text!r} lies in {DATES.write(around)}; delete that range and give what stays closed")
    closed.pop((begin, end), None)


def _check(
    path: Path, book: RuleBook, line_of: Callable[[schema.Path], int], bad: list[FileError], known: Installation
) -> None:
    """Raise InvalidFile with every `bad` row and with those that lead nowhere; `line_of` knows which row a place is of.

    What does not fit together elsewhere may come of the bad rows, and is told when there are none; so is what lint
    refuses for the installation that is `known`.
    """
    problems = check(book) if bad else [finding.problem for finding in errors(book, known)]
    found = [FileError(str(path), line_of(problem.path), 0, str(problem)) for problem in problems]
    if bad or found:
        raise InvalidFile([*bad, *(error for error in found if error.line or not bad)])
