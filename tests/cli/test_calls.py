"""`fsrouter calls`: the journal told, and orders to live calls."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from recorded import recorded

from cli.front import ACME, CONTACTS, run
from fsrouter.rules.contacts import by_number
from fsrouter.store import CallRecord, Store
from fsrouter.store.what_if import WhatIf, from_store

pytestmark = pytest.mark.usefixtures("acme")
BEGAN = datetime(2026, 11, 23, 16, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def calls(acme: None, store: Store) -> list[CallRecord]:
    """A call that is over, as a router would have written it down, and one that goes on."""
    call = WhatIf(to="+18725550111", caller="+12125550100", at=datetime.fromtimestamp(BEGAN, UTC))
    snapshot, _ = store.books.load()
    walk = from_store(store, snapshot, call, by_number(Path(CONTACTS), snapshot.books["acme"])).walk
    over = recorded(
        walk,
        uuid="0a1b2c3d-over",
        caller_name="W\x1b[2JALTER",
        answered=BEGAN + 5,
        ended=BEGAN + 65,
        agent="nancy",
        outcome="answered",
        cause="NORMAL_CLEARING",
    )
    live = CallRecord(
        uuid="0a1b2c3d-live", company="acme", number="+18725550118", began=BEGAN + 60, where="in menu:main", router="r1"
    )
    store.journal.write([over, live])
    return [over, live]


@pytest.mark.usefixtures("calls")
def test_calls_are_listed_latest_first() -> None:
    lines = run("calls", "list").stdout.splitlines()
    assert lines[0].split() == [
        "UUID",
        "BEGAN",
        "COMPANY",
        "CALLER",
        "NAME",
        "NUMBER",
        "SOURCE",
        "WHAT",
        "OUTCOME",
        "SCORE",
    ]
    assert lines[1].split() == [
        "0a1b2c3d-live",
        "2026-11-23",
        "16:01:00",
        "acme",
        "withheld",
        "+18725550118",
        "in",
        "menu:main",
    ]
    assert lines[2].split()[-2:] == ["agent:nancy", "answered"] and "W\\x1b[2JALTER" in lines[2]
    told = json.loads(run("calls", "list", "--json").stdout)
    assert [call["uuid"] for call in told] == ["0a1b2c3d-live", "0a1b2c3d-over"]


@pytest.mark.parametrize(
    ("words", "uuids"),
    [
        (("--live",), ["live"]),
        (("--caller", "2125550100"), ["over"]),
        (("--outcome", "answered", "--agent", "nancy", "--tag", "ads"), ["over"]),
        (("--agent", "agent:nancy"), ["over"]),
        (("--agent", "johan"), []),
        (("--since", "2026-11-23T16:00:30+00:00"), ["live"]),
        (("--since", "20000w", "--company", "acme", "--limit", "1"), ["live"]),
        (("--outcome", "lost"), []),
    ],
)
@pytest.mark.usefixtures("calls")
def test_calls_are_filtered(words: tuple[str, ...], uuids: list[str]) -> None:
    found = json.loads(run("calls", "list", "--json", *words).stdout)
    assert [call["uuid"].rpartition("-")[2] for call in found] == uuids
    assert run("calls", "list", *words).stderr == ("" if uuids else "no calls\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--company", "acne"), "there is no company 'acne'; did you mean 'acme'?"),
        (("--outcome", "unanwsered"), "'unanwsered' is no outcome; did you mean 'unanswered'?"),
    ],
)
@pytest.mark.usefixtures("calls")
def test_misspelt_filter_is_refused(words: tuple[str, ...], said: str) -> None:
    assert said in run("calls", "list", *words, code=2).stderr


@pytest.mark.usefixtures("calls")
def test_replay_lists_calls_that_would_go_elsewhere(home: Path, store: Store) -> None:
    withheld = CallRecord(uuid="b", company="acme", number="+18725550111", began=BEGAN + 60, ended=BEGAN + 90)
    store.journal.write([withheld])
    words = ("replay", "--since", "2026-11-01", "--rules", "changed.yaml")
    (home / "changed.yaml").write_text(
        "company: acme\ntracking_numbers: [{number: +18725550112, to: hangup}]\npools: {}\n"
    )
    told = json.loads(run(*words, "--json").stdout)
    assert {(call["began"], call["caller"]) for call in told} == {(BEGAN, "+12125550100"), (BEGAN + 60, "")}
    lines = run(*words).stdout.splitlines()
    assert {tuple(line.split()[2:4]) for line in lines[1:]} == {("16:00:00", "+12125550100"), ("16:01:00", "withheld")}


@pytest.mark.usefixtures("calls")
def test_replay_counts_calls_that_cannot_be_retraced(store: Store) -> None:
    former = CallRecord(uuid="b", company="acme", number="+18725550111", began=BEGAN + 60, ended=BEGAN + 90)
    store.journal.write([former])
    told = run("replay", "--since", "2026-11-01", "--rules", ACME)
    assert told.stdout == ""
    assert told.stderr == (
        "0 of 2 calls would have gone elsewhere; 1 cannot be retraced: 1 recorded before steps were kept\n"
    )


@pytest.mark.usefixtures("calls")
def test_call_is_shown_in_the_words_of_explain() -> None:
    thought = run(
        "explain", "--to", "+18725550111", "--from", "+12125550100", "--at", "2026-11-23T10:00", "--contacts", CONTACTS
    ).stdout
    shown = run("calls", "show", "0a1b2c3d-o").stdout
    # Where a number belongs is looked up, not recorded.
    thought = thought.replace("country: US, region: NY, area_code: 212, city: New York, ", "")
    # How an attempt is made is not recorded either.
    assert thought.count("     rings ") == 1
    thought = "".join(line for line in thought.splitlines(True) if not line.startswith("     rings "))
    assert shown == thought + (
        "  outcome: answered, answered after 5 s, over after 65 s\n"
        "  agent: nancy\n"
        "  cause: NORMAL_CLEARING\n"
        "  call 0a1b2c3d-over, rule book at revision 1, router r1\n"
    )
    assert json.loads(run("calls", "show", "0a1b2c3d-over", "--json").stdout)["trace"]
    assert "  outcome: live, in menu:main\n" in run("calls", "show", "0a1b2c3d-live").stdout


def test_call_is_shown_with_the_facts_of_its_record_alone(calls: list[CallRecord], store: Store) -> None:
    store.journal.write([replace(calls[1], caller="+12125550100")])
    assert "  known: nothing\n" in run("calls", "show", "0a1b2c3d-live").stdout


@pytest.mark.usefixtures("calls")
def test_uuid_must_name_one_call() -> None:
    assert run("calls", "show", "ffff", code=1).stderr == (
        "Error: the journal has no call ffff; `fsrouter calls list` lists the latest\n"
    )
    assert "several calls begin with 0a1b" in run("calls", "show", "0a1b", code=2).stderr


@pytest.mark.usefixtures("calls")
def test_score_is_what_the_next_call_sees() -> None:
    assert run("calls", "score", "0a1b2c3d-over", "5").stderr == "0a1b2c3d-over has the score 5\n"
    words = ("explain", "--to", "+18725550113", "--from", "+12125550100", "--at", "2026-11-24T10:00", "--json")
    assert json.loads(run(*words).stdout)["facts"]["previous_score"] == "5"
    assert run("calls", "score", "0a1b2c3d-over", "many", code=2).stdout == ""


@contextmanager
def router(store: Store, answer: str) -> Iterator[list[tuple[str, str, str, str]]]:
    """Somebody who carries out what is ordered, and says so."""
    seen: list[tuple[str, str, str, str]] = []
    stop = threading.Event()

    def serve() -> None:
        while not stop.wait(0.01):
            for order in store.commands.pending("r1"):
                seen.append((order.call, order.verb, order.argument, order.who))
                store.commands.done(order.id, answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


@pytest.mark.usefixtures("calls")
def test_commands_wait_for_the_routers_answer(store: Store) -> None:
    with router(store, "done") as seen:
        assert run("calls", "hangup", "0a1b2c3d-l").stderr == "hangup of 0a1b2c3d-live: done\n"
        assert run("calls", "transfer", "0a1b2c3d-l", "queue:support").stderr == "transfer of 0a1b2c3d-live: done\n"
        run("calls", "transfer", "0a1b2c3d-l", "phone:(312) 555-0150")
    uuid = "0a1b2c3d-live"
    assert seen == [
        (uuid, "hangup", "", "olga"),
        (uuid, "transfer", "queue:support", "olga"),
        (uuid, "transfer", "phone:+13125550150", "olga"),
    ]


@pytest.mark.usefixtures("calls")
def test_command_that_the_router_cannot_carry_out_is_an_error(store: Store) -> None:
    with router(store, "FreeSWITCH has no such call"):
        said = run("calls", "hangup", "0a1b2c3d-l", code=1).stderr
    assert said == "Error: the call 0a1b2c3d-live goes on: FreeSWITCH has no such call\n"


@pytest.mark.usefixtures("calls")
def test_transfer_to_what_is_closed_is_an_error_with_the_line_that_opens_it(store: Store) -> None:
    why = "refused as number to dial: +19005550141 is of the kind premium, which is closed; to open it: "
    why += 'kinds = ["premium"] under [dialling]'
    with router(store, why) as seen:
        said = run("calls", "transfer", "0a1b2c3d-l", "phone:+19005550141", code=1).stderr
    assert said == f"Error: the call 0a1b2c3d-live goes on: {why}\n"
    assert [command[1:3] for command in seen] == [("transfer", "phone:+19005550141")]


@pytest.mark.usefixtures("calls")
def test_command_that_nobody_answers_is_withdrawn(store: Store) -> None:
    said = run("calls", "hangup", "0a1b2c3d-l", "--wait", "0.2", code=3).stderr
    assert said == ("Error: no router did it within 0.2 s, so it was withdrawn; see whether `fsrouter serve` runs\n")
    assert store.commands.pending("r1") == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("hangup", "0a1b2c3d-o"), 1, "the call 0a1b2c3d-over is over since 2026-11-23 16:01:05"),
        (("transfer", "0a1b2c3d-l", "queue:suport"), 2, "queue:suport does not exist; did you mean 'support'?"),
        (("transfer", "0a1b2c3d-l", "nowhere"), 2, "'nowhere' is no destination; write kind:name"),
        (("transfer", "0a1b2c3d-l", "extension:1;evil"), 2, "is no extension"),
    ],
)
def test_impossible_command_is_not_given(
    store: Store, calls: list[CallRecord], words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in run("calls", *words, code=code).stderr
    assert store.commands.pending("r1") == []
