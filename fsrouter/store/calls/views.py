"""A record as data, for who reads JSON and for who shows it in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from fsrouter.engine.numbers.geo import place_of
from fsrouter.engine.times import zone
from fsrouter.engine.walk import explained as values
from fsrouter.engine.walk.explained import Explained
from fsrouter.engine.walk.trace import Attempt
from fsrouter.store.calls.records import LINE, CallRecord


def explained(record: CallRecord, timezone: str) -> Explained:
    """A record as a call that is explained."""
    return Explained(
        company=record.company,
        to=record.number,
        from_=record.facts.from_,
        at=datetime.fromtimestamp(record.began, zone(timezone)).isoformat(timespec="seconds"),
        facts={**record.known(), **place_of(record.facts.from_)},
        trace=tuple(map(values.entry, record.trace)),
        attempts=tuple(map(values.attempt, record.attempts)),
        destination=record.destination,
        tags=record.tags,
        record=record.record,
    )


def whole(record: CallRecord) -> dict[str, Any]:
    """All that a record has: facts by name, trace, attempts with their legs, and each walk with its steps."""
    return {
        **{name: getattr(record, name) for name in LINE},
        "facts": record.known(),
        "trace": values.as_data(tuple(map(values.entry, record.trace))),
        "attempts": [_attempt(attempt) for attempt in record.attempts],
        "walks": [
            {"revision": walked.revision, "goto": walked.goto, "steps": plain(walked.steps)} for walked in record.walks
        ],
    }


def _attempt(made: Attempt) -> dict[str, Any]:
    """An attempt with who answered, and of several legs how each ended."""
    by = {"by": made.by} if made.by else {}
    return {**values.as_data(values.attempt(made)), **by, **({"legs": plain(made.legs)} if len(made.legs) > 1 else {})}


def plain(value: Any) -> Any:
    """A value as data, with its fields by name."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return {name: plain(each) for name, each in asdict(value).items()} if isinstance(value, Struct) else value
