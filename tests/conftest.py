"""What holds for every test: no test is a stopwatch, so hypothesis sets no deadline of its own; and any day will do.

`pytest --elsewhen leap-day` runs the tests on another day, in another zone and under another locale variable, child
processes included; `--third 0`, `1` or `2` runs a third of the tests, always the same for one number.
"""

from __future__ import annotations

import os
import time
import zlib
from datetime import datetime
from typing import NamedTuple

import pytest
from hypothesis import settings
from paths import ROOT

settings.register_profile("fsrouter", deadline=None)
settings.load_profile("fsrouter")


class Elsewhen(NamedTuple):
    """A moment (ISO 8601, with its offset), the zone and the locale variable that go with it."""

    moment: str
    zone: str
    locale: str


#: Moments at which code that reads the machine's own clock, zone or locale is found out.
ELSEWHENS = {
    "leap-day": Elsewhen("2028-02-29T12:00:00+13:00", "Pacific/Auckland", "C.UTF-8"),
    "dst-night": Elsewhen("2027-03-14T01:59:30-06:00", "America/Chicago", "de_DE.UTF-8"),
    "sunday-evening": Elsewhen("2027-01-03T21:30:00+01:00", "Europe/Berlin", "de_DE.UTF-8"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--elsewhen", choices=sorted(ELSEWHENS), help="another date, zone and locale variable")
    parser.addoption("--third", type=int, choices=(0, 1, 2), help="only one third of the tests")


def pytest_configure(config: pytest.Config) -> None:
    name = config.getoption("--elsewhen")
    if name is None or "ELSEWHEN" in os.environ:  # a worker of pytest-xdist is there already
        return
    import time_machine

    chosen = ELSEWHENS[name]
    away = datetime.fromisoformat(chosen.moment).timestamp() - time.time()
    # Child processes read tests/elsewhen/sitecustomize.py when they start, and go to the same time.
    places = (str(ROOT / "tests" / "elsewhen"), os.environ.get("PYTHONPATH", ""))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, places))
    os.environ.update(TZ=chosen.zone, LC_ALL=chosen.locale, ELSEWHEN=str(away))
    time.tzset()
    traveller = time_machine.travel(time.time() + away)
    traveller.start()
    config.add_cleanup(traveller.stop)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    third = config.getoption("--third")
    if third is not None:
        kept = [item for item in items if zlib.crc32(item.nodeid.encode()) % 3 == third]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept
