"""What a router in FreeSWITCH's process has of its own: calls come through bridges (`freeswitch.mod_python.bridge`)
instead of a socket, and what it logs goes to FreeSWITCH's log. Everything else is the same `Service`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from fsrouter.esl.listener import Listener
from fsrouter.freeswitch.mod_python.bridge import ThreadBridge
from fsrouter.freeswitch.mod_python.session import ModPythonSession
from fsrouter.log.formats import formatter, set_level
from fsrouter.settings.model import Log

#: FreeSWITCH's names of levels (switch_log.c), by Python's.
LEVELS: Final = {"DEBUG": "debug", "INFO": "info", "WARNING": "warning", "ERROR": "err", "CRITICAL": "crit"}


class ModPythonListener(Listener):
    """Where FreeSWITCH's own threads bring calls."""

    def enter(self, bridge: ThreadBridge) -> None:
        """Give a call to a greenlet of its own; over the limit the dialplan has it back at once."""
        session = ModPythonSession(bridge, self._runtime.monotonic)
        if self.admit(session):
            self.begin()
            self._runtime.spawn(self.serve, session)
        else:
            self.reject("limit", "this router has as many calls as it may have")
            session.close()


class FreeSwitchLog(logging.Handler):
    """What we log, in FreeSWITCH's own log, which adds time and level. `write` gets a level of FreeSWITCH's and a
    text.
    """

    def __init__(self, write: Callable[[str, str], None], log: Log) -> None:
        super().__init__()
        self._write = write
        self._log = log
        self.setFormatter(formatter(log.format, stamped=False))

    def begin(self) -> None:
        """Take what fsrouter logs; other scripts in the process have logs of their own."""
        logging.getLogger("fsrouter").addHandler(self)
        set_level(self._log)

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        try:
            text = self.format(record).replace("\n", " | ")
            self._write(LEVELS.get(record.levelname, "info"), text)
        except Exception:
            self.handleError(record)
