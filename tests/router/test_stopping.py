"""Stopping: calls finish, a second signal hurries, a taken port is told with exit 3."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading

import gevent
import pytest

from fsrouter.errors import AddressTaken
from fsrouter.router.service import Service
from fsrouter.settings.model import Settings
from fsrouter.simulator import Phone, PlacedCall
from router.site import PATIENCE, TRUNK, Site, held, until


def told_to_stop(site: Site) -> tuple[subprocess.Popen[str], PlacedCall]:
    """A router in a process of its own that was told to stop and takes no more calls, and its call, which talks."""
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=None)
    site.rules("[agent:nancy, agent:johan]")
    process = site.process()
    call = site.call().reach("talking")
    process.send_signal(signal.SIGTERM)
    until(lambda: refused(site.routers[0]), "the listening socket to be closed")
    return process, call


def code(process: subprocess.Popen[str]) -> int:
    """The exit code of a process, waited for."""
    ended: int = gevent.get_hub().threadpool.apply(process.wait, (PATIENCE,))
    return ended


def refused(address: tuple[str, int]) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(address) != 0


def test_sigterm_lets_calls_finish(site: Site) -> None:
    process, call = told_to_stop(site)
    assert process.poll() is None
    call.callee_hangs_up()
    call.wait()
    assert len(call.routers) == 1 and not call.fail_safe
    assert code(process) == 0
    record = site.store.journal.get(call.uuid)
    assert record is not None and record.outcome == "answered" and record.ended is not None


def test_new_calls_go_to_the_fail_safe_while_draining(site: Site) -> None:
    process, first = told_to_stop(site)
    second = site.call().wait()
    assert second.fail_safe and second.talked_to == [TRUNK + "+13125550140"]
    first.hang_up()
    assert code(process) == 0


def test_second_signal_waits_for_no_call(site: Site) -> None:
    process, call = told_to_stop(site)
    process.send_signal(signal.SIGTERM)
    assert code(process) == 0
    assert not call.over, "the talk goes on without the router"
    call.callee_hangs_up()
    call.wait()
    assert not call.fail_safe


def test_draining_ends_after_stop_after(site: Site) -> None:
    site.rules("[number:silent, agent:johan]")
    service, _ = site.serve(stop_after=0.05), site.serve(site.another_store())
    call = site.call().reach("ringing")
    with held(call):
        stop(service)
    site.services.remove(service)
    call.wait()
    assert call.talked_to == ["user/1002"] and len(call.routers) == 2


def test_stopping_router_lets_live_calls_end(site: Site) -> None:
    site.rules("[number:silent, agent:johan]")
    service, _ = site.serve(), site.serve(site.another_store())
    call = site.call().reach("ringing")
    stop(service)
    site.services.remove(service)
    record = site.store.journal.get(call.uuid)
    assert call.wait().talked_to == ["user/1002"] and len(call.routers) == 1
    assert record is not None and record.outcome == "answered"


def stop(service: Service) -> None:
    service.stop()
    service.close()


def test_taken_port_is_refused_with_a_remedy(site: Site) -> None:
    site.rules("agent:nancy")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        before = threading.active_count()
        chosen = {"database": site.url, "listen": f"127.0.0.1:{port}", "key": "site", "freeswitch": ()}
        # A rule book that fits: a thread of the store that logs counts as one of Python's for ever.
        settings = Settings(**chosen, trunks={"carrier": "carrier"})
        with pytest.raises(AddressTaken, match=f"127.0.0.1:{port}.*--listen") as told:
            Service(settings, site.store).start()
        assert told.value.exit_code == 3
        until(lambda: threading.active_count() <= before, "the threads to end")


def test_service_in_a_with_block_starts_and_closes(site: Site) -> None:
    site.rules("agent:nancy")
    settings = Settings(database=site.url, listen="127.0.0.1:0", key="site", freeswitch=())
    with Service(settings, site.store) as service:
        address = ("127.0.0.1", service.listener.port)
        assert not refused(address)
    assert refused(address)
