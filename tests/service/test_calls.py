from __future__ import annotations
from .house import *

def test_answered(house):
    call, record = house.route("[number:busy, agent:nancy]")
    print(call.told()); print(record)
    assert call.talked_to == ["user/1001"]
    assert record.outcome == "answered"
    assert not call.fail_safe
