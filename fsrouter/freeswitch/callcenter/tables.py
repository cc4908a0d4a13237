"""mod_callcenter as it runs: its tables read, and what of them is ours. Knows no socket: it is given who asks.

Ours is `NAME@COMPANY` of a company that is in the rule books, when it also looks as we write it: a queue by the
parameters that we always write out, an agent by our mark in the contact. Everything else is the operator's own and
is neither changed nor taken away.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from msgspec import Struct

from fsrouter.errors import Error, Refused
from fsrouter.esl import variables
from fsrouter.freeswitch.callcenter.commands import VERB
from fsrouter.freeswitch.callcenter.model import COUNTS, STATUSES, AgentDef, CallCenter, N, QueueDef, TierDef, by_name

Ask = Callable[[str, str], str]
"""Sends an api command, verb and arguments, and returns the answer; raises SwitchUnreachable."""
Row = Mapping[str, str]

#: What holds an agent for a caller who may be gone again; it lasts milliseconds (mod_callcenter.c:2361).
RESERVED: Final = "Reserved"
#: The column of each table that may hold a `|` of its own.
WIDE: Final = {"agent": "contact", "queue": "moh_sound", "tier": "agent"}

_CONTACT = re.compile(
    rf"\[leg_timeout=(\d{{1,3}}),{variables.CALL}=1,{variables.TARGET}=agent\.[^\],]+"
    rf"(?:,[^\],]+)*?(?:,{variables.TRUNK}=([^\],]+))?\](.+)"
)
_SEVERAL = re.compile(r"\{originate_timeout=(\d{1,3})\}(.+)")
_WAY = re.compile(
    rf"\[(?:leg_progress_timeout=(\d+),)?{variables.CALL}=1(?:,[^\],]+)*?(?:,{variables.TRUNK}=([^\],]+))?\](.+)"
)
# What every queue of ours has, whatever the rule book says.
_ALWAYS = ("time_base_score", "discard_abandoned_after", "abandoned_resume_allowed", "tier_rule_no_agent_no_wait")


class Running(Struct, frozen=True):
    """mod_callcenter's three tables, each row by the names of its columns."""

    queues: tuple[Row, ...] = ()
    agents: tuple[Row, ...] = ()
    tiers: tuple[Row, ...] = ()

    @property
    def statuses(self) -> dict[str, str]:
        """Every agent's status, also of those that are not ours."""
        return {row["name"]: row.get("status", "") for row in self.agents}


def read(ask: Ask) -> Running:
    """The tables as they are now. Raises Error when mod_callcenter is not loaded, and what `ask` raises."""
    return Running(*(tuple(rows(_table(ask, kind), WIDE[kind])) for kind in ("queue", "agent", "tier")))


def _table(ask: Ask, kind: str) -> str:
    reply = ask(VERB, f"{kind} list")
    if reply.startswith("-"):
        raise Error(
            f"FreeSWITCH has no mod_callcenter ({reply.strip()[:80]}): fs_cli -x 'load mod_callcenter', and name it in "
            "autoload_configs/modules.conf.xml"
        )
    return reply


def rows(reply: str, wide: str) -> Iterator[Row]:
    """The rows of a `list` reply: names of columns first, then rows, then `+OK`; an empty table is `+OK` alone
    (mod_callcenter.c:3456). Cells stand between `|`; `wide` is the column whose own text may have some.
    """
    lines = [line for line in reply.splitlines() if line]
    if len(lines) < 2 or lines[-1] != "+OK":
        return
    names = lines[0].split("|")
    at = names.index(wide) if wide in names else len(names) - 1
    for line in lines[1:-1]:
        cells = line.split("|")
        more = len(cells) - len(names)
        if more >= 0:
            yield dict(
                zip(names, [*cells[:at], "|".join(cells[at : at + more + 1]), *cells[at + more + 1 :]], strict=True)
            )


def ours(
    running: Running, wanted: CallCenter, companies: Collection[str], loaded: Mapping[str, QueueDef]
) -> CallCenter:
    """What of the running tables is ours, in the order of `wanted`, with what is no longer wanted behind it.

    FreeSWITCH does not tell a queue's announcement: it is taken to be that of `loaded` (what was last loaded, by
    name), else what is wanted. What is wanted and runs in a way that we would not write counts as not there.
    """
    queues = by_name(_queues(running, wanted, companies, loaded))
    agents = by_name(_agents(running, wanted, companies))
    tiers = by_name(_tiers(row for row in running.tiers if row.get("queue") in queues and row.get("agent") in agents))
    return CallCenter(_ordered(queues, wanted.queues), _ordered(agents, wanted.agents), _ordered(tiers, wanted.tiers))


def reserved(running: Running, companies: Collection[str]) -> frozenset[str]:
    """The agents of ours that are held for a caller at this moment."""
    return frozenset(
        row["name"] for row in running.agents if row.get("state") == RESERVED and _marked(row) and _of(row, companies)
    )


def _queues(
    running: Running, wanted: CallCenter, companies: Collection[str], loaded: Mapping[str, QueueDef]
) -> Iterator[QueueDef]:
    wished = by_name(wanted.queues)
    for row in running.queues:
        name = row["name"]
        like = loaded.get(name) or wished.get(name) or (QueueDef(name) if _of(row, companies) else None)
        if like and (found := _queue(row, like)):
            yield found


def _queue(row: Row, like: QueueDef) -> QueueDef | None:
    """The queue of a row, with the announcement of `like`; None when we would not write it so."""
    try:
        queue = replace(
            like,
            strategy=row["strategy"],
            music=row["moh_sound"],
            max_wait=int(row["max_wait_time"]),
            give_up_without_agents=int(row["max_wait_time_with_no_agent"]),
            level_wait=int(row["tier_rule_wait_second"]) if row["tier_rules_apply"] == "true" else 0,
            progressive_delay=int(row.get("ring_progressively_delay", like.progressive_delay)),
        )
    except (KeyError, ValueError):  # Refused among them
        return None
    always = {name.replace("-", "_"): value for name, value in queue.parameters}
    return queue if all(row.get(name) == always[name] for name in _ALWAYS) else None


def _agents(running: Running, wanted: CallCenter, companies: Collection[str]) -> Iterator[AgentDef]:
    wished = by_name(wanted.agents)
    for row in running.agents:
        if row["name"] in wished:
            if found := _agent(row):
                yield found
        elif _marked(row) and _of(row, companies):
            yield AgentDef(row["name"], "error/UNALLOCATED_NUMBER")  # only its name matters: it goes


def _agent(row: Row) -> AgentDef | None:
    status = row.get("status", "")
    try:
        kept = _rung(row.get("contact", "")) | {count: int(row[count]) for count in COUNTS}
        agent = AgentDef(row["name"], status=status if status in STATUSES else "Logged Out", **kept)
    except (KeyError, ValueError):
        return None
    return agent if agent.contact == row["contact"] else None


def _rung(contact: str) -> dict[str, Any]:
    """Who is rung by an agent's contact, for how long. Raises ValueError for one that is not ours."""
    if found := _CONTACT.fullmatch(contact):
        return {"target": found[3], "trunk": found[2] or "", "ring": int(found[1])}
    several = _SEVERAL.fullmatch(contact)
    ways = [_WAY.fullmatch(way) for way in several[2].split("|")] if several else []
    known = [way for way in ways if way]
    if several is None or len(known) < len(ways):
        raise ValueError("it is no contact of ours")
    target, *instead = (way[3] for way in known)
    wait, trunk = int(known[0][1] or 0), known[0][2] or ""
    return {"target": target, "trunk": trunk, "ring": int(several[1]), "instead": tuple(instead), "wait": wait}


def _tiers(found: Iterable[Row]) -> Iterator[TierDef]:
    for row in found:
        with contextlib.suppress(KeyError, ValueError):
            yield TierDef(row["queue"], row["agent"], int(row["level"]), int(row["position"]))


def _of(row: Row, companies: Collection[str]) -> bool:
    """Whether a row's name is one that we would give: `NAME@COMPANY` of a company that we have."""
    name, _, company = row["name"].rpartition("@")
    try:
        return bool(name) and company in companies and bool(QueueDef(row["name"]))
    except Refused:
        return False


def _marked(row: Row) -> bool:
    return f"{variables.CALL}=1" in row.get("contact", "")


def _ordered(found: Mapping[str, N], wished: Iterable[N]) -> tuple[N, ...]:
    """What was found, first what is wished for and in that order."""
    names = [each.name for each in wished if each.name in found]
    return tuple(found[name] for name in dict.fromkeys([*names, *found]))
