"""What is to be seen of a draft: whether it is a rule book, what is unreachable in it, what points where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.lint.lint import lint
from fsrouter.engine.lint.rates import Reach, Reached
from fsrouter.engine.lint.references import OWNER, References, destination_of
from fsrouter.engine.model.destinations import SECTION_OF
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.schema import Path
from fsrouter.engine.rates import Rates
from fsrouter.errors import RulesError
from fsrouter.tui.context import Context
from fsrouter.tui.editing.draft import COMPANY, Compiled, Draft, Edits, Place
from fsrouter.tui.gc_pause import gc_paused, is_large

#: References that are listed beside a definition at most, each way.
MOST = 500


class Remark(Struct, frozen=True):
    """Something beside a definition: `sign` is `!` for a fault or finding, `?` for what nobody could look at, `$` for
    what calls can cost, `<` for what points here, `>` for where this points; `to` is the definition at the other end,
    if any, `path` what is meant in the definition.
    """

    sign: str
    text: str
    to: Place | None = None
    path: Path = ()


class RuleDraft(Struct, frozen=True):
    """A company's rule book with what a draft changes in it.

    `book` is the one that the draft makes, or the one in force while it makes none; `marks` counts faults and findings
    by definition; `newer` is a revision that came in force after the draft was begun, 0 for none. `asked` is the draft
    that was asked about, which `draft` is too unless that had no edits; `away` are the agents that are on break, and
    `unknown` is what could not be looked at. `reaches` has what calls to each tracking and receiving number can cost,
    by `rates`; nothing where there are none.
    """

    asked: Draft | None
    draft: Draft
    compiled: Compiled
    book: RuleBook
    links: References
    remarks: Mapping[Place, tuple[Remark, ...]]
    away: frozenset[str]
    unknown: str = ""
    newer: int = 0
    rates: Rates | None = None
    reaches: Mapping[Place, Reach] = {}

    def beside(self, section: str, name: str) -> list[Remark]:
        """Everything that is worth knowing beside a definition; of a great many links the first, and how many more."""
        found = list(self.remarks.get((section, name), ()))
        if section == COMPANY and self.unknown:
            found.append(Remark("?", f"not checked: {self.unknown}"))
        if (section, name) in self.reaches:
            found.append(Remark("$", str(self.reaches[section, name])))
        destination = destination_of(section, name)
        here = self.links.pointing(destination) if destination else []
        for path in here[:MOST]:
            found.append(Remark("<", format_path(path), _place(path, self.book.company)))
        found += [Remark("<", f"and {len(here) - MOST:,} more")] if len(here) > MOST else []
        if name in (self.book.section(section) if section != COMPANY else ()):
            found += self._onward(section, name)
        return found

    def _onward(self, section: str, name: str) -> Iterator[Remark]:
        for path, to in islice(self.links.onward(section, name), MOST):
            at = SECTION_OF.get(to.kind)
            known = at is not None and to.name in self.book.section(at)
            yield Remark(">", f"{format_path(path)}: {to}", (at, to.name) if at is not None and known else None)
        more = sum(len(route) for _, route in self.links.routes.get((section, name), ())) - MOST
        if more > 0:
            yield Remark(">", f"and {more:,} more")


def load(context: Context, asked: Draft | None = None, before: RuleDraft | None = None) -> RuleDraft:
    """A draft as it stands against the rule books in force; None asks for one of the company that is looked at, or of
    the first. A draft without edits follows the book in force. `before` is what was found last time.

    Raises RulesError when there is no rule book.
    """
    books = context.rulebooks.read()
    company = context.company or (asked.base.company if asked else next(iter(sorted(books)), ""))
    latest = books.get(company)
    if latest is None:
        raise RulesError("there is no rule book yet; `fsrouter rules import FILE` puts one in force")
    draft = asked
    if draft is None or draft.base.company != company or not (draft.edits or draft.past or draft.future):
        draft = draft if draft is not None and draft.base is latest else Draft.of(latest)
    newer = latest.revision if latest.revision != draft.base.revision else 0
    away = context.store.states.on_break(company)
    rates = context.rates()
    known = replace(context.installation, on_break=lambda company: away, rates=lambda: rates)
    same = before and before.draft.base is draft.base and before.draft.edits == draft.edits
    if before and same and before.away == away and before.rates is rates:
        return replace(before, asked=asked, draft=draft, newer=newer)
    with gc_paused(is_large(draft.base)):
        return _checked(asked, draft, known, away, newer, rates)


def _checked(
    asked: Draft | None, draft: Draft, known: Installation, away: frozenset[str], newer: int, rates: Rates | None
) -> RuleDraft:
    """A draft made into a rule book, and everything that is to be found in that."""
    compiled = draft.compiled(known)
    book = compiled.book or draft.base
    remarks: dict[Place, list[Remark]] = {}
    wrong = [(problem.path, problem.message) for problem in compiled.problems]
    wrong += [(finding.path, f"{finding.message} [{finding.code}]") for finding in lint(book, known)]
    for path, message in wrong:
        place = _place(path, draft.base.company)
        within = path if place[0] == COMPANY else path[2:]
        where = format_path(within)
        remarks.setdefault(place, []).append(Remark("!", f"{where}: {message}" if where else message, path=within))
    frozen = {place: tuple(found) for place, found in remarks.items()}
    links = References(book)
    links.pointing(OWNER)  # so that the index of all is made here and not when the screen asks
    reaches = _reaches(links, rates) if rates is not None else {}
    return RuleDraft(asked, draft, compiled, book, links, frozen, away, known.unknown, newer, rates, reaches)


def _reaches(links: References, rates: Rates) -> dict[Place, Reach]:
    """What calls to each number can cost, where they can cost anything."""
    reached, book = Reached(links, rates), links.book
    found = {("tracking_numbers", number): reached.of_tracking(t) for number, t in book.tracking_numbers.items()}
    found |= {("numbers", name): reached.of_receiving(name) for name in book.numbers}
    return {place: reach for place, reach in found.items() if str(reach)}


def format_path(path: Path) -> str:
    """A place in a definition as the form counts it: `branches / 1 / then`."""
    return " / ".join(f"{key + 1}" if isinstance(key, int) else key for key in path)


def _place(path: Path, company: str) -> Place:
    """The definition that a path of a rule book is in."""
    return (str(path[0]), str(path[1])) if len(path) > 1 and path[0] in SECTIONS else (COMPANY, company)


def overlap(edits: Edits, theirs: frozenset[Place]) -> list[str]:
    """The definitions that both sides have changed, in words."""
    return sorted(f"{section}.{name}" for section, name in edits if (section, name) in theirs)
