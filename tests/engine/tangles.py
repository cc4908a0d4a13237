"""Tangled rule books: every kind several times, and everything routes to everything.

What hypothesis draws piece by piece is mostly short routes that end at once; a tangle is made of one seed, so that
its calls walk far: through groups, menus and queues, round in circles and into loops.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from fsrouter.engine.model import company, criterion, people, routers
from fsrouter.engine.model.criteria import read
from fsrouter.engine.model.crms import Csv
from fsrouter.engine.model.destinations import SECTION_OF, Destination, Destinations
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.schedule import Schedule, Span

DIDS = ("+18725550111", "+18725550112")
NAMES = ("a", "b", "main")
LEAVES = ("phone:+13125550199", "agent:last", "agent:owner", "play:a.wav", "say:Hello", "tag:x", "tag:y")
LAST = ("hangup", "hangup:USER_BUSY", "extension:1001", "voicemail:a")
TESTS = ("*", "unknown", "!= x", "> 2", "<= 3", "x", "3", "*s*", "contains t", "< 2026-12-24", "West")
FACTS = ("from", "caller", "source", "keyword", "previous_score", "title", "account", "tags", "crm.tier", "country")
VALUES = ("c-1", "West", "3", "501", "main")


def tangle(seed: int) -> RuleBook:
    """The rule book of a seed; `lint.check` may still refuse it."""
    return _Tangle(Random(seed)).book()


class _Tangle:
    def __init__(self, random: Random) -> None:
        self.random = random
        #: How likely an element of a route takes the call for good, and how long routes are.
        self.ends = random.choice([0.0, 0.03, 0.2])
        self.longest = random.choice([1, 2, 4])

    def book(self) -> RuleBook:
        sections = {
            section: {name: getattr(self, section)() for name in NAMES}
            for section in (*SECTION_OF.values(), "schedules")
        }
        dialled = {
            did: company.TrackingNumber(number=did, to=self.some_route(), record=self.maybe(), tags=("ads",))
            for did in DIDS
        }
        return RuleBook(
            header=company.Header(company="acme", timezone=self.pick(["UTC", "America/Chicago"])),
            crms={name: Csv(path="contacts.csv") for name in NAMES},
            tracking_numbers=dialled,
            **sections,
        )

    def pick(self, values: Any) -> Any:
        return self.random.choice(list(values))

    def maybe(self) -> bool:
        return self.random.random() < 0.5

    def some(self, make: Callable[[], Any], low: int = 1, high: int = 4) -> tuple[Any, ...]:
        return tuple(make() for _ in range(self.random.randint(low, high)))

    def destination(self) -> Destination:
        if self.random.random() < self.ends:
            return Destination(*self.pick(LAST).partition(":")[::2])
        kinds = [kind for kind in SECTION_OF if kind != "voicemail"]
        if self.random.random() < 0.25:
            return Destination(*self.pick(LEAVES).partition(":")[::2])
        return Destination(self.pick(kinds), self.pick(NAMES))

    def some_route(self) -> Destinations:
        return self.some(self.destination, 1, self.longest)

    def route(self) -> Destinations:
        return self.some_route() if self.random.random() < 0.8 else ()

    def agents(self) -> people.Agent:
        return people.Agent(endpoint="user/1001", crm_user={"*": self.pick(VALUES)})

    def numbers(self) -> people.ReceivingNumber:
        tagging = {self.pick(["", "not "]) + self.pick(NAMES): "hours"}
        return people.ReceivingNumber(number="+13125550150", no_answer=self.route(), tagging=tagging)

    def queues(self) -> people.Queue:
        return people.Queue(exit_key="0", exit_to=self.route(), unanswered=self.route(), max_wait=self.pick([0, 60]))

    def distributions(self) -> people.Distribution:
        owner = people.Owner(crm=self.pick(["", *NAMES]), property=self.pick(["", "tier"])) if self.maybe() else None
        return people.Distribution(owner=owner, groups=self.some(self.group, 1, 3), unanswered=self.route())

    def group(self) -> people.Group:
        everybody = [Destination(kind, name) for kind in ("agent", "number") for name in NAMES]
        everybody += [Destination("agent", "owner"), Destination("agent", "last"), Destination("phone", "+13125550199")]
        members = self.random.sample(everybody, self.random.randint(1, 5))
        weighted = [people.Member(member=member, weight=self.pick([0, 1, 7])) for member in members]
        weighted[0] = people.Member(member=members[0], weight=3)
        return people.Group(rule=self.pick(people.RULES), members=tuple(weighted))

    def voicemails(self) -> company.Voicemail:
        return company.Voicemail(mailbox="1000")

    def menus(self) -> routers.Menu:
        keys = self.random.sample(["1", "2", "12", "*", "#9"], self.random.randint(1, 4))
        return routers.Menu(
            greeting="a.wav",
            attempts=self.random.randint(1, 3),
            digits={key: self.route() for key in keys},
            no_input=self.route(),
            invalid=self.route(),
            invalid_sound=self.pick(["", "b.wav"]),
        )

    def priorities(self) -> routers.Priority:
        keys = {(self.pick(routers.PRIORITY_KINDS), self.pick(VALUES)) for _ in range(4)}
        rules = [
            routers.PriorityRule(**{kind: value}, in_office=self.some_route(), after_hours=self.route(), head_start=9)
            for kind, value in sorted(keys)
        ]
        return routers.Priority(
            rules=tuple(rules),
            crm=self.pick(["", *NAMES]),
            schedule=self.pick(["", *NAMES]),
            did_defaults={DIDS[0]: self.office()} if self.maybe() else {},
            no_match=self.office() if self.maybe() else None,
            after_hours=self.route(),
        )

    def office(self) -> routers.OfficeRoute:
        return routers.OfficeRoute(in_office=self.some_route(), after_hours=self.route())

    def routers(self) -> routers.Router:
        branches = {branch.key: branch for branch in self.some(self.branch, 0, 4)}
        return routers.Router(branches=tuple(branches.values()), otherwise=self.route())

    def branch(self) -> routers.Branch:
        when = {self.pick(FACTS): (read(self.pick(TESTS), Context()),)}
        if self.maybe():
            when[self.pick(criterion.SCHEDULE_TESTS)] = (read(self.pick(NAMES), Context()),)
        return routers.Branch(when=when, then=self.route())

    def crm_rules(self) -> routers.CrmRouter:
        rules = self.some(self.crm_rule, 0, 3)
        greeting = self.pick(["", "a.wav"])
        return routers.CrmRouter(
            crm=self.pick(NAMES), field="tier", greeting=greeting, rules=rules, otherwise=self.route()
        )

    def crm_rule(self) -> routers.CrmRule:
        operator, value = self.pick([("=", "x"), (">", "2"), ("<=", "2026-12-24"), ("=", "3"), ("<", "0")])
        return routers.CrmRule(operator=operator, value=value, destination=self.route())

    def geo_routers(self) -> routers.GeoRouter:
        areas = tuple(routers.Area(country=(self.pick(["US", "DE", "GB"]),), then=self.route()) for _ in range(2))
        places = (
            routers.Location(name="Chicago", at=(41.88, -87.63), within=self.pick([None, 100.0]), then=self.route()),
        )
        return routers.GeoRouter(areas=areas, locations=places if self.maybe() else (), otherwise=self.route())

    def splits(self) -> routers.Split:
        first = routers.Share(weight=1, then=self.route())
        return routers.Split(branches=(first, routers.Share(weight=self.pick([0, 2]), then=self.route())))

    def flows(self) -> company.Flow:
        return company.Flow(record=self.maybe(), route=self.some_route())

    def schedules(self) -> Schedule:
        spans = self.pick([(Span(480, 1020),), (Span(1320, 360),), ()])
        return Schedule(hours={"mon-fri": spans} if spans else {}, holidays=self.pick([(), ("US-IL",)]))
