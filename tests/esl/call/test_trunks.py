"""How numbers leave, and which may leave at all."""

from __future__ import annotations

import pytest

from fsrouter.errors import Refused
from fsrouter.esl.call.trunks import Trunks, trunk_target

US = "+13125550150"


@pytest.mark.parametrize(
    ("templates", "trunk", "target"),
    [
        ({}, "carrier", f"sofia/gateway/carrier/{US}"),
        ({"a": "first"}, "", f"sofia/gateway/first/{US}"),
        ({"a": "sofia/external/{number}@10.0.0.1:5080"}, "a", f"sofia/external/{US}@10.0.0.1:5080"),
        ({"a": "sofia/external/{digits}@10.0.0.1"}, "a", "sofia/external/13125550150@10.0.0.1"),
        ({"a": "first", "b": "second"}, "b", f"sofia/gateway/second/{US}"),
        ({"a": "first"}, "other", f"sofia/gateway/other/{US}"),
    ],
)
def test_target_of_a_number(templates: dict[str, str], trunk: str, target: str) -> None:
    assert Trunks(templates=templates).target(trunk, US) == target


@pytest.mark.parametrize(
    ("templates", "trunk", "why"),
    [
        ({}, "", "names a trunk"),
        ({"a": "x", "b": "y"}, "", "names a trunk"),
        ({"a": "loopback/{number}"}, "a", "endpoint"),
        ({"a": "sofia/external/{number}@h,user/1001"}, "a", "endpoint"),
        ({}, "car rier", "user"),
        ({"a": "{number}"}, "a", "endpoint"),
    ],
)
def test_target_without_a_usable_trunk_is_refused(templates: dict[str, str], trunk: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        Trunks(templates=templates).target(trunk, US)


#: countries, prefixes, number, whether it may be dialled
DIALLED = [
    ((), (), US, True),
    ((), (), "+442079460000", True),
    ((), (), "+18765550100", True),
    (("US",), (), US, True),
    (("US",), (), "+442079460000", False),
    (("US", "GB"), (), "+442079460000", True),
    (("US",), (), "+18765550100", False),  # Jamaica: begins with +1 too
    (("US",), (), "+12425550100", False),  # the Bahamas
    (("JM",), (), "+18765550100", True),
    (("US",), (), "+15555550100", False),  # fits no country that has +1
    ((), (), "+15555550100", True),
    (("US",), (), "+8821612345678", False),
    ((), ("+1",), US, True),
    ((), ("+1",), "+442079460000", False),
    ((), ("+44207",), "+442079460000", True),
    ((), ("+44207",), "+441619460000", False),
    (("US",), ("+44",), "+442079460000", True),
    (("US",), ("+1876",), "+18765550100", True),
    ((), (), "+19005550100", False),  # premium rate
    (("US",), (), "+19005550100", False),
    ((), ("+1",), "+19005550100", False),
    ((), ("+1900",), "+19005550100", True),
    ((), ("+4", "+44"), "+449098790000", False),
    ((), ("+44909",), "+449098790000", True),
]


@pytest.mark.parametrize(("countries", "prefixes", "number", "may"), DIALLED)
def test_target_only_of_numbers_that_settings_allow(
    countries: tuple[str, ...], prefixes: tuple[str, ...], number: str, may: bool
) -> None:
    trunks = Trunks(countries=countries, prefixes=prefixes)
    if may:
        assert trunks.target("carrier", number).endswith(number)
    else:
        with pytest.raises(Refused, match="number to dial"):
            trunks.target("carrier", number)


@pytest.mark.parametrize(
    "number", ["", "1001", "13125550150", "+1312555015;x=y", "+1312\n5550150", "${x}", "anonymous"]
)
def test_target_of_no_number_is_refused(number: str) -> None:
    with pytest.raises(Refused):
        Trunks().target("carrier", number)


def test_trunk_target_of_a_gateway_or_a_template() -> None:
    assert trunk_target("carrier", "+13125550150") == "sofia/gateway/carrier/+13125550150"
    assert (
        trunk_target("sofia/external/{digits}@10.0.0.1:5080", "+13125550150")
        == "sofia/external/13125550150@10.0.0.1:5080"
    )
    with pytest.raises(Refused):
        trunk_target("{number}", "+13125550150")
