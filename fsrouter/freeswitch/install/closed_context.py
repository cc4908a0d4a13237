"""The dialplan's context `fsr-closed`, as text: where callers may be sent by whom nobody here knows.

Our tracking numbers, the telephones of the call's company, and what the settings let that company dial, by its trunk;
everything else ends the call. Which company's call it is, the dialled number tells (`fsr_number`), as in a fail-safe.
Companies that may dial the same by the same trunk share an expression, so that the file stays small.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fsrouter.errors import Refused
from fsrouter.esl import commands
from fsrouter.esl import variables as names
from fsrouter.freeswitch.install.dialplan import action, attribute, dial_string, fill, moved_to_ours, template
from fsrouter.freeswitch.install.did_patterns import Patterns
from fsrouter.freeswitch.install.values import Dial, Entry, Reachable

#: Seconds that a telephone or a number rings.
RING: Final = 30
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
        REACHABLE="\n".join(_phones(reachable, context)),
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
    found = ((each.company, domain, users) for each in reachable for domain, users in each.users.items())
    for i, (company, domain, users) in enumerate(sorted(found), 1):
        theirs, expression = (_COMPANY, f"^{re.escape(company)}$"), f"^({'|'.join(map(re.escape, sorted(users)))})$"
        onward = action("transfer", f"$1 XML {context}")
        moved = (f"${{{names.MOVED_BY}}}", "^caller$")
        yield _extension(f"phones_{i}_by_callers", (theirs, moved), expression, onward)
        target = f"user/{_PLACE}{domain}"
        yield _extension(f"phones_{i}", (theirs,), expression, _bridge(target))


def _bridge(target: str, behind: str = "$1") -> str:
    """The actions that ring a target, with `behind` in the place of the digits in it, and hang up when that is over.

    Raises Refused when the target has digits right behind the number: FreeSWITCH would read `$10` as the tenth group.
    """
    dialled = dial_string(Dial((target,), RING)).replace(_PLACE, behind)
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
