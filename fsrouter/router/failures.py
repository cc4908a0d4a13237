"""What fails where nobody waits for it is logged like everything else, with its call, where gevent would print it.

gevent lets an application set this on a hub (`gevent.hub.Hub.handle_error`). Of work in threads the error goes to who
waits for it, and is told there.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import gevent

from fsrouter.log.logger import get_logger

_log = get_logger("fsrouter.router")


def log_failures() -> None:
    """Log what fails in greenlets of this thread's hub and in callbacks of its loop from now on."""
    gevent.get_hub().print_exception = _failed


def _failed(context: Any, kind: type[BaseException], error: BaseException, trace: TracebackType) -> None:
    in_thread = isinstance(context, tuple)
    (_log.debug if in_thread else _log.error)(
        "work in a thread failed" if in_thread else "a greenlet failed",
        exc_info=(kind, error, trace),
        work=str(context),
    )
