"""What is known of the installation that is to carry a rule book: answers that are handed in, each of them or none.

Whoever asks lint gives what they can look at. What they cannot is not checked, and `unknown` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.model.failsafes import Gate
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.rates import Rates


class Dialling(Protocol):
    """What the settings say about dialling."""

    def gate(self, company: str, country: str) -> Gate:
        """The gate of a company, by its name and country (ISO 3166, "" for none)."""


class Owned(Struct, frozen=True):
    """A user of a CRM, in its own words, and how many contacts of the cache are theirs; `crm` is "" for contacts of no
    CRM.
    """

    crm: str
    owner: str
    contacts: int


class Installation(Struct, frozen=True, kw_only=True):
    """What can be looked at besides the rule book itself; None is what cannot.

    `companies_of` gives the company that has each of some numbers (E.164) in force, of those that any company has;
    `owners` who owns contacts of a company, `on_break` the names of its agents who are on a break. `namesakes` gives
    those of some names, as names are compared, that several contacts of a company have, and how many: of a CRM, or of
    all for "". `rates` gives what a minute costs, None where there is no rate sheet or it cannot be read.
    """

    dialling: Dialling | None = None
    companies_of: Callable[[Collection[str]], Mapping[str, str]] | None = None
    owners: Callable[[str], Iterable[Owned]] | None = None
    on_break: Callable[[str], Collection[str]] | None = None
    namesakes: Callable[[str, str, Collection[str]], Mapping[str, int]] | None = None
    rates: Callable[[], Rates | None] | None = None

    def gate(self, book: RuleBook) -> Gate | None:
        """What the settings allow a company to have dialled; None where they are not known."""
        return self.dialling.gate(book.company, book.header.country) if self.dialling else None

    @property
    def keeping_numbers(self) -> Installation:
        """The same for a book whose tracking numbers are its own, whoever has them now: it is renamed, or gets them in
        the same moment.
        """
        return replace(self, companies_of=None)

    @property
    def unknown(self) -> str:
        """What is not checked, and for want of what; "" when everything is."""
        stored = {
            "numbers of other companies": self.companies_of,
            "owners of contacts": self.owners,
            "breaks": self.on_break,
            "names of contacts": self.namesakes,
        }
        found = {
            "no settings": ["what may be dialled"] if self.dialling is None else [],
            "no database": [what for what, known in stored.items() if known is None],
        }
        return ", ".join(f"{', '.join(what)} ({why})" for why, what in found.items() if what)


#: Nothing is known but the rule book.
UNKNOWN = Installation()
