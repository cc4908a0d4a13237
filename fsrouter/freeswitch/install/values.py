"""What an installation is made of, as frozen values: numbers with their fail-safes, routers, trunks. Knows no file
and no XML.

Every value that comes from a rule book passes its allowlist here, when it is built (`fsrouter.esl.validation`): what
could expand (`$`), start another dial string or leave its attribute raises `Refused`, a ValueError, and never gets as
far as a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fsrouter.engine.model import dialable
from fsrouter.engine.numbers.open_patterns import Open
from fsrouter.engine.numbers.read import Role, read
from fsrouter.errors import Refused
from fsrouter.esl import validation

MAX_RING: Final = 600
"""Seconds that a fail-safe may ring one step."""
MAX_ROUTERS: Final = 50
"""Hosts that `socket` looks at (mod_event_socket.c:434)."""
MAX_LEGS: Final = 32
"""Legs that one step may ring at once; FreeSWITCH itself takes 128 (switch_ivr_originate.c:83)."""


@dataclass(frozen=True)
class Dial:
    """Ring targets at once (`user/1001`, or what `trunk_target` returns) for `ring` seconds; `caller_id` is shown when
    given. `trunk` is the one by which they leave, "" for phones: the observing connection counts its calls. `instead`
    are rung one after the other where the one before was not reached, or does not ring for `wait` seconds.
    """

    targets: tuple[str, ...]
    ring: int = 30
    caller_id: str = ""
    trunk: str = ""
    instead: tuple[str, ...] = ()
    wait: int = 0

    def __post_init__(self) -> None:
        for target in (*self.targets, *self.instead):
            dialable.endpoint(target)
        if self.caller_id:
            validation.number(self.caller_id)
        if self.trunk:
            validation.tag(self.trunk)
        if not 1 <= len(self.targets) <= MAX_LEGS:
            raise Refused(f"it has {len(self.targets)} targets; between 1 and {MAX_LEGS} can be rung at once", "dial")
        if not 1 <= self.ring <= MAX_RING:
            raise Refused(f"it is {self.ring} seconds; between 1 and {MAX_RING} are possible", "ring")


@dataclass(frozen=True)
class Mailbox:
    """Leave the call in a mailbox of mod_voicemail; without `domain`, FreeSWITCH's own."""

    mailbox: str
    domain: str = ""
    profile: str = "default"

    def __post_init__(self) -> None:
        dialable.mailbox(self.mailbox)
        validation.user(self.profile)
        if self.domain:
            dialable.domain(self.domain)


@dataclass(frozen=True)
class Extension:
    """Hand the call to an extension of the operator's own dialplan."""

    number: str
    context: str = "default"

    def __post_init__(self) -> None:
        dialable.extension(self.number)
        validation.user(self.context)


Step = Dial | Mailbox | Extension


@dataclass(frozen=True)
class FailSafe:
    """What FreeSWITCH does by itself with a call, step after step; none hangs up as temporarily failed, so that a
    carrier may reroute.
    """

    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        for step in self.steps[:-1]:
            if not isinstance(step, Dial):
                kind = type(step).__name__.lower()
                raise Refused(f"nothing can come after a step that keeps the call ({kind})", "fail-safe")


@dataclass(frozen=True)
class Entry:
    """A tracking number (E.164) that is handed to us, its fail-safe, and its company with its country (ISO 3166)."""

    number: str
    failsafe: FailSafe = FailSafe()
    country: str = "US"
    company: str = ""

    def __post_init__(self) -> None:
        if read(self.number, "ZZ", Role.TARGET) != self.number:
            raise Refused(f"{self.number!r} is not written as E.164, as +13125550150", "tracking number")


@dataclass(frozen=True)
class Outside:
    """The numbers outside that are open to a company in a country (ISO 3166), and the gateways or templates by which
    they leave, in the order in which they are tried; `trunk` is theirs.
    """

    country: str
    numbers: Open
    ways: tuple[str, ...]
    trunk: str = ""


@dataclass(frozen=True)
class Reachable:
    """Whom the callers of a company may be sent to by somebody whom nobody here knows: its `phones`, as targets
    (`user/1001@pbx.example`), and numbers `outside`, None for none.
    """

    company: str
    phones: tuple[str, ...] = ()
    outside: Outside | None = None

    @property
    def users(self) -> dict[str, list[str]]:
        """The users of the directory among the phones, by what stands behind them: `@pbx.example`, or nothing."""
        found: dict[str, list[str]] = {}
        for phone in dict.fromkeys(self.phones):
            kind, _, user = phone.partition("/")
            if kind == "user":
                name, at, domain = user.partition("@")
                found.setdefault(at + domain, []).append(name)
        return found


@dataclass(frozen=True)
class Routers:
    """Where calls are handed to: `host:port` of each router, tried in turn, or this very process of FreeSWITCH
    (mod_python3).
    """

    addresses: tuple[str, ...] = ("127.0.0.1:8084",)
    in_process: bool = False

    def __post_init__(self) -> None:
        for address in self.addresses:
            host, _, port = dialable.domain(address).rpartition(":")
            if not host or ":" in host or not port.isdigit() or not 0 < int(port) < 65536:
                raise Refused(f"{address!r} is no host:port, as 127.0.0.1:8084", "router")
        if not self.in_process and not 1 <= len(self.addresses) <= MAX_ROUTERS:
            raise Refused(f"there are {len(self.addresses)}; between 1 and {MAX_ROUTERS} are possible", "routers")

    @property
    def action(self) -> tuple[str, str]:
        """Application and argument that hand the call over. `full` and never `async`: docs/wire.md 0."""
        if self.in_process:
            return "python", "fsrouter_python"
        return "socket", "|".join(self.addresses) + " full"
