"""What a connector to a REST API is: pure flows of requests and replies.

A flow is a generator: it yields a request, is sent the reply, and returns what it was for. It does no I/O, keeps no
state and knows no clock, so a connector is tested by `next` and `send`, and two threads may run two flows of one
connector at once. Who sends, waits, signs in and gives up is a `connection.Connection`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from fsrouter.crm.connectors.base import CallSummary, Cursor, Page, User, Wanted, read_cursor
from fsrouter.crm.errors import CrmBadReply, CrmUnsafe
from fsrouter.crm.transport.messages import (
    Credentials,
    Flow,
    HeldSecret,
    Reply,
    Request,
    Token,
    address,
    secret_or_text,
)
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model.crms import Abilities
from fsrouter.engine.numbers.cells import numbers_of
from fsrouter.engine.numbers.renumbered import compared

T = TypeVar("T")

#: Pages of a list that is read at once (users, properties, what a search finds) after which it is taken to go in a
#: circle.
MOST_PAGES = 1000


def nothing(value: T) -> Flow[T]:
    """A flow that asks for nothing."""
    yield from ()
    return value


def all_pages(page: Callable[[str], Flow[tuple[list[T], str]]], at: str = "", most: int | None = None) -> Flow[list[T]]:
    """All records of a list, from the page at `at` on.

    `page` gives what the page at a cursor has, and the cursor of the next one, "" where the vendor says that it was
    the last: a page that is short or empty says nothing. `most` is how many records there can be; none is looked for
    behind them. Raises CrmBadReply for a list that goes in a circle.
    """
    found: list[T] = []
    seen = {at}
    while most is None or len(found) < most:
        records, at = yield from page(at)
        found += records
        if not at:
            break
        if at in seen or len(seen) == MOST_PAGES:
            raise CrmBadReply("goes round in a circle: the pages of a list do not end")
        seen.add(at)
    return found


class RestConnector(ABC):
    """One connection of a rule book. All flows raise CrmBadReply when a reply makes no sense.

    `connection` is what the rule book says of it, `wanted` are the fields that rules look at, folded, and `country` is
    how numbers without a country code are read.
    """

    #: The modules that are read, as the CRM calls them; the first one holds the most contacts.
    modules: tuple[str, ...] = ()
    #: What a sync reads, in order; stages with a colon belong to an incremental one only.
    stages: tuple[str, ...] = ()
    #: The path of all requests below the connection's url, and the seconds between two of them.
    api = ""
    apart = 0.0
    #: The statuses of a reply to `_find`: 200, and those that say that nothing is there.
    may_be_missing: tuple[int, ...] = (200, 404)

    def __init__(self, name: str, connection: Any, wanted: frozenset[str] = frozenset(), country: str = "") -> None:
        self.name = name
        self._connection = connection
        self._wanted = wanted
        self._country = country

    @property
    def can(self) -> Abilities:
        """What the CRM can do."""
        abilities: Abilities = self._connection.CAN
        return abilities

    @abstractmethod
    def credentials(self, token: HeldSecret | None) -> Credentials:
        """The headers by which a request is authorised; `token` is what signing in gave."""

    def sign_in(self) -> Flow[Token] | None:
        """How a token is had; None for a CRM whose credential is good by itself."""
        return None

    @property
    def _url(self) -> str:
        """Where the CRM's API is."""
        return str(self._connection.url)

    def wrong_address(self) -> Flow[str]:
        """What is wrong with where the connection leads, by what is said there, and what to do; "" for nothing."""
        return nothing("")

    def hint(self, status: int) -> str:
        """What a status that is no answer may come from with this CRM, and what to do, to go on a sentence with."""
        return ""

    def rationed(self, reply: Reply) -> float | None:
        """For how many seconds to ask nothing, when a reply that refuses (401, 403) is about too many requests and not
        about the credential; None when it is not. Raises CrmBadReply for one that cannot be read.
        """
        return None

    def page(self, since: float, cursor: str) -> Flow[Page]:
        """The next page: all contacts, or with `since` (seconds since the epoch) what has changed since then."""
        here = read_cursor(cursor)
        if not here.stage:
            here = (yield from self._schema()).at_stage(self.stages[0])
        return (yield from self._page(since, here))

    @abstractmethod
    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        """The record that belongs to a number, None when there is none."""

    def users(self) -> Flow[tuple[User, ...]]:
        """The users who may own contacts."""
        return nothing(())

    def owner_fields(self) -> Flow[tuple[str, ...]]:
        """The contact's fields whose value is a user."""
        return nothing(())

    @abstractmethod
    def count(self, module: str) -> Flow[int]:
        """How many records a module has; -1 when the CRM does not say."""

    @abstractmethod
    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        """Write a call down at a contact, by its id."""

    def _schema(self) -> Flow[Cursor]:
        """What a sync asks for: the fields of each module, and those that hold telephone numbers."""
        return nothing(Cursor())

    def _page(self, since: float, here: Cursor) -> Flow[Page]:
        """The page that begins here."""
        return nothing(Page())

    def _next_stage(self, since: float, here: Cursor) -> str:
        """The cursor of the stage behind this one; "" behind the last."""
        stages = [stage for stage in self.stages if since or ":" not in stage]
        after = stages[stages.index(here.stage) + 1 :]
        return here.at_stage(after[0]).written() if after else ""

    def _request(
        self,
        path: str,
        json: Any = None,
        accepts: tuple[int, ...] = (200,),
        headers: tuple[tuple[str, str], ...] = (),
        apart: float | None = None,
        **query: str | int,
    ) -> Request:
        """A GET, or with `json` a POST."""
        return Request(
            url=address(self._url, self.api + path, **query),
            method="GET" if json is None else "POST",
            headers=headers,
            json=json,
            accepts=accepts,
            apart=self.apart if apart is None else apart,
        )

    def _follow(self, link: str, accepts: tuple[int, ...] = (200,)) -> Request:
        """A GET of what a reply links to, which has to be in the same API of the same server. Raises CrmUnsafe."""
        there = urlsplit(urljoin(self._connection.url, link))
        ours = urlsplit(self._connection.url)
        same = (there.scheme, there.netloc.lower()) == (ours.scheme, ours.netloc.lower())
        if not (same and there.path.startswith(f"{self.api}/") and "/." not in unquote(there.path)):
            raise CrmUnsafe("links from one page of a list to another server, or out of its API; that is not followed")
        return Request(url=there.geturl(), accepts=accepts, apart=self.apart)

    def _find(
        self,
        kind: type[T],
        path: str,
        accepts: tuple[int, ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
        **query: str | int,
    ) -> Flow[T | None]:
        """What stands at a path, as `kind`; None where nothing does."""
        reply = yield self._request(path, None, accepts or self.may_be_missing, headers, None, **query)
        return reply.read(kind) if reply.status == 200 else None

    def _grant(self, kind: type[T], url: str, grant_type: str, *names: str) -> Flow[T]:
        """What an OAuth server says, as `kind`, when it is asked for a token by these credentials of the connection."""
        secrets = ((name, secret_or_text(getattr(self._connection, name))) for name in names)
        form = (("grant_type", (grant_type,)), *secrets)
        # A credential that is not good is answered with 400, or with 200 and an error.
        return (yield Request(method="POST", url=url, form=form, accepts=(200, 400))).read(kind)

    def _has(self, texts: Iterable[str], number: str) -> bool:
        """Whether a number (E.164) really is in these fields, in whichever form, whatever a search has found."""
        return compared(number) in map(compared, numbers_of(texts, self._country)[0])
