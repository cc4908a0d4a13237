"""Caps: how many numbers a company and a trunk may have at once and in an hour."""

from __future__ import annotations

from typing import Any

import pytest

from fsrouter.esl.call.caps import MOST, Caps, OverCap, Usage
from fsrouter.esl.events import Event
from fsrouter.settings.model import Dialling, Trunk

TRUNKS = {"carrier": Trunk(gateways=("a",), calls=3), "free": Trunk(gateways=("b",))}


class Made:
    """Caps on a clock that a test moves."""

    def __init__(self, calls: int = 2, an_hour: int = 0) -> None:
        self.now = 1000.0
        self.caps = self.another(calls, an_hour)

    def another(self, calls: int = 2, an_hour: int = 0) -> Caps:
        dialling = Dialling(calls=calls, an_hour=an_hour)
        return Caps(dialling, TRUNKS, lambda: self.now, {"+18725550111": "acme"}.get)  # type: ignore[arg-type]


def over(caps: Caps, company: str = "acme", trunk: str = "free", call: str = "late") -> str:
    """The words with which one number more is refused; "" when it is not, and then it is over at once."""
    try:
        caps.take(company, call, "number:late", trunk)
    except OverCap as why:
        return str(why)
    caps.done(call)
    return ""


def used(caps: Caps, what: str = "calls", whose: str = "acme") -> int:
    return next((each.used for each in caps.usages([whose]) if (each.what, each.whose) == (what, whose)), 0)


def event(name: str, uuid: str, **fields: str) -> Event:
    return Event({"Event-Name": name, "Unique-ID": uuid, **fields})


def answers(caps: Caps, leg: str, target: str) -> None:
    caps.heard(event("CHANNEL_ANSWER", leg, variable_fsr_target=target, variable_fsr_trunk="free"))


def talks(caps: Caps, call: str, leg: str) -> None:
    caps.heard(event("CHANNEL_BRIDGE", call, **{"Bridge-A-Unique-ID": call, "Bridge-B-Unique-ID": leg}))


def hangs_up(caps: Caps, leg: str) -> None:
    caps.heard(event("CHANNEL_HANGUP_COMPLETE", leg))


# At once


def test_one_more_than_the_company_may_have_is_refused_with_the_setting() -> None:
    caps = Made().caps
    for call in ("one", "two"):
        caps.take("acme", call, "number:desk", "free")
    assert over(caps) == (
        "refused as number to dial: there are 2 of 2 numbers of acme at once; to open it: a greater [dialling] calls"
    )
    assert not over(caps, "other"), "another company's are its own"
    caps.done("one")
    assert not over(caps)
    assert caps.dialled == {"acme": 3, "other": 1} and caps.refused == {("acme", "calls"): 1}


def test_trunk_is_capped_whoever_dials_by_it() -> None:
    caps = Made(calls=10).caps
    for i in range(3):
        caps.take(f"company{i}", f"call{i}", "number:desk", "carrier")
    assert "there are 3 of 3 calls of the trunk carrier; to open it: a greater [trunks.carrier] calls" in over(
        caps, trunk="carrier"
    )
    assert not over(caps, trunk="free")
    assert caps.refused == {("acme", "trunk"): 1}


def test_zero_is_no_cap() -> None:
    caps = Made(calls=0).caps
    for i in range(50):
        caps.take("acme", f"call{i}", "number:desk", "free")
    assert not over(caps) and not caps.high()


def test_next_gateway_of_a_number_counts_no_more() -> None:
    caps = Made(calls=1, an_hour=1).caps
    for _ in range(3):
        caps.take("acme", "call", "number:desk", "free")
    assert used(caps) == 1 and used(caps, "an_hour") == 1


def test_of_a_group_only_who_talks_counts() -> None:
    caps = Made(calls=9).caps
    for name in ("number:a", "number:b", "number:c"):
        caps.take("acme", "call", name, "free")
    assert used(caps) == 3
    answers(caps, "leg-b", "number.b")
    assert used(caps) == 3, "the answerer may be asked for a key"
    talks(caps, "call", "leg-b")
    assert used(caps) == 1
    caps.done("call")
    assert used(caps) == 1, "it may talk on with somebody else"
    hangs_up(caps, "leg-b")
    assert used(caps) == 0


def test_number_that_gets_its_call_back_counts_once_and_no_longer_than_it_talks() -> None:
    """Parked by the one who answered, who takes the caller up again while the same number is dialled once more."""
    caps = Made(calls=9).caps
    for _ in range(2):
        caps.take("acme", "call", "number:a", "free")
        answers(caps, "leg", "number.a")
        talks(caps, "call", "leg")
        caps.done("call")
        assert used(caps) == 1
    hangs_up(caps, "leg")
    assert used(caps) == 0


def test_no_number_counts_when_a_telephone_of_the_directory_talks() -> None:
    caps = Made().caps
    caps.take("acme", "call", "number:a", "free")
    answers(caps, "leg", "agent.nancy")
    talks(caps, "call", "leg")
    assert used(caps) == 0
    caps.done("call")
    hangs_up(caps, "leg")
    assert used(caps) == 0


@pytest.mark.parametrize("order", ["hangs up first", "is done first", "is not heard to talk", "nobody observes"])
def test_number_is_over_when_its_leg_is(order: str) -> None:
    caps = Made().caps
    caps.take("acme", "call", "number:a", "free")
    answers(caps, "leg", "number.a")
    if order != "is not heard to talk":
        talks(caps, "call", "leg")
    if order == "hangs up first":
        hangs_up(caps, "leg")
    caps.done("call")
    if order == "is done first":
        hangs_up(caps, "leg")
    if order == "nobody observes":
        caps.unobserved()
    assert used(caps) == 0


def test_legs_of_queues_and_of_the_dialplan_count_from_their_answer() -> None:
    caps = Made(calls=9).caps
    caps.heard(
        event(
            "CHANNEL_ANSWER",
            "q",
            variable_fsr_trunk="carrier",
            variable_cc_agent="nancy@acme",
            variable_fsr_target="agent.nancy",
        )
    )
    caps.heard(event("CHANNEL_ANSWER", "f", variable_fsr_trunk="carrier", variable_fsr_number="+18725550111"))
    caps.heard(event("CHANNEL_ANSWER", "f", variable_fsr_trunk="carrier", variable_fsr_number="+18725550111"))
    caps.heard(event("CHANNEL_ANSWER", "x", variable_fsr_number="+18725550111"))
    assert used(caps) == 2 and used(caps, "trunk", "carrier") == 2
    hangs_up(caps, "q")
    assert used(caps) == 1
    caps.unobserved()
    assert used(caps) == 0


def test_legs_that_nobody_ends_are_bounded() -> None:
    caps = Made(calls=9).caps
    for i in range(MOST + 5):
        caps.heard(event("CHANNEL_ANSWER", f"leg{i}", variable_fsr_trunk="free", variable_cc_agent="nancy@acme"))
    assert used(caps) == MOST


# In an hour


def test_hour_slides() -> None:
    made = Made(calls=0, an_hour=10)
    for _ in range(10):
        assert not over(made.caps)
        made.now += 60
    assert "10 of 10 numbers of acme in an hour; to open it: a greater [dialling] an_hour" in over(made.caps)
    made.now += 50 * 60 - 1
    assert over(made.caps), "the first minute is in the hour still"
    made.now += 120
    assert not over(made.caps)
    assert used(made.caps, "an_hour") == 9, "two minutes have left the hour, one number more is in it"
    made.now += 2 * 3600
    assert used(made.caps, "an_hour") == 0 and made.caps.told() == {"own": {}, "heard": {}}


# Of all routers


def told(*others: Caps) -> list[dict[str, Any]]:
    return [each.told() for each in others]


def test_burst_over_two_routers_is_capped_once_they_have_told() -> None:
    made = Made(calls=4, an_hour=5)
    one, two = made.caps, made.another(4, 5)
    for i in range(2):
        one.take("acme", f"one{i}", "number:a", "carrier")
        two.take("acme", f"two{i}", "number:a", "free")
    assert used(one) == used(two) == 2, "not told yet"
    one.others(told(two))
    two.others(told(one))
    assert used(one) == used(two) == 4 and used(two, "trunk", "carrier") == 2
    assert "there are 4 of 4 numbers" in over(one) and "there are 4 of 4 numbers" in over(two)
    one.done("one0")
    assert not over(one)
    assert "there are 4 of 4" in over(two), "until it is told"


def test_counts_of_a_router_end_with_it() -> None:
    made = Made(calls=2)
    one, two = made.caps, made.another(2)
    for i in range(2):
        two.take("acme", f"two{i}", "number:a", "free")
    one.others(told(two))
    assert over(one)
    one.others([])
    assert not over(one)


def test_what_all_routers_hear_counts_once() -> None:
    made = Made(calls=9)
    one, two, three = made.caps, made.another(9), made.another(9)
    for each in (one, two):
        each.heard(event("CHANNEL_ANSWER", "q", variable_fsr_trunk="free", variable_cc_agent="nancy@acme"))
    for each in (one, two, three):
        each.others(told(*({one, two, three} - {each})))
        assert used(each) == 1


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"own": 3},
        {"own": {"calls acme": 9}},
        {"own": {"calls": {"acme": "many"}}},
        {"own": {"calls": {"acme": -7}}},
    ],
)
def test_what_another_version_tells_is_read_as_far_as_it_can_be(strange: dict[str, Any]) -> None:
    caps = Made().caps
    caps.others([strange, {"own": {"calls": {"acme": 1}, "new": 3}}])
    assert used(caps) == 1


def test_high_is_from_four_fifths_on() -> None:
    caps = Made(calls=5).caps
    for i in range(3):
        caps.take("acme", f"call{i}", "number:a", "free")
    assert caps.high() == []
    caps.take("acme", "call3", "number:a", "free")
    assert caps.high() == [Usage("calls", "acme", 4, 5)] and str(caps.high()[0]) == "4 of 5 numbers of acme at once"
