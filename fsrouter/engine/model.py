"""The kinds of the rule book: the ONE schema.

File, database and editor all read and write these frozen values through `schema`; `docs/rules.md` and the JSON
Schema are generated from them. Each class is one section of DESIGN section 4, each field one key, and the text
beside it what the key means. A value that exists is right by itself; whether it fits the other definitions is the
rule book's affair (`rulebook`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from msgspec import Struct

from fsrouter.engine import criteria, facts
from fsrouter.engine.criteria import AnyOf
from fsrouter.engine.crms import Crm
from fsrouter.engine.route import Announcement, Item, OneOrMany, Route, Sound, Tag, Whisper
from fsrouter.engine.schedule import Schedule
from fsrouter.engine.values import (
    COUNTRY,
    DIGITS,
    ENDPOINT,
    KEYS,
    MAILBOX,
    ONE_KEY,
    SHOW_AS,
    TRUNK,
    ZONE,
    Attempts,
    Degrees,
    Flag,
    Kilometres,
    Latitude,
    Level,
    Number,
    Seconds,
    Slug,
    SomeSeconds,
    SomeText,
    Text,
    Weight,
    nearest,
    one_of,
)

#: How long a destination rings when nothing else is said (DESIGN section 5).
RING = 30


class Kind(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every definition is: frozen, by keyword, with defaults left out where it is written."""


class Header(Kind, frozen=True, kw_only=True):
    """The company itself: what stands at the top of its file, with defaults for all of its numbers."""

    company: Annotated[Slug, "The name by which commands and the journal call the company."]
    title: Annotated[Text, "The company's name for people."] = ""
    country: Annotated[str, COUNTRY, "How numbers without a country code are read (ISO 3166, two letters)."] = "US"
    timezone: Annotated[str, ZONE, "The time zone of all schedules."] = "UTC"
    trunk: Annotated[str, TRUNK, "The trunk by which calls leave (a name from the settings)."] = ""
    caller_id: Annotated[str, SHOW_AS, "What the answerer sees: the caller's number, or the tracking number."] = (
        "caller"
    )
    failsafe: Annotated[Route, "Where FreeSWITCH sends calls when no router answers."] = ()
    ringback: Annotated[Sound, "What the caller hears while it rings, once the call has been answered."] = ""
    language: Annotated[Slug, "The language of spoken texts and of FreeSWITCH's own phrases."] = "en"


class Agent(Kind, frozen=True, kw_only=True):
    """A person: rung at the endpoint, or at the number when the endpoint is not registered."""

    title: Annotated[Text, "The agent's name."] = ""
    endpoint: Annotated[str, ENDPOINT, "A registered phone, as user/1001."] = ""
    number: Annotated[Number, "A telephone number, used when the endpoint is not registered."] = ""
    accept: Annotated[str, ONE_KEY, "The key that must be pressed to take a call."] = ""
    crm_user: Annotated[
        dict[Text, SomeText], OneOrMany, "The agent's id or e-mail in the CRM; by CRM when there are several."
    ] = {}

    def flaw(self) -> str:
        return "" if self.endpoint or self.number else "has neither an endpoint nor a number, so it can never ring"


class ReceivingNumber(Kind, frozen=True, kw_only=True):
    """A number of theirs to which calls are forwarded."""

    number: Annotated[Number, "The number that is dialled."]
    label: Annotated[Text, "What people call it."] = ""
    extension: Annotated[str, DIGITS, "Digits dialled when it has answered."] = ""
    extension_delay: Annotated[Seconds, "How long to wait before the extension is dialled."] = 0
    whisper: Annotated[
        Whisper, "What the answerer hears first: skip, a FILE or say:TEXT; the tracking number's when absent."
    ] = ""
    accept: Annotated[str, ONE_KEY, "The key that the answerer must press; else it counts as not answered."] = ""
    ring: Annotated[SomeSeconds, "How long it rings."] = RING
    no_answer: Annotated[Route, "Where the call goes when it is busy or not answered."] = ()
    tagging: Annotated[
        dict[Text, Tag], "Tags by hours: {SCHEDULE: TAG, 'not SCHEDULE': TAG}, given when it is rung."
    ] = {}


class QueueAgent(Kind, frozen=True, kw_only=True):
    """An agent in a queue, with level and position of its tier."""

    SHORTHAND: ClassVar[str] = "agent"
    agent: Annotated[Slug, "The agent's name."]
    level: Annotated[Level, "The tier's level: higher ones are rung later."] = 1
    position: Annotated[Level, "The position within the level."] = 1


STRATEGIES = (
    "ring-all",
    "longest-idle-agent",
    "round-robin",
    "top-down",
    "agent-with-least-talk-time",
    "agent-with-fewest-calls",
    "sequentially-by-agent-order",
    "random",
    "ring-progressively",
)


class Queue(Kind, frozen=True, kw_only=True):
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
    skip_without_agents: Annotated[Flag, "Whether to go on at once when no agent is logged in."] = False
    unanswered: Annotated[Route, "Where the call goes when the queue gives up."] = ()


class Owner(Kind, frozen=True, kw_only=True):
    """Who is rung first: the agent who owns the caller's contact."""

    crm: Annotated[Text, "The CRM to look at; all of them when absent."] = ""
    property: Annotated[Text, "The contact's property that names the owner; the contact's owner when absent."] = ""
    ring: Annotated[SomeSeconds, "How long the owner rings."] = RING


class Member(Kind, frozen=True, kw_only=True):
    """A member of a group; `weight` counts in the rule `weighted` only."""

    SHORTHAND: ClassVar[str] = "member"
    member: Annotated[Item, "An agent, number or phone."]
    weight: Annotated[Weight, "How often this member comes first, beside the others' weights."] = 1

    def flaw(self) -> str:
        return (
            ""
            if self.member.kind in ("agent", "number", "phone")
            else f"cannot ring {self.member}; members are agents, numbers and phones"
        )


RULES = ("simultaneous", "round-robin", "linear-round-robin", "sequential", "least-connected", "random", "weighted")


class Group(Kind, frozen=True, kw_only=True):
    """A ring group: whom it rings, in which pattern, for how long."""

    rule: Annotated[str, one_of("rule of distribution", *RULES), "The pattern in which members ring."]
    members: Annotated[tuple[Member, ...], "Agents, numbers and phones; {member: agent:nancy, weight: 3} for weighted."]
    ring: Annotated[SomeSeconds, "How long an attempt rings."] = RING
    accept: Annotated[str, ONE_KEY, "The key that the answerer must press."] = ""

    def flaw(self) -> str:
        names = [member.member for member in self.members]
        if not names:
            return "has no members"
        if len(set(names)) != len(names):
            return "names a member twice"
        if self.rule == "weighted" and not any(member.weight for member in self.members):
            return "has only weights of 0"
        return ""


class Distribution(Kind, frozen=True, kw_only=True):
    """Ring groups in a row."""

    owner: Annotated[Owner | None, "Ring the contact's owner first."] = None
    groups: Annotated[tuple[Group, ...], "The groups, tried in turn."] = ()
    unanswered: Annotated[Route, "Where the call goes when every group was tried."] = ()

    def flaw(self) -> str:
        return "" if self.groups or self.owner else "has neither an owner nor groups, so it can never ring"


class Menu(Kind, frozen=True, kw_only=True):
    """A menu: a greeting, and where each key leads."""

    greeting: Annotated[Announcement, "What is played; keys count while it plays."]
    timeout: Annotated[SomeSeconds, "How long to wait for a key after the greeting."] = 5
    attempts: Annotated[Attempts, "How often the greeting is played; silence and wrong keys share them."] = 3
    digits: Annotated[dict[Annotated[str, KEYS], Route], "Where each key, or several in a row, leads."]
    no_input: Annotated[Route, "Where the call goes when the last attempt was silence."] = ()
    invalid: Annotated[Route, "Where the call goes when the last attempt was a wrong key."] = ()
    invalid_sound: Annotated[Announcement, "What is played after a wrong key."] = ""

    def flaw(self) -> str:
        return "" if self.digits else "has no digits, so no key leads anywhere"


class OfficeRoute(Kind, frozen=True, kw_only=True):
    """A route in office hours, and another one outside of them."""

    SHORTHAND: ClassVar[str] = "in_office"
    in_office: Annotated[Route, "The route in office hours."]
    after_hours: Annotated[Route, "The route outside of office hours."] = ()


#: What a priority rule can look at, in the order in which it is looked at (DESIGN section 5, Priority tables).
PRIORITY_KINDS = ("contact", "title", "account", "territory")


class PriorityRule(Kind, frozen=True, kw_only=True):
    """A rule of a priority table: `{contact|title|account|territory: VALUE, in_office: ROUTE, after_hours: ROUTE}`,
    or `to: ROUTE` for both.
    """

    contact: Annotated[SomeText | None, "The contact's id in the CRM."] = None
    title: Annotated[SomeText | None, "The contact's title; case does not matter."] = None
    account: Annotated[SomeText | None, "The account's id or name."] = None
    territory: Annotated[SomeText | None, "The territory."] = None
    in_office: Annotated[Route, "The route in office hours."] = ()
    after_hours: Annotated[Route, "The route outside of office hours; the table's when absent."] = ()
    to: Annotated[Route, "The route at any hour, in place of in_office and after_hours."] = ()
    head_start: Annotated[Seconds, "Seconds of waiting that the caller is given in queues."] = 0

    @property
    def kind(self) -> str:
        """Which of PRIORITY_KINDS this rule looks at."""
        return next(kind for kind in PRIORITY_KINDS if getattr(self, kind) is not None)

    @property
    def value(self) -> str:
        """What it looks for."""
        return str(getattr(self, self.kind))

    def flaw(self) -> str:
        if sum(getattr(self, kind) is not None for kind in PRIORITY_KINDS) != 1:
            return f"must have exactly one of {', '.join(PRIORITY_KINDS)}"
        if bool(self.to) == bool(self.in_office) or (self.to and self.after_hours):
            return "must have either `to`, or `in_office` and perhaps `after_hours`"
        return ""


class Priority(Kind, frozen=True, kw_only=True, dict=True):
    """A priority table: who is calling decides."""

    crm: Annotated[Text, "The CRM to look at; all of them when absent."] = ""
    rules: Annotated[tuple[PriorityRule, ...], "The rules; their order does not matter."] = ()
    rules_csv: Annotated[Text, "A CSV file beside the rules file with more rules."] = ""
    did_defaults: Annotated[dict[Number, OfficeRoute], "Where calls to a number of ours go when no rule matches."] = {}
    no_match: Annotated[OfficeRoute | None, "Where every other call goes."] = None
    schedule: Annotated[Text, "The schedule of office hours; always in office when absent."] = ""
    after_hours: Annotated[Route, "The route outside of office hours for rules that have none."] = ()

    def flaws(self) -> Iterator[tuple[tuple[str, int], str]]:
        seen: dict[tuple[str, str], int] = {}
        for i, rule in enumerate(self.rules):
            first = seen.setdefault((rule.kind, folded(rule.kind, rule.value)), i)
            if first != i:
                yield ("rules", i), f"is a second rule for {rule.kind} {rule.value!r}; the first is rules.{first}"

    @functools.cached_property
    def index(self) -> dict[tuple[str, str], PriorityRule]:
        """The rules by kind and value, text without case; ids of contacts as they stand."""
        return {(rule.kind, folded(rule.kind, rule.value)): rule for rule in self.rules}


def folded(kind: str, value: str) -> str:
    """A priority rule's value as it is compared: contacts by their id as it stands, all else as text without case."""
    return value.strip() if kind == "contact" else criteria.fold(value)


#: The two criteria that are no facts: a schedule that must be open, or closed.
HOURS = ("open", "closed")


class Branch(Kind, frozen=True, kw_only=True):
    """A branch of a router: all of its criteria must hold."""

    when: Annotated[dict[Text, AnyOf], "The criteria: {FACT: TEST}; all must hold, a list means any of."]
    then: Annotated[Route, "Where the call goes."]

    def flaw(self) -> str:
        for fact, tests in self.when.items():
            if fact not in facts.NAMES and fact not in HOURS and not (fact.startswith("crm.") and 4 < len(fact) <= 104):
                return f"tests {fact!r}, which is no fact{nearest(fact, [*facts.NAMES, *HOURS, 'crm.FIELD'])}"
            if not tests:
                return f"gives no test for {fact!r}"
            if criteria.always(tests):
                return f"tests {fact!r} with several != in one list, which always holds; give each a branch of its own"
        return "" if self.when else "has no criteria; what holds for every call belongs into `otherwise`"

    @property
    def key(self) -> frozenset[tuple[str, frozenset[str]]]:
        """What makes two branches the same: their criteria, whatever the order."""
        return frozenset(
            (fact, frozenset(criteria.fold(str(test)) for test in tests)) for fact, tests in self.when.items()
        )


class Router(Kind, frozen=True, kw_only=True):
    """A router: the first branch whose criteria all hold decides."""

    branches: Annotated[tuple[Branch, ...], "The branches, looked at in this order."]
    otherwise: Annotated[Route, "Where the call goes when no branch holds."] = ()

    def flaws(self) -> Iterator[tuple[tuple[str, int], str]]:
        seen: dict[Any, int] = {}
        for i, branch in enumerate(self.branches):
            first = seen.setdefault(branch.key, i)
            if first != i:
                yield ("branches", i), f"has the same criteria as branches.{first}, so it can never be chosen"


class CrmRule(Kind, frozen=True, kw_only=True):
    """One comparison with the field of a CRM router, and where it leads."""

    operator: Annotated[str, one_of("operator", "<", ">", "=", "<=", ">="), "How the field is compared."]
    value: Annotated[Text, "What it is compared with: a number, a date as 2026-12-24, or a text for =."]
    destination: Annotated[Route, "Where the call goes."]

    def flaw(self) -> str:
        if (
            self.operator != "="
            and not criteria.NUMERIC.fullmatch(self.value.strip())
            and not criteria.date_of(self.value.strip())
        ):
            return f"compares by {self.operator} with {self.value!r}, which is neither a number nor a date (2026-12-24)"
        return ""


class CrmRouter(Kind, frozen=True, kw_only=True):
    """CRM rules: a field of the caller's record, fetched now, decides."""

    location: Annotated[
        str, one_of("location", "did", "menu"), "Whether calls come here from a number or from a menu."
    ] = "did"
    greeting: Annotated[Announcement, "What plays while it looks, when entered from a menu."] = ""
    crm: Annotated[SomeText, "The CRM that is asked."]
    module: Annotated[Text, "The CRM's module, as Contacts, Leads or Accounts."] = "Contacts"
    field: Annotated[SomeText, "The field that is looked at."]
    rules: Annotated[tuple[CrmRule, ...], "The comparisons; the first that holds decides."]
    otherwise: Annotated[Route, "Where the call goes when none holds."] = ()


class Area(Kind, frozen=True, kw_only=True):
    """Callers of a country, region or area code, and where they go."""

    country: Annotated[tuple[Annotated[str, COUNTRY], ...], OneOrMany, "Countries, two letters each."] = ()
    region: Annotated[tuple[SomeText, ...], OneOrMany, "Regions (state codes), as IL."] = ()
    area_code: Annotated[tuple[SomeText, ...], OneOrMany, "Area codes."] = ()
    then: Annotated[Route, "Where the call goes."]

    def flaw(self) -> str:
        return "" if self.country or self.region or self.area_code else "names neither country, region nor area_code"


class Location(Kind, frozen=True, kw_only=True):
    """A place, and where the callers go for whom it is the nearest."""

    name: Annotated[SomeText, "What people call the place."]
    at: Annotated[tuple[Latitude, Degrees], "Latitude and longitude in degrees."]
    within: Annotated[Kilometres | None, "Take only callers nearer than this, as 300km."] = None
    then: Annotated[Route, "Where the call goes."]


class GeoRouter(Kind, frozen=True, kw_only=True):
    """A geo router: where the caller's number belongs to decides."""

    areas: Annotated[tuple[Area, ...], "Areas, looked at in this order, before the locations."] = ()
    locations: Annotated[tuple[Location, ...], "Places, of which the nearest counts."] = ()
    otherwise: Annotated[Route, "Where the call goes when the place is not known or none fits."] = ()

    def flaw(self) -> str:
        return "" if self.areas or self.locations else "has neither areas nor locations"


class Share(Kind, frozen=True, kw_only=True):
    """A branch of a split, and its weight beside the others'."""

    weight: Annotated[Weight, "How many calls come this way, beside the others' weights."]
    then: Annotated[Route, "Where the call goes."]


class Split(Kind, frozen=True, kw_only=True):
    """A split: a drawn number decides."""

    branches: Annotated[tuple[Share, ...], "The branches with their weights."]

    def flaw(self) -> str:
        return "" if any(share.weight for share in self.branches) else "has no branch with a weight above 0"


class Voicemail(Kind, frozen=True, kw_only=True):
    """A mailbox of mod_voicemail."""

    mailbox: Annotated[str, MAILBOX, "The mailbox, as 1000 or 1000@example.com."]
    greeting: Annotated[Announcement, "What is played before the tone; the mailbox's own greeting when absent."] = ""


class Flow(Kind, frozen=True, kw_only=True):
    """A route with a name, perhaps recorded."""

    record: Annotated[Flag, "Whether talks are recorded from here on."] = False
    route: Annotated[Route, "The destinations, tried in turn."]


class Pool(Kind, frozen=True, kw_only=True):
    """Tracking numbers of which each visitor of a web site is shown one of his own."""

    numbers: Annotated[tuple[Number, ...], OneOrMany, "Tracking numbers of the pool."]
    hold: Annotated[SomeSeconds, "How long a number stays with a visitor after he was last seen."] = 1800


class TrackingNumber(Kind, frozen=True, kw_only=True):
    """A dialled number (DID) of ours."""

    number: Annotated[Number, "The number."]
    name: Annotated[Text, "What people call it."] = ""
    source: Annotated[Text, "Where its callers come from, as google-ads."] = ""
    to: Annotated[Route, "Where its calls go."]
    tags: Annotated[tuple[Tag, ...], OneOrMany, "Tags of every call to it."] = ()
    whisper: Annotated[Whisper, "What the answerer hears before the caller is connected."] = ""
    record: Annotated[Flag, "Whether talks are recorded."] = False
    failsafe: Annotated[
        Route, "Where FreeSWITCH sends its calls when no router answers; the company's when absent."
    ] = ()
    pool: Annotated[Text, "The pool that it belongs to."] = ""
    trunk: Annotated[str, TRUNK, "The trunk by which its calls leave; the company's when absent."] = ""
    caller_id: Annotated[str, SHOW_AS, "caller or tracking; the company's when absent."] = ""


#: The sections of a rules file that hold definitions by name, and the kind of each.
SECTIONS: dict[str, Any] = {
    "schedules": Schedule,
    "crms": Crm,
    "agents": Agent,
    "numbers": ReceivingNumber,
    "queues": Queue,
    "distributions": Distribution,
    "menus": Menu,
    "priorities": Priority,
    "routers": Router,
    "crm_rules": CrmRouter,
    "geo_routers": GeoRouter,
    "splits": Split,
    "voicemails": Voicemail,
    "flows": Flow,
    "pools": Pool,
    "tracking_numbers": TrackingNumber,
}
