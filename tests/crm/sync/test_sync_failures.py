"""Syncs that fail, break off and are gone on with: the cache is whole throughout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crm import server as faults
from crm.office import office
from crm.rig import SYNCED, Rig, SetClock, id_of
from fsrouter.crm.errors import CrmBadReply, CrmEmpty, CrmError, CrmLimited, CrmRefused, CrmTimeout, CrmUnavailable
from fsrouter.crm.transport.http import Bounds

Make = Callable[..., Rig]

#: What goes wrong in the middle of a sync, what comes of it, and whether the sync tried again.
BREAKS: list[tuple[str, Any, type[CrmError], bool]] = [
    ("401", faults.status(401), CrmRefused, False),
    ("403", faults.status(403), CrmRefused, False),
    ("404", faults.status(404), CrmBadReply, False),
    ("500", faults.status(500), CrmUnavailable, True),
    ("503 for longer than is waited", faults.status(503, Retry_After="3000"), CrmUnavailable, False),
    ("429", faults.status(429, Retry_After="7"), CrmLimited, True),
    ("hangs up", faults.hang_up, CrmUnavailable, True),
    ("half an answer", faults.half, CrmUnavailable, True),
    ("no JSON", faults.body(b"<html>"), CrmBadReply, False),
    ("half of the JSON", faults.body(b'{"results": ['), CrmBadReply, False),
    ("JSON of another form", faults.body(b'{"results": 7, "data": 7, "records": 7, "fields": 7}'), CrmBadReply, False),
    ("too deep", faults.deep, CrmBadReply, False),
]


@pytest.mark.parametrize("kind", SYNCED)
@pytest.mark.parametrize(("fault", "error", "again"), [b[1:] for b in BREAKS], ids=[b[0] for b in BREAKS])
def test_a_sync_that_fails_leaves_the_old_cache_whole(
    crm: Make, kind: str, fault: Any, error: type[CrmError], again: bool
) -> None:
    rig = crm(kind, 3)
    rig.sync()
    before = rig.cached()
    rig.office.people[1001].last = "Changed"
    rig.stand_in.always = fault
    asked = len(rig.stand_in.seen)
    with pytest.raises(error, match="crm: ") as raised:
        rig.sync(full=True)
    assert type(raised.value) is error
    assert rig.cached() == before
    assert (sum(s.path not in rig.stand_in.signing_in for s in rig.stand_in.seen[asked:]) > 2) == again
    if error is CrmLimited:
        assert rig.waited[-4:] == [7.0] * 4
    rig.stand_in.always = None
    rig.sync(full=True)
    assert (id_of(kind, 1001), "First1 Changed") in rig.cached()


@pytest.mark.parametrize("kind", SYNCED)
def test_a_fault_that_passes_is_waited_out(crm: Make, kind: str) -> None:
    rig = crm(kind, 3)
    rig.stand_in.misbehave(faults.status(429, Retry_After="11"), faults.status(500), faults.hang_up, faults.half)
    assert rig.sync().contacts == 6
    assert 11.0 in rig.waited


def listings(rig: Rig, after: int) -> set[tuple[str, str]]:
    """The pages of records that were asked for."""
    asked = (s for s in rig.stand_in.seen[after:] if s.method == "GET")
    return {(s.path, str(s.query)) for s in asked if "count" not in s.path and "COUNT" not in s.query.get("q", "")}


@pytest.mark.parametrize(
    ("kind", "people", "after"),
    [("hubspot", 450, 8), ("zoho", 650, 5), ("connectwise", 3500, 4), ("salesforce", 5000, 5)],
)
def test_a_broken_sync_goes_on_where_it_was(crm: Make, kind: str, people: int, after: int) -> None:
    """Killed in the middle: nobody sees half of it, and the next one does not begin again."""
    rig = crm(kind, office(3))
    rig.sync()
    before = rig.cached()
    rig.office.people.update(office(people).people)
    rig.office.people[1001].last = "Changed"

    def killed(read: int, of: int | None) -> None:
        if len(rig.stand_in.seen) - asked >= after:
            raise KeyboardInterrupt

    asked = len(rig.stand_in.seen)
    with pytest.raises(KeyboardInterrupt):
        rig.sync(full=True, progress=killed)
    assert rig.cached() == before
    first = listings(rig, asked)
    again = len(rig.stand_in.seen)
    report = rig.sync(full=True)
    assert first and not first & listings(rig, again)
    assert 0 < report.contacts < people + 3
    assert rig.store.contacts.count("acme", "crm") == people + 3
    assert rig.owner_ids("+12005550001") == [id_of(kind, 1001)]


def test_a_cursor_that_the_crm_no_longer_takes_begins_anew(crm: Make) -> None:
    rig = crm("hubspot", 450)

    def killed(read: int, of: int | None) -> None:
        if read >= 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rig.sync(progress=killed)
    rig.stand_in.misbehave(faults.status(400))
    assert rig.sync().contacts >= 453
    assert rig.store.contacts.count("acme", "crm") == 453


def test_pages_that_do_not_end_are_a_bad_reply(crm: Make) -> None:
    rig = crm("hubspot", 3)
    page = b'{"results": [], "paging": {"next": {"after": "7"}}}'
    ok = lambda talk: talk.say(rig.stand_in.answer(rig.stand_in.seen[-1]))  # noqa: E731
    rig.stand_in.misbehave(ok, ok, faults.body(page), faults.body(page))
    with pytest.raises(CrmBadReply, match="do not end"):
        rig.sync()


@pytest.mark.parametrize("kind", ["zoho", "salesforce"])
def test_a_token_that_expires_in_the_middle_is_renewed(crm: Make, kind: str) -> None:
    clock = SetClock()
    rig = crm(kind, 650, clock=clock)

    def expire(read: int, of: int | None) -> None:
        clock.now += 60
        rig.stand_in.expired.update(rig.stand_in.tokens[:1])

    rig.sync(progress=expire)
    assert len(rig.stand_in.tokens) == 2
    assert rig.store.contacts.count("acme", "crm") == 653


def test_a_timeout_is_tried_again(crm: Make) -> None:
    short = Bounds(1.0, 0.1, 0.2, 1 << 20)
    rig = crm("connectwise", 3)
    rig.stand_in.misbehave(faults.trickle, faults.silent)
    assert rig.sync(bounds=short).contacts == 6
    rig.stand_in.always = faults.silent
    with pytest.raises(CrmTimeout):
        rig.sync(full=True, bounds=short)


@pytest.mark.parametrize("kind", SYNCED)
def test_a_crm_that_says_it_has_nobody_is_believed_only_when_told_to(crm: Make, kind: str) -> None:
    rig = crm(kind, 3)
    rig.sync()
    before = rig.cached()
    rig.office.people.clear()
    for _ in range(3):
        with pytest.raises(CrmEmpty, match="crm: says that it has no contacts, so the 3 that are known stay"):
            rig.sync(full=True)
        assert rig.cached() == before
    rig.sync(full=True, accept_empty=True)
    assert [id for id, _ in rig.cached() if not id.startswith("account ")] == []
    rig.sync(full=True)  # where there was nobody, nobody is news
