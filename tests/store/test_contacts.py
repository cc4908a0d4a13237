"""Contacts: found by any of their numbers, old ones whole until the new ones are."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.errors import Error
from fsrouter.store import Store
from fsrouter.store.contact_rows import BATCH


def ada(**values: Any) -> Contact:
    return Contact(**{"id": "c-1", "crm": "hub", "name": "Ada Byron", "account": "Globex", **values})


def entry(id: str, *numbers: str, **values: Any) -> Entry:
    return Entry(contact=Contact(**{"id": id, "name": f"Name {id}", **values}), numbers=numbers)


def ids(store: Store, number: str) -> list[str]:
    return [contact.id for contact in store.contacts.owners("acme", number)]


def test_a_contact_is_read_as_it_was_written(store: Store) -> None:
    contact = Contact(
        id="c-4711",
        crm="hub",
        name="Ada ✓",
        title="Buyer",
        account="Globex",
        account_id="a-1",
        territory="West",
        owner="501",
        fields={"tier": "2", "balance": "-12.50"},
        synced=1795300000.5,
    )
    assert store.contacts.upsert("acme", "hub", [Entry(contact=contact, numbers=("+14155550101", "+14155550102"))]) == 1
    assert store.contacts.owners("acme", "+14155550101") == (contact,)
    assert store.contacts.owners("acme", "+14155550102") == (contact,)
    assert store.contacts.numbers("acme", contact) == ("+14155550101", "+14155550102")


def test_owners_come_by_id_as_text_and_a_companys_own_number_last(store: Store) -> None:
    own = Entry(contact=Contact(account="Globex", account_id="a-1"), numbers=("+1",))
    store.contacts.upsert("acme", "hub", [entry("9", "+1"), own, entry("10", "+1"), entry("B", "+1"), entry("a", "+1")])
    assert ids(store, "+1") == ["10", "9", "B", "a", ""]
    assert store.contacts.owners("acme", "+1")[-1].account == "Globex"


def test_owners_come_in_the_order_of_crms(store: Store) -> None:
    for crm in ("", "books", "hub"):
        store.contacts.upsert("acme", crm, [entry("1" if crm else "0", "+1"), entry("2", "+1")])
    found = [(c.crm, c.id) for c in store.contacts.owners("acme", "+1", ("hub", "books"))]
    assert found == [("hub", "1"), ("hub", "2"), ("books", "1"), ("books", "2"), ("", "0")]


def test_owners_tell_who_else_has_their_name(store: Store) -> None:
    def namesakes(number: str) -> list[tuple[str, ...]]:
        return [contact.namesakes for contact in store.contacts.owners("acme", number)]

    own = Entry(contact=Contact(account="Bob"), numbers=("+3",))
    store.contacts.replace(
        "acme", "hub", [Entry(contact=ada(), numbers=("+1",)), entry("2", "+2"), entry("3", "+3"), own]
    )
    assert (namesakes("+1"), namesakes("+2"), namesakes("+3")) == ([()], [()], [(), ()])
    store.contacts.upsert("acme", "books", [Entry(contact=Contact(id="9", name="ADA  byron"), numbers=("+2",))])
    store.contacts.upsert("acme", "", [Entry(contact=Contact(id="x", name="Ada Byron"))])
    store.contacts.upsert("globex", "hub", [Entry(contact=Contact(id="2", name="Name 3"))])
    assert (namesakes("+1"), namesakes("+2"), namesakes("+3")) == ([("", "books")], [(), ("", "hub")], [(), ()])
    # What a sync has only staged counts no more than what it will leave behind.
    stage = store.contacts.stage("acme", "hub")
    stage.add([Entry(contact=Contact(id="z", name="Name 3")), entry("3", "+3")])
    assert namesakes("+3") == [(), ()]
    stage.swap()
    assert (namesakes("+3"), namesakes("+2")) == ([("hub",)], [("",)])


def test_names_that_several_contacts_have(store: Store) -> None:
    store.contacts.replace("acme", "hub", [entry("1", name="Ada Byron"), entry("2", name="ADA  byron"), entry("3")])
    store.contacts.replace("acme", "books", [entry("9", name="Name 3"), Entry(contact=Contact(account="Bob"))])
    store.contacts.replace("acme", "", [entry("3"), entry("x", name="Bob")])
    store.contacts.replace("globex", "hub", [entry("4", name="Bob"), entry("5", name="Bob")])
    asked = ["ada byron", "bob", "name 3", *map(str, range(BATCH))]
    assert store.contacts.namesakes("acme", "", asked) == {"ada byron": 2, "name 3": 2}
    assert store.contacts.namesakes("acme", "hub", asked) == {"ada byron": 2}
    assert store.contacts.namesakes("acme", "books", asked) == {"name 3": 2}


@pytest.mark.parametrize("number", ["+541123456789", "+5491123456789"])
def test_an_argentine_number_is_one_with_and_without_its_nine(store: Store, number: str) -> None:
    both = entry("2", "+541123456789", "+5491123456789")
    store.contacts.replace("acme", "hub", [entry("1", "+541123456789"), both, entry("3", "+5491123456789")])
    assert ids(store, number) == ["1", "2", "3"]


@pytest.mark.parametrize(("company", "number"), [("globex", "+1"), ("acme", "+2"), ("acme", ""), ("acme", "'; --")])
def test_an_unknown_number_has_no_owner(store: Store, company: str, number: str) -> None:
    store.contacts.upsert("acme", "hub", [entry("1", "+1"), entry("2", "")])
    assert store.contacts.owners(company, number) == ()


def test_a_change_replaces_numbers_and_fields(store: Store) -> None:
    store.contacts.upsert("acme", "hub", [entry("1", "+1", "+2", title="Buyer"), entry("2", "+2")])
    store.contacts.upsert("acme", "hub", [entry("1", "+2", "+3", title="Boss")])
    assert (ids(store, "+1"), ids(store, "+2"), ids(store, "+3")) == ([], ["1", "2"], ["1"])
    assert store.contacts.owners("acme", "+3")[0].title == "Boss"
    store.contacts.upsert("acme", "hub", [], remove=["1", "ghost"])
    assert (ids(store, "+2"), ids(store, "+3")) == (["2"], [])
    assert store.contacts.count("acme") == 1


def test_of_two_records_with_one_id_the_last_counts(store: Store) -> None:
    stage = store.contacts.stage("acme", "hub")
    assert stage.add([entry("1", "+1"), entry("1", "+2")]) == 1
    stage.add([entry("2", "+1")])
    stage.add([entry("2", "+2")])
    stage.swap()
    assert (ids(store, "+1"), ids(store, "+2")) == ([], ["1", "2"])


def far_apart(*rows: Entry) -> Iterator[Entry]:
    """Rows with more between them than are written at a time."""
    for n, row in enumerate(rows):
        yield row
        yield from (entry(f"{n}-{i}") for i in range(BATCH))


def test_rows_of_one_contact_are_joined_wherever_they_stand(store: Store) -> None:
    rows = (
        entry("1", "+1", "+2", title="Buyer", fields={"tier": "1", "seats": "3"}),
        Entry(contact=Contact(account="Globex", account_id="a-1"), numbers=("+7",)),
        Entry(contact=Contact(id="1", fields={"tier": "2"}), numbers=("+3", "+1")),
        Entry(contact=Contact(account_id="a-1", territory="West"), numbers=("+8",)),
        Entry(contact=Contact(id="1", title="Boss")),
    )
    assert store.contacts.replace("acme", "hub", far_apart(*rows)) == 5 * BATCH + 2
    ada = Contact(id="1", crm="hub", name="Name 1", title="Boss", fields={"tier": "2", "seats": "3"})
    assert [store.contacts.owners("acme", number) for number in ("+1", "+2", "+3")] == [(ada,)] * 3
    globex = Contact(crm="hub", account="Globex", account_id="a-1", territory="West")
    assert [store.contacts.owners("acme", number) for number in ("+7", "+8")] == [(globex,)] * 2


def test_an_import_takes_the_memory_of_a_batch(sqlite_url: str) -> None:
    def peak(store: Store, batches: int) -> int:
        rows = (entry(f"{i % (batches * BATCH // 2)}", f"+{i}", title="x" * 200) for i in range(batches * BATCH))
        tracemalloc.start()
        try:
            assert store.contacts.import_rows("acme", rows).contacts == batches * BATCH // 2
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    with Store.open(sqlite_url) as store:
        peak(store, 2)
        few, many = peak(store, 2), peak(store, 12)
    assert many < 2 * few, (few, many)


def test_rows_of_a_file_replace_what_was_known_and_are_joined_among_each_other(store: Store) -> None:
    store.contacts.upsert("acme", "", [entry("1", "+1", title="Buyer"), entry("2", "+1"), entry("3", "+1")])
    rows = entry("1", "+2"), entry("1", "+3", owner="501"), Entry(contact=Contact(id="2"), gone=True)
    for _ in range(2):
        done = store.contacts.import_rows("acme", far_apart(*rows))
        assert (done.contacts, done.companies, done.removed) == (3 * BATCH + 1, 0, 1)
        assert [ids(store, number) for number in ("+1", "+2", "+3")] == [["3"], ["1"], ["1"]]
    assert store.contacts.owners("acme", "+2") == (Contact(id="1", name="Name 1", owner="501"),)


def test_a_row_removes_a_companys_number_and_no_others(store: Store) -> None:
    def own(account_id: str, *numbers: str, gone: bool = False, account: str = "", crm: str = "") -> Entry:
        contact = Contact(account_id=account_id, account=account, crm=crm)
        return Entry(contact=contact, numbers=numbers, gone=gone)

    def companies(number: str) -> list[str]:
        return [contact.account_id for contact in store.contacts.owners("acme", number)]

    known = (
        own("a-1", "+1", "+2", account="Globex"),
        own("a-2", "+1", "+3"),
        own("a-3", "+1", crm="hub"),
        own("a-4", "+4"),
    )
    store.contacts.import_rows("acme", known)
    store.contacts.import_rows("acme", [own("a-2", "+1", gone=True)])
    assert companies("+1") == ["a-3", "a-1"]
    store.contacts.import_rows(
        "acme", [own("", "+2", gone=True, account="GLOBEX"), own("", "+3", gone=True, account="X")]
    )
    assert [companies(number) for number in ("+1", "+2", "+3")] == [["a-3", "a-1"], [], ["a-2"]]
    store.contacts.import_rows("acme", [own("", "+1", "+4", gone=True)])
    assert [companies(number) for number in ("+1", "+3", "+4")] == [["a-3"], ["a-2"], []]
    assert store.contacts.count("acme", "") == 1


def test_crms_do_not_touch_each_other(store: Store) -> None:
    store.contacts.upsert("acme", "hub", [entry("1", "+1")])
    store.contacts.upsert("acme", "books", [entry("1", "+1"), entry("2", "+1")])
    store.contacts.replace("acme", "books", [entry("3", "+1")])
    assert [(c.crm, c.id) for c in store.contacts.owners("acme", "+1")] == [("hub", "1"), ("books", "3")]
    assert (store.contacts.count("acme"), store.contacts.count("acme", "hub")) == (2, 1)


def test_a_full_sync_replaces_all_at_once(store: Store) -> None:
    store.contacts.replace("acme", "hub", [entry("1", "+1"), entry("2", "+2")], mark="monday")
    seen: list[list[str]] = []

    def coming() -> Iterator[Entry]:
        for i in range(1200):
            seen.append(ids(store, "+1"))
            yield entry(f"n{i}", "+1")

    assert store.contacts.replace("acme", "hub", coming()) == 1200
    assert all(owners == ["1"] for owners in seen)
    assert len(ids(store, "+1")) == 1200
    assert ids(store, "+2") == []
    assert store.contacts.count("acme") == 1200
    assert store._database.rows("SELECT count(*) FROM contact") == [(1200,)]
    assert store.contacts.sources.list("acme")[0].mark == "monday"


def test_a_sync_that_fails_leaves_the_old_ones_whole(store: Store) -> None:
    store.contacts.replace("acme", "hub", [entry("1", "+1")])

    def broken() -> Iterator[Entry]:
        for i in range(1200):
            yield entry(f"n{i}", "+1")
        raise ConnectionError("the CRM hung up")

    with pytest.raises(ConnectionError):
        store.contacts.replace("acme", "hub", broken())
    with pytest.raises(ConnectionError):
        store.contacts.upsert("acme", "hub", broken())
    assert ids(store, "+1") == ["1"]
    assert store._database.rows("SELECT count(*) FROM contact") == [(1,)]


CRASH = """
import os, sys
from fsrouter.engine.contacts import Contact, Entry
from fsrouter.store import Store
from fsrouter.store.contact_rows import BATCH

def coming():
    for i in range(1200):
        yield Entry(contact=Contact(id=f"n{i}"), numbers=("+1",))
    os._exit(9)

store = Store.open(sys.argv[1])
getattr(store.contacts, sys.argv[2])("acme", "hub", coming())
"""


@pytest.mark.parametrize("verb", ["replace", "upsert"])
def test_a_process_that_dies_in_the_middle_leaves_the_old_ones_whole(url: str, verb: str) -> None:
    with Store.open(url) as store:
        store.contacts.replace("acme", "hub", [entry("1", "+1")])
    assert subprocess.run([sys.executable, "-c", CRASH, url, verb]).returncode == 9
    with Store.open(url) as store:
        assert ids(store, "+1") == ["1"]
        assert store.contacts.count("acme") == 1
        store.contacts.replace("acme", "hub", [entry("2", "+1")])
        assert ids(store, "+1") == ["2"]
        assert store._database.rows("SELECT count(*) FROM contact") == [(1,)]


def test_a_broken_sync_is_resumed_where_it_stood(store: Store) -> None:
    store.contacts.replace("acme", "hub", [entry("1", "+1")])
    store.contacts.stage("acme", "hub").add([entry("2", "+1")], cursor="page 2")
    again = store.contacts.stage("acme", "hub", resume=True)
    assert again.cursor == "page 2"
    again.add([entry("3", "+1")], cursor="page 3")
    assert ids(store, "+1") == ["1"]
    again.swap(mark="tuesday")
    assert ids(store, "+1") == ["2", "3"]
    source = store.contacts.sources.list("acme")[0]
    assert (source.mark, source.cursor, source.staging) == ("tuesday", "", 0)
    assert source.synced > 0


def test_of_two_syncs_the_later_one_counts(store: Store) -> None:
    first = store.contacts.stage("acme", "hub")
    first.add([entry("1", "+1")])
    second = store.contacts.stage("acme", "hub")
    second.add([entry("2", "+1")])
    with pytest.raises(Error, match="another sync of acme's hub"):
        first.add([entry("3", "+1")])
    with pytest.raises(Error, match="another sync of acme's hub"):
        first.swap()
    second.swap()
    assert ids(store, "+1") == ["2"]


def test_one_node_at_a_time_may_sync(store: Store) -> None:
    sources = store.contacts.sources
    assert sources.lease("acme", "hub", "a", 60)
    assert not sources.lease("acme", "hub", "b", 60)
    assert sources.lease("acme", "books", "b", 60)
    assert sources.lease("acme", "hub", "a", 0)
    assert sources.lease("acme", "hub", "b", 60)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Byron", ["c-1"]),
        ("byr", ["c-1"]),
        ("globex", ["c-1", "c-2"]),
        ("c-2", ["c-2"]),
        ("+1415", ["c-1", "c-2"]),
        ("+14155550101", ["c-1"]),
        ("+2", []),
        ("%", ["c-3"]),
        ("_", []),
        ("'", []),
    ],
)
def test_contacts_are_found_by_what_people_know(store: Store, text: str, found: list[str]) -> None:
    people = [
        Entry(contact=ada(), numbers=("+14155550101",)),
        Entry(contact=ada(id="c-2", name="Grace Hopper"), numbers=("+14155550102", "+13125550100")),
        Entry(contact=ada(id="c-3", name="100 % Ltd", account="")),
    ]
    store.contacts.upsert("acme", "hub", people)
    number = text if text.startswith("+") else ""
    assert [entry.contact.id for entry in store.contacts.find("acme", text, number=number)] == found
    assert store.contacts.find("globex", text, number=number) == ()


def test_contacts_that_are_found_have_their_numbers(store: Store) -> None:
    known = Entry(contact=ada(), numbers=("+13125550100", "+14155550101"))
    store.contacts.upsert("acme", "hub", [known])
    assert store.contacts.find("acme", "Byron") == (known,)
    assert store.contacts.find("acme", "Byron", limit=0) == ()


def test_what_a_crm_sends_is_bounded(store: Store) -> None:
    fields = {f"f{i}": "x" * 5000 for i in range(600)}
    contact = Contact(id="1", name="N" * 5000 + "\0", fields=fields, title="\ud800half", owner="a\0b")
    store.contacts.upsert("acme", "hub", [Entry(contact=contact, numbers=("+1", "+" + "9" * 500))])
    found = store.contacts.owners("acme", "+1")[0]
    assert (len(found.name), len(found.fields), len(found.fields["f0"])) == (256, 500, 2000)
    assert (found.title, found.owner) == ("\ufffdhalf", "a\ufffdb")


def test_looking_up_a_caller_never_scans(sqlite_url: str) -> None:
    with Store.open(sqlite_url) as store:
        plan = store._database.rows("EXPLAIN QUERY PLAN " + store.contacts._owners, "acme", "acme", "+1", "+1")
    assert plan
    assert not [step for step in plan if "SCAN" in step[3]]
