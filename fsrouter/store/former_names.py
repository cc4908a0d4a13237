"""What is written by a name that a company has no more: by a router that has not heard of the renaming yet, of a call
that began before. It is the company's all the same, and does not make the old name rise again.
"""

from __future__ import annotations

from typing import Any

from peewee import fn

from fsrouter.errors import RulesError
from fsrouter.store.tables.calls import CallRow
from fsrouter.store.tables.rulebooks import FormerNameRow


def called(company: str) -> Any:
    """The name of a company that is, or was, called so, as an SQL expression: what to write in its place."""
    row: Any = FormerNameRow
    return fn.COALESCE(row.select(row.company).where(row.former == company), company)


def name_of(db: Any, company: str) -> str:
    """The name of a company that is, or was, called so. Inside of a `writing` block."""
    query: Any = FormerNameRow.select(FormerNameRow.company).where(FormerNameRow.former == company).tuples()
    return next((str(name) for (name,) in query.execute(db)), company)


def refuse_former(db: Any, name: str, of: str = "") -> None:
    """Raise RulesError when a name was another company's than `of`: what is still written by it would become its
    namesake's, another tenant's. Inside of a `writing` block.
    """
    now = name_of(db, name)
    if now not in (name, of):
        raise RulesError(
            f"{name!r} was the name of {now}, and calls may still be written down by it; choose another name"
        )


def adopt(db: Any) -> None:
    """Put the journal's records right that were written by a former name. Inside of a `writing` block. A look for each
    former name, of which there are few: a join would be asked for by every batch that is written.
    """
    query: Any = FormerNameRow.select(FormerNameRow.former, FormerNameRow.company).tuples()
    for former, company in list(query.execute(db)):
        CallRow.update(company=company).where(CallRow.company == former).execute(db)
