"""Which addresses on the net a CRM may have."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from fsrouter.crm.errors import CrmUnsafe
from fsrouter.crm.transport import address_check
from fsrouter.crm.transport.address_check import is_allowed, networks
from fsrouter.errors import UsageError
from fsrouter.runtime.native import NATIVE


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
    ],
)
def test_public_addresses_may_be_talked_to_and_no_others(address: str, good: bool) -> None:
    assert is_allowed(ipaddress.ip_address(address), ()) is good
    assert is_allowed(ipaddress.ip_address(address), networks(["0.0.0.0/0", "::/0"]))


def test_one_private_address_among_good_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: places)
    with pytest.raises(CrmUnsafe, match=r"crm\.example is at 10\.0\.0\.1"):
        address_check.resolve("crm.example", 443, (), 1.0, NATIVE)


def test_a_setting_that_is_no_network_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"10\.1\.0\.0/16"):
        networks(["10.1.0.0/99"])
