"""Records of calls that were only thought of, made by the builder that makes those of real ones."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from fsrouter.engine.walk.walk import Walk
from fsrouter.esl.events import Channel
from fsrouter.router.cdr.builder import RecordBuilder
from fsrouter.store import CallRecord


def recorded(walk: Walk, uuid: str = "c1", **fields: Any) -> CallRecord:
    """The record of a walk, with some of its fields as a test says."""
    builder = RecordBuilder(walk, Channel({"Unique-ID": uuid}), "r1")
    builder.follow(walk, resumed=False)
    builder.change(turn=1)
    return replace(builder.build(), **fields)
