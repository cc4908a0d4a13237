"""The CRM write-back queue: calls that are over, on their way to the CRMs whose connection says `write_back`.

A call's end costs its hub a look into a dict. Everything else is done in native threads, one for each connection that
has calls to write: so a CRM that hangs keeps no other waiting. The queue is bounded; when it is full the oldest call is
lost and counted. What was never sent is tried again with patience, what may have been written is not (`notes.write`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Container, Mapping
from typing import Any

from msgspec import Struct

from fsrouter.crm.client import Cancelled, Client
from fsrouter.crm.errors import CrmError
from fsrouter.crm.transport.retries import WRITING
from fsrouter.crm.writeback.notes import crm_for, summary, write
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.log.logger import get_logger
from fsrouter.store import CallRecord, Store

_log = get_logger("fsrouter.crm")

#: Calls of one connection that wait, and calls that are remembered as written.
MOST, REMEMBERED = 1000, 10_000
#: Seconds between two looks at whether the live calls that have ended are closed by now.
LOOK = 0.25
#: Seconds before a CRM that could not be reached is tried again: at first, and at most; and how often in all.
AGAIN, LONGEST_AGAIN, TRIES = 30.0, 900.0, 12

Key = tuple[str, str]


class Note(Struct, frozen=True):
    """A call to be written, and the rule book by which it was routed."""

    record: CallRecord
    book: RuleBook


class WriteBackQueue:
    """Takes records of calls as they are written to the journal (`heard`) and writes those that are over to CRMs.

    `books` gives the rule books in force, `live_calls` are the uuids of the calls that are not closed yet. `pause`
    waits for so many seconds and is the seam of time.
    """

    def __init__(
        self,
        store: Store,
        books: Callable[[], Mapping[str, RuleBook]],
        live_calls: Container[str],
        client: Client,
        node: str,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self._store = store
        self._books = books
        self._live_calls = live_calls
        self._client = client
        self._node = node
        self._pause = pause or client.pause
        self._ended: OrderedDict[str, Note] = OrderedDict()
        self._done: OrderedDict[str, None] = OrderedDict()
        self._notes: dict[Key, deque[Note]] = {}
        self._writers: dict[Key, threading.Thread] = {}
        self._troubles: dict[Key, str] = {}
        self._written = self._lost = 0
        # Held to move notes, never while something is asked or written: the hub takes it.
        self._changed = threading.Condition(threading.Lock())
        self._thread = threading.Thread(target=self._run, name="fsrouter-write-back", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def heard(self, record: CallRecord) -> None:
        """Take in what is written of a call. Returns at once."""
        if record.uuid in self._done or record.router != self._node:
            return
        book = self._books().get(record.company)
        wanted = book and record.contact and any(connection.write_back for connection in book.crms.values())
        with self._changed:
            self._ended.pop(record.uuid, None)
            if wanted and book and record.ended is not None:
                self._ended[record.uuid] = Note(record, book)
                if len(self._ended) > MOST:
                    self._ended.popitem(last=False)
                    self._lost += 1
                self._changed.notify_all()

    def close(self, timeout: float) -> int:
        """Write what waits, at most `timeout` seconds, and end. Returns how many calls were lost in all."""
        with self._changed:
            if self._thread.ident is not None:
                self._changed.wait_for(lambda: not self._waiting, timeout)
            self._lost += self._waiting
            self._ended.clear()
            self._notes.clear()
        self._client.cancel()
        with self._changed:
            self._changed.notify_all()
        if self._lost:
            _log.warning("calls were not written to their CRMs", calls=self._lost)
        return self._lost

    def status(self) -> dict[str, Any]:
        """What there is to see: how many calls wait, were written and were lost, and what fails."""
        with self._changed:
            troubles = {"/".join(key): why for key, why in self._troubles.items()}
            return {"waiting": self._waiting, "written": self._written, "lost": self._lost, "troubles": troubles}

    @property
    def _waiting(self) -> int:
        return len(self._ended) + sum(map(len, self._notes.values()))

    # Calls that are over

    def _run(self) -> None:
        try:
            while not self._client.is_cancelled:
                with self._changed:
                    self._changed.wait_for(lambda: self._ended or self._client.is_cancelled)
                    over = [note for uuid, note in self._ended.items() if uuid not in self._live_calls]
                for note in over:
                    self._enqueue(note)
                self._client.pause(LOOK)
        except Cancelled:
            pass

    def _enqueue(self, note: Note) -> None:
        """Put a call that is over into the queue of its CRM, if it has one."""
        record, crm, lost = note.record, "", False
        try:
            if not self._is_elsewhere(record):
                crm = crm_for(note.book, record, self._store.contacts.owners(record.company, record.caller))
        except Exception as error:
            _log.warning(
                "the CRM to write the call to cannot be seen",
                uuid=record.uuid,
                company=record.company,
                error=str(error),
            )
            lost = True
        with self._changed:
            if self._ended.get(record.uuid) is not note and not lost:
                return
            self._ended.pop(record.uuid, None)
            self._done[record.uuid] = None
            while len(self._done) > REMEMBERED:
                self._done.popitem(last=False)
            self._lost += lost
            if crm:
                self._append(note, (record.company, crm))
            self._changed.notify_all()

    def _is_elsewhere(self, record: CallRecord) -> bool:
        """Whether another router had the call later: it writes it then."""
        known = self._store.journal.get(record.uuid)
        return known is not None and (known.turn, known.router != self._node) > (record.turn, False)

    def _append(self, note: Note, key: Key) -> None:
        notes = self._notes.setdefault(key, deque())
        notes.append(note)
        if len(notes) > MOST:
            notes.popleft()
            self._lost += 1
        if key not in self._writers:
            name = f"fsrouter-write-back-{'/'.join(key)}"
            self._writers[key] = threading.Thread(target=self._write_all, args=(key,), name=name, daemon=True)
            self._writers[key].start()

    # One connection's calls

    def _write_all(self, key: Key) -> None:
        """Write the calls of one connection until none waits."""
        while True:
            with self._changed:
                notes = self._notes.get(key)
                if not notes or self._client.is_cancelled:
                    self._writers.pop(key, None)
                    return
                note = notes[0]
            trouble = self._write(key, note)
            with self._changed:
                if notes and notes[0] is note:
                    notes.popleft()
                if trouble:
                    self._lost += 1
                    self._troubles[key] = trouble
                else:
                    self._written += 1
                    self._troubles.pop(key, None)
                self._changed.notify_all()

    def _write(self, key: Key, note: Note) -> str:
        """Write one call. Returns what has kept it from being written, "" for nothing."""
        why = ""
        try:
            for tried in range(TRIES):
                connection = self._client.connection(note.book, key[1])
                if connection is None:
                    return "the connection is none that calls are written to"
                try:
                    write(connection, note.record.contact, summary(note.book, key[1], note.record), self._pause)
                    return ""
                except WRITING as error:
                    why = str(error)
                    self._warn(key, note, why, "is tried again")
                    self._pause(max(min(LONGEST_AGAIN, AGAIN * 2.0**tried), error.retry_after or 0.0))
        except CrmError as error:
            why = str(error)
            self._warn(key, note, why, "is given up")
        except Cancelled as error:
            return why or str(error)
        except Exception as error:
            _log.exception(
                "the call could not be written to its CRM", uuid=note.record.uuid, company=key[0], crm=key[1]
            )
            return f"an error of fsrouter's own: {type(error).__name__}"
        return why

    def _warn(self, key: Key, note: Note, why: str, then: str) -> None:
        with self._changed:
            news = self._troubles.get(key) != why
            self._troubles[key] = why
        if news:
            _log.warning(
                f"the call cannot be written to its CRM and {then}",
                uuid=note.record.uuid,
                company=key[0],
                crm=key[1],
                error=why,
            )
