"""What is bound in one greenlet is in its lines, in those of the work that it hands on, and in nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import gevent
import pytest
from gevent.threadpool import ThreadPool

from fsrouter.log.context import bind, bound, carried


def test_greenlets_that_take_turns_keep_what_each_has_bound() -> None:
    seen: dict[str, list[Mapping[str, str]]] = {"a": [], "b": []}

    def call(uuid: str) -> None:
        bind(uuid=uuid)
        for company in ("acme", "globex"):
            gevent.sleep(0)
            bind(company=company)
            gevent.sleep(0)
            seen[uuid].append(bound())

    gevent.joinall([gevent.spawn(call, "a"), gevent.spawn(call, "b")], raise_error=True)
    for uuid, found in seen.items():
        assert found == [{"uuid": uuid, "company": "acme"}, {"uuid": uuid, "company": "globex"}]
    assert gevent.spawn(bound).get() == {}


@pytest.fixture
def thread() -> Callable[..., Mapping[str, str]]:
    """Runs work in one and the same native thread."""
    pool = ThreadPool(1)
    return lambda work: pool.spawn(work).get()  # type: ignore[no-any-return]


def test_thread_has_what_is_carried_and_keeps_nothing_of_it(thread: Callable[..., Mapping[str, str]]) -> None:
    def call() -> list[Mapping[str, str]]:
        bind(uuid="a")
        work = carried(bound)
        bind(uuid="b")
        return [thread(work), thread(bound), thread(carried(lambda: bind(uuid="c") or bound())), bound()]  # type: ignore[func-returns-value]

    assert gevent.spawn(call).get() == [{"uuid": "a"}, {}, {"uuid": "c"}, {"uuid": "b"}]
