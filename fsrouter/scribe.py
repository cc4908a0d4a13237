"""The scribe: keeps one page for each live call and has the journal written behind it.

Two hear of a call: its conductor, who knows what was decided and how each action ended, and the observing
connection, which knows what no socket of the call can tell any more once the caller has gone: who was talking, for
how long, with which cause it ended (SYNC.md section 4). A page joins both. What neither has told is said to be
unknown (DESIGN section 8, Journal).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

import gevent
import msgspec

from fsrouter.engine import explain
from fsrouter.engine.actions import (
    Action,
    Dial,
    Dialled,
    Ending,
    Enqueue,
    FailSafe,
    Gather,
    Hangup,
    LeaveMessage,
    Play,
    Queued,
    Transfer,
)
from fsrouter.engine.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call import Call
from fsrouter.esl.headers import Event
from fsrouter.esl.legs import unlabelled
from fsrouter.esl.session import CallerGone, CallTaken, Ended
from fsrouter.store.journal import CallRecord

#: Seconds that a page stays open for what the observing connection may still tell of a call that has ended.
LINGER = 2.0

#: What a call's page says while an action is under way.
WHERE: dict[type, Callable[..., str]] = {
    Play: lambda a: f"hears {a.sound}",
    Gather: lambda a: f"in menu:{a.menu}",
    Dial: lambda a: f"rings {', '.join(leg.destination for leg in a.legs)}",
    Enqueue: lambda a: f"waits in queue:{a.queue}",
    LeaveMessage: lambda a: f"leaves a message in voicemail:{a.voicemail}",
    Transfer: lambda a: f"goes to extension {a.extension}",
    Hangup: lambda a: "ends",
    FailSafe: lambda a: "goes to the fail-safe",
}


class Journal(Protocol):
    """Where pages go: takes a record and returns at once; a later record of the same call replaces an earlier one."""

    def put(self, record: CallRecord) -> None: ...


class Scribe:
    """Keeps the pages of this router's live calls, by uuid."""

    def __init__(self, journal: Journal, node: str, clock: Callable[[], float]) -> None:
        self._journal = journal
        self.node = node
        self.clock = clock
        self.pages: dict[str, Page] = {}
        self.talks: Counter[tuple[str, str]] = Counter()
        self.listeners: list[Callable[[CallRecord], None]] = []
        self._ringing: dict[str, str] = {}

    def open(self, call: Call, walk: Walk, turn: int = 1) -> Page:
        """The page of a call that a router is handed for the `turn`-th time."""
        page = self.pages.get(call.channel.uuid)
        if page is None:
            page = self.pages[call.channel.uuid] = Page(self, call, walk)
        page.handed(call, walk, turn)
        return page

    def busy(self, company: str, destination: str) -> int:
        """How many live calls of this router a destination has."""
        return self.talks[company, destination]

    def heard(self, event: Event) -> None:
        """Take in what the observing connection tells."""
        match event.name:
            case "CHANNEL_ANSWER" if event.variable(names.TARGET):
                self._ringing[event.uuid] = unlabelled(event.variable(names.TARGET))
            case "CHANNEL_BRIDGE":
                page = self.pages.get(event.get("Bridge-A-Unique-ID"))
                if page:
                    page.talks(self._ringing.get(event.get("Bridge-B-Unique-ID"), _queue_agent(event)))
            case "CHANNEL_HANGUP_COMPLETE":
                self._ringing.pop(event.uuid, None)
                page = self.pages.get(event.uuid)
                if page:
                    page.hung_up(event)

    def close(self, page: Page) -> None:
        """Put a page away for good."""
        self.pages.pop(page.record.uuid, None)
        page.talked_out()

    def put(self, record: CallRecord) -> None:
        """Have a record written, and tell whoever listens."""
        self._journal.put(record)
        for listener in self.listeners:
            listener(record)


class Page:
    """One call's page. `record` is what the journal has of it so far, `talking` who the caller talks with."""

    def __init__(self, scribe: Scribe, call: Call, walk: Walk) -> None:
        self.call = call
        self.talking = ""
        self._scribe = scribe
        self._walk = walk
        self._over = False
        self._hung_up = False
        self._tags: tuple[str, ...] = ()
        self._facts: dict[str, Any] = {}
        self._told: tuple[dict[str, Any], ...] = ()
        channel, facts = call.channel, walk.facts
        contact = facts.contact
        self.record = CallRecord(
            uuid=channel.uuid,
            company=walk.book.company,
            number=facts.to,
            caller=facts.from_,
            caller_name=channel.caller_id_name,
            contact=contact.id if contact else "",
            contact_name=contact.name if contact else "",
            source=str(walk.fact("source") or ""),
            began=facts.began,
            revision=walk.book.revision,
            router=scribe.node,
        )

    # What the conductor tells

    def handed(self, call: Call, walk: Walk, turn: int) -> None:
        """The call is handed to this router."""
        self.call, self._walk = call, walk
        self._facts, self._told = explain.known(walk, places=False), ()
        self.record = self._with(turn=turn, ended=None)

    def turning(self, action: Action) -> None:
        """An action begins; questions are too short to be told."""
        if type(action) in WHERE:
            self._write(where=WHERE[type(action)](action))

    def turned(self, outcome: Ending) -> None:
        """An action has ended."""
        if isinstance(outcome, Dialled) and outcome.outcome == "answered":
            self._talks(outcome.by, self.record.answered or self.record.began + outcome.after)

    def waits(self, action: Enqueue) -> None:
        """The dialplan has the call in a queue; it comes back, or its end is heard of."""
        self._write(where=WHERE[Enqueue](action), destination=f"queue:{action.queue}")

    def closing(self, action: Action) -> None:
        """The last action begins."""
        self._write(where=WHERE[type(action)](action))

    def closed(self, action: Action) -> None:
        """The last action is done, as far as it is ours."""
        self._end(outcome_of(self._walk, action))

    def ended(self, how: Ended) -> None:
        """The call ended, or went to somebody else, while an action was under way."""
        self._settle(after=self.call.after)
        if isinstance(how, CallTaken):
            self._end("taken", "somebody else has taken the call: it was transferred, parked or picked up")
        elif isinstance(how, CallerGone):
            self._end(self._left(), "the caller hung up")
        else:
            self._end("lost", f"{type(how).__name__}: {how}")

    def tag(self, tag: str) -> None:
        """An operator tags the call."""
        self._tags = (*self._tags, tag)
        self._write()

    def _left(self) -> str:
        """What a call is in which the caller hung up while an action was under way."""
        if isinstance(self._walk.action, LeaveMessage):
            return "voicemail"
        if self.talking:
            return "answered"
        # Ringing, or talking already: only the observing connection can tell, and it has not yet.
        return "unknown" if isinstance(self._walk.action, Dial) else "abandoned"

    # What the observing connection tells

    def talks(self, who: str) -> None:
        """Somebody talks with the caller."""
        self._talks(who, self.record.answered or self._scribe.clock())
        self._write(where=f"talks to {who or 'somebody'}")

    def hung_up(self, event: Event) -> None:
        """The caller's channel is gone; its variables tell what no socket could."""
        self._hung_up = True
        self.record = self._with(cause=event.get("Hangup-Cause"))
        waiting = isinstance(self._walk.action, Enqueue)
        if waiting and event.variable(names.CC_CAUSE) == "answered":
            self._talks(self.talking or _queue_agent(event), self.record.answered)
        if waiting or self._over:
            self._put_away()

    # How it is written

    def _talks(self, who: str, since: float | None) -> None:
        if who and who != self.talking:
            self.talked_out()
            self.talking = who
            self._scribe.talks[self.record.company, who] += 1
        agent = self.talking.removeprefix("agent:") if self.talking.startswith("agent:") else self.record.agent
        self.record = self._with(agent=agent, answered=since)

    def talked_out(self) -> None:
        """Nobody is kept busy by this call any more."""
        key = self.record.company, self.talking
        if self.talking and self._scribe.talks[key] <= 1:
            del self._scribe.talks[key]
        elif self.talking:
            self._scribe.talks[key] -= 1

    def _settle(self, after: float) -> None:
        """Tell the walk of a talk that its own action can no longer tell of, so that trace and attempts have it."""
        if not self.talking:
            return
        if isinstance(self._walk.action, Dial):
            self._walk.next(Dialled(outcome="answered", by=self.talking, after=after))
        elif isinstance(self._walk.action, Enqueue):
            self._walk.next(Queued(outcome="answered", by=self.talking, after=after))

    def _end(self, outcome: str, why: str = "") -> None:
        self._over = True
        if why:
            self._walk.note(self._walk.facts.to, "hung up" if outcome == "unknown" else outcome, why)
        recording = self.call.recording if outcome == "answered" or self.talking else ""
        self._write(outcome=outcome, where="", recording=recording, ended=self._scribe.clock())
        if self._hung_up:
            self._put_away()
        else:
            gevent.spawn_later(LINGER, self._put_away)

    def _put_away(self) -> None:
        if self._scribe.pages.get(self.record.uuid) is not self:
            return
        self._settle(after=self._scribe.clock() - self.record.began)
        outcome = self.record.outcome
        if outcome in ("", "unknown"):
            outcome = "answered" if self.talking else "abandoned" if self._hung_up else outcome
        self._write(outcome=outcome, ended=self.record.ended or self._scribe.clock(), where="")
        self._scribe.close(self)

    def _write(self, **changed: object) -> None:
        walk = self._walk
        self._told += tuple({"at": e.at, "outcome": e.outcome, "why": e.why} for e in walk.trace[len(self._told) :])
        tags = tuple(dict.fromkeys((*walk.tags, *self._tags)))
        if tags != self.record.tags:
            self._facts = {**self._facts, "tags": list(tags)}
        self.record = self._with(
            **{
                "destination": walk.destination,
                "facts": self._facts,
                "trace": self._told,
                "attempts": tuple(map(explain.attempt, walk.attempts)),
                "tags": tags,
                "record": walk.record,
                **changed,
            }
        )
        self._scribe.put(self.record)

    def _with(self, **changed: object) -> CallRecord:
        return msgspec.structs.replace(self.record, **changed)


def _queue_agent(event: Event) -> str:
    """The destination of the agent whom mod_callcenter has connected; it knows agents as `nancy@acme`."""
    agent = event.variable(names.CC_AGENT).rpartition("@")[0]
    return f"agent:{agent}" if agent else ""


def outcome_of(walk: Walk, action: Action) -> str:
    """What became of a call whose walk has ended with `action`."""
    match action:
        case LeaveMessage():
            return "voicemail"
        case Transfer():
            return "transferred"
        case FailSafe():
            return "failsafe"
        case Hangup() if action.unanswered:
            return "unanswered"
    if walk.attempts and walk.attempts[-1].outcome == "answered":
        return "answered"
    return "ended"
