"""The gate: what a company may have dialled, and by which trunk. Pure.

Closed by default (docs/dialling.md). No rule, CRM field, caller or operator can make us dial what the settings do not
allow: whatever is dialled or transferred to passes here, and who asks makes no difference. What is refused says which
rule it is, and which line of the settings opens it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from fsrouter.engine.model import dialable
from fsrouter.engine.model.failsafes import FarEnd
from fsrouter.engine.numbers.kinds import OF_NO_COUNTRY, OPENABLE, ORDINARY, Kind, Numbered, numbered
from fsrouter.engine.numbers.read import Role, read
from fsrouter.engine.words import nearest
from fsrouter.errors import Refused
from fsrouter.esl.call.trunks import WEIGHTED, Route, ordered, routes, trunk_target
from fsrouter.settings.model import Dialling, Trunk

#: The trunk of companies and tracking numbers that name none.
DEFAULT: Final = "default"
#: The most digits of an extension that need no leave: as long as any internal number, shorter than any other.
MOST_DIGITS: Final = 6

#: Phones of the directory, and what rings nobody; where they are is the directory's affair.
_OF_THE_DIRECTORY = re.compile(r"(user|verto\.rtc|error)/.*")
_BY_GATEWAY = re.compile(r"sofia/gateway/([^/]+)/(.*)", re.IGNORECASE)
_DIALLED = re.compile(r"\+?[0-9]+", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Closed(Refused):
    """What the gate refuses: the `rule`, in words that go on from what is refused, and the `setting` that opens it: a
    line as it stands in the settings, and behind it where.
    """

    def __init__(self, rule: str, setting: str, kind: str = "number to dial") -> None:
        super().__init__(f"{rule}; to open it: {setting}" if setting else rule, kind)
        self.rule = rule
        self.setting = setting


class Gate(Struct, frozen=True, kw_only=True):
    """The gate of one company, by its name and country (ISO 3166, "" for none): what the settings of the installation
    mean for it. `domain` is that of phones which name none, "" for FreeSWITCH's own.
    """

    company: str = ""
    country: str = ""
    trunks: Mapping[str, Trunk] = {}
    dialling: Dialling = Dialling()
    domain: str = ""

    @property
    def who(self) -> str:
        """The company, in messages."""
        return self.company or "the company"

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries whose numbers are open."""
        own = (self.country,) if self.country else ()
        return own if self.dialling.countries is None else self.dialling.countries

    @property
    def usable(self) -> dict[str, Trunk]:
        """The trunks that the company may use, by name."""
        return {name: trunk for name, trunk in self.trunks.items() if trunk.serves(self.company)}

    def number(self, number: str) -> str:
        """A number (E.164) that may be dialled, unchanged. Raises Closed, or Refused for what is no number."""
        try:
            what = numbered(number)
        except Refused:
            raise Refused("it is no E.164 number", "number to dial") from None
        if self._named(number, what) or (self._kind_is_open(what.kind) and self._place_is_open(what)):
            return number
        raise self._closed(number, what)

    def _named(self, number: str, what: Numbered) -> bool:
        """Whether a prefix of the settings opens a number: one that is longer than a calling code whatever it is; a
        calling code alone its countries' ordinary numbers, or, of a code without countries, all.
        """
        code = f"+{what.code}"
        by_code = what.kind in ORDINARY or not what.placed
        return any(number.startswith(prefix) and (prefix != code or by_code) for prefix in self.dialling.prefixes)

    def _kind_is_open(self, kind: Kind) -> bool:
        return kind in ORDINARY or kind in self.dialling.kinds

    def _place_is_open(self, what: Numbered) -> bool:
        return what.kind in OF_NO_COUNTRY or not what.countries.isdisjoint(self.countries)

    def _closed(self, number: str, what: Numbered) -> Closed:
        """Why a number is closed, and the line that opens it."""
        dialling = self.dialling
        if self._kind_is_open(what.kind) and what.countries:
            there, theirs = " or ".join(sorted(what.countries)), ", ".join(self.countries) or "none"
            rule = f"{number} is of {there}; the countries that {self.who} may dial: {theirs}"
            return Closed(rule, _line("countries", (*self.countries, min(what.countries))))
        if not what.code:
            return Closed(f"{number} begins with no country's code", "")
        rule = f"{number} is of no range that is given out"
        if what.kind is not Kind.UNASSIGNED:
            rule = f"{number} is of the kind {what.kind}, which is closed"
        if what.kind in OPENABLE and self._place_is_open(what):
            return Closed(rule, _line("kinds", (*dialling.kinds, what.kind)))
        return Closed(rule, _line("prefixes", (*dialling.prefixes, number)))

    def chosen(self, name: str) -> str:
        """The name of the trunk that `trunk` gives for a name, "" where there is none for ""."""
        usable = self.usable
        return name or (DEFAULT if DEFAULT in usable else next(iter(usable)) if len(usable) == 1 else "")

    def routes(self, trunk: str, number: str, draw: Callable[[], float]) -> tuple[Route, ...]:
        """The ways by which a number (E.164) leaves by a trunk, in the order in which they are tried; `draw` gives a
        number from 0 up to 1 where that is drawn. Raises Closed, Refused.
        """
        found = self.trunk(trunk)
        return routes(self.chosen(trunk), found, self.number(number), draw)

    def gateways(self, trunk: str, far_end: FarEnd, drawn: float) -> tuple[str, Sequence[tuple[str, int]]]:
        """By which trunk a far end leaves, and the gateways of its ways, each with its weight where their order is
        drawn, else 0; "" and none when it is closed, or a telephone that no trunk leads to.
        """
        try:
            if far_end.endpoint:
                route = self.route(far_end.endpoint)
                return route.trunk, [(route.gateway, 0)] if route.trunk else []
            found, _ = self.trunk(trunk), self.number(far_end.number)
        except Refused:
            return "", ()
        weighted = found.order == WEIGHTED
        gateways = [(each.name, each.weight if weighted else 0) for each in ordered(found, lambda: drawn)]
        return self.chosen(trunk), gateways

    def route(self, endpoint: str) -> Route:
        """The way to a phone, by its trunk where it names a gateway. Raises Closed, Refused."""
        target = self.endpoint(endpoint)
        by_gateway = _BY_GATEWAY.fullmatch(target)
        if by_gateway and (found := _by_way(self.usable, by_gateway[1])):
            name, trunk, _ = found
            return Route(target=target, gateway=by_gateway[1], trunk=name, final=trunk.final, wait=trunk.wait)
        return Route(target=target)

    def trunk(self, name: str) -> Trunk:
        """The trunk of a name; for "" the one that is called `default`, else the only one that the company may use.

        Raises Closed when the settings have none, or when it is another company's.
        """
        name, usable = self.chosen(name), self.usable
        if found := usable.get(name):
            return found
        if name in self.trunks:
            raise self._not_theirs(name, f"the trunk {name} is not for {self.who}", "trunk")
        if name:
            near = nearest(name, usable)
            rule = f"the settings name no trunk {name}" + (f", but {near}" if near else "")
            line = f"{_key(name)} = {_text(name)} under [trunks]"
            raise Closed(rule, f"trunk: {near} in the rules file, or {line}" if near else line, "trunk")
        rule = "neither the tracking number nor the company names a trunk"
        if usable:
            raise Closed(f"{rule}, and there are several", f"trunk: {next(iter(usable))} in the rules file", "trunk")
        raise Closed(f"{rule}, and the settings have none", f"{DEFAULT} = {_text('GATEWAY')} under [trunks]", "trunk")

    def _not_theirs(self, trunk: str, rule: str, kind: str) -> Closed:
        companies = (*(self.trunks[trunk].companies or ()), self.company)
        return Closed(rule, f"companies = {_list(companies)} under [trunks.{_key(trunk)}]", kind)

    def endpoint(self, endpoint: str) -> str:
        """A phone as a dial string's target: `user/1001` with the domain, and what names a gateway as that gateway is
        given a number. Raises Closed, or Refused for what is no endpoint.
        """
        bare = self.domain and endpoint.startswith("user/") and "@" not in endpoint
        target = dialable.endpoint(f"{endpoint}@{self.domain}" if bare else endpoint)
        by_gateway = _BY_GATEWAY.fullmatch(target)
        if by_gateway:
            self._may_use(by_gateway[1])
        if _OF_THE_DIRECTORY.fullmatch(target) or _any_of(self.dialling.endpoints, target, endpoint_pattern):
            return target
        if by_gateway:
            return self._by_gateway(target, *by_gateway.groups())
        line = _line("endpoints", (*self.dialling.endpoints, target))
        raise Closed(f"{target} is no phone of the directory", line, "endpoint")

    def _may_use(self, gateway: str) -> None:
        """Raises Closed for a gateway that other companies' trunks alone have, whatever else opens it."""
        found = _by_way(self.trunks, gateway)
        if found and not _by_way(self.usable, gateway):
            raise self._not_theirs(found[0], f"the gateway {gateway} is not for {self.who}", "endpoint")

    def _by_gateway(self, target: str, gateway: str, dialled: str) -> str:
        """What is dialled at a gateway is a number: it leaves as the trunk of that gateway has numbers leave, read as
        the company reads it, so that what was looked at is what the carrier is told.
        """
        found = _by_way(self.usable, gateway)
        if not found:
            name = gateway if _NAME.fullmatch(gateway) else "NAME"
            raise Closed(
                f"the gateway {gateway} is of no trunk", f"{_key(name)} = {_text(gateway)} under [trunks]", "endpoint"
            )
        try:
            number = read(dialled, self.country, Role.TARGET) if _DIALLED.fullmatch(dialled) else ""
        except Refused:
            number = ""
        if not number:
            line = _line("endpoints", (*self.dialling.endpoints, target))
            raise Closed(f"{dialled} at the gateway {gateway} is no telephone number", line, "endpoint")
        return trunk_target(found[2], self.number(number))

    def extension(self, extension: str) -> str:
        """An extension of the operator's dialplan, unchanged. Raises Closed, or Refused for what is none."""
        dialable.extension(extension)
        digits = sum(each.isdigit() for each in extension)
        if digits <= MOST_DIGITS or _any_of(self.dialling.extensions, extension, extension_pattern):
            return extension
        if extension.startswith("+") and _DIALLED.fullmatch(extension):
            return self.number(extension)
        line = _line("extensions", (*self.dialling.extensions, extension))
        raise Closed(
            f"{extension} has more than {MOST_DIGITS} digits, so it may be a number outside", line, "extension"
        )

    def problem(self, trunk: str, far_end: FarEnd) -> str:
        """Why a far end may not be dialled by a trunk, "" for the only one, in words; "" when it may."""
        try:
            if far_end.endpoint:
                self.endpoint(far_end.endpoint)
            else:
                self.number(far_end.number)
                self.trunk(trunk)
        except Refused as why:
            return str(why)
        return ""


def gateway_of(way: str) -> str:
    """The gateway that a trunk's way out goes by, "" for a template that names a profile."""
    found = _BY_GATEWAY.match(way)
    return found[1] if found else "" if "{" in way else way


def _by_way(trunks: Mapping[str, Trunk], gateway: str) -> tuple[str, Trunk, str] | None:
    """The first of some trunks by which a gateway can be reached, with its name and that way out."""
    ways = ((name, trunk, way.name) for name, trunk in trunks.items() for way in trunk.ways)
    return next((each for each in ways if gateway_of(each[2]) == gateway), None)


@functools.lru_cache(maxsize=1024)
def endpoint_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of endpoints: `*` stands for characters of a name or number, and for nothing that ends one."""
    return re.compile("[A-Za-z0-9_.+*#-]*".join(map(re.escape, pattern.split("*"))))


@functools.lru_cache(maxsize=1024)
def extension_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of extensions: a `*` at the end stands for any rest; elsewhere it is the key."""
    return re.compile(re.escape(pattern[:-1]) + ".*" if pattern.endswith("*") else re.escape(pattern))


def _any_of(patterns: Iterable[str], text: str, compiled: Callable[[str], re.Pattern[str]]) -> bool:
    return any(compiled(pattern).fullmatch(text) for pattern in patterns)


def _line(name: str, values: Iterable[str]) -> str:
    return f"{name} = {_list(values)} under [dialling]"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _key(name: str) -> str:
    """A trunk's name as TOML has it: a dot would be a table of its own."""
    return _text(name) if "." in name else name


def _text(value: str) -> str:
    return f'"{value}"'
