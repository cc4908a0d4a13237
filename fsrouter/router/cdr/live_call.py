"""A live call as its CDR tells it: what becomes of it, joined from what its conductor and the observing connection
tell.

The conductor knows what was decided and how each action ended; the observing connection knows what no socket of the
call can tell any more once the caller has gone: who was talking, with which cause it ended (docs/wire.md 5). What
neither has told is recorded as unknown. How a record is made of it is the builder's part. Knows no wire and no
database.
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from fsrouter.engine.rates import Rate
from fsrouter.engine.walk.actions import Action, Dial, Enqueue, LeaveMessage
from fsrouter.engine.walk.outcomes import Dialled, Outcome, Queued
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call.call import Call
from fsrouter.esl.events import Event
from fsrouter.esl.lifecycle import CallerGone, CallTaken, Ended
from fsrouter.router.cdr.builder import DOING, RecordBuilder, outcome_of, queue_agent, transfer_target
from fsrouter.router.cdr.pricing import left_by_trunk
from fsrouter.runtime import Runtime, Task
from fsrouter.store.calls import places
from fsrouter.store.calls.journal import CallRecord

TAKEN = "somebody else has taken the call"


class Writer(Protocol):
    """What a live call uses of the CDR writer: `live` are the live calls by uuid, `talks` counts the talks of each
    (company, destination). `linger` is how many seconds a call that has ended stays open for what the observing
    connection may still tell.
    """

    node: str
    runtime: Runtime
    linger: float
    live: dict[str, LiveCall]
    talks: Counter[tuple[str, str]]

    def observed(self) -> bool: ...
    def rate_of(self, number: str) -> Rate | None: ...
    def write_soon(self, live: LiveCall) -> None: ...
    def close(self, live: LiveCall) -> None: ...


class LiveCall:
    """One call. `record` is what the journal has of it so far, `talking` who the caller talks with or did last, `walk`
    the walk that is recorded, `over` whether the call has ended for us, `waiting` whether the dialplan has it in a
    queue, `heard` when it was last heard of (seconds that only grow).
    """

    def __init__(self, writer: Writer, call: Call, walk: Walk, earlier: CallRecord | None = None) -> None:
        self.call = call
        self.walk = walk
        self.talking = ""
        self.over = False
        self.waiting = False
        self.heard = writer.runtime.monotonic()
        self._writer = writer
        self._hung_up = False
        self._why = ""
        self._busy = ""
        self._lingering: Task[None] | None = None
        self._walked = False
        self._builder = RecordBuilder(walk, call.channel, writer.node, earlier, writer.rate_of)

    @property
    def record(self) -> CallRecord:
        """What the journal has of the call so far, but for what its walk has learnt since (`build`)."""
        return self._builder.record

    # What the conductor tells

    def handed(self, call: Call, walk: Walk, turn: int) -> None:
        """The call is handed to this router: for the first time, again where it stood (`turn` tells), or anew, which
        leaves what happened before in place.
        """
        anew, self._walked = turn == 1 and self._walked, True
        if anew:
            self._settle(after=self._writer.runtime.now() - self.record.began)
        self._builder.follow(walk, turn > 1, self._recording("") if anew else "")
        turn = max(turn, self.record.turn + 1)
        self._builder.change(turn=turn, ended=None, outcome="", cause="")
        self.call, self.walk = call, walk
        self.over = self.waiting = self._hung_up = False
        self.heard = self._writer.runtime.monotonic()
        self._linger_no_more()
        self.end_talk()

    def action_begins(self, action: Action) -> None:
        """An action begins; questions are too short to be told."""
        self._builder.charge(self._writer.runtime.now())  # of a talk whose end nobody was told
        if type(action) in DOING:
            self._write(where=DOING[type(action)](action))

    def action_ends(self, outcome: Outcome) -> None:
        """An action has ended."""
        if isinstance(outcome, Dialled | Queued) and outcome.outcome == "answered":
            self._builder.price(outcome.by, left_by_trunk(outcome, outcome.by), None)
            self._builder.charge(self._writer.runtime.now())
        if isinstance(outcome, Dialled) and outcome.outcome == "answered":
            self._begin_talk(outcome.by, self.record.answered or self.record.began + outcome.after)

    def waits(self, action: Enqueue) -> None:
        """The dialplan has the call in a queue; it comes back, or its end is heard of."""
        if not self._open:
            return
        self.waiting = True
        if self._writer.observed():
            self.action_begins(action)
        else:
            self._builder.change(where=DOING[Enqueue](action))
            self.unobserved()

    def unobserved(self, why: str = "nobody observes what becomes of it", unknown: bool = False) -> None:
        """What becomes, or became, of a call that the dialplan has is not heard of: it ends as it stands, or it is
        `unknown` how.
        """
        if self.over or not self._open:
            return
        self._end("unknown", f"the call {self.record.where}, and {why}")
        self.close(unknown)

    def walk_ends(self, action: Action) -> None:
        """The last action is done, as far as it is ours."""
        self._end(outcome_of(self.walk, action))

    def ended(self, how: Ended) -> None:
        """The call ended, or went to somebody else, while an action was under way."""
        self._settle(after=self.call.after)
        if isinstance(how, CallTaken):
            self.taken(transfer_target(how.channel) if how.channel else "")
        elif isinstance(how, CallerGone):
            self._end(self._left(), f"the caller hung up: the call {self.record.where}")
        else:
            self._end("lost", f"{type(how).__name__}: {how}")

    def taken(self, target: str = "") -> None:
        """Somebody else has, or had, the call; `target` tells where it went, where that is known."""
        by = "by the operator's order" if self._builder.commands else TAKEN
        self._end("taken", f"{by}: {target or 'it was transferred, parked or picked up'}")

    def commanded(self, what: str, who: str) -> None:
        """An operator has done something with the call; it stands behind what is under way."""
        self._builder.command(what, who)
        self._write()

    def tag(self, tag: str) -> None:
        """An operator tags the call."""
        self._builder.tag(tag)
        self._write()

    def _left(self) -> str:
        """What a call is in which the caller hung up while an action was under way."""
        if isinstance(self.walk.action, LeaveMessage) and self.call.in_mailbox:
            return "voicemail"
        if self.talking:
            return "answered"
        # Ringing, or talking already: only the observing connection can tell, and it has not yet.
        return "unknown" if isinstance(self.walk.action, Dial) else "abandoned"

    # What the observing connection tells

    def is_of(self, event: Event) -> bool:
        """Whether an event that names the call comes from the FreeSWITCH that has it: with `inbound-use-callid-as-uuid`
        a caller can have a channel of the same uuid on another one.
        """
        here, there = self.call.channel.switchname, event.get("FreeSWITCH-Switchname")
        return not here or not there or here == there

    def talks(self, who: str, by_trunk: bool = False) -> None:
        """Somebody talks with the caller; `by_trunk` is whether they were dialled by a trunk, as far as was heard."""
        action, now = self.walk.action, self._writer.runtime.now()
        self.heard = self._writer.runtime.monotonic()
        if isinstance(action, Dial) and who and who not in {leg.destination for leg in action.legs}:
            return  # news of an earlier walk
        self._builder.price(who, by_trunk, None if self.over else now)
        self._begin_talk(who, self.record.answered or now)
        if self.over:
            self.end_talk()
        else:
            self._write(where=places.TALKS + (who or self._busy or "somebody"))

    def hung_up(self, event: Event) -> None:
        """The caller's channel is gone; its variables tell what no socket could."""
        self._hung_up = True
        self._builder.change(cause=event.get("Hangup-Cause"))
        queue = self.walk.action if self.waiting and isinstance(self.walk.action, Enqueue) else None
        if queue and event.variable(names.CC_CAUSE) == "answered":
            who = self.talking or queue_agent(event.variable(names.CC_AGENT))
            self._builder.price(who, False, None)
            self._begin_talk(who, self.record.answered)
            if target := transfer_target(event):
                self._builder.change(outcome="taken")
                self._why = f"{TAKEN}: {target}"
        elif queue and not self.talking:
            self._why = f"the caller hung up: the call {self.record.where}"
        if queue or self.over:
            self.close()

    # How it is written

    @property
    def _open(self) -> bool:
        return self._writer.live.get(self.record.uuid) is self

    def _begin_talk(self, who: str, since: float | None) -> None:
        if who and who != self._busy:
            self.end_talk()
            self.talking = self._busy = who
            self._writer.talks[self.record.company, who] += 1
        agent = self.talking.removeprefix("agent:") if self.talking.startswith("agent:") else self.record.agent
        self._builder.change(agent=agent, answered=since)

    def end_talk(self) -> None:
        """Nobody is kept busy by this call any more."""
        key, self._busy = (self.record.company, self._busy), ""
        if key[1]:
            self._writer.talks[key] -= 1
            if self._writer.talks[key] < 1:
                del self._writer.talks[key]

    def _settle(self, after: float) -> None:
        """Tell the walk of a talk that its own action can no longer tell of, so that trace and attempts have it."""
        if not self.talking:
            return
        if isinstance(self.walk.action, Dial):
            self.walk.next(Dialled(outcome="answered", by=self.talking, legs=self.call.skipped, after=after))
        elif isinstance(self.walk.action, Enqueue):
            self.walk.next(Queued(outcome="answered", by=self.talking, after=after))

    def _end(self, outcome: str, why: str = "") -> None:
        self.over, now = True, self._writer.runtime.now()
        self._builder.charge(None if outcome == "unknown" else now)
        if outcome == "unknown":
            self._why = why  # noted behind what is still to be heard
        else:
            self._builder.add_commands()
            if why:
                self.walk.note(self.walk.facts.to, outcome, why)
        self._write(outcome=outcome, where="", recording=self._recording(outcome), ended=now)
        self.end_talk()
        if self._hung_up or not self._writer.observed():
            self.close()
        else:
            self._lingering = self._writer.runtime.later(self._writer.linger, self._lingered)

    def close(self, unknown: bool = False) -> None:
        """Close the record with what has been heard by now, or as one of which it is `unknown` how it ends."""
        if not self._open:
            return
        self._linger_no_more()
        self._settle(after=self._writer.runtime.now() - self.record.began)
        outcome = self.record.outcome
        if outcome in ("", "unknown") and not unknown:
            outcome = "answered" if self.talking else "abandoned" if self._hung_up else "unknown"
            if outcome == "abandoned":
                self.walk.abandoned(self.call.skipped)
        self._builder.add_commands()
        if self._why:
            noted = outcome if outcome in ("abandoned", "taken") else "hung up"
            self.walk.note(self.walk.facts.to, noted, self._why)
        ended = self.record.ended or self._writer.runtime.now()
        self._builder.charge(None if unknown else ended)
        self._write(outcome=outcome, ended=ended, where="", recording=self._recording(outcome))
        self._writer.close(self)

    def _lingered(self) -> None:
        self._lingering = None
        self.close()

    def _linger_no_more(self) -> None:
        lingering, self._lingering = self._lingering, None
        if lingering is not None:
            lingering.cancel()

    def _recording(self, outcome: str) -> str:
        return (self.call.recording if outcome == "answered" or self.talking else "") or self._builder.recording

    def _write(self, **changed: object) -> None:
        self._builder.change(**changed)
        self._writer.write_soon(self)

    def build(self) -> CallRecord:
        """The record, brought up to what the walk knows by now."""
        queue = self.walk.action if self.waiting and self._open and not self.over else None
        talk = self.walk.under_way("answered", self._busy, self.call.skipped) if self._busy else None
        return self._builder.build(f"queue:{queue.queue}" if isinstance(queue, Enqueue) else "", talk)
