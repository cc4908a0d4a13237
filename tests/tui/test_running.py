"""The dashboard beside a running router: calls are seen as they go, and what is changed here decides the next one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from fsrouter.engine.model import crms
from fsrouter.store import Store
from tui import world
from tui.world import notes, press, screen, settle, write

Work = Pilot[None]
ROUTER = Path(__file__).with_name("router.py")


class Router:
    """The router's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def call(self, number: str) -> str:
        """Have a stranger call a number. Returns the call's uuid."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    """A store with the company in it, and no calls."""
    with Store.open(f"sqlite:///{tmp_path / 'fsrouter.db'}") as opened:
        opened.books.save(world.book(), "ada", "the first rule book")
        yield opened


@pytest.fixture
def router(empty: Store) -> Iterator[Router]:
    """A router on the same database, with a FreeSWITCH stand-in that places calls."""
    command = [sys.executable, str(ROUTER), f"sqlite:///{empty.name}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        try:
            yield Router(process)
        finally:
            assert process.stdin
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


async def until(pilot: Work, text: str, key: str = "f5") -> str:
    """Look again until something is seen. Returns the screen."""
    for _ in range(200):
        await press(pilot, key)
        if text in screen(pilot):
            return screen(pilot)
        await pilot.pause(0.05)
    raise AssertionError(f"{text!r} is not seen:\n{screen(pilot)}")


def test_live_call_is_seen_as_it_goes_and_hung_up(empty: Store, router: Router) -> None:
    async def steps(pilot: Work) -> None:
        assert "no calls now" in screen(pilot)
        uuid = router.call(world.WORKSHOP)
        await until(pilot, "talks to number:workshop")
        assert "Pat [/red] Doe" in screen(pilot) and pilot.app.screen.table.key == uuid
        await press(pilot, "h")
        assert "Hang up the call of Pat [/red] Doe" in screen(pilot)
        await press(pilot, "y")
        await until(pilot, "no calls now")
        record = empty.journal.get(uuid)
        assert record is not None and record.ended is not None

    world.drive(world.dashboard(empty), steps)


def test_live_call_is_tagged_scored_and_transferred(empty: Store, router: Router) -> None:
    async def steps(pilot: Work) -> None:
        uuid = router.call(world.WORKSHOP)
        await until(pilot, "talks to number:workshop")
        await press(pilot, "t", *"vip", "enter", "y")
        await press(pilot, "r", "4", "enter", "y")
        await until(pilot, "vip")
        record = empty.journal.get(uuid)
        assert record is not None and record.score == 4 and "vip" in record.tags
        await press(pilot, "x", *"agent", "colon", *"mi", "tab", "enter")
        assert "to agent:mira?" in screen(pilot)
        await press(pilot, "y")
        await until(pilot, "talks to agent:mira")

    world.drive(world.dashboard(empty), steps, (160, 24))


def test_edited_rule_decides_the_next_call_until_it_is_undone(empty: Store, router: Router) -> None:
    async def steps(pilot: Work) -> None:
        router.call(world.WORKSHOP)
        await until(pilot, "talks to number:workshop")
        await press(pilot, "colon")
        await write(pilot, world.WORKSHOP)
        await press(pilot, "enter", "down", "down", "down", "enter", "ctrl+u")
        await write(pilot, "agent:juno")
        await press(pilot, "enter", "ctrl+s")
        await write(pilot, "juno takes the workshop's calls")
        await press(pilot, "enter")
        assert "revision 2" in screen(pilot)
        await press(pilot, "1")
        await _called(pilot, empty, router, "talks to agent:juno", 2)
        await press(pilot, "3", "u", "y", "1")
        await _called(pilot, empty, router, "number:workshop", 3)

    world.drive(world.dashboard(empty), steps)


def test_router_reports_calls_latency_and_disk(empty: Store, router: Router) -> None:
    async def steps(pilot: Work) -> None:
        router.call(world.WORKSHOP)
        await until(pilot, "talks to number:workshop")
        await press(pilot, "8")
        for _ in range(200):
            await press(pilot, "f5")
            (east,) = pilot.app.screen.picture.routers
            if east.latency and east.node.calls:
                break
            await pilot.pause(0.05)
        assert east.alive and east.rate > 0 and east.node.version and east.switches[0][1] and not east.troubles
        assert east.latency and 0 < east.latency[0] <= east.latency[1] < 5000
        assert east.disk and not east.synced and not sum(east.errors.values())

    world.drive(world.dashboard(empty), steps)


def test_requested_sync_is_done_by_the_router(empty: Store, router: Router, tmp_path: Path) -> None:
    rows = "id,name,phones\nc-1,Ada Lund,+14155550101\nc-2,Bo Ek,+14155550102\n"
    (tmp_path / "people.csv").write_text(rows)
    connection = crms.Csv(path=str(tmp_path / "people.csv"), sync=86_400)
    empty.books.save(msgspec.structs.replace(world.book(), crms={"people": connection}), "ada", "a CRM")

    async def steps(pilot: Work) -> None:
        await press(pilot, "5")
        await until(pilot, "2 contacts, 2 shown")
        await press(pilot, "s")
        await until(pilot, "ada asked")
        await until(pilot, "ago: the file has not changed")
        assert "people: the file has not changed" in notes(pilot)

    world.drive(world.dashboard(empty), steps, (120, 24))


async def _called(pilot: Work, store: Store, router: Router, where: str, revision: int) -> None:
    """Have a call placed until one is decided by a revision, which a router takes up within a second; see where it
    goes.
    """
    for _ in range(40):
        uuid = router.call(world.WORKSHOP)
        for _ in range(100):
            record = store.journal.get(uuid)
            if record is not None and record.where.startswith("talks to "):
                break
            await pilot.pause(0.02)
        if record is not None and record.revision == revision:
            break
    await until(pilot, where)
    assert pilot.app.screen.table.items[0].line.revision == revision
    await settle(pilot)
