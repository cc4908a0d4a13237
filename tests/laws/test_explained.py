"""What is done at each attempt: a call on the phone, and whoever thinks of one, have the same whispers, keys,
extensions, caller IDs, trunks, gateways, recordings and notices.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.front import run
from router.conftest import empty  # noqa: F401 - a fixture
from router.site import PATIENCE, STRANGER, Site

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.explained import as_data
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.simulator import RINGS_OUT, UNREGISTERED, Phone, PlacedCall
from fsrouter.tui.context import Context
from fsrouter.tui.queries import what_if
from laws.test_dialling import settings_of

TOML = """\
listen = "127.0.0.1:8084"
key = "parity"
freeswitch = []
[trunks]
default = { gateways = ["a", "b"] }
second = { gateways = ["c", "d"], companies = ["acme"] }
plain = "e"
[dialling]
endpoints = ["sofia/internal/*@10.0.0.1:5060"]
"""
BOOK = """
company: acme
country: US
timezone: America/Chicago
failsafe: hangup
agents:
  nancy: {endpoint: user/1001, accept: "2"}
  cas: {endpoint: user/1009, number: "+1 312 555 0160"}
  dear: {endpoint: user/1001, number: "+1 900 555 0100"}
  fay: {number: "+1 312 555 0161", accept: "*"}
  far: {endpoint: sofia/internal/1001@10.0.0.1:5060}
  way: {endpoint: sofia/gateway/c/+13125550169}
numbers:
  desk: {number: "+1 312 555 0150"}
  extension: {number: "+1 312 555 0151", extension: "204", extension_delay: 2s, whisper: own.wav, accept: "1"}
  bare: {number: "+1 312 555 0152", extension: "7*1"}
  quiet: {number: "+1 312 555 0153", whisper: skip, accept: "1"}
  spoken: {number: "+1 312 555 0154", whisper: "say:From ads", extension: "12", extension_delay: 1s}
  premium: {number: "+1 900 555 0101"}
distributions:
  all: {groups: [{rule: simultaneous, members: [agent:nancy, number:extension, number:premium, agent:fay], ring: 5s}]}
  key: {groups: [{rule: sequential, members: [number:desk, agent:nancy, agent:cas], ring: 5s, accept: "9"}]}
flows:
  recorded: {record: true, record_notice: flow.wav, route: [number:desk, agent:nancy]}
tracking_numbers:
"""
#: Each number's route, and what else it has.
NUMBERS = (
    ("number:desk", ""),
    ("[number:desk, number:extension, number:bare, number:quiet, number:spoken, agent:nancy]", "whisper: ads.wav"),
    ("[number:desk, phone:+13125550199, agent:fay]", 'whisper: "say:Ads please"'),
    ("[number:desk, agent:nancy]", "caller_id: tracking"),
    ("[number:desk, agent:nancy]", "record: true"),
    ("[agent:nancy, number:desk]", "record: true, record_notice: notice.wav"),
    ("[number:desk, agent:nancy]", 'record: true, record_notice: "say:We record"'),
    ("[number:desk]", "record: true, record_notice: skip"),
    ("[number:premium, flow:recorded]", "record_notice: number.wav"),
    ("[number:desk, agent:cas, agent:far, agent:way]", "trunk: second"),
    ("[agent:cas, agent:dear]", ""),
    ("[number:desk]", "trunk: plain, caller_id: tracking, whisper: skip"),
    ("distribution:all", "whisper: ads.wav, record: true"),
    ("[distribution:key, number:premium]", ""),
)
DIDS = tuple(f"+187255501{i:02}" for i in range(len(NUMBERS)))
ASKED = "Press "

Facts = dict[str, Any]


def text() -> str:
    lines = [f'  - {{number: "{did}", to: {to}, {more}}}' for did, (to, more) in zip(DIDS, NUMBERS, strict=True)]
    return BOOK + "\n".join(lines).replace(", }", "}") + "\n"


def book() -> RuleBook:
    return company_file.read(read(text(), "acme.yaml")).onto(None)


@pytest.fixture
def site(tmp_path: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: F811
    for name in [name for name in os.environ if name.startswith("FSROUTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("fsrouter.toml").write_text(TOML)
    Path("acme.yaml").write_text(text())
    monkeypatch.setenv("FSROUTER_CONFIG", "fsrouter.toml")
    site = Site(tmp_path, empty)
    monkeypatch.setenv("FSROUTER_DATABASE", site.url)
    site.store.books.save(book(), "test", "")
    yield site
    site.close()


# On the phone


def phoned(site: Site) -> dict[str, Facts]:
    """What each call was told to do: nobody answers, and no gateway takes a number, so that all are tried."""
    site.switch.phones = {"user/1001": RINGS_OUT, "user/1009": UNREGISTERED}
    site.switch.gateways = {name: Phone(code=503) for name in "abcde"}
    site.switch.phones["sofia/internal/1001@10.0.0.1:5060"] = RINGS_OUT
    site.serve(**settings_of(TOML))
    return {did: told(site, site.call(to=did).wait(PATIENCE)) for did in DIDS}


def told(site: Site, call: PlacedCall) -> Facts:
    legs: dict[str, Facts] = {}
    for ring in call.rang:
        leg = legs.setdefault(ring.variables["fsr_target"].replace(".", ":", 1), {"rang": []})
        leg["rang"].append(ring.target)
        leg |= {"trunk": ring.variables.get("fsr_trunk", ""), **at_answer(ring.variables)}
        leg["record"] = "uuid_record" in ring.variables.get("api_on_answer", "")
    record = site.record(call)
    recorded = "record_session" in call.variables.get("execute_on_answer", "")
    heard = [sound for sound in call.heard if not sound.startswith("silence")]
    return {
        "attempts": [list(attempt.targets) for attempt in record.attempts],
        "legs": {name: {**leg, "record": leg["record"] or recorded} for name, leg in legs.items()},
        "caller_id": call.variables.get("effective_caller_id_number") or "caller",
        "notice": heard[0] if heard else "",
    }


def at_answer(variables: dict[str, str]) -> Facts:
    """What happens when a leg has answered, by its variables in the dial string."""
    key, file = variables.get("group_confirm_key", ""), variables.get("group_confirm_file", "")
    run_, _, rest = file.partition(" ") if key == "exec" else ("", "", file)
    heard = f"say:{rest}" if run_ == "speak" else re.sub(r"^file_string://silence_stream://\d+!", "", rest)
    heard = "" if heard.startswith("silence_stream:") or heard.startswith(f"say:{ASKED}") else heard
    dtmf = re.fullmatch(r"send_dtmf (W*)(w?)([0-9*#]+)@120", variables.get("execute_on_answer", ""))
    return {
        "whisper": heard,
        "accept": "" if key == "exec" else key,
        "extension": dtmf[3] if dtmf else "",
        "extension_delay": len(dtmf[1]) if dtmf else 0,
    }


# Thought of


def explained(site: Site, did: str) -> Facts:
    words = ("--to", did, "--from", STRANGER, "--unanswered", "99", "--json")
    found: Facts = json.loads(run("explain", *words).stdout)
    return found


def explained_from_a_file(site: Site, did: str) -> Facts:
    words = ("--rules", "acme.yaml", "--to", did, "--from", STRANGER, "--unanswered", "99", "--json")
    found: Facts = json.loads(run("explain", *words).stdout)
    return found


def dashboard_try(site: Site, did: str) -> Facts:
    dialling = CallSettings.of(site.services[0].settings)
    form = what_if.Typed(to=did, caller=STRANGER, unanswered="99")
    found: Facts = as_data(what_if.route(Context(site.store, "ada", dialling=dialling), form).call)
    return found


ENTRANCES: dict[str, Callable[[Site, str], Facts]] = {
    "explain": explained,
    "explain --rules": explained_from_a_file,
    "the dashboard's Try": dashboard_try,
}
AT_ANSWER: Facts = {"whisper": "", "accept": "", "extension": "", "extension_delay": 0}


def planned(call: Facts) -> dict[str, Facts]:
    """The legs of a call that was thought of, by destination."""
    legs = {}
    for attempt in call["attempts"]:
        for leg in attempt["legs"]:
            found = {name: leg.get(name, none) for name, none in AT_ANSWER.items()}
            targets = [f"sofia/gateway/{gateway}/{leg.get('number')}" for gateway in attempt.get("gateways", ())]
            legs[leg["destination"]] = {
                **found,
                "record": attempt["record"],
                "trunk": attempt.get("trunk", ""),
                "endpoint": leg.get("endpoint", ""),
                "number": leg.get("number", ""),
                "by trunk": targets,
            }
    return legs


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_whoever_thinks_of_a_call_tells_what_is_done_on_the_phone(entrance: str, site: Site) -> None:
    law = phoned(site)
    for did in DIDS:
        call, phone = ENTRANCES[entrance](site, did), law[did]
        where = did, call, phone
        assert [each["targets"] for each in call["attempts"]] == phone["attempts"], where
        assert {each["caller_id"] for each in call["attempts"]} == {phone["caller_id"]}, where
        assert call["notice"] == phone["notice"], where
        legs = planned(call)
        assert set(legs) == set(phone["legs"]), where
        for name, leg in phone["legs"].items():
            plan = legs[name]
            assert {key: plan[key] for key in (*AT_ANSWER, "record")} == {
                key: leg[key] for key in (*AT_ANSWER, "record")
            }, (name, where)
            rang = leg["rang"] if plan["number"] and "sofia/gateway" in leg["rang"][0] else []
            assert rang in ([], plan["by trunk"]) and (rang or leg["rang"] == [plan["endpoint"]]), (name, where)
            assert not rang or leg["trunk"] == plan["trunk"], (name, where)


def test_calls_are_of_every_sort(site: Site) -> None:
    law = phoned(site)
    legs = [leg for call in law.values() for leg in call["legs"].values()]
    assert {leg["trunk"] for leg in legs} == {"", "default", "second", "plain"}
    for key in ("whisper", "accept", "extension", "record"):
        assert len({leg[key] for leg in legs}) > 1
    assert {call["notice"] for call in law.values()} == {"", "notice.wav", "say:We record", "flow.wav"}
    assert {call["caller_id"] for call in law.values()} == {"caller", DIDS[3], DIDS[11]}
    assert max(len(leg["rang"]) for leg in legs) == 2
