"""Lists that a stand-in gives page by page, behind places that it makes up: as full as it likes, sometimes with nothing
in the middle, and at their end only where it says so.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from crm.server import uneven


class Lists:
    """The lists that a vendor's clients are in the middle of. `forget` lets no client go on."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._made = 0
        self._lock = threading.Lock()
        self._places: dict[str, tuple[Sequence[Any], int, int]] = {}

    def begin(self, records: Sequence[Any], limit: int) -> tuple[Sequence[Any], str]:
        """The first page of a list, of which `limit` are asked for at a time, and the place of the next one; "" behind
        the last.
        """
        return self._page(records, limit, 0)

    def go_on(self, place: str) -> tuple[Sequence[Any], str] | None:
        """The page at a place; None when it is not known."""
        known = self._places.get(place)
        return self._page(*known) if known else None

    def forget(self) -> None:
        self._places.clear()

    def _page(self, records: Sequence[Any], limit: int, number: int) -> tuple[Sequence[Any], str]:
        size = uneven(limit, number)
        # Some lists end with a page that has nothing on it.
        if len(records) < size or (len(records) == size and size % 2):
            return records, ""
        with self._lock:
            self._made += 1
            place = f"{self._name}{self._made}"
            self._places[place] = records[size:], limit, number + 1
        return records[:size], place
