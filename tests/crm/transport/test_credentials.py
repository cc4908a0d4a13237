"""Where credentials come from, and that they go nowhere else."""

from __future__ import annotations

import base64
import copy
import pickle
from pathlib import Path

import pytest

from fsrouter.crm.errors import CrmRefused
from fsrouter.crm.transport.messages import BasicAuth, EnvironmentSecret, HeldSecret, bearer, reveal, secret_or_text

ENVIRONMENT = {"TOKEN": "s3cret", "BAD": "a\r\nX-Evil: 1"}


def test_a_name_is_looked_up_when_it_is_reveal() -> None:
    assert reveal(secret_or_text("${TOKEN}"), ENVIRONMENT) == "s3cret"
    assert reveal(secret_or_text("plain"), ENVIRONMENT) == "plain"


def test_only_a_whole_name_is_a_name() -> None:
    assert reveal(secret_or_text("x${TOKEN}"), ENVIRONMENT) == "x${TOKEN}"


def test_a_file_stands_for_an_environment_variable(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert reveal(secret_or_text("${T}"), {"T_FILE": str(file)}) == "from-file"


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
        reveal(secret_or_text("${T}"), environment)


def test_basic_and_bearer_credentials_are_reveal() -> None:
    basic = BasicAuth(("acme", "+", EnvironmentSecret("TOKEN")), (HeldSecret("pw"),))
    assert base64.b64decode(basic.reveal(ENVIRONMENT).removeprefix("Basic ")) == b"acme+s3cret:pw"
    ((name, parts),) = bearer(secret_or_text("${TOKEN}"))
    assert (name, reveal(parts, ENVIRONMENT)) == ("Authorization", "Bearer s3cret")


@pytest.mark.parametrize(
    "secret", [HeldSecret("s3cret"), EnvironmentSecret("TOKEN"), BasicAuth(("u",), (HeldSecret("s3cret"),))]
)
def test_a_secret_is_neither_shown_nor_copied(secret: HeldSecret) -> None:
    assert "s3cret" not in f"{secret!r} {secret} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
