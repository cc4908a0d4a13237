"""Which addresses on the net a CRM may have.

A rule book's author chooses urls, and a CRM's answer may redirect: neither may make a router talk to the router's own
network. So a name is resolved here, *every* address that it has is looked at, and whoever connects uses the addresses
that were looked at, not the name again (a name may answer differently the second time).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any

from fsrouter.crm.errors import CrmTimeout, CrmUnreached, CrmUnsafe
from fsrouter.errors import UsageError
from fsrouter.runtime import Runtime

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Prefixes that stand for IPv4 addresses behind a translator (RFC 6052).
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks as the settings name them, as `10.1.0.0/16` or `127.0.0.1`. Raises UsageError."""
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise UsageError(
            f"the settings allow a network for CRMs that is none: {error}; write it as 10.1.0.0/16"
        ) from None


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address may be talked to: it is one of the public internet, or in one of the networks `allowed`."""
    if any(address.version == network.version and address in network for network in allowed):
        return True
    inner = _inner(address)
    if inner is not None:
        return is_allowed(inner, allowed)
    return address.is_global and not address.is_multicast


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def resolve(host: str, port: int, allowed: Sequence[Network], seconds: float, runtime: Runtime) -> list[Any]:
    """The addresses of a host as `getaddrinfo` gives them, all of which may be talked to.

    Raises CrmTimeout when they are not known after so many seconds, CrmUnreached when there are none, and CrmUnsafe
    when a single one is private: a name with one good and one bad address is an attack, or a mistake.
    """
    found = _ask(host, port, seconds, runtime)
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        if not is_allowed(address, allowed):
            raise CrmUnsafe(
                f"{host} is at {address}, which is no address of the public internet; "
                "settings can allow it (crm_networks)"
            )
    return found


def _ask(host: str, port: int, seconds: float, runtime: Runtime) -> list[Any]:
    """`getaddrinfo` has no timeout of its own, so it runs in a thread that may be left behind."""
    answer: list[Any] = []

    def ask() -> None:
        try:
            answer.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.append(error)

    runtime.thread("crm-resolver", ask).join(max(0.0, seconds))
    if not answer:
        raise CrmTimeout(f"the name {host} was not resolved in time")
    if isinstance(answer[0], Exception) or not answer[0]:
        raise CrmUnreached(f"the name {host} is not known to the resolver")
    return list(answer[0])
