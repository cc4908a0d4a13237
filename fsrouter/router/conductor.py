"""One call from its connection to its end: who is calling, which rule book, ask the walk, do it, write it down, again.

Whatever fails in here, the caller gets the fail-safe and the journal the reason. How things are said to FreeSWITCH is
the business of `esl.call`, what should happen the engine's, what is known `call_data`'s, what is written down the CDR
writer's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Action, Dial, Enqueue, Gather, Hangup, LookUp, Play, Question, Transfer
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import Outcome
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl import variables as names
from fsrouter.esl.call.call import Call
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.caps import Caps
from fsrouter.esl.events import Channel
from fsrouter.esl.lifecycle import CallSession, CallTaken, Ended
from fsrouter.log.context import bind, carried
from fsrouter.log.logger import DEBUG, get_logger
from fsrouter.router.call_data import CallData
from fsrouter.router.call_metrics import CallMetrics
from fsrouter.router.call_state import CallState, Stood, goes_round, was_elsewhere
from fsrouter.router.callers import Callers
from fsrouter.router.cdr.live_call import LiveCall
from fsrouter.router.cdr.writer import CdrWriter
from fsrouter.router.rulebooks import RuleBooks
from fsrouter.runtime import Runtime

_log = get_logger("fsrouter.router")

#: What a router that gets a call in the middle reads the end of from its channel; a question is simply asked again.
WAITED_FOR = (Play, Gather, Dial, Enqueue)
LOST = "it cannot be read where the call stood, which has begun anew before"


@dataclass(eq=False)
class Conductor:
    """Conducts calls, each in a greenlet of its own: `conduct` is called once for every connection."""

    rulebooks: RuleBooks
    data: CallData
    callers: Callers
    cdr: CdrWriter
    metrics: CallMetrics
    settings: CallSettings
    caps: Caps
    key: str = field(repr=False)
    runtime: Runtime

    def __post_init__(self) -> None:
        self.state = CallState(self.key, self._book_as_of, self._facts_again)

    def conduct(self, session: CallSession, channel: Channel) -> None:
        """Walk a call to its end, or to where it is somebody else's.

        Raises nothing: a call that nobody takes is the fail-safe's.
        """
        began = self.runtime.now()
        to, book = self.rulebooks.snapshot.dialled(channel.variable(names.NUMBER) or channel.destination_number)
        if book is not None:
            bind(company=book.company)
        try:
            # Where it stood comes first: its company may have been removed or renamed since, its number moved.
            stood = self.state.read(channel, channel.uuid, to if book else "")
            book = stood.walk.book if stood else book
            if book is None:
                _log.warning("a call to a number that no company has is left to the dialplan's fail-safe")
                return
            bind(company=book.company)
            gate = self.settings.gate(book.company, book.header.country)
            call = Call(session, channel, gate, self.settings, began, self.runtime.now, self.runtime.random, self.caps)
            walk, live = self._resumed(call, stood) if stood else self._begun(call, book, to, began)
        except Exception:
            _log.exception("the call could not be begun; the dialplan has it")
            return
        try:
            if stood:
                action = self._resume(call, live, stood)
            else:
                action = walk.failed(LOST) if goes_round(channel) and not walk.goto else walk.begin()
            self._walk(call, walk, live, action)
        except Ended as how:
            live.ended(how)
        except Exception as error:
            _log.exception("the call failed and goes to the fail-safe")
            self._rescue(call, walk, live, f"an error of fsrouter's own: {type(error).__name__}")

    def _begun(self, call: Call, book: RuleBook, to: str, began: float) -> tuple[Walk, LiveCall]:
        """A walk from its beginning."""
        channel = call.channel
        goto = self.state.goto(channel, book)
        live = self.cdr.live.get(channel.uuid)
        # Sent here by an operator, or where the call stood cannot be read: no other call, and none before it.
        had = bool(goto or channel.variable(names.CURSOR) or channel.variable(names.FACTS))
        elsewhere = self.data.earlier_record(channel.uuid, book.company) if had and not live else None
        if earlier := live.record if live else elsewhere:
            began = earlier.began
            call.resume_at(began)
        facts, trouble = self.data.facts(book, self.callers.facts(channel, book.header, to, began))
        walk = Walk(book, facts, goto)
        if trouble:
            walk.note("facts", "not known", trouble)
        call.carry(self.state.at_start(facts, book, channel.uuid))
        return walk, self.cdr.open(call, walk, earlier=elsewhere)

    def _resumed(self, call: Call, stood: Stood) -> tuple[Walk, LiveCall]:
        """The walk of a call that another router, or this one before a queue, has left where it `stood`."""
        uuid, walk = call.channel.uuid, stood.walk
        call.resume_at(walk.facts.began)
        earlier = None if uuid in self.cdr.live else self.data.earlier_record(uuid, walk.book.company)
        return walk, self.cdr.open(call, walk, stood.cursor.turn + 1, earlier)

    def _resume(self, call: Call, live: LiveCall, stood: Stood) -> Action:
        """The action with which a call goes on: the one that was under way has ended as the channel tells."""
        walk = stood.walk
        action = stood.resume()
        if was_elsewhere(call.channel, walk.facts.began):
            live.taken()
            return Hangup()
        while isinstance(action, Question) and not stood.is_there:
            action = walk.next(self.data.answer(walk.book, walk.facts, action, call.after))
        if stood.is_there and isinstance(action, WAITED_FOR):
            outcome = call.outcome_of(action)
            if outcome is not None:
                live.action_ends(outcome)
                action = walk.next(outcome)
        return action

    def _book_as_of(self, company: str, revision: int, uuid: str) -> RuleBook | None:
        """The rule book that a call began with, of a company by the name that it had then; the one in force when that
        cannot be had, None when there is none.
        """
        live = self.cdr.live.get(uuid)
        if live is not None and (live.walk.book.company, live.walk.book.revision) == (company, revision):
            return live.walk.book
        book = self.rulebooks.snapshot.book(company)
        if book is not None and revision in (0, book.revision):
            return book
        return self.data.book_as_of(self.rulebooks.snapshot.called(company), revision) or book

    def _facts_again(self, book: RuleBook, facts: Facts, uuid: str) -> tuple[Facts, str]:
        """The facts of a call of which only those that travel are known, and in words what is not known any more."""
        live = self.cdr.live.get(uuid)
        known = live.walk.facts if live is not None else None
        if known and (known.to, known.began) == (facts.to, facts.began):
            return known, ""
        return self.data.facts_again(book, facts)

    def _walk(self, call: Call, walk: Walk, live: LiveCall, action: Action) -> None:
        told = 0
        while not isinstance(action, actions.LAST):
            told = _log_trace(walk, told)
            live.action_begins(action)
            if isinstance(action, Enqueue):
                self._carry(call, walk, live)
                call.enqueue(action)
                self.metrics.waits(call.channel.uuid, walk.book.company, action)
                live.waits(action)
                return
            outcome = self._outcome(call, walk, live, action)
            live.action_ends(outcome)
            action = walk.next(outcome)
        _log_trace(walk, told)
        if isinstance(action, Hangup):
            call.carry(self.state.at_end(walk))
        else:
            self._carry(call, walk, live)
        if not live.over:
            live.action_begins(action)
        try:
            call.finish(action)
        except CallTaken:
            if not isinstance(action, Transfer):
                raise
        if not live.over:
            live.walk_ends(action)

    def _outcome(self, call: Call, walk: Walk, live: LiveCall, action: Play | Gather | Dial | Question) -> Outcome:
        if isinstance(action, LookUp) and action.greeting:
            looking = self.runtime.spawn(carried(self.data.answer), walk.book, walk.facts, action, call.after)
            self._carry(call, walk, live)
            call.do(Play(sound=action.greeting))
            return looking.get()
        if isinstance(action, Question):
            return self.data.answer(walk.book, walk.facts, action, call.after)
        self._carry(call, walk, live)
        if isinstance(action, Dial):
            self.metrics.dials(walk, call.after)
        return call.do(action)

    def _carry(self, call: Call, walk: Walk, live: LiveCall) -> None:
        """Put where the call stands on its channel, for whichever router gets it next."""
        call.carry(self.state.at_action(walk, live.record.turn, call.channel.uuid))

    def _rescue(self, call: Call, walk: Walk, live: LiveCall, why: str) -> None:
        last = walk.failed(why)
        try:
            call.finish(last)
            live.walk_ends(last)
        except Ended as how:
            live.ended(how)
        except Exception:
            _log.exception("the fail-safe of the call could not be asked for; the dialplan has it")
            live.walk_ends(last)


def _log_trace(walk: Walk, told: int) -> int:
    """Log what the walk has decided since it had `told` entries, for whoever reads our log beside FreeSWITCH's. Returns
    how many there are now.
    """
    if _log.isEnabledFor(DEBUG):
        for entry in walk.trace[told:]:
            _log.debug("the call goes on", at=entry.at, outcome=entry.outcome, why=entry.why)
    return len(walk.trace)
