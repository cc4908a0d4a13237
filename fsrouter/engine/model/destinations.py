"""Destinations and routes: `kind:name`, and lists of them that are tried in turn.

The tables here are the vocabulary of routes. What a destination does is the walk's affair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from msgspec import Struct

from fsrouter.engine.model.scalars import (
    EXTENSION,
    NAME,
    NUMBER,
    SOUND,
    TAG_FORM,
    Context,
    Scalar,
    matching,
)
from fsrouter.engine.model.schema import OneOrMany
from fsrouter.engine.text import find
from fsrouter.engine.words import did_you_mean
from fsrouter.errors import Refused

#: Kinds that name a definition, and the section of the rules file where it stands.
SECTION_OF: dict[str, str] = {
    "agent": "agents",
    "number": "numbers",
    "distribution": "distributions",
    "queue": "queues",
    "voicemail": "voicemails",
    "menu": "menus",
    "priority": "priorities",
    "router": "routers",
    "crm": "crm_rules",
    "geo": "geo_routers",
    "flow": "flows",
    "split": "splits",
}

#: Kinds that enter a route of their own and decide there.
BRANCHING = frozenset({"menu", "priority", "router", "crm", "geo", "flow", "split"})

#: Names that stand for an agent who is found during the call: who last talked with the caller, who owns the contact.
DYNAMIC_AGENTS = ("last", "owner")

#: Hangup causes that a rule may give: FreeSWITCH's names that map to an answer a caller's network understands
#: (switch_types.h).
HANGUP_CAUSES = frozenset({
    "NORMAL_CLEARING", "USER_BUSY", "NO_ANSWER", "CALL_REJECTED", "UNALLOCATED_NUMBER", "NO_ROUTE_DESTINATION",
    "DESTINATION_OUT_OF_ORDER", "INVALID_NUMBER_FORMAT", "NORMAL_TEMPORARY_FAILURE", "NORMAL_CIRCUIT_CONGESTION",
    "SERVICE_UNAVAILABLE", "GONE_AWAY",
})  # fmt: skip


TAG = matching(
    "tag", TAG_FORM, "is no tag; tags are letters, digits and . _ : -", {"type": "string", "pattern": TAG_FORM}
)
_NAME = matching("name", NAME.pattern, "names no definition; names are lower-case letters, digits, . _ -")


class Destination(Struct, frozen=True, array_like=True):
    """Where a call can be sent: `kind` and `name`, which is text for `say`, a file for `play`, E.164 for `phone`,
    "" for a bare `hangup`.
    """

    kind: str
    name: str = ""

    @property
    def is_dynamic(self) -> bool:
        """Whether it names an agent who is found during the call."""
        return self.kind == "agent" and self.name in DYNAMIC_AGENTS

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


#: A destination, or several that are tried in turn.
Destinations = tuple[Destination, ...]


def speech(name: str, context: Context) -> str:
    """Read a text to be spoken."""
    if not name.strip() or len(name) > 1000:
        raise Refused("has no text that could be spoken (1 to 1000 characters)")
    if found := find(name):
        raise Refused(str(found))
    return name.strip()


def _cause(name: str, context: Context) -> str:
    if name and name not in HANGUP_CAUSES:
        raise Refused(f"is no hangup cause; one of {', '.join(sorted(HANGUP_CAUSES))}")
    return name


#: Every kind of destination, and how the part behind the colon is read.
KINDS: dict[str, Callable[[str, Context], str]] = {
    **dict.fromkeys(SECTION_OF, _NAME.read),
    "phone": NUMBER.read,
    "extension": EXTENSION.read,
    "hangup": _cause,
    "play": SOUND.read,
    "say": speech,
    "tag": TAG.read,
}


def destination(text: str, context: Context) -> Destination:
    """Read `kind:name`. Raises Refused with what is wrong."""
    kind, _, name = text.strip().partition(":")
    if kind not in KINDS:
        raise Refused(f"is no destination; write kind:name{did_you_mean(kind, KINDS)}")
    if kind != "hangup" and not name:
        raise Refused(f"lacks what stands behind {kind}:")
    return Destination(kind, KINDS[kind](name, context))


def announcement(text: str, context: Context) -> str:
    """Read a greeting: `say:TEXT` or a sound."""
    if text.startswith("say:"):
        return "say:" + speech(text[4:], context)
    sound: str = SOUND.read(text, context)
    return sound


def whisper(text: str, context: Context) -> str:
    """Read what somebody hears unless it is left out: `skip`, `say:TEXT` or a sound."""
    return text if text == "skip" else announcement(text, context)


DESTINATION = Scalar("destination", destination, str, {"type": "string", "pattern": f"^({'|'.join(KINDS)})(:.*)?$"})
WHISPER = Scalar("whisper", whisper, schema={"type": "string"})
NOTICE = Scalar("notice", whisper, schema={"type": "string"})
ANNOUNCEMENT = Scalar("announcement", announcement, schema={"type": "string"})


Item = Annotated[Destination, DESTINATION]
Route = Annotated[tuple[Item, ...], OneOrMany]
Sound = Annotated[str, SOUND]
Whisper = Annotated[str, WHISPER]
Notice = Annotated[str, NOTICE]
Announcement = Annotated[str, ANNOUNCEMENT]
Tag = Annotated[str, TAG]


def format_route(route: Destinations) -> str:
    """A route as people read it: `queue:vip, voicemail:main`."""
    return ", ".join(map(str, route)) or "nothing"
