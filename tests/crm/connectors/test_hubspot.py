"""HubSpot by each version of its API, and by a Service Key."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from crm.rig import Rig
from fsrouter.crm.check import check
from fsrouter.crm.connectors.base import CallSummary, Wanted
from fsrouter.engine.model import crm_apis, crms, schema
from fsrouter.engine.model.scalars import Context

Make = Callable[..., Rig]
CALL = CallSummary(
    caller="+12005550001", number="+18725550111", began=1.8e9, seconds=75.0, answered=True, title="Call", text="x"
)


def of_version(crm: Make, version: str) -> Rig:
    """A HubSpot that has this version and no other, and a connection that asks for it."""
    rig: Rig = crm("hubspot", 3)
    rig.stand_in.versions = {version}
    rig.book.crms["crm"] = msgspec.structs.replace(rig.book.crms["crm"], api=version)
    return rig


@pytest.mark.parametrize("version", crm_apis.HUBSPOT_APIS)
def test_everything_works_by_each_version(crm: Make, version: str) -> None:
    rig = of_version(crm, version)
    assert check(rig.book, "crm", rig.client, rig.store.contacts).problems == ()
    assert rig.sync().contacts == 6
    rig.now += 3600
    rig.office.people[1002].changed = rig.now - 60
    rig.office.delete(1003, rig.now - 60)
    report = rig.sync()
    assert (report.contacts, report.gone) == (1, 1)
    connector = rig.connection.connector
    for module in ("Contacts", "Accounts"):
        assert rig.connection.run(connector.look_up(Wanted(number="+12005550001", module=module, field="tier")))
    assert len(rig.connection.run(connector.users())) == 2
    assert rig.connection.run(connector.owner_fields()) == ("hubspot_owner_id", "closer")
    rig.connection.run(connector.note("1001", CALL))
    assert len(rig.stand_in.calls) == 1


def test_newest_version_is_asked_for_where_none_is_named(crm: Make) -> None:
    rig = crm("hubspot", 1)
    rig.sync()
    newest = max(v for v in crm_apis.HUBSPOT_APIS if v.startswith("2"))
    assert next(iter(crm_apis.HUBSPOT_APIS)) == newest == rig.book.crms["crm"].api
    assert {s.path.split("/")[3] for s in rig.stand_in.seen} == {newest}


def test_version_that_ended_says_which_there_are_to_write(crm: Make) -> None:
    rig = of_version(crm, "2026-03")
    rig.stand_in.versions = {"2026-09"}
    problems = " ".join(check(rig.book, "crm", rig.client, rig.store.contacts).problems)
    assert "has `api: 2026-03`, which ends in 2027-09: write `api: 2026-09`" in problems


@pytest.mark.parametrize("told", ["v4", "2025-09", "2026", "V3 ", ""])
def test_version_that_is_not_documented_is_an_error(told: Any) -> None:
    tree = {"token": "${HUB}", "api": told}
    _, problems = schema.read(crms.HubSpot, tree, Context())
    assert [p.path for p in problems] == [("api",)]


def test_versions_end_in_the_order_in_which_they_came() -> None:
    ends = [paths.until for paths in crm_apis.HUBSPOT_APIS.values()]
    assert ends == sorted(ends, reverse=True) and all(re.fullmatch(r"20\d\d-\d\d", end) for end in ends)
