"""What a minute costs, for the CDRs of a router: the rates in force, looked at in a thread of their own.

Calls go on whatever becomes of the rate sheet: while it is faulty those stay in force that were read last, and without
any calls have no price.
"""

from __future__ import annotations

from typing import Final

from fsrouter.engine.rates import Rate
from fsrouter.log.logger import get_logger
from fsrouter.rules.rates_in_force import RatesInForce
from fsrouter.runtime import Runtime
from fsrouter.settings.model import RateSheet

_log = get_logger("fsrouter.router")

#: Seconds that a router which starts waits for the sheet; a longer one is read while calls come.
PATIENCE: Final = 5.0
#: Seconds between two looks whether the file has changed.
LOOK: Final = 2.0


class RouterRates:
    """The rates of a router, by the rate sheet of its settings."""

    def __init__(self, sheet: RateSheet, runtime: Runtime) -> None:
        self._in_force = RatesInForce(sheet.file, sheet.currency)
        self._pool = runtime.pool("rates", 1)

    @property
    def named(self) -> bool:
        """Whether the settings name a sheet."""
        return bool(self._in_force.path)

    @property
    def problem(self) -> str:
        """What is wrong with the sheet as it is now, in one line; "" when nothing is."""
        return self._in_force.problem

    def of(self, number: str) -> Rate | None:
        """What a number (E.164) costs now; None when that is not known. Waits for nobody."""
        rates = self._in_force.rates
        return rates.of(number) if rates is not None else None

    def load(self) -> None:
        """Read the sheet before calls come; one that takes too long is left to the looks."""
        try:
            self._look(PATIENCE)
        except TimeoutError:
            _log.warning("the rate sheet takes long to read; calls have no price until then", file=self._in_force.path)

    def look(self) -> None:
        """Read the sheet if it has changed."""
        self._look(None)

    def close(self) -> None:
        """End the thread."""
        self._pool.close(PATIENCE)

    def _look(self, deadline: float | None) -> None:
        if not self.named or not self._pool.run(self._in_force.look, deadline=deadline):
            return
        rates, problem = self._in_force.rates, self.problem
        if not problem:
            _log.info("the rate sheet is in force", prefixes=len(rates or ()), file=self._in_force.path)
        elif rates is None:
            _log.error("the rate sheet cannot be used: calls go on, and have no price", problem=problem)
        else:
            _log.error("the rate sheet cannot be used: that of before stays in force", problem=problem)
