"""The lines to all CRMs: which connector a connection of a rule book has, and one line for each, kept while it stands.

This is where a new connector is entered; docs/adding-a-crm.md shows how.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fsrouter.crm.base import Connector
from fsrouter.crm.connectwise import ConnectWise
from fsrouter.crm.csvfile import CsvFile
from fsrouter.crm.custom import Custom
from fsrouter.crm.hubspot import HubSpot
from fsrouter.crm.line import Line, Send
from fsrouter.crm.salesforce import Salesforce
from fsrouter.crm.zoho import Zoho
from fsrouter.engine.model import crms
from fsrouter.engine.model.rulebook import RuleBook

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
