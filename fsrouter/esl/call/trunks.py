"""By which gateways a number leaves. Pure; whether it may is for `gate` to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from fsrouter.engine.model import dialable
from fsrouter.engine.walk.draws import by_weight
from fsrouter.esl import validation
from fsrouter.settings.model import Gateway, Trunk

#: The order in which gateways are drawn by weight (settings).
WEIGHTED: Final = "weighted"

#: What a telephone may ask the dialplan to be transferred to (REFER): a regex of the whole, with FreeSWITCH's PCRE as
#: with Python's; `fsr` is our own extension. It reaches the context that callers come from or that of extensions.
REFERRED: Final = r"(?!fsr$)[0-9A-Za-z_.+*#-]{1,64}"


class Route(Struct, frozen=True, kw_only=True):
    """One way to a far end: the `target` of a dial string, and by which `gateway` of which `trunk` it leaves, "" for a
    phone. An answer with a SIP code of `final` holds for the trunk's other gateways too; a gateway that has not rung
    after `wait` seconds is given up for the next.
    """

    target: str
    gateway: str = ""
    trunk: str = ""
    final: tuple[int, ...] = ()
    wait: float = 0.0


def routes(name: str, trunk: Trunk, number: str, draw: Callable[[], float]) -> tuple[Route, ...]:
    """The ways by which a number (E.164) leaves by a trunk and its name, in the order in which they are tried; `draw`
    gives a number from 0 up to 1, and is only asked where the order is drawn. Raises Refused.
    """
    return tuple(
        Route(
            target=trunk_target(each.name, number),
            gateway=each.name,
            trunk=name,
            final=trunk.final,
            wait=trunk.wait,
        )
        for each in ordered(trunk, draw)
    )


def ordered(trunk: Trunk, draw: Callable[[], float]) -> Sequence[Gateway]:
    """The gateways of a trunk in the order in which they are tried: as they stand, or drawn by weight without putting
    back; a weight of 0 is never drawn.
    """
    if trunk.order != WEIGHTED:
        return trunk.ways
    return by_weight([(each, each.weight) for each in trunk.ways], draw())


def trunk_target(trunk: str, number: str) -> str:
    """How `number` (E.164) leaves by `trunk`: the target of a dial string.

    A trunk is a gateway's name (`carrier`), or a template with `{number}` (E.164 with its plus) or `{digits}`
    (without), as `sofia/external/{number}@10.0.0.1:5080`. Raises Refused when the result is no endpoint we may dial.
    """
    validation.number(number)
    template = trunk if "{" in trunk else f"sofia/gateway/{validation.user(trunk)}/{{number}}"
    return dialable.endpoint(template.replace("{number}", number).replace("{digits}", number.lstrip("+")))
