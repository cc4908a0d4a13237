"""Floods on a router's port while calls go on: calls are served, the hub turns, and everything ends that was opened."""

from __future__ import annotations

from collections.abc import Callable

import gevent
import pytest
from esl.ends import api, block
from esl.floods import LOG, flood, turning
from gevent import socket

from fsrouter.router.service import Service
from fsrouter.simulator import Phone
from router.site import Site, until


def silent(service: Service) -> Callable[[], object]:
    """As many connections as would have been all the calls that there may be, which say nothing."""
    socks = [socket.create_connection(("127.0.0.1", service.listener.port), 20) for _ in range(300)]
    return lambda: [sock.close() for sock in socks]


def logs(service: Service) -> Callable[[], object]:
    """Connections of endless frames, a new one whenever one is closed."""
    address = "127.0.0.1", service.listener.port

    def again() -> None:
        while True:
            flooding = flood(address, b"", LOG * 1000)
            while flooding.is_alive():
                gevent.sleep(0.01)

    attackers = [gevent.spawn(again) for _ in range(5)]
    return lambda: gevent.killall(attackers)


def guesses(service: Service) -> Callable[[], object]:
    """Connections that show a secret which is none, as many as there can be."""

    def again() -> None:
        while True:
            with socket.create_connection(("127.0.0.1", service.listener.port), 20) as sock:
                sock.sendall(block() + api("a guess"))
                while sock.recv(65_536):
                    pass

    attackers = [gevent.spawn(again) for _ in range(5)]
    return lambda: gevent.killall(attackers)


@pytest.mark.parametrize(
    ("attack", "reason"),
    [(silent, "left"), (logs, "malformed"), (guesses, "secret")],
)
def test_calls_are_served_beside_a_flood(
    site: Site, attack: Callable[[Service], Callable[[], object]], reason: str
) -> None:
    site.switch.phones["user/1001"] = Phone(answers_after=1, talk=2)
    site.rules("agent:nancy")
    service = site.serve(limit=20)
    service.threads.patience = service.cdr.linger = 10.0  # switch, router and attackers share one core here
    with turning():
        end = attack(service)
        try:
            until(lambda: len(service.listener._newcomers) or any(service.listener.rejected.values()), "the attack")
            calls = [site.call() for _ in range(20)]
            for call in calls:
                call.wait()
        finally:
            end()
    assert [call.talked_to for call in calls] == [["user/1001"]] * 20
    assert {site.record(call).outcome for call in calls} == {"answered"}
    until(lambda: not service.listener.live and not service.listener._open, "everything to end that was opened")
    assert service.listener.rejected[reason] and not service.listener.refused and not service.listener.failed
