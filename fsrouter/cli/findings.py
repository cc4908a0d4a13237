"""What lint has to say of a rule book, for people, beside whatever a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fsrouter.cli import output

if TYPE_CHECKING:
    from fsrouter.engine.lint.installation import Installation
    from fsrouter.engine.model.rulebook import RuleBook

#: Findings that are shown before they are only counted.
SHOWN = 20


def show(known: Installation, *books: RuleBook) -> None:
    """Everything that is found in rule books, and what nobody could look at."""
    from fsrouter.engine.lint.lint import lint

    for book in books:
        with output.progress(f"checking the rule book of {book.company}"):
            found = lint(book, known)
        for each in found[:SHOWN]:
            output.info(f"{book.company}: {each}")
        if len(found) > SHOWN:
            output.info(f"{book.company}: and {len(found) - SHOWN} more; `fsrouter rules check FILE` lists all")
    unchecked(known)


def unchecked(known: Installation) -> None:
    """What could not be looked at, if anything."""
    if known.unknown:
        output.info(f"not checked: {known.unknown}")
