"""What the settings say about calls, as those need it who carry calls out. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from fsrouter.esl.call.gate import Gate
from fsrouter.settings.model import Dialling, Settings, Trunk


class CallSettings(Struct, frozen=True, kw_only=True):
    """What the settings say about calls: the trunks and what may be `dialling`, who speaks `say:` texts (`engine`,
    `voice`), the directory of `recordings`, the `domain` of phones and mailboxes ("" for FreeSWITCH's own), and the
    dialplan's `context` of extensions.
    """

    trunks: Mapping[str, Trunk] = {}
    dialling: Dialling = Dialling()
    engine: str = "flite"
    voice: str = "slt"
    recordings: str = "/var/lib/freeswitch/recordings/fsrouter"
    domain: str = ""
    context: str = "default"

    @classmethod
    def of(cls, settings: Settings) -> CallSettings:
        """Those of an installation."""
        return cls(
            trunks=settings.ways_out,
            dialling=settings.dialling,
            engine=settings.speech.engine,
            voice=settings.speech.voice,
            recordings=settings.recordings,
            domain=settings.domain,
            context=settings.context,
        )

    def gate(self, company: str, country: str) -> Gate:
        """The gate of a company, by its name and country (ISO 3166, "" for none)."""
        return Gate(company=company, country=country, trunks=self.trunks, dialling=self.dialling, domain=self.domain)
