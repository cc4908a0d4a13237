"""The walk: a rule book, the facts of a call and what has happened so far give the next action, and the reasons for it.

Rules of this file
- A route is walked item by item. A branching item enters a route of its own; when that is exhausted the walk goes on
  behind the item that entered it. When the outermost route is exhausted the call is hung up as unanswered.
- More than MAX_DESTINATIONS destinations, or one of them more than MAX_ENTRIES times, is a loop and goes to the
  fail-safe. A key that the caller presses begins the count anew; MAX_DESTINATIONS_EVER bounds even that.
- The same rule book, facts and outcomes always give the same walk. So the outcomes *are* the cursor: another router
  that is handed them walks the same way to where the call stands. Whatever is not in the facts (a turn, a draw, who
  is on break, a live record) is asked for and answered by an outcome, and so recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from fsrouter.engine.model.destinations import Destination, Destinations, format_route
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.text import shown
from fsrouter.engine.walk import actions, announcing, branching, dialling, priority, ring_groups
from fsrouter.engine.walk.actions import Action, Dial, Enqueue, FailSafe, Hangup, LegResult, Outcome
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.state import Enter, Part, Steps, WalkState
from fsrouter.engine.walk.steps import Step, step
from fsrouter.engine.walk.trace import Attempt, age

MAX_DESTINATIONS = 50
MAX_ENTRIES = 10
MAX_DESTINATIONS_EVER = 1000
ABANDONED = "the caller hung up meanwhile"
FAILED = "fsrouter failed"
UNREAD = "so the caller has no number; it is not withheld"

#: Each kind's part of the walk.
PARTS: dict[str, Part] = {
    "agent": dialling.agent,
    "number": dialling.number,
    "phone": dialling.phone,
    "queue": dialling.queue,
    "voicemail": dialling.voicemail,
    "extension": dialling.extension,
    "hangup": dialling.hangup,
    "distribution": ring_groups.distribution,
    "play": announcing.play,
    "say": announcing.say,
    "tag": announcing.tag,
    "flow": branching.flow,
    "menu": branching.menu,
    "router": branching.router,
    "crm": branching.crm,
    "geo": branching.geo,
    "split": branching.split,
    "priority": priority.priority,
}


class Walk(WalkState):
    """One call's way through its company's rule book.

    `begin` gives the first action, `next(outcome)` each further one; the last is one of `actions.LAST`, and nothing
    comes after it. Meanwhile its state tells what has happened, `outcomes` how each action so far has ended, `action`
    which one is under way, and `steps` all of them.
    """

    def __init__(self, book: RuleBook, facts: Facts, goto: Destinations = ()) -> None:
        """Prepare a walk, along `goto` in place of the number's own route when an operator says so.

        Raises KeyError when `facts.to` is no tracking number of the book.
        """
        super().__init__(book, facts)
        self.goto = goto
        self.outcomes: list[Outcome] = []
        self.action: Action | None = None
        self._asked: list[Action] = []
        self._ended: list[Step] = []
        self._stack: list[Steps] = []
        self._entered: Counter[Destination] = Counter()
        self._since_key = 0
        self._ever = 0

    def begin(self) -> Action:
        """The first action."""
        name = f" ({self.number.name})" if self.number.name else ""
        why = "an operator sent the call there" if self.goto else f"calls to {self.facts.to}{name} go there"
        route = self.goto or self.number.to
        self.note(self.facts.to, format_route(route), why)
        if self.facts.unread:
            self.note("caller", f'could not read "{shown(self.facts.unread)}"', UNREAD)
        contact = self.facts.contact
        if contact and contact.synced:
            heard = f"as {contact.crm or 'the file'} had it {age(max(0.0, self.facts.began - contact.synced))} before"
            self.note("contact", contact.id, f"{contact.name or 'the caller'}, {heard}")
        self._stack.append(self._along(Enter(self.facts.to, route)))
        return self._on(None)

    def next(self, outcome: Outcome) -> Action:
        """The action after the present one has ended so. Behind one of `actions.LAST` it stays that one."""
        if isinstance(self.action, actions.LAST):
            return self.action
        self.outcomes.append(outcome)
        self.after = max(self.after, outcome.after)
        return self._on(outcome)

    def resume(self, outcomes: Iterable[Outcome]) -> Action:
        """Walk again where a call has been; returns the action that was under way.

        Stops early where the rule book no longer asks the same.
        """
        action = self.begin()
        for outcome in outcomes:
            if not isinstance(outcome, actions.OUTCOMES.get(type(action), ())):
                why = "the rules have changed while the call was under way; it goes on by the new ones"
                self.note("rules", "changed", why)
                break
            action = self.next(outcome)
        return action

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was asked so far, and how each of it ended; the last one is under way, or ends the walk."""
        ended = len(self._ended)
        self._ended += map(step, self._asked[ended:], self.outcomes[ended:])
        return (*self._ended, *map(step, self._asked[len(self._ended) :]))

    @property
    def unanswered(self) -> bool:
        """Whether everybody was tried and nobody took the call."""
        return isinstance(self.action, Hangup) and self.action.unanswered

    def failed(self, why: str) -> FailSafe:
        """Our own code has failed, wherever the walk stands: the fail-safe takes the call, and `why` is noted."""
        self.note("fsrouter", "failed", f"{why}; the fail-safe takes the call")
        self.destination = "failsafe"
        last = FailSafe(why=FAILED)
        self._doing(last)
        return last

    def abandoned(self, skipped: Sequence[LegResult] = ()) -> None:
        """The caller hung up while somebody was rung, or while waiting in a queue: that attempt was not answered.
        `skipped` are its legs that were not rung.
        """
        if isinstance(self.action, Dial):
            for each in skipped:
                self.note(each.destination, "skipped", each.cause)
        if attempt := self.under_way("no-answer", skipped=skipped):
            self.tried(attempt, ABANDONED)

    def under_way(self, outcome: str, by: str = "", skipped: Sequence[LegResult] = ()) -> Attempt | None:
        """The attempt that is under way, as it is on record if it ends so; None when the action is none. `skipped` are
        its legs that are not rung.
        """
        match self.action:
            case Dial(destination=name, legs=legs, ring=ring):
                left_out = {each.destination for each in skipped}
                rung = tuple(leg.destination for leg in legs if leg.destination not in left_out)
                return Attempt(name, rung, ring, outcome, by) if rung else None
            case Enqueue(queue=queue, max_wait=most):
                return Attempt(f"queue:{queue}", (f"queue:{queue}",), most, outcome, by)
        return None

    def _on(self, outcome: Outcome | None) -> Action:
        send = outcome
        while self._stack:
            try:
                wanted = self._stack[-1].send(send)
            except StopIteration:
                self._stack.pop()
                self.inside.pop()
                send = None
                continue
            send = None
            if isinstance(wanted, Enter):
                self._stack.append(self._along(wanted))
                continue
            return self._doing(wanted)
        self.note(self.facts.to, "unanswered", "every destination was tried and none took the call")
        self.destination = "hangup"
        return self._doing(Hangup(unanswered=True))

    def _doing(self, action: Action) -> Action:
        self.action = action
        self._asked.append(action)
        if isinstance(action, actions.LAST):
            self._stack.clear()
        return action

    def _along(self, entered: Enter) -> Steps:
        self.inside.append(entered.at)
        if entered.pressed:
            self._since_key = 0
            self._entered.clear()
        return self._walk(entered.route)

    def _walk(self, route: Destinations) -> Steps:
        for destination in route:
            loop = self._loop(destination)
            if loop:
                self.note(str(destination), "loop", loop)
                self.destination = "failsafe"
                yield FailSafe(why=loop)
                return
            yield from PARTS[destination.kind](self, destination)

    def _loop(self, destination: Destination) -> str:
        self._entered[destination] += 1
        self._since_key += 1
        self._ever += 1
        if self._entered[destination] > MAX_ENTRIES:
            return f"{destination} was entered more than {MAX_ENTRIES} times"
        if self._since_key > MAX_DESTINATIONS:
            return f"the call went through more than {MAX_DESTINATIONS} destinations"
        return (
            f"the call went through more than {MAX_DESTINATIONS_EVER} destinations"
            if self._ever > MAX_DESTINATIONS_EVER
            else ""
        )
