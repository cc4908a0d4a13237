"""What an installation decides, and no company: the settings as values. Knows no file and no environment.

Secrets are never shown: `repr` of settings leaves them out.
"""

from __future__ import annotations

import socket

from msgspec import Struct, field

from fsrouter.errors import UsageError


def address(text: str) -> tuple[str, int]:
    """Read `host:port`. Raises UsageError."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and len(port) < 6) or int(port) > 65535:
        raise UsageError(f"{text!r} is no address to listen on; write host:port, as 127.0.0.1:8084")
    return host.strip("[]"), int(port)


class Switch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One FreeSWITCH's inbound event socket. `password_file` is read when `password` is empty.

    `conf` is its configuration directory, when `serve` may keep the queues of callcenter.conf in step there.
    """

    host: str = "127.0.0.1"
    port: int = 8021
    password_file: str = ""
    password: str = ""
    conf: str = ""

    def __repr__(self) -> str:
        return f"Switch(host={self.host!r}, port={self.port})"


class Dialling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which numbers may be dialled by any rule, CRM field or caller, and how long a step may take.

    `countries` (ISO 3166) and `prefixes` (`+1`) are each a list of what is allowed; both empty allows every
    country. Premium-rate numbers are refused unless a prefix names them.
    """

    countries: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


class Incoming(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which form the callers' numbers of one FreeSWITCH, profile or gateway come; values as in `Numbers`."""

    incoming: str = ""


class Numbers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How callers' numbers are read.

    `incoming` is the form in which they come: `auto`, `e164`, `plus` or `national`; `gateways`, `profiles` and
    `freeswitch` say it for one gateway, one sofia profile and one FreeSWITCH by their names, the first of these that
    says anything. `internal` are the profiles and dialplan contexts whose callers without a number are our own phones.
    """

    incoming: str = "auto"
    internal: tuple[str, ...] = ()
    gateways: dict[str, Incoming] = {}
    profiles: dict[str, Incoming] = {}
    freeswitch: dict[str, Incoming] = {}

    def incoming_of(self, gateway: str, profile: str, *freeswitch: str) -> str:
        """The form in which callers' numbers come by a gateway and profile ("" for none) of a FreeSWITCH, by each of
        its names.
        """
        named = ((self.gateways, gateway), (self.profiles, profile), *((self.freeswitch, name) for name in freeswitch))
        return next((table[name].incoming for table, name in named if name in table), self.incoming)


class Speech(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which module of FreeSWITCH speaks `say:` texts, with which voice."""

    engine: str = "flite"
    voice: str = "slt"


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How log lines look (`console` or `json`), and the least level that is logged."""

    format: str = "console"
    level: str = "info"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that an installation decides. Times are in seconds.

    `web` is `none` for no web server; `web_origins` are the sites (`https://www.acme.example`, or `*` for all) whose
    pages may ask for numbers of a pool, besides those of the web server's own origin. CRMs may be in `crm_networks`
    although these are private, and `crm_ca` is a file of certificates that are trusted for them beside the public ones.
    """

    database: str = ""
    listen: str = "127.0.0.1:8084"
    web: str = "127.0.0.1:8085"
    web_origins: tuple[str, ...] = ()
    limit: int = 2000
    peers: tuple[str, ...] = ()
    node: str = field(default_factory=lambda: socket.gethostname()[:64])
    routers: tuple[str, ...] = ()
    freeswitch: tuple[Switch, ...] = (Switch(),)
    trunks: dict[str, str] = {}
    dialling: Dialling = Dialling()
    numbers: Numbers = Numbers()
    speech: Speech = Speech()
    log: Log = Log()
    recordings: str = "/var/lib/freeswitch/recordings/fsrouter"
    domain: str = ""
    context: str = "default"
    key_file: str = ""
    key: str = ""
    stop_after: float = 3600.0
    keep_queues: bool = True
    shared: bool = False
    keep_contacts: bool = True
    crm_networks: tuple[str, ...] = ()
    crm_ca: str = ""

    @property
    def address(self) -> tuple[str, int]:
        """Where calls are taken: host and port."""
        return address(self.listen)

    @property
    def web_address(self) -> tuple[str, int] | None:
        """Where visitor pools, health and metrics are; None for nowhere. Raises UsageError."""
        return None if self.web == "none" else address(self.web)

    def __repr__(self) -> str:
        # Without what stands before the last @, which may be a password.
        database = self.database.rpartition("@")[2]
        return f"Settings(database={database!r}, listen={self.listen!r}, node={self.node!r})"
