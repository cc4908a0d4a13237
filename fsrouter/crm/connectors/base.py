"""What a connector is: pure flows of requests and replies, and the values that come of them.

A flow is a generator: it yields a request, is sent the reply, and returns what it was for. It does no I/O, keeps no
state and knows no clock, so a connector is tested by `next` and `send`, and two threads may run two flows of one
connector at once. Who sends, waits, signs in and gives up is a `connection.Connection`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from fsrouter.crm.transport.messages import Credentials, Flow, Held, Token
from fsrouter.engine.model.criteria import fold
from fsrouter.engine.walk.facts import Contact

#: Characters of a CRM's text that are kept, and of an id.
LONGEST = 2000
LONGEST_ID = 128


class Found(Struct, frozen=True):
    """A contact as the CRM has it, and its telephone numbers as they are written there.

    A contact without an id is a company's own number.
    """

    contact: Contact
    phones: tuple[str, ...] = ()


class Page(Struct, frozen=True, kw_only=True):
    """A part of a sync: contacts that there are, ids of such as there no longer are, and the cursor of the next page.

    An empty cursor says that this was the last one.
    """

    found: tuple[Found, ...] = ()
    gone: tuple[str, ...] = ()
    cursor: str = ""


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a sync stands, between two pages: what a cursor says.

    `stage` is what is read now and `at` how far; `since` narrows a window, `count` counts in it. `fields` are the
    names of what is asked for and `phones` of those that hold telephone numbers, by module.
    """

    stage: str = ""
    at: str = ""
    since: str = ""
    count: int = 0
    fields: dict[str, tuple[str, ...]] = {}
    phones: dict[str, tuple[str, ...]] = {}

    def written(self) -> str:
        """As a cursor."""
        return msgspec.json.encode(self).decode()

    def at_stage(self, stage: str) -> Place:
        """The beginning of another stage."""
        return msgspec.structs.replace(self, stage=stage, at="", since="", count=0)


def place(cursor: str) -> Place:
    """Where a cursor stands; the beginning for an empty one."""
    return msgspec.json.decode(cursor, type=Place) if cursor else Place()


class Wanted(Struct, frozen=True, kw_only=True):
    """What a live look-up is for: the record of `module` that belongs to `number` (E.164), with `field`.

    `contact` is the id of the contact that the cache knows to own the number, "" when it knows none: a look-up by id
    finds numbers in every field, however they are written there.
    """

    number: str
    module: str = ""
    field: str = ""
    contact: str = ""

    @property
    def of_accounts(self) -> bool:
        """Whether the account's record is wanted, and not the person's."""
        return fold(self.module) in ("accounts", "account", "companies", "company")


class User(Struct, frozen=True, kw_only=True):
    """A user of the CRM, who may own contacts."""

    id: str
    email: str = ""
    name: str = ""


class CallSummary(Struct, frozen=True, kw_only=True):
    """A call as it is written to the CRM. `began` is in seconds since the epoch, `seconds` how long it took.

    `owner` is the CRM user of the agent who answered, "" when there is none.
    """

    caller: str
    number: str
    began: float
    seconds: float
    answered: bool
    title: str
    text: str
    recording: str = ""
    owner: str = ""


class Connector(Protocol):
    """One connection of a rule book. All flows raise CrmBadReply when a reply makes no sense."""

    @property
    def name(self) -> str:
        """The connection's name in the rule book."""

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that are read, as the CRM calls them; the first one holds the most contacts."""

    @property
    def syncs(self) -> bool:
        """Whether there is anything to sync."""

    @property
    def incremental(self) -> bool:
        """Whether what has changed since a moment can be asked for."""

    def credentials(self, token: Held | None) -> Credentials:
        """The headers by which a request is authorised; `token` is what signing in gave."""

    def sign_in(self) -> Flow[Token] | None:
        """How a token is had; None for a CRM whose credential is good by itself."""

    def page(self, since: float, cursor: str) -> Flow[Page]:
        """The next page: all contacts, or with `since` (seconds since the epoch) what has changed since then."""

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        """The record that belongs to a number, None when there is none."""

    def users(self) -> Flow[tuple[User, ...]]:
        """The users who may own contacts."""

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        """The contact's fields whose value is a user."""

    def count(self, module: str) -> Flow[int]:
        """How many records a module has; -1 when the CRM does not say."""

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        """Write a call down at a contact, by its id."""


def text(value: Any) -> str:
    """A value of a CRM as the text that rules compare; "" for what is not known.

    What has a name (a reference to another record) is that name; a list is its elements. Control characters become
    spaces: this is a stranger's text, on its way to screens and logs.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:64]
    if isinstance(value, Mapping):
        return next((clean(str(value[k])) for k in ("name", "display_value", "id") if value.get(k) is not None), "")
    if isinstance(value, Iterable):
        return clean(", ".join(filter(None, (text(v) for v in value if not isinstance(v, list | tuple)))))
    return ""


def clean(value: str) -> str:
    """A text without control characters and without space around it, of bounded length."""
    value = value[:LONGEST].strip()
    return value if value.isprintable() else "".join(c if c.isprintable() else " " for c in value).strip()


def identity(value: Any) -> str:
    """An id as text; "" for what is none."""
    found = text(value)
    return found if len(found) <= LONGEST_ID else ""


def chosen(names: Iterable[str], wanted: frozenset[str]) -> tuple[str, ...]:
    """The CRM's own spelling of the names that are wanted; `wanted` is folded."""
    return tuple(name for name in names if fold(name) in wanted)


def kept(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """The fields of a record by name, without those that are empty."""
    told = ((name, text(values.get(name))) for name in names)
    return {name: value for name, value in told if value}
