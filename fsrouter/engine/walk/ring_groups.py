"""Distributions: the owner first, then ring groups in a row.

Only `simultaneous` rings several at once. Every other rule makes one attempt a member; `round-robin` makes one
attempt in all. Who can take no call is left out (`availability`). A turn is taken when a call enters the group,
whoever answers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from fsrouter.engine.model.destinations import Destination, Destinations
from fsrouter.engine.model.people import Distribution, Group, Member, Owner
from fsrouter.engine.walk.actions import Action, Draw, TakeTurn
from fsrouter.engine.walk.agents import DYNAMIC, owner_of
from fsrouter.engine.walk.availability import Verdict, verdicts_of
from fsrouter.engine.walk.dialling import dial
from fsrouter.engine.walk.draws import by_weight
from fsrouter.engine.walk.outcomes import Availability, Drawn, Outcome, Turn
from fsrouter.engine.walk.state import Enter, Steps, WalkState, ask
from fsrouter.engine.walk.trace import Skip

Ordered = list[tuple[Member, Availability]]


def distribution(state: WalkState, destination: Destination) -> Steps:
    """Ring the owner, then each group, then go where the distribution says for calls that nobody takes."""
    book, at = state.book.distributions[destination.name], str(destination)
    groups, number = state.progress
    if book.owner and not groups:
        yield from _owner(state, at, book.owner)
    for i, group in enumerate(book.groups):
        if i + 1 < groups:
            continue
        state.begin_part((i + 1, number))
        order = yield from _order(state, at, i, group)
        if group.rule == "simultaneous":
            attempts = [tuple(member.member for member in order)] if order else []
        else:
            attempts = [(member.member,) for member in order]
        for targets in attempts:
            were_rung = yield from dial(state, at, targets, group.ring, group.accept)
            number = next((target.name for target in reversed(were_rung) if target.kind == "number"), number)
            if were_rung and group.rule in ONE_ONLY:
                break
    route, why = _unanswered(state, book, number)
    if route:
        state.note(at, "unanswered", why)
        yield Enter(at, route)
    else:
        state.note(at, "unanswered", "nobody took the call, so it goes on")


def _owner(state: WalkState, at: str, owner: Owner) -> Steps:
    contacts = (c for c in state.facts.contacts if c.id and (not owner.crm or c.crm in ("", owner.crm)))
    contact = next(contacts, None)
    found = owner_of(state, contact, owner.property)
    if not found:
        whose = (
            "the caller is no known contact"
            if contact is None
            else f"none of the agents owns {contact.name or contact.id}"
        )
        state.note(at, "no owner", f"{whose}, so the groups ring")
        return
    target = Destination("agent", found)
    ((_, can_take),) = yield from verdicts_of(state, (target,))
    if not can_take.is_free:
        state.skipped.append(Skip(str(target), str(can_take)))
        state.note(at, "owner skipped", f"{target} is {can_take}")
        return
    state.note(at, f"owner {target}", "the owner of the caller's contact rings first")
    yield from dial(state, at, (target,), owner.ring)


def _order(state: WalkState, at: str, i: int, group: Group) -> Generator[Action | Enter, Outcome | None, list[Member]]:
    """The members that ring, in order; asks for a turn or a draw where the rule needs one."""
    members = [_resolved(state, member) for member in group.members]
    spare_busy = group.rule in SPARES_BUSY
    found = yield from verdicts_of(state, [member.member for member in members], spare_busy)
    everyone = [(member, *each) for member, each in zip(members, found, strict=True)]
    turn, drawn = 0, 0.0
    if group.rule in ("round-robin", "linear-round-robin"):
        taken = yield from ask(TakeTurn(group=f"{at}/{i + 1}", members=len(group.members)), Turn)
        turn = taken.number % len(group.members)
    elif group.rule in ("random", "weighted"):
        drew = yield from ask(Draw(purpose=f"{at}/{i + 1}"), Drawn)
        drawn = drew.number
    order = ORDERS[group.rule](_present(everyone[turn:] + everyone[:turn]), drawn)
    rings = order[:1] if group.rule in ONE_ONLY else order
    text = f"group {i + 1} rings {group.rule}: {', '.join(str(m.member) for m in rings) or 'nobody'}"
    for left_out in (Verdict.ON_BREAK, Verdict.OFF_HOURS, Verdict.BUSY):
        names = [str(m.member) for m, _, can_take in everyone if can_take is left_out]
        text += f"; {left_out}: {', '.join(dict.fromkeys(names))}" if names else ""
        state.skipped += [Skip(name, str(left_out)) for name in dict.fromkeys(names)]
    state.skipped += [Skip(str(m.member), DYNAMIC[m.member.name][2]) for m in members if m.member.is_dynamic]
    state.note(at, f"group {i + 1}", text)
    return order


def _resolved(state: WalkState, member: Member) -> Member:
    """A member with the agent in place of `agent:owner` or `agent:last`, where there is one."""
    found = DYNAMIC[member.member.name][0](state) if member.member.is_dynamic else ""
    return Member(member=Destination("agent", found), weight=member.weight) if found else member


def _present(everyone: list[tuple[Member, Availability, Verdict]]) -> Ordered:
    """Who can be rung: who can take a call, is no owner whom nobody is, and not the same agent again."""
    found: dict[Destination, tuple[Member, Availability]] = {}
    for member, known, can_take in everyone:
        if can_take.is_free and not member.member.is_dynamic:
            found.setdefault(member.member, (member, known))
    return list(found.values())


def _unanswered(state: WalkState, book: Distribution, last: str) -> tuple[Destinations, str]:
    """The route of calls that nobody takes, and why; `last` is the receiving number that was rung last."""
    if book.unanswered:
        return book.unanswered, "nobody took the call, so the unanswered route comes next"
    own = state.book.numbers[last].no_answer if last in state.book.numbers else ()
    why = f"nobody took the call; number:{last} was the last receiving number, so its no_answer route"
    return own, why if own else ""


def in_turn(present: Ordered, drawn: float) -> list[Member]:
    """As they stand."""
    return [member for member, _ in present]


def least_connected(present: Ordered, drawn: float) -> list[Member]:
    """Fewest live calls first."""
    return [member for member, _ in sorted(present, key=lambda pair: pair[1].calls)]


def shuffled(present: Ordered, drawn: float) -> list[Member]:
    """A permutation by the drawn number, all equally likely; 0 leaves the order as it stands."""
    return by_weight([(member, 1) for member, _ in present], drawn)


def weighted(present: Ordered, drawn: float) -> list[Member]:
    """Drawn one after the other by weight; a weight of 0 is never drawn."""
    return by_weight([(member, member.weight) for member, _ in present], drawn)


#: The rules whose groups do not ring agents who talk.
SPARES_BUSY = ("least-connected",)
#: The rules whose groups ring one member only: the next one only when that one may not be dialled.
ONE_ONLY = ("round-robin",)
#: How each rule orders those who can take a call, rotated by the turn where there is one.
ORDERS: dict[str, Callable[[Ordered, float], list[Member]]] = {
    "simultaneous": in_turn,
    "sequential": in_turn,
    "linear-round-robin": in_turn,
    "round-robin": in_turn,
    "least-connected": least_connected,
    "random": shuffled,
    "weighted": weighted,
}
