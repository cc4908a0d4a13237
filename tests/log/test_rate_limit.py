"""Tests of fsrouter/log/rate_limit.py."""

from __future__ import annotations

from fsrouter.log.rate_limit import KINDS, RateLimit


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_first_line_of_a_kind_is_written_and_then_one_a_minute() -> None:
    clock = Clock()
    limit = RateLimit(clock)
    assert [limit.due("secret") for _ in range(4)] == [0, None, None, None]
    clock.now += 59
    assert limit.due("secret") is None
    clock.now += 1
    assert limit.due("secret") == 4
    assert limit.due("secret") is None


def test_kinds_do_not_share_a_limit() -> None:
    limit = RateLimit(Clock())
    assert limit.due("192.0.2.1") == 0
    assert limit.due("192.0.2.2") == 0
    assert limit.due("192.0.2.1") is None


def test_many_kinds_take_no_more_room_and_write_no_more_lines() -> None:
    clock = Clock()
    limit = RateLimit(clock)
    written = [each for each in range(10_000) if limit.due(f"peer {each}") is not None]
    assert len(written) == KINDS + 1
    clock.now += 60
    assert limit.due("peer 9999") == 0, "those that are long ago make room"
