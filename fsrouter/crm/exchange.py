"""The exchange: everything of one process that goes to CRMs passes here, as the settings allow it, and can be cut off.

A sync may take hours and a request two minutes; a router that is told to stop waits for neither. Once the exchange is
cut no request is sent any more and no pause lasts: whoever has work under way is told so by an error, and what was
staged is gone on with later. Blocking; safe for native threads.
"""

from __future__ import annotations

import threading
from pathlib import Path

from fsrouter.crm.allowed import networks
from fsrouter.crm.http import SYNC, Bounds, Sender
from fsrouter.crm.lines import Lines
from fsrouter.crm.messages import Reply, Request
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
