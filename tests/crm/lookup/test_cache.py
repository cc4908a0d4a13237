"""The breaker and the kept answers by themselves; time is given."""

from __future__ import annotations

from crm.rig import SetClock
from fsrouter.crm.lookup import cache
from fsrouter.crm.lookup.cache import MOST, Breaker, LookupCache


def test_an_open_breaker_lets_one_request_through_after_its_pause() -> None:
    clock = SetClock()
    fuse = Breaker(clock)
    for _ in range(cache.FAILURES):
        assert fuse.allows()
        fuse.failed()
    assert not fuse.allows()
    clock.now += cache.PAUSE
    assert [fuse.allows(), fuse.allows()] == [True, False]
    fuse.failed()
    assert not fuse.allows()
    clock.now += cache.PAUSE
    assert fuse.allows()
    fuse.succeeded()
    assert [fuse.allows(), fuse.allows()] == [True, True]


def test_kept_answers_are_bounded() -> None:
    answers: LookupCache[int] = LookupCache(SetClock())
    for n in range(MOST + 10):
        answers.get(n, lambda: 1, 1.0)
    assert len(answers._kept) == MOST
    assert not answers._asking
