"""Settings: what is this installation's and no company's. `fsrouter.toml`, then the environment, which comes last.

Secrets (the event socket's password, the signing key) come from the environment or from files of their own, and are
never shown: `repr` of settings leaves them out (DESIGN section 8, Secrets).
"""

from __future__ import annotations

import difflib
import os
import re
import secrets
import socket
import tempfile
import tomllib
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from fsrouter.errors import UsageError
from fsrouter.settings.check import address, wrong

__all__ = ["Dialling", "Settings", "Speech", "Switch", "address", "data_directory", "database", "load"]

#: The database's name in the user's data directory.
DATABASE = "fsrouter.db"


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


class Speech(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which module of FreeSWITCH speaks `say:` texts, with which voice."""

    engine: str = "flite"
    voice: str = "slt"


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
    speech: Speech = Speech()
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


#: The tables of a settings file.
_TABLES: dict[str, type[Struct]] = {"freeswitch": Switch, "dialling": Dialling, "speech": Speech}
#: TOML's kinds of values as they are written.
_KINDS = {
    "str": 'a text ("…")',
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list ([…])",
    "object": "a table ([…] above its lines)",
}


def load(path: str = "", environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a file (by default `FSROUTER_CONFIG`, else none) under those of the environment.

    Raises UsageError.
    """
    settings = _said(path, environment)
    return msgspec.structs.replace(
        settings,
        database=settings.database or f"sqlite:///{data_directory(environment) / DATABASE}",
        freeswitch=tuple(_with_password(switch, environment) for switch in settings.freeswitch),
        key=settings.key or _key(settings.key_file, environment),
    )


def database(path: str = "", environment: Mapping[str, str] = os.environ) -> str:
    """The database that `load` would name, for who only looks: makes nothing. Raises UsageError."""
    return _said(path, environment).database or f"sqlite:///{_data_directory(environment) / DATABASE}"


def _said(path: str, environment: Mapping[str, str]) -> Settings:
    """What file and environment say, and nothing in the place of what they do not."""
    path = path or environment.get("FSROUTER_CONFIG", "")
    found: dict[str, Any] = _file(path) if path else {}
    if isinstance(found.get("freeswitch"), dict):
        found["freeswitch"] = [found["freeswitch"]]
    ours: set[str] = set()
    for name in ("database", "listen", "web", "node", "key"):
        value = environment.get(f"FSROUTER_{name.upper()}")
        if value:
            found[name] = value
            ours.add(name)
    try:
        settings = msgspec.convert(found, Settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path or 'the environment'}: {_in_words(str(error))}") from None
    if troubles := list(wrong(settings)):
        raise UsageError("\n".join(f"{_whose(trouble, ours, path)}: {trouble}" for trouble in troubles))
    return settings


def _whose(trouble: str, ours: Container[str], path: str) -> str:
    """Where a trouble comes from: the environment for the settings that it named, which are `ours`, else the file."""
    setting = re.match(r"\w+", trouble)
    return "the environment" if not path or (setting and setting[0] in ours) else path


def _in_words(error: str) -> str:
    """What msgspec found wrong, as who wrote the file would put it: `freeswitch[0].port: …` and what belongs there."""
    what, _, where = error.partition(" - at `$.")
    where = where.rstrip("`")
    if unknown := re.search("unknown field `(.*)`", what, re.DOTALL):
        table = _TABLES.get(where.partition("[")[0], Settings)
        known = [each.name for each in msgspec.structs.fields(table)]
        near = difflib.get_close_matches(unknown[1], known, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        place = f" in [{where.partition('[')[0]}]" if where else ""
        return f"unknown setting {unknown[1]!r}{place}; {remedy}"
    if kinds := re.fullmatch("Expected `(.*)`, got `(.*)`", what):
        wanted, found = (_KINDS.get(kind, kind) for kind in kinds.groups())
        return f"{where}: is {found} where {wanted} belongs"
    return f"{where}: {what}"


def data_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Where files go when nobody says where (XDG base directory specification); it is made when it is missing.

    Raises UsageError.
    """
    directory = _data_directory(environment)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{directory} cannot be made: {error.strerror}; set XDG_DATA_HOME") from None
    return directory


def _data_directory(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_DATA_HOME") or Path(environment.get("HOME") or Path.home()) / ".local" / "share"
    return Path(base) / "fsrouter"


def _file(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the settings cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is no TOML: {error}") from None


def _with_password(switch: Switch, environment: Mapping[str, str]) -> Switch:
    password = environment.get("FSROUTER_ESL_PASSWORD") or switch.password
    if not password and switch.password_file:
        password = _secret(switch.password_file)
    return msgspec.structs.replace(switch, password=password or "ClueCon")


def _secret(path: str) -> str:
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"{path}: the secret cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: the secret is no text") from None
    if not secret:
        raise UsageError(f"{path}: the secret is empty")
    return secret


def _key(path: str, environment: Mapping[str, str]) -> str:
    """The key that signs cursors: the file's, or one made once for this user.

    Routers that share calls must share it.
    """
    if path:
        return _secret(path)
    own = data_directory(environment) / "key"
    if not own.exists():
        _make_key(own)
    return _secret(str(own))


def _make_key(own: Path) -> None:
    """Make a key, whole before anybody can see it; of several that are made at once the first stays."""
    try:
        descriptor, made = tempfile.mkstemp(prefix=".key-", dir=own.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(made, own)
        except FileExistsError:
            pass
        finally:
            os.unlink(made)
    except OSError as error:
        raise UsageError(f"{own}: the signing key cannot be made: {error.strerror}; set key_file") from None
