"""The rates in force: those of the settings' rate sheet, read again when its file has changed.

While what stands in the file is faulty, what was read last stays in force. Whoever asks says when to look.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from fsrouter.engine.rates import Rates
from fsrouter.rules import rates
from fsrouter.rules.file_errors import InvalidFile

#: What tells one state of a file from another: when it was written, its size, which file it is.
State = tuple[int, int, int] | None


class RatesInForce:
    """The rates of a sheet at `path` ("" for none) in a `currency`.

    `rates` are those in force, None until a sheet could be read. `error` is what is wrong with the file as it is now,
    None when nothing is. Many threads may look.
    """

    def __init__(self, path: str, currency: str) -> None:
        self.path = path
        self.rates: Rates | None = None
        self.error: InvalidFile | None = None
        self._currency = currency
        self._looked = False
        self._seen: State = None
        self._lock = threading.Lock()

    def look(self) -> bool:
        """Read the file if it has changed since it was last looked at. Returns whether it was read, or is gone."""
        with self._lock:
            state = self._state()
            if not self.path or (self._looked and state == self._seen):
                return False
            self._looked, self._seen = True, state
            try:
                self.rates, self.error = rates.read(Path(self.path), self._currency), None
            except InvalidFile as error:
                self.error = error
            return True

    def current(self) -> Rates | None:
        """The rates in force after a look. Raises nothing."""
        self.look()
        return self.rates

    @property
    def problem(self) -> str:
        """What is wrong with the file, in one line; "" when nothing is."""
        if self.error is None:
            return ""
        first, *more = self.error.errors
        return f"{first}{f' (and {len(more)} more)' if more else ''}"

    def _state(self) -> State:
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
