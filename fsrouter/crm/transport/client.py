"""The exchange: everything of one process that goes to CRMs passes here, as the settings allow it, and can be cut off.

A sync may take hours and a request two minutes; a router that is told to stop waits for neither. Once the exchange is
cut no request is sent any more and no pause lasts: whoever has work under way is told so by an error, and what was
staged is gone on with later. Blocking; safe for native threads.

The lines to all CRMs: which connector a connection of a rule book has, and one line for each, kept while it stands.

This is where a new connector is entered; docs/adding-a-crm.md shows how.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fsrouter.crm.connectors.base import Connector
from fsrouter.crm.connectors.connectwise import ConnectWise
from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.connectors.custom import Custom
from fsrouter.crm.connectors.hubspot import HubSpot
from fsrouter.crm.connectors.salesforce import Salesforce
from fsrouter.crm.connectors.zoho import Zoho
from fsrouter.crm.transport.address_check import networks
from fsrouter.crm.transport.connection import Line, Send
from fsrouter.crm.transport.http import SYNC, Bounds, Sender
from fsrouter.crm.transport.messages import Reply, Request
from fsrouter.engine.model import crms
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import Error, UsageError


class Cut(Error):
    """The exchange was cut: this process stops."""


class Exchange:
    """The lines of one process. `private` are networks that CRMs may be in although they are private (`10.1.0.0/16`),
    `ca` is a file of further trusted certificates, `folder` where relative paths of CSV files begin.

    Raises UsageError when a network or the file is none.
    """

    def __init__(self, private: tuple[str, ...] = (), ca: str = "", folder: Path | None = None) -> None:
        allowed = networks(private)
        try:
            self._sender = Sender(allowed, ca)
        except OSError as error:
            reason = error.strerror or "it holds no certificate in PEM"
            raise UsageError(f"{ca}: the certificates that the setting crm_ca names cannot be read: {reason}") from None
        self._cut = threading.Event()
        self.lines = Lines(self.send, folder)

    def send(self, request: Request, bounds: Bounds = SYNC) -> Reply:
        """Send a request. Raises CrmError, and Cut before and after when the exchange is cut."""
        self.ask_on()
        reply = self._sender.send(request, bounds)
        self.ask_on()
        return reply

    def pause(self, seconds: float) -> None:
        """Wait so many seconds. Raises Cut as soon as the exchange is cut."""
        self._cut.wait(seconds)
        self.ask_on()

    def ask_on(self) -> None:
        """Go on when nobody has cut the exchange. Raises Cut."""
        if self._cut.is_set():
            raise Cut("this router stops")

    @property
    def is_cut(self) -> bool:
        """Whether the exchange is cut."""
        return self._cut.is_set()

    def cut(self) -> None:
        """Let nothing begin any more, and end every pause. Returns at once."""
        self._cut.set()

    def close(self) -> None:
        """Cut, and close all connections that nobody uses."""
        self.cut()
        self._sender.close()


#: What makes the connector of a connection: (name, connection, folded names of the fields that rules look at, country).
Maker = Callable[[str, Any, frozenset[str], str], Connector]

CONNECTORS: Mapping[type, Maker] = {
    crms.HubSpot: lambda name, connection, wanted, country: HubSpot(name, connection, wanted),
    crms.Zoho: lambda name, connection, wanted, country: Zoho(name, connection, wanted),
    crms.ConnectWise: ConnectWise,
    crms.Salesforce: Salesforce,
    crms.Custom: lambda name, connection, wanted, country: Custom(name, connection),
}


class Lines:
    """The lines of one process. `directory` is where relative paths of CSV files begin."""

    def __init__(self, send: Send, directory: Path | None = None) -> None:
        self._send = send
        self._directory = directory or Path()
        self._lines: dict[tuple[str, str], tuple[object, Line]] = {}
        self._lock = threading.Lock()

    def of(self, book: RuleBook, crm: str) -> Line | None:
        """The line of a company's connection; None when it has none, as a CSV file and an unknown name.

        A line is made anew when the connection, or what rules want of it, has changed.
        """
        connection = book.crms.get(crm)
        if connection is None or type(connection) not in CONNECTORS:
            return None
        made_of = (connection, book.crm_fields, book.header.country)
        with self._lock:
            known = self._lines.get((book.company, crm))
            if known is None or known[0] != made_of:
                connector = CONNECTORS[type(connection)](crm, connection, book.crm_fields, book.header.country)
                known = self._lines[book.company, crm] = (made_of, Line(connector, self._send))
            return known[1]

    def file(self, book: RuleBook, crm: str) -> CsvFile | None:
        """The CSV file of a company's connection; None when it is of another type."""
        connection = book.crms.get(crm)
        if not isinstance(connection, crms.Csv):
            return None
        return CsvFile(crm, self._directory / connection.path, book.header.country)
