"""By which gateways a number leaves. Pure; whether it may is for `gate` to say."""

from __future__ import annotations

from typing import Final

from fsrouter.engine.model import dialable
from fsrouter.esl import validation
from fsrouter.settings.model import Trunk

#: What a telephone may ask the dialplan to be transferred to (REFER): a regex of the whole, with FreeSWITCH's PCRE as
#: with Python's; `fsr` is our own extension. It reaches the context that callers come from or that of extensions.
REFERRED: Final = r"(?!fsr$)[0-9A-Za-z_.+*#-]{1,64}"


def target(trunk: Trunk, number: str) -> str:
    """The target by which `number` (E.164) leaves by the first gateway of a trunk."""
    return trunk_target(trunk.ways[0].name, number)


def trunk_target(trunk: str, number: str) -> str:
    """How `number` (E.164) leaves by `trunk`: the target of a dial string.

    A trunk is a gateway's name (`carrier`), or a template with `{number}` (E.164 with its plus) or `{digits}`
    (without), as `sofia/external/{number}@10.0.0.1:5080`. Raises Refused when the result is no endpoint we may dial.
    """
    validation.number(number)
    template = trunk if "{" in trunk else f"sofia/gateway/{validation.user(trunk)}/{{number}}"
    return dialable.endpoint(template.replace("{number}", number).replace("{digits}", number.lstrip("+")))
