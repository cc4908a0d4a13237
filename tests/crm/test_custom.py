"""Somebody's own https address, over real https: how it is asked and signed in, and where its secrets go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from crm import server as faults
from crm.rig import ERP_FIELDS, Rig, SetClock
from crm.server import Answer, Asked, StandIn
from fsrouter.crm.check import check
from fsrouter.crm.client import Client
from fsrouter.crm.connectors.base import Wanted
from fsrouter.crm.errors import CrmBadReply, CrmError, CrmLimited, CrmRefused, CrmTimeout, CrmUnavailable, CrmUnsafe
from fsrouter.crm.transport.http import LOOK_UP, Sender
from fsrouter.engine.model import crms
from fsrouter.runtime.native import NATIVE

Make = Callable[..., Rig]
OAUTH = {"client_id": "erp-client", "client_secret": "${ERP_SECRET}"}
WANTED = Wanted(number="+12005550001", field="tier")


def rig_of(crm: Make, path: str = "/caller?phone={number}", token_server: str = "", **more: Any) -> Rig:
    """A custom address with this connection."""
    rig: Rig = crm("custom", 3, clock=more.pop("clock", NATIVE.monotonic))
    if "client_id" in more:
        more["token_url"] = (token_server or rig.server.url) + "/oauth/token"
    made = crms.Custom(url=rig.server.url + path, fields=ERP_FIELDS, **more)
    assert not made.problem() and not list(made.problems())
    rig.book.crms["crm"] = made
    return rig


def looked_up(rig: Rig, wanted: Wanted = WANTED) -> str:
    found = rig.connection.run(rig.connection.connector.look_up(wanted), LOOK_UP)
    return found.id if found else ""


WAYS: dict[str, dict[str, Any]] = {
    "a token": {"token": "${ERP}"},
    "national digits": {"token": "${ERP}", "path": "/caller?phone={national}"},
    "digits": {"token": "${ERP}", "path": "/caller?phone={digits}&from={number}"},
    "a header's key": {"headers": {"X-Api-Key": "key-${ERP_KEY}", "X-Tenant": "acme"}},
    "a header's token": {"headers": {"authorization": "Bearer ${ERP}"}},
    "JSON": {
        "token": "${ERP}",
        "path": "/find",
        "method": "POST",
        "json": '{"caller": {"phones": ["{national}", 7, null]}}',
    },
    "a form": {"token": "${ERP}", "path": "/find/{digits}", "method": "POST", "form": {"phone": "{number}", "a": "&"}},
    "client credentials": OAUTH,
    "client credentials with a scope": {**OAUTH, "scope": "read:callers"},
    "a refresh token": {**OAUTH, "refresh_token": "${ERP_REFRESH}"},
}


@pytest.mark.parametrize("way", WAYS)
def test_caller_is_found_by_each_way_of_asking(crm: Make, way: str) -> None:
    rig = rig_of(crm, **WAYS[way])
    assert looked_up(rig) == "1001"
    assert looked_up(rig, Wanted(number="+13125559999", field="tier")) == ""
    assert check(rig.book, "crm", rig.client, rig.store.contacts).problems == ()


def test_placeholders_are_encoded_in_the_address(crm: Make) -> None:
    rig = rig_of(crm, "/{digits}/x?phone={number}&n={national}", token="${ERP}")
    looked_up(rig)
    (asked,) = rig.stand_in.seen
    assert asked.path == "/12005550001/x"
    assert asked.query == {"phone": "+12005550001", "n": "2005550001"}


def test_access_token_is_asked_for_once_and_again_when_it_ends(crm: Make) -> None:
    clock = SetClock()
    rig = rig_of(crm, clock=clock, **OAUTH)
    for _ in range(3):
        assert looked_up(rig) == "1001"
    assert rig.stand_in.tokens == ["erp-token", "issued1"]
    clock.now += 3600
    assert looked_up(rig) == "1001"
    assert rig.stand_in.tokens[2:] == ["issued2"]
    clock.now += 60
    rig.stand_in.expired.add("issued2")
    assert looked_up(rig) == "1001"
    assert rig.stand_in.tokens[3:] == ["issued3"]


def test_routers_share_an_access_token_of_one_client_and_scope(crm: Make) -> None:
    rig = rig_of(crm, **OAUTH)
    for scope in ("", "", "read:callers"):
        rig.book.crms["crm"] = msgspec.structs.replace(rig.book.crms["crm"], scope=scope)
        router = Client(rig.sender, NATIVE, rig.store.tokens, "the installation's key").connection(rig.book, "crm")
        assert router and router.run(router.connector.look_up(WANTED))
    assert rig.stand_in.tokens == ["erp-token", "issued1", "issued2"]


@pytest.mark.parametrize("lasts", [None, "3600", 3600.5, 1, -1, "nan", "1e999"])
def test_life_of_a_token_is_told_in_several_ways(crm: Make, lasts: Any) -> None:
    rig = rig_of(crm, **OAUTH)
    rig.stand_in.lasts = lasts
    assert looked_up(rig) == "1001"


def test_wrong_client_is_told_with_what_to_look_at(crm: Make) -> None:
    rig = rig_of(crm, **{**OAUTH, "scope": "everything"})
    with pytest.raises(CrmRefused, match=r"crm: .*token_url gives no token \(no such client\); look at client_id"):
        looked_up(rig)
    found = check(rig.book, "crm", rig.client, rig.store.contacts)
    assert (found.reachable, found.let_in) == (True, False)


class TokenServer(StandIn):
    """An OAuth server apart, which says what it is told to."""

    def __init__(self, says: Any, status: int = 200) -> None:
        super().__init__()
        self.says = says
        self.status = status

    def answer(self, asked: Asked) -> Answer:
        return Answer(self.status, self.says)


@pytest.mark.parametrize(
    ("says", "status", "error"),
    [
        ({}, 200, CrmRefused),
        ({"error": "invalid_scope"}, 400, CrmRefused),
        ({"error": "invalid_client"}, 401, CrmRefused),
        ({"access_token": "x", "token_type": "mac"}, 200, CrmBadReply),
        ({"access_token": "x", "expires_in": "soon"}, 200, CrmBadReply),
        ({"access_token": 7}, 200, CrmBadReply),
        ({"access_token": "a\r\nX-Evil: 1"}, 200, CrmError),
        (b"<html>", 200, CrmBadReply),
        (b'{"access_token": "x', 200, CrmBadReply),
        ({}, 429, CrmLimited),
        ({}, 503, CrmUnavailable),
        ({}, 302, CrmBadReply),
    ],
)
def test_token_servers_answer_is_a_token_or_an_error(
    crm: Make, serve: Callable[[StandIn], faults.Server], says: Any, status: int, error: type[CrmError]
) -> None:
    rig = rig_of(crm, token_server=serve(TokenServer(says, status)).url, **OAUTH)
    with pytest.raises(error, match=r"^crm\b"):
        looked_up(rig)
    assert not any("Evil" in str(s.headers) for s in rig.stand_in.seen)


def test_secrets_go_to_the_server_that_they_are_for(crm: Make, serve: Callable[[StandIn], faults.Server]) -> None:
    """The client's secret to token_url, the access token and the headers to url, and nothing to whom either leads."""
    stranger = TokenServer({"id": "x"})
    tokens = TokenServer({"access_token": "from-afar", "token_type": "Bearer", "expires_in": 60})
    rig = rig_of(crm, token_server=serve(tokens).url, headers={"X-Api-Key": "key-${ERP_KEY}"}, **OAUTH)
    rig.stand_in.always = faults.redirect(serve(stranger).url + "/elsewhere")
    looked_up(rig)
    (asked,) = rig.stand_in.seen
    assert asked.headers["X-Api-Key"] == "key-7" and asked.headers["Authorization"] == "Bearer from-afar"
    assert "erp-secret" not in str(asked.headers) + asked.path + str(asked.query)
    (granted,) = tokens.seen
    assert granted.form["client_secret"] == "erp-secret" and "X-Api-Key" not in granted.headers
    (led,) = stranger.seen
    assert not {"X-Api-Key", "Authorization"} & set(led.headers)


def test_post_is_never_redirected(crm: Make, serve: Callable[[StandIn], faults.Server]) -> None:
    stranger = TokenServer({})
    rig = rig_of(crm, **WAYS["JSON"])
    rig.stand_in.always = faults.redirect(serve(stranger).url, 307)
    with pytest.raises(CrmBadReply, match="redirects a POST"):
        looked_up(rig)
    assert not stranger.seen


def test_token_servers_address_is_checked_as_the_others_are(crm: Make, ca: str) -> None:
    rig = rig_of(crm, **OAUTH)
    rig.client._sender = sender = Sender(NATIVE, (), ca, {"ERP_SECRET": "s"})
    with pytest.raises(CrmUnsafe, match="no address of the public internet"):
        looked_up(rig)
    sender.close()
    assert not rig.stand_in.seen


@pytest.mark.parametrize("way", ["JSON", "a form", "client credentials"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.status(401), CrmRefused),
        (faults.status(403), CrmRefused),
        (faults.status(429, Retry_After="5"), CrmLimited),
        (faults.status(500), CrmUnavailable),
        (faults.half, CrmUnavailable),
        (faults.hang_up, CrmUnavailable),
        (faults.silent, CrmTimeout),
        (faults.deep, CrmBadReply),
        (faults.body(b'{"customer"'), CrmBadReply),
    ],
)
def test_failures_are_errors_of_the_crm(crm: Make, way: str, fault: Any, error: type[CrmError]) -> None:
    rig = rig_of(crm, **WAYS[way])
    rig.stand_in.always = fault
    short = msgspec.structs.replace(LOOK_UP, read=0.3) if fault is faults.silent else LOOK_UP
    with pytest.raises(error, match=r"^crm\b") as raised:
        rig.connection.run(rig.connection.connector.look_up(WANTED), short)
    assert not any(secret in str(raised.value) for secret in ("erp-secret", "erp-token", "issued"))


def test_missing_secret_of_a_header_is_named(crm: Make) -> None:
    rig = rig_of(crm, headers={"X-Api-Key": "a ${NOT_SET} b"})
    with pytest.raises(CrmRefused, match="NOT_SET is not set"):
        looked_up(rig)
    assert not rig.stand_in.seen
