"""Connections whose peers have not proved yet that they are a FreeSWITCH of ours: they get some room, and the oldest
makes way for the new one.

A FreeSWITCH proves itself within milliseconds, so whoever has been silent for longest is not one; and a new connection
that was refused instead might be a caller. Knows no wire.
"""

from __future__ import annotations

import functools
import ipaddress
from collections import defaultdict
from typing import Final

from fsrouter.esl.lifecycle import CallSession, Rejected

PER_ADDRESS: Final = 512
"""Connections from one address. Where somebody opens thousands a second, a FreeSWITCH on the same machine still has a
tenth of one for its proof; and a burst of calls after a router was away is none of them yet."""
IN_ALL: Final = 1024

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@functools.lru_cache(maxsize=1024)
def address_of(host: str) -> Address:
    """The address of a peer as a socket tells it; one of IPv4 that came by IPv6 is of IPv4."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return (address.version == 6 and address.ipv4_mapped) or address


def network_of(address: Address) -> int | str:
    """What counts as one address: of IPv6 the first 64 bits, since whoever has one has all of them (RFC 6177)."""
    return int(address) if address.version == 4 else f"{int(address) >> 64:x}::"


class Newcomers:
    """The sessions of peers that have not proved themselves, at most `per_address` from one address and `in_all`."""

    def __init__(self, per_address: int = PER_ADDRESS, in_all: int = IN_ALL) -> None:
        self._per_address = per_address
        self._in_all = in_all
        # In the order in which they came.
        self._all: dict[CallSession, int | str] = {}
        self._of: defaultdict[int | str, dict[CallSession, None]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, session: object) -> bool:
        return session in self._all

    def enter(self, session: CallSession, address: Address) -> None:
        """Take one more; the oldest of its address, or of all, is dropped where there is no room."""
        network = network_of(address)
        same = self._of[network]
        if len(same) >= self._per_address:
            self._drop(next(iter(same)))
        elif len(self._all) >= self._in_all:
            self._drop(next(iter(self._all)))
        self._all[session] = network
        self._of[network][session] = None

    def leave(self, session: CallSession) -> None:
        """Count a session no more: its peer has proved itself, or it is over."""
        network = self._all.pop(session, None)
        if network is not None:
            del self._of[network][session]
            if not self._of[network]:
                del self._of[network]

    def _drop(self, session: CallSession) -> None:
        self.leave(session)
        session.drop(Rejected("crowded", "it had proved nothing when others needed the room"))
