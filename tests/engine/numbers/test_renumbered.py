"""National renumberings: one subscriber, one number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.engine.numbers.renumbered import alike, compared, folded


@pytest.mark.parametrize(
    ("number", "now"),
    [
        ("+5215512345678", "+525512345678"),
        ("+5218112345678", "+528112345678"),
        ("+525512345678", "+525512345678"),
        ("+52155123456", "+52155123456"),  # too short to be the old form
        ("+551187654321", "+5511987654321"),
        ("+552161234567", "+5521961234567"),
        ("+55907767344377", "+5577967344377"),  # behind the 90 of a collect call
        ("+551130001234", "+551130001234"),  # a fixed line
        ("+5511987654321", "+5511987654321"),
        ("+550087654321", "+550087654321"),  # no area code
        ("+13125550142", "+13125550142"),
    ],
)
def test_renumbered_numbers_are_folded(number: str, now: str) -> None:
    assert folded(number) == now


def test_an_argentine_subscriber_is_one_with_the_nine_and_without() -> None:
    assert compared("+5491123456789") == compared("+541123456789") == "+541123456789"
    assert alike("+5491123456789") == ("+5491123456789", "+541123456789")
    assert alike("+541123456789") == ("+541123456789", "+5491123456789")


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True) | st.from_regex(r"\+549?[0-9]{10}", fullmatch=True))
def test_forms_of_one_subscriber_are_compared_alike(number: str) -> None:
    forms = alike(number)
    assert forms[0] == number
    assert {compared(form) for form in forms} == {compared(number)}
    assert all(set(alike(form)) == set(forms) for form in forms)
    assert folded(folded(number)) == folded(number)
