"""Where one can go: the screens with their digits, and what is typed at `:`: a screen, a definition, a number, a
company, a call; what is none of these is looked for in the history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from fsrouter.engine.lint.references import destination_of
from fsrouter.engine.model.destinations import SECTION_OF
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook


class Place(NamedTuple):
    """A screen: its mode, the digit that leads there, its name, and its module and class in `screens`."""

    mode: str
    digit: str
    name: str
    screen: str


PLACES = (
    Place("calls", "1", "Calls", "calls.Calls"),
    Place("queues", "2", "Queues", "queues.Queues"),
    Place("rules", "3", "Rules", "rules.Rules"),
    Place("numbers", "4", "Numbers", "numbers.Numbers"),
    Place("contacts", "5", "Contacts", "contacts.Contacts"),
    Place("history", "6", "History", "history.History"),
    Place("try", "7", "Try", "what_if.WhatIf"),
    Place("routers", "8", "Routers", "routers.Routers"),
)

#: What is typed to see the lists of callers, a screen without a digit.
LISTS = "lists"
#: A call's uuid, or the beginning of one.
CALL = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]{0,27})?")


def places(books: Mapping[str, RuleBook]) -> list[tuple[str, str]]:
    """Everywhere that one can go by name, with what it is."""
    found = [(mode, "screen") for mode in (*(place.mode for place in PLACES), LISTS)]
    several = len(books) > 1
    for book in books.values():
        found += [(book.company, "company")] if several else []
        for section, name, _ in book.definitions():
            where = str(destination_of(section, name) or f"{section}.{name}")
            found.append((f"{book.company}/{where}" if several else where, book.header.title or book.company))
    return found


def definition(books: Mapping[str, RuleBook], company: str, where: str) -> tuple[str, str, str] | None:
    """The (company, section, name) that `queue:support`, `schedules.office` or a tracking number means, in the rule
    book of `company` ("" is any) unless it begins with another's name: `acme/queue:support`.
    """
    owner, _, where = where.rpartition("/")
    company = owner or company
    kind, colon, name = where.partition(":")
    section = SECTION_OF.get(kind) if colon else None
    if section is None:
        section, _, name = where.partition(".")
    for book in books.values():
        if company in ("", book.company):
            if where in book.tracking_numbers:
                return book.company, "tracking_numbers", where
            if section in SECTIONS and name in book.section(section):
                return book.company, section, name
    return None
