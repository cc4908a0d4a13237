"""The gate: what one company may have dialled, and with which words the rest is refused."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import msgspec
import pytest
from paths import DOCS, ROOT

from fsrouter.engine.model.failsafes import FarEnd
from fsrouter.errors import Refused
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.gate import Closed, Gate
from fsrouter.settings.check import problems
from fsrouter.settings.model import Settings

US = "+13125550150"


def gate(dialling: str = "", trunks: str = 'carrier = "carrier"', company: str = "acme", country: str = "US") -> Gate:
    """The gate of a company by a settings file's tables, which are in order."""
    settings = msgspec.convert(tomllib.loads(f"[dialling]\n{dialling}\n[trunks]\n{trunks}\n"), Settings)
    assert not list(problems(settings))
    return CallSettings.of(settings).gate(company, country)


def refused(ask: Any, text: str) -> Closed:
    with pytest.raises(Closed) as told:
        ask(text)
    assert isinstance(told.value, Refused) and told.value.setting in str(told.value)
    return told.value


@pytest.mark.parametrize(
    ("dialling", "opened", "closed"),
    [
        ("", [US, "+18005550100", "+18085550100"], ["+14165550150", "+18765550100", "+442079460958", "+19005550100"]),
        ('countries = ["CA"]', ["+14165550150", "+18005550100"], [US, "+442079460958", "+16007001234"]),
        ('countries = ["AU"]', ["+61291234567"], ["+61147101234", "+61145101234"]),
        ("countries = []", [], [US, "+18005550100"]),
        ('countries = ["GB"]', ["+442079460958", "+448081570192"], [US, "+447012345678", "+449098790000"]),
        ('countries = ["GB"]\nkinds = ["personal"]', ["+447012345678"], ["+449098790000", US]),
        (
            'kinds = ["premium"]',
            ["+19005550100", "+12129765550", US],
            ["+449098790000", "+14169765550", "+97912345678"],
        ),
        (
            'kinds = ["satellite"]',
            ["+881612345678", "+8821612345678", "+61147101234"],
            ["+88310012345678", "+80012345678"],
        ),
        ('kinds = ["international"]', ["+88310012345678", "+80012345678"], ["+881612345678", "+97912345678"]),
        ('prefixes = ["+44"]', ["+442079460958", US], ["+447012345678", "+449098790000", "+19005550100"]),
        ('prefixes = ["+1"]', ["+18765550100", "+14165550150"], ["+19005550100", "+12129765550", "+15555550100"]),
        ('prefixes = ["+44909"]', ["+449098790000"], ["+442079460958"]),
        ('prefixes = ["+881"]', ["+881612345678"], ["+8821612345678"]),
        ('prefixes = ["+1555555"]', ["+15555550100"], ["+15005550100"]),
    ],
)
def test_numbers_that_are_open(dialling: str, opened: list[str], closed: list[str]) -> None:
    of = gate(dialling)
    assert [of.number(number) for number in opened] == opened
    for number in closed:
        refused(of.number, number)


ODD = (
    *(US, "+442079460958", "+19005550100", "+447012345678", "+881612345678", "+97912345678", "+15555550100"),
    *("+12129765550", "+80012345678", "+449098790000"),
)


@pytest.mark.parametrize("dialling", ["", 'countries = ["GB"]\nkinds = ["pager"]'])
@pytest.mark.parametrize("number", ODD)
def test_line_that_is_told_opens_what_was_refused(dialling: str, number: str) -> None:
    try:
        gate(dialling).number(number)
    except Closed as told:
        assert told.setting.endswith(" under [dialling]")
        key, _, line = told.setting.removesuffix(" under [dialling]").partition(" = ")
        kept = "\n".join(each for each in dialling.splitlines() if not each.startswith(key))
        settings = msgspec.convert(tomllib.loads(f"[dialling]\n{kept}\n{key} = {line}\n"), Settings)
        assert not list(problems(settings))
        assert CallSettings.of(settings).gate("acme", "US").number(number) == number


def test_number_of_no_country_s_code_cannot_be_opened() -> None:
    assert refused(gate().number, "+999123456789").setting == ""


def test_company_without_a_country_may_dial_no_numbers() -> None:
    of = gate(country="")
    assert "acme may dial: none" in refused(of.number, US).rule
    assert gate('countries = ["US"]', country="").number(US) == US


TRUNKS = """\
main = "carrier"
theirs = {gateways = ["far"], companies = ["globex"]}
"""


@pytest.mark.parametrize(
    ("trunks", "name", "says"),
    [
        (TRUNKS, "theirs", 'companies = ["globex", "acme"] under [trunks.theirs]'),
        (TRUNKS, "carrier", 'carrier = "carrier" under [trunks]'),  # a gateway's name is none
        (TRUNKS, "new.york", '"new.york" = "new.york" under [trunks]'),
        (
            '"new.york" = {gateways = ["ny"], companies = ["globex"]}',
            "new.york",
            'companies = ["globex", "acme"] under [trunks."new.york"]',
        ),
        ("", "", 'default = "GATEWAY" under [trunks]'),
        ('a = "a"\nb = "b"', "", "trunk: a in the rules file"),
        ('theirs = {gateways = ["far"], companies = ["globex"]}', "", 'default = "GATEWAY" under [trunks]'),
    ],
)
def test_trunk_that_is_not_the_company_s_is_refused(trunks: str, name: str, says: str) -> None:
    assert refused(gate(trunks=trunks).trunk, name).setting == says


def test_mistyped_trunk_is_told_the_one_that_may_be_meant() -> None:
    assert (
        refused(gate(trunks='carier = "c"').trunk, "carrier").rule == "the settings name no trunk carrier, but carier"
    )
    assert refused(gate(trunks=TRUNKS).trunk, "their").rule == "the settings name no trunk their"  # theirs is globex's


@pytest.mark.parametrize("name", ["carrier", "new.york"])
def test_trunk_s_line_opens_it(name: str) -> None:
    line = refused(gate(trunks="").trunk, name).setting.removesuffix(" under [trunks]")
    assert gate(trunks=line).trunk(name).ways[0].name == name


@pytest.mark.parametrize(
    ("trunks", "name", "gateway"),
    [
        (TRUNKS, "main", "carrier"),
        (TRUNKS, "", "carrier"),  # the only one that it may use
        ('a = "a"\ndefault = "b"', "", "b"),
        ('a = "a"\ndefault = "b"', "a", "a"),
    ],
)
def test_trunk_by_name_the_default_one_or_the_only_one(trunks: str, name: str, gateway: str) -> None:
    assert gate(trunks=trunks).trunk(name).ways[0].name == gateway


@pytest.mark.parametrize(
    ("endpoint", "target"),
    [
        ("user/1001", "user/1001"),
        ("user/1001@other.example", "user/1001@other.example"),
        ("verto.rtc/1001", "verto.rtc/1001"),
        ("error/user_busy", "error/user_busy"),
        (f"sofia/gateway/carrier/{US}", f"sofia/gateway/carrier/{US}"),
        ("sofia/gateway/carrier/3125550150", f"sofia/gateway/carrier/{US}"),  # read as the company reads it
        (f"sofia/gateway/odd/{US}", "sofia/gateway/odd/0013125550150"),  # and sent as the trunk has numbers sent
        ("sofia/internal/77@10.0.0.1", "sofia/internal/77@10.0.0.1"),
        ("sofia/gateway/office/201", "sofia/gateway/office/201"),
    ],
)
def test_endpoints_that_are_open(endpoint: str, target: str) -> None:
    trunks = 'carrier = "carrier"\nodd = "sofia/gateway/odd/00{digits}"'
    of = gate('endpoints = ["sofia/internal/7*@10.0.0.1", "sofia/gateway/office/2*"]', trunks)
    assert of.endpoint(endpoint) == target


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ("sofia/gateway/carrier/+19005550100", 'kinds = ["premium"]'),
        ("sofia/gateway/carrier/9005550100", 'kinds = ["premium"]'),
        ("sofia/gateway/carrier/011442079460958", 'countries = ["US", "GB"]'),
        ("sofia/gateway/carrier/301", 'endpoints = ["sofia/internal/7*@10.0.0.1", "sofia/gateway/carrier/301"]'),
        (f"sofia/gateway/carrier/{US}@evil.example", "endpoints = "),
        (f"sofia/gateway/far/{US}", 'companies = ["globex", "acme"] under [trunks.theirs]'),
        (f"sofia/gateway/nowhere/{US}", 'nowhere = "nowhere" under [trunks]'),
        (f"sofia/gateway/external::carrier/{US}", 'NAME = "external::carrier" under [trunks]'),
        (f"sofia/external/{US}@10.0.0.9", "endpoints = "),
        ("sofia/internal/77@10.0.0.2", "endpoints = "),
        ("sofia/internal/77@evil.example;x=@10.0.0.1", "endpoints = "),
        ("sofia/gateway/carrier", "endpoints = "),
    ],
)
def test_endpoints_that_are_closed(endpoint: str, says: str) -> None:
    assert says in refused(gate('endpoints = ["sofia/internal/7*@10.0.0.1"]', TRUNKS).endpoint, endpoint).setting


def test_pattern_of_endpoints_opens_no_other_company_s_gateway() -> None:
    of = gate('endpoints = ["sofia/gateway/far/2*"]', TRUNKS)
    assert (
        refused(of.endpoint, "sofia/gateway/far/201").setting == 'companies = ["globex", "acme"] under [trunks.theirs]'
    )
    theirs = gate('endpoints = ["sofia/gateway/far/2*"]', TRUNKS, "globex")
    assert theirs.endpoint("sofia/gateway/far/201") == "sofia/gateway/far/201"


def test_gateway_of_several_trunks_is_dialled_as_the_first_has_it() -> None:
    trunks = (
        'theirs = {gateways = ["far"], companies = ["globex"]}\na = "sofia/gateway/far/{digits}"\n'
        'b = {gateways = ["far"], final = [603]}'
    )
    route = gate(trunks=trunks).route(f"sofia/gateway/far/{US}")
    assert (route.trunk, route.target, 486 in route.final) == ("a", "sofia/gateway/far/13125550150", True)


@pytest.mark.parametrize("extension", ["1000", "*98", "123456", US, "conf-3001", "7001234567", "9", "8001"])
def test_extensions_that_are_open(extension: str) -> None:
    assert gate('extensions = ["7*"]').extension(extension) == extension


@pytest.mark.parametrize("extension", ["1234567", "9011449098790000", "+19005550100", "3125550150", "a1b2c3d4e5f6g7"])
def test_extensions_that_are_closed(extension: str) -> None:
    refused(gate('extensions = ["7*"]').extension, extension)


def test_problem_is_what_would_be_raised() -> None:
    of = gate(trunks=TRUNKS)
    assert of.problem("", FarEnd(number=US)) == of.problem("", FarEnd(endpoint="user/1")) == ""
    assert "is not for acme" in of.problem("theirs", FarEnd(number=US))
    assert "of the kind premium" in of.problem("", FarEnd(number="+19005550100"))
    assert "is of no trunk" in of.problem("", FarEnd(endpoint=f"sofia/gateway/nowhere/{US}"))


def test_page_names_tests_that_there_are() -> None:
    page = (DOCS / "dialling.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", page))
    assert len(named) > 7 and all((ROOT / each).is_file() for each in named)
