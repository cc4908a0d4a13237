"""What a contact is known by: its id as the vendor's API gives it, however a file writes it, and a name where there is
no id.
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.contacts.contact import Contact, Entry

#: How the id begins of a contact that has none: its name and its company stand behind it.
NAMED = "name:"

#: Characters of an id, and of a name that stands for one: the cache keeps no more, and would take two of one beginning
#: for one.
LONGEST = 256

#: Salesforce's alphabet of five capitals and small letters, each a bit: "15 character IDs are case-sensitive ... 18
#: character IDs are case-insensitive", the last three of which say which of the others are capitals (Salesforce Help,
#: "What is an 18-character record ID?"; Object Reference, "ID Field Type").
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_FIFTEEN = re.compile(r"[A-Za-z0-9]{15}", re.ASCII)


class Ids(Struct, frozen=True, kw_only=True):
    """How a vendor's exports write ids, as against its API: with a `prefix`, or without the `checksum` of three
    characters behind fifteen.
    """

    prefix: str = ""
    checksum: bool = False

    def read(self, text: str) -> str:
        """An id as the vendor's API gives it; what is none of the vendor's stays as it is."""
        text = text.removeprefix(self.prefix)
        return text + _checksum(text) if self.checksum and _FIFTEEN.fullmatch(text) else text

    def forms(self, id: str) -> tuple[str, ...]:
        """All ways in which an id is written, that of the API first."""
        found = [id] if id else []
        if id and self.prefix:
            found.append(self.prefix + id)
        if self.checksum and len(id) == 18:
            found.append(id[:15])
        return tuple(found)


#: Ids that are written in one way.
PLAIN = Ids()


def _checksum(id: str) -> str:
    """The three characters that Salesforce puts behind fifteen."""
    parts = (id[:5], id[5:10], id[10:])
    return "".join(_CAPITALS[sum("A" <= c <= "Z" and 1 << bit for bit, c in enumerate(part))] for part in parts)


def identified(entry: Entry, ids: Ids = PLAIN) -> Entry:
    """A row or record with the ids that its contact and account are known by."""
    contact = entry.contact
    id, account_id = ids.read(contact.id), ids.read(contact.account_id)
    if not id and contact.name:
        id = named(contact.name, contact.account or account_id)
    if id == contact.id and account_id == contact.account_id:
        return entry
    return replace(entry, contact=replace(contact, id=id, account_id=account_id))


def named(name: str, company: str) -> str:
    """The id of a contact that has none."""
    return f"{NAMED}{folded_name(name)}|{folded_name(company)}"


def is_named(id: str) -> bool:
    """Whether an id is none of a CRM's, but made of name and company."""
    return id.startswith(NAMED)


def folded_name(text: str) -> str:
    """A name as names are compared: without case and double spaces."""
    return " ".join(text.casefold().split())


def called(contact: Contact) -> str:
    """The name of a contact, or of a company, as names are compared."""
    return folded_name(contact.name if contact.id else contact.account)


def identity(contact: Contact) -> tuple[str, str]:
    """What a contact is known by within its CRM: `person` and its id, or of a company `account` and the account's id,
    else its name without case.
    """
    return ("person", contact.id) if contact.id else ("account", contact.account_id or called(contact))


def problem(entry: Entry) -> str:
    """Why a row or record is nobody's, as a phrase that goes on from it; "" when it is somebody's."""
    contact = entry.contact
    company = contact.account_id or ("" if contact.id else contact.account)
    if max(len(contact.id), len(company)) > LONGEST:
        return f"has an id or a name that is longer than {LONGEST} characters, by which nobody is told from others"
    if contact.id:
        return ""
    if not entry.numbers:
        return "has neither an id nor a number"
    known = contact.account or contact.account_id
    return "" if known or entry.gone else "has neither an id nor an account, so it is nobody's number"
