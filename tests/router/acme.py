"""Acme: who is there, how their telephones behave, and its rule book."""

from __future__ import annotations

import textwrap

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.simulator import ANSWERS, BUSY, RINGS_OUT, UNREGISTERED, Behaviour, Phone

#: A tracking number whose route each test writes itself, and two more.
MAIN, OTHER, THIRD = "+18725550111", "+18725550112", "+18725550113"
ADA, BOB, STRANGER = "+14155550101", "+14155550102", "+12125550100"

#: Numbers of theirs, and how the switch dials them.
TRUNK = "sofia/gateway/carrier/"
DESK, BUSY_LINE, SILENT, GUARD = "+13125550150", "+13125550151", "+13125550152", "+13125550140"

PHONES: dict[str, Behaviour] = {
    "user/1001": Phone(answers_after=2, talk=10),
    "user/1002": Phone(answers_after=2, talk=10),
    "user/1003": RINGS_OUT,
    "user/1009": UNREGISTERED,
    "+13125550160": ANSWERS,
    "+13125550161": ANSWERS,
    DESK: Phone(answers_after=2, talk=10),
    BUSY_LINE: BUSY,
    SILENT: RINGS_OUT,
    GUARD: Phone(answers_after=1, talk=5),
}

PEOPLE = """
company: acme
title: Acme
country: US
timezone: America/Chicago
trunk: carrier
failsafe: number:guard
schedules:
  office: {hours: {mon-sun: "00:00-24:00"}}
agents:
  nancy: {title: Nancy N, endpoint: user/1001, crm_user: "501"}
  johan: {title: Johan J, endpoint: user/1002, crm_user: "502"}
  rings: {title: Rings Out, endpoint: user/1003}
  cas: {title: Cas C, endpoint: user/1009, number: "+1 312 555 0160"}
  fay: {title: Fay F, number: "+1 312 555 0161"}
numbers:
  guard: {number: "+1 312 555 0140", ring: 20s}
  desk: {number: "+1 312 555 0150", ring: 20s}
  busy: {number: "+1 312 555 0151", ring: 20s}
  silent: {number: "+1 312 555 0152", ring: 5s}
voicemails:
  box: {mailbox: "1000", greeting: ivr/leave-a-message.wav}
queues:
  support: {strategy: longest-idle-agent, agents: [nancy], max_wait: 30s, exit_key: "0", exit_to: number:desk}
"""


def rules(to: str, extra: str = "", line: str = "", others: str = "", **sections: str) -> RuleBook:
    """Acme's rule book with `to` as the route of MAIN, and `line` as further keys of it (`, tags: [a]`).

    `extra` are more sections, `others` more lines of `tracking_numbers`, and `sections` of those that are there.
    """
    tracking = [f'{{number: "{MAIN}", name: Main line, source: ads, to: {to}{line}}}', *others.splitlines()]
    people = PEOPLE
    for section, more in sections.items():
        people = people.replace(f"\n{section}:\n", f"\n{section}:\n  {more}\n")
    lines = "".join(f"  - {each}\n" for each in tracking)
    text = f"{people}{textwrap.dedent(extra)}\ntracking_numbers:\n{lines}"
    return company_file.read(read(text, "acme.yaml")).onto(None)
