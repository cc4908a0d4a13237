"""Every calls file of docs and examples: a call ends the same by the files alone, by the database after an import, and
on the phone, where it is made with what its `set` tells put in place by what causes it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from cli.front import run
from engine.pages import FOLDER, page
from paths import DOCS, EXAMPLES
from router.conftest import empty  # noqa: F401 - a fixture
from router.site import PATIENCE, Site

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.engine.model import fact_names, lists
from fsrouter.engine.model.fact_names import listed
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.times import zone
from fsrouter.rules import call_tests, company_file
from fsrouter.rules.call_tests import CallTest
from fsrouter.simulator import RINGS_OUT, Agent, Phone, Queue, Record
from fsrouter.store import CallRecord, Store
from fsrouter.store.calls.views import explained

#: The moment of calls that name none.
MORNING = datetime(2026, 11, 23, 10, 0)
SETTINGS = """\
[trunks]
default = "carrier"
carrier = "carrier"
"""
TRUNKS = {"default": "carrier", "carrier": "carrier"}
#: Somebody who takes every call, whatever they have to press for that.
TAKES_IT = Phone(answers_after=1, talk=5, presses=(("1", 1.0),))
#: What a caller's earlier call tells, and what a visitor's session does.
HISTORY = {"caller", "previous_score", "last_agent"}
OF_VISITORS = {*fact_names.POOL_ONLY, "source"}
OF_CONTACTS = {"title", "account", "territory", "owner"}

#: The calls that cannot be made on the phone, for nothing makes what their `set` tells so: file and line.
LEFT_OUT: list[str] = []


class Answer(NamedTuple):
    """What becomes of a call; attempts are destinations and targets."""

    destination: str
    attempts: list[tuple[str, list[str]]]
    tags: list[str]
    record: bool

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Answer:
        """The answer in what `explain --json` tells."""
        attempts = [(each["destination"], each["targets"]) for each in told["attempts"]]
        return cls(told["destination"], attempts, told["tags"], told["record"])


@dataclass(frozen=True)
class CallsFile:
    """A calls file in a folder, with its rules and contacts."""

    name: str
    rules: str
    calls: str
    contacts: str


EXAMPLE = CallsFile("examples/acme.calls.yaml", "acme.yaml", "acme.calls.yaml", "contacts.csv")
PAGES = sorted(path.stem for path in DOCS.rglob("*.md") if "\n# calls.yaml\n" in path.read_text(encoding="utf-8"))
FILES = [
    EXAMPLE,
    *(CallsFile(f"docs/coming-from/{name}.md", "rules.yaml", "calls.yaml", "contacts.csv") for name in PAGES),
]


def test_no_calls_file_is_left_out() -> None:
    assert all((FOLDER / f"{name}.md").exists() for name in PAGES) and len(PAGES) >= 5
    assert [path.name for path in EXAMPLES.glob("*.calls.yaml")] == [EXAMPLE.calls]


@pytest.fixture
def folder(tmp_path: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """The working directory, with an empty database and settings that have trunks."""
    (tmp_path / "fsrouter.toml").write_text(SETTINGS)
    shutil.copy(empty, tmp_path / "imported.db")
    monkeypatch.setenv("FSROUTER_CONFIG", str(tmp_path / "fsrouter.toml"))
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{tmp_path / 'imported.db'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_calls_end_the_same_by_files_by_the_database_and_on_the_phone(file: CallsFile, folder: Path) -> None:
    book, calls = read(file, folder)
    contacts = ("--contacts", file.contacts) if (folder / file.contacts).exists() else ()
    run("rules", "test", file.rules, file.calls, *contacts)
    answers = [explain(call, "--rules", file.rules, *contacts) for call in calls]
    run("rules", "import", file.rules, "--yes")
    if contacts:
        run("contacts", "import", file.contacts)
        # They stand for every CRM, as `--contacts` does: nothing syncs them into that of the file.
        (folder / file.contacts).unlink()
    different, left_out = [], []
    for call, answer in zip(calls, answers, strict=True):
        where = f"{file.name}:{call.line}"
        others = {"by the database": explain(call)}
        if without_cause(call, book):
            left_out.append(where)
        else:
            others["on the phone"] = Phones(folder, book, call).answer()
        different += [f"{where} {how}: {other}, by files: {answer}" for how, other in others.items() if other != answer]
    assert not different, "\n".join(different)
    assert left_out == [where for where in LEFT_OUT if where.startswith(file.name)]


def read(file: CallsFile, folder: Path) -> tuple[RuleBook, tuple[CallTest, ...]]:
    """The rule book and the calls, their files in the folder."""
    if file is EXAMPLE:
        for path in EXAMPLES.iterdir():
            if path.name != "fsrouter.toml":
                shutil.copy(path, folder)
    else:
        page(Path(file.name).stem, folder)
    book = company_file.load(folder / file.rules)
    return book, call_tests.load(folder / file.calls, book.context).calls


def explain(call: CallTest, *words: str) -> Answer:
    """What `fsrouter explain` says."""
    given = [word for name, value in call.set.items() for word in ("--set", f"{name}={value}")]
    told = json.loads(
        run(
            "explain", "--to", call.to, "--from", call.from_ or "anonymous", "--at", (call.at or MORNING).isoformat(),
            "--press", ",".join(call.press), "--unanswered", call.unanswered, *given, *words, "--json",
        ).stdout
    )  # fmt: skip
    return Answer.of(told)


def without_cause(call: CallTest, book: RuleBook) -> list[str]:
    """The facts of a call's `set` that nothing in its company can cause."""
    return [name for name in call.set if not _has_cause(name, call, book)]


def _has_cause(name: str, call: CallTest, book: RuleBook) -> bool:
    if name in OF_VISITORS:
        return book.pool_of(call.to) is not None
    return name in (*HISTORY, *OF_CONTACTS, "list", fact_names.DRAW) or bool(fact_names.crm_field(name))


class Phones:
    """One call on the phone, on a site of its own."""

    def __init__(self, folder: Path, book: RuleBook, call: CallTest) -> None:
        self.book, self.call = book, call
        here = zone(book.header.timezone)
        self.at = (call.at or MORNING).replace(tzinfo=here).timestamp()
        self.site = Site(folder, folder / "imported.db")

    def answer(self) -> Answer:
        """Make the call, to its end."""
        site, call = self.site, self.call
        try:
            self._cause(site.store)
            self._people()
            site.serve(
                watch=True, clock=lambda: self.at, draw=lambda: float(call.set.get(fact_names.DRAW, 0)), trunks=TRUNKS
            )
            placed = site.call(call.from_ or "anonymous", to=call.to, keys=call.press)
            record = site.record(placed.wait(PATIENCE))
        finally:
            site.close()
        return Answer.of(json.loads(msgspec.json.encode(explained(record, "UTC"))))

    def _people(self) -> None:
        """The first attempts get no answer, and then everybody takes the call."""

        def rung(record: Record) -> Phone:
            made = sum(step in ("bridge", "queue") for step in record.steps)
            return TAKES_IT if made > self.call.unanswered else RINGS_OUT

        self.site.switch.phones, self.site.switch.default = {}, rung
        for name in self.book.queues:
            queue = Queue(f"{name}@{self.book.company}", max_wait=10)
            queue.add(Agent(f"agent@{self.book.company}", "user/1999", ring=5.0))
            self.site.switch.queues[queue.name] = queue

    def _cause(self, store: Store) -> None:
        """Put in place what makes the facts of the call's `set` so."""
        given, company, caller = self.call.set, self.book.company, self.call.from_
        if HISTORY & set(given) and given.get("caller") != "first-time":
            store.journal.write([self._earlier(given)])
        if visit := {name: text for name, text in given.items() if name in OF_VISITORS}:
            store.visitors.assign(company, [self.call.to], "visitor", visit, 60.0, self.at - 30)
        on = [
            lists.Listed(list=n, member=lists.member(caller, self.book.context)) for n in listed(given.get("list", ""))
        ]
        store.lists.change(company, [lists.Change(listed=each) for each in on])
        told = {name: text for name, text in given.items() if name in OF_CONTACTS}
        fields = {field: text for name, text in given.items() if (field := fact_names.crm_field(name))}
        if told or fields:
            contact = Contact(id="given", fields=fields, **told)
            store.contacts.import_rows(company, [Entry(contact=contact, numbers=(caller,))])

    def _earlier(self, given: Mapping[str, str]) -> CallRecord:
        """A call of the day before."""
        score, began = given.get("previous_score"), self.at - 86400
        return CallRecord(
            uuid="earlier",
            company=self.book.company,
            number=self.call.to,
            caller=self.call.from_,
            began=began,
            answered=began + 10,
            ended=began + 90,
            outcome="answered",
            agent=given.get("last_agent", ""),
            score=int(score) if score else None,
        )
