"""Each line that is logged while a call is conducted bears its uuid and company, whichever part logs it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import gevent
import pytest
from gevent.threadpool import ThreadPool
from log.lines import logged

from fsrouter.log.context import bind, bound
from fsrouter.router.failures import log_failures
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.store import Store
from router.site import ADA, BOB, MAIN, OTHER, Site, until

GROUP = "distributions: {d: {groups: [{rule: linear-round-robin, members: [agent:nancy, agent:johan]}]}}"
GLOBEX = f"""
company: globex
country: US
timezone: America/Chicago
numbers: {{desk: {{number: "+1 312 555 0150"}}, other: {{number: "+1 312 555 0140"}}}}
distributions: {{d: {{groups: [{{rule: linear-round-robin, members: [number:desk, number:other]}}]}}}}
tracking_numbers: [{{number: "{OTHER}", name: Globex, to: distribution:d}}]
"""
TURN = "round-robin counter unavailable, picking at random"


@contextmanager
def nobody_can_write(site: Site) -> Iterator[None]:
    """Another process holds the database for itself."""
    holder = sqlite3.connect(site.path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    yield
    holder.execute("ROLLBACK")
    holder.close()


@pytest.fixture
def impatient(site: Site) -> Iterator[Store]:
    """A store that waits for a lock hardly at all."""
    with Store.open(site.url, busy=0.05) as store:
        yield store
        for service in list(site.services):
            site.shut(service)


def test_lines_of_two_calls_at_once_bear_the_uuid_and_company_of_each(site: Site, impatient: Store) -> None:
    site.rules("distribution:d", GROUP)
    site.store.books.save(company_file.read(read(GLOBEX, "globex.yaml")).onto(None), "test", "another company")
    service = site.serve(impatient)
    with logged() as lines, nobody_can_write(site):
        calls = [site.call(ADA, MAIN), site.call(BOB, OTHER)]
        gevent.joinall([gevent.spawn(call.wait) for call in calls], raise_error=True)
        last = site.call(ADA, MAIN).wait()
        until(lambda: service.write_behind.backlog().away_since is not None, "the journal to be away")
    told = [(line["uuid"], line["company"]) for line in lines.objects(TURN)]
    wanted = [(calls[0].uuid, "acme"), (calls[1].uuid, "globex"), (last.uuid, "acme")]
    assert sorted(told) == sorted(wanted) and told[-1] == wanted[-1]
    (of_router,) = lines.objects("calls wait to be written")
    assert "uuid" not in of_router and "company" not in of_router


def test_lines_of_a_call_that_fails_bear_its_uuid_to_the_end(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    service.conductor.settings = None  # type: ignore[assignment]
    with logged() as lines:
        call = site.call().wait()
    found = [line for line in lines.objects() if line["level"] == "error"]
    assert found and {(line["uuid"], line["company"]) for line in found} == {(call.uuid, "acme")}
    assert "AttributeError" in found[0]["exception"]


def test_call_to_nobodys_number_has_a_uuid_and_no_company(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    moved = company_file.read(read(GLOBEX.replace("globex", "acme"), "acme.yaml")).onto(None)
    revision = site.store.books.save(moved, "test", "the number is gone")
    until(lambda: service.rulebooks.snapshot.books["acme"].revision == revision, "the new rule book")
    with logged() as lines:
        call = site.call().wait()
    (line,) = lines.objects("a call to a number that no company has")
    assert line["uuid"] == call.uuid and "company" not in line


def test_debug_lines_tell_why_a_call_goes_where_it_goes(site: Site) -> None:
    with logged() as lines:
        call, record = site.route("[tag:vip, play:ivr/hello.wav, hangup]")
    told = lines.objects("the call goes on")
    assert [(line["at"], line["outcome"], line["why"]) for line in told] == [
        (entry.at, entry.outcome, entry.why) for entry in record.trace
    ]
    assert {(line["level"], line["uuid"], line["company"]) for line in told} == {("debug", call.uuid, "acme")}


def test_work_in_the_threads_of_the_store_bears_the_call_that_waits_for_it(site: Site) -> None:
    site.rules("agent:nancy")
    threads = site.serve().threads

    def call() -> list[Mapping[str, str]]:
        bind(uuid="a")
        return [do(bound) for do in (threads.for_call, threads.for_router, threads.for_visitor)]

    assert gevent.spawn(call).get() == [{"uuid": "a"}] * 3
    assert gevent.spawn(threads.for_call, bound).get() == {}  # nothing of it stays with the thread


def test_what_fails_in_a_greenlet_is_a_line_with_its_call(capfd: pytest.CaptureFixture[str]) -> None:
    log_failures()

    def call() -> None:
        bind(uuid="a", company="acme")
        raise ValueError("no")

    pool = ThreadPool(1)
    with logged() as lines:
        gevent.spawn(call).join()
        with pytest.raises(ValueError):
            pool.spawn(call).get()
    found = [(line["level"], line["event"], line.get("uuid")) for line in lines.objects()]
    assert found == [("error", "a greenlet failed", "a"), ("debug", "work in a thread failed", None)]
    assert all(line["exception"].endswith("ValueError: no") for line in lines.objects())
    assert capfd.readouterr().err == ""
