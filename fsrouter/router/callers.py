"""Who calls, as the channel of a call tells it: their number, or the extension of a phone of our own.

What a number is, the engine decides; here is what FreeSWITCH says of where a call came from (docs/wire.md 12).
"""

from __future__ import annotations

from typing import Final

from fsrouter.engine.model.company import Header
from fsrouter.engine.numbers.read import MAX_LENGTH, Incoming, caller
from fsrouter.engine.walk.facts import Came, Facts, of_caller
from fsrouter.esl import variables as names
from fsrouter.esl.events import Channel
from fsrouter.settings.model import Numbers

#: The longest name of a gateway, profile or FreeSWITCH that a record keeps.
MAX_NAME: Final = 64


class Callers:
    """Reads callers by the settings of an installation."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._everywhere = Incoming(numbers.incoming)
        self._apart = bool(numbers.gateways or numbers.profiles or numbers.freeswitch)

    def facts(self, channel: Channel, header: Header, to: str, began: float) -> Facts:
        """What a call that began at a moment (epoch) to one of a company's numbers (E.164) tells of its caller."""
        text = channel.caller_id_number
        came = Came(
            text=text[:MAX_LENGTH],
            gateway=channel.variable(names.SIP_GATEWAY)[:MAX_NAME],
            profile=channel.variable(names.SOFIA_PROFILE)[:MAX_NAME],
            switch=channel.switchname[:MAX_NAME],
        )
        found = caller(text, header.country, self._incoming(channel, came) if self._apart else self._everywhere)
        ours = found.digits != "" and self._ours(channel, came)
        return of_caller(found, ours, came, to=to, began=began)

    def _incoming(self, channel: Channel, came: Came) -> Incoming:
        """In which form callers' numbers come where a call came from."""
        hostname = channel.get("FreeSWITCH-Hostname")
        return Incoming(self._numbers.incoming_of(came.gateway, came.profile, came.switch, hostname))

    def _ours(self, channel: Channel, came: Came) -> bool:
        """Whether a call comes from a phone of our own."""
        return authenticated(channel) or not {came.profile, channel.context}.isdisjoint(self._numbers.internal)


def authenticated(channel: Channel) -> bool:
    """Whether the caller has shown FreeSWITCH a user's password.

    `sip_authorized` alone is true for an address in an ACL and for whatever a profile with `accept-blind-auth` lets in
    too; the user of a digest that was right stands beside it (sofia_reg.c:3445, sofia.c:10844). Headers of SIP become
    variables with names of their own (`sip_h_…`), those of a browser `verto_dvar_…` (mod_verto.c:3811), so no far end
    can write either.
    """
    digest = channel.variable(names.SIP_AUTHORIZED) == "true" and channel.variable(names.SIP_AUTH_USERNAME) != ""
    return (digest and not channel.variable(names.SIP_ACL)) or channel.variable(names.VERTO_USER) != ""
