"""Loggers of the standard library that take fields: `get_logger(name).warning("a sentence", error=str(error))`.

The sentence stays the same from line to line, so that lines can be counted by it; what differs is a field. Lines about
a call bear `uuid` and `company`: by what is bound (`context`) where the call is conducted, as fields elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any, Final

#: The level of lines that tell of every call; whoever would do work for them asks first whether they are written.
DEBUG: Final = logging.DEBUG
#: What the standard library itself takes by name.
_THEIRS = ("exc_info", "stack_info", "stacklevel")


class Logger(logging.LoggerAdapter[logging.Logger]):
    """Named arguments are fields: attributes of the record, as `extra` makes them."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """The sentence, and its fields as `extra`."""
        theirs = {name: kwargs.pop(name) for name in _THEIRS if name in kwargs}
        return msg, {**theirs, "extra": kwargs}


def get_logger(name: str) -> Logger:
    """The logger of this name, `fsrouter.PACKAGE`."""
    return Logger(logging.getLogger(name))
