"""What a setting may be: looked at when settings are read, so that what cannot work is said before a call finds out.

Knows no file and no environment; `settings` says where a value stands.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from fsrouter.errors import UsageError

if TYPE_CHECKING:
    from fsrouter.settings.load import Settings

#: The least that a setting may be.
LEAST: Final = {"limit": 1, "stop_after": 0}

_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_COUNTRY = re.compile("[A-Z]{2}")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,64}")


def address(text: str) -> tuple[str, int]:
    """Read `host:port`. Raises UsageError."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and len(port) < 6) or int(port) > 65535:
        raise UsageError(f"{text!r} is no address to listen on; write host:port, as 127.0.0.1:8084")
    return host.strip("[]"), int(port)


def wrong(settings: Settings) -> Iterator[str]:
    """Everything that cannot be, each with its place and the remedy."""
    for name, least in LEAST.items():
        if not getattr(settings, name) >= least:  # nan is no number of seconds either
            yield f"{name} is {getattr(settings, name):g}; it must be at least {least}"
    addresses = {"listen": settings.listen, **{f"routers[{i}]": text for i, text in enumerate(settings.routers)}}
    if settings.web != "none":
        addresses["web"] = settings.web
    for name, text in addresses.items():
        yield from _address(name, text)
    for i, switch in enumerate(settings.freeswitch):
        if not 0 < switch.port < 65536:
            yield f"freeswitch[{i}].port is {switch.port}; event sockets are on 8021 unless they say otherwise"
    for name in ("peers", "crm_networks"):
        yield from _networks(name, getattr(settings, name))
    yield from _dialling(settings)
    for name, word in (
        ("node", settings.node),
        ("context", settings.context),
        ("speech.engine", settings.speech.engine),
        ("speech.voice", settings.speech.voice),
    ):
        if not _WORD.fullmatch(word):
            yield f"{name} is {word!r}; it must be a word of letters, digits, `.`, `_` and `-`, 64 at most"


def _address(name: str, text: str) -> Iterator[str]:
    try:
        address(text)
    except UsageError as error:
        yield f"{name}: {error}"


def _networks(name: str, networks: tuple[str, ...]) -> Iterator[str]:
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            yield f"{name}: {network!r} is no network; write it as 10.0.0.0/8 or 192.0.2.7"


def _dialling(settings: Settings) -> Iterator[str]:
    for country in settings.dialling.countries:
        if not _COUNTRY.fullmatch(country):
            yield f"dialling.countries: {country!r} is no country; write its ISO 3166 code, as US"
    for prefix in settings.dialling.prefixes:
        if not _PREFIX.fullmatch(prefix):
            yield f"dialling.prefixes: {prefix!r} is no prefix; write it with the country code, as +44207"
