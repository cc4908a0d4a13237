"""`fsrouter agents` and `fsrouter schedules`: what operators set by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from cli.front import run
from fsrouter.store import Store

pytestmark = pytest.mark.usefixtures("acme")


def test_agent_set_to_break_is_listed_so() -> None:
    assert run("agents", "set", "nancy", "break").stderr == "nancy of acme is on break\n"
    listed = json.loads(run("agents", "list", "--json").stdout)
    assert {agent["name"]: agent["state"] for agent in listed} == {
        "nancy": "break",
        "johan": "available",
        "vald": "available",
        "mobile-only": "available",
    }
    assert (listed[0]["who"], listed[1]["who"], listed[1]["since"]) == ("olga", "", None)
    assert run("agents", "set", "nancy", "available").stderr == "nancy of acme is available\n"
    lines = run("agents", "list").stdout.splitlines()
    assert lines[0].split() == ["COMPANY", "NAME", "TITLE", "ENDPOINT", "NUMBER", "HOURS", "STATE", "WHO", "SINCE"]
    assert lines[2].split() == ["acme", "johan", "Johan", "Berg", "user/1002", "available"]


def test_agent_outside_of_their_hours_is_listed_and_told_so(store: Store) -> None:
    book = store.books.book("acme")
    assert book is not None
    agents = {**book.agents, "nancy": replace(book.agents["nancy"], hours="office")}
    store.books.save(replace(book, agents=agents), "test", "")
    run("schedules", "override", "office", "closed")
    nancy, johan = json.loads(run("agents", "list", "--json").stdout)[:2]
    assert (nancy["hours"], nancy["state"], johan["state"]) == ("office", "off-hours", "available")
    assert run("agents", "set", "nancy", "available").stderr.splitlines() == [
        "nancy of acme is available",
        "they take no calls now all the same: office is closed, the schedule of their hours",
    ]
    run("agents", "set", "nancy", "break")
    assert json.loads(run("agents", "list", "--json").stdout)[0]["state"] == "break"
    run("agents", "set", "nancy", "available")
    run("schedules", "override", "office", "open")
    assert json.loads(run("agents", "list", "--json").stdout)[0]["state"] == "available"


def test_schedule_override_is_listed_and_auto_ends_it(store: Store) -> None:
    assert run("schedules", "override", "nights", "open").stderr == "nights of acme is held open\n"
    office, nights = json.loads(run("schedules", "list", "--json").stdout)
    assert office["override"] == "" and nights == {
        "company": "acme",
        "name": "nights",
        "open": True,
        "why": "overridden to open",
        "override": "open",
        "who": "olga",
        "until": None,
    }
    lines = run("schedules", "list").stdout.splitlines()
    assert lines[0].split() == ["COMPANY", "NAME", "NOW", "WHY", "OVERRIDE", "WHO", "UNTIL"]
    assert lines[2].split() == ["acme", "nights", "open", "overridden", "to", "open", "open", "olga"]
    run("schedules", "override", "nights", "auto")
    assert store.states.overrides("acme") == {}


def test_override_until_is_the_companys_local_time(store: Store) -> None:
    said = run("schedules", "override", "office", "closed", "--until", "2099-12-24T18:00").stderr
    assert said == "office of acme is held closed until 2099-12-24T18:00:00-06:00\n"
    assert store.states.overrides("acme")["office"].until == datetime(2099, 12, 25, tzinfo=UTC).timestamp()
    assert run("schedules", "list").stdout.splitlines()[1].endswith("olga  2099-12-24T18:00:00-06:00")


@pytest.mark.parametrize(
    ("state", "until", "said"),
    [
        ("open", "2020-12-24T18:00", "2020-12-24T18:00:00-06:00 is over, so nothing would be held"),
        ("auto", "2099-12-24T18:00", "--until goes with open and closed"),
    ],
)
def test_override_that_would_hold_nothing_is_refused(store: Store, state: str, until: str, said: str) -> None:
    run("schedules", "override", "office", "closed")
    assert said in run("schedules", "override", "office", state, "--until", until, code=2).stderr
    assert store.states.overrides("acme")["office"].state == "closed"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("agents", "set", "nancie", "break"), "agents.nancie does not exist; did you mean 'nancy'?"),
        (("agents", "set", "nancy", "lunch"), "'lunch' is not one of 'available', 'break'"),
        (("schedules", "override", "ofice", "open"), "schedules.ofice does not exist; did you mean 'office'?"),
        (("schedules", "override", "office", "shut"), "'shut' is not one of 'open', 'closed', 'auto'"),
        (("agents", "list", "--company", "acne"), "there is no company 'acne'; did you mean 'acme'?"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(words: tuple[str, ...], said: str) -> None:
    result = run(*words, code=2)
    assert said in result.stderr and result.stdout == ""


def test_name_in_two_companies_needs_the_company(home: Path, store: Store) -> None:
    (home / "two.yaml").write_text("company: two\nagents: {nancy: {endpoint: user/2001}}\n")
    run("rules", "import", "two.yaml", "--yes")
    said = run("agents", "set", "nancy", "break", code=2).stderr
    assert said == "Error: agents.nancy is there in acme, two; say which with --company\n"
    run("agents", "set", "nancy", "break", "--company", "two")
    assert (set(store.states.agents("two")), set(store.states.agents("acme"))) == ({"nancy"}, set())
    run("agents", "set", "johan", "break")
    assert set(store.states.agents("acme")) == {"johan"}
