"""What a layout of contacts is: which heading of a file means what.

A layout is a table; nothing here knows a vendor. What the columns make of a contact is `rules.contacts`' affair, and
which contacts they are that of `engine.contacts`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

#: What a column can be, for `map` too: of several columns `phones` has all numbers, `name` all words, and of the others
#: the first that is not empty counts.
FIELDS: Mapping[str, str] = {
    "id": "the contact's id",
    "name": "the contact's name",
    "title": "the contact's job title",
    "account_id": "the id of their company",
    "account": "the name of their company",
    "territory": "the contact's territory",
    "owner": "who owns the contact",
    "phones": "the contact's telephone numbers",
    "account_phones": "their company's own telephone numbers",
    "email": "stands in for the name where there is none",
    "crm": "the connection that the contact belongs to",
    "delete": "whether the row removes the contact",
}
#: Columns with what the number in the column of the same place is called.
LABEL = "label"
#: Parts of a name, in the order in which they are put together.
FIRST, MIDDLE, LAST = "first name", "middle name", "last name"

#: Columns in which all numbers count, not only those of the first.
NUMBERS = ("phones", "account_phones")
#: A heading that comes again.
_AGAIN = re.compile(r"(.+) \(\d+\)")
_SPACES = re.compile(r"[\s_]+")
_DIGITS = re.compile(r"\d+")
_LIKE = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2019": "'"})


def fold(heading: str) -> str:
    """A heading as headings are compared: without case, one space or `_` as good as another."""
    text = unicodedata.normalize("NFKC", heading).translate(_LIKE).casefold()
    return _SPACES.sub(" ", text).strip()


class Layout(Struct, frozen=True, kw_only=True, dict=True):
    """How a product writes contacts. `headings` are those that mean something, by FIELDS, the parts of a name or LABEL;
    `#` stands for any number. `crm` is the type of the connection whose ids they have, "" for none.

    `signs` are headings of which all of one group must be there for a file to be of this layout, and `lacks` such that
    none may be. In `lists` a cell may have several values between semicolons. `source` is where the headings are from.
    """

    name: str
    title: str
    headings: Mapping[str, tuple[str, ...]]
    signs: tuple[tuple[str, ...], ...]
    lacks: tuple[str, ...] = ()
    crm: str = ""
    lists: tuple[str, ...] = ()
    source: str = ""

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """What each heading is, by its folded form."""
        return {fold(heading): what for what, headings in self.headings.items() for heading in headings}

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {heading: i for i, heading in enumerate(self.columns)}

    def what(self, heading: str) -> str:
        """What a column is, "" when its heading is none of these."""
        folded = fold(heading)
        return self.columns.get(folded) or self.columns.get(_DIGITS.sub("#", folded), "")

    def fits(self, headings: Iterable[str]) -> bool:
        """Whether a file with these headings is of this layout."""
        there = set(map(fold, headings))
        numbered = there | {_DIGITS.sub("#", heading) for heading in there}
        if any(fold(heading) in there for heading in self.lacks):
            return False
        return any(numbered.issuperset(map(fold, sign)) for sign in self.signs)

    def known(self, headings: Iterable[str]) -> int:
        """How many of some headings mean something here."""
        return sum(bool(self.what(heading)) for heading in headings)

    def arranged(self, headings: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The headings of a file by what they are, those first that stand first in the layout; "" has the others, which
        are further fields. Of a heading that comes again (`Phone (2)`) the numbers count too.
        """
        found: dict[str, list[str]] = {}
        last = len(self._places)
        for heading in sorted(headings, key=lambda h: self._places.get(fold(h), last)):
            what = self.what(heading)
            if not what and (again := _AGAIN.fullmatch(heading)) and self.what(again[1]) in NUMBERS:
                what = self.what(again[1])
            found.setdefault(what, []).append(heading)
        return {what: tuple(names) for what, names in found.items()}
