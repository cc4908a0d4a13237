"""Validates what the settings say of trunks and of dialling: a way out that cannot work, or a line that opens what
nobody can mean.

The forms of names, endpoints and numbers are the engine's. Loaded when there is something to look at only: numbering
plans take their time.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from typing import Final

from fsrouter.engine.model import dialable
from fsrouter.engine.model.scalars import NAME
from fsrouter.engine.numbers.kinds import OPENABLE, ORDINARY, Kind
from fsrouter.engine.numbers.numbering import parted
from fsrouter.engine.numbers.plan import COUNTRIES
from fsrouter.engine.words import nearest
from fsrouter.errors import Refused
from fsrouter.settings.model import Dialling, Gateway, Settings, Trunk

#: How the gateways of a trunk are tried.
ORDERS: Final = ("in-order", "weighted")
#: The answers to an INVITE by which a call fails (RFC 3261, 21).
FAILURES: Final = range(300, 700)
#: The most seconds without ringing after which the next gateway is tried: FreeSWITCH itself gives up (T1, RFC 3261).
MOST_WAIT: Final = 60
#: Names that people take for ISO 3166's.
_MEANT = {"UK": "GB", "EN": "GB", "EL": "GR", "USA": "US"}

_BY_NUMBER = "open numbers by `countries`, `kinds` and `prefixes`"

_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_GATEWAY = re.compile(r"[A-Za-z0-9+][A-Za-z0-9_.+-]{0,63}")
_HOLE = re.compile(r"\{(?:number|digits)\}")
_EXAMPLE = "+13125550100"
_PATTERN = re.compile(
    r"sofia/[A-Za-z0-9_.-]+/[A-Za-z0-9_.+*#-]+@[A-Za-z0-9_.:;=-]+|sofia/gateway/[A-Za-z0-9_.+:-]+/[A-Za-z0-9_.+*#-]+"
)
#: Whatever is dialled at a gateway.
_AT_GATEWAY = re.compile(r"sofia/gateway/([^/]+)/[+*]+")
_EXTENSIONS = re.compile(r"[A-Za-z0-9*#_+][A-Za-z0-9_.+*#-]{0,63}")


def problems(settings: Settings) -> Iterator[str]:
    """Everything that cannot be, each with its place and the remedy."""
    for name, trunk in settings.ways_out.items():
        if not NAME.fullmatch(name):
            yield f"trunks: {name[:40]!r} is no name of a trunk; names are lower-case letters, digits, `.`, `_` and `-`"
        elif isinstance(settings.trunks[name], str):
            yield from _gateway(f"trunks.{name}", trunk.ways[0])
        else:
            yield from _trunk(f"trunks.{name}", trunk)
    ways = [way.name for trunk in settings.ways_out.values() for way in trunk.ways]
    yield from _dialling(settings.dialling, {way.removeprefix("sofia/gateway/").partition("/")[0] for way in ways})


def _dialling(dialling: Dialling, gateways: Container[str]) -> Iterator[str]:
    """`gateways` are those of the trunks."""
    yield from _countries(dialling.countries or ())
    for kind in dialling.kinds:
        yield from _kind(kind)
    for prefix in dialling.prefixes:
        yield from _prefix(prefix)
    for pattern in dialling.endpoints:
        yield from _endpoints(pattern, gateways)
    for pattern in dialling.extensions:
        if pattern.startswith("+") and pattern.endswith("*"):
            yield f"dialling.extensions: {pattern[:64]!r} is of numbers; {_BY_NUMBER}"
        elif not _EXTENSIONS.fullmatch(pattern) or not pattern.strip("*"):
            yield (
                f"dialling.extensions: {pattern[:64]!r} is no beginning of extensions; write the first characters and a"
                ' `*`, as "7*", or a whole extension'
            )
    for key, count in {"calls": dialling.calls, "an_hour": dialling.an_hour}.items():
        if count < 0:
            yield f"dialling.{key} is {count}; write how many are allowed, or 0 for any number"


def _trunk(place: str, trunk: Trunk) -> Iterator[str]:
    if not trunk.gateways:
        yield f'{place} has no gateways; name those of FreeSWITCH: gateways = ["carrier"]'
    for i, way in enumerate(trunk.ways):
        yield from _gateway(f"{place}.gateways[{i}]", way)
        if way.name in (each.name for each in trunk.ways[:i]):
            yield f"{place}.gateways[{i}]: {way.name} is there already; a gateway is tried once"
    if trunk.order not in ORDERS:
        yield f"{place}.order is {trunk.order!r}; {_near(trunk.order, ORDERS)}"
    elif trunk.order == "weighted" and trunk.gateways and not any(way.weight > 0 for way in trunk.ways):
        yield f"{place}: no gateway has a weight, so none can be drawn; give one at least 1"
    for code in trunk.final:
        if code not in FAILURES:
            yield f"{place}.final: {code} is no SIP code of a failed call; those are 300 to 699, as 486 and 603"
    if trunk.calls < 0:
        yield f"{place}.calls is {trunk.calls}; write how many the carrier takes at once, or 0 for any number"
    if not 0 < trunk.wait <= MOST_WAIT:  # nan is no number of seconds either
        yield f"{place}.wait is {trunk.wait:g}; it must be more than 0 and at most {MOST_WAIT} seconds"
    if trunk.companies is not None and not trunk.companies:
        yield f"{place}.companies is empty, so nobody could use it; name companies, or remove the line for everybody"
    for company in trunk.companies or ():
        if not NAME.fullmatch(company):
            yield f"{place}.companies: {company[:40]!r} is no name of a company; write it as its rules file does"


def _gateway(place: str, way: Gateway) -> Iterator[str]:
    name = way.name
    if way.weight < 0:
        yield f"{place}: the weight of {name} is {way.weight}; it must be at least 0"
    if "{" not in name and "}" not in name:
        if "/" in name:
            yield f"{place}: {name!r} names no number; write {{number}} or {{digits}} where it belongs"
        elif not _GATEWAY.fullmatch(name):
            yield f"{place}: {name!r} is no name of a gateway; it has letters, digits, `_`, `.`, `+` and `-`"
        return
    if len(_HOLE.findall(name)) != 1 or set("{}") & set(_HOLE.sub("", name)):
        remedy = "write {number} (with its plus) or {digits} (without) once, where the number belongs"
        yield f"{place}: {name!r} is no template; {remedy}"
        return
    try:
        dialable.endpoint(_HOLE.sub(_EXAMPLE, name))
    except Refused as why:
        yield f"{place}: {name!r} can be no dial string: {why.why}; write it as sofia/external/{{number}}@10.0.0.1:5080"


def _countries(countries: Iterable[str]) -> Iterator[str]:
    for country in countries:
        if country not in COUNTRIES:
            meant = _MEANT.get(country.upper(), country.upper())
            remedy = f"did you mean {meant!r}?" if meant in COUNTRIES else "write its ISO 3166 code, as US"
            yield f"dialling.countries: {country!r} is no country; {remedy}"


def _kind(kind: str) -> Iterator[str]:
    if kind in ORDINARY:
        yield f"dialling.kinds: {kind!r} is open wherever a country is; `kinds` is for the others: {_listed(OPENABLE)}"
    elif kind not in OPENABLE:
        yield f"dialling.kinds: {kind!r} is no kind of number; {_near(kind, sorted(map(str, OPENABLE)))}"


def _prefix(prefix: str) -> Iterator[str]:
    if not _PREFIX.fullmatch(prefix):
        yield f"dialling.prefixes: {prefix!r} is no prefix; write it with the country code, as +44207"
    elif not parted(prefix[1:])[0]:
        yield f"dialling.prefixes: no calling code begins with {prefix!r}, or several do; write a whole one, as +44"


def _endpoints(pattern: str, gateways: Container[str]) -> Iterator[str]:
    at_gateway = _AT_GATEWAY.fullmatch(pattern)
    if at_gateway and at_gateway[1] in gateways:
        yield (
            f"dialling.endpoints: {pattern[:80]!r} opens every number at the gateway of a trunk; {_BY_NUMBER}, or"
            " write how the extensions there begin"
        )
    if not _PATTERN.fullmatch(pattern) or pattern.casefold().startswith("sofia/gateway/") != ("@" not in pattern):
        yield (
            f"dialling.endpoints: {pattern[:80]!r} opens what nobody can tell, or is no endpoint; a `*` can be the"
            ' user, or a part of it: "sofia/internal/*@10.0.0.1", "sofia/gateway/NAME/2*"'
        )


def _near(word: str, choices: Iterable[str]) -> str:
    near = nearest(word.casefold(), choices := list(choices))
    return f"did you mean {near!r}?" if near else f"it must be one of {', '.join(choices)}"


def _listed(kinds: Iterable[Kind]) -> str:
    return ", ".join(sorted(kinds))
