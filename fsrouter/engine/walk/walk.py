"""The walk: a rule book, the facts of a call and what has happened so far give the next action, and the reasons for it.

Rules of this file
- A route is walked item by item. A branching item enters a route of its own; when that is exhausted the walk goes on
  behind the item that entered it. When the outermost route is exhausted the call is hung up as unanswered.
- A loop goes to the fail-safe (`entered`).
- The same rule book, outcomes and decisions always give the same walk, whatever is known of the caller. So these are
  the cursor: another router that is handed them walks the same way to where the call stands. Whatever is not in the
  facts (a turn, a draw, who is on break, a live record) is asked for and answered by an outcome, and so recorded.
- Of a walk too long for that, and by a rule book that has changed, its position serves: the call goes on there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from fsrouter.engine.model.destinations import Destinations, format_route
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.text import shown
from fsrouter.engine.walk import actions, announcing, branching, dialling, priority, ring_groups
from fsrouter.engine.walk.actions import Action, Dial, Enqueue, FailSafe, Hangup, Question
from fsrouter.engine.walk.entered import Entered
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import OUTCOMES, LegResult, Outcome
from fsrouter.engine.walk.position import (
    MAX_PLACES,
    Place,
    Position,
    Tried,
    digest,
    digest_of,
    packed,
    tags_of,
    unpacked,
)
from fsrouter.engine.walk.state import Enter, Part, Steps, WalkState
from fsrouter.engine.walk.steps import Step, step
from fsrouter.engine.walk.trace import Attempt, age

ABANDONED = "the caller hung up meanwhile"
FAILED = "fsrouter failed"
CHANGED = "the rules have changed while the call was under way; it goes on by the new ones"
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
    comes after it. Meanwhile its state tells what has happened, `action` which one is under way, and `steps` all of
    them; when it was `taken_up` at a position, those from there on.
    """

    def __init__(self, book: RuleBook, facts: Facts, goto: Destinations = ()) -> None:
        """Prepare a walk, along `goto` in place of the number's own route when an operator says so.

        Raises KeyError when `facts.to` is no tracking number of the book.
        """
        super().__init__(book, facts)
        self.goto = goto
        self.action: Action | None = None
        self.taken_up = False
        self._asked: list[Action] = []
        self._ended: list[Step] = []
        self._stack: list[Steps] = []
        self._places: list[Place] = []
        self._tried = Tried()
        self._cut = self._changed = False
        self._entered = Entered()

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
        if not isinstance(self.action, Question):
            self._former_now = 0
        self.after = max(self.after, outcome.after)
        return self._on(outcome)

    def resume(self, outcomes: Iterable[Outcome], decisions: Iterable[int] = ()) -> Action:
        """Walk again where a call has been; returns the action that was under way.

        Stops early where the rule book no longer asks the same.
        """
        self._decided = deque(decisions)
        return self._again(self.begin(), outcomes)

    def take_up(self, position: Position, outcomes: Iterable[Outcome], decisions: Iterable[int], same: bool) -> Action:
        """Go on where a call stood; returns the action that was under way. `outcomes` and `decisions` are those of the
        position's part. By a rule book that is not the `same` any more the part is begun once more, or the walk where
        there is no such place, without those who were tried.
        """
        self.taken_up = True
        places = unpacked(position, self.book, self.facts.to, self.goto or self.number.to)
        self.after, self.record, self.announced = position.after, position.record, position.announced
        self.head_start, self._entered = position.head_start, Entered(*position.entered)
        self.tags, self._tried = tags_of(self.book, position), Tried(position.tried)
        flows = (flow.record_notice for flow in self.book.flows.values())
        self.notice = next((text for text in flows if digest(text) == position.notice), self.notice)
        self._changed = position.changed or not same
        if self._changed:
            outcomes, decisions = (), ()
            self._former, self._former_now = Tried(position.tried), position.now
            self.note("rules", "changed", CHANGED)
        if not places:
            return self.begin() if position.places else self._on(None)
        *around, (at, route, i) = places
        for each in around:
            self._stack.append(self._along(Enter(each[0], each[1]), each[2] + 1))
            self._places[-1] = each
        self._cut = bool(position.within)
        self.note(at, "goes on", f"the call stood at {route[i]}; what came before is not told here")
        self._stack.append(self._along(Enter(at, route), i + position.behind, position.progress))
        self._decided = deque(decisions)
        return self._again(self._on(None), outcomes)

    @property
    def position(self) -> Position:
        """Where it stands."""
        places = self._places[-MAX_PLACES:]
        tags, record, announced, notice, head_start = self._held
        return Position(
            packed(places),
            places[0][0] if self._cut or len(self._places) > MAX_PLACES else "",
            self._part,
            self.progress,
            False,
            tags,
            b"",
            record,
            announced,
            digest(notice),
            head_start,
            self.after,
            self._entered.before(),
            self.now,
            bytes(self._tried),
            self._changed,
        )

    @property
    def now(self) -> int:
        """A digest of the action that is under way: what is done, and whom or what it is about."""
        if self.action is None:
            return 0
        doing = step(self.action)
        return digest_of((doing.asked, *doing.of))

    def _again(self, action: Action, outcomes: Iterable[Outcome]) -> Action:
        for outcome in outcomes:
            if not isinstance(outcome, OUTCOMES.get(type(action), ())):
                self.note("rules", "changed", CHANGED)
                break
            action = self.next(outcome)
        self._decided.clear()
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
                self._places.pop()
                self.inside.pop()
                send = None
                continue
            send = None
            if isinstance(wanted, Enter):
                self._stack.append(self._along(wanted))
                continue
            return self._doing(wanted)
        self.begin_part()
        if self._cut:
            return self._lost(self.facts.to, f"the call was in more than {MAX_PLACES} routes, one inside of the other")
        self.note(self.facts.to, "unanswered", "every destination was tried and none took the call")
        self.destination = "hangup"
        return self._doing(Hangup(unanswered=True))

    def _doing(self, action: Action) -> Action:
        self.action = action
        self._asked.append(action)
        if isinstance(action, actions.LAST):
            self._stack.clear()
        elif isinstance(action, Dial):
            for leg in action.legs:
                self._tried.add(leg.destination)
        elif isinstance(action, Enqueue):
            self._tried.add(f"queue:{action.queue}")
        return action

    def _lost(self, at: str, why: str) -> Action:
        self.note(at, "loop", why)
        self.destination = "failsafe"
        return self._doing(FailSafe(why=why))

    def _along(self, entered: Enter, first: int = 0, progress: tuple[int, str] = (0, "")) -> Steps:
        self.inside.append(entered.at)
        self._places.append((entered.at, entered.route, first))
        if entered.pressed:
            self._entered.pressed()
        return self._walk(entered.at, entered.route, first, progress)

    def _walk(self, at: str, route: Destinations, first: int, progress: tuple[int, str]) -> Steps:
        for i in range(first, len(route)):
            self._places[-1] = at, route, i
            self.begin_part(progress if i == first else (0, ""))
            if loop := self._entered.enter(route[i]):
                self.note(str(route[i]), "loop", loop)
                self.destination = "failsafe"
                yield FailSafe(why=loop)
                return
            yield from PARTS[route[i].kind](self, route[i])
