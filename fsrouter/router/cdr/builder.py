"""The CDR of a call in the making: what the journal has of it so far, brought up to date from its walk, and how that is
worded. Pure.

A call may be walked several times over: a router dies, an operator sends it elsewhere. What was recorded of it before
stays in place. Knows nothing of when a record is written, nor of what is heard of a call besides its walk: that is the
live call's part.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from fsrouter.engine.rates import Rate
from fsrouter.engine.walk.actions import Action, Dial, Enqueue, FailSafe, Gather, Hangup, LeaveMessage, Play, Transfer
from fsrouter.engine.walk.trace import Attempt, Entry
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call.queues import agent_of
from fsrouter.esl.events import Channel, Event
from fsrouter.router.cdr import merge, pricing
from fsrouter.store.calls import places
from fsrouter.store.calls.journal import CallRecord

#: What a record says (`where`) while an action is under way.
DOING: dict[type, Callable[..., str]] = {
    Play: lambda a: f"hears {a.sound}",
    Gather: lambda a: f"in menu:{a.menu}",
    Dial: lambda a: places.RINGS + ", ".join(leg.destination for leg in a.legs),
    Enqueue: lambda a: places.WAITS + a.queue,
    LeaveMessage: lambda a: f"leaves a message in voicemail:{a.voicemail}",
    Transfer: lambda a: f"goes to extension {a.extension}",
    Hangup: lambda a: "ends",
    FailSafe: lambda a: "goes to the fail-safe",
}


def first_record(walk: Walk, headers: Channel | Event, router: str) -> CallRecord:
    """What a record has of a call when its walk begins."""
    facts, contact = walk.facts, walk.facts.contact
    return CallRecord(
        uuid=headers.get("Unique-ID"),
        company=walk.book.company,
        number=facts.to,
        caller=facts.from_ or facts.internal,
        caller_name=headers.get("Caller-Caller-ID-Name"),
        contact=contact.id if contact else "",
        contact_name=contact.name if contact else "",
        source=str(walk.fact("source") or ""),
        began=facts.began,
        revision=walk.book.revision,
        router=router,
        turn=0,
        facts=facts,
    )


def transfer_target(headers: Channel | Event) -> str:
    """Where somebody has taken a call, by FreeSWITCH's own history of it; "" when nobody has.

    Its lines are `EPOCH:UUID:bl_xfer:EXTENSION/CONTEXT/DIALPLAN` and `EPOCH:UUID:uuid_br:PARTY`; that is preceded by
    `EPOCH:UUID:att_xfer:…` after a consultation, and a queue writes one for its own agent (docs/wire.md 2).
    """
    history = ["", "", *headers.values("variable_" + names.TRANSFER_HISTORY)]
    how, _, target = history[-1].partition(":")[2].partition(":")[2].partition(":")
    if how == "bl_xfer":
        return f"it was transferred to {target.partition('/')[0][:64]}"
    if how != "uuid_br" or target == headers.variable(names.CC_AGENT_UUID):
        return ""
    consulted = ":att_xfer:" in history[-2]
    return "it was transferred after a consultation" if consulted else "it was connected with another talk"


def queue_agent(name: str) -> str:
    """The destination of an agent whom mod_callcenter calls `name`; "" for nobody."""
    agent = agent_of(name)
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


class RecordBuilder:
    """Builds one call's record from its walks. `recording` is the file that an earlier walk recorded to, `commands`
    what operators commanded while the action that is under way was under way. `earlier` is what has been written of
    the call by whichever router had it before; nothing of it is lost. `rate_of` gives what a number (E.164) costs now.
    """

    def __init__(
        self,
        walk: Walk,
        headers: Channel | Event,
        node: str,
        earlier: CallRecord | None = None,
        rate_of: Callable[[str], Rate | None] = lambda number: None,
    ) -> None:
        self.commands: tuple[Entry, ...] = ()
        self.record = replace(earlier, router=node) if earlier else first_record(walk, headers, node)
        self.recording = self.record.recording
        self._tags = self.record.tags
        self._walk: Walk | None = None
        self._rate_of = rate_of
        # The action in which somebody answered who has been priced.
        self._priced: Action | None = None

    def follow(self, walk: Walk, resumed: bool, recording: str = "") -> None:
        """Record a walk from now on: one that is resumed where the call stood, or one that begins. `recording` is the
        file of the walk before.
        """
        if self._walk:
            self.add_commands()
            self.build()
        self._walk, self._before, self._resumed = walk, self.record, resumed
        self._tags, self.recording = self.record.tags, self.record.recording or recording
        self.change(revision=walk.book.revision)

    def change(self, **changed: object) -> None:
        """Change fields of the record."""
        self.record = replace(self.record, **changed)

    def tag(self, tag: str) -> None:
        """Add a tag to those of the walk."""
        self._tags = (*self._tags, tag)

    def command(self, what: str, who: str) -> None:
        """Note what an operator commanded; it stands behind what is under way."""
        self.commands = (*self.commands, Entry("operator", what, f"{who} ordered it"))

    def price(self, who: str, by_trunk: bool, since: float | None) -> None:
        """Somebody has answered, by a trunk or not: have the price of the number run `since` then (epoch), None where
        nobody heard when. Of one attempt the first word counts.
        """
        action = self._walk.action if self._walk else None
        if self._walk is None or action is None or action is self._priced:
            return
        self._priced = action
        if since is None and self.record.priced_since is not None:
            return  # the talk that was heard to begin, maybe by another router
        number = pricing.number_of(action, self._walk.book.agents, who, by_trunk)
        if number and (rate := self._rate_of(number)):
            self.record = pricing.priced(self.record, rate, since)

    def charge(self, until: float | None) -> None:
        """No price runs any more: what the talk has cost that went on `until` then (epoch) is added; None where nobody
        heard when it ended.
        """
        self.record = pricing.charged(self.record, until)

    def add_commands(self) -> None:
        """Put what operators commanded behind what the walk knows by now of what was under way."""
        if self._walk:
            self._walk.trace += self.commands
        self.commands = ()

    def build(self, waits_in: str = "", talk: Attempt | None = None) -> CallRecord:
        """The record, brought up to what the walk knows by now; `waits_in` is the queue that has the call meanwhile,
        `talk` the attempt that was answered and is not over.
        """
        walk = self._walk
        assert walk is not None, "no walk is followed"
        trace, attempts, walks = merge.joined(self._before, walk, self._resumed)
        self.change(
            destination=walk.destination or waits_in,
            trace=trace + self.commands,
            attempts=(*attempts, talk) if talk else attempts,
            walks=walks,
            tags=tuple(dict.fromkeys((*walk.tags, *self._tags))),
            record=walk.record or bool(self.recording),
        )
        return self.record
