"""The company, the numbers by which it is called, its mailboxes and flows.

File, database and editor all read and write these frozen values through `schema`; `docs/rules.md` and the JSON
Schema are generated from them. Each class is one section of a rules file, each field one key, and the text beside
it what the key means. A value that exists is right by itself; whether it fits the other definitions is for
`lint.check` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fsrouter.engine.model.destinations import Announcement, Notice, Route, Sound, Tag, Whisper
from fsrouter.engine.model.scalars import (
    COUNTRY,
    MAILBOX,
    SHOW_AS,
    TRUNK,
    ZONE,
    Context,
    Flag,
    Number,
    Slug,
    SomeSeconds,
    Text,
)
from fsrouter.engine.model.schema import Definition, OneOrMany


class Header(Definition, frozen=True, kw_only=True):
    """The company itself: what stands at the top of its file, with defaults for all of its numbers."""

    company: Annotated[Slug, "The name by which commands and the journal call the company."]
    title: Annotated[Text, "The company's name for people."] = ""
    country: Annotated[str, COUNTRY, "How numbers without a country code are read (ISO 3166, two letters)."] = ""
    timezone: Annotated[str, ZONE, "The time zone of all schedules; needed where there are any."] = ""
    trunk: Annotated[str, TRUNK, "The trunk by which calls leave (a name from the settings)."] = ""
    caller_id: Annotated[str, SHOW_AS, "What the answerer sees: the caller's number, or the tracking number."] = (
        "caller"
    )
    failsafe: Annotated[Route, "Where FreeSWITCH sends calls when no router answers."] = ()
    ringback: Annotated[Sound, "What the caller hears while it rings, once the call has been answered."] = ""
    record_notice: Annotated[
        Notice, "What callers hear before a recorded talk, once a call: a FILE or say:TEXT; nothing when absent."
    ] = ""
    language: Annotated[Slug, "The language of FreeSWITCH's own phrases: mailboxes, queues' positions."] = "en"


def reading(tree: Mapping[str, object], before: Context) -> Context:
    """How the scalars of a company are read whose header is this tree: with the country that it gives, wherever in it
    that stands; with the one of before where it gives none, or none that there is, which reading the header tells.
    """
    given = tree.get("country", before.country)
    try:
        return Context(COUNTRY.read(given, before) if isinstance(given, str) and given else "")
    except ValueError:
        return before


class Voicemail(Definition, frozen=True, kw_only=True):
    """A mailbox of mod_voicemail."""

    mailbox: Annotated[str, MAILBOX, "The mailbox, as 1000 or 1000@example.com."]
    greeting: Annotated[Announcement, "What is played before the tone; the mailbox's own greeting when absent."] = ""


class Flow(Definition, frozen=True, kw_only=True):
    """A route with a name, perhaps recorded."""

    record: Annotated[Flag, "Whether talks are recorded from here on."] = False
    record_notice: Annotated[
        Notice, "What callers hear before it: a FILE, say:TEXT, or skip; the tracking number's when absent."
    ] = ""
    route: Annotated[Route, "The destinations, tried in turn."]


class Pool(Definition, frozen=True, kw_only=True):
    """Tracking numbers of which each visitor of a web site is shown one of their own."""

    numbers: Annotated[tuple[Number, ...], OneOrMany, "Tracking numbers of the pool."]
    hold: Annotated[SomeSeconds, "How long a number stays with a visitor after they were last seen."] = 1800


class TrackingNumber(Definition, frozen=True, kw_only=True):
    """A dialled number (DID) of ours."""

    number: Annotated[Number, "The number."]
    name: Annotated[Text, "What people call it."] = ""
    source: Annotated[Text, "Where its callers come from, as google-ads."] = ""
    to: Annotated[Route, "Where its calls go."]
    tags: Annotated[tuple[Tag, ...], OneOrMany, "Tags of every call to it."] = ()
    whisper: Annotated[Whisper, "What the answerer hears before the caller is connected."] = ""
    record: Annotated[Flag, "Whether talks are recorded."] = False
    record_notice: Annotated[
        Notice, "What callers hear before it: a FILE, say:TEXT, or skip; the company's when absent."
    ] = ""
    failsafe: Annotated[
        Route, "Where FreeSWITCH sends its calls when no router answers; the company's when absent."
    ] = ()
    pool: Annotated[Text, "The pool that it belongs to."] = ""
    trunk: Annotated[str, TRUNK, "The trunk by which its calls leave; the company's when absent."] = ""
    caller_id: Annotated[str, SHOW_AS, "caller or tracking; the company's when absent."] = ""
