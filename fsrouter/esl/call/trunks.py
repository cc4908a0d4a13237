"""Trunks: how numbers leave FreeSWITCH, and which may leave at all. Pure.

No rule, CRM field or caller can make us dial what the settings do not allow: every number that is dialled becomes a
dial string's target here.

What an installation lends to its calls. Pure values, made from the settings.
"""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers
from msgspec import Struct
from phonenumbers import PhoneNumberType

from fsrouter.esl.validation import Refused
from fsrouter.freeswitch.install.values import trunk_target


class Trunks(Struct, frozen=True, kw_only=True):
    """The trunks by name, each a gateway's name or a template as `sofia/external/{number}@10.0.0.1:5080`.

    A trunk that is not among them is taken as the name of a gateway. `countries` and `prefixes` are what may be
    dialled; both empty allows every country. Premium-rate numbers need a prefix that names them: `+1900`, not `+1`.
    """

    templates: Mapping[str, str] = {}
    countries: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def target(self, trunk: str, number: str) -> str:
        """The target by which `number` (E.164) leaves.

        Raises Refused when it must not be dialled or there is no trunk.
        """
        self._allow(number)
        if not trunk and len(self.templates) == 1:
            trunk = next(iter(self.templates))
        if not trunk:
            raise Refused("number to dial", "neither the tracking number nor the company names a trunk")
        return trunk_target(self.templates.get(trunk, trunk), number)

    def _allow(self, number: str) -> None:
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            raise Refused("number to dial", "it is no E.164 number") from None
        named = max((prefix for prefix in self.prefixes if number.startswith(prefix)), key=len, default="")
        if phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE:
            # A prefix that is no longer than the country's code names the country, not these numbers.
            if len(named) <= len(f"+{parsed.country_code}"):
                raise Refused("number to dial", "it is a premium-rate number, and no prefix in the settings names it")
            return
        country = _country(parsed)
        if (self.countries or self.prefixes) and not named and country not in self.countries:
            raise Refused(
                "number to dial",
                f"{country or 'its country'} is not among the countries and prefixes that the settings allow",
            )


def _country(number: phonenumbers.PhoneNumber) -> str:
    """The country of a number, "" when it could be in several.

    +1 876 is Jamaica and not the United States, though both begin with +1: a number that fits no country of its code
    is nobody's.
    """
    found = phonenumbers.region_code_for_number(number)
    if found:
        return str(found)
    sharing = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    return str(sharing[0]) if len(sharing) == 1 else ""


class Outfit(Struct, frozen=True, kw_only=True):
    """What an installation lends to its calls: trunks, the voice, where recordings go, where transfers look for
    extensions.
    """

    trunks: Trunks = Trunks()
    engine: str = "flite"
    voice: str = "slt"
    recordings: str = "/var/lib/freeswitch/recordings/fsrouter"
    domain: str = ""
    context: str = "default"
