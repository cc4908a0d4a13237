"""callcenter.conf.xml: our queues, agents and tiers as XML, beside the operator's own. Plans, writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fsrouter.errors import UsageError
from fsrouter.freeswitch.callcenter.model import CallCenter
from fsrouter.freeswitch.install import plan
from fsrouter.freeswitch.install.dialplan import attribute
from fsrouter.freeswitch.install.plan import OURS, Change

_EMPTY: Final = f"""<configuration name="callcenter.conf" description="CallCenter">
  <!-- {OURS} -->
  <settings></settings>
  <queues>
  </queues>
  <agents>
  </agents>
  <tiers>
  </tiers>
</configuration>
"""


def change(conf: Path, callcenter: CallCenter) -> Change:
    """What it takes to have these queues in the configuration directory `conf`. Raises UsageError."""
    path = conf / "autoload_configs" / "callcenter.conf.xml"
    counts = ((len(callcenter.queues), "queue"), (len(callcenter.agents), "agent"), (len(callcenter.tiers), "tier"))
    why = ", ".join(plan.counted(*count) for count in counts)
    edited = plan.edit(path, sections(callcenter), why, _EMPTY)
    if edited.after is not None:
        _check_names(path, plan.without_ours(edited.before or _EMPTY), callcenter)
    return edited


def sections(callcenter: CallCenter) -> dict[str, str]:
    """The inside of `<queues>`, `<agents>` and `<tiers>`, each ending in a newline unless it is empty."""
    found = {"queues": _queues(callcenter), "agents": _agents(callcenter), "tiers": _tiers(callcenter)}
    return {name: "".join(f"    {line}\n" for line in lines) for name, lines in found.items()}


def _queues(callcenter: CallCenter) -> Iterable[str]:
    for queue in callcenter.queues:
        yield f'<queue name="{attribute(queue.name)}">'
        yield from (f'  <param name="{name}" value="{attribute(value)}"/>' for name, value in queue.parameters)
        yield "</queue>"


def _agents(callcenter: CallCenter) -> Iterable[str]:
    for agent in callcenter.agents:
        pairs = (("name", agent.name), ("type", "callback"), ("status", agent.status), *agent.settings)
        written = " ".join(f'{name.replace("_", "-")}="{attribute(value)}"' for name, value in pairs)
        yield f"<agent {written}/>"


def _tiers(callcenter: CallCenter) -> Iterable[str]:
    for tier in callcenter.tiers:
        names = f'agent="{attribute(tier.agent)}" queue="{attribute(tier.queue)}"'
        yield f'<tier {names} level="{tier.level}" position="{tier.position}"/>'


def _check_names(path: Path, base: str, callcenter: CallCenter) -> None:
    """The operator's own queues and agents keep their names; FreeSWITCH would take whichever comes first."""
    theirs = plan.parse(path, base)
    ours = {"queue": [each.name for each in callcenter.queues], "agent": [each.name for each in callcenter.agents]}
    for kind, names in ours.items():
        if both := sorted({str(each.get("name")) for each in theirs.iter(kind)} & set(names)):
            raise UsageError(
                f"{path}: it has a hand-made {kind} {both[0]}, which is also ours; rename one of them; nothing was"
                " changed"
            )
