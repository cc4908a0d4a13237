"""What calls cost, from the rate sheet to the journal: real routers, a switch that rings, and a sheet that changes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fsrouter.engine.rates import cost
from fsrouter.router.service import Service
from fsrouter.settings.model import RateSheet
from fsrouter.simulator import Phone, PlacedCall
from fsrouter.store import CallRecord
from fsrouter.tui.context import Context
from fsrouter.tui.queries import routers
from router.site import DESK, Site, held, until

#: Telephone time is short here, so a minute is dear.
SHEET = "prefix,price\n+1312,60000\n+13125550150,90000\n"
TALKS = Phone(answers_after=1, talk=None)

Serve = Callable[..., Service]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "rates.csv"
    path.write_text(SHEET)
    return path


@pytest.fixture
def serve(site: Site, sheet: Path) -> Serve:
    """Start a router with the sheet."""

    def start(to: str, extra: str = "", agents: str = "", **how: Any) -> Service:
        site.rules(to, extra, **({"agents": agents} if agents else {}))
        return site.serve(**{"rates": RateSheet(file=str(sheet), currency="EUR"), **how})

    return start


def talking(site: Site, number: str = DESK) -> PlacedCall:
    """A call that talks with a number, of which the journal knows."""
    site.switch.phones[number] = TALKS
    call = site.call().reach("talking")
    until(lambda: site.written(call.uuid).where.startswith("talks"), "the talk in the journal")
    return call


def costs(record: CallRecord, price: str) -> None:
    """That the record has this price, and what the talk cost by it."""
    assert (record.price, record.currency, record.priced_since) == (Decimal(price), "EUR", None)
    assert record.cost is not None and record.answered is not None and record.ended is not None
    assert 0 < record.cost <= cost(Decimal(price), record.ended - record.answered)


@pytest.mark.parametrize(
    ("to", "extra", "price"),
    [
        ("number:desk", "", "90000"),
        ('"phone:+13125550150"', "", "90000"),
        ("[number:busy, number:silent, agent:fay]", "", "60000"),
        ("agent:cas", "", "60000"),  # whose phone is not registered
        (
            "distribution:d",
            "distributions: {d: {groups: [{rule: simultaneous, members: [agent:rings, number:busy, number:desk]}]}}",
            "90000",
        ),
    ],
)
def test_record_has_the_price_of_the_number_that_answered(
    site: Site, serve: Serve, to: str, extra: str, price: str
) -> None:
    serve(to, extra)
    costs(site.record(site.call().wait()), price)


@pytest.mark.parametrize("to", ["agent:nancy", "[agent:nancy, number:desk]", "number:silent", "hangup"])
def test_record_has_no_price_when_no_number_answered(site: Site, serve: Serve, to: str) -> None:
    serve(to)
    record = site.record(site.call().wait())
    assert (record.price, record.currency, record.cost, record.priced_since) == (None, "", None, None)


def test_agent_who_answers_at_the_endpoint_costs_nothing_though_there_is_a_number(site: Site, serve: Serve) -> None:
    serve("agent:both", agents='both: {endpoint: user/1002, number: "+1 312 555 0150"}')
    record = site.record(site.call().wait())
    assert (record.agent, record.price, record.cost) == ("both", None, None)


def test_number_without_a_rate_and_installation_without_a_sheet(site: Site, serve: Serve, sheet: Path) -> None:
    sheet.write_text("prefix,price\n44,1\n")
    service = serve("number:desk")
    assert site.record(site.call().wait()).price is None and service.rates.problem == ""
    site.shut(service)
    site.routers.clear()
    serve("number:desk", rates=RateSheet())
    assert site.record(site.call().wait()).price is None


def test_price_runs_while_they_talk(site: Site, serve: Serve) -> None:
    serve("number:desk")
    call = talking(site)
    record = site.written(call.uuid)
    assert (record.price, record.currency, record.cost) == (Decimal(90000), "EUR", None)
    assert record.priced_since == record.answered
    call.hang_up()
    costs(site.record(call.wait()), "90000")


def test_talks_with_several_numbers_are_added_up(site: Site, serve: Serve) -> None:
    service = serve("number:desk")
    call = talking(site)
    site.store.commands.add(call.uuid, "transfer", "agent:fay", "olga")
    until(lambda: service.cdr.live[call.uuid].talking == "agent:fay", "the second talk")
    first = site.written(call.uuid)
    assert first.cost is not None and first.cost > 0 and first.price == Decimal(60000)
    record = site.record(call.wait())
    assert record.cost is not None and record.cost > first.cost and record.price == Decimal(60000)


def test_price_outlives_the_router(site: Site, serve: Serve, sheet: Path) -> None:
    site.grace = 0.0
    first = serve("number:desk")
    site.serve(site.another_store(), rates=RateSheet(file=str(sheet), currency="EUR"))
    call = talking(site)
    with held(call):
        site.die(first)
    call.hang_up()
    call.wait()
    until(lambda: site.written(call.uuid).ended, "the record to be closed by the other router")
    costs(site.record(call), "90000")


def test_call_that_comes_back_from_a_dead_router_is_charged_once(site: Site, serve: Serve, sheet: Path) -> None:
    first = serve("number:desk")
    site.serve(site.another_store(), rates=RateSheet(file=str(sheet), currency="EUR"))
    call = talking(site)
    with held(call):
        site.die(first)
    call.callee_hangs_up()
    call.wait()
    until(lambda: site.written(call.uuid).ended, "the record to be closed by the other router")
    costs(site.record(call), "90000")


def test_nobody_observed_when_the_talk_began(site: Site, serve: Serve) -> None:
    serve("number:desk", watch=False)
    record = site.record(site.call().wait())
    assert (record.price, record.currency, record.cost) == (Decimal(90000), "EUR", None)


def test_changed_sheet_is_in_force_without_a_restart(site: Site, serve: Serve, sheet: Path) -> None:
    service = serve("number:desk")
    call = talking(site)
    sheet.write_text("prefix,price\n+1,30000\n")
    until(lambda: (rate := service.rates.of(DESK)) and rate.price == 30000, "the changed sheet")
    call.hang_up()
    costs(site.record(call.wait()), "90000")  # as when they began to talk
    site.switch.phones[DESK] = Phone(answers_after=1, talk=10)
    costs(site.record(site.call().wait()), "30000")


def test_faulty_sheet_leaves_the_one_before_in_force(
    site: Site, serve: Serve, sheet: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = serve("number:desk")
    sheet.write_text("prefix,price\n+1,much\n+1,more\n")
    until(lambda: service.rates.problem, "the fault to be seen")
    assert service.rates.problem == f"{sheet}:2: price: 'much' is no price of a minute; {WRITE} (and 1 more)"
    costs(site.record(site.call().wait()), "90000")
    sheet.unlink()
    until(lambda: "cannot be read" in service.rates.problem, "the sheet to be missed")
    sheet.write_text(SHEET.replace("90000", "70000"))
    until(lambda: not service.rates.problem, "the sheet to be right again")
    costs(site.record(site.call().wait()), "70000")
    said = [record.getMessage() for record in caplog.records if "rate sheet" in record.getMessage()]
    assert sum("that of before stays in force" in line for line in said) == 2


WRITE = "write it with digits and a point, as 0.012"


def test_calls_ring_with_a_sheet_that_was_never_right(
    site: Site, serve: Serve, sheet: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sheet.write_text("price,prefix\n1,-1\n")
    service = serve("number:desk")
    call = site.call().wait()
    record = site.record(call)
    assert call.talked_to and (record.outcome, record.price) == ("answered", None)
    assert "the rate sheet cannot be used: calls go on, and have no price" in caplog.text
    assert service.status.condition().rates == service.rates.problem != ""
    service.heartbeat.beat(False)
    (shown,) = routers.load(Context(site.store, "olga")).routers
    assert f"the rate sheet cannot be used: {service.rates.problem}" in shown.troubles
