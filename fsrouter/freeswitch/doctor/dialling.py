"""What this installation could dial, company by company, as its settings have it; and what its rule books want dialled
that is closed. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.lint.lint import installation_errors
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.kinds import ORDINARY
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.gate import MOST_DIGITS, Gate
from fsrouter.freeswitch.doctor.finding import OK, Finding, error, warning

#: What needs no leave.
ALWAYS = ("phones of FreeSWITCH's directory", f"extensions of up to {MOST_DIGITS} digits")
#: What to do about what is closed, or else not right for this installation.
REMEDY = "open it in the settings (docs/dialling.md), or change the rule book: fsrouter rules check FILE"


class Allowed(Struct, frozen=True, kw_only=True):
    """What a company may have dialled: `kinds` of numbers in `countries` (ISO 3166) and numbers with `prefixes`, by
    `trunks`, each with its gateways; `endpoints` and `extensions` besides those that all may have; at most `calls` at
    once and `an_hour`, 0 for any number.
    """

    company: str
    countries: tuple[str, ...]
    kinds: tuple[str, ...]
    prefixes: tuple[str, ...]
    trunks: dict[str, tuple[str, ...]]
    endpoints: tuple[str, ...]
    extensions: tuple[str, ...]
    calls: int
    an_hour: int

    @classmethod
    def by(cls, gate: Gate) -> Allowed:
        """What a gate lets through."""
        dialling = gate.dialling
        return cls(
            company=gate.company,
            countries=gate.countries,
            kinds=(*sorted(ORDINARY), *dialling.kinds),
            prefixes=dialling.prefixes,
            trunks={name: tuple(way.name for way in trunk.ways) for name, trunk in gate.usable.items()},
            endpoints=dialling.endpoints,
            extensions=dialling.extensions,
            calls=dialling.calls,
            an_hour=dialling.an_hour,
        )

    def __str__(self) -> str:
        numbers = [f"{', '.join(self.kinds)} numbers of {', '.join(self.countries)}"] if self.countries else []
        numbers += [f"numbers with {', '.join(self.prefixes)}"] if self.prefixes else []
        by = "; ".join(f"{name} ({', '.join(gateways)})" for name, gateways in self.trunks.items())
        leave = f"{' and '.join(numbers)} by the trunk{'s' * (len(self.trunks) > 1)} {by}"
        opened = {"endpoints": self.endpoints, "extensions": self.extensions}
        others = (*ALWAYS, *(f"{what} {', '.join(patterns)}" for what, patterns in opened.items() if patterns))
        most = f"at most {self.calls or 'any number of'} numbers at once, {self.an_hour or 'any number'} an hour"
        dialled = leave if numbers and by else "no numbers, for want of a trunk" if numbers else "no numbers"
        return f"{self.company} may dial {dialled}; {', '.join(others)}; {most}"


class MayDial(Finding, frozen=True):
    """A finding with what a company may have dialled, as values too."""

    dialling: Allowed | None = None


def may_dial(books: Iterable[RuleBook], settings: CallSettings, known: Installation) -> Iterator[Finding]:
    """What each company may have dialled, and what keeps its rule book from being right for this installation."""
    books = list(books)
    here = {book.company for book in books}
    for name, trunk in settings.trunks.items():
        if trunk.companies is not None and here.isdisjoint(trunk.companies):
            what = f"the trunk {name} is for {', '.join(trunk.companies)} alone, and no such company has a rule book"
            yield warning(what, f"correct companies under [trunks.{name}] of the settings, or import the rule book")
    for book in books:
        allowed = Allowed.by(settings.gate(book.company, book.header.country))
        yield MayDial(OK, str(allowed), dialling=allowed)
        for found in installation_errors(book, known):
            yield error(f"{book.company}: {found.problem}", REMEDY)
