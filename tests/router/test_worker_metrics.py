"""The metrics page of `serve --workers`: one page that counts what every process has counted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import gevent
import pytest

from router.http.samples import Samples, samples
from router.site import Site, until

SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Workers:
    """Two routers of one parent, and their page."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.port, self.web = free_port(), free_port()
        config = folder / "fsrouter.toml"
        config.write_text(
            f'database = "{site.url}"\nlisten = "127.0.0.1:{self.port}"\nweb = "127.0.0.1:{self.web}"\nnode = "n"\n'
            'key = "site"\nfreeswitch = []\nkeep_contacts = false\nkeep_queues = false\nstop_after = 1\n'
        )
        self.shared = folder / "shared"
        self.shared.mkdir()
        words = [sys.executable, "-m", "fsrouter", "--config", str(config), "serve", "--workers", "2"]
        self.parent = subprocess.Popen(words, env={**os.environ, "TMPDIR": str(self.shared)}, stderr=subprocess.DEVNULL)
        site.routers.append(("127.0.0.1", self.port))
        site.install()

    def page(self) -> Samples:
        try:
            with urlopen(f"http://127.0.0.1:{self.web}/metrics", timeout=5) as answer:
                return samples(answer.read())
        except (URLError, ConnectionError):
            return {}

    def pids(self) -> dict[str, int]:
        return {node.name: node.pid for node in self.site.store.nodes.list()}

    def told(self, what: Callable[[Samples], object]) -> Samples:
        """The page once it says what is wanted."""
        found: Samples = {}

        def look() -> object:
            nonlocal found
            found = self.page()
            return found and what(found)

        until(look, "what is wanted on the page", SECONDS)
        return found

    def call(self, number: int) -> None:
        calls = [self.site.call() for _ in range(number)]
        gevent.joinall([gevent.spawn(call.wait) for call in calls], raise_error=True)
        assert not any(call.fail_safe for call in calls)


@pytest.fixture
def workers(site: Site, tmp_path: Path) -> Iterator[Workers]:
    site.rules("[play:ivr/a.wav, hangup:USER_BUSY]")
    found = Workers(site, tmp_path)
    yield found
    found.parent.kill()
    found.parent.wait(SECONDS)


def nodes(found: Samples) -> set[str]:
    return {labels[0] for name, labels in found if name == "fsrouter_info"}


def over(found: Samples) -> float:
    return found.get(("fsrouter_calls_total", ("acme", "ended")), 0)


@pytest.mark.timeout(90)
def test_page_counts_both_workers_and_a_restart_doubles_nothing(workers: Workers) -> None:
    workers.told(lambda found: nodes(found) == {"n-1", "n-2"})
    workers.call(24)
    found = workers.told(lambda found: found["fsrouter_journal_written_total", ()] >= 24 and over(found) == 24)
    assert found["fsrouter_calls_taken_total", ()] == 24
    assert found["fsrouter_taking_calls", ()] == 1 and found["fsrouter_calls_live", ()] == 0
    times = found["fsrouter_own_time_seconds_count", ()]
    assert times >= 48 and found["fsrouter_own_time_seconds_bucket", ("+Inf",)] == times
    by = {record.router for record in workers.site.store.journal.records("acme")}
    assert by == {"n-1", "n-2"}

    until(lambda: set(workers.pids()) == {"n-1", "n-2"}, "two heartbeats")
    before = workers.pids()["n-2"]
    os.kill(before, signal.SIGKILL)
    found = workers.told(lambda found: nodes(found) == {"n-1"})
    assert (over(found), found["fsrouter_calls_taken_total", ()]) == (24, 24)
    found = workers.told(lambda found: nodes(found) == {"n-1", "n-2"})
    assert (over(found), found["fsrouter_calls_taken_total", ()]) == (24, 24)
    assert found["fsrouter_own_time_seconds_count", ()] == times
    workers.call(6)
    workers.told(lambda found: over(found) == 30 == found["fsrouter_calls_taken_total", ()])

    assert [path.name[:17] for path in workers.shared.iterdir()] == ["fsrouter-metrics-"]
    workers.parent.send_signal(signal.SIGTERM)
    assert workers.parent.wait(SECONDS) == 0
    assert list(workers.shared.iterdir()) == []
