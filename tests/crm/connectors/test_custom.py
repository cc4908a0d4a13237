"""Somebody's own address: what its answers may look like."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fsrouter.crm.connection import run_flow
from fsrouter.crm.connectors.base import Wanted
from fsrouter.crm.connectors.custom import Custom
from fsrouter.crm.errors import CrmBadReply
from fsrouter.crm.transport.messages import Reply, Request, reveal
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crms

URL = "https://erp.example/caller?phone={number}"


def answered(answer: Any, status: int = 200, **fields: str) -> Contact | None:
    """What comes of an answer, without any network."""
    body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
    custom = Custom("erp", crms.Custom(url=URL, fields=fields))
    wanted = Wanted(number="+13125550100", module="", field="tier")
    return run_flow(custom.look_up(wanted), lambda request: Reply(status=status, body=body))


def test_the_number_is_encoded() -> None:
    flow = Custom("erp", crms.Custom(url=URL)).look_up(Wanted(number="+13125550100"))
    assert next(flow) == Request(url="https://erp.example/caller?phone=%2B13125550100", accepts=(200, 204, 404))


def test_paths_lead_through_keys_and_positions() -> None:
    paths = {"id": "c.no", "tier": "c.tags.1.n", "first": "c.tags.0", "all": "c.tags", "open": "open"}
    nowhere = {"none": "x", "away": "c.tags.9.n", "odd": "c.no.x"}
    found = answered({"c": {"no": 7, "tags": ["a", {"n": "vip"}]}, "open": True, "x": None}, **paths, **nowhere)
    assert found == Contact(id="7", crm="erp", fields={"tier": "vip", "first": "a", "all": "a", "open": "true"})


def test_without_paths_the_answers_own_keys_are_the_fields() -> None:
    found = answered({"id": "c-1", "name": "Ada", "title": "Buyer", "tier": 3, "nested": {"a": 1}, "list": [1]})
    assert found == Contact(id="c-1", crm="erp", name="Ada", title="Buyer", fields={"tier": "3"})


def test_a_list_is_read_as_its_first_record() -> None:
    found = answered([{"id": 1, "tier": "a"}, {"id": 2, "tier": "b"}])
    assert found and found.fields == {"tier": "a"}


def test_a_record_without_an_id_has_the_number_for_it() -> None:
    found = answered({"tier": "a"})
    assert found and found.id == "+13125550100"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"", 200),
        (b"null", 200),
        (b"{}", 200),
        (b"[]", 200),
        (b'{"found": false, "x": 1}', 200),
        (b"x", 404),
        (b"", 204),
    ],
)
def test_an_empty_answer_is_no_record(answer: bytes, status: int) -> None:
    assert answered(answer, status) is None


@pytest.mark.parametrize("answer", [b'"text"', b"7", b"true", b"<html>"])
def test_an_answer_that_is_no_record_is_a_bad_reply(answer: bytes) -> None:
    with pytest.raises(CrmBadReply):
        answered(answer)


@pytest.mark.parametrize(
    ("more", "header"),
    [({}, ""), ({"token": "${T}"}, "Bearer tok"), ({"username": "u", "password": "${P}"}, "Basic dTpwdw==")],
)
def test_authorisation_is_none_bearer_or_basic(more: dict[str, str], header: str) -> None:
    credentials = Custom("erp", crms.Custom(url=URL, **more)).credentials(None)
    told = [reveal(parts, {"T": "tok", "P": "pw"}) for _, parts in credentials]
    assert told == ([header] if header else [])
