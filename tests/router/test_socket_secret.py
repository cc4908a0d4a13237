"""Who is believed at the port where calls are handed over: peers that show the secret, whatever else they say."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest
from esl.ends import api, block
from gevent import socket
from paths import ROOT

from fsrouter.freeswitch.socket_secret import SocketSecret
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.simulator import PlacedCall
from fsrouter.store import KnownSecret, Store
from fsrouter.store.migrate import APPLICATION_ID
from fsrouter.store.secrets import KEEP
from router.acme import rules
from router.site import MAIN, Site, held, until
from router.test_database_away import Part

HANDED_OVER = ["user/1001"]


class Clock:
    """The machine's clock, which may be set forward."""

    ahead = 0.0

    def __call__(self) -> float:
        return GREENLETS.now() + self.ahead


def shows(site: Site, secret: str) -> None:
    """Have FreeSWITCH show something else from now on, "" for nothing."""
    site.switch.api(f"global_setvar fsr_secret={secret}")


def goes_to_the_fail_safe(site: Site) -> bool:
    call = site.call().wait()
    return call.fail_safe and not site.store.journal.get(call.uuid)


def refused(site: Site) -> None:
    """Wait until the router does not take calls any more."""
    until(lambda: goes_to_the_fail_safe(site), "a call that is refused")


def test_port_that_is_only_probed_is_no_error_of_the_router(site: Site) -> None:
    service = site.serve()
    for _ in range(2):
        socket.create_connection(("127.0.0.1", service.listener.port), 5).close()
    until(lambda: service.listener.rejected["left"] == 2, "the probes to be counted")
    service.listener.reject("peer", "a stranger")
    assert service.status.node(False).detail["errors"] == {"rejected": 1}


@pytest.mark.parametrize("shown", ["", "x", "0" * 64])
def test_call_without_the_secret_is_left_to_its_fail_safe(site: Site, shown: str) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    right = site.secret.current()
    shows(site, shown)
    assert goes_to_the_fail_safe(site)
    assert service.listener.rejected["secret"] == service.status.condition().rejected["secret"] == 1
    assert not service.cdr.live
    shows(site, right)
    assert site.call().wait().talked_to == HANDED_OVER


def test_calls_under_a_change_of_the_secret_are_all_taken(site: Site) -> None:
    site.rules('["play:ivr/a.wav", number:busy, agent:nancy]')
    service = site.serve()
    calls: list[PlacedCall] = [site.call().reach("ringing")]
    with held(calls[0]):
        for _ in range(3):
            known = service.secret.known
            site.secret.change()
            calls.append(site.call())  # FreeSWITCH shows the former one
            until(lambda known=known: service.secret.known != known, "the router to notice")
            calls.append(site.call())  # and still does
            site.install()
            calls.append(site.call())
            for call in calls[1:]:
                call.wait()
    calls[0].wait()
    assert [call.talked_to for call in calls] == [HANDED_OVER] * 10
    assert service.listener.rejected["secret"] == 0


def test_former_secret_has_a_day(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    site.rules("agent:nancy")
    site.serve(clock=clock)
    site.secret.change()
    with caplog.at_level(logging.WARNING, "fsrouter.router"):
        until(
            lambda: site.call().wait().talked_to == HANDED_OVER and "former secret" in caplog.text,
            "a call with the former secret",
        )
        assert site.call().wait().talked_to == HANDED_OVER
    assert caplog.text.count("a FreeSWITCH shows the former secret") == 1
    clock.ahead = KEEP - 60
    assert site.call().wait().talked_to == HANDED_OVER
    clock.ahead = KEEP + 60
    assert goes_to_the_fail_safe(site)
    site.install()
    assert site.call().wait().talked_to == HANDED_OVER


def test_secret_that_became_known_is_worth_nothing_within_seconds(site: Site) -> None:
    site.rules("agent:nancy")
    for service in (site.serve(), site.serve(site.another_store())):
        assert service.secret.known.current
    site.secret.change(0)
    refused(site)
    until(lambda: len({service.secret.known for service in site.services}) == 1, "both routers to notice")
    assert goes_to_the_fail_safe(site)
    site.install()
    assert site.call().wait().talked_to == HANDED_OVER


def test_what_was_known_stays_right_while_the_database_is_away(site: Site) -> None:
    site.rules("agent:nancy")
    store = site.another_store()
    service = site.serve(store)
    parts = [Part(store, name) for name in ("secrets", "books", "states")]
    known = service.secret.known
    for part in parts:
        part.away = True
    until(lambda: service.rulebooks.trouble, "trouble with the database")
    site.secret.change()
    assert site.call().wait().talked_to == HANDED_OVER
    shows(site, "wrong")
    assert site.call().wait().fail_safe
    assert service.secret.known is known
    site.install()
    for part in parts:
        part.away = False
    until(lambda: site.call().wait().talked_to == HANDED_OVER, "a call with the changed secret")


def test_new_database_takes_no_call_and_says_what_to_do(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(f"sqlite:///{tmp_path}/new.db") as store:
        store.books.save(rules("agent:nancy"), "test", "")
        site.rules("agent:nancy")  # for the dialplan
        with caplog.at_level(logging.WARNING, "fsrouter.router"):
            service = site.serve(store, database=store.name)
        (said,) = [record for record in caplog.records if "no secret has been made" in record.getMessage()]
        assert said.levelno == logging.ERROR and "freeswitch install" in vars(said)["remedy"]
        for shown in ("", "0" * 64):
            shows(site, shown)
            assert site.call().wait().fail_safe
        shows(site, SocketSecret(store.secrets, "site").first())
        until(lambda: site.call().wait().talked_to == HANDED_OVER, "a call that is taken")
        site.shut(service)


def test_database_of_before_takes_calls_without_a_secret_until_one_was_made_and_a_day(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, clock = tmp_path / "before.db", Clock()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript((ROOT / "tests" / "store" / "former" / "0009.sql").read_text())
    connection.close()
    with Store.open(f"sqlite:///{path}") as store:
        store.books.save(rules("agent:nancy"), "test", "")
        site.rules("agent:nancy")  # for the dialplan
        with caplog.at_level(logging.WARNING, "fsrouter.router"):
            service = site.serve(store, database=store.name, clock=clock)
        assert "whoever reaches the port is believed" in caplog.text
        shows(site, "")
        assert site.call().wait().talked_to == HANDED_OVER
        SocketSecret(store.secrets, "site").first()
        until(lambda: service.secret.known.current, "the secret")
        assert site.call().wait().talked_to == HANDED_OVER
        clock.ahead = KEEP + 60
        assert site.call().wait().fail_safe
        site.shut(service)


def test_stranger_who_names_a_live_call_and_a_caller_learns_and_does_nothing(site: Site) -> None:
    site.rules("agent:nancy")
    service = site.serve()
    call = site.call().reach("ringing")
    with held(call):
        forged = block(Unique_ID=call.uuid, Caller_Destination_Number=MAIN, variable_fsr_number=MAIN)
        for shown in ("-ERR no reply\n", "x" * 64):
            with socket.create_connection(("127.0.0.1", service.listener.port), 10) as stranger:
                stranger.sendall(forged + api(shown) + b"Content-Type: text/disconnect-notice\nContent-Length: 0\n\n")
                said = b""
                while piece := stranger.recv(65_536):
                    said += piece
            assert said == b"connect\n\napi global_getvar fsr_secret\n\n"
        assert set(service.cdr.live) == {call.uuid}
        assert site.written(call.uuid).ended is None
    assert call.wait().talked_to == HANDED_OVER
    assert site.record(call).outcome == "answered"


def test_secret_is_in_nothing_that_the_router_has(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.rules("agent:nancy")
    with caplog.at_level(logging.DEBUG):
        service = site.serve()
        call = site.call().wait()
        record = site.record(call)
    secret = site.secret.current()
    shown = [repr(each) for each in (service, service.secret, service.secret.known, service.conductor, site.secret)]
    shown += [repr(vars(service.secret)), repr(record), repr([vars(line) for line in caplog.records])]
    assert not [each for each in shown if secret in each]
    assert secret not in str(call.variables) + call.log()
    assert not [path for path in site.path.parent.glob(f"{site.path.name}*") if secret.encode() in path.read_bytes()]
    assert any("fsr_secret" in command for command in site.switch.commands_run)
    assert not any(secret in command for command in site.switch.commands_run)


def test_unknown_secret_is_none_and_lets_nobody_in() -> None:
    assert not any(KnownSecret().verdict(shown, 0.0).lets_in for shown in ("", "x", "0" * 64))
