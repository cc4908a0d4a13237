"""By which gateways numbers leave."""

from __future__ import annotations

import pytest

from fsrouter.errors import Refused
from fsrouter.esl.call.trunks import target, trunk_target
from fsrouter.settings.model import Gateway, Trunk

US = "+13125550150"


@pytest.mark.parametrize(
    ("way", "left"),
    [
        ("carrier", f"sofia/gateway/carrier/{US}"),
        ("sofia/gateway/carrier/00{digits}", "sofia/gateway/carrier/0013125550150"),
        ("sofia/external/{number}@10.0.0.1:5080", f"sofia/external/{US}@10.0.0.1:5080"),
        ("sofia/external/{digits}@10.0.0.1", "sofia/external/13125550150@10.0.0.1"),
    ],
)
def test_target_by_a_gateway_or_a_template(way: str, left: str) -> None:
    assert trunk_target(way, US) == left
    assert target(Trunk(gateways=(Gateway(name=way), "other")), US) == left


@pytest.mark.parametrize(
    ("way", "number"),
    [
        ("loopback/{number}", US),
        ("sofia/external/{number}@h,user/1001", US),
        ("{number}", US),
        ("car rier", US),
        *(("carrier", number) for number in ("", "+1312555015;x=y", "+1312\n5550150", "${x}", "anonymous")),
    ],
)
def test_target_that_is_no_dial_string_is_refused(way: str, number: str) -> None:
    with pytest.raises(Refused):
        trunk_target(way, number)
