"""Log lines as they would be written, for tests to look at."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fsrouter.log.formats import formatter


class Lines(logging.Handler):
    """Every line that is logged, as text."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.setFormatter(formatter(form))

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    def objects(self, event: str = "") -> list[dict[str, Any]]:
        """The lines as JSON has them, those that begin with `event`."""
        return [found for found in map(json.loads, self.texts) if found["event"].startswith(event)]


@contextmanager
def logged(form: str = "json") -> Iterator[Lines]:
    """The lines that are logged meanwhile."""
    lines, root, ours = Lines(form), logging.getLogger(), logging.getLogger("fsrouter")
    before = root.level, ours.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    ours.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(lines)
        root.setLevel(before[0])
        ours.setLevel(before[1])
