"""Hypothesis strategies: any rule book that may be put in force, with every kind and every option in it.

`rule_books()` is the one to use. Names are drawn first, so that every reference leads somewhere; each struct is built
by `some`, which fails at once when the schema has an option that no strategy here covers.
"""

from __future__ import annotations

import functools
from datetime import date
from typing import Any, TypeVar

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from fsrouter.engine.layouts import FIELDS, FORMATS
from fsrouter.engine.lint.lint import errors
from fsrouter.engine.model import company, criterion, crm_apis, crms, fact_names, people, routers, rulebook, schedule
from fsrouter.engine.model.criteria import Test as Criterion
from fsrouter.engine.model.criteria import always
from fsrouter.engine.model.criteria import read as read_test
from fsrouter.engine.model.destinations import SECTION_OF, Destination
from fsrouter.engine.model.failsafes import FAILSAFE_KINDS
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import Context, decimal
from fsrouter.engine.model.schema import fields

S = TypeVar("S", bound=Struct)
Names = dict[str, list[str]]

#: Texts as people write them, and as YAML, shells and terminals would rather not have them.
ODD = [
    *(
        "no",
        "08:00",
        "+1312",
        "0123",
        "1e3",
        "null",
        "~",
        "a: b",
        "x #1",
        "- a",
        "!= gold",
        "*x",
        "{a}",
        "[b",
        "'q'",
        '"',
    ),
    *("\\", "${HOME}", "%", "@", "=", "<<", "Zürich", "\xa0", "\u06dd", "\U0001f600", "y", "2026-12-24", "a:", " a "),
]
characters = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp"), exclude_characters="\ufffe\uffff")
texts = st.one_of(st.sampled_from(ODD), st.text(characters, max_size=12))
some_texts = texts.filter(lambda text: bool(text.strip()))
slugs = st.sampled_from(["a", "main", "0", "1.5", "no", "x_y-z.w", "null", "support"])
seconds = st.one_of(st.sampled_from([1, 59, 60, 3600, 3661]), st.integers(1, 99999))
rings = st.sampled_from([1, 59, 60, 3600]) | st.integers(1, 3600)
numbers = st.integers(2_000_000, 9_999_999).map(lambda n: f"+1312{n}")
flags = st.booleans()
keys = st.sampled_from("0123456789*#")
sounds = st.sampled_from(["ivr/hello.wav", "/tmp/a-b.wav", "local_stream://moh", "tone_stream://%(200,0,440)", "1.wav"])
speech = texts.map(str.strip).filter(bool)
announcements = st.one_of(sounds, speech.map("say:".__add__))
whispers = st.one_of(st.just("skip"), announcements)
tags = st.sampled_from(["ads", "a:b", "9", "No", "x_y"])
secrets = st.sampled_from(["${TOKEN}", "${_x9}"])
days = st.dates(date(1999, 1, 1), date(2099, 12, 31))
#: Numbers with as many decimals as the schema reads.
latitudes = st.integers(-90 * 10**6, 90 * 10**6).map(lambda n: n / 10**6)
degrees = st.integers(-180 * 10**6, 180 * 10**6).map(lambda n: n / 10**6)
distances = st.one_of(st.integers(1, 999_999).map(float), st.integers(1, 10**6).map(lambda n: n / 1000 * 1.609344))
plain_numbers = st.one_of(st.integers(-99, 99).map(str), degrees.map(decimal))


def some(kind: type[S], **given: Any) -> st.SearchStrategy[S]:
    """A struct with any of its options set. Every field must be given a strategy: the schema cannot outgrow them."""
    known = {f.attribute: f for f in fields(kind)}
    assert set(given) == set(known), f"{kind.__name__}: {set(given) ^ set(known)} lack a strategy or are no field"
    required = {name: strategy for name, strategy in given.items() if known[name].required}
    optional = {name: strategy for name, strategy in given.items() if not known[name].required}
    built = st.fixed_dictionaries(required, optional=optional).map(lambda found: kind(**found))
    return built.filter(_sound)


def _sound(value: Any) -> bool:
    return not value.problem() and not list(value.problems())


def tuples(strategy: st.SearchStrategy[Any], low: int = 0, high: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=low, max_size=high).map(tuple)


def one_of(words: Any, default: str = "") -> st.SearchStrategy[str]:
    return st.sampled_from([*words, *([default] if default else [])])


def spans() -> st.SearchStrategy[tuple[schedule.Span, ...]]:
    """Opening hours of a day, none overlapping: up to three spans, the last perhaps past midnight."""
    ends = st.lists(st.integers(0, 1439), min_size=2, max_size=6, unique=True).map(sorted)
    return st.one_of(
        st.just((schedule.Span(0, 1440),)),
        ends.map(lambda t: tuple(schedule.Span(a, b) for a, b in zip(t[::2], t[1::2], strict=False))),
        st.tuples(st.integers(720, 1439), st.integers(0, 719)).map(lambda t: (schedule.Span(*t),)),
    )


def schedules() -> st.SearchStrategy[schedule.Schedule]:
    weekdays = ["mon-fri", "sat", "sun", "mon", "tue,wed", "thu-sat", "sat-mon"]
    dated = st.tuples(days, days).map(lambda d: (min(d), max(d)))
    plain = some(
        schedule.Schedule,
        hours=st.dictionaries(st.sampled_from(weekdays), spans(), max_size=3),
        holidays=tuples(st.sampled_from(["US-IL", "DE", "GB-SCT", "NO"]), 0, 2),
        except_=st.just(()),
        closed=tuples(st.one_of(dated, days.map(lambda d: (d, d)))),
        open=st.dictionaries(days, spans(), max_size=2),
    )
    excepting = st.just(schedule.Schedule(holidays=("US-IL",), except_=("Lincoln's Birthday", "Columbus Day")))
    return st.one_of(plain, plain, excepting)


def customs(urls: st.SearchStrategy[str], common: dict[str, Any]) -> st.SearchStrategy[crms.Custom]:
    """Any https address, by each way of asking and of signing in."""
    none = st.none()
    plain = {
        **common,
        "url": st.just("https://c.example/who?n={number}"),
        "method": st.just("POST"),
        "headers": st.dictionaries(
            st.sampled_from(["Accept", "X-Tenant", "x-API-Key"]),
            st.sampled_from(["${KEY}", "Token ${A} ${B_2}", "a: b, #${C}$"]),
            max_size=2,
        ),
        "json": st.just(""),
        "form": st.just({}),
        "username": texts,
        **dict.fromkeys(("password", "token", "token_url", "client_secret", "refresh_token"), none),
        "client_id": st.just(""),
        "scope": st.just(""),
        "fields": st.dictionaries(slugs, some_texts, max_size=2),
    }
    bodies = st.sampled_from(['{"phone": "{number}"}', '[["{digits}", 1.50, null, "\\u00e9 {{}"]]'])
    forms = st.dictionaries(some_texts, st.just("{national}"), max_size=2)
    oauth = st.fixed_dictionaries(
        {"token_url": urls, "client_id": some_texts, "client_secret": secrets},
        optional={"refresh_token": secrets, "scope": texts},
    )
    signed_in = st.tuples(some(crms.Custom, **plain), oauth).map(lambda two: replace(two[0], **two[1]))
    return st.one_of(
        some(crms.Custom, **{**plain, "token": secrets, "json": bodies}),
        some(crms.Custom, **{**plain, "password": secrets, "form": forms}),
        signed_in,
    )


def connections() -> st.SearchStrategy[crms.Crm]:
    url = st.sampled_from(["https://a.example", "https://b.example:8443/api/v2?x=1#y"])
    common = {"sync": seconds, "write_back": flags}
    sites = st.sampled_from(list(crm_apis.CONNECTWISE_SITES))
    columns = st.lists(some_texts, min_size=1, max_size=2).map(tuple)
    maps = st.dictionaries(st.sampled_from(list(FIELDS)), columns, max_size=3).map(lambda map: map | {"phones": ("x",)})
    return st.one_of(
        some(crms.HubSpot, token=secrets, url=url, api=st.sampled_from(list(crm_apis.HUBSPOT_APIS)), **common),
        some(crms.Zoho, url=url, accounts_url=url, client_id=some_texts, client_secret=secrets, refresh_token=secrets,
             **common),
        some(crms.ConnectWise, url=url, site=sites, company_id=some_texts, public_key=secrets, private_key=secrets,
             client_id=some_texts, **common),
        customs(url, common),
        some(crms.Csv, path=some_texts, format=st.sampled_from(FORMATS), map=maps, **common),
    )  # fmt: skip


#: Values of facts that cannot have any.
VALUES = {
    **dict.fromkeys(fact_names.NUMBERS, ("+13125550142", "+442071838750", "+1312*", "+44*")),
    "caller": ("repeat", "first-time", "re*"),
    "internal": ("1001", "10*"),
    "previous_score": ("4", "-1.5", ">= 3"),
    "last_agent": ("nancy", "a*"),
    "contacts": ("1", "> 2"),
    "country": ("US", "DE", "G*"),
    "region": ("IL", "BY", "7"),
    "area_code": ("312", "30", "3*"),
    "tags": ("hot", "a:b", "contains o"),
}


def criteria() -> st.SearchStrategy[dict[str, tuple[Criterion, ...]]]:
    """What stands in `when:`, each as it would be read."""
    names = [*fact_names.FACTS, "crm.tier", "crm.Lead: source"]
    return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True).flatmap(
        lambda facts: st.fixed_dictionaries({f: _tests_of(f) if f in VALUES else tests() for f in facts})
    )


def _tests_of(fact: str) -> st.SearchStrategy[tuple[Criterion, ...]]:
    texts = [*VALUES[fact], "*", "unknown", *(f"!= {value}" for value in VALUES[fact] if " " not in value)]
    several = tuples(st.sampled_from([criterion.read(fact, text, Context()) for text in texts]), 1, 3)
    return several.filter(lambda found: fact in fact_names.LISTS or not always(found))


def tests() -> st.SearchStrategy[tuple[Criterion, ...]]:
    """One or several tests on a fact that can be any text, each as it would be read."""
    ordered = st.tuples(st.sampled_from([">= ", "<= ", "> ", "< "]), st.one_of(plain_numbers, days.map(str))).map(
        "".join
    )
    named = st.tuples(st.sampled_from(["!= ", "contains "]), speech).map("".join)
    read = st.one_of(speech, ordered, named, st.sampled_from(["*", "unknown", "*implant*"])).map(_test)
    several = tuples(read.filter(lambda test: test is not None), 1, 3)
    return several.filter(lambda found: not always(found))


def _test(text: str) -> Criterion | None:
    try:
        return read_test(text, Context())
    except ValueError:
        return None


class Company:
    """The strategies of one company's definitions, whose names are known."""

    def __init__(self, names: Names, dids: list[str]) -> None:
        self.names = names
        self.dids = dids
        named = [Destination(kind, name) for kind, section in SECTION_OF.items() for name in names[section]]
        leaves = [
            *("phone:+442071838750", "extension:1001", "hangup", "hangup:USER_BUSY", "hangup:NO_ANSWER", "tag:shop"),
            *("play:ivr/a.wav", "play:tone_stream://%(200,0,440)", "tag:a:b", "agent:last", "agent:owner"),
            *(f"phone:{did}" for did in dids[:1]),
            *(f"say:{text}" for text in map(str.strip, ODD) if text),
        ]
        everything = [*named, *(Destination(*leaf.partition(":")[::2]) for leaf in leaves)]
        # Who dials a number of ours without a router may well go round for ever.
        safe = [d for d in everything if d.kind in FAILSAFE_KINDS and d.name not in ("last", "owner", *dids)]
        rung = [d for d in everything if d.kind in ("agent", "number", "phone")]
        self.route = tuples(st.sampled_from(everything))
        self.some_route = tuples(st.sampled_from(everything), 1)
        self.failsafe = tuples(st.sampled_from(safe), 0, 2)
        self.member = st.sampled_from(rung)

    def name(self, section: str) -> st.SearchStrategy[str]:
        """The name of a definition, or "" where there is none."""
        return st.sampled_from(self.names[section] or [""])

    def header(self) -> st.SearchStrategy[company.Header]:
        header = some(
            company.Header,
            company=slugs,
            title=texts,
            country=st.sampled_from(["US", "DE", "GB", "NO"]),
            timezone=st.sampled_from(["UTC", "America/Chicago", "Europe/Berlin"]),
            trunk=slugs,
            caller_id=one_of(["caller", "tracking"]),
            failsafe=self.failsafe,
            ringback=sounds,
            record_notice=whispers,
            language=slugs,
        )
        # Schedules need a time zone.
        return header.map(lambda each: replace(each, timezone=each.timezone or "UTC"))

    def agents(self) -> st.SearchStrategy[people.Agent]:
        by_crm = st.dictionaries(st.sampled_from(["*", *self.names["crms"]]), some_texts, max_size=2)
        return some(
            people.Agent,
            title=texts,
            endpoint=st.sampled_from(["user/1001", "sofia/a/b@c.example:5060;x=y", "sofia/gateway/a/1-2*3"]),
            number=numbers,
            accept=keys,
            crm_user=by_crm,
            hours=self.name("schedules"),
        ) | st.just(people.Agent(endpoint="user/1"))

    def receiving(self) -> st.SearchStrategy[people.ReceivingNumber]:
        hours = [form + name for name in self.names["schedules"] for form in ("", "not ")]
        return some(
            people.ReceivingNumber,
            number=numbers,
            label=texts,
            extension=st.sampled_from(["204", "0*#", "0A1D"]),
            extension_delay=st.integers(0, 20),
            whisper=whispers,
            accept=keys,
            ring=rings,
            no_answer=self.route,
            tagging=st.dictionaries(st.sampled_from(hours), tags, max_size=2) if hours else st.just({}),
        )

    def queues(self) -> st.SearchStrategy[people.Queue]:
        tier = some(people.QueueAgent, agent=self.name("agents"), level=st.integers(1, 99), position=st.integers(1, 99))
        agents = st.lists(tier, max_size=3, unique_by=lambda t: t.agent).map(tuple)
        return some(
            people.Queue,
            strategy=one_of(people.STRATEGIES),
            agents=agents if self.names["agents"] else st.just(()),
            max_wait=seconds | st.just(0),
            music=sounds,
            announce=st.just("position") | sounds,
            exit_key=keys,
            exit_to=self.route,
            skip_without_agents=flags,
            unanswered=self.route,
        )

    def distributions(self) -> st.SearchStrategy[people.Distribution]:
        member = some(people.Member, member=self.member, weight=st.integers(0, 1_000_000))
        group = some(
            people.Group,
            rule=one_of(people.RULES),
            members=st.lists(member, min_size=1, max_size=3, unique_by=lambda m: m.member).map(tuple),
            ring=rings,
            accept=keys,
        )
        owner = some(people.Owner, crm=self.name("crms"), property=texts, ring=rings)
        whole = some(people.Distribution, owner=owner, groups=tuples(group, 1, 2), unanswered=self.route)
        return whole | owner.map(lambda found: people.Distribution(owner=found))

    def menus(self) -> st.SearchStrategy[routers.Menu]:
        digits = st.dictionaries(st.text("0123456789*#", min_size=1, max_size=8), self.route, min_size=1, max_size=3)
        return some(
            routers.Menu,
            greeting=announcements,
            timeout=seconds,
            attempts=st.integers(1, 20),
            digits=digits,
            no_input=self.route,
            invalid=self.route,
            invalid_sound=announcements,
        )

    def priorities(self) -> st.SearchStrategy[routers.Priority]:
        office = some(routers.OfficeRoute, in_office=self.some_route, after_hours=self.route)
        return some(
            routers.Priority,
            crm=self.name("crms"),
            rules=st.lists(self.rule(), max_size=4, unique_by=lambda r: (r.kind, routers.folded(r.kind, r.value))).map(
                tuple
            ),
            rules_csv=st.just(""),
            did_defaults=st.dictionaries(numbers, office, max_size=2),
            no_match=office,
            schedule=self.name("schedules"),
            after_hours=self.route,
            shared_line=st.sampled_from(routers.SHARED_LINE),
        )

    def rule(self) -> st.SearchStrategy[routers.PriorityRule]:
        return st.builds(
            lambda kind, value, routes, wait: routers.PriorityRule(**{kind: value}, **routes, head_start=wait),
            st.sampled_from(routers.PRIORITY_KINDS),
            some_texts,
            st.one_of(
                st.fixed_dictionaries({"to": self.some_route}),
                st.fixed_dictionaries({"in_office": self.some_route, "after_hours": self.route}),
            ),
            seconds | st.just(0),
        )

    def routers(self) -> st.SearchStrategy[routers.Router]:
        when = criteria()
        if self.names["schedules"]:
            hours = self.name("schedules").map(lambda name: (Criterion("=", name),))
            when |= st.dictionaries(st.sampled_from(criterion.SCHEDULE_TESTS), hours, min_size=1)
        branch = some(routers.Branch, when=when, then=self.route)
        return some(
            routers.Router,
            branches=st.lists(branch, max_size=3, unique_by=lambda b: b.key).map(tuple),
            otherwise=self.route,
        )

    def crm_rules(self) -> st.SearchStrategy[routers.CrmRouter]:
        ordered = some(
            routers.CrmRule,
            operator=one_of(["<", ">", "<=", ">="]),
            value=st.one_of(plain_numbers, days.map(str)),
            destination=self.route,
        )
        equal = some(routers.CrmRule, operator=st.just("="), value=texts, destination=self.route)
        return some(
            routers.CrmRouter,
            location=one_of(["did", "menu"]),
            greeting=announcements,
            crm=self.name("crms"),
            module=texts,
            field=some_texts,
            rules=tuples(ordered | equal),
            otherwise=self.route,
        )

    def geo_routers(self) -> st.SearchStrategy[routers.GeoRouter]:
        area = some(
            routers.Area,
            country=tuples(st.sampled_from(["CA", "NO", "US"]), 1, 2),
            region=tuples(st.sampled_from(["IL", "BY", "7"]), 0, 2),
            area_code=tuples(st.sampled_from(["212", "30"]), 0, 2),
            then=self.route,
        ) | self.some_route.map(lambda route: routers.Area(country=("CA",), then=route))
        place = some(
            routers.Location, name=some_texts, at=st.tuples(latitudes, degrees), within=distances, then=self.route
        )
        router = some(routers.GeoRouter, areas=tuples(area, 1, 2), locations=tuples(place, 1, 2), otherwise=self.route)
        return router | tuples(place, 1, 2).map(lambda places: routers.GeoRouter(locations=places))

    def splits(self) -> st.SearchStrategy[routers.Split]:
        share = some(routers.Share, weight=st.integers(0, 1_000_000), then=self.route)
        return some(routers.Split, branches=tuples(share, 1, 3))

    def voicemails(self) -> st.SearchStrategy[company.Voicemail]:
        return some(
            company.Voicemail, mailbox=st.sampled_from(["1000", "007", "a.b@c.example"]), greeting=announcements
        )

    def flows(self) -> st.SearchStrategy[company.Flow]:
        return some(company.Flow, record=flags, record_notice=whispers, route=self.route)

    def tracking(self, number: str, pool: str) -> st.SearchStrategy[company.TrackingNumber]:
        return some(
            company.TrackingNumber,
            number=st.just(number),
            name=texts,
            source=texts,
            to=self.route,
            tags=tuples(tags),
            whisper=whispers,
            record=flags,
            record_notice=whispers,
            failsafe=self.failsafe,
            pool=st.just(pool),
            trunk=slugs,
            caller_id=one_of(["caller", "tracking"]),
        )


#: Sections whose definitions are drawn by name, and the method of `Company` that makes one.
OF_SECTION = {
    "agents": "agents", "numbers": "receiving", "queues": "queues", "distributions": "distributions",
    "menus": "menus", "priorities": "priorities", "routers": "routers", "crm_rules": "crm_rules",
    "geo_routers": "geo_routers", "splits": "splits", "voicemails": "voicemails", "flows": "flows",
}  # fmt: skip


#: How many definitions of each section the books have that are drawn, section after section in turn. Strategies are
#: slow to build and quick to draw from, so there are some shapes of books and not one for each book.
SHAPES = ((0,), (1,), (2,), (1, 0), (0, 1, 1), (2, 1, 0, 1), (0, 3, 1, 1, 1))
NAMES = ("main", "1.5", "no", "x_y-z.w", "a")


@functools.cache
def _shaped(shape: int) -> st.SearchStrategy[RuleBook]:
    counts = SHAPES[shape]
    names = {
        section: [NAMES[(shape + i + k) % len(NAMES)] for k in range(counts[i % len(counts)])]
        for i, section in enumerate(rulebook.SECTIONS)
    }
    if not names["crms"]:
        names["crm_rules"] = []
    dids = [f"+1872555{100 + i:04d}" for i in range(len(names["tracking_numbers"]))]
    acme = Company(names, dids)
    made = {"schedules": schedules, "crms": connections} | {
        section: getattr(acme, method) for section, method in OF_SECTION.items()
    }
    pool = names["pools"][0] if names["pools"] else ""
    sections = {
        section: st.fixed_dictionaries({name: make() for name in names[section]}) for section, make in made.items()
    }
    sections["pools"] = st.fixed_dictionaries(
        {
            name: some(company.Pool, numbers=st.just(tuple(dids) if name == pool else ()), hold=seconds)
            for name in names["pools"]
        }
    )
    sections["tracking_numbers"] = st.fixed_dictionaries({did: acme.tracking(did, pool) for did in dids})
    return st.builds(RuleBook, header=acme.header(), **sections).filter(lambda book: not errors(book))


def rule_books() -> st.SearchStrategy[RuleBook]:
    """Any rule book that may be put in force."""
    return st.integers(0, len(SHAPES) - 1).flatmap(_shaped)
