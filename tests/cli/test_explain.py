"""`fsrouter explain`: without a database, and with all that one knows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from engine.books import KEYS

from cli.front import ACME, CONTACTS, run
from fsrouter.store import CallRecord, Store

MENU = ("--to", "+18725550118", "--from", "+14155550101", "--at", "2026-11-23T10:00")
FILES = ("--rules", ACME, "--contacts", CONTACTS)
SPLIT = """\
company: one
agents: {a: {number: +13125550101}, b: {number: +13125550102}}
splits:
  s: {branches: [{weight: 9, then: agent:a}, {weight: 1, then: agent:b}]}
tracking_numbers: [{number: +18725550111, to: split:s}]
"""


#: 9:00 in Chicago on the day of all these calls.
MORNING = datetime(2026, 11, 23, 15, tzinfo=UTC).timestamp()


def story(*words: object) -> dict:
    return json.loads(run("explain", *words, "--json").stdout)


def test_explain_json_has_fixed_keys() -> None:
    told = story(*FILES, *MENU, "--press", "1")
    assert list(told) == KEYS
    assert {key: told[key] for key in ("company", "to", "from", "at", "destination", "tags", "record")} == {
        "company": "acme",
        "to": "+18725550118",
        "from": "+14155550101",
        "at": "2026-11-23T10:00:00-06:00",
        "destination": "agent:nancy",
        "tags": [],
        "record": False,
    }
    assert told["attempts"] == [
        {
            "destination": "distribution:sales",
            "targets": ["agent:nancy"],
            "ring": 40,
            "outcome": "answered",
            "caller_id": "caller",
            "trunk": "carrier",
            "record": False,
            "legs": [{"destination": "agent:nancy", "endpoint": "user/1001", "number": "+13125550141"}],
        }
    ]
    assert (told["notice"], told["skipped"], told["rate"]) == ("", [], None)
    assert all(set(entry) == {"at", "outcome", "why"} for entry in told["trace"])
    assert {"at": "menu:main", "outcome": "key 1"}.items() <= told["trace"][-3].items()
    assert told["facts"]["caller"] == "first-time" and told["facts"]["crm.tier"] == "2"


@pytest.mark.parametrize(
    ("order", "gateways"),
    [("in-order", ["a", "b"]), ("weighted", [{"gateway": "a", "weight": 2}, {"gateway": "b", "weight": 1}])],
)
def test_explain_tells_the_gateways_that_would_be_tried(home: Path, order: str, gateways: list[object]) -> None:
    (home / "fsrouter.toml").write_text(
        f'[trunks.carrier]\ngateways = [{{name = "a", weight = 2}}, "b"]\norder = "{order}"\n'
    )
    (home / "one.yaml").write_text(SPLIT.replace("company: one", "company: one\ntrunk: carrier\ncountry: US"))
    words = ("--rules", home / "one.yaml", "--to", "+18725550111", "--from", "+14155550101", "--json")
    told = json.loads(run("--config", home / "fsrouter.toml", "explain", *words).stdout)
    assert [attempt["gateways"] for attempt in told["attempts"]] == [gateways]


def test_explain_in_words() -> None:
    lines = run("explain", *FILES, *MENU, "--press", "1").stdout.splitlines()
    assert lines[0] == "+14155550101 calls +18725550118 (acme) on 2026-11-23T10:00:00-06:00"
    assert lines[2:4] == [
        "  1. +18725550118 -> menu:main, voicemail:main",
        "     calls to +18725550118 (Menu line) go there",
    ]
    assert lines[-1] == "  => agent:nancy"


@pytest.mark.parametrize(
    ("words", "destination"),
    [
        ((*MENU, "--press", "-,-"), "agent:nancy"),  # silence, then the priority table
        ((*MENU, "--press", "1", "--unanswered", "2"), "voicemail:main"),
        ((*MENU, "--press", "3"), "voicemail:main"),  # a negative balance
        (("--to", "8725550113", "--from", "(415) 555-0104", "--at", "2026-11-23T10:00"), "queue:globex"),
        (("--to", "8725550113", "--from", "4155550104", "--at", "2026-11-23T23:30:00+00:00"), "voicemail:main"),
        (("--to", "+18725550111", "--from", "anonymous", "--set", "caller=repeat", "--set", "previous_score=4",
          "--at", "2026-11-23T10:00"), "queue:vip"),
    ],
)  # fmt: skip
def test_explain_follows_what_is_assumed(words: tuple[str, ...], destination: str) -> None:
    assert story(*FILES, *words)["destination"] == destination


def test_hour_that_comes_twice_is_the_first() -> None:
    told = story("--rules", ACME, "--to", "+18725550113", "--from", "anonymous", "--at", "2026-11-01T01:30")
    assert told["at"] == "2026-11-01T01:30:00-05:00"


def test_draw_is_given(home: Path) -> None:
    (home / "one.yaml").write_text(SPLIT)
    by_draw = {
        draw: story("--rules", "one.yaml", "--to", "+18725550111", "--from", "anonymous", *draw)["destination"]
        for draw in ((), ("--set", "draw=0.95"), ("--set", "draw=1"))
    }
    assert list(by_draw.values()) == ["agent:a", "agent:b", "agent:b"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--to", "+18725550199"), 1, "Error: +18725550199 is no tracking number, so no rules say where its calls go"),
        (("--to", "nonsense"), 1, "Error: nonsense is no tracking number"),
        (("--to", "+18725550118", "--set", "calller=repeat"), 2, "'calller' is no fact; did you mean 'caller'?"),
        (("--to", "+18725550118", "--set", "mood=x"), 2, "'mood' is no fact; known: from, to, "),
        (("--to", "+18725550118", "--set", "mood=x"), 2, ", tags, crm.FIELD"),
        (("--to", "+18725550118", "--set", "caller"), 2, "'caller' has no =; write FACT=VALUE, as caller=repeat"),
        (("--to", "+18725550118", "--set", "draw=2"), 2, "'2' is no draw; write a number from 0 to 1"),
        (
            ("--to", "+18725550118", "--set", "previous_score=abc"),
            2,
            "previous_score: 'abc' is no score; write a number, as 4",
        ),
        (("--to", "+18725550118", "--press", "1,x"), 2, "is no key of a telephone"),
        (("--to", "+18725550118", "--at", "noon"), 2, "'noon' is no moment; write 2026-11-23T10:00"),
        (("--to", "+18725550118", "--at", "9999-12-31T23:59"), 2, "is out of reach; write a year from 1970 to 2199"),
        (("--to", "+18725550118", "--at", "0001-01-01"), 2, "is out of reach; write a year from 1970 to 2199"),
    ],
)
def test_call_that_cannot_be_explained_is_refused(words: tuple[str, ...], code: int, said: str) -> None:
    result = run("explain", "--rules", ACME, "--from", "anonymous", *words, code=code)
    assert said in result.stderr and result.stdout == ""


def test_impossible_caller_number_is_none_with_a_warning_and_is_not_withheld() -> None:
    words = ("explain", "--rules", ACME, "--to", "+18725550113", "--at", "2026-11-23T10:00", "--from")
    result = run(*words, "12ab", "--json")
    told = json.loads(result.stdout)
    assert (told["from"], told["facts"].get("internal")) == ("", None)
    assert [entry["outcome"] for entry in told["trace"] if entry["at"] == "caller"] == ['could not read "12ab"']
    assert result.stderr.splitlines() == [
        "not looked at: whether they may be dialled (no settings)",
        "12ab is no possible number in US, so the caller has none",
    ]
    assert run(*words, "12ab").stdout.startswith("a caller whose number could not be read calls")
    withheld = run(*words, "anonymous")
    assert "no possible number" not in withheld.stderr and withheld.stdout.startswith(
        "a caller who withholds the number calls"
    )


def test_short_caller_is_an_extension() -> None:
    words = ("explain", "--rules", ACME, "--to", "+18725550113", "--from", "1001")
    told = json.loads(run(*words, "--json").stdout)
    assert (told["from"], told["facts"]["internal"]) == ("", "1001")
    assert run(*words).stdout.startswith("extension 1001 calls +18725550113")


def test_no_database_is_made_when_none_is_needed(home: Path) -> None:
    run("explain", *FILES, *MENU)
    assert list(home.iterdir()) == []


@pytest.mark.usefixtures("acme")
class TestFromTheDatabase:
    """Contacts, history, overrides, breaks and turns as they stand; and none of them moves."""

    def test_contacts_are_those_of_the_database(self) -> None:
        run("contacts", "import", CONTACTS)
        assert story(*MENU, "--press", "1")["facts"]["contact"] == "c-4711"

    def test_what_cannot_be_read_of_their_file_is_told(self, home: Path) -> None:
        (home / "bad.csv").write_text("id,name,phones\n1,Ann,555-0100\n")
        (home / "book.xlsx").write_bytes(b"PK\x03\x04\0\0")
        said = run("explain", *MENU, "--contacts", "bad.csv").stderr
        assert said.startswith("bad.csv:2: phones: '555-0100' lacks its area code")
        assert (
            "book.xlsx: is a spreadsheet's workbook" in run("explain", *MENU, "--contacts", "book.xlsx", code=1).stderr
        )

    def test_contacts_of_a_file_stand_for_them(self, home: Path) -> None:
        (home / "other.csv").write_text("id,name,phones\nx-1,Mary Shelley,+14155550101\n")
        run("contacts", "import", CONTACTS)
        assert story(*MENU, "--contacts", "other.csv")["facts"]["contact"] == "x-1"

    def test_history_counts_what_came_before_and_nothing_else(self, store: Store) -> None:
        caller, at = "+14155550101", datetime(2026, 11, 20, tzinfo=UTC).timestamp()
        assert story(*MENU)["facts"]["caller"] == "first-time"
        assert story(*MENU)["facts"]["caller"] == "first-time"
        store.journal.write(
            [CallRecord(uuid="a", company="acme", caller=caller, began=at, ended=at + 9, score=4, agent="vald")]
        )
        facts = story(*MENU)["facts"]
        assert (facts["caller"], facts["previous_score"], facts["last_agent"]) == ("repeat", "4", "vald")
        assert story(*MENU[:4], "--at", "2026-11-19T10:00")["facts"]["caller"] == "first-time"

    def test_turns_are_read_and_not_taken(self, store: Store) -> None:
        assert [story(*MENU, "--press", "1")["destination"] for _ in range(2)] == ["agent:nancy"] * 2
        assert store.turns.take("acme", "distribution:sales/1") == 0
        assert [story(*MENU, "--press", "1")["destination"] for _ in range(2)] == ["agent:johan"] * 2

    def test_agents_on_break_are_left_out(self) -> None:
        run("agents", "set", "nancy", "break")
        assert story(*MENU, "--press", "1")["destination"] == "agent:johan"

    def test_overrides_hold(self) -> None:
        run("schedules", "override", "office", "closed", "--until", "2026-11-23T10:30", clock=lambda: MORNING)
        globex = ("--to", "+18725550112", "--from", "+12125550100", "--at")
        assert story(*globex, "2026-11-23T10:00")["destination"] == "voicemail:main"
        assert story(*globex, "2026-11-23T10:30")["destination"] == "queue:globex"

    def test_without_a_moment_it_is_now(self) -> None:
        told = json.loads(run("explain", *MENU[:4], "--json", clock=lambda: MORNING).stdout)
        assert told["at"] == "2026-11-23T09:00:00-06:00"


def test_database_without_rules_is_an_error(store: Store) -> None:
    result = run("explain", *MENU, code=1)
    assert "is no tracking number" in result.stderr
