"""How a call asks the dialplan for a queue of mod_callcenter, and what queues and agents are called there. Pure."""

from __future__ import annotations

from fsrouter.engine.model import dialable
from fsrouter.engine.walk.actions import Enqueue
from fsrouter.esl import validation
from fsrouter.esl import variables as names


def callcenter_name(company: str, name: str) -> str:
    """What mod_callcenter calls a company's queue or agent: `support` of `acme` is `support@acme`.

    No two companies' can share a name. Raises Refused.
    """
    return validation.queue(f"{name}@{company}")


def agent_of(name: str) -> str:
    """The agent whom mod_callcenter calls `name`, as their company does; "" for a name without a company."""
    return name.rpartition("@")[0]


def enqueue_variables(action: Enqueue, company: str) -> dict[str, str]:
    """What is set on a caller's channel that asks for a queue (docs/wire.md 6). Raises Refused."""
    return {
        names.QUEUE: callcenter_name(company, action.queue),
        names.CC_CAUSE: "",
        names.CC_CANCEL_REASON: "",
        names.CC_EXIT_KEYS: action.exit_key,
        # An agent's leg has the context `default`, and the caller's telephone may move it (REFER).
        names.CC_EXPORT_VARS: ",".join(names.WHEN_MOVED),
        names.CC_BASE_SCORE: str(action.head_start) if action.head_start else "",
        names.CC_MOH: dialable.sound(action.music) if action.music else "",
    }
