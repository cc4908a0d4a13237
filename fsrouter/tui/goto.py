"""`:` goes anywhere: to a board, a definition, a number, a company, a call; and what is none of these is looked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fsrouter.engine.lint.references import destination_of
from fsrouter.engine.model.destinations import SECTION_OF
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.tui.widgets.frame import PLACES

if TYPE_CHECKING:
    from fsrouter.tui.app import Dashboard


#: A call's uuid, or the beginning of one.
CALL = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]{0,27})?")


def places(books: Mapping[str, RuleBook]) -> list[tuple[str, str]]:
    """Everywhere that one can go by name, with what it is."""
    found = [(place.mode, "board") for place in PLACES]
    several = len(books) > 1
    for book in books.values():
        found += [(book.company, "company")] if several else []
        for section, name, _ in book.definitions():
            destination = destination_of(section, name)
            told = str(destination) if destination else f"{section}.{name}"
            found.append((f"{book.company}/{told}" if several else told, book.header.title or book.company))
    return found


def go(app: Dashboard, where: str) -> None:
    """Go where a line says."""
    if where in {place.mode for place in PLACES}:
        app.switch_mode(where)
        return
    books = app.library.known
    if where in books:
        app.look_at(where)
        return
    if CALL.fullmatch(where):
        from fsrouter.tui.screens.call_detail import StoryBoard

        app.push_screen(StoryBoard(where))
        return
    company, _, rest = where.rpartition("/")
    found = definition(books, company or app.company, rest)
    if found:
        rules(app, *found)
    else:
        history(app, where)


def definition(books: Mapping[str, RuleBook], company: str, text: str) -> tuple[str, str, str] | None:
    """The (company, section, name) that `queue:support`, `schedules.office` or a tracking number means."""
    kind, colon, name = text.partition(":")
    section = SECTION_OF.get(kind) if colon else None
    if section is None:
        section, _, name = text.partition(".")
    for book in books.values():
        if company in ("", book.company):
            if text in book.tracking_numbers:
                return book.company, "tracking_numbers", text
            if (
                section in book.__struct_fields__
                and section not in ("header", "revision")
                and name in book.section(section)
            ):
                return book.company, section, name
    return None


def rules(app: Dashboard, company: str, section: str, name: str) -> None:
    """Go to a definition of a company's rule book."""
    from fsrouter.tui.screens.rules import Rules

    board = app.go("rules")
    assert isinstance(board, Rules)
    app.call_after_refresh(board.open, company, section, name)


def history(app: Dashboard, text: str) -> None:
    """Go to the calls that a filter lets through."""
    from fsrouter.tui.screens.history import History

    board = app.go("history")
    assert isinstance(board, History)
    app.call_after_refresh(board.find, text)
