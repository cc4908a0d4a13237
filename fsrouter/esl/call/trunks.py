"""What may leave FreeSWITCH, and by which trunk; and what else the settings say about calls. Pure.

No rule, CRM field, caller or operator can make us dial what the settings do not allow: whatever is dialled or
transferred to passes here. RULES is the one table of what is asked of each kind of far end; who asks makes no
difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from fsrouter.engine.model import dialable
from fsrouter.engine.model.failsafes import FarEnd
from fsrouter.engine.numbers.plan import plan_of
from fsrouter.errors import Refused
from fsrouter.esl import validation
from fsrouter.settings.model import Settings


class Rule(Struct, frozen=True):
    """What is asked of one kind of far end: `form` returns it or raises Refused; `limited` gives the number in it, as
    E.164, for which the countries and prefixes of the settings hold, "" for none.
    """

    form: Callable[[str], str]
    limited: Callable[[str], str]


def _unlimited(text: str) -> str:
    return ""


#: An agent's endpoint is a phone of ours, whatever else its name says; what an extension does is the dialplan's affair.
RULES: Final[Mapping[str, Rule]] = {
    "number": Rule(validation.number, limited=str),
    "endpoint": Rule(dialable.endpoint, limited=_unlimited),
    "extension": Rule(dialable.extension, limited=_unlimited),
}
#: What a telephone may ask the dialplan to be transferred to (REFER): a regex of the whole, with FreeSWITCH's PCRE as
#: with Python's; `fsr` is our own extension. It reaches the context that callers come from or that of extensions.
REFERRED: Final = r"(?!fsr$)[0-9A-Za-z_.+*#-]{1,64}"


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
        self.check("number", number)
        return self.route(trunk, number)

    def route(self, trunk: str, number: str) -> str:
        """The target by which a number would leave by a trunk, the only one for "", whether it may or not. Raises
        Refused.
        """
        if not trunk and len(self.templates) == 1:
            trunk = next(iter(self.templates))
        if not trunk:
            raise Refused("neither the tracking number nor the company names a trunk", "number to dial")
        return trunk_target(self.templates.get(trunk, trunk), number)

    def check(self, kind: str, text: str) -> str:
        """A far end of one of the kinds of RULES, unchanged. Raises Refused when it must not be dialled."""
        rule = RULES[kind]
        if number := rule.limited(text):
            self._check_limits(number)
        return rule.form(text)

    def _check_limits(self, number: str) -> None:
        try:
            plan = plan_of(number)
        except ValueError:
            raise Refused("it is no E.164 number", "number to dial") from None
        named = max((prefix for prefix in self.prefixes if number.startswith(prefix)), key=len, default="")
        if plan.premium:
            # A prefix that is no longer than the country's code names the country, not these numbers.
            if len(named) <= len(f"+{plan.calling_code}"):
                raise Refused("it is a premium-rate number, and no prefix in the settings names it", "number to dial")
            return
        if (self.countries or self.prefixes) and not named and plan.country not in self.countries:
            raise Refused(
                f"{plan.country or 'its country'} is not among the countries and prefixes that the settings allow",
                "number to dial",
            )


class CallSettings(Struct, frozen=True, kw_only=True):
    """What the settings say about calls: the trunks, who speaks `say:` texts (`engine`, `voice`), the directory of
    `recordings`, the `domain` of phones and mailboxes ("" for FreeSWITCH's own), and the dialplan's `context` of
    extensions.
    """

    trunks: Trunks = Trunks()
    engine: str = "flite"
    voice: str = "slt"
    recordings: str = "/var/lib/freeswitch/recordings/fsrouter"
    domain: str = ""
    context: str = "default"

    @classmethod
    def of(cls, settings: Settings) -> CallSettings:
        """Those of an installation."""
        dialling = settings.dialling
        return cls(
            trunks=Trunks(templates=settings.trunks, countries=dialling.countries, prefixes=dialling.prefixes),
            engine=settings.speech.engine,
            voice=settings.speech.voice,
            recordings=settings.recordings,
            domain=settings.domain,
            context=settings.context,
        )

    def number(self, trunk: str, number: str) -> str:
        """A number (E.164) as a dial string's target, by a trunk, "" for the only one. Raises Refused."""
        return self.trunks.target(trunk, number)

    def endpoint(self, endpoint: str) -> str:
        """A phone as a dial string's target: `user/1001` with the domain. Raises Refused."""
        bare = self.domain and endpoint.startswith("user/") and "@" not in endpoint
        return self.trunks.check("endpoint", f"{endpoint}@{self.domain}" if bare else endpoint)

    def far_end(self, trunk: str, far_end: FarEnd) -> str:
        """A far end that is rung without a router, as a dial string's target. Raises Refused."""
        return self.endpoint(far_end.endpoint) if far_end.endpoint else self.number(trunk, far_end.number)

    def problem(self, trunk: str, far_end: FarEnd) -> str:
        """Why a far end cannot be dialled by a trunk, in words; "" when it can."""
        try:
            self.far_end(trunk, far_end)
        except Refused as why:
            return str(why)
        return ""

    def extension(self, extension: str) -> tuple[str, str]:
        """An extension of the operator's dialplan, and the context to look it up in. Raises Refused."""
        return self.trunks.check("extension", extension), self.context


def trunk_target(trunk: str, number: str) -> str:
    """How `number` (E.164) leaves by `trunk`: the target of a dial string.

    A trunk is a gateway's name (`carrier`), or a template with `{number}` (E.164 with its plus) or `{digits}`
    (without), as `sofia/external/{number}@10.0.0.1:5080`. Raises Refused when the result is no endpoint we may dial.
    """
    validation.number(number)
    template = trunk if "{" in trunk else f"sofia/gateway/{validation.user(trunk)}/{{number}}"
    return dialable.endpoint(template.replace("{number}", number).replace("{digits}", number.lstrip("+")))
