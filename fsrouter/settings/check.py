"""Validates settings as a whole: what cannot work is said before a call finds out.

Knows no file and no environment; `load` says where a value stands.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from fsrouter.engine.words import nearest
from fsrouter.errors import UsageError
from fsrouter.settings.model import Dialling, Numbers, Settings, address

#: The least that a setting may be.
LEAST: Final = {"limit": 1, "stop_after": 0}
#: What these may be.
CHOICES: Final = {"log.format": ("console", "json"), "log.level": ("debug", "info", "warning", "error")}

#: The forms in which callers' numbers may come.
INCOMING: Final = ("auto", "e164", "plus", "national")

_NAMED = re.compile(r"[^\s\x00-\x1f]{1,64}")
_CURRENCY = re.compile("[A-Z]{3}")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,64}")


def problems(settings: Settings) -> Iterator[str]:
    """Everything that cannot be, each with its place and the remedy."""
    for name, least in LEAST.items():
        if not getattr(settings, name) >= least:  # nan is no number of seconds either
            yield f"{name} is {getattr(settings, name):g}; it must be at least {least}"
    addresses = {"listen": settings.listen, **{f"routers[{i}]": text for i, text in enumerate(settings.routers)}}
    if settings.web != "none":
        addresses["web"] = settings.web
    for name, text in addresses.items():
        try:
            address(text)
        except UsageError as error:
            yield f"{name}: {error}"
    for i, switch in enumerate(settings.freeswitch):
        if not 0 < switch.port < 65536:
            yield f"freeswitch[{i}].port is {switch.port}; event sockets are on 8021 unless they say otherwise"
    for name in ("peers", "crm_networks"):
        yield from _networks(name, getattr(settings, name))
    if settings.trunks or settings.dialling != Dialling():
        from fsrouter.settings import dialling_check

        yield from dialling_check.problems(settings)
    yield from _numbers(settings.numbers)
    if not _CURRENCY.fullmatch(currency := settings.rates.currency):
        meant = currency.strip().upper()
        remedy = (
            f"did you mean {meant!r}?" if _CURRENCY.fullmatch(meant) else "write its three letters (ISO 4217), as USD"
        )
        yield f"rates.currency is {currency!r}; {remedy}"
    for name, choices in CHOICES.items():
        if (chosen := getattr(settings.log, name.partition(".")[2])) not in choices:
            yield f"{name} is {chosen!r}; it must be one of {', '.join(choices)}"
    speech = {"speech.engine": settings.speech.engine, "speech.voice": settings.speech.voice}
    for name, word in {"node": settings.node, "context": settings.context, **speech}.items():
        if not _WORD.fullmatch(word):
            yield f"{name} is {word!r}; it must be a word of letters, digits, `.`, `_` and `-`, 64 at most"


def _numbers(numbers: Numbers) -> Iterator[str]:
    tables = {"gateways": numbers.gateways, "profiles": numbers.profiles, "freeswitch": numbers.freeswitch}
    chosen = {"": numbers.incoming}
    for table, entries in tables.items():
        chosen |= {f"{table}.{name}.": entry.incoming for name, entry in entries.items()}
    for place, incoming in chosen.items():
        if incoming not in INCOMING:
            near = nearest(incoming.casefold(), INCOMING)
            remedy = f"did you mean {near!r}?" if near else f"it must be one of {', '.join(INCOMING)}"
            yield f"numbers.{place}incoming is {incoming!r}; {remedy}"
    for i, name in enumerate(numbers.internal):
        if not _NAMED.fullmatch(name):
            yield f"numbers.internal[{i}] is {name!r}; write the name of a sofia profile or a dialplan context"


def _networks(name: str, networks: tuple[str, ...]) -> Iterator[str]:
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            yield f"{name}: {network!r} is no network; write it as 10.0.0.0/8 or 192.0.2.7"
