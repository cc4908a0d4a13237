"""Calls that are over, on their way to the CRMs whose connection says `write_back`.

A call's end costs its hub a look into a dict. Everything else is done in native threads: what is to be written of a
call that is over goes into the store (`OutgoingQueue`), from where any router takes it; each router has one thread for
each connection that has calls to write, so a CRM that hangs keeps no other waiting. What was never sent is tried again
over hours, what may have been written is not (`notes.write`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from fsrouter.crm.client import Cancelled, Client
from fsrouter.crm.connectors.base import CallSummary
from fsrouter.crm.errors import CrmError
from fsrouter.crm.transport.retries import WRITING
from fsrouter.crm.writeback.notes import crm_for, summary, write
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import Unreachable
from fsrouter.log.logger import get_logger
from fsrouter.runtime import Thread
from fsrouter.store import CallRecord, Store
from fsrouter.store.outgoing import MOST, Outgoing, Target

_log = get_logger("fsrouter.crm")

#: What these are called in the store.
KIND = "note"
#: Calls that are remembered as put into the store.
REMEMBERED = 10_000
#: Seconds between two looks at whether the live calls that have ended are closed by now, between two looks into the
#: store for what is due, and between two for what is too old; and until a database that is away is asked again.
LOOK, DUE, EXPIRE, AWAY = 0.25, 1.0, 600.0, 5.0
#: Seconds that what is being sent gets to end when the router stops.
ENDING = 2.0


class Note(Struct, frozen=True):
    """A call to be written, and the rule book by which it was routed."""

    record: CallRecord
    book: RuleBook


class WriteBackQueue:
    """Takes records of calls as this router writes them to the journal (`heard`), also those of routers that died,
    and has those that are over written to CRMs, by this router or by another.

    `books` gives the rule books in force, `live_calls` are the uuids of the calls that are not closed yet, `node` is
    this router. `pause` waits for so many seconds within the attempts of one request.
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
        self._outgoing = store.outgoing
        self._books = books
        self._live_calls = live_calls
        self._client = client
        self._node = node
        self._pause = pause or client.pause
        self._ended: OrderedDict[str, Note] = OrderedDict()
        self._done: OrderedDict[str, None] = OrderedDict()
        self._sending: set[Target] = set()
        self._troubles: dict[Target, str] = {}
        self._waits = self._written = self._lost = 0
        self._look_due = self._look_expired = 0.0
        # Held to move notes, never while something is asked or written: the hub takes it.
        self._changed = client.runtime.condition()
        self._thread: Thread | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to write."""
        self._thread = self._client.runtime.thread("fsrouter-write-back", self._run)

    def heard(self, record: CallRecord) -> None:
        """Take in what is written of a call. Returns at once."""
        if record.uuid in self._done:
            return
        book = self._books().get(record.company)
        wanted = book and record.contact and _writes_back(book)
        with self._changed:
            self._ended.pop(record.uuid, None)
            if wanted and book and record.ended is not None:
                self._ended[record.uuid] = Note(record, book)
                if len(self._ended) > MOST:
                    self._ended.popitem(last=False)
                    self._lost += 1

    def close(self, timeout: float) -> int:
        """Write what is due, at most `timeout` seconds, and end; what waits in the store is left to other routers and
        to this one's next start. Returns how many calls were lost in all.
        """
        with self._changed:
            if self._thread is not None:
                self._changed.wait_for(lambda: not (self._ended or self._sending), timeout)
            self._closing = True
            # What was sent and is not said to be sent would be sent again.
            self._changed.wait_for(lambda: not self._sending, ENDING)
            self._lost += len(self._ended)
            self._ended.clear()
        self._client.cancel()
        if self._thread is not None:
            self._thread.join(ENDING)
        self._release()
        if self._lost:
            _log.warning("calls were not written to their CRMs", calls=self._lost)
        return self._lost

    def status(self) -> dict[str, Any]:
        """What there is to see: how many calls wait here and in the store, how many this router has written and has
        lost, and what fails.
        """
        with self._changed:
            troubles = {"/".join(target): why for target, why in self._troubles.items()}
            waiting = len(self._ended) + self._waits
            return {"waiting": waiting, "written": self._written, "lost": self._lost, "troubles": troubles}

    def _run(self) -> None:
        try:
            self._release()  # what this router had taken in an earlier life
            while not self._closing:
                try:
                    self.look()
                except Exception as error:
                    _log.warning("calls cannot be written to CRMs for now", error=str(error))
                    self._client.pause(AWAY)
                self._client.pause(LOOK)
        except Cancelled:
            pass

    def look(self) -> None:
        """Put the calls that are over into the store, and begin to write what is due. Raises StoreUnreachable."""
        with self._changed:
            over = [note for uuid, note in self._ended.items() if uuid not in self._live_calls]
        lost = sum(map(self._put, over))
        now = self._client.runtime.monotonic()
        if now >= self._look_expired:
            self._look_expired = now + EXPIRE
            for item in self._outgoing.expire(KIND):
                self._gave_up(item, item.error or "it could not be written for a day")
        if over or (now >= self._look_due and any(map(_writes_back, self._books().values()))):
            self._look_due = now + DUE
            for target in self._outgoing.due(KIND):
                self._begin(target)
            waits = self._outgoing.waiting(KIND)
            self._taken_in(over, waits, lost)

    def _release(self) -> None:
        try:
            self._outgoing.release(self._node)
        except Unreachable as error:
            _log.warning("other routers cannot write what this one has taken", error=str(error))

    # Calls that are over

    def _put(self, note: Note) -> int:
        """Put a call that is over into the store, if a CRM is to have it. Returns how many calls were lost by that."""
        record = note.record
        try:
            if self._is_elsewhere(record):
                return 0
            crm = crm_for(note.book, record, self._store.contacts.owners(record.company, record.caller))
            if not crm:
                return 0
            body = msgspec.json.encode(summary(note.book, crm, record)).decode()
            return self._outgoing.put(KIND, (record.company, crm), record.contact, record.uuid, body)
        except Unreachable:
            raise
        except Exception as error:
            what = "the call cannot be put into the queue of its CRM"
            _log.exception(what, uuid=record.uuid, company=record.company, error=str(error))
            return 1

    def _taken_in(self, over: list[Note], waits: int, lost: int) -> None:
        """Forget the calls that are in the store, of which so many wait by now."""
        with self._changed:
            for note in over:
                if self._ended.get(note.record.uuid) is note:
                    del self._ended[note.record.uuid]
                self._done[note.record.uuid] = None
            while len(self._done) > REMEMBERED:
                self._done.popitem(last=False)
            self._lost += lost
            self._waits = waits
            self._changed.notify_all()

    def _is_elsewhere(self, record: CallRecord) -> bool:
        """Whether another router had the call later: it writes it then."""
        known = self._store.journal.get(record.uuid)
        return known is not None and (known.turn, known.router != record.router) > (record.turn, False)

    # One connection's calls

    def _begin(self, target: Target) -> None:
        """Begin to write the calls of a connection, unless that goes on already."""
        with self._changed:
            if target in self._sending or self._closing:
                return
            self._sending.add(target)
        self._client.runtime.thread(f"fsrouter-write-back-{'/'.join(target)}", self._send_all, target)

    def _send_all(self, target: Target) -> None:
        """Write what is due to one connection until nothing is."""
        try:
            while not self._closing and (item := self._outgoing.take(KIND, target, self._node)):
                self._send(item)
        except Cancelled:
            pass
        except Unreachable as error:
            _log.warning("calls cannot be written to CRMs for now", error=str(error))
        finally:
            with self._changed:
                self._sending.remove(target)
                self._changed.notify_all()

    def _send(self, item: Outgoing) -> None:
        """Write one call, and say what came of it. Raises Cancelled."""
        try:
            book = self._books().get(item.company)
            connection = self._client.connection(book, item.target) if book else None
            if connection is None:
                raise CrmError("the connection is none that calls are written to")
            call = msgspec.json.decode(item.body, type=CallSummary)
            write(connection, item.subject, call, self._pause)
        except WRITING as error:
            self._warn(item, str(error), "is tried again")
            self._tell(self._outgoing.again, item, str(error), error.retry_after or 0.0)
        except CrmError as error:
            self._tell(self._outgoing.give_up, item, str(error))
            self._gave_up(item, str(error))
        except Cancelled:
            raise
        except Exception as error:
            why = f"an error of fsrouter's own: {type(error).__name__}"
            _log.exception(
                "the call could not be written to its CRM", uuid=item.key, company=item.company, crm=item.target
            )
            self._tell(self._outgoing.give_up, item, why)
            self._gave_up(item, why)
        else:
            self._tell(self._outgoing.sent, item)
            with self._changed:
                self._written += 1
                self._troubles.pop((item.company, item.target), None)
        self._taken_in([], self._outgoing.waiting(KIND), 0)

    def _tell(self, say: Callable[..., None], *what: Any) -> None:
        """Say what came of something, as soon as the database can be told: else it would be sent again."""
        while True:
            try:
                return say(*what)
            except Unreachable:
                self._client.pause(AWAY)

    def _gave_up(self, item: Outgoing, why: str) -> None:
        self._warn(item, why, "is given up")
        with self._changed:
            self._lost += 1

    def _warn(self, item: Outgoing, why: str, then: str) -> None:
        target = item.company, item.target
        with self._changed:
            news = self._troubles.get(target) != why
            self._troubles[target] = why
        if news:
            _log.warning(
                f"the call cannot be written to its CRM and {then}",
                uuid=item.key,
                company=item.company,
                crm=item.target,
                error=why,
            )


def _writes_back(book: RuleBook) -> bool:
    """Whether calls are written to any CRM of a company."""
    return any(connection.write_back for connection in book.crms.values())
