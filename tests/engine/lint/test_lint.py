"""What lint finds in a rule book, and that it is never wrong about it."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import ACME, ROOT

from fsrouter.engine.lint.check import check
from fsrouter.engine.lint.implication import covering, implies
from fsrouter.engine.lint.installation import UNKNOWN, Installation, Owned
from fsrouter.engine.lint.lint import errors, lint
from fsrouter.engine.lint.references import References
from fsrouter.engine.model import company, criteria, criterion, routers, rulebook, schema
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.failsafes import FarEnd
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.rates import Rate, Rates
from fsrouter.errors import Refused

HANG_UP = (Destination("hangup"),)


def book(text: str) -> RuleBook:
    """The rule book that a rules file's text means."""
    tree = yaml.load(text, yaml.BaseLoader)
    context = Context(country=tree.get("country", "US"))
    sections: dict[str, dict[str, Any]] = {}
    for section, kind in rulebook.SECTIONS.items():
        written = tree.pop(section, {})
        if isinstance(written, list):
            read = [value(kind, item, context, section) for item in written]
            sections[section] = {item.number: item for item in read}
        else:
            sections[section] = {name: value(kind, item, context, section, name) for name, item in written.items()}
    return RuleBook(header=value(company.Header, tree, context), **sections)


def value(kind: Any, tree: Any, context: Context, *path: str) -> Any:
    found, problems = schema.read(kind, tree, context, path)
    assert not problems
    return found


def messages(text: str, known: Installation = UNKNOWN) -> set[tuple[str, str]]:
    return {(finding.code, ".".join(map(str, finding.path))) for finding in lint(book(text), known)}


class OnlyPhones:
    """Settings by which nothing can be dialled but phones, and a trunk of no name is none."""

    def gate(self, company: str, country: str) -> OnlyPhones:
        return self

    def problem(self, trunk: str, far_end: FarEnd) -> str:
        return f"{far_end.number} is closed" if far_end.number else ""

    def number(self, number: str) -> None:
        raise Refused(f"{number} is closed")

    def endpoint(self, endpoint: str) -> None:
        if not endpoint.startswith("user/"):
            raise Refused(f"{endpoint} is closed")

    def extension(self, extension: str) -> None:
        if len(extension) > 6:
            raise Refused(f"{extension} is closed")

    def trunk(self, name: str) -> None:
        if not name.startswith("car"):
            raise Refused("there is no such trunk")


CLEAN = """
company: acme
timezone: UTC
failsafe: number:desk
schedules: {office: {hours: {mon-fri: "08:00-17:00"}}}
crms: {people: {type: csv, path: people.csv}}
agents: {ann: {endpoint: user/1001, crm_user: "501"}, bob: {endpoint: user/1002, crm_user: "502"}}
numbers:
  desk: {number: "+13125550150", whisper: skip, tagging: {office: day, not office: night}}
  shop: {number: "+13125550151", no_answer: number:desk}
queues: {support: {agents: [ann], exit_key: "0", exit_to: agent:bob, unanswered: voicemail:box}}
distributions:
  sales: {owner: {crm: people}, groups: [{rule: weighted, members: [{member: agent:ann, weight: 2}, agent:bob]}]}
menus:
  main:
    greeting: hello.wav
    digits: {"1": distribution:sales, "2": crm:tier, "30": queue:support}
    no_input: queue:support
    invalid: queue:support
priorities:
  table:
    schedule: office
    rules: [{title: Boss, in_office: agent:ann, after_hours: voicemail:box}]
    did_defaults: {"+18725550111": geo:near}
    no_match: router:callers
    after_hours: voicemail:box
routers:
  callers:
    branches:
      - {when: {keyword: "*implant*", caller: repeat}, then: agent:ann}
      - {when: {open: office, previous_score: "> 3"}, then: [split:coin, agent:last]}
      - {when: {closed: office}, then: [number:shop, voicemail:box]}
    otherwise: menu:main
crm_rules:
  tier:
    location: menu
    greeting: wait.wav
    crm: people
    field: tier
    rules: [{operator: ">=", value: 3, destination: agent:ann}, {operator: ">=", value: 2, destination: agent:bob}]
    otherwise: queue:support
geo_routers:
  near:
    areas: [{country: US, region: IL, then: agent:ann}, {country: US, then: agent:bob}]
    locations: [{name: A, at: [1, 2], within: 10km, then: agent:ann}, {name: B, at: [1, 2], then: agent:bob}]
    otherwise: menu:main
splits: {coin: {branches: [{weight: 1, then: agent:ann}, {weight: 1, then: flow:talk}]}}
voicemails: {box: {mailbox: "1000"}}
flows: {talk: {record: true, route: ["play:hello.wav", agent:bob]}}
pools: {web: {numbers: ["+18725550112"]}}
tracking_numbers:
  - {number: "+18725550111", to: priority:table, whisper: ads.wav, record: true}
  - {number: "+18725550112", to: priority:table, pool: web}
"""


def test_lint_finds_nothing_in_a_clean_rule_book() -> None:
    assert check(book(CLEAN)) == []
    assert lint(book(CLEAN)) == []


def test_lint_of_the_example_finds_what_is_meant_to_be_found() -> None:
    if not ACME.exists():
        pytest.skip("the example stands beside the repository")
    assert messages(ACME.read_text()) == {
        ("unused", "schedules.nights"),
        ("dead", "numbers.call-center.no_answer.1"),
        ("unreached", "distributions.least"),
        ("unreached", "splits.trial"),
    }


#: One instance of each fault; tests/rules/test_faulty.py holds lint to each of them.
FAULTY = (ROOT / "tests" / "rules" / "faulty.yaml").read_text()
#: The installation in which it has them.
KNOWN = Installation(
    dialling=OnlyPhones(),
    companies_of=lambda numbers: {n: "globex" if n == "+18725550112" else "acme" for n in numbers},
    owners=lambda company: [Owned("people", "501", 4), Owned("people", "777", 2)],
    on_break=lambda company: {"eve", "joe"},
    namesakes=lambda company, crm, names: {name: 3 for name in names if name == "ada byron"},
    rates=lambda: Rates({"1312555": Rate(price=Decimal(1), currency="USD")}, "USD"),
)


def test_members_who_come_back_from_a_break_are_no_finding() -> None:
    away = msgspec.structs.replace(KNOWN, on_break=lambda company: {"eve"})
    assert messages(FAULTY, KNOWN) - messages(FAULTY, away) == {("all-on-break", "distributions.away")}


def test_contacts_of_no_crm_have_unmapped_owners_too() -> None:
    known = Installation(owners=lambda company: [Owned("", "601", 1)])
    (found,) = (each for each in lint(book(FAULTY), known) if each.code == "unmapped-owner")
    assert str(found) == (
        "warning: no agent's crm_user or title is the owner of these contacts: 601 (1 contact) [unmapped-owner]"
    )


def test_what_is_not_known_is_not_checked_and_said() -> None:
    of_installation = {"all-on-break", "unmapped-owner", "not-dialled", "taken-number", "shared-name", "no-rate"}
    assert messages(FAULTY) == {each for each in messages(FAULTY, KNOWN) if each[0] not in of_installation}
    assert UNKNOWN.unknown == (
        "what may be dialled (no settings), "
        "numbers of other companies, owners of contacts, breaks, names of contacts (no database)"
    )
    everything = Installation(
        dialling=OnlyPhones(),
        companies_of=lambda numbers: {},
        owners=lambda c: (),
        on_break=lambda c: (),
        namesakes=lambda company, crm, names: {},
    )
    assert everything.unknown == ""


@pytest.mark.parametrize(
    ("definitions", "places"),
    [
        ("trunk: car\nagents: {ann: {endpoint: user/1001}}", []),
        ("agents: {ann: {endpoint: user/1001}}", []),  # nobody needs a trunk
        ("trunk: car\nagents: {ann: {endpoint: sofia/a/b@c}}", ["agents.ann.endpoint"]),
        ('trunk: car\nagents: {ann: {endpoint: user/1, number: "+13125550151"}}', ["agents.ann.number"]),
        ('trunk: car\nnumbers: {desk: {number: "+13125550150"}}', ["numbers.desk.number"]),
        ('numbers: {desk: {number: "+13125550150"}}', ["company", "numbers.desk.number"]),
        (
            'trunk: car\nmenus: {m: {greeting: a.wav, digits: {"1": "phone:+13125550152", "2": "extension:9011999"}}}',
            ["menus.m.digits.1", "menus.m.digits.2"],
        ),
        ('trunk: car\nfailsafe: ["phone:+13125550152", "extension:100"]', ["failsafe"]),
        (
            'trunk: car\nfailsafe: "phone:+13125550152"\ntracking_numbers:'
            ' [{number: "+18725550112", to: hangup, trunk: x}, {number: "+18725550113", to: hangup, trunk: carrier}]',
            ["failsafe", "tracking_numbers.+18725550112.trunk"],
        ),
    ],
)
def test_what_the_settings_do_not_let_be_dialled_is_named_where_it_stands(definitions: str, places: list[str]) -> None:
    found = errors(book(f"company: acme\ncountry: US\n{definitions}"), Installation(dialling=OnlyPhones()))
    assert sorted(".".join(map(str, each.path)) for each in found) == places
    assert {each.code for each in found} <= {"not-dialled"}


def test_queue_that_mod_callcenter_would_not_take_is_refused() -> None:
    name = "q" * 64
    text = f"""
company: {"c" * 64}
agents: {{ann: {{endpoint: user/1}}}}
queues: {{{name}: {{}}, slow: {{max_wait: 25h, agents: [ann]}}, day: {{max_wait: 24h}}}}
"""
    assert [str(problem) for problem in check(book(text))] == [
        f"queues.{name}: {name}@{'c' * 64} is longer than 128 characters",
        "queues.slow.max_wait: it is 90000 seconds; between 0 and 86400 are possible",
    ]


def test_findings_have_a_level_and_come_in_the_order_of_the_file() -> None:
    findings = lint(book(FAULTY))
    assert {finding.code for finding in findings if finding.level == "error"} == {
        "did-default",
        "loops",
        "own-failsafe",
    }
    sections = list(rulebook.SECTIONS)
    assert str(findings[0]).startswith("timezone: warning: EST is UTC-5 all year, without daylight saving time")
    order = [sections.index(str(finding.path[0])) for finding in findings[1:]]
    assert order == sorted(order)


def route_book(flow: str, more: str = "") -> str:
    return f"""
company: acme
timezone: UTC
failsafe: hangup
agents: {{ann: {{endpoint: user/1001}}}}
numbers: {{desk: {{number: "+13125550150", no_answer: voicemail:box}}, shop: {{number: "+13125550151"}}}}
queues: {{q: {{agents: [ann], unanswered: voicemail:box}}, out: {{agents: [ann], exit_key: "1", unanswered: hangup}}}}
distributions:
  ends: {{groups: [{{rule: random, members: [agent:ann]}}], unanswered: hangup}}
  desk: {{groups: [{{rule: random, members: [number:desk]}}]}}
voicemails: {{box: {{mailbox: "1000"}}}}
menus:
  ends: {{greeting: a.wav, digits: {{"1": hangup}}, no_input: hangup, invalid: queue:q}}
  back: {{greeting: a.wav, digits: {{"1": hangup}}, no_input: hangup}}
flows:
  main: {{route: {flow}}}
  all: {{route: [agent:ann, number:shop, menu:back, queue:out, distribution:desk, priority:late, split:ends]}}
  split: {{route: split:ends}}
  more: {{route: [agent:ann, menu:ends]}}
splits: {{ends: {{branches: [{{weight: 1, then: hangup}}, {{weight: 2, then: distribution:ends}}]}}}}
schedules: {{office: {{hours: {{mon: "08:00-17:00"}}}}}}
priorities: {{late: {{schedule: office, no_match: {{in_office: hangup, after_hours: agent:ann}}}}}}
tracking_numbers:
  - {{number: "+18725550111", to: flow:main}}
  - {{number: "+18725550112", to: flow:all}}
  - {{number: "+18725550113", to: flow:more}}
"""


@pytest.mark.parametrize(
    ("route", "dead"),
    [
        ("[hangup, agent:ann]", 1),
        ("[agent:ann, extension:100, agent:ann, number:shop]", 2),
        ("[number:desk, agent:ann]", 1),
        ("[number:shop, agent:ann]", None),
        ("[queue:q, agent:ann]", 1),
        ("[queue:out, agent:ann]", None),
        ("[distribution:ends, agent:ann]", 1),
        ("[distribution:desk, agent:ann]", None),
        ("[menu:ends, agent:ann]", 1),
        ("[menu:back, agent:ann]", None),
        ("[flow:split, agent:ann]", 1),
        ("[priority:late, agent:ann]", None),
        ("[agent:ann, hangup]", None),
    ],
)
def test_destinations_behind_one_that_never_gives_back_are_dead(route: str, dead: int | None) -> None:
    found = {place for code, place in messages(route_book(route)) if code == "dead"}
    assert found == (set() if dead is None else {f"flows.main.route.{dead}"})


def test_failsafe_routes_are_judged_without_routes_of_their_members() -> None:
    text = CLEAN.replace("record: true}", "failsafe: [number:shop, voicemail:box, number:desk]}", 2)
    assert ("dead", "tracking_numbers.+18725550111.failsafe.2") in messages(text)
    text = route_book("agent:ann").replace("to: flow:main}", "to: flow:main, failsafe: [number:desk, agent:ann]}")
    assert not {place for code, place in messages(text) if code == "dead"}


def read(*tests: str) -> criteria.Tests:
    return tuple(criteria.read(test, Context()) for test in tests)


def when(**tests: str | list[str]) -> dict[str, criteria.Tests]:
    return {fact: read(*([test] if isinstance(test, str) else test)) for fact, test in tests.items()}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([when(source="a")], when(source="a", caller="repeat")),
        ([when(source=["a", "b"])], when(source="B")),
        ([when(source="*")], when(source="!= a")),
        ([when(source="*ads*")], when(source="google-ads*")),
        ([when(source="contains ad")], when(source="*ads")),
        ([when(source="!= gold")], when(source="silver")),
        ([when(source="!= gold")], when(source="!= g*")),
        ([when(previous_score="> 3")], when(previous_score=">= 4")),
        ([when(previous_score=">= 3")], when(previous_score=["3.0", "> 3"])),
        ([when(previous_score="!= 2")], when(previous_score="> 2")),
        ([when(since="< 2026-12-24")], when(since="<= 2026-12-23")),
        ([when(source=["unknown", "*"])], when(caller="repeat")),
        ([when(open="office")], when(open="office", source="a")),
        ([when(open="office"), when(closed="office")], when(source="a")),
        ([when(open="office", caller="repeat"), when(closed="office")], when(caller="repeat")),
        ([when(source="a"), when(source="b")], when(source=["a", "b"])),
        ([when(source="unknown"), when(source="*")], when(caller="repeat")),
        ([when(source="!= a"), when(source="a")], when(source="*")),
    ],
)
def test_branch_that_never_decides_is_found(earlier: list[Any], later: Any) -> None:
    assert covering([*earlier, later], len(earlier))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([when(source="a", caller="repeat")], when(source="a")),
        ([when(source="!= a"), when(source="a")], when(caller="repeat")),
        ([when(source="a*")], when(source="*a")),
        ([when(source="a*b")], when(source="a*")),
        ([when(source="3")], when(source="3*")),
        ([when(source="3*")], when(source="3")),
        ([when(tags="!= a")], when(tags="b")),
        ([when(tags="*")], when(tags="!= a")),
        ([when(tags="*"), when(tags="unknown")], when(source="a")),
        ([when(previous_score="> 3")], when(previous_score=">= 3")),
        ([when(previous_score="> 3")], when(previous_score="> 2026-12-24")),
        ([when(since="> 2026-12-23T12:00")], when(since="2026-12-23t13:00")),
        ([when(open="office")], when(open="shop")),
        ([when(open="1")], when(open="1.0")),
        ([when(open="office"), when(closed="shop")], when(source="a")),
        ([when(source="unknown")], when(source="!= a")),
    ],
)
def test_branch_that_may_decide_is_not_found(earlier: list[Any], later: Any) -> None:
    assert covering([*earlier, later], len(earlier)) == []


VALUES = ("3", "3.0", "+03", "gold", "Gold", "silver", "old", "a*b", "g*", "*l*", "*3", "**", "2026-12-24")
DATES = ("2026-12-24T10:00", "2026-12-24t10:00", "2026-12-24 09:00", "2026-12-25")
TESTS = read(
    "unknown",
    "*",
    *VALUES,
    *DATES,
    *(f"!= {text}" for text in (*VALUES, *DATES)),
    *(f"contains {text}" for text in ("g", "old", "a*", "3", "OL")),
    *(f"{op} {text}" for op in criteria.ORDER for text in ("3", "3.0", "-1", "7", "2026-12-24", *DATES)),
)
FACTS = ("3", " 3.00", "2", "-1", "10", "GOLD ", "gold", "goldsmith", "silver", "ab", "axb", "a*b", *DATES)


def test_implied_test_holds_for_every_fact() -> None:
    lists = [(one,) for one in FACTS] + list(itertools.product(FACTS, FACTS))
    implied = 0
    for test, other in itertools.product(TESTS, TESTS):
        for fact, known in (("source", FACTS), ("tags", lists)):
            if implies(fact, test, other):
                implied += 1
                for one in ((), *known) if fact == "tags" else (None, *known):
                    assert other.holds(one) or not test.holds(one), f"{test} does not imply {other}: {fact} {one!r}"
    assert implied > 1000, "it would be sound to see nothing, and useless"


NUMBERS = ("+541123456789", "+5491123456789", "+13125550142", "+543512345678")
OF_NUMBERS = read(
    *(f"{op}{text}" for op in ("", "!= ") for text in (*NUMBERS, "+54*", "+549*", "+5411*", "+54911*", "+1312*")),
    *("contains 549", "contains 5411", "contains +5", "> 3", "*549*", "*789"),
)


def test_implied_test_of_a_number_holds_for_every_form_of_it() -> None:
    implied = {
        (str(test), str(other))
        for test, other in itertools.product(OF_NUMBERS, OF_NUMBERS)
        if test != other and implies("from", test, other)
    }
    assert (NUMBERS[0], NUMBERS[1]) in implied
    for test, other in itertools.product(OF_NUMBERS, OF_NUMBERS):
        for one in NUMBERS if (str(test), str(other)) in implied else ():
            assert other.holds(one) or not test.holds(one), f"{test} does not imply {other}: {one}"


hours = st.lists(st.sampled_from(("office", "shop")), min_size=1, max_size=2, unique=True).map(
    lambda names: read(*names)
)


def some(*texts: str) -> st.SearchStrategy[criteria.Tests]:
    """One test or two that a branch can have."""
    chosen = st.lists(st.sampled_from(read(*texts)), min_size=1, max_size=2, unique=True).map(tuple)
    return chosen.filter(lambda tests: not criteria.always(tests))


branches = st.fixed_dictionaries(
    {},
    optional={
        "source": some("unknown", "*", "gold", "GOLD*", "*l*", "!= gold", "3", "> 2", "<= 3.0", "!= 3", "contains o"),
        "tags": some("unknown", "*", "a", "!= a", "!= b", "b*"),
        "caller": some("first-time", "repeat", "unknown", "*", "!= repeat", "first"),
        "open": hours,
        "closed": hours,
    },
).filter(bool)

#: Every call that differs in what those branches look at.
CALLS = [
    dict(zip(("source", "tags", "caller", "office", "shop"), call, strict=True))
    for call in itertools.product(
        (None, "gold", "goldsmith", "silver", "3.0", "2"),
        ((), ("a",), ("b",), ("a", "b"), ("c", "a")),
        (None, "first-time", "repeat"),
        (True, False),
        (True, False),
    )
]


def holds(branch: dict[str, criteria.Tests], call: dict[str, Any]) -> bool:
    for fact, wanted in branch.items():
        if fact in criterion.SCHEDULE_TESTS:
            if not any(call[test.value] is (fact == "open") for test in wanted):
                return False
        elif not criteria.any_holds(wanted, call[fact]):
            return False
    return True


def never(**sections: Any) -> set[Any]:
    """The positions of the branches or rules of which lint says that they never decide."""
    codes = ("never-matches", "same-criteria", "never-holds")
    findings = lint(RuleBook(header=company.Header(company="acme"), **sections))
    whole = ("branches", "rules", "areas", "locations")
    return {f.path[3] for f in findings if f.code in codes and len(f.path) == 4 and f.path[2] in whole}


@settings(max_examples=150, deadline=None)
@given(st.lists(branches, min_size=2, max_size=5))
def test_never_matches_is_sound_for_router_branches(whens: list[dict[str, criteria.Tests]]) -> None:
    router = routers.Router(branches=tuple(routers.Branch(when=when, then=HANG_UP) for when in whens))
    dead = never(routers={"r": router})
    for call in CALLS if dead else ():
        assert next((i for i, branch in enumerate(whens) if holds(branch, call)), None) not in dead, call


FIGURES = ("3", "3.0", " 5", "2026-12-24", "2026-12-24T10:00", "2026-12-24t10:00")
comparisons = st.builds(
    lambda operator, value: routers.CrmRule(operator=operator, value=value, destination=HANG_UP),
    st.sampled_from(("<", ">", "<=", ">=", "=")),
    st.sampled_from(FIGURES),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(comparisons, min_size=2, max_size=4))
def test_never_matches_is_sound_for_crm_rules(rules: list[routers.CrmRule]) -> None:
    def decides(rule: routers.CrmRule, value: str) -> bool:
        if rule.operator == "=":
            return criteria.fold(rule.value) == criteria.fold(value)
        return bool(criteria.compare(rule.operator, rule.value, value))

    dead = never(crm_rules={"tier": routers.CrmRouter(crm="people", field="tier", rules=tuple(rules))})
    for value in (*FIGURES, *DATES, "4", "9", "gold"):
        assert next((i for i, rule in enumerate(rules) if decides(rule, value)), None) not in dead


def test_references_say_what_points_where() -> None:
    links = References(book(CLEAN))
    assert links.pointing(Destination("queue", "support")) == [
        ("menus", "main", "digits", "30"),
        ("menus", "main", "no_input"),
        ("menus", "main", "invalid"),
        ("crm_rules", "tier", "otherwise"),
    ]
    assert links.pointing(Destination("number", "desk")) == [("numbers", "shop", "no_answer"), ("failsafe",)]
    onward = {str(destination) for _, destination in links.onward("queues", "support")}
    assert onward == {"agent:ann", "agent:bob", "voicemail:box"}
    assert links.pointing(Destination("queue", "nowhere")) == []


def test_schedule_of_agents_hours_is_in_use() -> None:
    found = messages(
        "company: acme\ntimezone: America/Chicago\nschedules: {day: {hours: {mon-fri: 09:00-17:00}}}\n"
        "agents: {ann: {endpoint: user/1001, hours: day}}\n"
        'tracking_numbers: [{number: "+13125550100", to: agent:ann, failsafe: hangup}]\n'
    )
    assert not {each for each in found if each[0] == "unused"}
