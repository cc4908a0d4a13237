"""Findings: what lint has to say, and the table of everything that it can say.

The table is the documentation: `docs/` is generated from it, and a finding can be made of its codes only.
"""

from __future__ import annotations

from msgspec import Struct

from fsrouter.engine.model.schema import Path, Problem

#: Every code and what it means.
CODES: dict[str, str] = {
    "never-matches": (
        "A branch of a router, a CRM rule, an area or a location never decides, because earlier ones always do first."
    ),
    "same-criteria": (
        "Two branches hold for exactly the same calls and differ only in how or in what order that is written; the "
        "later one never decides."
    ),
    "never-holds": "A branch has criteria, or a CRM rule a value, that no call can satisfy.",
    "odd-test": (
        "A text in criteria or CRM rules looks like a test (`not gold`, `in a, b`, a wildcard of a CRM rule), but is "
        "compared as it stands."
    ),
    "unknown-place": (
        "No number of the country is known to be in a region, city or area that criteria or a geo router name "
        "(libphonenumber's data)."
    ),
    "pool-only": (
        "A branch looks at what only a visitor of a web site brings along (keyword, landing, ...), on a router that "
        "no pool number's calls reach."
    ),
    "unreached": "A destination that no call comes to: nothing that calls reach points there.",
    "unused": "A schedule, CRM or pool that nothing uses.",
    "dead": "Destinations stand behind one that never gives a call back, so no call comes to them.",
    "loops": "Every way through a definition comes back to itself, and nothing ever takes the call.",
    "enters-itself": (
        "A definition leads back to itself so that the same is decided again, or a call that nobody takes comes back"
        " to it whatever way it goes: it ends as a loop, in the fail-safe."
    ),
    "silent-loop": (
        "Every way of a caller who presses nothing comes back to the menu, until that is a loop and they are sent to"
        " the fail-safe."
    ),
    "dead-end": (
        "A number's calls are hung up because a definition that stands last lacks `otherwise`, `no_match`, `no_input`"
        " or `invalid`."
    ),
    "no-timezone": "There are schedules, and the company has no time zone.",
    "fixed-offset": "The time zone is one of no place, as EST: its clocks are never changed to daylight saving time.",
    "never-open": "A schedule has neither hours nor open dates, so it is never open.",
    "no-failsafe": (
        "A tracking number has no fail-safe, and neither has the company: without a router its calls are lost."
    ),
    "not-dialled": (
        "A number, an endpoint or an extension that the settings do not let be dialled, or a trunk that they lack."
    ),
    "no-rate": "A number that is dialled has no rate in the rate sheet of the settings.",
    "own-number": (
        "A tracking number of the company is dialled: the call leaves by the carrier and comes back as another call."
    ),
    "own-failsafe": (
        "A fail-safe dials a tracking number of the company whose own fail-safe leads back: without a router such a"
        " call goes round for ever."
    ),
    "taken-number": "Another company has the tracking number.",
    "unmapped-owner": "Contacts belong to users of a CRM whom no agent is.",
    "shared-name": "A priority rule names a contact as several are called, so only an id would tell whom it means.",
    "all-on-break": "All members of a distribution are on break now, so it rings nobody.",
    "invalid-number": (
        "A number is long enough to be one, but no such number is given out (phonenumbers' numbering plans)."
    ),
    "shared-form": (
        "Two tracking numbers look the same in a form in which carriers write them without the country code, so a call "
        "that comes so is taken for neither."
    ),
    "did-default": "A DID default is for a number that is no tracking number of the company.",
    "whisper-unheard": "A tracking number has a whisper, but everyone whom its calls reach skips it or has another.",
    "nothing-recorded": "A flow or tracking number wants talks recorded, but its calls reach nobody to talk with.",
    "notice-unheard": (
        "A company, flow or tracking number says what callers hear before a recorded talk, but no talk of theirs is "
        "recorded."
    ),
    "crm-cannot": "A CRM is asked for what it cannot do: a module or field that it has not, or to take calls.",
    "crm-location": (
        "CRM rules say that calls come from a menu, and none does; or from a number, and all come from menus."
    ),
    "greeting-unheard": "CRM rules have a greeting, which is played in menus only, and no menu leads there.",
    "same-user": "Two agents are the same user of a CRM; the first of them is always taken for it.",
    "no-owner": "The contact's owner is to be rung, but no agent is a user of that CRM.",
    "no-weight": "A branch or member has the weight 0, so it is never drawn.",
    "weight-unused": "A member has a weight in a group whose rule is not `weighted`.",
    "empty-queue": "A queue has no agents.",
    "exit-unused": "A queue says where its exit key leads, but has no exit key.",
    "no-schedule": "A priority table has after-hours routes, but no schedule: it is always in office.",
    "tag-always": "A receiving number gives the same tag when a schedule is open and when it is closed.",
    "key-prefix": (
        "A menu's key is the beginning of another, so who presses it must wait for the pause between keys to end."
    ),
}

#: Those that leave a rule book unusable; all others are warnings.
ERRORS = frozenset({"did-default", "loops", "no-timezone", "not-dialled", "own-failsafe", "taken-number"})


class Finding(Struct, frozen=True):
    """One thing that is wrong or without effect: the path of keys to it, `warning` or `error`, its code ("" when the
    book does not fit together), and what is wrong and what to do about it, in words.
    """

    path: Path
    level: str
    code: str
    message: str

    @property
    def problem(self) -> Problem:
        """The same without its level and code."""
        return Problem(self.path, self.message)

    def __str__(self) -> str:
        place = f"{'.'.join(map(str, self.path))}: " if self.path else ""
        return f"{place}{self.level}: {self.message}{f' [{self.code}]' if self.code else ''}"


def level(code: str) -> str:
    """How grave a finding of a code is: `error` or `warning`."""
    return "error" if code in ERRORS else "warning"


def finding(code: str, path: Path, message: str) -> Finding:
    """A finding of one of the CODES."""
    return Finding(path, level(code), code, message)
