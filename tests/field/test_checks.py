"""Rule books that cannot work, as people write them: each command that looks says so, or what it could not see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.front import FILES, run

HEAD = "country: US\ntimezone: UTC\n"
FORWARDING = (
    f'company: acme\n{HEAD}failsafe: hangup\nnumbers: {{desk: {{number: "+13125550150"}}}}\n'
    'tracking_numbers: [{number: "+18725550111", to: number:desk}]\n'
)
NO_TRUNK = "neither the tracking number nor the company names a trunk"


@pytest.fixture
def file(folder: Path) -> Path:
    path = folder / "acme.yaml"
    path.write_text(FORWARDING)
    return path


def settings(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (folder / "fsrouter.toml").write_text(text)
    monkeypatch.setenv("FSROUTER_CONFIG", str(folder / "fsrouter.toml"))


@pytest.mark.parametrize(
    "text", ["", "[trunks]\n", '[trunks]\na = "a"\nb = "b"\n', '[trunks.a]\ngateways = ["a"]\ncompanies = ["globex"]\n']
)
def test_numbers_are_dialled_by_no_trunk(folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A file forwards calls to numbers and names no trunk, and the settings have none that is meant."""
    settings(folder, monkeypatch, text)
    for words in (("check", file), ("plan", file), ("import", file, "--yes")):
        result = run("rules", *words, code=1)
        assert NO_TRUNK in result.stdout + result.stderr, words
    assert not (folder / "field.db").exists()


@pytest.mark.parametrize("text", ['[trunks]\ndefault = "a"\nb = "b"\n', '[trunks]\na = "a"\n'])
def test_numbers_are_dialled_by_the_trunk_that_is_meant(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """The same file, where the settings have a trunk for whoever names none: it is accepted, up to the installation."""
    settings(folder, monkeypatch, text)
    for words in (("check", file), ("plan", file), ("import", file, "--yes")):
        run("rules", *words)
    for name, content in FILES.items():
        path = folder / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    run("freeswitch", "install", "--conf", folder / "conf", "--dry-run")


def test_nobody_has_named_the_settings(file: Path) -> None:
    """Without a settings file, `check` says that it could not look; what is put in force goes by the defaults."""
    assert "not checked: what may be dialled (no settings)" in run("rules", "check", file).stderr
    for words in (("plan", file), ("import", file, "--yes")):
        told = run("rules", *words, code=1).stderr
        assert NO_TRUNK in told and "name yours with --config or FSROUTER_CONFIG" in told, words


def test_csv_file_is_for_this_installation_too(folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CSV file gives a number a trunk that is another company's."""
    settings(folder, monkeypatch, '[trunks]\na = "a"\n[trunks.b]\ngateways = ["b"]\ncompanies = ["globex"]\n')
    run("rules", "import", file, "--yes")
    (folder / "numbers.csv").write_text("number,to,trunk\n+18725550112,number:desk,b\n")
    for command in (("plan",), ("import", "--yes")):
        assert "the trunk b is not for acme" in run("rules", *command, "numbers.csv", code=1).stderr


def test_book_that_was_right_elsewhere_is_not_brought_back(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trunk was taken out of the settings since; going back to the book that needs it would let no call leave."""
    settings(folder, monkeypatch, '[trunks]\nold = "a"\nnew = "b"\n')
    for trunk in ("old", "new"):
        file.write_text(f"trunk: {trunk}\n{FORWARDING}")
        run("rules", "import", file, "--yes")
    settings(folder, monkeypatch, '[trunks]\nnew = "b"\n')
    assert "the settings name no trunk old" in run("rules", "rollback", "1", "--yes", code=1).stderr


def test_number_of_another_company_is_seen_by_all_who_can(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two companies have one tracking number."""
    settings(folder, monkeypatch, '[trunks]\na = "a"\n')
    run("rules", "import", file, "--yes")
    thief = folder / "thief.yaml"
    thief.write_text(FORWARDING.replace("company: acme", "company: globex"))
    for words in (("check", thief), ("plan", thief), ("import", thief, "--yes")):
        result = run("rules", *words, code=1)
        assert "belongs to acme" in result.stdout + result.stderr, words
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{folder / 'none.db'}")
    assert "numbers of other companies" in run("rules", "check", thief).stderr


def codes(text: str) -> set[tuple[str, int, str]]:
    """The codes, lines and levels of what `rules check` finds in a book besides what is right in it."""
    path = Path("book.yaml")
    path.write_text(f"company: acme\n{HEAD}" + text)
    result = run("rules", "check", path, "--json", code=int("own-failsafe" in text))
    return {(each["code"], each["line"], each["level"]) for each in json.loads(result.stdout)}


def test_router_that_enters_itself() -> None:
    """Whoever is no repeat caller goes round until that is a loop."""
    assert codes("""failsafe: hangup
agents: {ann: {endpoint: user/1001}}
routers: {r: {branches: [{when: {caller: repeat}, then: agent:ann}], otherwise: [agent:ann, router:r]}}
tracking_numbers: [{number: "+18725550111", to: router:r}]
""") == {("enters-itself", 6, "warning")}


def test_router_without_otherwise_on_a_number() -> None:
    """Whoever is no repeat caller is hung up; behind a router that leaves nobody out, or with something behind, not."""
    text = """failsafe: hangup
agents: {ann: {endpoint: user/1001}}
routers: {r: {branches: [{when: {caller: repeat}, then: agent:ann}]}}
tracking_numbers: [{number: "+18725550111", to: router:r}]
"""
    assert codes(text) == {("dead-end", 6, "warning")}
    assert codes(text.replace("to: router:r", "to: [router:r, agent:ann]")) == set()
    everyone = text.replace("then: agent:ann}]", 'then: agent:ann}, {when: {caller: [unknown, "*"]}, then: agent:ann}]')
    assert ("dead-end", 6, "warning") not in codes(everyone)


def test_route_to_ones_own_tracking_number() -> None:
    """A call is sent out by the carrier to a number that leads back to us."""
    assert codes("""failsafe: hangup
numbers: {desk: {number: "+18725550111"}}
menus: {m: {greeting: a.wav, digits: {"1": "phone:872 555 0111"}, no_input: hangup, invalid: hangup}}
tracking_numbers: [{number: "+18725550111", to: [menu:m, number:desk]}]
""") == {("own-number", 5, "warning"), ("own-number", 6, "warning")}


def test_failsafe_that_is_ones_own_tracking_number() -> None:
    """Without a router the fail-safe of a number dials that number again; that of one which ends the call does not."""
    text = """failsafe: "phone:+18725550112"  # own-failsafe
tracking_numbers:
  - {number: "+18725550111", to: hangup}
  - {number: "+18725550112", to: hangup%s}
"""
    assert codes(text % "") == {("own-failsafe", 4, "error")}
    ending = (text % ", failsafe: hangup").replace("  # own-failsafe", "")
    assert codes(ending) == {("own-number", 4, "warning")}


def test_silent_caller_who_loops() -> None:
    """A menu leads who presses nothing back to itself, by another route; a key would lead out."""
    text = """failsafe: hangup
agents: {ann: {endpoint: user/1001}}
menus: {m: {greeting: a.wav, digits: {"1": agent:ann}, no_input: flow:again, invalid: agent:ann}}
flows: {again: {route: ["play:again.wav", menu:m]}}
tracking_numbers: [{number: "+18725550111", to: menu:m}]
"""
    assert codes(text) == {("silent-loop", 6, "warning")}
    assert codes(text.replace('"play:again.wav", menu:m', 'agent:ann, "say:Goodbye"')) == set()
