"""Where credentials come from, and that they go nowhere else."""

from __future__ import annotations

import base64
import copy
import pickle
from pathlib import Path

import pytest

from fsrouter.crm.errors import CrmRefused
from fsrouter.crm.transport.messages import Basic, Held, Named, bearer, given, revealed

ENVIRONMENT = {"TOKEN": "s3cret", "BAD": "a\r\nX-Evil: 1"}


def test_a_name_is_looked_up_when_it_is_revealed() -> None:
    assert revealed(given("${TOKEN}"), ENVIRONMENT) == "s3cret"
    assert revealed(given("plain"), ENVIRONMENT) == "plain"


def test_only_a_whole_name_is_a_name() -> None:
    assert revealed(given("x${TOKEN}"), ENVIRONMENT) == "x${TOKEN}"


def test_a_file_stands_for_an_environment_variable(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert revealed(given("${T}"), {"T_FILE": str(file)}) == "from-file"


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "the environment variable T is not set"),
        ({"T": ""}, "T is not set"),
        ({"T": "a\nb"}, "control character"),
        ({"T_FILE": "/nowhere/at/all"}, "T_FILE names cannot be read: No such file"),
    ],
)
def test_a_missing_credential_is_named(environment: dict[str, str], says: str) -> None:
    with pytest.raises(CrmRefused, match=says):
        revealed(given("${T}"), environment)


def test_basic_and_bearer_credentials_are_revealed() -> None:
    basic = Basic(("acme", "+", Named("TOKEN")), (Held("pw"),))
    assert base64.b64decode(basic.reveal(ENVIRONMENT).removeprefix("Basic ")) == b"acme+s3cret:pw"
    ((name, parts),) = bearer(given("${TOKEN}"))
    assert (name, revealed(parts, ENVIRONMENT)) == ("Authorization", "Bearer s3cret")


@pytest.mark.parametrize("secret", [Held("s3cret"), Named("TOKEN"), Basic(("u",), (Held("s3cret"),))])
def test_a_secret_is_neither_shown_nor_copied(secret: Held) -> None:
    assert "s3cret" not in f"{secret!r} {secret} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
