"""Real sockets on the loopback, and a FreeSWITCH end that says what a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent import socket

from esl.ends import SwitchEnd, secret_problem
from fsrouter.esl.session import Session
from fsrouter.runtime.greenlets import GREENLETS


@pytest.fixture
def ends() -> Iterator[Callable[[], tuple[Session, SwitchEnd]]]:
    """A factory of calls: the router's session and FreeSWITCH's end of one TCP connection."""
    opened: list[socket.socket] = []

    def make() -> tuple[Session, SwitchEnd]:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            switch = socket.create_connection(listener.getsockname())
            router, peer = listener.accept()
        opened.extend((switch, router))
        return Session(router, GREENLETS, secret_problem, f"{peer[0]}:{peer[1]}"), SwitchEnd(switch)

    yield make
    for sock in opened:
        sock.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until something is true, half a minute at most."""

    def wait(true: Callable[[], object]) -> None:
        with gevent.Timeout(30, AssertionError("did not become true within 30 s")):
            while not true():
                gevent.sleep(0.001)

    return wait
