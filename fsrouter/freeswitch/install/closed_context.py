"""The dialplan's context `fsr-closed`, as text: where callers may be sent by whom nobody here knows.

Our tracking numbers, the telephones of the call's company, and what the settings let that company dial, by its trunk;
everything else ends the call. Which company's call it is, the dialled number tells (`fsr_number`), as in a fail-safe.
Companies that may dial the same by the same trunk share an expression, so that the file stays small.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fsrouter.engine.numbers import open_patterns
from fsrouter.errors import Refused
from fsrouter.esl import commands
from fsrouter.esl import variables as names
from fsrouter.esl.call.trunks import trunk_target
from fsrouter.freeswitch.install.dialplan import action, attribute, dial_string, fill, moved_to_ours, template
from fsrouter.freeswitch.install.did_patterns import Patterns
from fsrouter.freeswitch.install.values import Dial, Entry, Outside, Reachable

#: Seconds that a telephone or a number rings.
RING: Final = 30
#: Characters of an expression at most, but for one country's that has more.
LONGEST: Final = 6000
#: What stands in a dial string where the expression's group goes.
_PLACE: Final = "4155550132"
_BEFORE: Final = (
    f"^^;hangup_after_bridge=true;continue_on_fail=true;{names.IGNORE_REMOTE_CAUSE}=true;"
    f"{names.TRANSFER_RINGBACK}={commands.RINGBACK}"
)
_COMPANY: Final = f"${{{names.COMPANY}}}"


def closed_context(entries: Sequence[Entry], reachable: Iterable[Reachable], context: str = "public") -> str:
    """The file of the context; calls to our numbers arrive in `context`. Raises Refused."""
    patterns = Patterns({entry.number: entry.country for entry in entries})
    reachable = list(reachable)
    return fill(
        template("dialplan/fsrouter_closed.xml"),
        OURS="\n".join(moved_to_ours(patterns, context)),
        COMPANIES="\n".join(_companies(entries, patterns)),
        REACHABLE="\n".join([*_phones(reachable, context), *_numbers(reachable)]),
    )


def _companies(entries: Sequence[Entry], patterns: Patterns) -> Iterator[str]:
    """Extensions that note the company of the dialled number; the look-up goes on behind them."""
    numbers: dict[str, list[str]] = {}
    for entry in entries:
        numbers.setdefault(entry.company, []).append(entry.number)
    found = (
        (company, expression)
        for company, theirs in sorted(numbers.items())
        if company
        for expression in patterns.expressions(theirs)
    )
    for i, (company, expression) in enumerate(found, 1):
        yield (
            f'    <extension name="fsrouter_closed_company_{i}" continue="true">\n'
            f'      <condition field="${{{names.NUMBER}}}" expression="{attribute(expression)}">\n'
            f'        <action application="set" data="{names.COMPANY}={attribute(company)}" inline="true"/>\n'
            "      </condition>\n    </extension>"
        )


def _phones(reachable: Iterable[Reachable], context: str) -> Iterator[str]:
    """The telephones of each company: an outside caller's own telephone may send to them whom it talks with, but as
    `context` has it.
    """
    found = (
        (each.company, domain, some)
        for each in reachable
        for domain, users in each.users.items()
        for some in _packed(map(re.escape, sorted(users)))
    )
    for i, (company, domain, some) in enumerate(sorted(found), 1):
        theirs, expression = (_COMPANY, f"^{re.escape(company)}$"), f"^({some})$"
        onward = action("transfer", f"$1 XML {context}")
        moved = (f"${{{names.MOVED_BY}}}", "^caller$")
        yield _extension(f"phones_{i}_by_callers", (theirs, moved), expression, onward)
        target = f"user/{_PLACE}{domain}"
        yield _extension(f"phones_{i}", (theirs,), expression, _bridge(target))


def _numbers(reachable: Iterable[Reachable]) -> Iterator[str]:
    """The numbers outside, as they are dialled from abroad and in the company's country; an outside caller's telephone
    sends nobody there.
    """
    companies: dict[Outside, list[str]] = {}
    for each in reachable:
        if each.outside:
            companies.setdefault(each.outside, []).append(each.company)
    found = (
        (outside, some) for outside, theirs in companies.items() for some in _packed(map(re.escape, sorted(theirs)))
    )
    for i, (outside, anybody_of) in enumerate(found, 1):
        who = (f"${{{names.MOVED_BY}}}|{_COMPANY}", rf"^(?!caller\|)[^|]*\|(?:{anybody_of})$")
        targets = [trunk_target(way, f"+{_PLACE}") for way in outside.ways]
        head = open_patterns.abroad(outside.country)
        for j, digits in enumerate(_packed(open_patterns.international(outside.numbers)), 1):
            yield _extension(f"numbers_{i}_{j}", (who,), f"^{head}({digits})$", _bridge(*targets, trunk=outside.trunk))
        if within := open_patterns.within(outside.country, outside.numbers):
            home = _bridge(*targets, behind=f"{within.code}$1", trunk=outside.trunk)
            for j, digits in enumerate(_packed(within.national), 1):
                yield _extension(f"numbers_{i}_within_{j}", (who,), f"^{within.head}({digits})$", home)


def _packed(expressions: Iterable[str]) -> Iterator[str]:
    """Some expressions as a few: PCRE refuses one whose compiled form exceeds 64 KB."""
    packed = ""
    for each in expressions:
        if packed and len(packed) + len(each) > LONGEST:
            yield packed
            packed = ""
        packed += f"|{each}" if packed else each
    if packed:
        yield packed


def _bridge(*targets: str, behind: str = "$1", trunk: str = "") -> str:
    """The actions that ring the first target that takes the call, with `behind` in the place of the digits in it, and
    hang up when that is over.

    Raises Refused when a target has digits right behind the number: FreeSWITCH would read `$10` as the tenth group.
    """
    first, *others = (dial_string(Dial((target,), RING, trunk=trunk)) for target in targets)
    dialled = "|".join([first, *(other.partition("}")[2] for other in others)]).replace(_PLACE, behind)
    if re.search(r"\$1[0-9]", dialled):
        raise Refused("no digits may stand behind {number} or {digits}", "trunk")
    failed = action("hangup", f"${{{names.ORIGINATE_DISPOSITION}}}")
    return "\n".join((action("multiset", _BEFORE), action("bridge", dialled), failed))


def _extension(name: str, conditions: Iterable[tuple[str, str]], expression: str, actions: str) -> str:
    given = "".join(
        f'      <condition field="{field}" expression="{attribute(wanted)}"/>\n' for field, wanted in conditions
    )
    return (
        f'    <extension name="fsrouter_closed_{name}">\n{given}'
        f'      <condition field="destination_number" expression="{attribute(expression)}">\n{actions}\n'
        "      </condition>\n    </extension>"
    )
