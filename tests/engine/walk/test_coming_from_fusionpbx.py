"""FusionPBX: the page for those who come from it does what it says, and an export of it becomes what it shows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from paths import ROOT

from engine.books import EVENING
from engine.pages import Page, Shows, every_setting_is_shown, page
from fsrouter.engine.walk.actions import Dial
from fsrouter.rules import csv_import, fusionpbx
from fsrouter.rules.file_errors import Faulty

EXPORT = ROOT / "tests" / "rules" / "destinations" / "fusionpbx.csv"
DESK, BOX, OTHER_BOX, SERVICE, CLOSED, MENU, HUNT, DRAWN = (
    "0111",
    "0112",
    "0113",
    "0114",
    "0115",
    "0119",
    "0120",
    "0121",
)
SILENT, ONE, TWO = {"press": ("-", "-")}, {"press": ("1",)}, {"press": ("2",)}
WEST = "+14155550100"


def imported(page: Page) -> dict[str, str]:
    """Where the numbers of the export lead, by the last digits, in a book that has none of its own."""
    empty = replace(page.book, tracking_numbers={})
    found = fusionpbx.read(EXPORT, empty)
    book = csv_import.tracking_rows(found.rows, Faulty(EXPORT), empty)
    return {number[-4:]: " | ".join(map(str, each.to)) for number, each in book.tracking_numbers.items()}


def legs(done: list) -> list[str]:
    return ["+".join(leg.destination for leg in action.legs) for action in done if isinstance(action, Dial)]


SHOWN = [
    Shows("inbound destination", DESK, "extension:1001"),
    Shows("description", DESK, lambda walk, _: walk.book.tracking_numbers[walk.facts.to].name == "Front desk"),
    Shows("record", DESK, lambda walk, _: walk.record),
    Shows("action: transfer to an extension", DESK, "extension:1001"),
    Shows("action: voicemail (`*99` and a mailbox)", BOX, "voicemail:desk"),
    Shows("action: voicemail (`*99` and a mailbox)", OTHER_BOX, "extension:*991009"),
    Shows("action: bridge to a number by a gateway", SERVICE, "phone:+13125550150"),
    Shows("action: hangup", CLOSED, "hangup"),
    Shows("several actions", SERVICE, "extension:1002", assumed={"unanswered": 1}),
    Shows("ring group, simultaneous or enterprise", MENU, "distribution:everybody", assumed=SILENT),
    Shows("ring group, sequence", HUNT, lambda _, done: legs(done) == ["agent:nancy", "agent:johan", "number:owner"]),
    Shows("ring group, rollover", HUNT, "agent:johan", assumed={"unanswered": 1}),
    Shows("ring group, random", DRAWN, "agent:johan", assumed={"draw": 0.9}),
    Shows("ring group, timeout destination", HUNT, "voicemail:desk", assumed={"unanswered": 3}),
    Shows(
        "ring group, confirm",
        MENU,
        lambda _, done: {leg.accept for action in done if isinstance(action, Dial) for leg in action.legs} == {"1"},
    ),
    Shows("IVR menu", MENU, "queue:support", assumed=ONE),
    Shows("IVR menu", MENU, "agent:nancy", assumed=TWO),
    Shows("time condition", MENU, "voicemail:desk", at=EVENING),
    Shows("call center queue", MENU, "queue:support", assumed=ONE),
    Shows("call block", MENU, "hangup:CALL_REJECTED", given={"list": "blocked"}),
    Shows("caller ID name prefix", MENU, lambda walk, _: walk.tags == ["menu"]),
    Shows("destination conditions", MENU, "agent:johan", caller=WEST),
]
#: What is said of a file or of operators, and has no call.
SAID = {"destination that is disabled", "call flow, day and night"}


@pytest.fixture(scope="module")
def fusion(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page("fusionpbx", tmp_path_factory.mktemp("page"))


def test_calls_of_the_page_go_where_it_says(fusion: Page) -> None:
    assert len(fusion.calls) > 10 and fusion.broken() == []


def test_every_setting_of_the_page_has_a_call(fusion: Page) -> None:
    assert set(fusion.settings) > SAID
    shown = replace_settings(fusion, tuple(each for each in fusion.settings if each not in SAID))
    every_setting_is_shown(shown, SHOWN)


def replace_settings(page: Page, settings: tuple[str, ...]) -> Page:
    return Page(settings, page.book, page.contacts, page.calls)


@pytest.mark.parametrize("shows", SHOWN, ids=str)
def test_setting_has_its_effect(fusion: Page, shows: Shows) -> None:
    shows.on(fusion)


def test_export_becomes_what_the_page_shows(fusion: Page) -> None:
    found = imported(fusion)
    written = {number[-4:]: " | ".join(map(str, each.to)) for number, each in fusion.book.tracking_numbers.items()}
    same = {DESK, BOX, OTHER_BOX, SERVICE, CLOSED}
    assert {number: found[number] for number in same} == {number: written[number] for number in same}
    assert found["0118"] == "extension:7000" and found[MENU] == "extension:9000", "as the page writes them out"
