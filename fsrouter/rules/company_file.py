"""One company's file: YAML in, a rule book out, or everything that is wrong with it by line.

A file says what stands in it: each section that is there becomes as the file says, absent sections and absent keys
of the company stay as they are (DESIGN section 4). `""` for a key of the company takes it back to its default.
Knows nothing of the store: the book in force is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from fsrouter.engine.lint.check import check
from fsrouter.engine.model import schema
from fsrouter.engine.model.company import Header, TrackingNumber
from fsrouter.engine.model.routers import Priority, PriorityRule, folded
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.scalars import NAME, NUMBER, Context, did_you_mean
from fsrouter.engine.model.schema import Path as Keys
from fsrouter.engine.model.schema import Problem
from fsrouter.rules import csv_import, yaml_reader
from fsrouter.rules.file_errors import FileError, InvalidFile
from fsrouter.rules.yaml_reader import Source

HEADER = {f.name: f for f in schema.fields(Header)}


def nobody(company: str) -> RuleBook | None:
    """The book in force where there is none."""
    return None


@dataclass(frozen=True)
class Part:
    """What a file says: the keys of the company (`given` are those that stand in it) and the sections.

    `lines` are the lines of the rules that came from CSV files, by table: (file, how many stand in the YAML, lines).
    `order` are the tracking numbers as they stand in the file. `problems` and `errors` are the faults of the file by
    itself; a definition that has one is represented by an empty one, so that what leads to it is found sound.
    """

    source: Source
    header: Header
    given: frozenset[str]
    sections: Mapping[str, Mapping[str, Any]]
    lines: Mapping[str, tuple[str, int, list[int]]] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    errors: tuple[FileError, ...] = ()

    def onto(self, previous: RuleBook | None) -> RuleBook:
        """The rule book that comes of putting this part onto the one in force.

        Raises InvalidFile with every fault: the file's own, and what does not fit together.
        """
        attributes = {HEADER[name].attribute: getattr(self.header, HEADER[name].attribute) for name in self.given}
        base = previous or RuleBook(header=self.header)
        header = msgspec.structs.replace(base.header, **attributes)
        book = msgspec.structs.replace(base, header=header, **self.sections)
        problems = [*self.problems, *check(book)]
        if problems or self.errors:
            raise InvalidFile([*located(self, problems), *self.errors])
        return book


def load(path: Path, in_force: Callable[[str], RuleBook | None] = nobody) -> RuleBook:
    """The rule book that a file makes of the one in force. `in_force` finds that by the company's name.

    Raises InvalidFile with every fault.
    """
    source = yaml_reader.load(path)
    previous = in_force(named(source))
    return read(source, previous).onto(previous)


def named(source: Source) -> str:
    """The company whose file this is. Raises InvalidFile when it does not say so."""
    if not isinstance(source.tree, Mapping):
        raise InvalidFile([FileError(source.file, 1, 1, "is no rules file; it begins with `company: NAME`")])
    name = source.tree.get("company")
    if name is None:
        raise InvalidFile([FileError(source.file, 1, 1, "lacks 'company'; a rules file begins with `company: NAME`")])
    if not isinstance(name, str) or not NAME.fullmatch(name):
        shown = name if isinstance(name, str) else "what stands behind company"
        message = f"company: {shown!r} is no name; names are lower-case letters, digits, . _ -"
        raise InvalidFile([FileError(source.file, *source.place(("company",))[:2], message)])
    return name


def read(source: Source, previous: RuleBook | None = None) -> Part:
    """What a file says, with its faults. Numbers are read with the company's country: the file's, else the previous
    book's. Raises InvalidFile only when it does not say whose file it is.
    """
    reader = _Reader(source, previous)
    reader.read()
    return Part(
        source,
        reader.header,
        reader.given,
        reader.sections,
        reader.lines,
        tuple(reader.order),
        tuple(reader.problems),
        tuple(reader.errors),
    )


def stand_in(kind: Any) -> Any:
    """An empty definition of a kind, in the place of one that could not be read: it leads nowhere."""
    if get_origin(kind) in schema.UNIONS:
        kind = get_args(kind)[0]
    required = [f for f in schema.fields(kind) if f.required]
    return kind(**{f.attribute: (get_origin(schema.dissect(f.type)[2]) or str)() for f in required})


class _Reader:
    """Reads a file's tree section by section and collects every fault."""

    def __init__(self, source: Source, previous: RuleBook | None) -> None:
        self.source = source
        self.header = previous.header if previous else Header(company=named(source))
        self.given: frozenset[str] = frozenset()
        self.sections: dict[str, dict[str, Any]] = {}
        self.lines: dict[str, tuple[str, int, list[int]]] = {}
        self.order: list[str] = []
        self.problems: list[Problem] = []
        self.errors: list[FileError] = []
        self.context = Context(self.header.country)

    def read(self) -> None:
        tree = self.source.tree
        named(self.source)
        self.company({key: value for key, value in tree.items() if key in HEADER})
        for key, section in tree.items():
            if key in SECTIONS:
                self.sections[key] = self.section(key, section)
            elif key not in HEADER:
                close = did_you_mean(key, [*HEADER, *SECTIONS])
                self.problems.append(Problem((key,), f"unknown key {key[:60]!r}{close}"))

    def company(self, tree: dict[str, Any]) -> None:
        told = {key: value for key, value in tree.items() if value != "" or HEADER[key].required}
        header, problems = schema.read(Header, told, self.context)
        self.problems += problems
        if header:
            self.header, self.given = header, frozenset(tree)
        if header and "country" in tree:
            self.context = Context(header.country)

    def section(self, name: str, tree: Any) -> dict[str, Any]:
        if name == "tracking_numbers":
            return self.tracking_numbers(tree)
        if not isinstance(tree, Mapping):
            self.problems.append(Problem((name,), "must be a mapping of names to what each is"))
            return {}
        found = {}
        for key, definition in tree.items():
            if not NAME.fullmatch(key):
                message = f"{key[:60]!r} is no name; names are lower-case letters, digits, . _ -"
                self.problems.append(Problem((name, key), message))
            value, problems = schema.read(SECTIONS[name], definition, self.context, (name, key))
            self.problems += problems
            found[key] = self.table(key, value) if isinstance(value, Priority) else value or stand_in(SECTIONS[name])
        return found

    def tracking_numbers(self, tree: Any) -> dict[str, TrackingNumber]:
        found: dict[str, TrackingNumber] = {}
        if not isinstance(tree, list):
            self.problems.append(Problem(("tracking_numbers",), "must be a list of {number: ..., to: ...}"))
            return found
        for i, item in enumerate(tree):
            value, problems = schema.read(TrackingNumber, item, self.context, ("tracking_numbers", i))
            self.problems += problems
            value = value or msgspec.structs.replace(stand_in(TrackingNumber), number=self.number(item))
            if value.number and value.number in found:
                self.problems.append(Problem(("tracking_numbers", i, "number"), f"{value.number} stands here twice"))
            self.order.append(value.number)
            found[value.number] = value
        return found

    def number(self, item: Any) -> str:
        """The number of a tracking number that has faults elsewhere, or ""."""
        try:
            return str(NUMBER.read(item["number"], self.context))
        except (ValueError, TypeError, KeyError, AttributeError):
            return ""

    def table(self, name: str, table: Priority) -> Priority:
        """A priority table with the rules of the CSV file that it names, which from here on are its own."""
        if not table.rules_csv:
            return table
        place = ("priorities", name, "rules_csv")
        if Path(table.rules_csv).is_absolute() or ".." in Path(table.rules_csv).parts:
            self.problems.append(Problem(place, f"{table.rules_csv!r} must lie beside the rules file"))
            return table
        path = self.source.folder / table.rules_csv
        if not path.is_file():
            self.problems.append(Problem(place, f"there is no file {table.rules_csv!r} beside the rules file"))
            return table
        try:
            rows = list(csv_import.priority_rows(path, self.context, self.errors))
        except InvalidFile as error:
            self.errors += error.errors
            return table
        gone = {row.key for row in rows if row.rule is None}
        rules = [rule for rule in table.rules if _key(rule) not in gone]
        standing = {_key(rule) for rule in rules}
        self.errors += (
            FileError(
                str(path),
                row.line,
                0,
                f"{row.key[0]} {row.key[1]!r} has a rule in {Path(self.source.file).name} already",
            )
            for row in rows
            if row.key in standing
        )
        added = [row for row in rows if row.rule is not None]
        self.lines[name] = str(path), len(rules), [row.line for row in added]
        everything = (*rules, *(row.rule for row in added if row.rule))
        return msgspec.structs.replace(table, rules=everything, rules_csv="")


def _key(rule: PriorityRule) -> tuple[str, str]:
    return rule.kind, folded(rule.kind, rule.value)


def located(part: Part, problems: Iterable[Problem]) -> list[FileError]:
    """Problems with a rule book as errors in the file that says so."""
    found = []
    for problem in problems:
        path = problem.path
        if path[:1] == ("priorities",) and path[2:3] == ("rules",) and len(path) > 3 and path[1] in part.lines:
            file, ours, lines = part.lines[str(path[1])]
            if int(path[3]) >= ours:
                found.append(FileError(file, lines[int(path[3]) - ours], 0, f"{problem}"))
                continue
        path = _in_the_file(part, path)
        place = part.source.place(path)
        message = f"{problem}" if path else problem.message
        if path and path[0] not in part.source.tree:
            message += " (as it stands in force; this file does not change it)"
        if place.flow and path[-1] != 0 and "is no destination" in message:
            message += "; quote it together with the text before it if it belongs there"
        found.append(FileError(part.source.file, place.line, place.column, message))
    return found


def _in_the_file(part: Part, path: Keys) -> Keys:
    if path[:1] == ("tracking_numbers",) and len(path) > 1 and path[1] in part.order:
        return ("tracking_numbers", part.order.index(str(path[1])), *path[2:])
    return path
