"""What this installation could dial, in words and as values."""

from __future__ import annotations

import json
import tomllib

import msgspec

from fsrouter.engine.lint.installation import Installation
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.freeswitch.doctor.dialling import may_dial
from fsrouter.rules import company_file, yaml_reader
from fsrouter.settings.model import Settings

BOOK = """\
company: acme
country: US
trunk: main
agents: {ann: {endpoint: user/1001}, joe: {number: "+1 900 555 0152"}}
tracking_numbers: [{number: "+18725550111", to: [agent:ann, agent:joe]}]
"""
WIDE = """\
[trunks]
main = "carrier"
[trunks.abroad]
gateways = ["far", "farther"]
[trunks.theirs]
gateways = ["x"]
companies = ["globex"]
[dialling]
countries = ["US", "CA"]
kinds = ["premium"]
prefixes = ["+44"]
endpoints = ["sofia/internal/*@10.0.0.1"]
extensions = ["7*"]
calls = 0
"""


def found(text: str) -> list[dict]:
    book = company_file.read(yaml_reader.read(BOOK, "acme.yaml")).onto(None)
    settings = CallSettings.of(msgspec.convert(tomllib.loads(text), Settings))
    return json.loads(msgspec.json.encode(list(may_dial([book], settings, Installation(dialling=settings)))))


def test_what_is_open_is_told_company_by_company() -> None:
    alone, told = found(WIDE)
    assert alone["level"] == "warning" and alone["what"] == (
        "the trunk theirs is for globex alone, and no such company has a rule book"
    )
    assert told["level"] == "ok" and told["what"] == (
        "acme may dial fixed, mobile, toll-free, voip, premium numbers of US, CA and numbers with +44 by the trunks"
        " main (carrier); abroad (far, farther); phones of FreeSWITCH's directory, extensions of up to 6 digits,"
        " endpoints sofia/internal/*@10.0.0.1, extensions 7*; at most any number of numbers at once, 10000 an hour"
    )
    assert told["dialling"] == {
        "company": "acme",
        "countries": ["US", "CA"],
        "kinds": ["fixed", "mobile", "toll-free", "voip", "premium"],
        "prefixes": ["+44"],
        "trunks": {"main": ["carrier"], "abroad": ["far", "farther"]},
        "endpoints": ["sofia/internal/*@10.0.0.1"],
        "extensions": ["7*"],
        "calls": 0,
        "an_hour": 10000,
    }


def test_what_the_rule_book_wants_and_may_not_is_an_error() -> None:
    told, *wrong = found("")
    assert told["what"].startswith("acme may dial no numbers, for want of a trunk; phones of")
    assert [each["level"] for each in wrong] == ["error", "error"] and "docs/dialling.md" in wrong[0]["remedy"]
    assert "agents.joe.number" in wrong[0]["what"] and 'main = "main" under [trunks]' in wrong[1]["what"]
