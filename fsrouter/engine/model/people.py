"""Definitions that ring somebody: agents, receiving numbers, queues, distributions."""

from __future__ import annotations

from typing import Annotated, ClassVar

from fsrouter.engine.model.destinations import Item, Route, Sound, Tag, Whisper
from fsrouter.engine.model.dialable import DEFAULT_RING
from fsrouter.engine.model.scalars import (
    DIGITS,
    ENDPOINT,
    ONE_KEY,
    Delay,
    Flag,
    Level,
    Number,
    Ring,
    Seconds,
    Slug,
    SomeText,
    Text,
    Weight,
    one_of,
)
from fsrouter.engine.model.schema import Definition, OneOrMany


class Agent(Definition, frozen=True, kw_only=True):
    """A person: rung at the endpoint, or at the number when the endpoint is not registered."""

    title: Annotated[Text, "The agent's name."] = ""
    endpoint: Annotated[str, ENDPOINT, "A registered phone, as user/1001."] = ""
    number: Annotated[Number, "A telephone number, used when the endpoint is not registered."] = ""
    accept: Annotated[str, ONE_KEY, "The key that must be pressed to take a call."] = ""
    crm_user: Annotated[
        dict[Text, SomeText], OneOrMany, "The agent's id or e-mail in the CRM; by CRM when there are several."
    ] = {}
    hours: Annotated[
        Text, "The schedule of their hours: outside of them they take no call, as on a break; always when absent."
    ] = ""

    def problem(self) -> str:
        return "" if self.endpoint or self.number else "has neither an endpoint nor a number, so it can never ring"

    @property
    def queue_number(self) -> str:
        """The number (E.164) at which mod_callcenter rings them for a queue: "" for one who has an endpoint, for it
        rings that alone.
        """
        return "" if self.endpoint else self.number


class ReceivingNumber(Definition, frozen=True, kw_only=True):
    """A number of theirs to which calls are forwarded."""

    number: Annotated[Number, "The number that is dialled."]
    label: Annotated[Text, "What people call it."] = ""
    extension: Annotated[str, DIGITS, "Digits dialled when it has answered."] = ""
    extension_delay: Annotated[Delay, "How long to wait before the extension is dialled."] = 0
    whisper: Annotated[
        Whisper, "What the answerer hears first: skip, a FILE or say:TEXT; the tracking number's when absent."
    ] = ""
    accept: Annotated[str, ONE_KEY, "The key that the answerer must press; else it counts as not answered."] = ""
    ring: Annotated[Ring, "How long it rings."] = DEFAULT_RING
    no_answer: Annotated[Route, "Where the call goes when it is busy or not answered."] = ()
    tagging: Annotated[
        dict[Text, Tag], "Tags by hours: {SCHEDULE: TAG, 'not SCHEDULE': TAG}, given when it is rung."
    ] = {}


class QueueAgent(Definition, frozen=True, kw_only=True):
    """An agent in a queue, with level and position of its tier."""

    SHORTHAND: ClassVar[str] = "agent"
    agent: Annotated[Slug, "The agent's name."]
    level: Annotated[Level, "The tier's level: higher ones are rung later."] = 1
    position: Annotated[Level, "The position within the level."] = 1


STRATEGIES = (
    "ring-all", "longest-idle-agent", "round-robin", "top-down", "agent-with-least-talk-time",
    "agent-with-fewest-calls", "sequentially-by-agent-order", "random", "ring-progressively",
)  # fmt: skip


class Queue(Definition, frozen=True, kw_only=True):
    """A queue of mod_callcenter."""

    strategy: Annotated[str, one_of("strategy", *STRATEGIES), "How agents are chosen (mod_callcenter's words)."] = (
        "longest-idle-agent"
    )
    agents: Annotated[tuple[QueueAgent, ...], "The agents: a name, or {agent: NAME, level: N, position: N}."] = ()
    max_wait: Annotated[Seconds, "How long a caller waits at most; 0 is for ever."] = 0
    music: Annotated[Sound, "What callers hear while they wait."] = "local_stream://moh"
    announce: Annotated[Sound, "A sound told while waiting, or position."] = ""
    exit_key: Annotated[str, ONE_KEY, "The key by which a caller leaves the queue."] = ""
    exit_to: Annotated[Route, "Where the exit key leads; on to the next destination when absent."] = ()
    skip_without_agents: Annotated[
        Flag, "Whether to go on at once when all of its agents are on break, or it has none."
    ] = False
    unanswered: Annotated[Route, "Where the call goes when the queue gives up."] = ()


class Owner(Definition, frozen=True, kw_only=True):
    """Who is rung first: the agent who owns the caller's contact."""

    crm: Annotated[Text, "The CRM to look at; all of them when absent."] = ""
    property: Annotated[Text, "The contact's property that names the owner; the contact's owner when absent."] = ""
    ring: Annotated[Ring, "How long the owner rings."] = DEFAULT_RING


class Member(Definition, frozen=True, kw_only=True):
    """A member of a group; `weight` counts in the rule `weighted` only."""

    SHORTHAND: ClassVar[str] = "member"
    member: Annotated[Item, "An agent, number or phone."]
    weight: Annotated[Weight, "How often this member comes first, beside the others' weights."] = 1

    def problem(self) -> str:
        return (
            ""
            if self.member.kind in ("agent", "number", "phone")
            else f"cannot ring {self.member}; members are agents, numbers and phones"
        )


RULES = ("simultaneous", "round-robin", "linear-round-robin", "sequential", "least-connected", "random", "weighted")


class Group(Definition, frozen=True, kw_only=True):
    """A ring group: whom it rings, in which pattern, for how long."""

    rule: Annotated[str, one_of("rule of distribution", *RULES), "The pattern in which members ring."]
    members: Annotated[tuple[Member, ...], "Agents, numbers and phones; {member: agent:nancy, weight: 3} for weighted."]
    ring: Annotated[Ring, "How long an attempt rings."] = DEFAULT_RING
    accept: Annotated[str, ONE_KEY, "The key that the answerer must press."] = ""

    def problem(self) -> str:
        names = [member.member for member in self.members]
        if not names:
            return "has no members"
        if len(set(names)) != len(names):
            return "names a member twice"
        if self.rule == "weighted" and not any(member.weight for member in self.members):
            return "has only weights of 0"
        return ""


class Distribution(Definition, frozen=True, kw_only=True):
    """Ring groups in a row."""

    owner: Annotated[Owner | None, "Ring the contact's owner first."] = None
    groups: Annotated[tuple[Group, ...], "The groups, tried in turn."] = ()
    unanswered: Annotated[Route, "Where the call goes when every group was tried."] = ()

    def problem(self) -> str:
        return "" if self.groups or self.owner else "has neither an owner nor groups, so it can never ring"
