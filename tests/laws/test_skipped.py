"""Who is skipped because the settings do not let them be dialled: a call on the phone, and whoever thinks of one, say
so of the same far ends in the same words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.front import run
from click.testing import CliRunner, Result
from router.conftest import empty  # noqa: F401 - a fixture
from router.site import PATIENCE, STRANGER

from fsrouter.cli import cli
from fsrouter.engine.walk.explained import as_data
from fsrouter.engine.walk.replay import SAME, replay
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.settings.model import Settings
from fsrouter.store import CallRecord, Store
from fsrouter.store.what_if import past
from fsrouter.tui.context import Context
from fsrouter.tui.queries import what_if
from laws.test_dialling import KINDS, SETTINGS, Kind, Wire, folder  # noqa: F401 - a fixture

Answers = dict[str, str]
HERE = CallSettings.of(Settings(**SETTINGS))


def skipped(trace: list[dict[str, Any]]) -> str:
    """The words with which a call's only target was skipped, "" when it was not."""
    return "; ".join(entry["why"] for entry in trace if entry["outcome"] == "skipped")


def records(folder: Path, kind: Kind) -> dict[str, CallRecord]:  # noqa: F811
    readable = kind.readable
    with Wire(folder, kind.book(readable)) as wire:
        calls = {text: wire.site.call(to=kind.did[text]) for text in readable}
        return {text: wire.site.record(call.wait(PATIENCE)) for text, call in calls.items()}


def in_force(folder: Path, kind: Kind) -> Store:  # noqa: F811
    store = Store.open(f"sqlite:///{folder / 'fsrouter.db'}")
    store.books.save(kind.book(kind.readable), "test", "")
    return store


def explained(folder: Path, kind: Kind) -> Answers:  # noqa: F811
    in_force(folder, kind).close()
    told = {}
    for text in kind.readable:
        words = ("--to", kind.did[text], "--from", STRANGER, "--unanswered", "1", "--json")
        told[text] = json.loads(run("explain", *words).stdout)
    assert all(bool(skipped(each["trace"])) <= (not each["attempts"]) for each in told.values())
    return {text: skipped(each["trace"]) for text, each in told.items()}


def explained_from_a_file(folder: Path, kind: Kind) -> Answers:  # noqa: F811
    (folder / "all.yaml").write_text(kind.text_of(kind.readable))
    told = {}
    for text in kind.readable[::7]:
        words = ("--rules", folder / "all.yaml", "--to", kind.did[text], "--from", STRANGER, "--json")
        told[text] = skipped(json.loads(run("explain", *words).stdout)["trace"])
    return told


def dashboard_try(folder: Path, kind: Kind) -> Answers:  # noqa: F811
    with in_force(folder, kind) as store:
        context = Context(store, "ada", dialling=HERE)
        forms = {text: what_if.Typed(to=kind.did[text], caller=STRANGER) for text in kind.readable}
        return {text: skipped(as_data(what_if.route(context, form).call.trace)) for text, form in forms.items()}


ENTRANCES: dict[str, Callable[[Path, Kind], Answers]] = {
    "explain": explained,
    "explain --rules": explained_from_a_file,
    "the dashboard's Try": dashboard_try,
}


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("name", KINDS)
def test_whoever_thinks_of_a_call_skips_whom_a_call_skips(entrance: str, name: str, folder: Path) -> None:  # noqa: F811
    law = {
        text: "; ".join(entry.why for entry in record.trace if entry.outcome == "skipped")
        for text, record in records(folder, KINDS[name]).items()
    }
    assert any(law.values()) and not all(law.values())
    answers = ENTRANCES[entrance](folder, KINDS[name])
    assert answers and answers == {text: law[text] for text in answers}


@pytest.mark.parametrize("name", KINDS)
def test_skipped_ones_are_no_attempts_and_replayed_the_same(name: str, folder: Path) -> None:  # noqa: F811
    kind = KINDS[name]
    book = kind.book(kind.readable)
    gate = HERE.gate(book.company, book.header.country)
    for text, record in records(folder, kind).items():
        skips = [entry for entry in record.trace if entry.outcome == "skipped"]
        assert bool(skips) <= (not record.attempts and record.outcome == "unanswered"), (text, record)
        assert replay(book, past(record), gate).how == SAME, text


@pytest.mark.parametrize("name", KINDS)
def test_call_tests_refuse_a_file_with_whom_calls_skip_and_run_without_them(name: str, folder: Path) -> None:  # noqa: F811
    kind = KINDS[name]
    law = {
        text for text, record in records(folder, kind).items() if record.destination == "hangup" and not record.attempts
    }

    def run_tests(texts: list[str]) -> Result:
        (folder / "all.yaml").write_text(kind.text_of(texts))
        calls = [{"to": kind.did[text], "from": STRANGER, "expect": "hangup"} for text in texts]
        (folder / "calls.yaml").write_text(json.dumps(calls))
        words = ["rules", "test", str(folder / "all.yaml"), str(folder / "calls.yaml"), "--json"]
        return CliRunner().invoke(cli, words)

    refused = run_tests(kind.readable)
    assert refused.exit_code == 1
    assert {text for text in kind.readable if any(place in refused.stderr for place in kind.places(text))} == law
    told = json.loads(run_tests([text for text in kind.readable if text not in law]).stdout)
    assert told and not any(each["destination"] == "hangup" for each in told)
