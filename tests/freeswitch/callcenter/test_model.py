"""Queues, agents and tiers: what mod_callcenter cannot have is refused."""

from __future__ import annotations

import pytest

from fsrouter.errors import Refused
from fsrouter.freeswitch.callcenter.model import CallCenter, QueueDef, TierDef

SUPPORT, NANCY = "support@acme", "nancy@acme"


@pytest.mark.parametrize(
    "values",
    [
        {"name": 'a"/><x y="@acme'},
        {"name": "support"},
        {"name": SUPPORT, "strategy": "whoever"},
        {"name": SUPPORT, "music": "shell_stream:///bin/sh"},
        {"name": SUPPORT, "music": "${system(id)}"},
        {"name": SUPPORT, "max_wait": 86401},
        {"name": SUPPORT, "max_wait": -1},
    ],
)
def test_queue_def_refuses_what_mod_callcenter_cannot_have(values: dict[str, object]) -> None:
    with pytest.raises(Refused):
        QueueDef(**values)  # type: ignore[arg-type]


def test_tier_without_its_agent_is_refused() -> None:
    with pytest.raises(Refused, match="no such agent"):
        CallCenter((QueueDef(SUPPORT),), (), (TierDef(SUPPORT, NANCY),))
