"""Calls of the journal by any filter, and what they look like taken together."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import starmap
from pathlib import Path

from msgspec import Struct

from fsrouter.engine.times import parse_past
from fsrouter.errors import UsageError
from fsrouter.rules import csv_cells
from fsrouter.store import CallLine
from fsrouter.store.calls.figures import Figures, grouped
from fsrouter.store.calls.records import OUTCOMES
from fsrouter.tui.context import Context

#: Calls that are listed, and that are counted for the plot and exported.
LISTED = 1000
MOST = 50_000

#: The keys that a filter may have, and what they are.
KEYS = {
    "since": "7d, 24h, 30m or 2026-11-23",
    "until": "the same",
    "outcome": ", ".join(OUTCOMES),
    "agent": "an agent's name",
    "number": "a tracking number",
    "caller": "a caller's number",
    "tag": "a tag",
    "source": "a source",
    "score": "a score, or none",
}


class Filter(Struct, frozen=True):
    """A filter as it was typed, taken apart: `keys` as KEYS names them, and words of the caller's name or number."""

    keys: dict[str, str] = {}
    words: str = ""
    problem: str = ""

    def __str__(self) -> str:
        return " ".join([*(f"{key}:{value}" for key, value in self.keys.items()), self.words]).strip()


class Group(Struct, frozen=True):
    """Calls that are counted together, and their figures."""

    name: str
    figures: Figures


class Picture(Struct, frozen=True):
    """Calls that a filter lets through, the latest first, and the same by hour of the day and by source."""

    calls: Sequence[CallLine]
    hours: tuple[Group, ...]
    sources: tuple[Group, ...]
    problem: str = ""


def parse(text: str) -> Filter:
    """Read a filter: `outcome:abandoned since:24h nora`."""
    keys: dict[str, str] = {}
    words, problem = [], ""
    for part in text.split():
        key, colon, value = part.partition(":")
        if not colon or key not in KEYS:
            words.append(part)
        elif value:
            keys[key] = value.removeprefix("agent:")
    for key in ("since", "until"):
        if key in keys and parse_past(keys[key], 0.0, datetime.timestamp) is None:
            problem = f"{key}:{keys[key]} is no moment; write {KEYS['since']}"
    return Filter(keys, " ".join(words), problem)


def load(context: Context, wanted: Filter) -> Picture:
    """The calls that a filter lets through."""
    if wanted.problem:
        return Picture((), (), (), wanted.problem)
    calls = calls_of(context, wanted)
    return Picture(calls[:LISTED], by_hour(calls), by_source(calls))


def calls_of(context: Context, wanted: Filter) -> list[CallLine]:
    """The same, all of them up to MOST."""
    keys, now = wanted.keys, context.clock()
    found = context.store.journal.list(
        context.company or None,
        since=parse_past(keys["since"], now, datetime.timestamp) if "since" in keys else None,
        until=parse_past(keys["until"], now, datetime.timestamp) if "until" in keys else None,
        caller=keys.get("caller"),
        number=keys.get("number"),
        agent=keys.get("agent"),
        outcome=keys.get("outcome"),
        tag=keys.get("tag"),
        text=wanted.words or None,
        limit=MOST,
    )
    source, score = keys.get("source", "").casefold(), keys.get("score")
    return [
        line
        for line in found
        if (not source or source in line.source.casefold())
        and (score is None or score == ("none" if line.score is None else str(line.score)))
    ]


def by_hour(calls: Iterable[CallLine]) -> tuple[Group, ...]:
    """Calls by the hour of this machine's clock in which they began."""
    counted = grouped(calls, lambda line: f"{datetime.fromtimestamp(line.began).hour:02}")
    return tuple(Group(hour, counted.get(hour, Figures())) for hour in map("{:02}".format, range(24)))


def by_source(calls: Iterable[CallLine]) -> tuple[Group, ...]:
    """Calls by their source, those with the most first."""
    groups = grouped(calls, lambda line: line.source or "no source")
    return tuple(sorted(starmap(Group, groups.items()), key=lambda group: (-group.figures.offered, group.name)))


#: The columns of an export.
COLUMNS = (
    "uuid", "company", "began", "answered", "ended", "caller", "caller_name", "contact", "contact_name", "number",
    "source", "destination", "agent", "outcome", "cause", "tags", "score", "recording", "price", "currency", "cost",
)  # fmt: skip


def export(context: Context, wanted: Filter, path: Path) -> int:
    """Write the calls that a filter lets through to a new CSV file. Returns how many. Raises UsageError."""
    calls = calls_of(context, wanted)
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            sheet = csv.writer(file)
            sheet.writerow(COLUMNS)
            sheet.writerows([cell(getattr(line, name)) for name in COLUMNS] for line in calls)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    return len(calls)


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return datetime.fromtimestamp(value).astimezone().isoformat(timespec="seconds")
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return csv_cells.guarded(text)
