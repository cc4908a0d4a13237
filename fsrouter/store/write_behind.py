"""Records written behind: whoever has one hands it over and goes on; a thread writes batches of them.

Each record is the whole of a call, so of two for one call only the later waits. When the database is away records
wait for it, up to a cap; then the oldest that do not end a call go first, since a later one will tell more, and
what had to go is counted. Plain threads: `put` never waits for the database and may be called from any thread or
greenlet; `flush` and `close` wait, and do not belong on a hub.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from fsrouter.errors import StoreUnreachable
from fsrouter.log.logger import get_logger
from fsrouter.runtime import Runtime
from fsrouter.store.calls.records import CallRecord

_log = get_logger("fsrouter.store")

Write = Callable[[Sequence[CallRecord]], None]


class Backlog(Struct, frozen=True, kw_only=True):
    """How writing goes: records that wait and that were written; calls whose end was lost, and updates that were
    skipped, because too many waited; records that the database would not take; and since when (epoch) it has been
    away, None while it is there.
    """

    waiting: int = 0
    written: int = 0
    lost: int = 0
    skipped: int = 0
    refused: int = 0
    away_since: float | None = None
    error: str = ""


class WriteBehind:
    """A thread that writes records by `write`, which takes all of a batch or raises.

    A batch is written when `batch` records wait, or `interval` seconds after the first of them. After a failure the
    thread tries again, after `interval` seconds and then ever more slowly, up to `patience`. At most `cap` calls wait.
    """

    def __init__(
        self,
        write: Write,
        runtime: Runtime,
        *,
        batch: int = 500,
        interval: float = 0.2,
        patience: float = 5.0,
        cap: int = 20_000,
    ) -> None:
        self._write = write
        self._runtime = runtime
        self._batch = batch
        self._interval = interval
        self._patience = patience
        self._cap = cap
        # Calls that go on, and calls that are over, by uuid, those that have waited longest first.
        self._live: dict[str, CallRecord] = {}
        self._over: dict[str, CallRecord] = {}
        self._writing = 0
        self._count = Backlog()
        self._hurry = False
        self._closing = False
        # Held only to look and to move records, never while something is written: a hub may take it.
        self._changed = runtime.condition()
        self._thread = runtime.thread("fsrouter-journal", self._run)

    def put(self, record: CallRecord) -> None:
        """Hand a record over. Never waits for the database; a record handed over after `close` is lost and counted."""
        with self._changed:
            if self._closing and not self._thread.is_alive():
                self._add(lost=1)
                return
            self._keep(record)
            while len(self._live) + len(self._over) > self._cap:
                self._drop()
            if self._open == 1 or self._due():  # else the thread has nothing to do yet
                self._changed.notify_all()

    def backlog(self) -> Backlog:
        """How writing goes."""
        with self._changed:
            return self._counted(waiting=self._open)

    def flush(self, timeout: float) -> bool:
        """Wait until nothing waits any more, at most `timeout` seconds. Returns whether that is so."""
        deadline = self._runtime.monotonic() + timeout
        with self._changed:
            self._hurry = self._open > 0
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._open, max(0.0, deadline - self._runtime.monotonic()))

    def close(self, timeout: float = 10.0) -> int:
        """Write what waits and end the thread, at most `timeout` seconds. Returns how many records were not written."""
        self.flush(timeout)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)
        with self._changed:
            left = self._open
        if left:
            _log.error(
                "calls were not written to the journal", calls=left, error=self._count.error or "no time was left"
            )
        return left

    @property
    def _open(self) -> int:
        return len(self._live) + len(self._over) + self._writing

    def _keep(self, record: CallRecord) -> None:
        before = self._over.get(record.uuid)
        if record.ended is not None or (before is not None and record.turn > before.turn):
            self._live.pop(record.uuid, None)
            self._over.pop(record.uuid, None)
        elif before is not None:
            return  # an update that comes after the end tells nothing
        (self._live if record.ended is None else self._over)[record.uuid] = record

    def _drop(self) -> None:
        waiting = self._live or self._over
        del waiting[next(iter(waiting))]
        if waiting is self._live:
            self._add(skipped=1)
        else:
            self._add(lost=1)

    def _add(self, **more: int) -> None:
        self._count = self._counted(**{name: getattr(self._count, name) + n for name, n in more.items()})

    def _counted(self, **values: object) -> Backlog:
        counts = {name: getattr(self._count, name) for name in Backlog.__struct_fields__}
        return Backlog(**{**counts, **values})

    def _run(self) -> None:
        pause = 0.0
        while batch := self._next(pause):
            try:
                self._write(batch)
            except StoreUnreachable as error:
                pause = min(self._patience, pause * 2 or self._interval)
                self._put_back(batch, error)
            except Exception:
                _log.exception("the journal refused a batch of calls; they are written one by one", calls=len(batch))
                self._one_by_one(batch)
            else:
                pause = 0.0
                self._wrote(len(batch))

    def _next(self, pause: float) -> list[CallRecord]:
        """The next batch, after a pause; empty when there will be none."""
        with self._changed:
            if pause:
                self._changed.wait_for(lambda: self._closing, pause)
                if self._closing:
                    return []
            else:
                self._changed.wait_for(lambda: self._closing or self._open)
                self._changed.wait_for(self._due, self._interval)
            batch: list[CallRecord] = []
            for waiting in (self._over, self._live):
                for uuid in list(waiting)[: self._batch - len(batch)]:
                    batch.append(waiting.pop(uuid))
            self._writing = len(batch)
            return batch

    def _due(self) -> bool:
        return self._closing or self._hurry or self._open >= self._batch

    def _put_back(self, batch: Sequence[CallRecord], error: StoreUnreachable) -> None:
        """What could not be written waits again, before all that came since, unless that tells more."""
        with self._changed:
            self._writing = 0
            live, over = self._live, self._over
            self._live, self._over = {}, {}
            for record in [*batch, *over.values(), *live.values()]:
                self._keep(record)
            while self._open > self._cap:
                self._drop()
            if self._count.away_since is None:
                _log.warning("calls wait to be written to the journal", error=str(error))
                self._count = self._counted(away_since=self._runtime.now())
            self._count = self._counted(error=str(error))

    def _one_by_one(self, batch: Sequence[CallRecord]) -> None:
        for i, record in enumerate(batch):
            try:
                self._write([record])
            except StoreUnreachable as error:
                self._put_back(batch[i:], error)
                return
            except Exception:
                _log.exception("the journal refused the call", uuid=record.uuid, company=record.company)
                with self._changed:
                    self._add(refused=1)
            else:
                with self._changed:
                    self._add(written=1)
        self._wrote(0)

    def _wrote(self, number: int) -> None:
        with self._changed:
            self._writing = 0
            self._add(written=number)
            if self._count.away_since is not None:
                _log.warning("the journal is written again")
                self._count = self._counted(away_since=None, error="")
            if not self._open:
                self._hurry = False
            self._changed.notify_all()
