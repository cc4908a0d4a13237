"""A record as data, for who reads JSON and for who shows it in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from fsrouter.engine.numbers.geo import place_of
from fsrouter.engine.times import zone
from fsrouter.engine.walk import explain
from fsrouter.engine.walk.trace import Attempt
from fsrouter.store.calls.records import LINE, CallRecord


def explained(record: CallRecord, timezone: str) -> dict[str, Any]:
    """A record with the keys of `explain.as_dict`."""
    return {
        "company": record.company,
        "to": record.number,
        "from": record.facts.from_,
        "at": datetime.fromtimestamp(record.began, zone(timezone)).isoformat(timespec="seconds"),
        "facts": {**record.known(), **place_of(record.facts.from_)},
        "trace": [explain.entry_as_dict(entry) for entry in record.trace],
        "attempts": [explain.attempt_as_dict(attempt) for attempt in record.attempts],
        "destination": record.destination,
        "tags": list(record.tags),
        "record": record.record,
    }


def whole(record: CallRecord) -> dict[str, Any]:
    """All that a record has: facts by name, trace, attempts with their legs, and each walk with its steps."""
    return {
        **{name: getattr(record, name) for name in LINE},
        "facts": record.known(),
        "trace": [explain.entry_as_dict(entry) for entry in record.trace],
        "attempts": [_attempt(attempt) for attempt in record.attempts],
        "walks": [
            {"revision": walked.revision, "goto": walked.goto, "steps": plain(walked.steps)} for walked in record.walks
        ],
    }


def _attempt(made: Attempt) -> dict[str, Any]:
    """An attempt with who answered, and of several legs how each ended."""
    by = {"by": made.by} if made.by else {}
    return {**explain.attempt_as_dict(made), **by, **({"legs": plain(made.legs)} if len(made.legs) > 1 else {})}


def plain(value: Any) -> Any:
    """A value as data, with its fields by name."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return {name: plain(each) for name, each in asdict(value).items()} if isinstance(value, Struct) else value
