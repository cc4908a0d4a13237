"""Calls whose router has died: what became of them, so that the journal does not show them as live for ever.

Talking callers go on talking without a router, and so do callers in a queue whom an agent answers. Whoever observes the
FreeSWITCH hears the end of each of our calls, with the variables that tell where it stood. A call whose end nobody has
heard is looked for when a router begins to observe; of one that is gone the end is recorded as unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from fsrouter.engine.walk.actions import LAST, Dial, Enqueue, LeaveMessage
from fsrouter.engine.walk.outcomes import Dialled, Queued
from fsrouter.engine.walk.trace import Entry
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call import outcomes
from fsrouter.esl.call.attempt import dialled
from fsrouter.esl.events import Channel, Event
from fsrouter.esl.inbound import NotConnected
from fsrouter.esl.observer import Observer
from fsrouter.log.logger import get_logger
from fsrouter.router.call_state import CallState
from fsrouter.router.cdr.builder import RecordBuilder, outcome_of
from fsrouter.router.cdr.pricing import left_by_trunk
from fsrouter.router.cdr.writer import CdrWriter
from fsrouter.router.rulebooks import RuleBooks
from fsrouter.router.store_threads import StoreThreads
from fsrouter.runtime import Runtime
from fsrouter.store import CallRecord

_log = get_logger("fsrouter.router")

#: Seconds that a call's own router has to write its end down before another one does.
GRACE = 5.0
#: Seconds without a word of an unattended call (no session is about it) until FreeSWITCH is asked whether it is still
#: there, and until it is closed though nobody could be asked; how many are asked for at one look.
QUIET, UNHEARD, ASKED = 60.0, 1800.0, 500
#: Seconds that asking may take at one look: one that does not answer keeps us from the others.
ASKING = 10.0
#: Unattended calls at most; of more, which is a flood, those that were heard of last stay.
MOST_UNATTENDED = 5_000
#: Ends that wait to be looked up, at most; of more, which is a flood, the earliest are left to `catch_up`.
MOST = 5_000
#: Ends that are looked up in one query.
BATCH = 500


@dataclass(eq=False)
class Recovery:
    """Closes the records of calls that have no router any more.

    `grace` is how many seconds a call's own router has to write its end down before another one does; `quiet`,
    `unheard` and `most_unattended` are as QUIET, UNHEARD and MOST_UNATTENDED.
    """

    threads: StoreThreads
    rulebooks: RuleBooks
    cdr: CdrWriter
    state: CallState
    runtime: Runtime
    grace: float = GRACE
    quiet: float = QUIET
    unheard: float = UNHEARD
    most_unattended: int = MOST_UNATTENDED

    def __post_init__(self) -> None:
        self._since = self.runtime.now()
        self._late: dict[str, Event] = {}
        self._closing = False

    def ended(self, event: Event) -> None:
        """Take in the end of a call that this router does not have."""
        if not event.variable(names.CURSOR):
            return
        if len(self._late) >= MOST:
            del self._late[next(iter(self._late))]
        self._late[event.uuid] = event
        if not self._closing:
            self._closing = True
            self.runtime.spawn(self._close_late)

    def catch_up(self, observers: Sequence[Observer]) -> None:
        """Close the records of calls that ended while nobody observed: of ours that waited in a queue, and of those
        that the journal has as live, of routers that are no more.

        Does nothing while one of the observing connections is down: a call might be on that one.
        """

        try:
            for live in self.cdr.waiting():
                if not any(exists(observer, live.record.uuid) for observer in observers):
                    live.unobserved()
            for record in self.threads.for_router(self._left_behind):
                if not any(exists(observer, record.uuid) for observer in observers):
                    outcome = "unknown" if record.answered is None else "answered"
                    self._put(record, outcome, "its router died, and nobody observed what became of it")
        except NotConnected:
            return
        except Exception as error:
            _log.warning("calls that ended unobserved could not be looked for", error=str(error))

    def look(self, observers: Sequence[Observer]) -> None:
        """Close the records of calls of ours that no session is about and whose end was never heard: those that every
        FreeSWITCH says it does not have, and as unknown those of which none could say so for too long.
        """
        now, left = self.runtime.monotonic(), self.cdr.unattended()
        for live in left[: -self.most_unattended]:
            live.unobserved("there are too many others of which nothing is heard", unknown=True)
        quiet = [live for live in left[-self.most_unattended :] if now - live.heard >= self.quiet]
        for live in quiet[:ASKED]:
            asked = self.runtime.monotonic() < now + ASKING
            there = _there(observers, live.record.uuid) if asked else None
            if there:
                live.heard = now
            elif not live.call.let_go:
                continue  # it has come back meanwhile
            elif there is False:
                live.unobserved("no FreeSWITCH has it any more")
            elif now - live.heard >= self.unheard:
                live.unobserved(unknown=True)

    def _left_behind(self) -> list[CallRecord]:
        mine = self.cdr.node
        alive = {node.name for node in self.threads.store.nodes.alive(self.runtime.now())} - {mine}
        lines = [line for line in self.threads.store.journal.live() if line.router not in alive]
        # Of our own name only those of a process before us: the end of one of ours may not be written yet.
        lines = [line for line in lines if line.router != mine or line.began < self._since]
        found = (self.threads.store.journal.get(line.uuid) for line in lines if line.uuid not in self.cdr.live)
        return [record for record in found if record is not None]

    def _close_late(self) -> None:
        """Close the records of calls whose ends have been heard, all that came within `grace` at once."""
        while self._late:
            late, self._late = self._late, {}
            self.runtime.sleep(self.grace)
            late = {uuid: event for uuid, event in late.items() if uuid not in self.cdr.live}
            try:
                for first in range(0, len(late), BATCH):
                    uuids = list(late)[first : first + BATCH]
                    records, missing = self.threads.for_router(self.threads.store.journal.unfinished, uuids)
                    for record in records:
                        self._try_close(record, late[record.uuid])
                    for uuid in missing:
                        self._try_close(None, late[uuid])
            except Exception as error:
                _log.warning("the ends of calls whose router died could not be written", error=str(error))
        self._closing = False

    def _try_close(self, record: CallRecord | None, event: Event) -> None:
        """Close a record; one that cannot be closed keeps no other from it."""
        try:
            self._close(record, event)
        except Exception:
            _log.exception("the end of a call whose router died could not be told", uuid=event.uuid)

    def _close(self, record: CallRecord | None, event: Event) -> None:
        """Close a record; None is for a call whose router died before it could write anything."""
        if event.uuid in self.cdr.live:
            return
        to, book = self.rulebooks.snapshot.dialled(event.variable(names.NUMBER))
        found = self.state.read(event, event.uuid, to if book else "")
        if found is None:
            if record:
                self._put(record, "unknown", "its end was not heard in time, and does not tell where it stood")
            return
        walk, cursor = found.walk, found.cursor
        found.resume()
        builder = RecordBuilder(walk, event, record.router if record else "", record, self.cdr.rate_of)
        builder.follow(walk, resumed=True)
        if found.is_there:
            _end(walk, event, builder)
        now = self.runtime.now()
        builder.charge(min(_epoch(event) or now, now))  # by whichever clock: theirs may be ahead of ours
        turn, agent = max(cursor.turn, builder.record.turn), walk.agent or builder.record.agent
        builder.change(cause=event.get("Hangup-Cause"), turn=turn, agent=agent)
        if builder.record.ended and _epoch(event) > builder.record.ended + GRACE:
            builder.change(ended=_epoch(event))  # it was closed when nobody could tell that it went on
        self._put(builder.build(), _outcome(walk, event), "told by its end, which its router did not hear in time")

    def _put(self, record: CallRecord, outcome: str, why: str) -> None:
        trace = (*record.trace, Entry(record.number, outcome, why))
        ended = record.ended or self.runtime.now()
        self.cdr.put(
            msgspec.structs.replace(record, outcome=outcome, where="", ended=ended, trace=trace, priced_since=None)
        )


def exists(observer: Observer, uuid: str) -> bool:
    """Whether a FreeSWITCH has a call. Raises NotConnected."""
    return observer.api("uuid_exists", uuid).startswith("true")


def _there(observers: Sequence[Observer], uuid: str) -> bool | None:
    """Whether any FreeSWITCH has a call; None when one of them cannot be asked that might."""
    try:
        if any(exists(observer, uuid) for observer in observers if observer.up):
            return True
    except NotConnected:
        return None
    return False if observers and all(observer.up for observer in observers) else None


def _end(walk: Walk, event: Event, builder: RecordBuilder) -> None:
    """Tell a walk, and the builder of its record, what the end of the call tells of the action that was under way."""
    action, after = walk.action, max(0.0, _epoch(event) - walk.facts.began)
    if isinstance(action, Dial | Enqueue):
        channel = Channel(event.fields)
        outcome = dialled(action, channel, after) if isinstance(action, Dial) else outcomes.queued(channel, after)
        answered = isinstance(outcome, Dialled | Queued) and outcome.outcome == "answered"
        if answered:
            builder.price(outcome.by, left_by_trunk(outcome, outcome.by), None)
            walk.next(outcome)
        else:
            walk.abandoned()


def _outcome(walk: Walk, event: Event) -> str:
    """What became of a call by its walk, after `_end`."""
    action = walk.action
    if isinstance(action, LeaveMessage):
        return "voicemail" if event.variable(names.SERVED) else "abandoned"
    return outcome_of(walk, action) if isinstance(action, LAST) else "abandoned"


def _epoch(event: Event) -> float:
    text = event.get("Event-Date-Timestamp")
    return int(text) / 1e6 if text.isascii() and text.isdigit() else 0.0
