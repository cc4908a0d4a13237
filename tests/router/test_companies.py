"""Calls of companies that are removed or renamed, or whose number moves, while they go on."""

from __future__ import annotations

import msgspec
import pytest

from fsrouter.router.service import Service
from router.site import ADA, MAIN, Site, attempts, held, until


def remove(site: Site) -> None:
    site.store.books.remove("acme", "test")


def rename(site: Site) -> None:
    site.store.companies.rename("acme", "apex", "test", site.store.books.book("acme").revision)


def move(site: Site) -> None:
    """Its number belongs to another company, in which nobody is called so."""
    old = site.store.books.book("acme")
    header = msgspec.structs.replace(old.header, company="globex")
    tracking = old.tracking_numbers[MAIN]
    left = {n: each for n, each in old.tracking_numbers.items() if n != MAIN}
    giving = msgspec.structs.replace(old, tracking_numbers=left)
    getting = msgspec.structs.replace(
        old, header=header, revision=0, tracking_numbers={MAIN: msgspec.structs.replace(tracking, to=tracking.failsafe)}
    )
    site.store.books.save_together([(giving, old.revision), (getting, 0)], "test", "moved")


MEANWHILE = {"removed": (remove, "acme"), "renamed": (rename, "apex"), "moved": (move, "acme")}


def hears(site: Site, services: list[Service]) -> None:
    token = site.store.books.token()
    until(lambda: all(service.rulebooks._token == token for service in services), "the routers to hear of it")


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("taken_up", [False, True])
def test_call_in_a_queue_goes_on_by_the_book_that_it_began_with(site: Site, meanwhile: str, taken_up: bool) -> None:
    change, company = MEANWHILE[meanwhile]
    site.queue(max_wait=20.0)
    site.rules("[queue:support, agent:johan]")
    first = site.serve()
    site.serve(site.another_store())
    call = site.call(ADA).reach("queue")
    written: list[str] = []
    with held(call):
        until(lambda: not first.listener.live, "the queue to have the call")
        change(site)
        hears(site, site.services)
        for service in site.services:
            service.cdr.on_record.append(lambda record: written.append(record.company))
        if taken_up:
            site.die(first)
    call.wait()
    assert call.talked_to == ["user/1002"] and not call.fail_safe, call.log()
    record = site.record(call)
    assert (record.company, record.number) == (company, MAIN)
    assert [name for name, _ in attempts(record)] == ["queue:support", "agent:johan"]
    assert len(site.store.journal.list()) == 1
    assert set(written) == {company}


def test_agent_who_talks_while_the_company_is_renamed_is_busy(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    call = site.call(ADA).reach("talking")
    with held(call):
        until(lambda: service.cdr.busy("acme", "agent:nancy") == 1, "the talk to be heard of")
        rename(site)
        hears(site, site.services)
        assert service.cdr.busy("apex", "agent:nancy") == 1
    call.wait()
    record = site.record(call)
    assert (record.company, record.agent) == ("apex", "nancy") and service.cdr.busy("apex", "agent:nancy") == 0
