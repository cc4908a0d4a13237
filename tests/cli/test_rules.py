"""`fsrouter rules`: files in, files out, and what is said about them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from paths import ROOT

from cli.front import ACME, run
from fsrouter.store import Store

ONE = """\
company: one
timezone: America/Chicago
agents:
  ann: {number: +1 312 555 0141}
  bob: {number: +1 312 555 0142}
priorities:
  clients: {rules: [{title: boss, to: agent:ann}], no_match: agent:bob}
schedules:
  office: {hours: {mon-fri: "08:00-17:00"}}
tracking_numbers:
  - {number: +1 872 555 0111, to: priority:clients, failsafe: agent:ann}
country: US
"""
NEW = """\
one: 7 added, 0 changed, 0 removed
  + company.one
  + schedules.office
  + agents.ann
  + agents.bob
  + priorities.clients
  + tracking_numbers.+18725550111
"""
#: What lint has to say of it.
FOUND = "one: schedules.office: warning: nothing looks at the schedule office [unused]\n"

pytestmark = pytest.mark.usefixtures("settings")


@pytest.fixture
def one(home: Path) -> Path:
    """A small company in force at revision 1; its file."""
    path = home / "one.yaml"
    path.write_text(ONE)
    run("rules", "import", path, "--yes")
    return path


def test_import_shows_the_plan_and_puts_it_in_force(home: Path, store: Store) -> None:
    (home / "one.yaml").write_text(ONE)
    result = run("rules", "import", "one.yaml", "-y")
    assert result.stdout == NEW.replace("7 added", "6 added")
    assert result.stderr == f"{FOUND}one is at revision 1, in force from the next call on\n"
    again = run("rules", "import", "one.yaml")
    assert (again.stdout, again.stderr) == ("one: nothing changes\n", FOUND)
    (revision,) = store.books.log("one")
    assert (revision.id, revision.who, revision.message) == (1, "olga", "import of one.yaml")


def test_file_changes_its_own_sections_only(one: Path, home: Path, store: Store) -> None:
    (home / "part.yaml").write_text(
        "company: one\nagents:\n  ann: {number: +1 312 555 0199}\n  bob: {number: +1 312 555 0142}\n"
    )
    planned = run("rules", "plan", "part.yaml")
    changed = "  ~ agents.ann  number: +13125550141 -> +13125550199\n"
    assert planned.stdout == "one: 0 added, 1 changed, 0 removed\n" + changed
    assert store.books.token() == 1
    result = run("rules", "import", "part.yaml", "--yes", "--json")
    told = json.loads(result.stdout)
    assert (told["company"], told["added"], told["changed"], told["removed"], told["revision"]) == ("one", 0, 1, 0, 2)
    assert told["changes"][0]["keys"] == [{"key": "number", "old": "+13125550141", "new": "+13125550199", "part": ""}]
    book = store.books.book("one")
    assert book and list(book.tracking_numbers) == ["+18725550111"]


def test_import_without_a_person_changes_nothing(home: Path, store: Store) -> None:
    (home / "one.yaml").write_text(ONE)
    result = run("rules", "import", "one.yaml", code=2)
    assert result.stderr == (
        f"{FOUND}Error: nobody is here to be asked, so nothing was changed; give --yes to do it without a question\n"
    )
    assert store.books.companies() == ()


def test_file_with_faults_is_refused_with_every_place(one: Path, home: Path, store: Store) -> None:
    (home / "bad.yaml").write_text(
        "company: one\nagents:\n  ann: {numbr: 1}\n  bob: {}\nmenus:\n  m: {greeting: a.wav, digits: {1: queue:x}}\n"
    )
    for command in ("import", "plan"):
        result = run("rules", command, "bad.yaml", *(["--yes"] if command == "import" else []), code=1)
        assert result.stdout == ""
        assert result.stderr == (
            "bad.yaml:3:9: agents.ann.numbr: unknown key 'numbr'; did you mean 'number'?\n"
            "bad.yaml:4:3: agents.bob: has neither an endpoint nor a number, so it can never ring\n"
            "bad.yaml:6:33: menus.m.digits.1: queue:x does not exist: nothing in queues has that name\n"
        )
    assert store.books.token() == 1


def test_export_is_what_was_imported(one: Path, home: Path) -> None:
    exported = run("rules", "export", "one")
    (home / "again.yaml").write_text(exported.stdout)
    assert run("rules", "plan", "again.yaml").stdout == "one: nothing changes\n"
    assert run("rules", "export").stdout == exported.stdout


def test_priority_rules_from_csv(one: Path, home: Path, store: Store) -> None:
    (home / "vip.csv").write_text("kind,value,to,delete\naccount,Globex,agent:ann,\ntitle,boss,,yes\n")
    run("rules", "import", "vip.csv", "--table", "clients", "--yes")
    book = store.books.book("one")
    assert book and [(rule.kind, rule.value) for rule in book.priorities["clients"].rules] == [("account", "Globex")]


def test_tracking_numbers_and_closed_days_from_csv(one: Path, home: Path, store: Store) -> None:
    (home / "numbers.CSV").write_text("number,name,to\n872-555-0112,Shop,agent:bob\n")
    (home / "days.csv").write_text("date,name\n2026-12-24,Christmas Eve\n")
    run("rules", "import", "numbers.CSV", "--company", "one", "--yes")
    run("rules", "import", "days.csv", "--schedule", "office", "--yes")
    book = store.books.book("one")
    assert book and list(book.tracking_numbers) == ["+18725550111", "+18725550112"]
    assert len(book.schedules["office"].closed) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("bad.csv", "--table", "clients"), 1, "bad.csv:2: 'mood' is no kind of rule"),
        (("bad.csv", "--table", "client"), 2, "one has no priority table 'client'; did you mean 'clients'?"),
        (("bad.csv", "--schedule", "ofice"), 2, "one has no schedule 'ofice'; did you mean 'office'?"),
        (("bad.csv", "--table", "clients", "--schedule", "office"), 2, "give --table, --schedule or --format"),
        (("bad.csv", "--company", "two"), 2, "there is no company 'two'"),
        (("one.yaml", "--table", "clients"), 2, "one.yaml is no CSV file; --table, --schedule and --format say"),
        (("one.yaml", "--company", "two"), 2, "one.yaml is the file of one, not of two"),
        (("none.yaml",), 2, "'none.yaml' does not exist"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    one: Path, home: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    (home / "bad.csv").write_text("kind,value,to\nmood,good,agent:ann\n")
    assert said in run("rules", "import", *words, code=code).stderr


def test_rollback_restores_a_revision_of_the_log(one: Path, home: Path, store: Store) -> None:
    (home / "part.yaml").write_text("company: one\ntitle: Number One\n")
    run("rules", "import", "part.yaml", "--yes")
    lines = run("rules", "log").stdout.splitlines()
    assert lines[0].split() == ["REVISION", "AT", "COMPANY", "WHO", "ADDED", "CHANGED", "REMOVED", "MESSAGE"]
    assert [line.split()[0] for line in lines[1:]] == ["2", "1"]
    result = run("rules", "rollback", "1", "--yes")
    assert result.stdout == "one: 0 added, 1 changed, 0 removed\n  ~ company.one  title: Number One -> nothing\n"
    assert result.stderr == f"{FOUND}one is at revision 3, in force from the next call on\n"
    told = json.loads(run("rules", "log", "one", "--limit", "1", "--json").stdout)
    assert [(each["id"], each["message"]) for each in told] == [(3, "rollback to 1")]
    assert "there is no revision 9; `fsrouter rules log` lists them" in run("rules", "rollback", "9", code=2).stderr


def test_rollback_goes_to_a_book_that_files_may_not_have_any_more(one: Path, home: Path, store: Store) -> None:
    """A revision of when schedules needed no time zone."""
    with store._database.writing() as db:
        db.execute_sql("UPDATE definition SET body = replace(body, ',\"timezone\":\"America/Chicago\"', '')")
    (home / "zone.yaml").write_text("company: one\ntimezone: America/New_York\n")
    run("rules", "import", "zone.yaml", "--yes")
    result = run("rules", "rollback", "1", "--yes")
    assert "nothing says on whose clock the hours are" in result.stderr
    assert "one is at revision 3, in force from the next call on" in result.stderr
    book = store.books.book("one")
    assert book is not None and not book.header.timezone


def test_several_companies_need_the_company(one: Path, home: Path) -> None:
    (home / "two.yaml").write_text(ONE.replace("company: one", "company: two").replace("0111", "0112"))
    run("rules", "import", "two.yaml", "--yes")
    said = run("rules", "export", code=2).stderr
    assert said == "Error: there are several companies; say which by its name: one, two\n"
    assert "company: two" in run("rules", "export", "two").stdout
    (home / "thief.yaml").write_text(ONE.replace("company: one", "company: two"))
    taken = run("rules", "import", "thief.yaml", "--yes", code=1).stderr
    assert taken.startswith("thief.yaml:11:5: tracking_numbers.+18725550111: belongs to one; a number can be dialled")


def test_check_names_places_and_fails_on_errors_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FSROUTER_CONFIG")
    (home / "one.yaml").write_text(ONE.replace(", failsafe: agent:ann", ""))
    result = run("rules", "check", "one.yaml")
    assert result.stdout.startswith("one.yaml:") and "one.yaml:11:5: warning: " in result.stdout
    nowhere = (
        "what may be dialled (no settings), "
        "numbers of other companies, owners of contacts, breaks, names of contacts (no database)"
    )
    warnings = len(result.stdout.splitlines())
    assert result.stderr == f"one.yaml: no errors, {warnings} warnings\nnot checked: {nowhere}\n"
    (home / "bad.yaml").write_text(ONE.replace("agent:bob", "agent:bobb"))
    result = run("rules", "check", "bad.yaml", code=1)
    assert result.stdout == (
        "bad.yaml:7:52: error: priorities.clients.no_match.in_office: agent:bobb does not exist: "
        "nothing in agents has that name; did you mean 'bob'?\n"
    )
    assert result.stderr == f"bad.yaml: 1 error, no warnings\nnot checked: {nowhere}\n"


def test_check_as_json(home: Path) -> None:
    (home / "one.yaml").write_text(ONE.replace(", failsafe: agent:ann", ""))
    found = json.loads(run("rules", "check", "one.yaml", "--json").stdout)
    (missing,) = [each for each in found if each["code"] == "no-failsafe"]
    assert missing.pop("message")
    place = {"file": "one.yaml", "line": 11, "column": 5}
    assert missing == {**place, "level": "warning", "code": "no-failsafe", "correction": ""}
    (home / "bad.yaml").write_text("company: one\nagents: {ann: !x}\n")
    (found,) = json.loads(run("rules", "check", "bad.yaml", "--json", code=1).stdout)
    assert (found["line"], found["level"], found["code"]) == (2, "error", "")
    (home / "slip.yaml").write_text("company: one\ntitle: @One\n")
    (found,) = json.loads(run("rules", "check", "slip.yaml", "--json", code=1).stdout)
    assert (found["line"], found["column"], found["correction"]) == (2, 8, 'title: "@One"')
    for command in ("check", "plan", "import"):
        told = run("rules", command, "slip.yaml", code=1)
        assert "'@' cannot begin a text; quote it; write: title: \"@One\"" in told.stdout + told.stderr


def test_check_of_the_example_has_no_errors() -> None:
    assert run("rules", "check", ACME).stderr.startswith(f"{ACME}: no errors, ")


def test_schema_is_printed() -> None:
    schema = json.loads(run("rules", "schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/") and "tracking_numbers" in schema["properties"]


def test_control_characters_of_a_file_are_escaped(home: Path) -> None:
    (home / "bad.yaml").write_text('company: one\nagents:\n  "\\e[2J\\u202e": {number: 1}\n')
    result = run("rules", "check", "bad.yaml", code=1)
    assert not set("\x1b\u202e") & set(result.output)
    as_json = run("rules", "check", "bad.yaml", "--json", code=1).stdout
    assert not set("\x1b\u202e") & set(as_json)


def test_fusionpbx_destinations_are_imported_whole_or_without_what_cannot_be_read(
    one: Path, home: Path, store: Store
) -> None:
    exports = ROOT / "tests" / "rules" / "destinations"
    how = ("--format", "fusionpbx", "--yes")
    done = run("rules", "import", exports / "fusionpbx.csv", *how)
    assert "one: 7 added, 1 changed, 0 removed" in done.stdout
    assert "1 left out: destination_type is outbound" in done.stderr
    rest = exports / "fusionpbx-unreadable.csv"
    refused = run("rules", "import", rest, *how, code=1)
    assert f"{rest}:6: has no action" in refused.stderr
    assert "--skip-unreadable imports the other 1 row" in refused.stderr
    assert store.books.token() == 2
    done = run("rules", "import", rest, *how, "--skip-unreadable")
    assert f"skipped: {rest}:6: has no action" in done.stderr
    book = store.books.book("one")
    assert book and "+18725550211" in book.tracking_numbers and len(book.tracking_numbers) == 9
