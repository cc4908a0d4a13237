"""One company's file: YAML in, a rule book out, or everything that is wrong with it by line.

A file says what stands in it: each section that is there becomes as the file says, absent sections and absent keys
of the company stay as they are. `""` for a key of the company takes it back to its default. Knows nothing of the
store: the book in force is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from msgspec.structs import replace

from fsrouter.engine.lint.check import check
from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.lint import errors
from fsrouter.engine.model import schema
from fsrouter.engine.model.company import Header, TrackingNumber, reading
from fsrouter.engine.model.routers import Priority, PriorityRule, folded
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.scalars import NAME, NUMBER, Context
from fsrouter.engine.model.schema import Path as Keys
from fsrouter.engine.model.schema import Problem
from fsrouter.engine.words import did_you_mean
from fsrouter.rules import csv_import, yaml_reader, yaml_slips
from fsrouter.rules.corrections import Fault, with_corrections
from fsrouter.rules.file_errors import FileError, InvalidFile
from fsrouter.rules.yaml_places import Place
from fsrouter.rules.yaml_reader import Source

HEADER = {f.name: f for f in schema.fields(Header)}


def load(
    path: Path,
    in_force: Callable[[str], RuleBook | None] = lambda company: None,
    known: Installation = UNKNOWN,
) -> RuleBook:
    """The rule book that a file makes of the one in force, for the installation that is `known`. `in_force` finds that
    book by the company's name.

    Raises InvalidFile with every fault.
    """
    source = opened(path)
    previous = in_force(company_of(source))
    return read(source, previous).onto(previous, known)


def opened(path: Path) -> Source:
    """A company's file as a tree. Raises InvalidFile with every fault that it has as YAML."""
    return yaml_reader.load(path, faults_of)


def faults_of(source: Source) -> list[FileError]:
    """What is wrong with a file by itself, without the files beside it, to tell a better text from a worse."""
    try:
        file = CompanyFile(source, Header(company=company_of(source)), beside=False)
        file.read()
        book = file.merged(None)
    except InvalidFile as invalid:
        return list(invalid.errors)
    return [FileError(source.file, 0, 0, str(problem)) for problem in check(book)]


def company_of(source: Source) -> str:
    """The company whose file this is. Raises InvalidFile when it does not say so."""
    if not isinstance(source.tree, Mapping):
        raise InvalidFile([FileError(source.file, 1, 1, "is no rules file; it begins with `company: NAME`")])
    name = source.tree.get("company")
    if name is None:
        raise InvalidFile([FileError(source.file, 1, 1, "lacks 'company'; a rules file begins with `company: NAME`")])
    if not isinstance(name, str) or not NAME.fullmatch(name):
        given = name if isinstance(name, str) else "what stands behind company"
        message = f"company: {given!r} is no name; names are lower-case letters, digits, . _ -"
        raise InvalidFile([FileError(source.file, *source.place(("company",))[:2], message)])
    return name


def read(source: Source, previous: RuleBook | None = None) -> CompanyFile:
    """What a file says, with its faults. Numbers are read with the company's country: the file's, else the previous
    book's. Raises InvalidFile only when it does not say whose file it is.
    """
    company = company_of(source)
    file = CompanyFile(source, previous.header if previous else Header(company=company))
    file.read()
    return file


class CompanyFile:
    """What a file says: the keys of the company (`given` are those that stand in it) and the sections.

    `csv_rules` are the rules that came from CSV files, by table: (file, how many rules stand in the YAML, lines).
    `numbers` are the tracking numbers as they stand in the file. `problems` and `errors` are the faults of the file by
    itself; a definition that has one is represented by an empty one, so that what leads to it is found sound.
    """

    def __init__(self, source: Source, header: Header, beside: bool = True) -> None:
        self.source = source
        self.header = header
        self._beside = beside
        self.given: frozenset[str] = frozenset()
        self.sections: dict[str, dict[str, Any]] = {}
        self.csv_rules: dict[str, tuple[str, int, list[int]]] = {}
        self.numbers: list[str] = []
        self.problems: list[Problem] = []
        self.errors: list[FileError] = []
        self._context = Context(header.country)

    def onto(self, previous: RuleBook | None, known: Installation = UNKNOWN) -> RuleBook:
        """The rule book that comes of putting this file onto the one in force.

        Raises InvalidFile with every fault: the file's own and what does not fit together, else what lint refuses.
        """
        book = self.merged(previous)
        if found := errors(book, known):
            raise InvalidFile(self.located(each.problem for each in found))
        return book

    def merged(self, previous: RuleBook | None) -> RuleBook:
        """The same, of a file that is read without a fault; what lint has to say of it is not looked at.

        Raises InvalidFile with every fault of the file, and then also with what does not fit together.
        """
        attributes = {HEADER[name].attribute: getattr(self.header, HEADER[name].attribute) for name in self.given}
        base = previous or RuleBook(header=self.header)
        book = replace(base, header=replace(base.header, **attributes), **self.sections)
        if self.problems or self.errors:
            further = [] if len(self.problems) >= schema.MANY else check(book)
            raise InvalidFile([*self.located([*self.problems, *further]), *self.errors])
        return book

    def located(self, problems: Iterable[Problem]) -> list[FileError]:
        """Problems with the rule book as errors at their places in the file, or in its CSV files, with corrections."""
        found = [(problem, self._path(problem)) for problem in problems]
        places = self.source.places(path for _, path in found)
        faults = [self._fault(problem, path, places[path]) for problem, path in found]
        if not self._beside:
            return [fault.error for fault in faults]
        judge = yaml_reader.judge(self.source.file, faults_of)
        return list(with_corrections(self.source.text, faults, judge))

    def _path(self, problem: Problem) -> Keys:
        """The path to a problem's place as the file has it."""
        path = problem.path
        if path[:1] == ("tracking_numbers",) and len(path) > 1 and path[1] in self.numbers:
            return ("tracking_numbers", self.numbers.index(str(path[1])), *path[2:])
        return path

    def _fault(self, problem: Problem, path: Keys, place: Place) -> Fault:
        if path[:1] == ("priorities",) and path[2:3] == ("rules",) and len(path) > 3 and path[1] in self.csv_rules:
            file, ours, lines = self.csv_rules[str(path[1])]
            if int(path[3]) >= ours:
                return Fault(FileError(file, lines[int(path[3]) - ours], 0, f"{problem}"))
        line, column, flow = place[:3]
        message = f"{problem}" if path else problem.message
        if path and path[0] not in self.source.tree:
            message += " (as it stands in force; this file does not change it)"
        if flow and path[-1] != 0 and "is no destination" in message:
            message += "; quote it together with the text before it if it belongs there"
        error = FileError(self.source.file, line, column, message)
        if path and path[0] not in self.source.tree:
            return Fault(error)
        return yaml_slips.fault(self.source.text, place, problem, error)

    def read(self) -> None:
        """Read the file's tree section by section, and collect every fault."""
        tree = self.source.tree
        self._read_header({key: value for key, value in tree.items() if key in HEADER})
        for key, section in tree.items():
            if len(self.problems) >= schema.MANY:
                break
            if key == "tracking_numbers":
                self.sections[key] = self._tracking_numbers(section)
            elif key in SECTIONS:
                self.sections[key] = self._section(key, section)
            elif key not in HEADER:
                self._problem((key,), f"unknown key {key[:60]!r}{did_you_mean(key, [*HEADER, *SECTIONS])}")

    def _problem(self, path: Keys, message: str) -> None:
        self.problems.append(Problem(path, message))

    def _definition(self, kind: Any, tree: Any, path: Keys) -> Any:
        """A definition, None when it has a fault."""
        value, problems = schema.read(kind, tree, self._context, path)
        self.problems += problems
        return value

    def _read_header(self, tree: dict[str, Any]) -> None:
        keys = {key: value for key, value in tree.items() if value != "" or HEADER[key].required}
        self._context = reading(tree, self._context)
        header = self._definition(Header, keys, ())
        if header:
            self.header, self.given = header, frozenset(tree)

    def _section(self, name: str, tree: Any) -> dict[str, Any]:
        if not isinstance(tree, Mapping):
            self._problem((name,), "must be a mapping of names to what each is")
            return {}
        found = {}
        for key, definition in tree.items():
            if len(self.problems) >= schema.MANY:
                break
            if not NAME.fullmatch(key):
                self._problem((name, key), f"{key[:60]!r} is no name; names are lower-case letters, digits, . _ -")
            value = self._definition(SECTIONS[name], definition, (name, key)) or placeholder(SECTIONS[name])
            found[key] = self._with_csv_rules(key, value) if isinstance(value, Priority) else value
        return found

    def _tracking_numbers(self, tree: Any) -> dict[str, TrackingNumber]:
        found: dict[str, TrackingNumber] = {}
        if not isinstance(tree, list):
            self._problem(("tracking_numbers",), "must be a list of {number: ..., to: ...}")
            return found
        for i, item in enumerate(tree):
            if len(self.problems) >= schema.MANY:
                break
            value = self._definition(TrackingNumber, item, ("tracking_numbers", i))
            value = value or replace(placeholder(TrackingNumber), number=self._number(item))
            if value.number and value.number in found:
                self._problem(("tracking_numbers", i, "number"), f"{value.number} stands here twice")
            self.numbers.append(value.number)
            found[value.number] = value
        return found

    def _number(self, item: Any) -> str:
        """The number of a tracking number that has faults elsewhere, or ""."""
        try:
            return str(NUMBER.read(item["number"], self._context))
        except (ValueError, TypeError, KeyError, AttributeError):
            return ""

    def _with_csv_rules(self, name: str, table: Priority) -> Priority:
        """A priority table with the rules of the CSV file that it names, which from here on are its own."""
        if not table.rules_csv or not self._beside:
            return table
        beside, place = Path(table.rules_csv), ("priorities", name, "rules_csv")
        path = self.source.folder / beside
        if beside.is_absolute() or ".." in beside.parts:
            self._problem(place, f"{table.rules_csv!r} must lie beside the rules file")
            return table
        if not path.is_file():
            self._problem(place, f"there is no file {table.rules_csv!r} beside the rules file")
            return table
        try:
            rows = list(csv_import.priority_rows(path, self._context, self.errors))
        except InvalidFile as invalid:
            self.errors += invalid.errors
            return table
        removed = {row.key for row in rows if row.rule is None}
        ours = [rule for rule in table.rules if _key(rule) not in removed]
        taken = {_key(rule) for rule in ours}
        here = Path(self.source.file).name
        for row in rows:
            if row.key in taken:
                message = f"{row.key[0]} {row.key[1]!r} has a rule in {here} already"
                self.errors.append(FileError(str(path), row.line, 0, message))
        added = {row.line: row.rule for row in rows if row.rule is not None}
        self.csv_rules[name] = str(path), len(ours), list(added)
        return replace(table, rules=(*ours, *added.values()), rules_csv="")


def _key(rule: PriorityRule) -> tuple[str, str]:
    return rule.kind, folded(rule.kind, rule.value)


def placeholder(kind: Any) -> Any:
    """An empty definition of a kind, in the place of one that could not be read: it leads nowhere."""
    if get_origin(kind) in schema.UNIONS:
        kind = get_args(kind)[0]
    required = [f for f in schema.fields(kind) if f.required]
    return kind(**{f.attribute: (get_origin(schema.dissect(f.type)[2]) or str)() for f in required})
