"""Live tests: `pytest tests/live --freeswitch 127.0.0.1:8021:ClueCon`, against a FreeSWITCH that is there for tests.

Without the option every test here is skipped. See docs/live.md for what such a FreeSWITCH must have.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live.lab import FreeSwitch, Lab, Router


def pytest_addoption(parser: pytest.Parser) -> None:
    """The FreeSWITCH that is lent to the tests."""
    parser.addoption("--freeswitch", metavar="HOST:PORT:PASSWORD", help="a FreeSWITCH that the live tests may use")
    parser.addoption("--rate", type=int, default=30, help="calls a second of the load test (30)")
    parser.addoption("--flood-rate", type=int, default=20, help="calls a second beside attacks on the port (20)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a FreeSWITCH when there is none; a live test may take two minutes."""
    lent = config.getoption("--freeswitch", default=None)
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.timeout(150))
        if not lent:
            item.add_marker(pytest.mark.skip(reason="needs --freeswitch HOST:PORT:PASSWORD"))


@pytest.fixture(scope="session")
def laboratory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """FreeSWITCH with our numbers in it, and telephones."""
    lab = Lab(FreeSwitch(request.config.getoption("--freeswitch")), tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture
def lab(laboratory: Lab) -> Iterator[Lab]:
    """The laboratory, with nothing going on in it before the test and nothing left of it behind."""
    laboratory.switch.api("hupall")
    laboratory.quiet()
    yield laboratory
    laboratory.quiet()


@pytest.fixture
def router(lab: Lab) -> Router:
    """A router that takes the lab's calls; tests share it as long as it lives."""
    return lab.router()


@pytest.fixture
def rate(request: pytest.FixtureRequest) -> int:
    """Calls a second of the load test."""
    return int(request.config.getoption("--rate"))


@pytest.fixture
def flood_rate(request: pytest.FixtureRequest) -> int:
    """Calls a second beside attacks on the port."""
    return int(request.config.getoption("--flood-rate"))


@pytest.fixture
def nobody(lab: Lab) -> None:
    """No router at all."""
    lab.stop_routers()
