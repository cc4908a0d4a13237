"""Whether the numbers of the last calls leave a doubt, and which setting decides. Pure.

A carrier shows by its calls what it sends: the forms of `[numbers] incoming` by which most of its callers are
numbers in use. Where these, or what is in force, make two people of one caller, the administrator has to say. A carrier
that sends a plus, or E.164 without one, leaves no doubt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from fsrouter.engine.lint.dialled_forms import ambiguous
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.numbers.plan import in_use
from fsrouter.engine.numbers.read import Incoming, caller
from fsrouter.engine.walk.facts import Came
from fsrouter.engine.words import nearest
from fsrouter.freeswitch.doctor.finding import Finding, ok, warning
from fsrouter.freeswitch.doctor.probe import Actual
from fsrouter.settings.model import Numbers

#: Callers by whom a carrier is judged, at least: of a few, many are numbers in use by every form.
FEWEST: Final = 10
#: The share of callers who are numbers in use by the form that a carrier sends, at least, and by how much less a form
#: may do than the best: some callers are made up.
SHARE: Final = 0.75
LESS: Final = 0.02
#: What a carrier may always send.
FORMS: Final = (Incoming.E164, Incoming.PLUS, Incoming.NATIONAL)


class Way(NamedTuple):
    """By which gateway, sofia profile and FreeSWITCH calls come; "" is not known."""

    gateway: str
    profile: str
    switch: str

    def __str__(self) -> str:
        named = {"the gateway": self.gateway, "the profile": self.profile, "FreeSWITCH": self.switch}
        return next((f"by {what} {name}" for what, name in named.items() if name), "in some way")

    @property
    def table(self) -> str:
        """Where the settings say what comes this way."""
        tables = {"gateways": self.gateway, "profiles": self.profile, "freeswitch": self.switch}
        return next((f"[numbers.{table}.{_key(name)}]" for table, name in tables.items() if name), "[numbers]")


#: Who somebody is by each form, "" for nobody.
Readings = Mapping[Incoming, str]


def callers(heard: Iterable[tuple[str, Came]], numbers: Numbers) -> Iterator[Finding]:
    """What there is to say of the callers of some calls, each with the country (ISO 3166) of its company."""
    by_way: dict[Way, dict[tuple[str, str], None]] = {}
    for country, came in heard:
        by_way.setdefault(Way(came.gateway, came.profile, came.switch), {})[country, came.text] = None
    doubtful = [finding for way, texts in by_way.items() for finding in _doubts(way, texts, numbers)]
    if by_way and not doubtful:
        yield ok(f"the {sum(map(len, by_way.values()))} callers of the last calls are beyond doubt")
    yield from doubtful


def unknown_names(actuals: Collection[Actual], numbers: Numbers) -> Iterator[Finding]:
    """Names in the settings that no FreeSWITCH has of those that were looked at; without any, none is missed."""
    profiles = {name for actual in actuals for name in actual.profiles}
    names = {name for actual in actuals for name in actual.names}
    named = {
        "gateways": ("gateway", numbers.gateways, names),
        "profiles": ("sofia profile", numbers.profiles, profiles),
        "freeswitch": ("FreeSWITCH", numbers.freeswitch, names),
        "internal": ("profile or context", numbers.internal, profiles | names),
    }
    for key, (what, wanted, known) in named.items() if actuals else ():
        for name in sorted(set(wanted) - known):
            near = nearest(name, known)
            remedy = f"did you mean {near!r}?" if near else f"correct or remove it in numbers.{key} of the settings"
            yield warning(f"the settings name the {what} {name} in [numbers], and there is none", remedy)


def shared_forms(books: Iterable[RuleBook]) -> Iterator[Finding]:
    """Tracking numbers, of all companies, that cannot be told apart in some forms."""
    ours = {number: book.header.country for book in books for number in book.tracking_numbers}
    for _, message in ambiguous(ours):
        what, _, remedy = message.partition("; ")
        yield warning(what, remedy)


def _doubts(way: Way, texts: Iterable[tuple[str, str]], numbers: Numbers) -> Iterator[Finding]:
    now = Incoming(numbers.incoming_of(*way))
    forms = dict.fromkeys((now, *FORMS))
    read = {text: {form: caller(text, country, form).number for form in forms} for country, text in texts}
    people = {text: readings for text, readings in read.items() if any(readings.values())}
    if len(people) < FEWEST:
        return
    used = {form: sum(_used(readings[form]) for readings in people.values()) / len(people) for form in FORMS}
    fit = [form for form in FORMS if used[form] >= max(SHARE, max(used.values()) - LESS)]
    if now in fit:
        return  # it has been said, and it is so
    doubtful = {text: others for text, readings in people.items() if (others := _others(readings, now, fit or FORMS))}
    if not doubtful:
        return
    text, others = next(iter(doubtful.items()))
    form, number = next(iter(others.items()))
    as_now = people[text][now] or "no number"
    what = (
        f'{len(doubtful)} of {len(people)} callers {way} could be somebody else: "{text}" is read as {as_now}, and'
        f' would be {number} with incoming = "{form.value}"'
    )
    choice = " or ".join(f'"{each.value}"' for each in (fit or sorted(others, key=FORMS.index)))
    yield warning(what, f"ask the carrier what it sends; {way.table} incoming = {choice} in the settings decides")


def _others(readings: Readings, now: Incoming, forms: Iterable[Incoming]) -> dict[Incoming, str]:
    """Who else than now a caller would be by some forms."""
    return {form: readings[form] for form in forms if readings[form] != readings[now] and _used(readings[form])}


def _used(number: str) -> bool:
    return number != "" and in_use(number)


def _key(name: str) -> str:
    """A name as a key of TOML."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
