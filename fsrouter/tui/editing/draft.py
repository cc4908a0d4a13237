"""A draft: a rule book in force, and what somebody is about to change in it.

Each edit is a whole definition as a plain tree of text, so that one that is not finished yet can be held too. Frozen:
every edit makes another draft, and undoing goes back to the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple, replace

from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.lint import errors
from fsrouter.engine.model import schema
from fsrouter.engine.model.company import Header, reading
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.schema import Problem, Tree

#: The company itself, as a section with one definition.
COMPANY = "company"
NUMBERS = "tracking_numbers"
#: Edits that can be undone.
REMEMBERED = 200
#: Elements of a definition that are written as a tree at once.
SMALL = 1000

Place = tuple[str, str]
Edits = Mapping[Place, Tree]


class Compiled(Struct, frozen=True):
    """What a draft makes: a rule book, or the problems for which it is none; `book` is None then."""

    book: RuleBook | None
    problems: tuple[Problem, ...] = ()


class Originals:
    """The definitions of a rule book as plain trees, each written once: 100,000 rules take half a second."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._trees: dict[Place, Tree] = {}

    def tree(self, section: str, name: str) -> Tree:
        """A definition as a plain tree of text; None when there is none. Whoever gets it must not change it."""
        place = section, name
        if place not in self._trees:
            value = written(self._book, section, name)
            self._trees[place] = None if value is None else schema.write(value, kind_of(section))
        return self._trees[place]

    def at_hand(self, section: str, name: str) -> bool:
        """Whether a definition is there at once: written already, or small."""
        value = written(self._book, section, name)
        return (section, name) in self._trees or value is None or _size(value) <= SMALL


class Draft(Struct, frozen=True):
    """A draft on the rule book `base`, whose definitions are `originals`; made by `of`.

    `edits` are trees by section and name; None takes a definition away. `past` and `future` are other edits.
    """

    base: RuleBook
    originals: Originals
    edits: Edits = {}
    past: tuple[Edits, ...] = ()
    future: tuple[Edits, ...] = ()

    @classmethod
    def of(cls, book: RuleBook) -> Draft:
        """A draft that changes nothing yet."""
        return cls(book, Originals(book))

    def tree(self, section: str, name: str) -> Tree:
        """A definition as a plain tree of text; None when there is none."""
        if (section, name) in self.edits:
            return self.edits[section, name]
        return self.originals.tree(section, name)

    def at_hand(self, section: str, name: str) -> bool:
        """Whether `tree` gives a definition at once; else it belongs into a thread."""
        return (section, name) in self.edits or self.originals.at_hand(section, name)

    def names(self, section: str) -> list[str]:
        """The names in a section, in their order."""
        if section == COMPANY:
            return [self.base.company]
        known = [*self.base.section(section), *(name for place, name in self.edits if place == section)]
        return [name for name in dict.fromkeys(known) if self.edits.get((section, name), "") is not None]

    def put(self, section: str, name: str, tree: Tree) -> Draft:
        """With another tree for a definition; None takes it away. One that is again as in force is no edit."""
        edits = {**self.edits, (section, name): tree}
        if tree == self.originals.tree(section, name):
            del edits[section, name]
        if edits == self.edits:
            return self
        return replace(self, edits=edits, past=(*self.past[-REMEMBERED:], self.edits), future=())

    def undone(self) -> Draft:
        """Without the last edit."""
        if not self.past:
            return self
        return replace(self, edits=self.past[-1], past=self.past[:-1], future=(*self.future, self.edits))

    def redone(self) -> Draft:
        """With the edit again that was undone last."""
        if not self.future:
            return self
        return replace(self, edits=self.future[-1], past=(*self.past, self.edits), future=self.future[:-1])

    def onto(self, base: RuleBook) -> Draft:
        """The same edits of another rule book."""
        fresh = Draft.of(base)
        for (section, name), tree in self.edits.items():
            fresh = fresh.put(section, name, tree)
        return replace(fresh, past=({},) if fresh.edits else ())

    def compiled(self, known: Installation = UNKNOWN) -> Compiled:
        """The rule book that the draft makes, checked as the one in force was, for the installation that is `known`."""
        header, problems = self._header()
        context = replace(self.base, header=header).context
        sections: dict[str, dict[str, Any]] = {}
        for (section, name), tree in self.edits.items():
            if section == COMPANY:
                continue
            found = sections.setdefault(section, dict(self.base.section(section)))
            if tree is None:
                found.pop(name, None)
                continue
            value, wrong = schema.read(SECTIONS[section], tree, context, (section, name))
            problems += wrong
            if value is not None:
                problems += _place(found, section, name, value)
        if problems:
            return Compiled(None, tuple(problems))
        book = replace(self.base, header=header, **sections)
        problems = [finding.problem for finding in errors(book, known)]
        return Compiled(None if problems else book, tuple(problems))

    def _header(self) -> tuple[Header, list[Problem]]:
        tree = self.edits.get((COMPANY, self.base.company))
        if tree is None:
            return self.base.header, []
        header, problems = schema.read(Header, tree, reading(tree, self.base.context), (COMPANY, self.base.company))
        if header is not None and header.company != self.base.company:
            problems.append(
                Problem(
                    (COMPANY, self.base.company, "company"), "is the company's name; `fsrouter rules rename` changes it"
                )
            )
        return header or self.base.header, problems


def _place(found: dict[str, Any], section: str, name: str, value: Any) -> list[Problem]:
    """Put a value where its definition belongs, in the place of the old one."""
    key = value.number if section == NUMBERS else name
    if key != name and key in found:
        return [Problem((section, name, "number"), f"{key} stands here twice")]
    before = list(found.items())
    found.clear()
    found.update((key if k == name else k, value if k == name else v) for k, v in before)
    found[key] = value
    return []


def kind_of(section: str) -> Any:
    """The kind of a section's definitions."""
    return Header if section == COMPANY else SECTIONS[section]


def written(book: RuleBook, section: str, name: str) -> Any:
    """A definition of a rule book, or None."""
    if section == COMPANY:
        return book.header
    return book.section(section).get(name)


def _size(value: Struct) -> int:
    """How many elements a definition has in its longest list."""
    return max((len(field) for field in astuple(value) if isinstance(field, tuple | dict)), default=0)


def touched(old: RuleBook, new: RuleBook) -> Iterator[Place]:
    """The definitions in which two rule books differ."""
    if old.header != new.header:
        yield COMPANY, old.company
    for section in SECTIONS:
        before, after = old.section(section), new.section(section)
        for name in {**before, **after}:
            if before.get(name) != after.get(name):
                yield section, name
