"""The CDR of a call in the making: what the journal has of it so far, brought up to date from its walk, and how that is
worded. Pure.

A call may be walked several times over: a router dies, an operator sends it elsewhere. What was recorded of it before
stays in place. Knows nothing of when a record is written, nor of what becomes of a call: that is the live call's part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from fsrouter.engine.walk import explain
from fsrouter.engine.walk.actions import Action, Dial, Enqueue, FailSafe, Gather, Hangup, LeaveMessage, Play, Transfer
from fsrouter.engine.walk.trace import Attempt, Entry
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call.call import Call
from fsrouter.esl.call.queues import agent_of
from fsrouter.esl.events import Channel, Event
from fsrouter.store.calls.journal import CallRecord

#: What a record says (`where`) while an action is under way.
DOING: dict[type, Callable[..., str]] = {
    Play: lambda a: f"hears {a.sound}",
    Gather: lambda a: f"in menu:{a.menu}",
    Dial: lambda a: f"rings {', '.join(leg.destination for leg in a.legs)}",
    Enqueue: lambda a: f"waits in queue:{a.queue}",
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
        caller=facts.from_,
        caller_name=headers.get("Caller-Caller-ID-Name"),
        contact=contact.id if contact else "",
        contact_name=contact.name if contact else "",
        source=str(walk.fact("source") or ""),
        began=facts.began,
        revision=walk.book.revision,
        router=router,
        turn=0,
    )


def walk_fields(walk: Walk) -> dict[str, Any]:
    """What a record has of a walk, for a call of which no CDR has been kept up to date."""
    return {
        "destination": walk.destination,
        "trace": tuple(map(explain.entry_as_dict, walk.trace)),
        "attempts": tuple(map(attempt_as_dict, walk.attempts)),
        "record": walk.record,
    }


def attempt_as_dict(made: Attempt) -> dict[str, Any]:
    """An attempt with who answered, and of several legs how each ended."""
    fields = explain.attempt_as_dict(made)
    if made.by:
        fields["by"] = made.by
    if len(made.legs) > 1:
        fields["legs"] = [
            {"destination": leg.destination, "outcome": leg.outcome, "cause": leg.cause} for leg in made.legs
        ]
    return fields


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
    """Builds one call's record. `recording` is the file that an earlier walk recorded to, `commands` what operators
    commanded while the action that is under way was under way. `earlier` is what another router has written of the
    call.
    """

    def __init__(self, call: Call, walk: Walk, node: str, earlier: CallRecord | None = None) -> None:
        self.commands: tuple[Entry, ...] = ()
        self.recording = ""
        self._walk = walk
        self._tags: tuple[str, ...] = ()
        self._facts: dict[str, Any] = {}
        self._known = False
        self.record = first_record(walk, call.channel, node)
        if earlier:
            self.record = replace(earlier, router=node)
            self._tags, self.recording = earlier.tags, earlier.recording
        self._trace = self.record.trace
        self._earlier = len(self._trace)
        self._attempts = self.record.attempts

    def follow(self, walk: Walk, turn: int, recording: str | None) -> None:
        """Record another walk from now on: of the same call where it stood, or of one that begins anew; then
        `recording` is the file of the walk before ("" for none).
        """
        if recording is not None:
            self.add_commands()
            self.build()
            self._earlier, self._attempts = len(self.record.trace), self.record.attempts
            self._tags, self.recording = self.record.tags, self.record.recording or recording
            self._facts = {}
        self._trace = self.record.trace[: self._earlier]
        self._walk, self._known = walk, False
        turn = max(turn, self.record.turn + 1)
        self.change(turn=turn, ended=None, outcome="", cause="", revision=walk.book.revision)

    def change(self, **changed: object) -> None:
        """Change fields of the record."""
        self.record = replace(self.record, **changed)

    def tag(self, tag: str) -> None:
        """Add a tag to those of the walk."""
        self._tags = (*self._tags, tag)

    def command(self, what: str, who: str) -> None:
        """Note what an operator commanded; it stands behind what is under way."""
        self.commands = (*self.commands, Entry("operator", what, f"{who} ordered it"))

    def add_commands(self) -> None:
        """Put what operators commanded behind what the walk knows by now of what was under way."""
        self._walk.trace += self.commands
        self.commands = ()

    def build(self, waits_in: str = "", talk: Attempt | None = None) -> CallRecord:
        """The record, brought up to what the walk knows by now; `waits_in` is the queue that has the call meanwhile,
        `talk` the attempt that was answered and is not over.
        """
        walk = self._walk
        if not self._known:
            # Not all that was known travels with a call.
            self._facts, self._known = {**self._facts, **explain.known_facts(walk, places=False)}, True
        news = walk.trace[len(self._trace) - self._earlier :]
        self._trace += tuple(map(explain.entry_as_dict, news))
        tags = tuple(dict.fromkeys((*walk.tags, *self._tags)))
        if tags != self.record.tags:
            self._facts = {**self._facts, "tags": list(tags)}
        self.change(
            destination=walk.destination or waits_in,
            facts=self._facts,
            trace=self._trace + tuple(map(explain.entry_as_dict, self.commands)),
            attempts=self._attempts + tuple(map(attempt_as_dict, [*walk.attempts, *([talk] if talk else [])])),
            tags=tags,
            record=walk.record or bool(self.recording),
        )
        return self.record
