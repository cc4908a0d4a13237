"""What is to be sent later: in order, by one router at a time, again over hours, given up after a day, bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fsrouter.store import Node, Store
from fsrouter.store.outgoing import AGAIN, GIVE_UP, LONGEST_AGAIN, REMEMBERED, Outgoing

HUB, BOOKS = ("acme", "hub"), ("acme", "books")


class Site:
    """A store whose clock is set by hand, shared by the routers r1 and r2, who live."""

    def __init__(self, url: str) -> None:
        self.now = 1_000_000.0
        self.store = Store.open(url, clock=lambda: self.now)
        self.queue = self.store.outgoing
        self.beat()

    def beat(self, *names: str) -> None:
        for name in names or ("r1", "r2"):
            self.store.nodes.beat(Node(name=name, beat=self.now))

    def put(self, key: str, subject: str = "c-1", target: tuple[str, str] = HUB, body: str = "{}") -> int:
        return self.queue.put("note", target, subject, key, body)

    def take(self, node: str = "r1", target: tuple[str, str] = HUB) -> Outgoing:
        found = self.queue.take("note", target, node)
        assert found is not None
        return found

    def nothing(self, node: str = "r1", target: tuple[str, str] = HUB) -> bool:
        return self.queue.take("note", target, node) is None


@pytest.fixture
def site(url: str) -> Iterator[Site]:
    made = Site(url)
    yield made
    made.store.close()


def keys(take: Callable[[], Outgoing | None]) -> list[str]:
    found = []
    while item := take():
        found.append(item.key)
    return found


def test_what_is_put_in_is_taken_as_it_was_and_once(site: Site) -> None:
    assert site.put("u1", body='{"text": "\\u0000 hi"}') == 0
    item = site.take()
    assert (item.company, item.target, item.subject, item.key) == ("acme", "hub", "c-1", "u1")
    assert (item.body, item.at, item.tries, item.error) == ('{"text": "\\u0000 hi"}', site.now, 0, "")
    assert site.nothing() and site.nothing("r2") and site.queue.waiting("note") == 1
    site.queue.sent(item)
    site.put("u1")
    assert site.nothing() and site.queue.waiting("note") == 0


def test_kinds_companies_and_targets_are_apart(site: Site) -> None:
    site.put("u1")
    site.put("u1", target=BOOKS)
    site.put("u1", target=("other", "hub"))
    site.queue.put("webhook", HUB, "c-1", "u1", "{}")
    assert sorted(site.queue.due("note")) == [BOOKS, HUB, ("other", "hub")]
    assert site.take(target=BOOKS).target == "books" and site.take().company == "acme"
    assert site.queue.due("note") == [("other", "hub")] and site.queue.due("webhook") == [HUB]


def test_one_subject_goes_in_order_and_others_meanwhile(site: Site) -> None:
    for key, subject in (("u1", "c-1"), ("u2", "c-1"), ("u3", "c-2"), ("u4", "c-1")):
        site.put(key, subject)
    first, third = site.take(), site.take("r2")
    assert (first.key, third.key) == ("u1", "u3") and site.nothing() and site.queue.due("note") == []
    site.queue.sent(first)
    second = site.take("r2")
    site.queue.give_up(second, "is not wanted")
    assert second.key == "u2" and site.take().key == "u4"


def test_what_could_not_be_sent_is_tried_again_ever_later(site: Site) -> None:
    site.put("u1")
    waits = []
    for _ in range(12):
        item = site.take()
        site.queue.again(item, "is down")
        began = site.now
        while site.queue.due("note") == []:
            site.now += 30
        waits.append(site.now - began)
    assert waits[:4] == [AGAIN, 2 * AGAIN, 4 * AGAIN, 8 * AGAIN] and waits[-1] == LONGEST_AGAIN
    item = site.take()
    assert (item.tries, item.error) == (12, "is down")
    site.queue.again(item, "wants fewer", at_least=7200.0)
    site.now += 7199
    assert site.queue.due("note") == []


def test_all_of_a_target_waits_that_cannot_be_reached(site: Site) -> None:
    for key in ("u1", "u2", "u3"):
        site.put(key, subject=key)
    site.put("u1", target=BOOKS)
    first, second = site.take(), site.take("r2")
    site.queue.again(first, "is down")
    assert site.nothing() and site.queue.due("note") == [BOOKS]
    site.queue.sent(second)
    site.now += AGAIN
    site.beat()
    assert keys(lambda: site.queue.take("note", HUB, "r1")) == ["u1", "u3"]


def test_what_a_dead_router_had_is_another_ones(site: Site) -> None:
    site.put("u1")
    site.take("r1")
    site.now += 29
    site.beat("r2")
    assert site.nothing("r2")
    site.now += 1
    site.beat("r2")
    assert site.take("r2").key == "u1"


def test_what_a_router_had_is_free_when_it_stops_or_begins_anew(site: Site) -> None:
    site.put("u1")
    site.take("r1")
    site.queue.release("r2")
    assert site.nothing("r2")
    site.queue.release("r1")
    assert site.take("r2").key == "u1"


def test_two_routers_never_get_the_same(site: Site) -> None:
    for i in range(20):
        site.put(f"u{i}", subject=f"c-{i % 7}")
    taken: list[str] = []
    for i in range(40):
        if item := site.queue.take("note", HUB, ("r1", "r2")[i % 2]):
            taken.append(item.key)
            if i % 3:
                site.queue.sent(item)
    assert len(taken) == len(set(taken))


def test_what_cannot_be_sent_for_a_day_is_given_up_and_forgotten_later(site: Site) -> None:
    site.put("u1")
    site.queue.again(site.take(), "is down")
    site.now += GIVE_UP - 1
    site.put("u2")
    assert site.queue.expire("note") == []
    site.now += 1
    (gone,) = site.queue.expire("note")
    assert (gone.key, gone.error) == ("u1", "is down")
    site.put("u1")
    assert site.queue.waiting("note") == 1, "what was given up is remembered"
    site.now += REMEMBERED
    assert [item.key for item in site.queue.expire("note")] == ["u2"]
    site.put("u1")
    assert site.queue.waiting("note") == 1, "and forgotten"


def test_what_a_living_router_sends_is_not_given_up(site: Site) -> None:
    site.put("u1")
    site.take()
    site.now += GIVE_UP + 1
    assert site.queue.expire("note") == [] and site.queue.waiting("note") == 1


def test_the_oldest_goes_when_too_many_wait(site: Site) -> None:
    site.queue.most = 20
    with site.store.together():
        assert [site.put(f"u{i}", subject=f"c-{i}") for i in range(20)] == [0] * 20
    assert site.take().key == "u0"
    assert site.put("late") == 1 and site.queue.waiting("note") == 20
    assert site.take().key == "u2", "the oldest that nobody has taken"
    assert site.put("other", target=BOOKS) == 0


def test_what_is_over_tells_nobody_what_it_was(site: Site) -> None:
    site.put("u1", body="a caller's name")
    site.queue.sent(site.take())
    rows = site.store._database.rows("SELECT body, error, node FROM outgoing")
    assert [tuple(row) for row in rows] == [("", "", "")]
