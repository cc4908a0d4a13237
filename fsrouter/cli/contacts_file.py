"""Files of contacts on the command line: `--contacts`, and what could not be read of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fsrouter.cli import output

if TYPE_CHECKING:
    from fsrouter.engine.contacts import Contact
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.rules.unread import UnreadCell

#: Cells and rows that are told before they are only counted.
SHOWN = 20


def by_number(file: Path, book: RuleBook) -> dict[str, tuple[Contact, ...]]:
    """The contacts of a file by number, in place of every CRM; says what of it could not be read. Raises
    InvalidFile.
    """
    from fsrouter.rules import contacts
    from fsrouter.rules.unread import Unread

    unread = Unread()
    found = contacts.by_number(file, book, unread)
    tell_unread(file, unread.listed, unread.cells, unread.rows)
    return found


def tell_unread(file: Path, listed: Sequence[UnreadCell], cells: int, rows: int) -> None:
    """Say which cells and rows of a file could not be read, and how many."""
    for each in listed[:SHOWN]:
        output.info(f"{file}:{each.line}: {each}")
    _count(file, cells, rows)


def _count(file: Path, cells: int, rows: int) -> None:
    parts = [f"{output.count(cells, 'cell')} could not be read"] if cells else []
    parts += [f"{output.count(rows, 'row')} left out"] if rows else []
    if parts:
        output.info(f"{file}: {', '.join(parts)}")
