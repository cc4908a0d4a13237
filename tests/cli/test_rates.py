"""`fsrouter rates`, and what other commands say of a rate sheet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.front import ACME, run

SHEET = "prefix;price;name\n+1;0,01;North America\n+1773;0,5;Chicago\n"


@pytest.fixture(autouse=True)
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings with a rate sheet; the sheet."""
    (home / "fsrouter.toml").write_text('[trunks]\ncarrier = "carrier"\n[rates]\nfile = "rates.csv"\n')
    monkeypatch.setenv("FSROUTER_CONFIG", str(home / "fsrouter.toml"))
    (home / "rates.csv").write_text(SHEET)
    return home / "rates.csv"


def test_rate_of_a_number() -> None:
    assert run("rates", "of", "+1 (773) 555-0151").stdout == "+17735550151: 0.5 USD a minute (+1773, Chicago)\n"
    assert json.loads(run("rates", "of", "+13125550142", "--json").stdout) == {
        "number": "+13125550142", "prefix": "+1", "price": "0.01", "currency": "USD", "name": "North America",
    }  # fmt: skip


def test_number_that_has_no_rate_or_is_none() -> None:
    assert "there is no rate for +442079460104 in" in run("rates", "of", "+442079460104", code=1).stderr
    assert "773-555" in run("rates", "of", "773-555", code=2).stderr


@pytest.mark.usefixtures("acme")
def test_number_within_a_companys_country() -> None:
    assert run("rates", "of", "773-555-0151", "--company", "acme").stdout.startswith("+17735550151: 0.5")


@pytest.mark.usefixtures("acme")
def test_list_has_the_dearest_of_each_number(settings: Path) -> None:
    found = json.loads(run("rates", "list", "--json").stdout)
    assert {line["kind"] for line in found} == {"tracking", "receiving"}
    assert {line["company"] for line in found} == {"acme"}
    dear = next(line for line in found if line["number"].startswith("+1773"))
    assert (dear["price"], dear["currency"], dear["dearest"]) == ("0.5", "USD", dear["number"])
    heading, *lines = run("rates", "list", "--company", "acme").stdout.splitlines()
    assert heading.split()[:5] == ["COMPANY", "KIND", "NUMBER", "NAME", "PRICE"] and len(lines) == len(found)
    settings.write_text("prefix,price\n49,0.1\n")
    assert all(line["price"] is None for line in json.loads(run("rates", "list", "--json").stdout))
    assert any(line["no_rate_for"] for line in json.loads(run("rates", "list", "--json").stdout))


@pytest.mark.usefixtures("acme")
def test_faulty_sheet_is_told_row_by_row(settings: Path) -> None:
    settings.write_text("prefix,price\n1,-1\n44,x\n")
    said = run("rates", "list", code=1).stderr
    assert f"{settings}:2: " in said and f"{settings}:3: " in said


def test_settings_without_a_sheet(home: Path) -> None:
    (home / "fsrouter.toml").write_text('[trunks]\ncarrier = "carrier"\n')
    assert "the settings name no rate sheet" in run("rates", "of", "+13125550142", code=2).stderr


def test_check_says_what_has_no_rate_and_what_is_wrong_with_the_sheet(settings: Path) -> None:
    assert "[no-rate]" not in run("rules", "check", ACME).stdout
    settings.write_text("prefix,price\n49,0.1\n")
    assert "[no-rate]" in run("rules", "check", ACME).stdout
    settings.write_text("prefix,price\n49,much\n")
    checked = run("rules", "check", ACME)
    assert "[no-rate]" not in checked.stdout
    assert f"no rates: {settings}:2: price: 'much' is no price of a minute" in checked.stderr


BOOK = """\
company: acme
country: US
timezone: America/Chicago
agents:
  cas: {endpoint: user/1009, number: "+1 773 555 0160"}
  fay: {number: "+1 312 555 0161"}
numbers: {desk: {number: "+1 773 555 0150"}, milan: {number: "+39 02 4567 8901"}}
queues: {q: {agents: [fay, cas]}}
distributions: {d: {groups: [{rule: simultaneous, members: [number:desk, agent:fay]}]}}
tracking_numbers:
  - {number: "+1 872 555 0111", to: distribution:d}
  - {number: "+1 872 555 0112", to: queue:q}
  - {number: "+1 872 555 0113", to: [agent:cas, number:milan]}
  - {number: "+1 872 555 0114", to: number:milan}
"""


def explained(home: Path, to: str, *more: str) -> list[str]:
    (home / "book.yaml").write_text(BOOK)
    (home / "fsrouter.toml").write_text(
        '[trunks]\ncarrier = "carrier"\n[dialling]\ncountries = ["US", "IT"]\n[rates]\nfile = "rates.csv"\n'
    )
    return ["explain", "--to", to, "--from", "+12125550100", "--rules", "book.yaml", *more]


@pytest.mark.parametrize(
    ("to", "legs", "dearest"),
    [
        ("+18725550111", {"number:desk": "0.5", "agent:fay": "0.01"}, "0.5"),
        ("+18725550112", {}, "0.01"),  # of a queue's agent who has no endpoint
        ("+18725550113", {"agent:cas": "0.5"}, "0.5"),
        ("+18725550114", {"number:milan": None}, None),
    ],
)
def test_explain_has_the_rate_of_each_leg_and_the_dearest(
    home: Path, to: str, legs: dict[str, str | None], dearest: str | None
) -> None:
    told = json.loads(run(*explained(home, to, "--json")).stdout)
    found = {leg["destination"]: leg.get("rate") for each in told["attempts"] for leg in each.get("legs", ())}
    assert {name: rate and rate["price"] for name, rate in found.items()} == legs
    assert (told["rate"] and told["rate"]["price"]) == dearest
    assert not told["rate"] or told["rate"]["currency"] == "USD"


def test_explain_says_prices_in_words(home: Path) -> None:
    said = run(*explained(home, "+18725550111")).stdout
    assert "rings +17735550150 by trunk carrier at 0.5 USD a minute" in said
    assert "rings +13125550161 by trunk carrier at 0.01 USD a minute" in said
    said = run(*explained(home, "+18725550113")).stdout
    assert "or +17735550160 by trunk carrier at 0.5 USD a minute when that cannot be rung" in said
    assert "a minute" not in run(*explained(home, "+18725550114")).stdout


def test_explain_goes_on_without_a_faulty_sheet(home: Path, settings: Path) -> None:
    settings.write_text("prefix,price\n1,much\n")
    result = run(*explained(home, "+18725550111", "--json"))
    assert json.loads(result.stdout)["rate"] is None and result.stderr.count("no rates: ") == 1


def test_calls_file_expects_a_rate(home: Path) -> None:
    explained(home, "")
    (home / "calls.yaml").write_text(
        '[{to: "+18725550113", expect: {rate: 0.50}}, {to: "+18725550111", expect: {rate: 0.5}},'
        ' {to: "+18725550114", expect: {rate: ""}}, {to: "+18725550114", expect: {rate: 0.5}}]'
    )
    result = run("rules", "test", "book.yaml", "calls.yaml", code=1)
    assert "expected the rate 0.5, got none" in result.stdout and "4 calls: 3 passed, 1 failed" in result.stderr
    (home / "calls.yaml").write_text('[{to: "+18725550113", expect: {rate: cheap}}]')
    assert "is no price of a minute" in run("rules", "test", "book.yaml", "calls.yaml", code=1).stderr
