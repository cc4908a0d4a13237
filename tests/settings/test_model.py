"""Settings as values: addresses, and defaults that hold."""

from __future__ import annotations

import pytest

from fsrouter.errors import UsageError
from fsrouter.settings.check import problems
from fsrouter.settings.model import Settings, address


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:8084", ("127.0.0.1", 8084)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:8084", ("::1", 8084)),
        ("::1:8084", ("::1", 8084)),
    ],
)
def test_address_is_host_and_port(text: str, found: tuple[str, int]) -> None:
    assert address(text) == found


@pytest.mark.parametrize(
    "text", ["", ":8084", "8084", "host", "host:", "host:x", "host:65536", "host:-1", "host:²", "h:1e9"]
)
def test_address_without_host_or_port_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write host:port"):
        address(text)


def test_defaults_have_no_problems() -> None:
    assert not list(problems(Settings()))
