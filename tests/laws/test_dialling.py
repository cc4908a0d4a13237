"""What may leave, and by which trunk: whoever has something dialled is told the same of the same 200 far ends, and
what must not leave does not by any entrance (the table of docs/dialling.md).
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from cli.front import run
from cli.test_freeswitch_install import FILES
from click.testing import CliRunner
from freeswitch.install.xml_dialplan import Call, contexts
from paths import ROOT
from router.conftest import empty  # noqa: F401 - a fixture
from router.site import PATIENCE, Site, until

from fsrouter.cli import cli
from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.lint.lint import installation_errors
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.trunks import REFERRED
from fsrouter.freeswitch.install.dialplan import did_entries, fsr_context
from fsrouter.freeswitch.install.values import Entry, FailSafe, Routers
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.settings.model import Settings
from fsrouter.simulator import BUSY, Dialplan, Phone, PlacedCall
from fsrouter.store import Store
from fsrouter.store.commands import Command

#: By kind what somebody wants dialled.
NUMBERS = (
    *(f"+1{area}5550{i:03}" for i, area in enumerate((312, 212, 415, 617, 305, 206, 512, 404, 702, 808) * 5, 100)),
    *(f"+1{area}5550{i:03}" for i, area in enumerate((416, 514, 604, 403, 902), 150)),
    *(f"+44207946{i:04}" for i in range(100, 110)),
    *(f"+1900555{i:04}" for i in range(100, 108)),
    *(f"+1900556{i:04}" for i in range(100, 105)),
    *(f"+1876555{i:04}" for i in range(100, 105)),
    *(f"+44161496{i:04}" for i in range(100, 105)),
    *(f"+4930901{i:03}" for i in range(820, 830)),
    *("+33123456789", "+61291234567", "+5215512345678", "+12425550100", "+15555550100", "+449098790000"),
    *("+1 312 555 0199", "(312) 555-0198", "0044 20 7946 0197", "011 44 161 496 0196", "+8821612345678"),
    *("1001", "abc", "+", "+999999999999", "${uuid}", "+13125550150,user/1001", "+13125550150;x=y"),
    *("user/1001", "+1312555015\u0660", "loopback/app=system:id", "|+13125550150", "+13125550150 XML default"),
)
ENDPOINTS = (
    *(f"user/{i}" for i in range(1001, 1011)),
    *(f"user/{name}@pbx.example" for name in ("ann", "bo.b", "c-d", "e+f")),
    *("sofia/gateway/carrier/+13125550150", "sofia/gateway/carrier/+19005560100", "sofia/gateway/other/+4930901820"),
    *("sofia/gateway/carrier/13125550151", "sofia/gateway/carrier/3125550152", "sofia/gateway/carrier/3001"),
    *("sofia/internal/1001@10.0.0.1:5060", "sofia/external/+442079460100@10.0.0.1;transport=tcp"),
    *("sofia/internal/1001@10.0.0.2:5060", "sofia/internal/+13125550150@evil.example;x=@10.0.0.1:5060"),
    *("user/*98", "user/#1", "user/1001:5060", "user/_x", "user/+13125550150"),
    *("loopback/1000", "loopback/app=system:id", "null/x", "user/", "user/a/b", "sofia/internal"),
    *("user/1001,user/1002", "user/1001|user/1002", "{a=b}user/1001", "[x=y]user/1001", "user/${uuid}", "user/a:_:b"),
    *("user/1 2", "USER/1001", "user/\u00fc", "group/sales", "user/" + "x" * 251, "1001", "http://x/y"),
)
EXTENSIONS = (
    *map(str, range(1000, 1012)),
    *("*98", "#1", "0", "00", "+13125550150", "+19005560100", "+4930901820", "park.1", "conf-3001", "a_b", "_x"),
    *("fsr2", "x" * 64, "x" * 65, "1 2", "1;2", "1,2", "1|2", "${uuid}", "1001 XML public", "\u0661", "a/b", "a@b"),
    *("''", "1&2", "123456", "1234567", "7001234", "8001234", "+442079460100", "conf-30011234"),
)
#: What must leave by no entrance when nothing but the country is open, by kind.
ATTACKS = {
    "number": (
        *("+19005550100", "+12129765550", "+19765550100", "+18765550100", "+18095550100", "+12425550100"),
        *("+14415550100", "+18685550100", "+16645550100", "+447012345678", "+449098790000", "+448444111111"),
        *("+442079460958", "+447911123456", "+8821612345678", "+881612345678", "+870773111632", "+88310012345678"),
        *("+80012345678", "+97912345678", "+878101234567890", "+80812345678", "+15555550100", "+15005550100"),
        *("+4990012345678", "+33899123456", "+393495550100", "+5351234567", "+37190123456", "+2348012345678"),
        *("+999123456789", "+2521234567", "+6745551234", "+68812345", "+2692345678", "+2474123"),
    ),
    "endpoint": (
        *(
            "sofia/gateway/carrier/+19005550100",
            "sofia/gateway/carrier/19005550100",
            "sofia/gateway/carrier/9005550100",
        ),
        *("sofia/gateway/carrier/0114490987900", "sofia/gateway/carrier/011449098790000", "sofia/gateway/carrier/3001"),
        *("sofia/gateway/carrier/+13125550150@evil.example", "sofia/gateway/carrier/sip:+13125550150"),
        *("sofia/gateway/theirs/+13125550150", "sofia/gateway/nowhere/+13125550150", "sofia/gateway/carrier"),
        *("sofia/gateway/external::carrier/+19005550100", "sofia/gateway/external::carrier/+13125550150"),
        *("sofia/Gateway/carrier/+19005550100", "SOFIA/gateway/carrier/+19005550100", "sofia/gateway//+13125550150"),
        *("sofia/external/+19005550100@10.0.0.9", "sofia/external/+13125550150@10.0.0.9", "sofia/internal/1001"),
        *("sofia/internal/1001@evil.example;fs_path=sip:1.2.3.4", "{a=b}sofia/gateway/carrier/+19005550100"),
        *("loopback/9011449098790000", "user/1001,sofia/gateway/carrier/+19005550100", "verto.rtc/a,user/1"),
    ),
    "extension": (
        *("9011441614960123", "90119005550100", "011449098790000", "00449098790000", "919005550100", "19005550100"),
        *("+19005550100", "+449098790000", "+8821612345678", "3125550150", "1234567", "9-011-44-9098790000"),
        *("*67919005550100", "park1234567", "0.0.4.4.9.0.9.8.7"),
    ),
}
COUNT = len(NUMBERS) + len(ENDPOINTS) + len(EXTENSIONS)
#: What a telephone may ask for and a rule may not: kept as it is.
ONLY_REFERRED = (".1", "-1")

TOML = """\
listen = "127.0.0.1:8084"
key = "parity"
freeswitch = []
[trunks]
carrier = "carrier"
[trunks.theirs]
gateways = ["theirs"]
companies = ["globex"]
"""
OPEN = """\
[dialling]
countries = ["US", "CA"]
prefixes = ["+44207", "+1900555"]
endpoints = ["sofia/internal/*@10.0.0.1:5060"]
extensions = ["700*"]
"""
#: Settings that open nothing else: those of the README's quick start, and a list of one country.
NARROW = {"quick start": "", "countries": '[dialling]\ncountries = ["US"]\n'}


def settings_of(text: str) -> dict[str, Any]:
    """The trunks and the dialling that a settings file says."""
    told = msgspec.convert(tomllib.loads(text), Settings)
    return {"trunks": told.trunks, "dialling": told.dialling}


SETTINGS = settings_of(TOML + OPEN)

Answers = dict[str, str]


class Kind:
    """One kind of far end: what of it is wanted, and how it stands in a rule book."""

    def __init__(self, wanted: tuple[str, ...], agent: str, destination: str) -> None:
        self.wanted = wanted
        self.did = {text: f"+1872555{i:04}" for i, text in enumerate(wanted, 100)}
        self.name = {text: f"a{i:03}" for i, text in enumerate(wanted)}
        self._agent, self._destination = agent, destination

    def destination(self, text: str) -> str:
        return self._destination.format(text=text, name=self.name[text])

    def places(self, text: str) -> set[str]:
        """Where lint names it."""
        agent = {f"agents.{self.name[text]}.{self._agent}"} if self._agent else set()
        return agent | {f"tracking_numbers.{self.did[text]}.{key}" for key in ("failsafe", "to")}

    def text_of(self, texts: Collection[str], failsafes: Collection[str] = (), queue: Collection[str] = ()) -> str:
        """A rules file in which some are dialled; by some fail-safes, by some queue agents."""
        lines = ["company: acme", "country: US", "timezone: UTC", "failsafe: hangup", "agents:"]
        lines += ["  nancy: {endpoint: user/999}"]
        agent = self._agent
        lines += [f"  {self.name[text]}: {{{agent}: {json.dumps(text)}}}" for text in texts] if agent else []
        lines += [f"queues: {{all: {{agents: [{', '.join(self.name[text] for text in queue)}]}}}}", "tracking_numbers:"]
        lines += ['  - {number: "+18725550001", to: agent:nancy}']
        for text in texts:
            to = json.dumps(self.destination(text))
            own = f", failsafe: {to}" if text in failsafes else ""
            lines += [f'  - {{number: "{self.did[text]}", to: {to}{own}}}']
        return "\n".join(lines) + "\n"

    @property
    def readable(self) -> list[str]:
        """Those that the reader of rules files lets in at all."""
        problems = company_file.read(read(self.text_of(self.wanted), "x.yaml")).problems
        bad = {self.wanted[int(p.path[1]) - 1] for p in problems if p.path[0] == "tracking_numbers"}
        names = {str(p.path[1]) for p in problems if p.path[0] == "agents"}
        return [text for text in self.wanted if text not in bad and self.name[text] not in names]

    def book(self, texts: Collection[str]) -> RuleBook:
        return company_file.read(read(self.text_of(texts), "x.yaml")).onto(None)

    @classmethod
    def like(cls, kind: Kind, wanted: tuple[str, ...]) -> Kind:
        """The same kind, of other far ends."""
        return cls(wanted, kind._agent, kind._destination)


KINDS = {
    "number": Kind(NUMBERS, "number", "phone:{text}"),
    "endpoint": Kind(ENDPOINTS, "endpoint", "agent:{name}"),
    "extension": Kind(EXTENSIONS, "", "extension:{text}"),
}


@pytest.fixture
def folder(tmp_path: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    for name in [name for name in os.environ if name.startswith("FSROUTER_")]:
        monkeypatch.delenv(name)
    (tmp_path / "fsrouter.toml").write_text(TOML + OPEN)
    (tmp_path / "empty.db").write_bytes(empty.read_bytes())
    for name, text in FILES.items():
        path = tmp_path / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("FSROUTER_CONFIG", str(tmp_path / "fsrouter.toml"))
    monkeypatch.setenv("FSROUTER_DATABASE", f"sqlite:///{tmp_path / 'fsrouter.db'}")
    return tmp_path


# On the phone


class Wire:
    """A router and a FreeSWITCH; whatever is rung is busy, and an extension says its name."""

    OWN = """<context name="default"><extension name="any"><condition field="destination_number" expression="^(.*)$">
<action application="answer"/><action application="playback" data="/went/$1"/><action application="hangup"/>
</condition></extension></context>"""

    def __init__(self, folder: Path, book: RuleBook) -> None:
        self.site = site = Site(folder, folder / "empty.db")
        site.store.books.save(book, "test", "")
        self.service = site.serve(**settings_of((folder / "fsrouter.toml").read_text()))
        entries = [Entry(number, FailSafe(), "US") for number in book.tracking_numbers]
        hosts = Routers(tuple(f"{host}:{port}" for host, port in site.routers))
        ours = did_entries(entries), fsr_context(entries, FailSafe(), hosts)
        site.switch.dialplan = Dialplan.from_xml(*ours, self.OWN)
        site.switch.phones["user/999"] = Phone(answers_after=1, talk=None)
        site.switch.default = BUSY

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.site.close()

    @staticmethod
    def went(call: PlacedCall) -> str:
        """What was dialled for a caller at last: a target, or an extension."""
        rung = [ring.target for ring in call.rang if ring.target != "user/999"]
        said = [sound.removeprefix("/went/") for sound in call.heard if sound.startswith("/went/")]
        return (rung or said or [""])[-1]

    def order(self, call: PlacedCall, argument: str) -> None:
        """Have an operator transfer a call; one that is refused is still talking, and is hung up then."""
        command = Command(id=1, call=call.uuid, verb="transfer", argument=argument, who="olga", at=0.0)
        if self.service.operator_commands.carry_out(command) != "done":
            assert call.steps[-1] == "talking"
            call.hang_up()


def legs(folder: Path, kind: Kind) -> Answers:
    """A route, on the phone."""
    readable = kind.readable
    with Wire(folder, kind.book(readable)) as wire:
        calls = {text: wire.site.call(to=kind.did[text]) for text in readable}
        return {text: wire.went(call.wait(PATIENCE)) for text, call in calls.items()}


def operators(folder: Path, kind: Kind) -> Answers:
    """A transfer that an operator orders, in the words of `fsrouter calls transfer`."""
    with Wire(folder, kind.book(kind.readable)) as wire:
        calls = {text: wire.site.call(to="+18725550001") for text in kind.wanted}
        for text, call in calls.items():
            call.reach("talking")
            until(lambda uuid=call.uuid: wire.service.cdr.live[uuid].talking, "the talk to be heard of")  # type: ignore[misc]
            wire.order(call, kind.destination(text))
        return {text: wire.went(call.wait(PATIENCE)) for text, call in calls.items()}


# In FreeSWITCH's configuration


def refused_by_check(folder: Path, kind: Kind, queue: Collection[str]) -> set[str]:
    """Where `fsrouter rules check` says that somebody cannot be dialled."""
    readable = kind.readable
    (folder / "all.yaml").write_text(kind.text_of(readable, failsafes=readable, queue=queue))
    result = CliRunner().invoke(cli, ["rules", "check", str(folder / "all.yaml"), "--json"])
    found = json.loads(result.stdout)
    assert {each["code"] for each in found if each["level"] == "error"} <= {"not-dialled"}
    return {each["message"].partition(": ")[0] for each in found if each["level"] == "error"}


def installed(
    folder: Path, kind: Kind, texts: Collection[str], failsafes: Collection[str] = (), queue: Collection[str] = ()
) -> Path:
    """The configuration when these are put in force and installed."""
    with Store.open(f"sqlite:///{folder / 'fsrouter.db'}") as store:
        text = kind.text_of(texts, failsafes=failsafes, queue=queue)
        store.books.save(company_file.read(read(text, "x.yaml")).onto(None), "test", "")
    run("freeswitch", "install", "--conf", folder / "conf")
    return folder / "conf"


def failsafes(folder: Path, kind: Kind) -> Answers:
    """A fail-safe, as `freeswitch install` writes it."""
    refused = refused_by_check(folder, kind, ())
    left = [text for text in kind.readable if not kind.places(text) & refused]
    files = installed(folder, kind, left, failsafes=left) / "dialplan"
    found = contexts(iter([(files / "public/00_fsrouter.xml").read_text()]), (files / "fsrouter.xml").read_text())
    answers = {}
    for text in left:
        call = Call(found, dict.fromkeys(("socket", "bridge"), lambda call, argument: None))
        call.dial(kind.did[text])
        answers[text] = "".join([*map(target_of, call.ran("bridge")), *map(extension_of, call.ran("transfer"))])
    return answers


def queue_agents(folder: Path, kind: Kind) -> Answers:
    """An agent of a queue, as `freeswitch install` writes them."""
    refused = refused_by_check(folder, kind, kind.readable)
    left = [text for text in kind.readable if not kind.places(text) & refused]
    conf = installed(folder, kind, left, queue=left)
    root = ElementTree.parse(conf / "autoload_configs/callcenter.conf.xml").getroot()
    contacts = {str(each.get("name")): target_of(str(each.get("contact"))) for each in root.iter("agent")}
    return {text: contacts[f"{kind.name[text]}@acme"] for text in left}


def target_of(dial_string: str) -> str:
    return re.sub(r"^(\{[^}]*\})?(\[[^\]]*\])?", "", dial_string)


def extension_of(argument: str) -> str:
    assert argument.endswith(" XML default")
    return argument.removesuffix(" XML default")


def referred(folder: Path, kind: Kind) -> Answers:
    """A registered telephone that asks the installed dialplan for a transfer (REFER)."""
    files = installed(folder, kind, ()) / "dialplan"
    found = contexts(iter([(files / "public/00_fsrouter.xml").read_text()]), (files / "fsrouter.xml").read_text())
    answers = {}
    for text in kind.wanted:
        call = Call(found, {"socket": lambda call, argument: None})
        call.variables.update(direction="inbound", fsr_mover="u|u|outbound|1001|_undef_|_undef_|_undef_")
        call.dial(text, "fsr")
        answers[text] = "".join(map(extension_of, call.ran("transfer")))
    return answers


ENTRANCES: dict[str, tuple[Callable[[Path, Kind], Answers], str]] = {
    "number: a fail-safe": (failsafes, "number"),
    "number: a queue's agent": (queue_agents, "number"),
    "number: an operator's transfer": (operators, "number"),
    "endpoint: a fail-safe": (failsafes, "endpoint"),
    "endpoint: a queue's agent": (queue_agents, "endpoint"),
    "endpoint: an operator's transfer": (operators, "endpoint"),
    "extension: a fail-safe": (failsafes, "extension"),
    "extension: an operator's transfer": (operators, "extension"),
}
#: The same, with the walk itself, for each of which nothing of ATTACKS leaves.
CLOSED = {f"{name}: a route": (legs, name) for name in KINDS} | ENTRANCES


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_entrance_dials_the_same(entrance: str, folder: Path) -> None:
    ask, name = ENTRANCES[entrance]
    kind = KINDS[name]
    law, answers = legs(folder, kind), ask(folder, kind)
    assert {text: answers.get(text, "") for text in kind.wanted} == {text: law.get(text, "") for text in kind.wanted}


@pytest.mark.parametrize("kind", KINDS)
def test_some_leave_and_some_do_not(kind: str, folder: Path) -> None:
    answers = legs(folder, KINDS[kind])
    left = [text for text in KINDS[kind].wanted if answers.get(text)]
    assert 15 < len(left) < len(KINDS[kind].wanted) - 10
    assert COUNT >= 200


@pytest.mark.parametrize("settings", NARROW)
@pytest.mark.parametrize("entrance", CLOSED)
def test_nothing_but_the_country_leaves_by_any_entrance(entrance: str, settings: str, folder: Path) -> None:
    (folder / "fsrouter.toml").write_text(TOML + NARROW[settings])
    ask, name = CLOSED[entrance]
    kind, extra = Kind.like(KINDS[name], ATTACKS[name]), {"number": "+13125550150", "endpoint": "user/1001"}
    answers = ask(folder, Kind.like(kind, (*kind.wanted, extra.get(name, "1001"))))
    assert {text: answers.get(text, "") for text in kind.wanted} == dict.fromkeys(kind.wanted, "")
    assert answers[extra.get(name, "1001")], "what is open leaves"


def test_quick_start_s_settings_are_those_that_are_tried() -> None:
    """The README's and the example's settings are a trunk and nothing else, and their rule books need no more."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    toml, yaml = (re.findall(rf"```{kind}\n(.*?)```", readme, re.DOTALL)[0] for kind in ("toml", "yaml"))
    example = (ROOT / "examples/fsrouter.toml").read_text(encoding="utf-8")
    acme = (ROOT / "examples/acme.yaml").read_text(encoding="utf-8")
    for settings, rules in ((toml, yaml), (example, acme)):
        told = settings_of(settings)
        assert told == {"trunks": {"carrier": "carrier"}, "dialling": settings_of(NARROW["quick start"])["dialling"]}
        book = company_file.read(read(rules, "x.yaml")).onto(None)
        assert not installation_errors(book, Installation(dialling=CallSettings.of(Settings(**told))))


def test_registered_telephone_may_ask_for_whatever_the_dialplan_has(folder: Path) -> None:
    """Who moves a caller decides where they may go: a phone of ours keeps its own rights (docs/dialling.md)."""
    kind = Kind.like(KINDS["extension"], (*EXTENSIONS, *ONLY_REFERRED))
    found = referred(folder, kind)
    assert found == {text: text if re.fullmatch(REFERRED, text) else "" for text in kind.wanted}
    assert found["+19005560100"] and not found["1 2"]


def test_limits_hold_for_numbers_that_endpoints_and_extensions_are(folder: Path) -> None:
    endpoints, extensions = legs(folder, KINDS["endpoint"]), legs(folder, KINDS["extension"])
    assert not endpoints["sofia/gateway/carrier/+19005560100"] and not extensions["+19005560100"]
    assert endpoints["sofia/gateway/carrier/3125550152"] == "sofia/gateway/carrier/+13125550152"
    assert endpoints["sofia/internal/1001@10.0.0.1:5060"] and not endpoints["sofia/internal/1001@10.0.0.2:5060"]
    assert extensions["+442079460100"] and extensions["7001234"] and not extensions["8001234"]
