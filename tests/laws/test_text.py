"""Which text is harmless: every entrance and every exit says the same of the same 200 texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from cli.conftest import home  # noqa: F401 - a fixture
from cli.front import run
from tui.world import NOW, book

from fsrouter.crm.connection import run_flow
from fsrouter.crm.connectors.base import Wanted
from fsrouter.crm.connectors.custom import Custom
from fsrouter.crm.errors import CrmNoCredential
from fsrouter.crm.transport.messages import EnvironmentSecret, Reply
from fsrouter.engine.model import crms
from fsrouter.engine.walk.explain import as_text
from fsrouter.errors import Refused
from fsrouter.esl import commands
from fsrouter.esl.events import Event
from fsrouter.esl.frames import Headers
from fsrouter.rules import yaml_reader, yaml_writer
from fsrouter.rules.csv_reader import CsvReader
from fsrouter.rules.file_errors import InvalidFile
from fsrouter.store import CallRecord, Store
from fsrouter.store.calls.views import explained
from fsrouter.tui.editing.draft import Draft
from fsrouter.tui.widgets.text import fit

#: A terminal or a parser obeys these, or they turn the direction of writing, or nobody sees them.
UNSAFE = (
    *"\x00\x01\x07\x08\x0b\x0c\x0e\x1b\x1c\x1f\x7f\x80\x84\x85\x90\x9b\x9c\x9d\x9f\xad\u061c\u180e",
    *"\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2064\u2066\u2067\u2068\u2069",
    *"\u206a\u206f\ufeff\ufff9\ufffa\ufffb\U000e0001\U000e0041\U000e007f\U0001d173\U0001bca0",
)
HARMLESS = (
    *"a~!{<|[]&;'`\xa1\xa9\xb7\xdf\xe9\u0130\u0301\u05d0\u0627\u0660\u0e01\u0915\u0e02\u1100\u2010\u2013\u2019\u2022\u2026",
    *"\u2030\u203d\u20ac\u2190\u2603\u3042\u4e2d\uac00\ufb01\uff21\ufffd\U0001f600\U00020000\U0001d11e\u0e33\u30ab\xd6\xd8\xe6",
)
TEXTS = tuple(form.format(c) for c in (*UNSAFE, *HARMLESS) for form in ("b{0}o{0}b", "Zoë {}1"))[:200]
WANTED = tuple(any(c in text for c in UNSAFE) for text in TEXTS)

Entrance = Callable[[Path], Iterator[bool]]
ENTRANCES: dict[str, Entrance] = {}


def entrance(of: Entrance) -> Entrance:
    """What is asked says of each of TEXTS, in their order, whether it is unsafe."""
    ENTRANCES[of.__name__] = of
    return of


def refused(attempt: Callable[[str], object], by: type[Exception]) -> Iterator[bool]:
    for text in TEXTS:
        try:
            attempt(text)
        except by:
            yield True
        else:
            yield False


def seen(lines: list[str]) -> Iterator[bool]:
    """Whether each text of `lines`, one for each of TEXTS, is another than it was."""
    assert len(lines) == len(TEXTS)
    return (text not in line for text, line in zip(TEXTS, lines, strict=True))


@entrance
def header_of_a_call(folder: Path) -> Iterator[bool]:
    return (Headers(f"X: {quote(text)}".encode())["X"] != text for text in TEXTS)


@entrance
def field_of_an_event(folder: Path) -> Iterator[bool]:
    return (Event({"X": text}).get("X") != text for text in TEXTS)


@entrance
def channel_variable(folder: Path) -> Iterator[bool]:
    return refused(lambda text: commands.setvars("u-1", {"fsr_tags": text}), Refused)


@entrance
def argument_of_an_application(folder: Path) -> Iterator[bool]:
    return refused(lambda text: commands.execute("playback", text), Refused)


@entrance
def rules_file(folder: Path) -> Iterator[bool]:
    return refused(lambda text: yaml_reader.read("title: '{}'".format(text.replace("'", "''")), "x"), InvalidFile)


@entrance
def title_in_a_rules_file(folder: Path) -> Iterator[bool]:
    return of_rules(folder, "agents:", 'a{i}: {{number: "+18575550101", title: {text}}}')


@entrance
def criterion_in_a_rules_file(folder: Path) -> Iterator[bool]:
    return of_rules(folder, "routers:", "r{i}: {{branches: [{{when: {{keyword: {text}}}, then: hangup}}]}}")


@entrance
def speech_in_a_rules_file(folder: Path) -> Iterator[bool]:
    return of_rules(folder, "menus:", 'm{i}: {{greeting: {say}, digits: {{"1": hangup}}}}')


def of_rules(folder: Path, section: str, line: str) -> Iterator[bool]:
    """What `rules check` says of a file with a line for each text, all of its characters escaped."""
    written = [line.format(i=i, text=quoted(text), say=quoted(f"say:{text}")) for i, text in enumerate(TEXTS)]
    (folder / "acme.yaml").write_text("\n".join(["company: acme", section, *(f"  {each}" for each in written)]))
    told = run("rules", "check", "acme.yaml", "--json", code=1).stdout
    errors = [each for each in json.loads(told) if "character" in each["message"]]
    bad = {error["line"] for error in errors}
    return (i + 3 in bad for i in range(len(TEXTS)))


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'


@entrance
def csv_file(folder: Path) -> Iterator[bool]:
    rows = [f'{i},"{text}"' for i, text in enumerate(TEXTS)]
    (folder / "x.csv").write_text("\n".join(["id,name", *rows]), encoding="utf-8", newline="")
    read = {row.cells["id"]: row.cells["name"] for row in CsvReader(folder / "x.csv", ("id", "name"), ())}
    return (read.get(str(i)) != text for i, text in enumerate(TEXTS))


@entrance
def form_of_the_dashboard(folder: Path) -> Iterator[bool]:
    draft = Draft.of(book())
    for i, text in enumerate(TEXTS):
        draft = draft.put("agents", f"x{i}", {"number": "+18575550101", "title": text})
    bad = {problem.path[1] for problem in draft.compiled().problems if "character" in problem.message}
    return (f"x{i}" in bad for i in range(len(TEXTS)))


@entrance
def field_of_a_crm(folder: Path) -> Iterator[bool]:
    connector = Custom("c", crms.Custom(url="https://crm.example/{number}"))
    body = msgspec.json.encode({f"f{i}": text for i, text in enumerate(TEXTS)})
    found = run_flow(connector.look_up(Wanted(number="+18575550101")), lambda request: Reply(status=200, body=body))
    assert found is not None
    return (found.fields[f"f{i}"] != text for i, text in enumerate(TEXTS))


@entrance
def credential(folder: Path) -> Iterator[bool]:
    return refused(lambda text: EnvironmentSecret("T").reveal({"T": text}), CrmNoCredential)


@entrance
def exported_rules(folder: Path) -> Iterator[bool]:
    return seen([yaml_writer.scalar(text) for text in TEXTS])


@entrance
def cell_of_the_dashboard(folder: Path) -> Iterator[bool]:
    return seen([fit(text, 30) for text in TEXTS])


@entrance
def call_in_words(folder: Path) -> Iterator[bool]:
    calls = (CallRecord(uuid="u", company="acme", number=text, began=NOW) for text in TEXTS)
    return seen([next(as_text(explained(call, "UTC"))) for call in calls])


@entrance
def table_on_a_terminal(folder: Path) -> Iterator[bool]:
    stored(folder)
    return seen(run("calls", "list", "--limit", "500").stdout.split("\n")[1:-1])


@entrance
def json_on_a_terminal(folder: Path) -> Iterator[bool]:
    stored(folder)
    told = run("calls", "list", "--limit", "500", "--json").stdout
    assert json.loads(told)[-1]["caller_name"] == TEXTS[-1]
    return seen([line for line in told.split("\n") if '"caller_name":' in line])


def stored(folder: Path) -> None:
    """Calls whose callers call themselves TEXTS, the latest first."""
    with Store.open(f"sqlite:///{folder / 'fsrouter.db'}") as store:
        store.journal.write(
            [
                CallRecord(uuid=f"u-{i}", company="acme", number="+13125550100", began=NOW - i, caller_name=text)
                for i, text in enumerate(TEXTS)
            ]
        )


@pytest.mark.parametrize("name", ENTRANCES)
def test_all_agree_which_text_is_harmless(name: str, home: Path) -> None:  # noqa: F811
    assert len(set(TEXTS)) == 200 and 50 < sum(WANTED) < 150
    told = dict(zip(TEXTS, ENTRANCES[name](home), strict=True))
    assert {text for text in TEXTS if told[text]} == {text for text, bad in zip(TEXTS, WANTED, strict=True) if bad}
