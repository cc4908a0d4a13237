"""The router that lives in FreeSWITCH's process: `service.Service` without a port, a signal, or the right to end it.

Calls come through bridges (`freeswitch.mod_python.bridge`) instead of a socket; everything else is the same router.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import gevent

from fsrouter.esl.server import Server
from fsrouter.freeswitch.mod_python.bridge import ThreadBridge
from fsrouter.freeswitch.mod_python.session import ModPythonSession
from fsrouter.router.service import Service
from fsrouter.router.watchdog import Watchdog
from fsrouter.settings.model import Settings
from fsrouter.store import Store

#: FreeSWITCH's names of levels (switch_log.c), by Python's.
LEVELS: Final = {"DEBUG": "debug", "INFO": "info", "WARNING": "warning", "ERROR": "err", "CRITICAL": "crit"}


class ModPythonServer(Server):
    """Where FreeSWITCH's own threads bring calls: counted and limited as those of a socket. Listens nowhere."""

    def start(self) -> None:
        """Nothing is to be begun."""

    def enter(self, bridge: ThreadBridge) -> None:
        """Give a call to a greenlet of its own; over the limit the dialplan has it back at once."""
        if self.live >= self._limit:
            self.refused += 1
            bridge.release()
            return
        self.live += 1
        self.taken += 1
        self._idle.clear()
        gevent.spawn(self._run, bridge)

    def _run(self, bridge: ThreadBridge) -> None:
        session = ModPythonSession(bridge)
        try:
            self._on_call(session)
        except Exception as error:
            self.failed += 1
            _log.error("a call failed with %s; it goes on in the dialplan", type(error).__name__)
        finally:
            session.close()
            self.live -= 1
            if not self.live:
                self._idle.set()


class Indoors(Service):
    """A router in FreeSWITCH's process. `hung` is called, once and in a thread of the watchdog's, when the hub stands
    still: the process is not ours to end.
    """

    def __init__(self, settings: Settings, store: Store, hung: Callable[[str], None]) -> None:
        super().__init__(settings, store)
        self.server = self.bridges = ModPythonServer(settings.address, self._converse, settings.limit)
        self.watchdog = Watchdog(end=hung)

    def run(self) -> None:
        """Take calls until `stop`; signals are FreeSWITCH's."""
        self._stopping.wait()
        self.close()


class FreeSwitchLog(logging.Handler):
    """What we log, in FreeSWITCH's own log. `write` gets a level of FreeSWITCH's and a text."""

    def __init__(self, write: Callable[[str, str], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        try:
            text = self.format(record).replace("\n", " | ")
            self._write(LEVELS.get(record.levelname, "info"), f"{record.name}: {text}")
        except Exception:
            self.handleError(record)


_log = logging.getLogger("fsrouter.service")
