"""`fsrouter rules remove`, `move` and `rename`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.front import run
from fsrouter.store import Store

BOOK = """\
company: {}
country: US
timezone: America/Chicago
agents: {{ann: {{endpoint: user/1001}}{}}}
tracking_numbers:
"""
ONE, TWO, OWN = "+18725550111", "+18725550112", "+18725550211"


@pytest.fixture
def two(home: Path) -> Path:
    """Two companies: acme with two numbers, globex with one and without acme's agent bob."""
    acme = BOOK.format("acme", ", bob: {endpoint: user/1002}")
    acme += f'  - {{number: "{ONE}", to: agent:ann}}\n  - {{number: "{TWO}", to: agent:bob, failsafe: agent:bob}}\n'
    (home / "acme.yaml").write_text(acme)
    (home / "globex.yaml").write_text(BOOK.format("globex", "") + f'  - {{number: "{OWN}", to: agent:ann}}\n')
    for name in ("acme", "globex"):
        run("rules", "import", f"{name}.yaml", "--yes")
    return home


def test_remove_shows_what_goes_and_rollback_brings_it_back(two: Path, store: Store) -> None:
    store.states.set_agent("acme", "ann", "break", "olga")
    shown = run("rules", "remove", "acme", code=2)
    assert shown.stdout == (
        f"acme: 0 added, 0 changed, 5 removed\n  - tracking_numbers.{ONE}\n  - tracking_numbers.{TWO}\n"
        "  stays: 1 agent state\n"
    )
    assert store.books.companies() == ("acme", "globex")
    told = json.loads(run("rules", "remove", "acme", "--yes", "--json").stdout)
    assert told == {"company": "acme", "revision": 3, "removed": 5, "forgotten": {}}
    assert store.books.companies() == ("globex",)
    assert "acme was removed" in run("rules", "export", "acme", code=2).stderr
    log = json.loads(run("rules", "log", "acme", "--json").stdout)
    assert [(each["id"], each["message"], each["removed"]) for each in log[:1]] == [(3, "removed", 5)]
    assert "revision 3 removed acme" in run("rules", "rollback", "3", "--yes", code=2).stderr
    run("rules", "rollback", "1", "--yes")
    assert store.books.companies() == ("acme", "globex") and store.states.on_break("acme") == {"ann"}


def test_forgotten_company_is_rolled_back_without_its_state(two: Path, store: Store) -> None:
    store.states.set_agent("acme", "ann", "break", "olga")
    assert "deleted: 1 agent state" in run("rules", "remove", "acme", "--forget", code=2).stdout
    run("rules", "remove", "acme", "--yes")
    told = json.loads(run("rules", "remove", "acme", "--forget", "--yes", "--json").stdout)
    assert told == {"company": "acme", "revision": 0, "removed": 0, "forgotten": {"agent_state": 1}}
    run("rules", "rollback", "1", "--yes")
    assert store.books.companies() == ("acme", "globex") and not store.states.on_break("acme")


def test_company_that_is_none_cannot_be_removed(two: Path) -> None:
    assert "did you mean 'acme'" in run("rules", "remove", "acmee", "--forget", "--yes", code=2).stderr
    run("rules", "remove", "acme", "--yes")
    assert "acme was removed" in run("rules", "remove", "acme", "--yes", code=2).stderr


def test_move_shows_both_plans_and_moves_in_one_go(two: Path, store: Store) -> None:
    done = run("rules", "move", "872 555 0111", "--to", "globex", "--yes")
    assert done.stdout == (
        f"acme: 0 added, 0 changed, 1 removed\n  - tracking_numbers.{ONE}\n"
        f"globex: 1 added, 0 changed, 0 removed\n  + tracking_numbers.{ONE}\n"
    )
    assert "1 number moved from acme to globex, from the next call on: revisions 3 and 4" in done.stderr
    assert store.books.companies_of([ONE, TWO, OWN]) == {ONE: "globex", TWO: "acme", OWN: "globex"}
    assert {each.message for each in store.books.log(limit=2)} == {"1 number moved from acme to globex"}


def test_move_says_what_lacks_and_route_stands_in_for_it(two: Path, store: Store) -> None:
    said = run("rules", "move", TWO, "--to", "globex", "--yes", code=1).stderr
    assert f"globex: tracking_numbers.{TWO}.to: agent:bob does not exist" in said
    assert f"globex: tracking_numbers.{TWO}.failsafe: agent:bob does not exist" in said
    assert "--route" in said and store.books.token() == 2
    run("rules", "remove", "globex", "--yes")
    (two / "globex.yaml").write_text(BOOK.format("globex", ", cid: {endpoint: user/1003}").partition("tracking")[0])
    run("rules", "import", "globex.yaml", "--yes")
    still = run("rules", "move", TWO, "--to", "globex", "--route", "agent:cid", "--yes", code=1).stderr
    assert ".to:" not in still and ".failsafe: agent:bob does not exist" in still
    other = ("--route", "agent:cid | hangup", "--failsafe", "agent:cid")
    run("rules", "move", TWO, "--to", "globex", *other, "--yes")
    book = store.books.book("globex")
    assert book and list(map(str, book.tracking_numbers[TWO].to)) == ["agent:cid", "hangup"]
    assert list(map(str, book.tracking_numbers[TWO].failsafe)) == ["agent:cid"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((ONE, "--to", "acme"), "acme has it already"),
        ((ONE, "--to", "globex", "--from", "globex"), f"{ONE} is no tracking number of globex"),
        (("+18725559999", "--to", "globex"), "is no tracking number of any company"),
        ((ONE, OWN, "--to", "globex"), "the numbers of one company can be moved at once"),
        ((ONE, "--to", "globx"), "did you mean 'globex'"),
        ((ONE, "--to", "globex", "--route", "agnt:ann"), "--route: 'agnt:ann'"),
        ((ONE, "--to", "globex"), "nobody is here to be asked"),
    ],
)
def test_move_that_cannot_be_changes_nothing(two: Path, store: Store, words: tuple[str, ...], said: str) -> None:
    more = () if "asked" in said else ("--yes",)
    assert said in run("rules", "move", *words, *more, code=2).stderr
    assert store.books.token() == 2


def test_import_of_a_number_that_another_company_has_names_the_command(two: Path, store: Store) -> None:
    (two / "numbers.csv").write_text(f"number,to\n{ONE},agent:ann\n")
    said = run("rules", "import", "numbers.csv", "--company", "globex", "--yes", code=1).stderr
    assert "belongs to acme" in said and f"`fsrouter rules move {ONE} --to globex`" in said


def test_gate_of_the_new_company_decides(two: Path, store: Store) -> None:
    (two / "fsrouter.toml").write_text('[trunks.carrier]\ngateways = ["c"]\ncompanies = ["acme"]\n')
    (two / "more.csv").write_text(f"number,to\n{TWO},phone:+13125550199\n")
    run("--config", "fsrouter.toml", "rules", "import", "more.csv", "--company", "acme", "--yes")
    said = run("--config", "fsrouter.toml", "rules", "move", TWO, "--to", "globex", "--yes", code=1).stderr
    assert f"globex: tracking_numbers.{TWO}" in said and store.books.companies_of([TWO]) == {TWO: "acme"}


def test_rename_tells_the_lines_of_the_settings_and_renames(two: Path, store: Store) -> None:
    (two / "fsrouter.toml").write_text('[trunks.carrier]\ngateways = ["c"]\ncompanies = ["acme", "apex"] # acme\n')
    store.states.set_agent("acme", "ann", "break", "olga")
    done = run("--config", "fsrouter.toml", "rules", "rename", "acme", "apex", "--yes")
    assert done.stdout.startswith("acme -> apex\n") and "  1 agent state\n" in done.stdout
    assert "fsrouter.toml:3: companies = [\"acme\", \"apex\"] # acme: give 'apex' what 'acme' has there" in done.stderr
    assert store.books.companies() == ("apex", "globex") and store.states.on_break("apex") == {"ann"}
    assert "acme is called apex now" in run("rules", "export", "acme", code=2).stderr
    again = run("rules", "import", "acme.yaml", "--yes", code=2).stderr
    assert "acme is called apex now; write `company: apex` in acme.yaml" in again
    told = json.loads(run("rules", "rename", "apex", "acme", "--yes", "--json").stdout)
    assert (told["was"], told["company"], told["revision"], told["settings"]) == ("apex", "acme", 4, [])
    assert told["rows"]["agent_state"] == 1


def test_rename_is_refused_where_the_new_name_may_not_dial(two: Path, store: Store) -> None:
    (two / "fsrouter.toml").write_text('[trunks.carrier]\ngateways = ["c"]\ncompanies = ["acme"]\n')
    (two / "more.csv").write_text(f"number,to\n{TWO},phone:+13125550199\n")
    run("--config", "fsrouter.toml", "rules", "import", "more.csv", "--company", "acme", "--yes")
    said = run("--config", "fsrouter.toml", "rules", "rename", "acme", "apex", "--yes", code=1).stderr
    assert "apex: " in said and "to open it" in said and store.books.companies() == ("acme", "globex")


@pytest.mark.parametrize(
    ("new", "code", "said"),
    [("globex", 1, "is, or was, the name of a company"), ("acme", 2, "is called so already"), ("A B", 2, "is no name")],
)
def test_name_that_cannot_be_given_changes_nothing(two: Path, store: Store, new: str, code: int, said: str) -> None:
    assert said in run("rules", "rename", "acme", new, "--yes", code=code).stderr
    assert store.books.companies() == ("acme", "globex") and store.books.token() == 2
