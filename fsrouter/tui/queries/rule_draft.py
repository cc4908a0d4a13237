"""What can be said of a draft: whether it is a rule book, what is dead in it, what points where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.lint.lint import lint
from fsrouter.engine.lint.references import OWNER, References, destination_of
from fsrouter.engine.model.destinations import SECTION_OF
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.schema import Path
from fsrouter.errors import RulesError
from fsrouter.store import Store
from fsrouter.tui.editing.draft import COMPANY, Compiled, Draft, Edits, Place
from fsrouter.tui.queries.gc_pause import is_large, still
from fsrouter.tui.queries.rulebooks import Library

#: References that are listed beside a definition at most, each way.
MOST = 500


class Remark(Struct, frozen=True):
    """Something beside a definition: `sign` is `!` for a fault or finding, `<` for what points here, `>` for where
    this points; `to` is the definition at the other end, where there is one, `path` what in the definition is meant.
    """

    sign: str
    text: str
    to: Place | None = None
    path: Path = ()


class Drafted(Struct, frozen=True):
    """A company's rule book with what a draft changes in it.

    `book` is the one that the draft makes, or the one in force while it makes none; `marks` counts faults and findings
    by definition; `newer` is a revision that came in force after the draft was begun, 0 for none. `asked` is the draft
    that was asked about, which `draft` is too unless that had no edits; `away` are the agents that are on break.
    """

    asked: Draft | None
    draft: Draft
    compiled: Compiled
    book: RuleBook
    links: References
    remarks: Mapping[Place, tuple[Remark, ...]]
    away: frozenset[str]
    newer: int = 0
    companies: tuple[str, ...] = ()

    def beside(self, section: str, name: str) -> list[Remark]:
        """Everything that is worth knowing beside a definition; of a great many links the first, and how many more."""
        found = list(self.remarks.get((section, name), ()))
        destination = destination_of(section, name)
        here = self.links.pointing(destination) if destination else []
        for path in here[:MOST]:
            place = (str(path[0]), str(path[1])) if len(path) > 1 else (COMPANY, self.book.company)
            found.append(Remark("<", spoken(path), place))
        found += [Remark("<", f"and {len(here) - MOST:,} more")] if len(here) > MOST else []
        if name in (self.book.section(section) if section != COMPANY else ()):
            found += self._onward(section, name)
        return found

    def _onward(self, section: str, name: str) -> Iterator[Remark]:
        for path, to in islice(self.links.onward(section, name), MOST):
            at = SECTION_OF.get(to.kind)
            known = at is not None and to.name in self.book.section(at)
            told = f"{spoken(path)}: {to}"
            yield Remark(">", told, (at, to.name) if at is not None and known else None)
        more = sum(len(route) for _, route in self.links.routes.get((section, name), ())) - MOST
        if more > 0:
            yield Remark(">", f"and {more:,} more")


class Wanted(Struct, frozen=True):
    """Whose rule book is looked at, "" for the first one's, what is changed in it, and what was found last time."""

    company: str
    draft: Draft | None = None
    before: Drafted | None = None


def look(store: Store, library: Library, wanted: Wanted) -> Drafted:
    """A draft as it stands against the rule books in force. A draft without edits follows them.

    Raises RulesError when there is no rule book.
    """
    books = library.books()
    company = wanted.company or next(iter(sorted(books)), "")
    latest = books.get(company)
    if latest is None:
        raise RulesError("there is no rule book yet; `fsrouter rules import FILE` puts one in force")
    draft = wanted.draft
    if draft is None or draft.base.company != company or not (draft.edits or draft.past or draft.future):
        same = wanted.draft is not None and wanted.draft.base is latest and not wanted.draft.past
        draft = wanted.draft if same and wanted.draft else Draft(latest)
    newer = latest.revision if latest.revision != draft.base.revision else 0
    away = frozenset(f"agent:{n}" for n, state in store.states.agents(company).items() if state.state == "break")
    before = wanted.before
    if before and before.draft.base is draft.base and before.draft.edits == draft.edits and before.away == away:
        return replace(before, asked=wanted.draft, draft=draft, newer=newer, companies=tuple(sorted(books)))
    with still(is_large(draft.base)):
        return _checked(wanted.draft, draft, away, newer, tuple(sorted(books)))


def _checked(
    asked: Draft | None, draft: Draft, away: frozenset[str], newer: int, companies: tuple[str, ...]
) -> Drafted:
    """A draft made into a rule book, and everything that is to be found in that."""
    compiled = draft.compiled()
    book = compiled.book or draft.base
    remarks: dict[Place, list[Remark]] = {}
    for problem in compiled.problems:
        where = spoken(problem.path[2:])
        remarks.setdefault(_place(problem.path, draft.base.company), []).append(
            Remark("!", f"{where}: {problem.message}" if where else problem.message, path=problem.path[2:])
        )
    for finding in lint(book, away):
        where = spoken(finding.path[2:])
        told = f"{where + ': ' if where else ''}{finding.message} [{finding.code}]"
        remarks.setdefault(_place(finding.path, draft.base.company), []).append(
            Remark("!", told, path=finding.path[2:])
        )
    frozen = {place: tuple(found) for place, found in remarks.items()}
    links = References(book)
    links.pointing(OWNER)  # so that the index of all is made here and not when the screen asks
    return Drafted(asked, draft, compiled, book, links, frozen, away, newer, companies)


def spoken(path: Path) -> str:
    """A place in a definition as the form counts it: `branches / 1 / then`."""
    return " / ".join(f"{key + 1}" if isinstance(key, int) else key for key in path)


def _place(path: tuple[str | int, ...], company: str) -> Place:
    return (str(path[0]), str(path[1])) if len(path) > 1 else (COMPANY, company)


def overlap(edits: Edits, theirs: frozenset[Place]) -> list[str]:
    """The definitions that both sides have changed, in words."""
    return sorted(f"{section}.{name}" for section, name in edits if (section, name) in theirs)
