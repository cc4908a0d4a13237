"""`fsrouter lists`: entries by hand and by file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded import recorded

from cli.front import run
from fsrouter.engine.model.lists import CONTACT, NUMBER, PREFIX, Change, Listed, Member
from fsrouter.engine.text import find
from fsrouter.rules import company_file
from fsrouter.rules.lists_csv import ListFile, written
from fsrouter.rules.yaml_reader import read
from fsrouter.store import Store
from fsrouter.store.what_if import WhatIf, from_store

RULES = """
company: acme
country: US
timezone: America/Chicago
lists: {blocked: {title: Nuisance callers}, vip: {}}
routers: {r: {branches: [{when: {list: "*"}, then: hangup}], otherwise: "extension:1"}}
tracking_numbers: [{number: "+18725550111", to: router:r}]
"""
BOOK = company_file.read(read(RULES, "acme.yaml")).onto(None)
ADA = "+13125550142"
#: 23 November 2026, 10:00 in Chicago.
NOW = 1795449600.0


@pytest.fixture(autouse=True)
def acme(home: Path) -> None:
    (home / "acme.yaml").write_text(RULES)
    run("rules", "import", "acme.yaml", "--yes")


def said(*words: object, code: int = 0, clock: Callable[[], float] = lambda: NOW) -> str:
    """What a command says, on stdout and stderr."""
    done = run("lists", *words, code=code, clock=clock)
    return done.stdout + done.stderr


def entries(store: Store, name: str = "blocked") -> list[tuple[str, str, str, float | None]]:
    return [(str(e.member), e.who, e.why, e.until) for e in store.lists.every("acme", name)]


def test_entries_are_put_on_a_list_and_taken_off(store: Store) -> None:
    assert said("add", "blocked", "(312) 555-0142", "--why", "calls every night", "--until", "30d") == (
        f"{ADA} is on blocked of acme until 2026-12-23T10:00:00-06:00\n"
    )
    said("add", "blocked", "+1900*")
    said("add", "vip", "contact:51", "--until", "2026-12-01T08:00")
    assert entries(store) == [(ADA, "olga", "calls every night", NOW + 30 * 86400), ("+1900*", "olga", "", None)]
    assert entries(store, "vip") == [("contact:51", "olga", "", 1796133600.0)]
    assert said("remove", "blocked", "1 312 555 0142") == f"{ADA} is off blocked of acme\n"
    assert said("remove", "blocked", ADA, code=2).startswith(f"Error: {ADA} is not on blocked of acme")
    assert entries(store) == [("+1900*", "olga", "", None)]


def test_entry_that_is_there_is_changed(store: Store) -> None:
    said("add", "blocked", ADA, "--why", "fax", "--until", "2h")
    assert said("add", "blocked", ADA) == f"{ADA} is changed on blocked of acme\n"
    assert said("add", "blocked", ADA, "--why", "fax") == f"{ADA} was already on blocked of acme\n"
    assert entries(store) == [(ADA, "olga", "fax", None)]


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("add", "bloked", ADA), "lists.bloked does not exist; did you mean 'blocked'?"),
        (("add", "blocked", "555-0142"), "'555-0142' "),
        (("add", "blocked", "900*"), "with + and the country code"),
        (("add", "blocked", ADA, "--until", "yesterday"), "'yesterday' is no moment"),
        (("add", "blocked", ADA, "--until", "2020-01-01"), "2020-01-01 is over already"),
        (("add", "blocked", ADA, "--until", "999999w"), "999999w is out of reach"),
        (("add", "blocked", ADA, "--why", "a\x1b[2J"), "has the control character"),
        (("add", "blocked", ADA, "--why", "x" * 501), "longer than 500 characters"),
        (("remove", "blocked", "nobody"), "'nobody' "),
        (("list", "--find", "x"), "say which"),
        (("list", "gone"), "lists.gone does not exist"),
        (("export", "gone"), "lists.gone does not exist"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(store: Store, words: tuple[str, ...], wrong: str) -> None:
    assert wrong in said(*words, code=2)
    assert store.lists.count("acme") == {}


def test_lists_and_their_entries_are_listed_a_page_at_a_time(store: Store) -> None:
    many = (Listed(list="blocked", member=Member(NUMBER, f"+1312555{i:04}"), who="ann", at=NOW) for i in range(5))
    store.lists.change("acme", (Change(listed=each) for each in many))
    assert [line.split() for line in said("list").splitlines()] == [
        ["COMPANY", "LIST", "TITLE", "ENTRIES"],
        ["acme", "blocked", "Nuisance", "callers", "5"],
        ["acme", "vip", "0"],
    ]
    first = said("list", "blocked", "--limit", "2")
    assert first.splitlines()[1].split() == ["blocked", "+13125550000", "ann", "2026-11-23T10:00:00-06:00"]
    assert first.splitlines()[-1] == "there is more: --after +13125550001"
    rest = json.loads(run("lists", "list", "blocked", "--after", "+13125550001", "--json").stdout)
    assert [row["value"] for row in rest] == [f"+1312555{i:04}" for i in (2, 3, 4)]
    assert rest[0] | {"who": "ann", "why": "", "at": NOW, "until": None, "kind": "number"} == rest[0]
    old = Listed(list="vip", member=Member(PREFIX, "+44"), at=NOW, until=NOW - 1)
    store.lists.change("acme", [Change(listed=old)])
    assert said("list", "vip").splitlines()[1].endswith("2026-11-23T09:59:59-06:00 (over)")
    assert said("list", "blocked", "--find", "bob") == "nothing like that on blocked\n"


def test_entries_of_a_list_that_the_rule_book_has_no_more_can_be_seen_and_taken_off(home: Path, store: Store) -> None:
    said("add", "vip", ADA)
    (home / "acme.yaml").write_text(RULES.replace(", vip: {}", ""))
    run("rules", "import", "acme.yaml", "--yes")
    assert "(not in the rule book)" in said("list")
    assert ADA in said("list", "vip") and ADA in said("export", "vip")
    assert "does not exist" in said("add", "vip", ADA, code=2)
    said("remove", "vip", ADA)
    assert store.lists.count("acme") == {}


FILE = '''\
number,prefix,contact,why,until,delete
(312) 555-0142,,,calls every night,2026-12-24,
,+1 900,,premium,,
,,51,,30d,no
"=""+442079460958""",,,"'=1+1",,
+13125550199,,,,,yes
'''


def test_file_adds_changes_and_removes(home: Path, store: Store) -> None:
    said("add", "blocked", "+13125550199")
    (home / "blocked.csv").write_text(FILE)
    assert said("import", "blocked", "blocked.csv") == "blocked of acme: 4 added, 0 changed, 1 removed\n"
    assert entries(store) == [
        (ADA, "olga", "calls every night", 1798092000.0),
        ("+1900*", "olga", "premium", None),
        ("+442079460958", "olga", "=1+1", None),
        ("contact:51", "olga", "", NOW + 30 * 86400),
    ]
    later = lambda: NOW + 60  # noqa: E731
    again = said("import", "blocked", "blocked.csv", clock=later)
    assert again == "blocked of acme: 0 added, 1 changed, 0 removed\n", "only 30d is another day now"


def test_column_that_a_file_lacks_leaves_what_there_was(home: Path, store: Store) -> None:
    said("add", "blocked", ADA, "--why", "fax", "--until", "2h")
    (home / "more.csv").write_text(f"number\n{ADA}\n+13125550143\n")
    assert said("import", "blocked", "more.csv") == "blocked of acme: 1 added, 0 changed, 0 removed\n"
    assert entries(store)[0] == (ADA, "olga", "fax", NOW + 7200)


def test_every_bad_row_is_told_by_its_line_and_then_nothing_is_imported(home: Path, store: Store) -> None:
    rows = [
        "number,prefix,contact,who,why,at,until,delete",
        "+13125550142,,,,,,,",
        "555-0142,,,,,,,",
        ",900,,,,,,",
        "+13125550143,+1900,,,,,,",
        ",,,ann,nobody,,,",
        "+13125550144,,,,,,soon,",
        "+13125550144,,,,,2300-01-01,,",
        "+13125550144,,,,,,,maybe",
        ",,5.12346E+10,,,,,",
        f"+13125550144,,,,{'x' * 501},,,",
        "+13125550144,,,,a\x1b[2J,,,",
    ]
    (home / "bad.csv").write_text("\n".join(rows))
    told = said("import", "blocked", "bad.csv", code=1)
    lines = [int(line.split(":")[1]) for line in told.splitlines() if line.startswith("bad.csv:")]
    assert lines == list(range(3, 13)) and "delete: 'maybe' is neither yes nor no" in told, told
    assert "a row has one of number, prefix, contact" in told and "until: 'soon' is no moment" in told
    assert store.lists.count("acme") == {}


@pytest.mark.parametrize(("heading", "wrong"), [("phone\n1", "unknown"), ("who,why\na,b", "lacks a column number")])
def test_file_of_other_columns_is_refused(home: Path, heading: str, wrong: str) -> None:
    (home / "other.csv").write_text(heading)
    assert "other.csv:1" in said("import", "blocked", "other.csv", code=1)


harmless = st.characters(exclude_categories=("C", "Z"), include_characters=" =+-@'\",;|")
texts = st.text(harmless, max_size=40).map(lambda text: " ".join(text.split())).filter(lambda text: not find(text))
members = st.one_of(
    st.integers(0, 9999).map(lambda n: Member(NUMBER, f"+1312555{n:04}")),
    st.sampled_from(["+442079460958", "+541123456789", "+525512345678", "+61131234"]).map(partial(Member, NUMBER)),
    st.from_regex(r"\+[1-9][0-9]{0,14}", fullmatch=True).map(partial(Member, PREFIX)),
    texts.filter(bool).map(partial(Member, CONTACT)),
)
moments = st.integers(0, 7_258_000_000).map(float)
listed = st.builds(
    Listed, list=st.just("blocked"), member=members, who=texts.filter(bool), why=texts, at=moments,
    until=st.one_of(st.none(), moments),
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=st.lists(listed, max_size=12), zone=st.sampled_from(["", "America/Chicago", "Africa/Monrovia"]))
def test_what_is_exported_and_imported_again_is_the_same(home: Path, entries: list[Listed], zone: str) -> None:
    lines = list(written(entries, zone))
    for row in csv.reader(lines):
        assert not any(cell[:1] in ("=", "-", "@") for cell in row), "no cell is a formula"
    (home / "out.csv").write_text("\n".join(lines), encoding="utf-8")
    with ListFile(home / "out.csv", BOOK, "blocked", "nobody", NOW) as file:
        file.read()
        assert [change.listed for change in file.changes()] == entries
    assert not entries or file.lacks == frozenset()


def test_exported_list_is_there_already(home: Path, store: Store) -> None:
    said("add", "blocked", ADA, "--why", "'=1+1", "--until", "30d")
    said("add", "blocked", "contact:-51")
    before = list(store.lists.every("acme", "blocked"))
    (home / "out.csv").write_text(run("lists", "export", "blocked").stdout, encoding="utf-8")
    assert said("import", "blocked", "out.csv") == "blocked of acme: 0 added, 0 changed, 0 removed\n"
    store.lists.change("acme", [Change(listed=each, gone=True) for each in before])
    assert said("import", "blocked", "out.csv") == "blocked of acme: 2 added, 0 changed, 0 removed\n"
    assert list(store.lists.every("acme", "blocked")) == before


CALLS = """
- {to: "+18725550111", from: "+13125550142", expect: "extension:1"}
- {to: "+18725550111", from: "+13125550142", set: {list: [blocked, vip]}, expect: hangup}
- {to: "+18725550111", from: "+13125550142", set: {List: [vip]}, expect: hangup}
- {to: "+18725550111", from: "+13125550142", set: {list: "vip, Blocked"}, expect: hangup}
- {to: "+18725550111", from: "+13125550142", set: {list: ""}, expect: "extension:1"}
- {to: "+18725550111", from: "+13125550142", set: {list: [bloked]}, expect: hangup}
- {to: "+18725550111", from: "+13125550142", set: {source: [a, b]}, expect: hangup}
"""


def test_calls_files_say_on_which_lists_the_caller_is(home: Path) -> None:
    lines = CALLS.strip().splitlines()
    (home / "calls.yaml").write_text("\n".join(lines[:6]))
    told = run("rules", "test", "acme.yaml", "calls.yaml", code=1).stdout.splitlines()
    assert told == ["calls.yaml:6: list: there is no list 'bloked'; did you mean 'blocked'?"]
    (home / "calls.yaml").write_text(lines[6])
    assert "calls.yaml:1" in run("rules", "test", "acme.yaml", "calls.yaml", code=1).stderr


def explained(*words: str) -> dict[str, Any]:
    words = ("explain", "--to", "+18725550111", "--from", ADA, "--json", *words)
    found: dict[str, Any] = json.loads(run(*words).stdout)
    return found


def test_explain_knows_the_lists_of_the_database_and_those_that_are_given(home: Path, store: Store) -> None:
    said("add", "vip", "+1312*", "--until", "1h")
    at = ("--at", "2026-11-23T10:30")
    assert (explained(*at)["destination"], explained(*at)["facts"]["list"]) == ("hangup", ["vip"])
    assert explained("--at", "2026-11-23T11:30")["destination"] == "extension:1", "it has run out by then"
    assert explained(*at, "--set", "list=")["destination"] == "extension:1"
    both = explained("--set", "list=blocked", "--set", "list=vip", "--rules", "acme.yaml")
    assert both["facts"]["list"] == ["blocked", "vip"]
    alone = run("explain", "--to", "+18725550111", "--from", ADA, "--rules", "acme.yaml", *at)
    assert "not looked at: the lists that the caller is on" in alone.stderr and "extension:1" in alone.stdout
    wrong = run("explain", "--to", "+18725550111", "--from", ADA, "--set", "list=vipp", code=2)
    assert "there is no list 'vipp'; did you mean 'vip'?" in wrong.stderr


def test_replay_goes_by_the_lists_that_the_caller_was_on(home: Path, store: Store) -> None:
    said("add", "vip", ADA)
    snapshot, _ = store.books.load()
    call = WhatIf(to="+18725550111", caller=ADA, at=datetime.fromtimestamp(NOW, UTC))
    walk = from_store(store, snapshot, call).walk
    store.journal.write([recorded(walk, uuid="call-1", ended=NOW + 60, outcome="ended")])
    said("remove", "vip", ADA)
    told = run("calls", "show", "call-1").stdout
    assert "list: vip" in told
    (home / "other.yaml").write_text(RULES.replace('{list: "*"}', "{list: blocked}"))
    same = run("replay", "--since", "2026-11-01", "--rules", "acme.yaml", "--json").stdout
    other = json.loads(run("replay", "--since", "2026-11-01", "--rules", "other.yaml", "--json").stdout)
    assert json.loads(same) == [] and [each["uuid"] for each in other] == ["call-1"]
