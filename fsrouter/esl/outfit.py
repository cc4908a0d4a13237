"""What an installation lends to its calls. Pure values, made from the settings."""

from __future__ import annotations

from msgspec import Struct

from fsrouter.esl.trunks import Trunks


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
