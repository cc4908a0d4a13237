"""What happens to calls, counted and measured as it happens, for Prometheus (docs/monitoring.md).

A call is counted once, by the router that had it last; one whose router died is counted by none. Label values are
companies and queues of rule books and outcomes of the journal, so that no caller can make new ones.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from fsrouter.engine.walk.actions import Enqueue
from fsrouter.engine.walk.outcomes import Dialled
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl.events import Event
from fsrouter.store.calls.records import OUTCOMES, CallRecord

#: Upper bounds of the buckets, in seconds.
OWN_TIME: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
FIRST_RING: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
QUEUE_WAIT: Final = (5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200)
TALK: Final = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600)

#: Waits whose end has not been heard, at most: an end that nobody observed never comes.
MOST: Final = 5_000
#: The events that end a wait (mod_callcenter.c:1934,2098,3274); the second may come behind the end of the call.
ENDS: Final = ("bridge-agent-start", "member-queue-end")
#: FreeSWITCH's variable of a caller who waits: since when, in seconds since the epoch.
JOINED: Final = "cc_queue_joined_epoch"

# A series `_created` beside each would double their number, and Prometheus does not use them.
disable_created_metrics()


class CallMetrics:
    """The calls of one router, in `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.own_time = Histogram(
            "fsrouter_own_time_seconds",
            "How long FreeSWITCH waited for the next command.",
            buckets=OWN_TIME,
            registry=registry,
        )
        self.first_ring = Histogram(
            "fsrouter_first_ring_seconds",
            "From the beginning of a call until the first telephone is dialled.",
            buckets=FIRST_RING,
            registry=registry,
        )
        self.queue_wait = Histogram(
            "fsrouter_queue_wait_seconds",
            "How long callers waited in a queue, however that ended.",
            ["company", "queue"],
            buckets=QUEUE_WAIT,
            registry=registry,
        )
        self.talk = Histogram(
            "fsrouter_talk_seconds",
            "How long answered callers talked.",
            ["company"],
            buckets=TALK,
            registry=registry,
        )
        self.calls = Counter("fsrouter_calls", "Calls that are over.", ["company", "outcome"], registry=registry)
        self._waiting: dict[str, tuple[str, str]] = {}
        self._elsewhere: dict[str, None] = {}

    def dials(self, walk: Walk, after: float) -> None:
        """A call dials, so many seconds after it began."""
        if not walk.goto and not walk.taken_up and not any(isinstance(outcome, Dialled) for outcome in walk.outcomes):
            self.first_ring.observe(after)

    def waits(self, uuid: str, company: str, action: Enqueue) -> None:
        """A call is let go into a queue."""
        if len(self._waiting) >= MOST:
            del self._waiting[next(iter(self._waiting))]
        self._elsewhere.pop(uuid, None)
        self._waiting[uuid] = company, action.queue

    def heard(self, event: Event) -> None:
        """Take in what the observing connection tells: that an agent talks with who waited, or that they have left the
        queue, for good or for whichever router is next (docs/wire.md 6).
        """
        if event.get("CC-Action") not in ENDS:
            return
        uuid = event.get("CC-Member-Session-UUID")
        waited = self._waiting.pop(uuid, None)
        if waited is None:
            return
        joined = event.get("CC-Member-Joined-Time") or event.variable(JOINED)
        until = event.get("CC-Agent-Answered-Time") or event.get("Event-Date-Timestamp")[:-6]
        if joined.isdigit() and until.isdigit():
            self.queue_wait.labels(*waited).observe(max(0, int(until) - int(joined)))
        if event.get("CC-Cancel-Reason", "BREAK_OUT") != "BREAK_OUT":
            if len(self._elsewhere) >= MOST:
                del self._elsewhere[next(iter(self._elsewhere))]
            self._elsewhere[uuid] = None

    def over(self, record: CallRecord, waiting: bool) -> None:
        """A call is over, and this is its record; `waiting`: this router let it go into a queue and did not get it
        back.
        """
        left = record.uuid in self._elsewhere
        self._elsewhere.pop(record.uuid, None)
        if left and waiting:
            return  # another router got it, and counts it
        outcome = record.outcome if record.outcome in OUTCOMES else "unknown"
        self.calls.labels(record.company, outcome).inc()
        if outcome == "answered" and record.answered is not None and record.ended is not None:
            self.talk.labels(record.company).observe(max(0.0, record.ended - record.answered))
