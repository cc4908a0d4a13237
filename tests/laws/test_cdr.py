"""What happened to a call: everybody who tells of the same 200 calls says the same of their facts, trace, attempts and
end.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import home  # noqa: F401 - a fixture
from cli.front import run
from engine.books import ADA, STRANGER, contact, facts
from engine.walk.test_walk_properties import Strangers
from msgspec.structs import replace
from recorded import recorded
from router.cdr.test_ten_thousand import BOOK

from fsrouter.crm.writeback.notes import ENTRIES, summary
from fsrouter.engine.walk import replay
from fsrouter.engine.walk.actions import LAST
from fsrouter.engine.walk.availability import EVERYBODY
from fsrouter.engine.walk.cursor import Cursor, pack, unpack
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl.events import Channel
from fsrouter.router.cdr.builder import RecordBuilder, outcome_of
from fsrouter.store import CallRecord, Store
from fsrouter.store.what_if import past
from fsrouter.tui.context import Context
from fsrouter.tui.queries import call_detail, history
from fsrouter.tui.screens.call_detail import facts_text

CALLS = 200
#: What contacts are called: usual names, and those of people who wish to break a screen, a table or a parser.
NAMES = ("Ada Ames", "[red]Bob[/]", "=1+1", "O'Hara; DROP TABLE call", "漢字", '{"a": "\\n"}', "a -> b", "x" * 300)

Told = dict[str, Any]
Entrance = Callable[[Path], Iterator[Told]]
ENTRANCES: dict[str, Entrance] = {}


def entrance(tell: Entrance) -> Entrance:
    ENTRANCES[tell.__name__] = tell
    return tell


def caller(i: int) -> Facts:
    """Who calls: known and unknown, withheld, with one contact or several, for the first time or again."""
    one = contact(id="c-1", name=NAMES[i % 8], crm="hub", title=("Owner", "Clerk")[i % 2], tier="3", shoe=NAMES[i % 5])
    two = contact(id="c-2", name="Bob", crm="people", account=("Ames", "Other")[i % 2])
    number = ("", ADA, STRANGER)[i % 3]
    return facts(
        caller=number, history="repeat" if i % 4 and number else "", contacts=(one, two)[: i % 3] if number else ()
    )


@cache
def calls() -> tuple[tuple[Walk, CallRecord], ...]:
    """Each call's walk, and its record."""
    return tuple(map(made, range(CALLS)))


def made(i: int) -> tuple[Walk, CallRecord]:
    walk, people = Walk(BOOK, caller(i)), Strangers(i)
    action = walk.begin()
    while not isinstance(action, LAST):
        action = walk.next(people.ending(action))
    began, outcome = walk.facts.began, outcome_of(walk, action)
    return walk, recorded(walk, f"call-{i:03}", began=began + i, ended=began + i + 60, outcome=outcome)


def wanted() -> list[Told]:
    """What is so, from the walks themselves."""
    return [
        {
            "facts": walk.facts.as_dict(walk.number.source, tuple(walk.tags), places=False),
            "trace": [(entry.at, entry.outcome, entry.why) for entry in walk.trace],
            "attempts": [(attempt.targets, attempt.ring, attempt.outcome) for attempt in walk.attempts],
            "destination": walk.destination,
            "outcome": record.outcome,
        }
        for walk, record in calls()
    ]


def stored(folder: Path) -> Store:
    store = Store.open(f"sqlite:///{folder / 'fsrouter.db'}")
    store.books.save(BOOK, "test", "the book")
    store.journal.write([record for _, record in calls()])
    return store


def told(record: CallRecord) -> Told:
    """What the values of a record tell."""
    return {
        "facts": record.known(),
        "trace": [(entry.at, entry.outcome, entry.why) for entry in record.trace],
        "attempts": [(attempt.targets, attempt.ring, attempt.outcome) for attempt in record.attempts],
        "destination": record.destination,
        "outcome": record.outcome,
    }


@entrance
def journal(folder: Path) -> Iterator[Told]:
    with stored(folder) as store:
        yield from map(told, list(store.journal.records()))


@entrance
def calls_show(folder: Path) -> Iterator[Told]:
    stored(folder).close()
    for _, record in calls():
        lines = run("calls", "show", record.uuid).stdout.splitlines()
        yield {
            "known": lines[1].removeprefix("  known: "),
            "trace": trace_of(lines[2:]),
            "destination": next(line for line in lines if line.startswith("  => "))[5:].partition(",")[0],
            "outcome": next(line for line in lines if line.startswith("  outcome: "))[11:].partition(",")[0],
        }


def trace_of(lines: list[str]) -> list[tuple[str, str, str]]:
    """The trace that lines tell: `  1. at -> outcome`, and below that the reason."""
    heads = [i for i, line in enumerate(lines) if line[:3].strip().isdigit() and line[3:5] == ". "]
    found = []
    for i in heads:
        at, _, outcome = lines[i][5:].partition(" -> ")
        found.append((at, outcome, lines[i + 1][5:] if lines[i + 1].startswith("     ") else ""))
    return found


@entrance
def calls_show_json(folder: Path) -> Iterator[Told]:
    stored(folder).close()
    for _, record in calls():
        call = json.loads(run("calls", "show", record.uuid, "--json").stdout)
        yield {
            "facts": call["facts"],
            "trace": [(entry["at"], entry["outcome"], entry["why"]) for entry in call["trace"]],
            "attempts": [(tuple(a["targets"]), a["ring"], a["outcome"]) for a in call["attempts"]],
            "destination": call["destination"],
            "outcome": call["outcome"],
        }


@entrance
def calls_list(folder: Path) -> Iterator[Told]:
    stored(folder).close()
    for call in reversed(json.loads(run("calls", "list", "--limit", "500", "--json").stdout)):
        yield {"destination": call["destination"], "outcome": call["outcome"]}


@entrance
def history_screen(folder: Path) -> Iterator[Told]:
    with stored(folder) as store:
        for line in reversed(history.load(Context(store, "ada"), history.parse("")).calls):
            yield {"destination": line.destination, "outcome": line.outcome}


@entrance
def history_csv(folder: Path) -> Iterator[Told]:
    with stored(folder) as store:
        history.export(Context(store, "ada"), history.parse(""), folder / "calls.csv")
    with (folder / "calls.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    yield from ({"destination": row["destination"], "outcome": row["outcome"]} for row in reversed(rows))


@entrance
def dashboard_detail(folder: Path) -> Iterator[Told]:
    with stored(folder) as store:
        for _, record in calls():
            picture = call_detail.load(Context(store, "ada"), record.uuid)
            sections = facts_text(picture).plain.split("\n\n")
            tried = [section for section in sections if section.startswith("Attempts\n")]
            yield {
                "trace": trace_of(list(picture.lines)),
                "attempts": [cells(line) for line in "".join(tried).splitlines()[1:]],
                "outcome": picture.record.outcome,
            }


def cells(line: str) -> tuple[str, str]:
    name, _, value = line.strip().rpartition("  ")
    return name.strip(), value.strip()


@entrance
def write_back(folder: Path) -> Iterator[Told]:
    for _, record in calls():
        lines = summary(BOOK, "hub", replace(record, contact="c-1")).text.splitlines()
        yield {"notes": lines[1 : 1 + ENTRIES]}


@entrance
def recovered_record(folder: Path) -> Iterator[Told]:
    """The router died before it had written more than that there is a call; its end tells the rest."""
    for walk, record in calls():
        begun = replace(record, trace=(), attempts=(), walks=(), destination="", outcome="", ended=None, tags=())
        cursor = Cursor("acme", 1, 1, walk.position, tuple(walk.outcomes), tuple(walk.decisions))
        cursor = unpack(Cursor, pack(cursor, record.uuid, "key"), record.uuid, "key")
        again = Walk(BOOK, walk.facts)
        builder = RecordBuilder(again, Channel({"Unique-ID": record.uuid}), "r2", begun)
        builder.follow(again, resumed=True)
        assert cursor.whole
        action = again.resume(cursor.outcomes, cursor.decisions)
        builder.change(outcome=outcome_of(again, action))
        yield told(builder.build())


@entrance
def retraced(folder: Path) -> Iterator[Told]:
    """Replay finds the way from the steps alone."""
    for _, record in calls():
        run, tried = replay.ahead(BOOK, past(record), EVERYBODY)
        again = run.walk
        assert replay.replay(BOOK, past(record)).how == replay.SAME and tried == len(record.attempts)
        yield {
            "trace": [(entry.at, entry.outcome, entry.why) for entry in again.trace],
            "attempts": [(attempt.targets, attempt.ring, attempt.outcome) for attempt in again.attempts],
            "destination": again.destination,
        }


#: How some tell what there is to be told.
WORDS: dict[str, Callable[[Told], Told]] = {
    "calls_show": lambda so: so | {"known": in_words(so["facts"]), "outcome": so["outcome"]},
    "dashboard_detail": lambda so: so | {"attempts": [(", ".join(t), f"{r} s, {o}") for t, r, o in so["attempts"]]},
    "write_back": lambda so: {"notes": [f"{at} -> {out}: {why}" for at, out, why in so["trace"][:ENTRIES]]},
}


def in_words(facts: dict[str, Any]) -> str:
    shown = {name: value for name, value in facts.items() if name not in ("from", "to")}
    return ", ".join(f"{n}: {', '.join(v) if isinstance(v, list) else v}" for n, v in shown.items()) or "nothing"


@pytest.mark.timeout(120)  # two of them run a command for each call
@pytest.mark.parametrize("name", ENTRANCES)
def test_all_tell_the_same_of_what_happened(name: str, home: Path) -> None:  # noqa: F811
    found, so = list(ENTRANCES[name](home)), wanted()
    assert len(found) == CALLS and len({record.outcome for _, record in calls()}) == 3
    for each, truth in zip(found, so, strict=True):
        truth = WORDS.get(name, lambda so: so)(truth)
        assert each == {aspect: truth[aspect] for aspect in each}
