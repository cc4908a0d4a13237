"""A call's draft: what the journal has of it so far, kept as a record and brought up to date from its walk.

A call may be walked several times over: a router dies, an operator sends it elsewhere. What was told of it before
stays in place. Knows nothing of when a record is written, nor of what becomes of a call: that is the page's affair.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fsrouter.engine.walk import explain
from fsrouter.engine.walk.trace import Attempt, Entry
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl.call.call import Call
from fsrouter.store.calls.journal import CallRecord
from fsrouter.wording import attempt, begun, entry


class Draft:
    """One call's record in the making. `taped` is the file that an earlier walk recorded to, `orders` what operators
    ordered while the action that is under way was under way. `earlier` is what another router has written of the call.
    """

    def __init__(self, call: Call, walk: Walk, node: str, earlier: CallRecord | None = None) -> None:
        self.orders: tuple[Entry, ...] = ()
        self.taped = ""
        self._walk = walk
        self._tags: tuple[str, ...] = ()
        self._facts: dict[str, Any] = {}
        self._known = False
        self.record = begun(walk, call.channel, node)
        if earlier:
            self.record = msgspec.structs.replace(earlier, router=node)
            self._tags, self.taped = earlier.tags, earlier.recording
        self._told = self.record.trace
        self._earlier = len(self._told)
        self._attempts = self.record.attempts

    def follow(self, walk: Walk, turn: int, recording: str | None) -> None:
        """Tell of another walk from now on: of the same call where it stood, or of one that begins anew; then
        `recording` is the file of the walk before ("" for none).
        """
        if recording is not None:
            self.put_orders()
            self.told()
            self._earlier, self._attempts = len(self.record.trace), self.record.attempts
            self._tags, self.taped = self.record.tags, self.record.recording or recording
            self._facts = {}
        self._told = self.record.trace[: self._earlier]
        self._walk, self._known = walk, False
        turn = max(turn, self.record.turn + 1)
        self.change(turn=turn, ended=None, outcome="", cause="", revision=walk.book.revision)

    def change(self, **changed: object) -> None:
        """Change fields of the record."""
        self.record = msgspec.structs.replace(self.record, **changed)

    def tag(self, tag: str) -> None:
        """Put a tag to those of the walk."""
        self._tags = (*self._tags, tag)

    def order(self, what: str, who: str) -> None:
        """Note what an operator ordered; it stands behind what is under way."""
        self.orders = (*self.orders, Entry("operator", what, f"{who} ordered it"))

    def put_orders(self) -> None:
        """Put what operators ordered behind what the walk knows by now of what was under way."""
        self._walk.trace += self.orders
        self.orders = ()

    def told(self, waits_in: str = "", talk: Attempt | None = None) -> CallRecord:
        """The record, brought up to what the walk knows by now; `waits_in` is the queue that has the call meanwhile,
        `talk` the attempt that was answered and is not over.
        """
        walk = self._walk
        if not self._known:
            # Not all that was known travels with a call.
            self._facts, self._known = {**self._facts, **explain.known(walk, places=False)}, True
        news = walk.trace[len(self._told) - self._earlier :]
        self._told += tuple(map(entry, news))
        tags = tuple(dict.fromkeys((*walk.tags, *self._tags)))
        if tags != self.record.tags:
            self._facts = {**self._facts, "tags": list(tags)}
        self.change(
            destination=walk.destination or waits_in,
            facts=self._facts,
            trace=self._told + tuple(map(entry, self.orders)),
            attempts=self._attempts + tuple(map(attempt, [*walk.attempts, *([talk] if talk else [])])),
            tags=tags,
            record=walk.record or bool(self.taped),
        )
        return self.record
