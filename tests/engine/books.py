"""Rule books in YAML inside of tests, calls on them, and people on the way who do as a test says.

`SITE` is a company with somebody to ring in every way; a test writes down only what it is about.
"""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fsrouter.engine.contacts import Contact
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk import actions
from fsrouter.engine.walk.actions import Action
from fsrouter.engine.walk.dry_run import Assumptions, DryRun, dry_run
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import (
    Availability,
    Dialled,
    Drawn,
    Gathered,
    LookedUp,
    Outcome,
    Played,
    Queued,
    Seen,
    Turn,
)
from fsrouter.engine.walk.walk import Walk
from fsrouter.rules import company_file, yaml_reader

MAIN = "+18725550111"
OTHER = "+18725550112"
STRANGER = "+12125550100"
ADA = "+14155550101"

#: The keys of an explained call, in their order: scripts rely on them.
KEYS = [
    "company", "to", "from", "at", "facts", "trace", "attempts", "destination", "tags", "record", "notice", "skipped",
    "rate",
]  # fmt: skip

#: A Monday morning in office hours, and the evening of that day.
MORNING = "2026-11-23 10:00"
EVENING = "2026-11-23 20:00"

_SITE = """
company: acme
country: US
timezone: America/Chicago
failsafe: voicemail:main
schedules:
  office: {hours: {mon-fri: "08:00-17:00"}}
  nights: {hours: {sun-sat: "22:00-06:00"}}
crms:
  people: {type: csv, path: contacts.csv}
  hub: {type: hubspot, token: "${HUBSPOT_TOKEN}"}
agents:
  nancy: {endpoint: user/1001, crm_user: "501"}
  johan: {endpoint: user/1002, crm_user: "502"}
  vald: {endpoint: user/1003, crm_user: {hub: vald@acme.example, people: "503"}}
numbers:
  desk: {number: "+1 312 555 0150", ring: 25s}
  center: {number: "+1 773 555 0151", ring: 40s}
queues:
  support: {max_wait: 5m, exit_key: "0"}
  vip: {max_wait: 2m}
voicemails:
  main: {mailbox: "1000"}
tracking_numbers:
  - {number: "+1 872 555 0111", name: Main, source: direct, to: voicemail:main}
  - {number: "+1 872 555 0112", name: Other, source: yelp, to: voicemail:main}
"""

SITE = company_file.read(yaml_reader.read(_SITE, "site.yaml")).onto(None)


def book(rules: str = "", to: str = "") -> RuleBook:
    """The site with some rules more; `to` is the route of its main number as it stands in YAML."""
    text = "company: acme\n" + textwrap.dedent(rules)
    if to:
        text += f"\ntracking_numbers: [{{number: '{MAIN}', name: Main, source: direct, to: {to}}}]\n"
    part = company_file.read(yaml_reader.read(text, "test.yaml"), SITE)
    part.sections = {name: {**SITE.section(name), **found} for name, found in part.sections.items()}
    return part.onto(SITE)


def moment(at: str, zone: str = "America/Chicago") -> float:
    """A moment of the company's local time in seconds since the epoch."""
    return datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(zone)).timestamp()


def contact(**known: Any) -> Contact:
    """A contact; whatever has no place of its own is a field of the CRM."""
    own = {name: value for name, value in known.items() if name in Contact.__struct_fields__}
    fields = {name: value for name, value in known.items() if name not in own}
    return Contact(**own, fields=fields)


def facts(to: str = MAIN, caller: str = STRANGER, at: str = MORNING, **known: Any) -> Facts:
    """What is known of a call; `caller` is the number."""
    repeat = known.pop("history", "first-time" if caller else "")
    return Facts(to=to, from_=caller, began=moment(at), caller=repeat, **known)


def thought(rules: RuleBook, known: Facts | None = None, **assumed: Any) -> DryRun:
    """A call under assumptions, to its end, and what would be done at each attempt."""
    if "press" in assumed:
        assumed["press"] = tuple(assumed["press"])
    return dry_run(rules, known or facts(), Assumptions(**assumed))


def walked(rules: RuleBook, known: Facts | None = None, **assumed: Any) -> Walk:
    """A call under assumptions, to its end."""
    return thought(rules, known, **assumed).walk


def traced(walk: Walk) -> str:
    """The trace of a walk as text."""
    return "\n".join(f"{entry.at} -> {entry.outcome} | {entry.why}" for entry in walk.trace)


def tried(walk: Walk) -> list[str]:
    """The attempts of a walk: `distribution:sales(agent:nancy) 20 no-answer`, a destination alone without brackets."""
    return [
        (a.destination if a.targets == (a.destination,) else f"{a.destination}({' '.join(a.targets)})")
        + f" {a.ring} {a.outcome}"
        for a in walk.attempts
    ]


class OnBreak(frozenset[str]):
    """Knows of some destinations that they are on break."""

    def availability(self, company: str, destination: str) -> Availability:
        return Availability(on_break=destination in self)


NOBODY = LookedUp(how="unknown", why="people has no such contact")


@dataclasses.dataclass
class People:
    """Those on the way and the chances, in the order in which they are asked; nothing more means nobody answers.

    `availability` are by destination; `found` is what every look-up finds; `seconds` is how long each action takes.
    """

    dials: Iterable[Dialled] = ()
    queues: Iterable[str] = ()
    keys: Iterable[str] = ()
    turns: Iterable[int] = ()
    draws: Iterable[float] = ()
    availability: Mapping[str, Availability] = dataclasses.field(default_factory=dict)
    found: LookedUp = NOBODY
    seconds: float = 0.0

    def drive(self, walk: Walk, most: int = 5000) -> list[Action]:
        """Walk to the end; returns every action, the last one included."""
        answers, done, after = self._answers(), [walk.begin()], 0.0
        while not isinstance(done[-1], actions.LAST):
            assert len(done) < most, "the walk does not end"
            after += self.seconds
            ending = answers[type(done[-1])](done[-1])
            done.append(walk.next(_at(ending, after)))
        return done

    def _answers(self) -> dict[type, Callable[[Any], Outcome]]:
        dials, queues, keys = iter(self.dials), iter(self.queues), iter(self.keys)
        turns, draws = iter(self.turns), iter(self.draws)
        return {
            actions.Play: lambda action: Played(),
            actions.Gather: lambda action: Gathered(keys=next(keys, "")),
            actions.Dial: lambda action: next(dials, Dialled(outcome="no-answer")),
            actions.Enqueue: lambda action: Queued(outcome=next(queues, "timeout")),
            actions.TakeTurn: lambda action: Turn(number=next(turns, 0)),
            actions.Draw: lambda action: Drawn(number=next(draws, 0.0)),
            actions.Presence: lambda action: Seen(
                availability=tuple(self.availability.get(name, Availability()) for name in action.destinations)
            ),
            actions.LookUp: lambda action: self.found,
        }


def _at(ending: Outcome, after: float) -> Outcome:
    values = {name: getattr(ending, name) for name in ending.__struct_fields__}
    return type(ending)(**(values | {"after": after}))


def driven(rules: RuleBook, known: Facts | None = None, people: People | None = None) -> tuple[Walk, list[Action]]:
    """A call and everything that it was told to do."""
    walk = Walk(rules, known or facts())
    return walk, (people or People()).drive(walk)
