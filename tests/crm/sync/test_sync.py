"""Every connector against its stand-in: what is in the cache after a sync, and that nothing ever spoils it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crm.office import Office, Person, office
from crm.rig import SYNCED, Rig, id_of
from fsrouter.crm.sync.marks import due
from fsrouter.crm.sync.report import Unread
from fsrouter.crm.sync.sync import FULL_EVERY, LEASE
from fsrouter.engine.model.people import Agent
from fsrouter.errors import Error

Make = Callable[..., Rig]


@pytest.mark.parametrize("kind", SYNCED)
def test_a_full_sync_brings_people_companies_and_all_their_numbers(crm: Make, kind: str) -> None:
    rig = crm(kind, 5)
    rig.office.people[1003].other = "Switchboard: 415 555 0199 x123"
    report = rig.sync()
    assert (report.kind, report.contacts, report.unread) == ("full", 8, 0)

    (first,) = rig.store.contacts.owners("acme", "+12005550001")
    assert (first.id, first.name, first.title) == (id_of(kind, 1001), "First1 Last1", "Chief Executive")
    assert (first.crm, first.account, first.account_id) == ("crm", "Company 2", id_of(kind, 2))
    assert first.territory == "East"
    assert first.owner == id_of(kind, 501)
    assert first.fields["tier"] == "1"
    assert rig.now - 1 < first.synced <= rig.now

    assert rig.owner_ids("+49301000003") == [id_of(kind, 1003)]
    assert rig.owner_ids("+14155550199") == [id_of(kind, 1003)]
    (company,) = rig.store.contacts.owners("acme", "+12125550001")
    assert (company.id, company.account, company.territory) == ("", "Company 1", "West")


@pytest.mark.parametrize(
    ("kind", "people"), [("hubspot", 250), ("zoho", 450), ("connectwise", 2300), ("salesforce", 2300)]
)
def test_pages_follow_each_other_to_the_last(crm: Make, kind: str, people: int) -> None:
    rig = crm(kind, people)
    seen: list[tuple[int, int | None]] = []
    report = rig.sync(progress=lambda read, of: seen.append((read, of)))
    assert report.contacts == people + 3
    assert rig.store.contacts.count("acme", "crm") == people + 3
    assert seen[-1] == (people + 3, people)
    assert [read for read, _ in seen] == sorted(read for read, _ in seen)


@pytest.mark.parametrize("kind", SYNCED)
def test_an_incremental_sync_asks_for_what_changed(crm: Make, kind: str) -> None:
    rig = crm(kind, 250)
    rig.sync()
    rig.now += 3600
    person = rig.office.people[1002]
    person.last, person.phone, person.changed = "Married", "(312) 555-0177", rig.now - 60
    rig.office.people[2000] = Person(2000, "New", "Comer", phone="(312) 555-0178", changed=rig.now - 30)
    asked = len(rig.stand_in.seen)
    report = rig.sync()
    assert (report.kind, report.contacts) == ("incremental", 2)
    assert len(rig.stand_in.seen) - asked <= 12
    assert rig.owner_ids("+13125550177") == [id_of(kind, 1002)]
    assert rig.owner_ids("+12005550002") == []
    assert rig.owner_ids("+13125550178") == [id_of(kind, 2000)]
    assert rig.store.contacts.count("acme", "crm") == 254


@pytest.mark.parametrize("kind", ["hubspot", "zoho", "salesforce"])
def test_an_incremental_sync_deletes_what_is_listed_as_deleted(crm: Make, kind: str) -> None:
    rig = crm(kind, 5)
    rig.sync()
    rig.now += 3600
    rig.office.delete(1004, rig.now - 60)
    report = rig.sync()
    assert (report.kind, report.gone) == ("incremental", 1)
    assert rig.owner_ids("+12005550004") == []


@pytest.mark.parametrize("kind", SYNCED)
def test_an_unlisted_deletion_is_gone_after_a_day(crm: Make, kind: str) -> None:
    rig = crm(kind, 5)
    rig.sync()
    del rig.office.people[1004]
    rig.now += 3600
    assert rig.sync().kind == "incremental"
    assert rig.owner_ids("+12005550004") == [id_of(kind, 1004)]
    rig.now += FULL_EVERY
    assert rig.sync().kind == "full"
    assert rig.owner_ids("+12005550004") == []


def test_inactive_people_of_connectwise_are_gone(crm: Make) -> None:
    rig = crm("connectwise", 3)
    rig.stand_in.inactive.add(1002)
    assert rig.sync().gone == 1
    assert rig.owner_ids("+12005550002") == []


def test_only_one_router_syncs_at_a_time(crm: Make) -> None:
    rig = crm("hubspot", 3)
    assert rig.store.contacts.sources.lease("acme", "crm", "router-2", 60)
    assert rig.sync().kind == "elsewhere"
    assert not rig.stand_in.seen
    rig.store.contacts.sources.lease("acme", "crm", "router-2", 0)
    assert rig.sync().kind == "full"
    assert rig.store.contacts.sources.lease("acme", "crm", "router-2", 60)


def test_a_lease_that_is_lost_ends_the_sync(crm: Make) -> None:
    """The router slept: by the time that it wakes up, another one has taken over."""
    rig = crm("hubspot", 450)

    def sleeps(read: int, of: int | None) -> None:
        rig.now += LEASE
        rig.store.contacts.sources.lease("acme", "crm", "router-1", 0.0)
        rig.store.contacts.sources.lease("acme", "crm", "router-2", 60.0)

    with pytest.raises(Error, match="another router"):
        rig.sync(progress=sleeps)
    assert rig.store.contacts.count("acme", "crm") == 0


def test_numbers_that_cannot_be_read_are_counted_and_listed(crm: Make) -> None:
    rig = crm("zoho", 3)
    rig.office.people[1001].mobile = "ask her sister"
    rig.office.people[1002].phone = "n/a"
    report = rig.sync()
    assert (report.unread, report.without_number) == (2, 1)
    assert report.listed == (Unread("1001", "ask her sister"), Unread("1002", "n/a"))


def test_owners_are_told_by_the_agents_addresses(crm: Make) -> None:
    agents = {
        "nancy": Agent(endpoint="user/1", crm_user={"*": "Nancy@acme.example"}),
        "johan": Agent(endpoint="user/2", crm_user={"crm": "502"}),
    }
    rig = crm("hubspot", 3, agents=agents)
    rig.sync()
    assert rig.store.contacts.owners("acme", "+12005550001")[0].owner == "Nancy@acme.example"
    assert rig.store.contacts.owners("acme", "+12005550002")[0].owner == "502"


def test_a_changed_rule_book_makes_the_sync_full(crm: Make) -> None:
    rig = crm("hubspot", 3, fields=())
    rig.sync()
    assert "tier" not in rig.store.contacts.owners("acme", "+12005550001")[0].fields
    rig.now += 60
    rig.book = crm("hubspot", 3).book
    rig.book.crms["crm"] = type(rig.book.crms["crm"])(token="${HUB}", url=rig.server.url)
    assert rig.sync().kind == "full"
    assert rig.store.contacts.owners("acme", "+12005550001")[0].fields["tier"] == "1"


def test_a_sync_is_due_after_its_interval(crm: Make) -> None:
    rig = crm("hubspot", 3)
    assert due("", 3600, rig.now)
    rig.sync()
    (source,) = rig.store.contacts.sources.list("acme")
    assert not due(source.mark, 3600, rig.now + 3599)
    assert due(source.mark, 3600, rig.now + 3600)
    assert due("no mark of ours", 3600, rig.now)


def test_hostile_texts_are_cleaned_and_bounded(crm: Make) -> None:
    people = office(2)
    people.people[1001].last = "O'Hara\r\nContent-Length: 0\x1b[2J${HUB}" + "x" * 5000
    people.people[1002].first = "[red]</script>"
    rig = crm("hubspot", people)
    rig.sync()
    (first,) = rig.store.contacts.owners("acme", "+12005550001")
    assert first.name.startswith("First1 O'Hara  Content-Length: 0[2J${HUB}x")
    assert first.name.isprintable() and len(first.name) <= 256


def test_a_crm_without_contacts_is_synced(crm: Make) -> None:
    for kind in SYNCED:
        assert crm(kind, Office()).sync(full=True).contacts == 0
