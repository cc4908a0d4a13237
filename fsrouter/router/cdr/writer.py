"""The CDR writer: keeps the live calls of this router and has the journal written behind them.

Hears the observing connection and tells each live call what concerns it. What becomes of a call is `live_call`'s part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec.structs import replace

from fsrouter.engine.model.rulebook import Snapshot
from fsrouter.engine.rates import Rate
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call.call import Call
from fsrouter.esl.call.legs import destination_of
from fsrouter.esl.events import Event
from fsrouter.router.cdr.builder import queue_agent
from fsrouter.router.cdr.live_call import LiveCall
from fsrouter.runtime import Runtime
from fsrouter.store.calls.journal import CallRecord
from fsrouter.store.write_behind import WriteBehind

#: Seconds until the journal is told what happened to a call.
DELAY = 0.1
#: Legs that have answered and are not connected yet, at most: an end that nobody observed never comes.
MOST_LEGS = 5_000
#: Seconds that a call which has ended stays open for what the observing connection may still tell of it.
LINGER = 2.0


class CdrWriter:
    """Keeps the live calls of this router (`live`, by uuid).

    `talks` counts the talks of each (company, destination). `observed` tells whether an observing connection is up;
    without one nothing is waited for that only it could tell. `linger` is how many seconds a call stays open for that.
    `snapshot` gives the rule books in force: the record of a call that began before its company was renamed is written
    under the new name, and counts there.
    `rate_of` gives what a number (E.164) costs now.
    `on_record` are called with each record that is written, `on_close` with each call that is over, once, and
    `on_unknown_end` with the end of a call that this router does not have.
    """

    def __init__(
        self,
        journal: WriteBehind,
        node: str,
        runtime: Runtime,
        observed: Callable[[], bool] = lambda: False,
        snapshot: Callable[[], Snapshot] = Snapshot,
        rate_of: Callable[[str], Rate | None] = lambda number: None,
    ) -> None:
        self._journal = journal
        self.node = node
        self.runtime = runtime
        self.observed = observed
        self._snapshot = snapshot
        self.rate_of = rate_of
        self.live: dict[str, LiveCall] = {}
        self.talks: Counter[tuple[str, str]] = Counter()
        self.on_record: list[Callable[[CallRecord], None]] = []
        self.on_close: list[Callable[[LiveCall], None]] = []
        self.on_unknown_end: list[Callable[[Event], None]] = []
        self.linger = LINGER
        self._ringing: dict[str, tuple[str, bool]] = {}
        self._unwritten: dict[LiveCall, None] = {}

    def open(self, call: Call, walk: Walk, turn: int = 1, earlier: CallRecord | None = None) -> LiveCall:
        """The live call that a router is handed for the `turn`-th time, 1 when its walk begins anew.

        `earlier` is what another router has written of it.
        """
        live = self.live.get(call.channel.uuid)
        called = self._snapshot().called
        if live is not None and called(live.record.company) != called(walk.book.company):
            # One company's record is none of another's business: a call that was sent on to another gets its own.
            if not live.over:
                live.taken()
            live.close()
            live = None
        if live is None:
            live = self.live[call.channel.uuid] = LiveCall(self, call, walk, earlier)
        live.handed(call, walk, turn)
        return live

    def busy(self, company: str, destination: str) -> int:
        """How many live calls of this router a destination has."""
        return sum(self.talks[name, destination] for name in self._snapshot().names(company))

    def heard(self, event: Event) -> None:
        """Take in what the observing connection tells."""
        match event.name:
            case "CHANNEL_ANSWER" if event.variable(names.TARGET):
                if len(self._ringing) >= MOST_LEGS:
                    del self._ringing[next(iter(self._ringing))]
                by_trunk = bool(event.variable(names.TRUNK))
                self._ringing[event.uuid] = destination_of(event.variable(names.TARGET)), by_trunk
            case "CHANNEL_BRIDGE":
                rung, by_trunk = self._ringing.pop(event.get("Bridge-B-Unique-ID"), ("", False))
                if live := self._live(event.get("Bridge-A-Unique-ID"), event):
                    live.talks(rung or queue_agent(event.variable(names.CC_AGENT)), by_trunk)
            case "CUSTOM" if event.get("CC-Action") == "bridge-agent-start":
                if live := self._live(event.get("CC-Member-Session-UUID"), event):
                    live.talks(queue_agent(event.get("CC-Agent")))
            case "CHANNEL_HANGUP_COMPLETE":
                self._ringing.pop(event.uuid, None)
                if live := self._live(event.uuid, event):
                    live.hung_up(event)
                else:
                    for listener in self.on_unknown_end:
                        listener(event)

    def _live(self, uuid: str, event: Event) -> LiveCall | None:
        live = self.live.get(uuid)
        return live if live is not None and live.is_of(event) else None

    def unattended(self) -> list[LiveCall]:
        """The live calls that no session of this router is about, the one that was not heard of for longest first."""
        found = [live for live in self.live.values() if live.call.let_go and not live.over]
        return sorted(found, key=lambda live: live.heard)

    def waiting(self) -> list[LiveCall]:
        """The live calls that the dialplan has in a queue."""
        return [live for live in self.live.values() if live.waiting and not live.over]

    def unobserved(self) -> None:
        """The observing connection is lost: what was to be heard over it will not be."""
        self._ringing.clear()

    def drain(self) -> None:
        """Wait for what may still be heard of calls, `linger` seconds at most; then close those that are over.

        A call that is still in a queue stays as it is: another router hears of it.
        """
        until = self.runtime.monotonic() + self.linger
        while (self.live and self.observed()) or any(live.over for live in self.live.values()):
            if self.runtime.monotonic() >= until:
                break
            self.runtime.sleep(0.01)
        for live in [live for live in self.live.values() if live.over]:
            live.close()
        self.flush()

    def close(self, live: LiveCall) -> None:
        """Keep a call no more."""
        if self.live.get(live.record.uuid) is live:
            del self.live[live.record.uuid]
        live.end_talk()
        for listener in self.on_close:
            listener(live)

    def write_soon(self, live: LiveCall) -> None:
        """Have a call written soon: what happens to it within a moment is written once."""
        if not self._unwritten:
            self.runtime.later(DELAY, self.flush)
        self._unwritten[live] = None

    def flush(self) -> None:
        """Have every call written of which there is news."""
        unwritten, self._unwritten = self._unwritten, {}
        for live in unwritten:
            self.put(live.build())

    def save(self, seconds: float) -> None:
        """Have everything in the journal, after `seconds` at most: another router may look. Blocks; no hub's work."""
        self._journal.flush(seconds)

    def put(self, record: CallRecord) -> None:
        """Have a record written, and tell whoever listens."""
        record = replace(record, company=self._snapshot().called(record.company))
        self._journal.put(record)
        for listener in self.on_record:
            listener(record)
