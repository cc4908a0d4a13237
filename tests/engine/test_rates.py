"""Rates: the longest prefix counts, and money is exact."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.engine.rates import Rate, Rates, cost, dearest


def rate(price: str, name: str = "") -> Rate:
    return Rate(price=Decimal(price), currency="USD", name=name)


def rates(**prices: str) -> Rates:
    return Rates({prefix.removeprefix("p"): rate(price) for prefix, price in prices.items()}, "USD")


SHEET = rates(p1="0.01", p1312="0.02", p131255501="0.5", p49="0.03", p4915="0.2")


@pytest.mark.parametrize(
    ("number", "prefix", "price"),
    [
        ("+13125550142", "+131255501", "0.5"),
        ("+13125560142", "+1312", "0.02"),
        ("+12125550142", "+1", "0.01"),
        ("+4915112345678", "+4915", "0.2"),
        ("+493012345", "+49", "0.03"),
        ("+1312", "+1312", "0.02"),
        ("+131", "+1", "0.01"),
        ("+442079460104", "", None),
        ("13125550142", "", None),
        ("1001", "", None),
        ("+", "", None),
        ("", "", None),
    ],
)
def test_longest_prefix_counts(number: str, prefix: str, price: str | None) -> None:
    found = SHEET.of(number)
    assert SHEET.prefix_of(number) == prefix
    assert (found.price if found else None) == (Decimal(price) if price else None)


digits = st.text("123", min_size=1, max_size=6)


@given(st.dictionaries(digits, st.integers(0, 99), max_size=40), st.text("123", max_size=9))
def test_look_up_is_that_of_a_search_through_all_rows(prices: dict[str, int], number: str) -> None:
    sheet = Rates({prefix: rate(str(price)) for prefix, price in prices.items()}, "USD")
    best = max((prefix for prefix in prices if number.startswith(prefix)), key=len, default=None)
    found = sheet.of(f"+{number}")
    assert (found and found.price) == (None if best is None else Decimal(prices[best]))
    assert sheet.prefix_of(f"+{number}") == ("" if best is None else f"+{best}")


def test_rate_in_words() -> None:
    assert str(rate("0.012")) == "0.012 USD a minute"
    assert str(rate("1E-7")) == "0.0000001 USD a minute"


def test_dearest_of_rates() -> None:
    two = rate("0.2", "first")
    assert dearest([rate("0.1"), None, two, rate("0.20", "second")]) is two
    assert dearest([None]) is None
    assert dearest([rate("0")]) == rate("0")


@pytest.mark.parametrize(
    ("price", "seconds", "costs"),
    [
        ("0.012", 60, "0.0120"),
        ("0.012", 61, "0.0122"),
        ("0.012", 0, "0.0000"),
        ("0.012", -5, "0.0000"),
        ("0.01", 0.3, "0.0001"),  # 0.00005, and half is rounded up
        ("0.01", 0.2, "0.0000"),
        ("999999999.999999999999", 86400 * 30, "43200000000000.0000"),
    ],
)
def test_cost_is_of_each_second_and_rounded(price: str, seconds: float, costs: str) -> None:
    with localcontext() as context:
        context.prec = 3  # whatever others have set
        assert str(cost(Decimal(price), seconds)) == costs


@given(st.decimals(0, 10, places=6), st.floats(0, 1e6))
def test_cost_is_never_negative_and_has_four_places(price: Decimal, seconds: float) -> None:
    found = cost(price, seconds)
    assert found >= 0 and found.as_tuple().exponent == -4
