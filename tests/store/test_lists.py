"""What stands on lists: found by all that stands for a caller, changed by entry, read page by page."""

from __future__ import annotations

import pytest

from fsrouter.engine.contacts import PLAIN, Contact
from fsrouter.engine.model.lists import CONTACT, NUMBER, PREFIX, Change, Listed, Member, members
from fsrouter.store import Store
from fsrouter.store.lists import Done

NOW = 1000.0
ADA = "+13125550142"


def entry(kind: str, value: str, name: str = "blocked", until: float | None = None, **more: str) -> Listed:
    return Listed(list=name, member=Member(kind, value), at=NOW, until=until, **({"who": "ann", "why": "spam"} | more))


def put(store: Store, *entries: Listed, company: str = "acme", keep: tuple[str, ...] = ()) -> Done:
    return store.lists.change(company, (Change(listed=each) for each in entries), frozenset(keep))


def on(store: Store, number: str, *ids: str, now: float = NOW, company: str = "acme") -> set[str]:
    stands = members(number, [Contact(id=id) for id in ids], lambda crm: PLAIN)
    return set(store.lists.on(company, stands, now))


def test_caller_is_on_the_lists_of_number_prefix_and_contacts(store: Store) -> None:
    put(store, entry(NUMBER, ADA), entry(PREFIX, "+1312", "chicago"), entry(CONTACT, "51", "vip"))
    assert on(store, ADA, "7", "51") == {"blocked", "chicago", "vip"}
    assert on(store, ADA) == {"blocked", "chicago"}
    assert on(store, "+13125550143") == {"chicago"}
    assert on(store, "+442079460958", "51") == {"vip"}
    assert on(store, "") == on(store, "+17735550101", "512", "5") == set()


def test_text_of_another_kind_is_nobody(store: Store) -> None:
    put(store, entry(CONTACT, ADA), entry(CONTACT, "+1312"), entry(NUMBER, "+1312"), entry(PREFIX, "51"))
    assert on(store, ADA) == on(store, "+13125550143", "51") == set()
    put(store, entry(PREFIX, ADA, "whole"))
    assert on(store, ADA) == {"whole"}


def test_entry_that_has_run_out_holds_no_more(store: Store) -> None:
    put(store, entry(NUMBER, ADA, until=NOW + 60), entry(PREFIX, "+1", "old", until=NOW))
    assert on(store, ADA) == {"blocked"} == on(store, ADA, now=NOW + 59)
    assert on(store, ADA, now=NOW + 60) == set()
    assert on(store, ADA, now=NOW - 1) == {"blocked", "old"}


def test_lists_of_companies_are_their_own(store: Store) -> None:
    put(store, entry(NUMBER, ADA))
    assert on(store, ADA, company="globex") == set()
    assert put(store, entry(NUMBER, ADA, why="theirs"), company="globex") == Done(added=1)
    assert [each.why for each in store.lists.entries("acme", "blocked")] == ["spam"]


def test_change_says_what_it_has_done(store: Store) -> None:
    bob = entry(NUMBER, "+13125550199")
    assert put(store, entry(NUMBER, ADA), bob) == Done(added=2)
    assert put(store, entry(NUMBER, ADA), bob) == Done()
    assert put(store, entry(NUMBER, ADA, why="fax"), entry(PREFIX, ADA)) == Done(added=1, changed=1)
    gone = [Change(listed=bob, gone=True), Change(listed=entry(CONTACT, "9"), gone=True)]
    assert store.lists.change("acme", gone) == Done(removed=1)
    assert [str(each.member) for each in store.lists.entries("acme", "blocked")] == [ADA, f"{ADA}*"]


def test_of_two_changes_of_one_entry_the_later_counts(store: Store) -> None:
    many = [entry(NUMBER, f"+1312555{i:04}") for i in range(1500)]
    again = [entry(NUMBER, "+13125550001", why="twice"), entry(NUMBER, "+13125550001", why="thrice")]
    assert put(store, *many, *again) == Done(added=1500, changed=1)
    assert store.lists.entries("acme", "blocked", text="+13125550001")[0].why == "thrice"


def test_what_is_kept_stays_as_it_was(store: Store) -> None:
    put(store, entry(NUMBER, ADA, why="first", until=NOW + 5))
    later = Listed(list="blocked", member=Member(NUMBER, ADA), who="bob", at=NOW + 9)
    assert put(store, later, keep=("why", "until", "who", "at")) == Done()
    assert put(store, later, keep=("why", "who", "at")) == Done(changed=1)
    (now,) = store.lists.entries("acme", "blocked")
    assert (now.who, now.why, now.at, now.until) == ("bob", "first", NOW + 9, None)


def test_nothing_is_changed_when_the_changes_break(store: Store) -> None:
    def changes() -> object:
        yield Change(listed=entry(NUMBER, ADA))
        raise ValueError("the file broke")

    with pytest.raises(ValueError):
        store.lists.change("acme", changes())  # type: ignore[arg-type]
    assert store.lists.count("acme") == {}


def test_entries_come_page_by_page_and_each_once(store: Store) -> None:
    every = [entry(NUMBER, f"+1312555{i:04}") for i in range(30)] + [entry(PREFIX, f"+1312555{i:04}") for i in range(9)]
    put(store, *every, entry(NUMBER, ADA, "vip"))
    assert store.lists.count("acme") == {"blocked": 39, "vip": 1}
    pages, after = [], None
    while page := store.lists.entries("acme", "blocked", after=after, limit=7):
        pages.append(page)
        after = page[-1].member
    found = [each for page in pages for each in page]
    assert found == sorted(every, key=lambda each: (each.member.value, each.member.kind))
    assert [len(page) for page in pages] == [7, 7, 7, 7, 7, 4]
    assert list(store.lists.every("acme", "blocked")) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("+1312", [ADA]), ("fax", ["+442079460958"]), ("bob", ["51"]), ("%", ["51"]), ("_", []), ("*", []), ("5", ["51"])],
)
def test_search_finds_by_number_reason_and_person(store: Store, text: str, found: list[str]) -> None:
    put(store, entry(NUMBER, ADA), entry(NUMBER, "+442079460958", why="a fax"))
    put(store, entry(CONTACT, "51", who="bob", why="100%"))
    assert [each.member.value for each in store.lists.entries("acme", "blocked", text=text)] == found
