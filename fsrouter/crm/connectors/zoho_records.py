"""Zoho's records: the shapes of its replies, how a record becomes a contact, and how its data centres are called.

Shapes and names are those of the API v8; what is not named here is not looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from fsrouter.crm.connectors.base import identity, text
from fsrouter.crm.errors import CrmBadReply
from fsrouter.engine.contacts import Contact

#: Fields that are always asked for, and the modules whose records are people.
USUAL = {
    "Contacts": ("Full_Name", "Title", "Account_Name", "Owner", "Territories", "Territory", "Modified_Time"),
    "Leads": ("Full_Name", "Designation", "Company", "Owner", "Territories", "Territory", "Modified_Time"),
    "Accounts": ("Account_Name", "Owner", "Territories", "Territory", "Modified_Time"),
}
PEOPLE = ("Contacts", "Leads")


class Info(Struct, frozen=True):
    more_records: bool = False
    next_page_token: str | None = None


class Records(Struct, frozen=True):
    data: list[dict[str, Any]] = []
    info: Info = Info()


class Details(Struct, frozen=True):
    param_name: str = ""


class Trouble(Struct, frozen=True):
    """Why a request was refused (400)."""

    code: str = ""
    details: Details = Details()


class Field(Struct, frozen=True):
    api_name: str
    data_type: str = ""


class Fields(Struct, frozen=True):
    fields: list[Field] = []
    info: Info = Info()


class User(Struct, frozen=True):
    id: str
    email: str | None = None
    full_name: str | None = None


class Users(Struct, frozen=True):
    users: list[User] = []
    info: Info = Info()


class Grant(Struct, frozen=True):
    access_token: str = ""
    expires_in: float = 3600.0
    api_domain: str = ""
    error: str = ""
    error_description: str = ""


def contact_of(crm: str, module: str, record: dict[str, Any], fields: dict[str, str], person: bool) -> Contact:
    """A record as a contact; a company's own number has no id, but the record of a look-up has."""
    account = record.get("Account_Name")
    territories = record.get("Territories") or [record.get("Territory")]
    return Contact(
        id=identity(record["id"]) if person else "",
        crm=crm,
        name=text(record.get("Full_Name")),
        title=text(record.get("Title") or record.get("Designation")),
        account=text(account or record.get("Company")),
        account_id=identity(record["id"] if module == "Accounts" else reference_id(account)),
        territory=text(territories[0] if isinstance(territories, list) and territories else territories),
        owner=reference_id(record.get("Owner")),
        fields=fields,
    )


def accounts_server(url: str) -> str:
    """The accounts server of an API server's data centre: `https://www.zohoapis.eu` has `https://accounts.zoho.eu`."""
    where = centre(urlsplit(url).hostname or "")
    return "https://accounts.zohocloud.ca" if where == "ca" else f"https://accounts.zoho.{where or 'com'}"


def centre(host: str) -> str:
    """The data centre of an API server, as `com`, `eu` or `com.au`; "" when it is none of Zoho's."""
    return host.lower().partition("zohoapis.")[2]


def place(at: str) -> dict[str, str | int]:
    """How the page at a place is asked for: by its number, or by the token that the page before it gave."""
    return {"page" if at.isdigit() and len(at) < 6 else "page_token": at} if at else {}


def place_behind(at: str, info: Info) -> str:
    """The place of the page behind the one at `at`; "" when Zoho says that there is none. Raises CrmBadReply."""
    if not info.more_records or info.next_page_token:
        return (info.more_records and info.next_page_token) or ""
    if "page_token" in place(at):
        raise CrmBadReply("says that a list goes on, and not where")
    return str(int(at or "1") + 1)


def moment(seconds: float) -> str:
    """A time (seconds since the epoch) as Zoho reads it."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def earlier(moment: str) -> str:
    """One second before a time that Zoho gave."""
    return (datetime.fromisoformat(moment) - timedelta(seconds=1)).isoformat()


def reference_id(reference: Any) -> str:
    """The id of a reference to another record."""
    return identity(reference.get("id")) if isinstance(reference, dict) else ""
