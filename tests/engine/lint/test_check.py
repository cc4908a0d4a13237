"""What `check` finds in a rule book, and what it leaves alone."""

from __future__ import annotations

import msgspec
import pytest
import strategies
from hypothesis import given, settings

from fsrouter.engine.lint.check import check
from fsrouter.engine.lint.lint import errors
from fsrouter.engine.model import schema
from fsrouter.engine.model.company import Header
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook, Snapshot, routes
from fsrouter.engine.model.scalars import Context

US = Context("US")


def book(header: dict[str, object] | None = None, **sections: dict[str, object]) -> RuleBook:
    read = {
        section: {name: _read(SECTIONS[section], tree) for name, tree in trees.items()}
        for section, trees in sections.items()
    }
    return RuleBook(header=_read(Header, {"company": "acme"} | (header or {})), **read)


def _read(kind: object, tree: object) -> object:
    value, problems = schema.read(kind, tree, US)  # type: ignore[type-var]
    assert value is not None, problems
    return value


def messages(of: RuleBook) -> list[str]:
    return [str(problem) for problem in check(of)]


AGENT = {"nancy": {"endpoint": "user/1"}}
DID = "+13125550111"


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        (
            {"flows": {"f": {"route": ["agent:nacy", "hangup"]}}, "agents": AGENT},
            "flows.f.route.0: agent:nacy does not exist: nothing in agents has that name; did you mean 'nancy'?",
        ),
        (
            {"menus": {"m": {"greeting": "a.wav", "digits": {"1": "hangup", "2": "queue:q"}}}},
            "menus.m.digits.2: queue:q does not exist: nothing in queues has that name",
        ),
        (
            {"routers": {"r": {"branches": [{"when": {"caller": "repeat"}, "then": "split:s"}]}}},
            "routers.r.branches.0.then: split:s does not exist: nothing in splits has that name",
        ),
        (
            {"priorities": {"p": {"no_match": {"in_office": "hangup", "after_hours": "geo:g"}}}},
            "priorities.p.no_match.after_hours: geo:g does not exist: nothing in geo_routers has that name",
        ),
        (
            {"distributions": {"d": {"groups": [{"rule": "random", "members": ["number:n"]}]}}},
            "distributions.d.groups.0.members.0.member: number:n does not exist: nothing in numbers has that name",
        ),
        (
            {"queues": {"q": {"agents": ["nancy", "nancy"]}}, "agents": AGENT},
            "queues.q.agents.1: 'nancy' stands here twice",
        ),
        (
            {"queues": {"q": {"agents": ["bob"]}}, "agents": AGENT},
            "queues.q.agents.0: there is no agent 'bob'; known: nancy",
        ),
        (
            {"agents": {"last": {"endpoint": "user/1"}}},
            "agents.last: agent:last means an agent who is found out during the call; use another name",
        ),
        (
            {"agents": {"a": {"endpoint": "user/1", "crm_user": {"hub": "1"}}}},
            "agents.a.crm_user.hub: there is no CRM 'hub'; write it under `crms:`",
        ),
        (
            {"numbers": {"n": {"number": DID, "tagging": {"not office": "x"}}}},
            "numbers.n.tagging.not office: there is no schedule 'office'; write it under `schedules:`",
        ),
        (
            {"distributions": {"d": {"owner": {"crm": "hub"}}}},
            "distributions.d.owner.crm: there is no CRM 'hub'; write it under `crms:`",
        ),
        ({"priorities": {"p": {"crm": "hub"}}}, "priorities.p.crm: there is no CRM 'hub'; write it under `crms:`"),
        (
            {"priorities": {"p": {"schedule": "office"}}},
            "priorities.p.schedule: there is no schedule 'office'; write it under `schedules:`",
        ),
        (
            {"routers": {"r": {"branches": [{"when": {"open": "office"}, "then": "hangup"}]}}},
            "routers.r.branches.0.when.open: there is no schedule 'office'; write it under `schedules:`",
        ),
        (
            {"routers": {"r": {"branches": [{"when": {"closed": "!= x"}, "then": "hangup"}]}}},
            "routers.r.branches.0.when.closed: must name a schedule",
        ),
        (
            {"crm_rules": {"c": {"crm": "hub", "field": "x", "rules": []}}},
            "crm_rules.c.crm: there is no CRM 'hub'; write it under `crms:`",
        ),
        ({"pools": {"p": {"numbers": [DID]}}}, f"pools.p.numbers.0: {DID} is no tracking number of this company"),
        (
            {
                "pools": {"p": {"numbers": [DID]}, "q": {"numbers": []}},
                "tracking_numbers": {DID: {"number": DID, "to": "hangup", "pool": "q"}},
            },
            f"pools.p.numbers.0: {DID} says that it belongs to the pool 'q'",
        ),
        (
            {"tracking_numbers": {DID: {"number": DID, "to": "hangup", "pool": "p"}}},
            f"tracking_numbers.{DID}.pool: there is no pool 'p'; write it under `pools:`",
        ),
        (
            {"tracking_numbers": {DID: {"number": DID, "to": "hangup", "failsafe": "say:sorry"}}},
            f"tracking_numbers.{DID}.failsafe: say:sorry needs a router, ",
        ),
        (
            {"tracking_numbers": {DID: {"number": DID, "to": "hangup", "failsafe": "agent:owner"}}},
            f"tracking_numbers.{DID}.failsafe: agent:owner needs a router, ",
        ),
    ],
)
def test_check_reports_each_dangling_reference_once(sections: dict[str, dict[str, object]], said: str) -> None:
    (problem,) = messages(book(**sections))
    assert problem.startswith(said)


def test_check_covers_the_companys_failsafe() -> None:
    assert messages(book({"failsafe": "voicemail:main"})) == [
        "failsafe: voicemail:main does not exist: nothing in voicemails has that name"
    ]


FLOW = {"route": "hangup"}


@pytest.mark.parametrize(
    ("sections", "endless"),
    [
        ({"flows": {"a": {"route": "flow:a"}}}, ["flows.a"]),
        ({"flows": {"a": {"route": "flow:b"}, "b": {"route": ["tag:x", "flow:a"]}}}, ["flows.a", "flows.b"]),
        ({"flows": {"a": {"route": ["flow:a", "hangup"]}}}, ["flows.a"]),
        ({"flows": {"a": {"route": ["extension:1", "flow:a"]}}}, []),
        ({"flows": {"a": {"route": []}}}, []),
        ({"flows": {"a": {"route": ["menu:m"]}}, "menus": {"m": {"greeting": "a.wav", "digits": {"1": "flow:a"}}}}, []),
        (
            {"flows": {"a": {"route": ["router:r"]}}, "routers": {"r": {"branches": [], "otherwise": "flow:a"}}},
            ["routers.r", "flows.a"],
        ),
        (
            {"splits": {"s": {"branches": [{"weight": "0", "then": "hangup"}, {"weight": "1", "then": "split:s"}]}}},
            ["splits.s"],
        ),
        ({"splits": {"s": {"branches": [{"weight": "1", "then": "hangup"}, {"weight": "1", "then": "split:s"}]}}}, []),
    ],
)
def test_check_reports_only_definitions_that_can_only_loop(
    sections: dict[str, dict[str, object]], endless: list[str]
) -> None:
    found = errors(book(**sections))
    assert [".".join(map(str, each.path)) for each in found] == endless
    assert all("can only loop" in each.message and each.code == "loops" for each in found)


@settings(max_examples=40, deadline=None)
@given(strategies.rule_books())
def test_check_reports_a_removed_definition_where_it_is_used(whole: RuleBook) -> None:
    used = {
        destination for _, _, value in whole.definitions() for _, route in routes(value) for destination in route
    } | set(whole.header.failsafe)
    for destination in used:
        if whole.definition(destination) is None:
            continue
        section = next(s for s in SECTIONS if whole.section(s).get(destination.name) is whole.definition(destination))
        rest = {name: value for name, value in whole.section(section).items() if name != destination.name}
        found = messages(msgspec.structs.replace(whole, **{section: rest}))
        assert any(f"{destination} does not exist" in problem for problem in found) or not _reaches(
            msgspec.structs.replace(whole, **{section: rest}), destination
        )


def _reaches(of: RuleBook, destination: Destination) -> bool:
    everywhere = [route for _, _, value in of.definitions() for _, route in routes(value)]
    return any(destination in route for route in [*everywhere, of.header.failsafe])


def test_routes_have_their_paths() -> None:
    table = book(
        priorities={
            "p": {
                "rules": [{"title": "x", "in_office": ["hangup"], "after_hours": "tag:x"}],
                "did_defaults": {DID: "hangup"},
            }
        }
    ).priorities["p"]
    assert [(".".join(map(str, path)), list(map(str, route))) for path, route in routes(table) if route] == [
        ("rules.0.in_office", ["hangup"]),
        ("rules.0.after_hours", ["tag:x"]),
        (f"did_defaults.{DID}.in_office", ["hangup"]),
    ]


def test_snapshot_finds_the_book_of_a_dialled_number() -> None:
    one = book(tracking_numbers={DID: {"number": DID, "to": "hangup"}})
    other = msgspec.structs.replace(book(), header=Header(company="other"))
    assert Snapshot({"acme": one, "other": other}).numbers == {DID: one}


def test_crm_fields_are_those_that_rules_look_at() -> None:
    looking = book(
        routers={"r": {"branches": [{"when": {"crm.Tier": "3", "title": "x"}, "then": "hangup"}]}},
        crms={"hub": {"type": "csv", "path": "a.csv"}},
        crm_rules={"c": {"crm": "hub", "field": "Balance", "rules": []}},
        distributions={"d": {"owner": {"property": "Owner Id"}}},
    )
    assert looking.crm_fields == {"tier", "balance", "owner id"}
