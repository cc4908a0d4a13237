"""The breaker and the kept answers by themselves; time is given."""

from __future__ import annotations

from crm.rig import Clock
from fsrouter.crm import breaker
from fsrouter.crm.answers import MOST, Answers
from fsrouter.crm.breaker import Breaker


def test_the_breaker_lets_one_try() -> None:
    clock = Clock()
    fuse = Breaker(clock)
    for _ in range(breaker.FAILURES):
        assert fuse.allows()
        fuse.failed()
    assert not fuse.allows()
    clock.now += breaker.PAUSE
    assert [fuse.allows(), fuse.allows()] == [True, False]
    fuse.failed()
    assert not fuse.allows()
    clock.now += breaker.PAUSE
    assert fuse.allows()
    fuse.succeeded()
    assert [fuse.allows(), fuse.allows()] == [True, True]


def test_answers_are_bounded() -> None:
    answers: Answers[int] = Answers(Clock())
    for n in range(MOST + 10):
        answers.get(n, lambda: 1, 1.0)
    assert len(answers._kept) == MOST
    assert not answers._asking
