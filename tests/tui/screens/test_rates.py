"""What a minute can cost, beside the numbers of the rule book."""

from __future__ import annotations

from decimal import Decimal

from textual.pilot import Pilot

from fsrouter.engine.rates import Rate, Rates
from fsrouter.store import Store
from tui import world
from tui.screens.test_rules import go
from tui.world import press, screen

Work = Pilot[None]


def rates(**prices: str) -> Rates:
    return Rates({key[1:]: Rate(price=Decimal(price), currency="EUR") for key, price in prices.items()}, "EUR")


def test_numbers_of_the_rule_book_have_what_a_minute_can_cost(store: Store) -> None:
    sheets = [rates(p1="0.05")]

    async def steps(pilot: Work) -> None:
        await go(pilot, f"tracking_numbers.{world.WORKSHOP}")
        assert f"{world.WORKSHOP} !  Workshop  0.05 EUR" in screen(pilot)
        await press(pilot, "w")
        assert "0.05 EUR a minute (+1617" in screen(pilot)
        await go(pilot, "numbers.workshop")
        assert "0.05 EUR a minute" in screen(pilot)
        await press(pilot, "4")
        costs = {line.number: line.costs for line in pilot.app.screen.picture.lines}
        assert costs[world.WORKSHOP] == costs["+16175550150 ext 204"] == "0.05 EUR"
        assert "A MINUTE" in screen(pilot) and "0.05 EUR" in screen(pilot)
        # The sheet is changed meanwhile.
        sheets[0] = rates(p44="0.05")
        await go(pilot, "numbers.workshop")
        await press(pilot, "ctrl+r", "w")
        assert "no rate for +16175550150" in screen(pilot) and "[no-rate]" in screen(pilot)

    world.drive(world.dashboard(store, rates=lambda: sheets[0]), steps, size=(200, 50))


def test_nothing_is_said_of_prices_without_a_sheet(store: Store) -> None:
    async def steps(pilot: Work) -> None:
        await go(pilot, f"tracking_numbers.{world.WORKSHOP}")
        await press(pilot, "w")
        assert "EUR" not in screen(pilot) and "no rate" not in screen(pilot)

    world.drive(world.dashboard(store), steps, size=(200, 50))
