"""How a log line looks: for a person at a console, or as one object of JSON (docs/monitoring.md).

Lines of libraries look the same. Texts that strangers wrote stand in fields and can neither begin a line of their own
nor move a terminal.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Final

from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor

from fsrouter.engine.text import escaped
from fsrouter.log.context import bound
from fsrouter.settings.model import Log

#: The fields that a line begins with, those of them that it has.
FIRST: Final = ("timestamp", "level", "logger", "event", "uuid", "company")
#: What other handlers' formatters leave on a record (logging.Formatter.format).
OTHERS: Final = ("message", "asctime")
#: The fields that have several lines. They are indented at a console: no line of ours begins there.
TALL: Final = ("stack", "exception")


def formatter(form: str, colors: bool = False, stamped: bool = True) -> logging.Formatter:
    """The formatter of `form`, `console` or `json`. Not `stamped` are lines whose reader adds time and level."""
    stamps: list[Processor] = [TimeStamper(fmt="iso", utc=True), add_log_level] if stamped or form == "json" else []
    console = ConsoleRenderer(colors=colors, pad_event_to=0, sort_keys=False, exception_formatter=plain_traceback)
    return ProcessorFormatter(
        foreign_pre_chain=[ExtraAdder(), _with_bound, add_logger_name, *stamps],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,
            _in_order,
            *([JSONRenderer()] if form == "json" else [_harmless, console]),  # JSON escapes by itself
        ],
    )


def configure(log: Log) -> None:
    """Write every line of this process to stderr, as `log` says; colours on a terminal (https://no-color.org)."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(log.format, colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR")))
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    set_level(log)
    logging.captureWarnings(True)


def set_level(log: Log) -> None:
    """Log our own lines from `log.level` on. Libraries' stay as they are: at debug they log statements and values."""
    logging.getLogger("fsrouter").setLevel(log.level.upper())


def _with_bound(_: Any, __: str, event: EventDict) -> EventDict:
    return {**bound(), **event}


def _in_order(_: Any, __: str, event: EventDict) -> EventDict:
    found = {**{name: event[name] for name in FIRST if name in event}, **event}
    return {name: value for name, value in found.items() if name not in OTHERS}


def _harmless(_: Any, __: str, event: EventDict) -> EventDict:
    """The fields as texts without what acts on a terminal or ends a line."""
    return {name: (_indented if name in TALL else escaped)(str(value)) for name, value in event.items()}


def _indented(text: str) -> str:
    return "\n".join(f"    {escaped(line)}" for line in text.split("\n"))
