"""A hostile caller on every screen: what they call themselves is text, and moves nothing."""

from __future__ import annotations

import msgspec
import pytest
from textual.pilot import Pilot

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.store import Store
from fsrouter.tui.widgets.text import fit, sanitize
from tui import world
from tui.world import HOSTILE, NOW, press, screen

Work = Pilot[None]

#: How to come to see them, screen by screen.
WAYS = {
    "calls": ["1"],
    "call detail": ["1", "enter"],
    "hang up": ["1", "h"],
    "transfer": ["1", "x"],
    "queues": ["2"],
    "rules": ["3", "H"],
    "replay": [
        "3",
        "colon",
        *"+18575550103",
        "enter",
        "down",
        "down",
        "down",
        "enter",
        "ctrl+u",
        *"hangup",
        "enter",
        "ctrl+s",
    ],
    "numbers": ["4"],
    "contacts": ["5"],
    "contact": ["5", "enter"],
    "history": ["6"],
    "history detail": ["6", "enter"],
    "try": ["7", *"+18575550103", "down", *"+12125550666"],
    "routers": ["8"],
}


@pytest.fixture
def hostile(store: Store) -> Store:
    """A store in which they are everywhere: caller, contact, tag, agent's title, router, who set what and why."""
    book = world.book()
    agents = {**book.agents, "mira": msgspec.structs.replace(book.agents["mira"], title="[/red][bold]Mira")}
    numbers = {
        n: msgspec.structs.replace(t, name="[/x]Line", source="[b]src") for n, t in book.tracking_numbers.items()
    }
    store.books.save(msgspec.structs.replace(book, agents=agents, tracking_numbers=numbers), HOSTILE, HOSTILE)
    call = world.call(
        "eeee0001", "+12125550666", world.WORKSHOP, 0, "rings agent:mira", caller_name=HOSTILE, tags=(HOSTILE,)
    )
    over = msgspec.structs.replace(call, uuid="eeee0002", ended=NOW, where="", cause=HOSTILE, recording=HOSTILE)
    store.journal.write([msgspec.structs.replace(c, contact_name=HOSTILE, source=HOSTILE) for c in (call, over)])
    hostile = Contact(id="\x1b[31m", name=" " + HOSTILE, title=HOSTILE, account=HOSTILE, fields={"[/x]": HOSTILE})
    store.contacts.replace("harbor", "", [Entry(contact=hostile, numbers=("+12125550666",))])
    store.states.set_agent("harbor", "otis", "break", HOSTILE)
    store.states.override("harbor", "shop", "closed", HOSTILE)
    node = store.nodes.list()[0]
    detail = {"freeswitch": {HOSTILE: False}, "store": HOSTILE}
    store.nodes.beat(msgspec.structs.replace(node, name=HOSTILE, version=HOSTILE, address=HOSTILE, detail=detail))
    return store


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=str)
@pytest.mark.parametrize("way", WAYS)
def test_hostile_name_is_shown_as_text(hostile: Store, way: str, size: tuple[int, int]) -> None:
    async def steps(pilot: Work) -> None:
        await press(pilot, *WAYS[way])
        seen = screen(pilot)
        assert "[/" in seen or "[b" in seen  # the markup stands there as it came
        assert all(c == "\n" or c.isprintable() for c in seen)

    world.drive(world.dashboard(hostile), steps, size)


@pytest.mark.parametrize(
    "text", [HOSTILE, "\x00\x07\x1b]0;x\x07", "a\u202eb\u2066c\u200b", "\ud800", "e\u0301" * 9, "☎\ufe0f"]
)
def test_sanitized_text_is_one_line_of_known_width(text: str) -> None:
    from rich.cells import cell_len

    assert sanitize(text).isprintable()
    for width in (1, 5, 12, 80):
        assert cell_len(fit(text, width)) == cell_len(fit(text, width, right=True)) == width
