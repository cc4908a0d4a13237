"""What rule books and settings ask of a FreeSWITCH: modules, sounds, gateways, mailboxes, the dialplan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import Refused
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.esl.call.trunks import trunk_target
from fsrouter.freeswitch.install.closed_context import closed_context
from fsrouter.freeswitch.install.conf_dir import Installation
from fsrouter.freeswitch.install.dialplan import did_entries, fsr_context
from fsrouter.settings.model import Settings
from fsrouter.store import KnownSecret

#: The keys of definitions whose value is a sound, or a text to be spoken.
SOUNDS: Final = frozenset({"greeting", "invalid_sound", "music", "announce", "ringback", "whisper", "record_notice"})
#: What stands there and is none.
NO_SOUND: Final = frozenset({"", "skip", "position", "number", "tracking"})
#: The modules that every call needs, and for what.
ALWAYS: Final = {
    "mod_event_socket": "hands calls to us and lets us observe them",
    "mod_dptools": "has the applications that a call is told to run",
    "mod_dialplan_xml": "reads the dialplan",
    "mod_commands": "sets variables and shows calls",
    "mod_sofia": "is SIP",
}


class Expected(Struct, frozen=True, kw_only=True):
    """What is asked of FreeSWITCH.

    `modules`: each with what it is for. `dialplan`, `closed`: the contexts `fsr` and `fsr-closed` as they should be, as
    XML; `entries`: the file of
    the context `did_context`. `sounds`: files as they are named; `streams`: names of local streams. `gateways`,
    `profiles`: of mod_sofia. `mailboxes`: (mailbox, domain). `routers`: addresses, none when they run in process.
    `calls`: how many a router takes. `secret`: what is known of the secret that it shows to routers, None when it needs
    none, and whether the right one is installed in its configuration (`secret_installed`, as far as that was looked
    at). `internal`: profiles or contexts that only our own phones come by.
    """

    modules: Mapping[str, str] = {}
    dialplan: str = ""
    closed: str = ""
    entries: str = ""
    did_context: str = "public"
    sounds: frozenset[str] = frozenset()
    streams: frozenset[str] = frozenset()
    gateways: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    mailboxes: frozenset[tuple[str, str]] = frozenset()
    routers: tuple[str, ...] = ()
    calls: int = 0
    secret: KnownSecret | None = None
    secret_installed: bool = False
    internal: tuple[str, ...] = ()


def expect(
    settings: Settings,
    books: Iterable[RuleBook],
    wanted: Installation,
    secret: KnownSecret | None = None,
    secret_installed: bool = False,
) -> Expected:
    """What these rule books need, with `wanted` as what `freeswitch install` puts in; the others as in Expected."""
    books = list(books)
    sounds = {sound for book in books for _, _, each in book.definitions() for sound in _sounds(each)}
    sounds |= {sound for book in books for sound in _sounds(book.header)}
    targets = {target for book in books for target in _targets(book, settings)}
    boxes = {
        (box, domain or settings.domain)
        for book in books
        for box, _, domain in (each.mailbox.partition("@") for each in book.voicemails.values())
    }
    return Expected(
        modules=_modules(wanted, sounds, bool(boxes), settings.speech.engine),
        dialplan=fsr_context(wanted.entries, wanted.default, wanted.routers, wanted.did_context, wanted.extensions),
        closed=closed_context(wanted.entries, wanted.reachable, wanted.did_context),
        entries=did_entries(wanted.entries),
        did_context=wanted.did_context,
        sounds=frozenset(sound for sound in sounds if "://" not in sound and not sound.startswith("say:")),
        streams=frozenset(s.removeprefix("local_stream://") for s in sounds if s.startswith("local_stream://")),
        gateways=frozenset(t.split("/")[2] for t in targets if t.startswith("sofia/gateway/")),
        profiles=frozenset(t.split("/")[1] for t in targets if t.startswith("sofia/")) - {"gateway"},
        mailboxes=frozenset(boxes),
        routers=() if wanted.routers.in_process else wanted.routers.addresses,
        calls=settings.limit,
        secret=None if wanted.routers.in_process else secret,
        secret_installed=secret_installed,
        internal=settings.numbers.internal,
    )


def _modules(wanted: Installation, sounds: set[str], mailboxes: bool, engine: str) -> dict[str, str]:
    speech = engine.replace("_", "").isalnum() and any(sound.startswith("say:") for sound in sounds)
    others = (
        (bool(wanted.callcenter.queues), "mod_callcenter", "has the queues"),
        (mailboxes, "mod_voicemail", "has the mailboxes"),
        (mailboxes or any("://" not in s for s in sounds), "mod_sndfile", "plays sound files and records"),
        (bool(sounds), "mod_tone_stream", "plays ringing"),
        (any(s.startswith("local_stream:") for s in sounds), "mod_local_stream", "plays music"),
        (speech, f"mod_{engine}", "speaks say: texts (settings: speech.engine)"),
        (wanted.routers.in_process, "mod_python3", "runs the router in process"),
    )
    return ALWAYS | {module: purpose for needed, module, purpose in others if needed}


def _sounds(value: Any, key: str = "") -> Iterator[str]:
    """Every sound and text in a definition, as it is written; texts with `say:`."""
    match value:
        case Destination(kind="play"):
            yield value.name
        case Destination(kind="say"):
            yield f"say:{value.name}"
        case str() if key in SOUNDS and value not in NO_SOUND:
            yield value
        case Struct() if not isinstance(value, Destination):
            for name, inner in ((name, getattr(value, name)) for name in value.__struct_fields__):
                yield from _sounds(inner, name)
        case Mapping():
            for inner in value.values():
                yield from _sounds(inner, key)
        case list() | tuple():
            for inner in value:
                yield from _sounds(inner, key)


def _targets(book: RuleBook, settings: Settings) -> Iterator[str]:
    """One target for each gateway of the trunks that the rule book can use."""
    gate = CallSettings.of(settings).gate(book.company, book.header.country)
    used = {book.header.trunk, *(tracking.trunk for tracking in book.tracking_numbers.values())}
    for trunk in used:
        try:
            yield from (trunk_target(way.name, "+13125550100") for way in gate.trunk(trunk).ways)
        except Refused:
            continue  # no trunk at all: the rule book dials nobody outside, or `rules check` says so
