"""What calls to a number can cost: every way that they can go counts, and the dearest is told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.books import MAIN, book
from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.lint.lint import lint
from fsrouter.engine.lint.rates import Reached, number_of
from fsrouter.engine.lint.references import References
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.rates import Rate, Rates


def sheet(**prices: str) -> Rates:
    return Rates({k[1:]: Rate(price=Decimal(v), currency="USD") for k, v in prices.items()}, "USD")


SHEET = sheet(p1="0.01", p44="0.05", p4420="0.04", p49="0.2", p43="0.2")
LONDON, BERLIN, PARIS, VIENNA = "+442079460104", "+493012345678", "+33123456789", "+4313456789"

RULES = f"""
    agents:
      abroad: {{endpoint: user/1009, number: "{BERLIN}", crm_user: "9"}}
      mobile: {{number: "{LONDON}"}}
    numbers:
      paris: {{number: "{PARIS}", no_answer: "phone:{LONDON}"}}
    queues:
      q: {{agents: [abroad], unanswered: agent:mobile}}
    menus:
      m: {{greeting: ivr/m.wav, digits: {{"1": [say:hi, queue:q], "2": menu:m}}}}
    distributions:
      d: {{groups: [{{rule: simultaneous, members: [agent:abroad, "phone:{LONDON}"]}}]}}
"""


def reach(to: str, rates: Rates = SHEET, failsafe: str = "") -> str:
    written = book(RULES, to)
    tracking = written.tracking_numbers[MAIN]
    reached = Reached(References(written), rates)
    return str(reached.of_tracking(tracking)) if not failsafe else str(reached.of_receiving(failsafe))


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("agent:nancy", ""),
        ("agent:mobile", f"0.04 USD a minute ({LONDON})"),
        ("agent:abroad", f"0.2 USD a minute ({BERLIN})"),
        ("[agent:mobile, agent:abroad]", f"0.2 USD a minute ({BERLIN})"),
        ("distribution:d", f"0.2 USD a minute ({BERLIN})"),
        ("menu:m", f"0.04 USD a minute ({LONDON})"),  # an agent of a queue is rung at the endpoint
        ("number:paris", f"0.04 USD a minute ({LONDON}), no rate for {PARIS}"),
        (f'["phone:{PARIS}"]', f"no rate for {PARIS}"),
        ("agent:last", f"0.2 USD a minute ({BERLIN})"),
        ("agent:owner", f"0.2 USD a minute ({BERLIN})"),
        ("hangup", ""),
    ],
)
def test_dearest_number_that_calls_can_reach(to: str, said: str) -> None:
    assert reach(to) == said


def test_receiving_number_includes_its_own_route() -> None:
    assert reach("hangup", failsafe="paris") == f"0.04 USD a minute ({LONDON}), no rate for {PARIS}"


def test_fail_safes_count_the_companys_where_a_number_has_none_of_its_own() -> None:
    written = book(RULES.replace("agents:", f'failsafe: "phone:{BERLIN}"\n    agents:', 1), "agent:nancy")
    assert str(Reached(References(written), SHEET).of_tracking(written.tracking_numbers[MAIN])).startswith("0.2")


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=10, max_size=10), st.permutations(range(10)))
def test_it_is_the_dearest_of_all_that_are_reached(onward: list[list[int]], prices: list[int]) -> None:
    """Ten menus that point at each other anyhow, each with a number of its own."""
    menus = ""
    for i, to in enumerate(onward):
        keys = [f'"0": "phone:+4930000000{i}"', *(f'"{key}": menu:f{j}' for key, j in enumerate(to, 1))]
        menus += f"\n      f{i}: {{greeting: ivr/m.wav, digits: {{{', '.join(keys)}}}}}"
    written: RuleBook = book(f"\n    menus:{menus}\n    ", "menu:f0")
    rates = Rates({f"4930000000{i}": Rate(price=Decimal(p), currency="USD") for i, p in enumerate(prices) if p}, "USD")
    refs = References(written)
    reached = Reached(refs, rates)
    for i in range(10):
        start = Destination("menu", f"f{i}")
        numbers = {n for d in refs.reached([start]) if (n := number_of(written, d))}
        found = reached.of([start])
        rated = [rate.price for n in numbers if (rate := rates.of(n))]
        assert (found.rate and found.rate.price) == max(rated, default=None)
        assert (found.number in numbers) == bool(rated)
        assert bool(found.unpriced) == any(rates.of(n) is None for n in numbers)
        assert not found.unpriced or found.unpriced in numbers


def test_number_without_a_rate_is_a_finding_where_there_is_a_sheet() -> None:
    written = book(RULES, "[number:paris, agent:abroad, distribution:d, menu:m]")

    def found(known: Installation) -> list[str]:
        return [str(each) for each in lint(written, known) if each.code == "no-rate"]

    assert found(Installation()) == found(Installation(rates=lambda: None)) == []
    said = f"warning: there is no rate for {LONDON} in the rate sheet; add a row for its prefix [no-rate]"
    assert found(Installation(rates=lambda: sheet(p1="1", p49="1", p33="1"))) == [
        f"agents.mobile.number: {said}",
        f"numbers.paris.no_answer: {said}",
        f"distributions.d.groups.0.members.1.member: {said}",
    ]
