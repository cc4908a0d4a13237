"""Contacts as people look for them: one text, which may be a number, an id, a part of a name or account, or several of
these; the same for the command line and the dashboard.
"""

from __future__ import annotations

from fsrouter.engine.contacts import Entry
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.read import searched
from fsrouter.engine.text import one_line
from fsrouter.store import Store

#: Longer texts are nothing that somebody looks for.
LONGEST = 500


def found(store: Store, book: RuleBook, text: str, limit: int) -> tuple[Entry, ...]:
    """The contacts of a company that a text finds, those first whose id it is; "" finds the first ones by name.

    The text may be of any characters: those that no contact has (invisible ones, bytes that are no UTF-8) do not count.
    """
    wanted = one_line(text).strip()
    if len(text) > LONGEST or (text and not wanted):
        return ()
    ids = {crm.CAN.ids.read(wanted) for crm in book.crms.values()}
    number = searched(wanted, book.header.country)
    return store.contacts.find(book.company, wanted, limit, number=number, ids=frozenset(ids))
