"""The pages of docs/coming-from as tests: their rule books, contacts and calls, and a call for each of their settings.

The files are read out of a page's blocks as a reader would copy them; the settings are the left column of its table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paths import DOCS

from engine.books import MORNING, STRANGER, People, driven, facts, thought, traced, walked
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.read import caller
from fsrouter.engine.walk.actions import Action
from fsrouter.engine.walk.explained import Explained, explained
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.walk import Walk
from fsrouter.rules import call_tests, company_file
from fsrouter.rules.contacts import by_number

FOLDER = DOCS / "coming-from"
_FENCED = re.compile(r"^```(yaml|csv)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ROW = re.compile(r"^\| (.+?) \| .+ \|$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page: the settings of its table, its rule book, contacts with their numbers, and calls."""

    settings: tuple[str, ...]
    book: RuleBook
    contacts: Mapping[str, tuple[Contact, ...]]
    calls: tuple[call_tests.CallTest, ...]

    def facts(self, to: str, caller: str, at: str, given: Mapping[str, str]) -> Facts:
        """What is known of a call to this page's company."""
        return facts(to, caller, at, contacts=self.contacts.get(caller, ()), given=dict(given))

    def result(self, call: call_tests.CallTest) -> Explained:
        """What becomes of one of its calls, as `fsrouter rules test` sees it."""
        known = self.facts(
            call.to,
            caller(call.from_, self.book.header.country).number,
            call.at.isoformat() if call.at else MORNING,
            call.set,
        )
        drawn = float(call.set.get("draw", 0))
        return explained(thought(self.book, known, press=call.press, unanswered=call.unanswered, draw=drawn))

    def broken(self) -> list[str]:
        """What its calls do otherwise than it says."""
        return [f"{c.why}: {said}" for c in self.calls for said in call_tests.mismatches(c, self.result(c))]


def page(name: str, folder: Path) -> Page:
    """Read a page, its files written into `folder`."""
    text = (FOLDER / f"{name}.md").read_text()
    for kind, block in _FENCED.findall(text):
        (folder / _file(kind, block)).write_text(block)
    book = company_file.load(folder / "rules.yaml")
    known = folder / "contacts.csv"
    contacts = by_number(known, book) if known.exists() else {}
    calls = call_tests.load(folder / "calls.yaml", book.context).calls
    settings = [row for row in _ROW.findall(text) if row not in ("their setting", "---")]
    return Page(tuple(settings), book, contacts, calls)


def _file(kind: str, block: str) -> str:
    if kind == "csv":
        return "contacts.csv" if block.startswith("id,") else "vip.csv"
    return block.partition("\n")[0].removeprefix("# ")


@dataclass(frozen=True)
class Shows:
    """A call that shows a setting. `expect` is what takes it, or what must hold for its walk and everything that the
    switch was told to do while nobody answered.
    """

    setting: str
    to: str
    expect: str | Callable[[Walk, list[Action]], object]
    caller: str = STRANGER
    at: str = MORNING
    given: Mapping[str, str] = field(default_factory=dict)
    assumed: Mapping[str, Any] = field(default_factory=dict)
    people: People = field(default_factory=People)

    def on(self, page: Page) -> None:
        """Call, and hold what became of it against what was expected."""
        known = page.facts(f"+1872555{self.to}" if self.to else "", self.caller, self.at, self.given)
        if isinstance(self.expect, str):
            walk = walked(page.book, known, **self.assumed)
            assert walk.destination == self.expect, traced(walk)
        else:
            walk, done = driven(page.book, known, self.people)
            assert self.expect(walk, done), traced(walk)

    def __str__(self) -> str:
        return self.setting.replace("`", "")


def every_setting_is_shown(page: Page, shown: Iterable[Shows]) -> None:
    """Each setting of the page's table has a call that shows it, and none is shown that it does not have."""
    assert list(dict.fromkeys(each.setting for each in shown)) == list(page.settings)
