"""Trunks: how numbers leave FreeSWITCH, and which may leave at all. Pure.

No rule, CRM field or caller can make us dial what the settings do not allow: every number that is dialled becomes a
dial string's target here.
"""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers
from msgspec import Struct
from phonenumbers import PhoneNumberType

from fsrouter.esl.allowed import Refused
from fsrouter.esl.install.values import trunk_target


class Trunks(Struct, frozen=True, kw_only=True):
    """The trunks by name, each a gateway's name or a template as `sofia/external/{number}@10.0.0.1:5080`.

    A trunk that is not among them is taken as the name of a gateway. `countries` and `prefixes` are what may be
    dialled; both empty allows every country. Premium-rate numbers need a prefix that names them.
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
        if any(number.startswith(prefix) for prefix in self.prefixes):
            return
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            raise Refused("number to dial", "it is no E.164 number") from None
        if phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE:
            raise Refused("number to dial", "it is a premium-rate number, and no prefix in the settings allows it")
        country = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
        countries = {phonenumbers.region_code_for_number(parsed), country}
        if (self.countries or self.prefixes) and not countries & set(self.countries):
            raise Refused(
                "number to dial", f"{country} is not among the countries and prefixes that the settings allow"
            )
