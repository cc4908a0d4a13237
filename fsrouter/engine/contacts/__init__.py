"""Which contacts and companies some rows or records are: what each is known by, how rows are joined, the order in which
the owners of a number are tried.

Files, CRMs and the contact cache ask here; how they write contacts, and where these are kept, is no affair of this
package. Numbers are E.164 by now.
"""

from __future__ import annotations

from fsrouter.engine.contacts.contact import TEXTS, Contact, Entry
from fsrouter.engine.contacts.identity import PLAIN, Ids, called, folded_name, identified, identity, problem
from fsrouter.engine.contacts.joining import by_number, joined, together
from fsrouter.engine.contacts.owners import common, of_crm, owners, people, person

__all__ = [
    "PLAIN",
    "TEXTS",
    "Contact",
    "Entry",
    "Ids",
    "by_number",
    "called",
    "common",
    "folded_name",
    "identified",
    "identity",
    "joined",
    "of_crm",
    "owners",
    "people",
    "person",
    "problem",
    "together",
]
