"""By which gateways numbers leave."""

from __future__ import annotations

import pytest

from fsrouter.errors import Refused
from fsrouter.esl.call.trunks import routes, trunk_target
from fsrouter.settings.model import Gateway, Trunk

US = "+13125550150"


def no_draw() -> float:
    raise AssertionError("nothing is drawn for gateways that are tried as they stand")


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
    (first, second) = routes("out", Trunk(gateways=(Gateway(name=way), "other")), US, no_draw)
    assert (first.target, first.gateway, first.trunk) == (left, way, "out")
    assert second.target == f"sofia/gateway/other/{US}"


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


DRAWN = Trunk(
    gateways=(Gateway(name="a", weight=3), Gateway(name="b", weight=1), Gateway(name="out-of-use", weight=0)),
    order="weighted",
)


@pytest.mark.parametrize(("drawn", "order"), [(0.0, "ab"), (0.74, "ab"), (0.76, "ba"), (0.9999999, "ba")])
def test_weighted_order_is_drawn_by_weight_without_putting_back(drawn: float, order: str) -> None:
    found = routes("out", DRAWN, US, lambda: drawn)
    assert "".join(route.gateway for route in found) == order


def test_route_has_what_its_trunk_says() -> None:
    trunk = Trunk(gateways=("a",), final=(404,), wait=2.5)
    (only,) = routes("out", trunk, US, no_draw)
    assert (only.final, only.wait) == ((404,), 2.5)
