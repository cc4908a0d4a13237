"""The client: everything of one process that goes to CRMs passes here, and can be cancelled.

It has one connection for each connection of a rule book, made anew when the rule book changes. A sync may take hours
and a request two minutes; a router that is told to stop waits for neither. Once the client is cancelled no request is
sent any more and no pause lasts: whoever has work under way is told so by an error, and what was staged is gone on
with later. Blocking; safe for native threads.

This is where a new connector is entered; docs/adding-a-crm.md shows how.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from fsrouter.crm.connection import Connection
from fsrouter.crm.connectors.connectwise import ConnectWise
from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.connectors.custom import Custom
from fsrouter.crm.connectors.hubspot import HubSpot
from fsrouter.crm.connectors.rest import RestConnector
from fsrouter.crm.connectors.salesforce import Salesforce
from fsrouter.crm.connectors.zoho import Zoho
from fsrouter.crm.shared_tokens import SharedTokens
from fsrouter.crm.transport.http import Bounds, Sender
from fsrouter.crm.transport.messages import Reply, Request
from fsrouter.engine.model import crms
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import Error
from fsrouter.runtime import Runtime
from fsrouter.store import Tokens

#: The connector of each type of connection.
CONNECTORS: Mapping[type, type[RestConnector]] = {
    crms.HubSpot: HubSpot,
    crms.Zoho: Zoho,
    crms.ConnectWise: ConnectWise,
    crms.Salesforce: Salesforce,
    crms.Custom: Custom,
}


class Cancelled(Error):
    """The client was cancelled: this process stops."""


class Client:
    """All connections of one process, and the `runtime` of whatever uses them.

    With `tokens` and the installation's signing `key` they share access tokens with those of other processes.
    """

    def __init__(self, sender: Sender, runtime: Runtime, tokens: Tokens | None = None, key: str = "") -> None:
        self.runtime = runtime
        self._sender = sender
        self._shared = SharedTokens(tokens, key, sender.digest, runtime, self.pause) if tokens and key else None
        self._connections: dict[tuple[str, str], tuple[object, Connection]] = {}
        self._lock = threading.Lock()
        self._cancelled = runtime.event()

    def connection(self, book: RuleBook, crm: str) -> Connection | None:
        """A company's connection; None when there is none to send to, as for a CSV file and an unknown name."""
        made_of = (book.crms.get(crm), book.crm_fields, book.header.country)
        make = CONNECTORS.get(type(made_of[0]))
        if make is None:
            return None
        with self._lock:
            known = self._connections.get((book.company, crm))
            if known is None or known[0] != made_of:
                known = made_of, Connection(make(crm, *made_of), self.send, self.runtime, self._shared)
                self._connections[book.company, crm] = known
            return known[1]

    def source(self, book: RuleBook, crm: str) -> Connection | CsvFile | None:
        """Where a company's contacts come from: a connection or a CSV file; None for an unknown name."""
        connection = book.crms.get(crm)
        if isinstance(connection, crms.Csv):
            return CsvFile(crm, Path(connection.path), book)
        return self.connection(book, crm)

    def send(self, request: Request, bounds: Bounds) -> Reply:
        """Send a request. Raises CrmError, and Cancelled before and after when the client is cancelled."""
        self.raise_if_cancelled()
        reply = self._sender.send(request, bounds)
        self.raise_if_cancelled()
        return reply

    def pause(self, seconds: float) -> None:
        """Wait so many seconds. Raises Cancelled as soon as the client is cancelled."""
        self._cancelled.wait(seconds)
        self.raise_if_cancelled()

    def raise_if_cancelled(self) -> None:
        """Go on when nobody has cancelled the client. Raises Cancelled."""
        if self.is_cancelled:
            raise Cancelled("this router stops")

    @property
    def is_cancelled(self) -> bool:
        """Whether the client is cancelled."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Let nothing begin any more, and end every pause. Returns at once."""
        self._cancelled.set()

    def close(self) -> None:
        """Cancel, and close all connections that nobody uses."""
        self.cancel()
        self._sender.close()
