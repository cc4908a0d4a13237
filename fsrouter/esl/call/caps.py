"""How many numbers a company, and a trunk, may have at once and in an hour: counted where legs are made.

A number counts from when it is dialled until its leg is over. Which leg that is the observing connection tells: of
several numbers that ring at once the one that talks; of a number that goes on talking when the router has the call no
more, when it ends. Numbers that nobody here dials (queues' agents, the dialplan's own) count from when they are heard
to answer. What other routers have is told by them with their heartbeats (`told`, `others`): between two of those each
knows only its own, and what is heard by all of them counts once.

Knows no database. The hour is counted by the minute, so that it takes 61 numbers a company, whatever is dialled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from fsrouter.esl import variables as names
from fsrouter.esl.call.gate import Closed
from fsrouter.esl.call.hour import Hour
from fsrouter.esl.call.legs import destination_of
from fsrouter.esl.events import Event
from fsrouter.log.logger import get_logger
from fsrouter.log.rate_limit import RateLimit
from fsrouter.runtime import Clock
from fsrouter.settings.model import Dialling, Trunk

_log = get_logger("fsrouter.esl")

#: Of the most of something, the share at which whoever looks after the installation is warned.
WARN: Final = 0.8
#: What is logged when numbers are not dialled for a cap, and before it.
AT_THE_CAP: Final = "numbers are not dialled: there are as many as the settings allow"
NEAR_THE_CAP: Final = "soon there are as many numbers as the settings allow"
#: Legs that are remembered because they answered, at most: an end that nobody observed never comes.
MOST: Final = 20_000
#: Why a number is not dialled, as metrics have it; `closed` is what the gate says whatever the counts are.
REASONS: Final = ("closed", "calls", "an_hour", "trunk")


class OverCap(Closed):
    """A number more than a company or a trunk may have; `reason` is one of REASONS."""

    def __init__(self, rule: str, setting: str, reason: str) -> None:
        super().__init__(rule, setting)
        self.reason = reason


class Usage(Struct, frozen=True):
    """How much there is of something that is capped, on all routers, and the cap: `what` is `calls`, `an_hour` or
    `trunk`, `whose` a company or, of a `trunk`, its name.
    """

    what: str
    whose: str
    used: int
    cap: int

    def __str__(self) -> str:
        if self.what == "trunk":
            return f"{self.used} of {self.cap} calls of the trunk {self.whose}"
        if self.what == "an_hour":
            return f"{self.used} of {self.cap} numbers of {self.whose} in an hour"
        return f"{self.used} of {self.cap} numbers of {self.whose} at once"

    @property
    def setting(self) -> str:
        """The line of the settings that has the cap."""
        return f"[trunks.{self.whose}] calls" if self.what == "trunk" else f"[dialling] {self.what}"

    @property
    def is_high(self) -> bool:
        """Whether somebody should look."""
        return self.used >= WARN * self.cap


class Taken(Struct, frozen=True):
    """A number that is dialled or talks: whose, and by which trunk."""

    company: str
    trunk: str


class Caps:
    """The counts of one router and what the others have told. `clock` only grows. `owner` tells which company has a
    number that was dialled, "" for none: whose a leg of the dialplan's own is.

    `dialled` and `refused` count since the start, for metrics: numbers by company; refusals by company and reason.
    """

    def __init__(
        self, dialling: Dialling, trunks: Mapping[str, Trunk], clock: Clock, owner: Callable[[str], str] = lambda n: ""
    ) -> None:
        self.dialled: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self._dialling = dialling
        self._trunks = {name: trunk.calls for name, trunk in trunks.items()}
        self._clock = clock
        self._owner = owner
        self._hours: dict[str, Hour] = {}
        self._taken: dict[str, dict[str, Taken]] = {}  # by call and destination
        self._answered: dict[str, str] = {}  # a leg of ours that answered: its destination
        self._talks: dict[str, str] = {}  # the call's leg that talks
        self._left: dict[str, Taken] = {}  # a leg of ours that talks without us
        self._heard: dict[str, Taken] = {}  # a leg that is none of ours
        self._mine: Counter[tuple[str, str]] = Counter()
        self._ours: Counter[tuple[str, str]] = Counter()
        self._others: Mapping[tuple[str, str], int] = {}
        self._others_heard: Mapping[tuple[str, str], int] = {}
        self._lines = RateLimit(clock)

    # Counting

    def take(self, company: str, call: str, destination: str, trunk: str) -> None:
        """Count a number that a call (its uuid) dials by a trunk; of one destination it counts once. Raises OverCap
        when it is one too many, and counts nothing then but the refusal.
        """
        if destination in self._taken.get(call, ()):
            return
        for usage in self._usages(company, trunk):
            if usage.used >= usage.cap:
                self._refuse(company, usage)
        for usage in self._usages(company, trunk):
            if usage.used + 1 >= WARN * usage.cap:
                self._say(usage, "warning")
        taken = Taken(company, trunk)
        self._taken.setdefault(call, {})[destination] = taken
        self._count(self._mine, taken, 1)
        self.dialled[company] += 1
        self._hours.setdefault(company, Hour()).add(self._clock())

    def problem(self, company: str) -> str:
        """Why a company may dial no number now, in words; "" when it may. Counts nothing."""
        over = next((each for each in self._usages(company, "") if each.used >= each.cap), None)
        return str(_over(over)) if over else ""

    def closed(self, company: str) -> None:
        """Count a number, or another far end, that the gate has refused."""
        self.refused[company, "closed"] += 1

    def done(self, call: str) -> None:
        """A call's attempt is over, or its router has the call no more: what is not heard to talk counts no more."""
        taken, leg = self._taken.pop(call, {}), self._talks.pop(call, "")
        # A leg that talks without us already, and has the call again meanwhile, is counted there.
        talks = None if leg in self._left else taken.get(self._answered.get(leg, ""))
        for each in taken.values():
            if each is not talks:
                self._count(self._mine, each, -1)
        if talks:
            self._left[leg] = talks

    def heard(self, event: Event) -> None:
        """Take in what the observing connection tells."""
        match event.name:
            case "CHANNEL_ANSWER":
                self._answers(event)
            case "CHANNEL_BRIDGE":
                self._begins_to_talk(event.get("Bridge-A-Unique-ID"), event.get("Bridge-B-Unique-ID"))
            case "CHANNEL_HANGUP_COMPLETE":
                self._ends(event.uuid)

    def unobserved(self) -> None:
        """Nothing is heard any more: of what talks without us the end would be missed."""
        for leg in list(self._left):
            self._ends(leg)
        self._answered.clear()
        self._talks.clear()
        self._heard.clear()
        self._ours.clear()

    def _answers(self, leg: Event) -> None:
        """A leg that a router rings has a target, and one that a queue rings an agent of mod_callcenter besides."""
        target, agent = leg.variable(names.TARGET), leg.variable(names.CC_AGENT)
        if target and not agent:
            self._remember(self._answered, leg.uuid, destination_of(target))
        elif (trunk := leg.variable(names.TRUNK)) and leg.uuid not in self._heard:
            company = agent.rpartition("@")[2] if agent else self._owner(leg.variable(names.NUMBER))
            taken = Taken(company, trunk)
            if self._remember(self._heard, leg.uuid, taken):
                self._count(self._ours, taken, 1)

    def _begins_to_talk(self, call: str, leg: str) -> None:
        """Of the numbers that a call rings one talks, so the others are over."""
        taken, winner = self._taken.get(call), self._answered.get(leg)
        if taken is None or winner is None:
            return
        self._talks[call] = leg
        for destination in [each for each in taken if each != winner]:
            self._count(self._mine, taken.pop(destination), -1)

    def _ends(self, leg: str) -> None:
        self._answered.pop(leg, None)
        if left := self._left.pop(leg, None):
            self._count(self._mine, left, -1)
        if heard := self._heard.pop(leg, None):
            self._count(self._ours, heard, -1)

    def _remember(self, table: dict[str, Any], leg: str, what: object) -> bool:
        if len(table) >= MOST:
            return False
        table[leg] = what
        return True

    @staticmethod
    def _count(counts: Counter[tuple[str, str]], taken: Taken, number: int) -> None:
        for key in (("calls", taken.company), ("trunk", taken.trunk)):
            counts[key] += number
            if counts[key] <= 0:
                del counts[key]

    # What there is, and what others have

    def told(self) -> dict[str, Any]:
        """What other routers are told: by kind and name, the largest first; of each a heartbeat has room for 500."""
        now = self._clock()
        hours = Counter({("an_hour", company): n for company, hour in self._hours.items() if (n := hour.count(now))})
        self._hours = {company: hour for company, hour in self._hours.items() if hours["an_hour", company]}
        return {"own": _written(self._mine + hours), "heard": _written(self._ours)}

    def others(self, told: Iterable[object]) -> None:
        """Take in what the other routers that live have told. Nothing is known of them when the database is away."""
        own, heard = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for each in told:
            if not isinstance(each, Mapping):
                continue
            own += _read(each.get("own"))
            heard |= _read(each.get("heard"))
        self._others, self._others_heard = own, heard

    def usages(self, companies: Iterable[str] = ()) -> list[Usage]:
        """All that is capped: of these companies, of all that have numbers, and of each trunk."""
        known = {whose for what, whose in (*self._mine, *self._ours, *self._others) if what != "trunk"}
        names_ = sorted({*companies, *known, *self._hours} - {""})
        found = [usage for company in names_ for usage in self._usages(company, "")]
        return found + [usage for trunk in self._trunks for usage in self._of_trunk(trunk)]

    def high(self) -> list[Usage]:
        """What is near its cap, or at it."""
        return [usage for usage in self.usages() if usage.is_high]

    def _usages(self, company: str, trunk: str) -> Iterator[Usage]:
        if cap := self._dialling.calls:
            yield Usage("calls", company, self._used("calls", company), cap)
        if cap := self._dialling.an_hour:
            hour = self._hours.get(company)
            own = hour.count(self._clock()) if hour else 0
            yield Usage("an_hour", company, own + self._others.get(("an_hour", company), 0), cap)
        yield from self._of_trunk(trunk)

    def _of_trunk(self, trunk: str) -> Iterator[Usage]:
        if cap := self._trunks.get(trunk):
            yield Usage("trunk", trunk, self._used("trunk", trunk), cap)

    def _used(self, what: str, whose: str) -> int:
        key = what, whose
        heard = max(self._ours[key], self._others_heard.get(key, 0))
        return self._mine[key] + self._others.get(key, 0) + heard

    # Saying so

    def _refuse(self, company: str, usage: Usage) -> None:
        self.refused[company, usage.what] += 1
        self._say(usage, "error")
        raise _over(usage)

    def _say(self, usage: Usage, level: str) -> None:
        if (left_out := self._lines.due(f"{level} {usage.what} {usage.whose}")) is None:
            return
        log, words = (_log.error, AT_THE_CAP) if level == "error" else (_log.warning, NEAR_THE_CAP)
        log(words, cap=usage.setting, whose=usage.whose, used=usage.used, most=usage.cap, left_out=left_out)


def _over(usage: Usage) -> OverCap:
    return OverCap(f"there are {usage}", f"a greater {usage.setting}", usage.what)


def _written(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Counts by kind and then by name, the largest first."""
    found: dict[str, dict[str, int]] = {}
    for (what, whose), number in Counter(counts).most_common():
        found.setdefault(what, {})[whose] = number
    return found


def _read(told: object) -> Counter[tuple[str, str]]:
    """What another router has told, which may be of another version than this one."""
    found = Counter[tuple[str, str]]()
    for what, names_ in told.items() if isinstance(told, Mapping) else ():
        for whose, number in names_.items() if isinstance(names_, Mapping) else ():
            if isinstance(number, int) and number > 0:
                found[str(what), str(whose)] += number
    return found
