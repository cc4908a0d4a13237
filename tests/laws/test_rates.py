"""What a minute costs: whoever asks hears the same price of the same numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import home  # noqa: F401 - a fixture
from cli.front import run
from click.testing import CliRunner
from engine.books import facts

from fsrouter.cli import cli
from fsrouter.engine.walk.actions import Dial, Leg
from fsrouter.engine.walk.outcomes import Seen
from fsrouter.engine.walk.walk import Walk
from fsrouter.esl.events import Channel
from fsrouter.router.cdr.builder import RecordBuilder
from fsrouter.router.rates import RouterRates
from fsrouter.rules import company_file, yaml_reader
from fsrouter.rules.rates_in_force import RatesInForce
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.settings.load import given
from fsrouter.store import Store
from fsrouter.tui.context import Context
from fsrouter.tui.queries import numbers

SHEET = "prefix;price\n+1;0,01\n1-312;0,02\n13125550;0.5\n49;0\n+49 15*;0,2\n"
#: Numbers that are dialled, and what a minute costs; None where the sheet does not say.
PRICES = {
    "+12125550100": "0.01",
    "+13125560100": "0.02",
    "+13125550142": "0.5",
    "+493012345678": "0",
    "+4915112345678": "0.2",
    "+442079460104": None,
}
MAIN = "+18725550111"


@pytest.fixture(autouse=True)
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    path = home / "fsrouter.toml"
    path.write_text(
        '[trunks]\ncarrier = "carrier"\n[dialling]\ncountries = ["US", "DE", "GB"]\n'
        '[rates]\nfile = "rates.csv"\ncurrency = "EUR"\n'
    )
    (home / "rates.csv").write_text(SHEET)
    monkeypatch.setenv("FSROUTER_CONFIG", str(path))
    return str(path)


def book(number: str) -> str:
    return (
        f'company: acme\ncountry: US\ntimezone: UTC\nnumbers: {{n: {{number: "{number}"}}}}\n'
        f'tracking_numbers: [{{number: "{MAIN}", to: number:n}}]\n'
    )


def by_command(number: str) -> str | None:
    result = CliRunner().invoke(cli, ["rates", "of", number, "--json"])
    return json.loads(result.stdout)["price"] if result.exit_code == 0 else None


def by_explain(number: str) -> str | None:
    Path("acme.yaml").write_text(book(number))
    told = json.loads(run("explain", "--rules", "acme.yaml", "--to", MAIN, "--from", "anonymous", "--json").stdout)
    assert told["attempts"][0]["legs"][0].get("rate") == told["rate"]
    return told["rate"] and told["rate"]["price"]


def by_list(number: str) -> str | None:
    Path("acme.yaml").write_text(book(number))
    run("rules", "import", "acme.yaml", "--yes")
    tracking, receiving = json.loads(run("rates", "list", "--json").stdout)
    assert tracking["price"] == receiving["price"]
    assert tracking["no_rate_for"] == ("" if tracking["price"] else number)
    return receiving["price"]


def by_dashboard(number: str) -> str | None:
    Path("acme.yaml").write_text(book(number))
    run("rules", "import", "acme.yaml", "--yes")
    sheet = given().rates
    with Store.open(given().database) as store:
        context = Context(store, "olga", rates=RatesInForce(sheet.file, sheet.currency).current)
        costs = {line.costs for line in numbers.load(context).lines}
    (cost,) = costs
    return None if cost == "?" else cost.removesuffix(" EUR")


def by_record(number: str) -> str | None:
    rates = RouterRates(given().rates, GREENLETS)
    rates.load()
    rules = company_file.read(yaml_reader.read(book(number), "acme.yaml")).onto(None)
    walk = Walk(rules, facts())
    builder = RecordBuilder(walk, Channel({"Unique-ID": "c1"}), "r1", None, rates.of)
    builder.follow(walk, resumed=False)
    walk.begin()
    action = walk.next(Seen(availability=()))
    assert isinstance(action, Dial) and action.legs == (Leg(destination="number:n", number=number),)
    builder.price("number:n", True, 0.0)
    rates.close()
    record = builder.record
    assert record.currency == ("EUR" if record.price is not None else "")
    return None if record.price is None else f"{record.price:f}"


@pytest.mark.parametrize("ask", [by_command, by_explain, by_list, by_dashboard, by_record])
def test_everybody_hears_the_same_price(ask: Callable[[str], str | None]) -> None:
    assert {number: ask(number) for number in PRICES} == PRICES
