"""ConnectWise: where its API is, in the cloud and on servers of one's own, and what is said of a wrong address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crm import server as faults
from crm.rig import Rig
from fsrouter.crm.check import check
from fsrouter.engine.model import crms, schema
from fsrouter.engine.model.scalars import Context

Make = Callable[..., Rig]
KEYS = {"company_id": "acme", "public_key": "${CW_PUBLIC}", "private_key": "${CW_PRIVATE}", "client_id": "${CW_CLIENT}"}


def read(**more: str) -> tuple[Any, list[str]]:
    value, problems = schema.read(crms.ConnectWise, KEYS | more, Context())
    return value, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("where", "api"),
    [
        ({"site": "na"}, "https://api-na.myconnectwise.net"),
        ({"site": "eu"}, "https://api-eu.myconnectwise.net"),
        ({"site": "au"}, "https://api-au.myconnectwise.net"),
        ({"site": "staging"}, "https://api-staging.connectwisedev.com"),
        ({"url": "https://na.myconnectwise.net"}, "https://api-na.myconnectwise.net"),
        ({"url": "https://EU.myconnectwise.net/"}, "https://api-eu.myconnectwise.net"),
        ({"url": "https://api-au.myconnectwise.net"}, "https://api-au.myconnectwise.net"),
        ({"url": "https://staging.connectwisedev.com"}, "https://api-staging.connectwisedev.com"),
        ({"url": "https://api-na.myconnectwise.net/v4_6_release/apis/3.0"}, "https://api-na.myconnectwise.net"),
        ({"url": "https://manage.acme.example"}, "https://manage.acme.example"),
        ({"url": "https://manage.acme.example:8443/"}, "https://manage.acme.example:8443"),
        ({"url": "https://myconnectwise.net.evil.example"}, "https://myconnectwise.net.evil.example"),
        ({"url": "https://notmyconnectwise.net"}, "https://notmyconnectwise.net"),
    ],
)
def test_api_is_where_the_vendor_has_it(where: dict[str, str], api: str) -> None:
    value, problems = read(**where)
    assert not problems and value.api == api


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({}, "neither site nor url; write `site:` with one of na, eu, au, staging"),
        ({"site": "na", "url": "https://na.myconnectwise.net"}, "has both site and url"),
        ({"site": "us"}, "no site of ConnectWise's cloud; known: na, eu, au, staging"),
        ({"site": "NA"}, "no site of ConnectWise's cloud"),
        ({"url": "na.myconnectwise.net"}, "no https address"),
    ],
)
def test_connection_that_leads_nowhere_is_an_error(where: dict[str, str], says: str) -> None:
    value, problems = read(**where)
    assert value is None and says in problems[0], problems


def problems_of(rig: Rig) -> tuple[str, ...]:
    return check(rig.book, "crm", rig.client, rig.store.contacts).problems


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"Codebase": "v4_6_release/", "IsCloud": "False"}, ""),
        ({"Codebase": "v4_6_release", "SiteUrl": None}, ""),
        (b"null", "does not know the company 'acme'; look at company_id, and at site or url"),
        (b"", "does not know the company"),
        ({"Codebase": ""}, "does not know the company"),
        (
            {"Codebase": "v2025_1/", "SiteUrl": "api-eu.myconnectwise.net"},
            "is at eu.myconnectwise.net; write `site: eu`",
        ),
        ({"Codebase": "v2025_1/", "SiteUrl": "https://au.myconnectwise.net/x"}, "write `site: au`"),
        ({"Codebase": "v2025_1/", "SiteUrl": "cw.acme.example"}, "write `url: https://cw.acme.example`"),
        (
            {"Codebase": "v2025_1/"},
            "is of ConnectWise's cloud, whose API is elsewhere; write `url: https://api-localhost",
        ),
        ({"Codebase": "x", "SiteUrl": "\x1b[2J\u202e" + "x" * 9000}, "is at [2jx"),
        ({"Codebase": 7}, ""),
        (b"<html>", ""),
    ],
)
def test_check_says_where_the_company_is(crm: Make, said: Any, says: str) -> None:
    rig = crm("connectwise")
    rig.stand_in.companies = {"acme": said}
    problems = problems_of(rig)
    if says:
        assert len(problems) == 1 and says in problems[0] and problems[0].isprintable()
    else:
        assert problems == ()


def test_companys_id_is_encoded_and_a_secret_one_is_not_sent_in_an_address(crm: Make) -> None:
    for company, path in (("a/../b c?", "/login/companyinfo/a/../b c?"), ("${CW_COMPANY}", "")):
        rig = crm("connectwise")
        rig.book.crms["crm"] = crms.ConnectWise(url=rig.server.url, **{**KEYS, "company_id": company})
        problems_of(rig)
        asked = [s.path for s in rig.stand_in.seen if "companyinfo" in s.path]
        assert asked == ([path] if path else [])
        assert all(not s.query for s in rig.stand_in.seen if "companyinfo" in s.path)


def test_not_found_may_be_a_wrong_key(crm: Make) -> None:
    rig = crm("connectwise")
    rig.stand_in.always = faults.status(404)
    assert "says that of a wrong company_id, public_key or private_key too" in problems_of(rig)[0]
