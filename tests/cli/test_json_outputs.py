"""What each `--json` prints is what its JSON Schema in docs/json says: every command that has it is run on a store with
everything in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from crm.conftest import authority, ca, serve, tls  # noqa: F401 - fixtures
from crm.office import office
from crm.server import Server, StandIn
from crm.zoho_stand_in import Zoho
from jsonschema import Draft202012Validator
from paths import DOCS
from recorded import recorded

from cli.front import ACME, CALLS, CONTACTS, run
from fsrouter.cli import cli
from fsrouter.cli.json_outputs import JSON_OUTPUTS, file_name
from fsrouter.rules.contacts import by_number
from fsrouter.simulator import Switch
from fsrouter.store import CallRecord, Store
from fsrouter.store.nodes import Node
from fsrouter.store.what_if import WhatIf, from_store

BEGAN = datetime(2026, 11, 23, 16, 0, tzinfo=UTC).timestamp()
#: A company whose CRM can be asked, and a file of contacts that cannot be read.
LABS = """\
company: labs
country: US
timezone: UTC
agents: {{mira: {{endpoint: user/2001, crm_user: "501"}}}}
lists: {{blocked: {{title: Nuisance callers}}}}
crms:
  books:
    type: zoho
    url: "{url}"
    accounts_url: "{url}"
    client_id: "${{ZOHO_ID}}"
    client_secret: "${{ZOHO_SECRET}}"
    refresh_token: "${{ZOHO_REFRESH}}"
  people: {{type: csv, path: nowhere.csv}}
"""
#: Files of the working directory: changes, faults, cells that cannot be read, a call that goes elsewhere.
FILES = {
    "changed.yaml": (
        "company: acme\ntracking_numbers: [{number: +18725550112, to: hangup}]\npools: {}\n"
        "voicemails: {main: {mailbox: 1009}}\n"
    ),
    "faults.yaml": "company: acme\nqueus: {}\nagents: {nancy: {endpoint: 17}}\n",
    "wrong.yaml": "- {to: +18725550113, from: +12125550100, expect: queue:vip}\n- {to: +1, expect: queue:vip}\n",
    "rates.csv": "prefix,price,name\n+1312,0.012,Chicago\n",
    "blocked.csv": "number,prefix,contact,until\n+13125550142,,,30d\n,+1900,,\n,,51,\n",
    "more.csv": "id,name,phones\n77,Grace,+14155550177\n78,Hal,312-55\n,,\n",
}


@dataclass(frozen=True)
class Command:
    """A command as it is run: its words, its arguments, and how it ends."""

    words: str
    arguments: tuple[str, ...]
    code: int = 0


def command(words: str, *arguments: str, code: int = 0) -> Command:
    return Command(words, arguments, code)


#: In the order in which they are run: what one changes, the next ones show.
COMMANDS = (
    command("rules check", ACME),
    command("rules check", "faults.yaml", code=1),
    command("rules test", ACME, CALLS),
    command("rules test", ACME, "wrong.yaml", code=1),
    command("rules plan", "changed.yaml"),
    command("contacts import", "more.csv", "--company", "acme", "--crm", "people"),
    command("contacts find", "g"),
    command("contacts sync", "labs", code=1),
    command("crm check", "--company", "labs", code=1),
    command("calls list"),
    *(command("calls show", uuid) for uuid in ("over0", "over1", "over2", "live")),
    command("lists list"),
    command("lists import", "blocked", "blocked.csv"),
    command("lists list", "blocked"),
    command("agents list"),
    command("schedules list"),
    command("freeswitch check", code=1),
    command("rates list"),
    command("rates of", "+13125550142"),
    command("explain", "--to", "+18725550118", "--from", "+14155550101", "--press", "1", "--unanswered", "9"),
    command("explain", "--to", "+18725550111", "--from", "anonymous", "--rules", ACME),
    command("replay", "--since", "2026-11-01", "--rules", "changed.yaml"),
    command("rules import", "changed.yaml", "--yes"),
    command("rules rollback", "1", "--yes"),
    command("rules move", "+18725550112", "--to", "labs", "--route", "agent:mira", "--failsafe", "agent:mira", "--yes"),
    command("rules rename", "labs", "lab", "--yes"),
    command("rules remove", "lab", "--forget", "--yes"),
    command("rules log"),
)


@pytest.fixture
def world(
    home: Path,
    acme: None,
    switch: Switch,
    store: Store,
    serve: Callable[[StandIn], Server],  # noqa: F811
    ca: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two companies with contacts, calls of every kind, a break, an override, a FreeSWITCH and a CRM."""
    with (home / "fsrouter.toml").open("r+") as settings:
        text = settings.read()
        settings.seek(0)
        settings.write(f'crm_ca = "{ca}"\ncrm_networks = ["127.0.0.0/8", "::1"]\n{text}\n[rates]\nfile = "rates.csv"\n')
    monkeypatch.setenv("FSROUTER_CONFIG", str(home / "fsrouter.toml"))
    for name in ("ZOHO_ID", "ZOHO_SECRET", "ZOHO_REFRESH"):
        monkeypatch.setenv(name, name.lower())
    zoho = Zoho(office(3))
    next(iter(zoho.office.people.values())).mobile = "call me"
    (home / "labs.yaml").write_text(LABS.format(url=serve(zoho).url))
    for name, text in FILES.items():
        (home / name).write_text(text)
    run("rules", "import", "labs.yaml", "--yes")
    run("contacts", "import", CONTACTS, "--company", "acme")
    run("agents", "set", "nancy", "break", "--company", "acme")
    run("schedules", "override", "office", "open", "--company", "acme", "--until", "2199-01-01")
    store.journal.write(list(calls(store)))
    detail = {"crms": {"labs/people": {"trouble": "no such file"}}}
    store.nodes.beat(Node(name="r1", started=store.clock(), beat=store.clock(), detail=detail))


def calls(store: Store) -> Iterator[CallRecord]:
    """A call that is over, one of a menu, one to a group, and one that goes on."""
    snapshot, _ = store.books.load()
    people = by_number(Path(CONTACTS), snapshot.books["acme"])
    for i, (to, more) in enumerate(
        {"+18725550111": {}, "+18725550118": {"press": ("9", "1")}, "+18725550115": {"unanswered": 2}}.items()
    ):
        call = WhatIf(to=to, caller="+12125550100", at=datetime.fromtimestamp(BEGAN + i, UTC), **more)
        ended = {"answered": BEGAN + 5, "ended": BEGAN + 65, "agent": "nancy", "outcome": "answered"}
        yield recorded(from_store(store, snapshot, call, people).walk, uuid=f"over{i}", caller_name="W\x1b[2J", **ended)
    yield CallRecord(uuid="live", company="acme", number="+18725550118", began=BEGAN + 60, where="in menu:main")


def validator(words: str) -> Draft202012Validator:
    """The validator of a command's schema, as docs/json has it."""
    schema = json.loads((DOCS / "json" / file_name(words)).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_every_json_output_is_in_the_table() -> None:
    assert sorted({*with_json(cli)}) == sorted(JSON_OUTPUTS)
    assert {each.words for each in COMMANDS} == set(JSON_OUTPUTS)


def with_json(group: click.Command, words: str = "") -> Iterator[str]:
    """The words of every command that has `--json`."""
    if isinstance(group, click.Group):
        for name in group.list_commands(click.Context(group)):
            below = group.get_command(click.Context(group), name)
            assert below is not None
            yield from with_json(below, f"{words} {name}".strip())
    elif any("--json" in option.opts for option in group.params):
        yield words


@pytest.mark.usefixtures("world")
def test_every_json_output_is_by_its_schema() -> None:
    for each in COMMANDS:
        found = json.loads(run(*each.words.split(), *each.arguments, "--json", code=each.code).stdout)
        assert found, each
        wrong = [
            f"{each.words} {error.json_path}: {error.message}" for error in validator(each.words).iter_errors(found)
        ]
        assert not wrong, wrong
        refuses_what_it_does_not_know(each.words, found)


def refuses_what_it_does_not_know(words: str, found: Any) -> None:
    """A key that stands nowhere, and one that is missing, are seen in whatever is printed."""
    first = found[0] if isinstance(found, list) else found
    assert not validator(words).is_valid([{**first, "more": ""}] if found is not first else {**first, "more": ""})
    assert not validator(words).is_valid([{}] if found is not first else {})


@pytest.mark.parametrize("words", JSON_OUTPUTS)
def test_every_object_of_a_schema_is_closed_and_described(words: str) -> None:
    schema = validator(words).schema
    assert schema["title"] == f"fsrouter {words} --json" and schema["description"]
    for name, definition in schema["$defs"].items():
        assert definition["additionalProperties"] is False, name
        assert definition["description"] and set(definition["required"]) <= set(definition["properties"]), name
