"""What goes into FreeSWITCH: numbers, fail-safes, routers and queues, planned, shown, put in and taken out again.

    plan = plan_install(Installation(entries=…, routers=Routers(("127.0.0.1:8084",))), Path("/etc/freeswitch"))
    print(plan.diff())
    apply(plan)

Files only: no socket, no database, no rule book. `values` and `queues` hold what is to be there, `dialplan` and the
templates of `freeswitch_conf/` its text, `switchconf` a configuration directory, `plan` the change of one.
"""

from fsrouter.freeswitch.callcenter.model import AgentDef, CallCenter, QueueDef, TierDef, agent_name, queue_name
from fsrouter.freeswitch.install.conf_dir import Installation, plan_install, plan_queues, plan_remove
from fsrouter.freeswitch.install.plan import Change, Plan, apply
from fsrouter.freeswitch.install.values import Dial, Entry, Extension, FailSafe, Mailbox, Routers, trunk_target

__all__ = [
    "AgentDef",
    "CallCenter",
    "Change",
    "Dial",
    "Entry",
    "Extension",
    "FailSafe",
    "Installation",
    "Mailbox",
    "Plan",
    "QueueDef",
    "Routers",
    "TierDef",
    "agent_name",
    "apply",
    "plan_install",
    "plan_queues",
    "plan_remove",
    "queue_name",
    "trunk_target",
]
