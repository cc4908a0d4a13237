"""What `crm check` tells, and who of us is which user of a CRM."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crm import server as faults
from crm.rig import ALL, SYNCED, Rig, Stub, book, no_reply
from fsrouter.crm.check import check
from fsrouter.crm.client import Client
from fsrouter.crm.connectors.base import User
from fsrouter.crm.sync.owners import unmapped_users
from fsrouter.engine.model import crms
from fsrouter.engine.model.people import Agent, Distribution, Owner
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store

Make = Callable[..., Rig]


def checked(rig: Rig):  # type: ignore[no-untyped-def]
    return check(rig.book, "crm", rig.client, rig.store.contacts)


@pytest.mark.parametrize("kind", ALL)
def test_check_of_a_crm_that_is_well(crm: Make, kind: str) -> None:
    rig = crm(kind)
    before = checked(rig)
    assert (before.crm, before.kind, before.reachable, before.let_in, before.problems) == ("crm", kind, True, True, ())
    assert (before.cached, before.synced, before.age) == (0, 0.0, None)
    assert all(module.readable for module in before.modules)
    if kind in SYNCED:
        assert before.modules[0].records == 5
        rig.sync()
        rig.now += 60
        after = checked(rig)
        assert after.cached == 8 and 59 < (after.age or 0) < 62


@pytest.mark.parametrize("kind", ALL)
def test_check_with_a_credential_that_does_not_work(crm: Make, kind: str) -> None:
    rig = crm(kind)
    rig.stand_in.always = faults.status(401)
    found = checked(rig)
    assert (found.reachable, found.let_in) == (True, False)
    assert "does not know the credential" in found.problems[0]


def test_check_of_a_module_that_may_not_be_read(crm: Make) -> None:
    rig = crm("connectwise")
    rig.stand_in.misbehave(faults.status(403))
    found = checked(rig)
    assert (found.reachable, found.let_in) == (True, True)
    assert [m.readable for m in found.modules] == [False, True]
    assert "403" in found.modules[0].why


@pytest.mark.parametrize("kind", ALL)
def test_check_of_a_crm_that_is_away(crm: Make, kind: str) -> None:
    rig = crm(kind)
    rig.server.stop()
    found = checked(rig)
    assert (found.reachable, found.let_in) == (False, None)
    assert "Connection refused" in found.problems[0]


def test_users_without_an_agent_are_unmapped(crm: Make) -> None:
    rig = crm("hubspot", agents={"nancy": Agent(endpoint="user/1", crm_user={"*": "NANCY@acme.example"})})
    assert checked(rig).unmapped == (User(id="502", email="johan@acme.example", name="Johan Berg"),)


def test_only_properties_of_users_name_owners(crm: Make) -> None:
    rig = crm("hubspot")
    for n, name in enumerate(("hubspot_owner_id", "closer", "tier")):
        rig.book.distributions[f"d{n}"] = Distribution(owner=Owner(crm="crm", property=name))
    assert checked(rig).problems == ("'tier' is no property whose value is a user, so it names no owner",)


def test_check_of_users_that_may_not_be_read(crm: Make) -> None:
    rig = crm("hubspot")
    ok = lambda talk: talk.say(rig.stand_in.answer(rig.stand_in.seen[-1]))  # noqa: E731
    rig.stand_in.misbehave(ok, ok, faults.status(403))
    found = checked(rig)
    assert found.let_in and "users cannot be read" in found.problems[0]


def test_check_of_a_csv_file(tmp_path: Path, store: Store) -> None:
    told = book({"people": crms.Csv(path=str(tmp_path / "people.csv"))})
    client = Client(Stub(no_reply), NATIVE)
    away = check(told, "people", client, store.contacts)
    assert (away.kind, away.reachable) == ("csv", False) and "No such file" in away.problems[0]
    (tmp_path / "people.csv").write_text("id,phones\n")
    assert check(told, "people", client, store.contacts).reachable


def test_users_are_mapped_by_id_and_by_address() -> None:
    agents = {
        "a": Agent(endpoint="user/1", crm_user={"*": "1"}),
        "b": Agent(endpoint="user/2", crm_user={"hub": "B@x.example"}),
        "c": Agent(endpoint="user/3", crm_user={"other": "3"}),
    }
    users = [User(id="1"), User(id="2", email="b@X.example"), User(id="3"), User(id="4", email="d@x.example")]
    assert [u.id for u in unmapped_users(book({}, agents), "hub", users)] == ["3", "4"]
