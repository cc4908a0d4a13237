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


class Gateway(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gateway of a trunk: its name in FreeSWITCH, or a template as `sofia/external/{number}@10.0.0.1:5080` in which
    `{number}` is E.164 with its plus and `{digits}` without; and how often it is the first in a weighted order.
    """

    name: str
    weight: int = 1


class Trunk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way out: gateways, and in which `order` they are tried (`in-order`, or `weighted` for one that is drawn).

    A gateway that has not rung after `wait` seconds is given up for the next one; one that answers with a SIP code of
    `final` has spoken for all of them (docs/trunks.md has why these). `calls` are the most at once, 0 for any number.
    `companies` are those who may use it; None for everybody.
    """

    gateways: tuple[str | Gateway, ...] = ()
    order: str = "in-order"
    final: tuple[int, ...] = (404, 410, 486, 600, 603, 604, 606, 607, 608)
    calls: int = 0
    wait: float = 6.0
    companies: tuple[str, ...] | None = None

    @property
    def ways(self) -> tuple[Gateway, ...]:
        """Its gateways, each with its weight."""
        return tuple(Gateway(name=each) if isinstance(each, str) else each for each in self.gateways)

    def serves(self, company: str) -> bool:
        """Whether a company may use it."""
        return self.companies is None or company in self.companies


class Dialling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a company may have dialled, by any rule, CRM field, operator or caller; everything else is closed.

    Numbers of `countries` (ISO 3166; None for the company's own) that are fixed, mobile, VoIP or toll-free. `kinds`
    opens more kinds in those countries, `prefixes` (`+1900`) what begins so, whatever its kind; `endpoints`
    (`sofia/internal/*@10.0.0.1`) and `extensions` (`7*`) patterns of what is no number. `calls` are the most numbers
    that a company dials or talks with at once, and `an_hour` those that it dials in an hour; 0 for any number.
    """

    countries: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    calls: int = 1000
    an_hour: int = 10_000


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


class RateSheet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a minute costs: the `file` with the carrier's prices by prefix (docs/rates.md), "" for none, and their
    `currency` (ISO 4217).
    """

    file: str = ""
    currency: str = "USD"


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
    trunks: dict[str, str | Trunk] = {}
    dialling: Dialling = Dialling()
    numbers: Numbers = Numbers()
    rates: RateSheet = RateSheet()
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
    def ways_out(self) -> dict[str, Trunk]:
        """The trunks by name; one that is written as a text has that one gateway."""
        return {
            name: Trunk(gateways=(trunk,)) if isinstance(trunk, str) else trunk for name, trunk in self.trunks.items()
        }

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
