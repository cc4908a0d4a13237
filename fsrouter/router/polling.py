"""What a router does again and again for as long as it runs."""

from __future__ import annotations

from collections.abc import Callable

from fsrouter.log.logger import get_logger
from fsrouter.runtime import Runtime

_log = get_logger("fsrouter.router")


def poll(runtime: Runtime, seconds: float, work: Callable[[], None], failing: str) -> None:
    """Do `work` every so many seconds, for ever; what it raises is logged, with `failing` for what has failed."""
    while True:
        try:
            work()
        except Exception as error:
            _log.warning(failing, error=str(error))
        runtime.sleep(seconds)
