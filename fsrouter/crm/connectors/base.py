"""The values that connectors take and give, and how what a CRM says becomes text of ours."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from fsrouter.engine.contacts import Contact
from fsrouter.engine.model.crms import of_accounts
from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.text import one_line
from fsrouter.errors import Refused

#: Characters of a CRM's text that are kept, and of an id.
LONGEST = 2000
LONGEST_ID = 128


class Found(Struct, frozen=True):
    """A contact as the CRM has it, and its telephone numbers as they are written there.

    A contact without an id is a company's own number.
    """

    contact: Contact
    phones: tuple[str, ...] = ()


class Page(Struct, frozen=True, kw_only=True):
    """A part of a sync: contacts that there are, ids of such as there no longer are, and the cursor of the next page.

    `passed` is how many more records the CRM gave that are of no use here, as companies without a number. An empty
    cursor says that this was the last one.
    """

    found: tuple[Found, ...] = ()
    gone: tuple[str, ...] = ()
    passed: int = 0
    cursor: str = ""


class Cursor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a sync stands, between two pages.

    `stage` is what is read now and `at` how far; `since` narrows a window, `count` counts in it. `last` is the id of
    the last record, where the CRM may forget the place that `at` is. `fields` are the names of what is asked for and
    `phones` of those that hold telephone numbers, by module.
    """

    stage: str = ""
    at: str = ""
    since: str = ""
    count: int = 0
    last: str = ""
    fields: dict[str, tuple[str, ...]] = {}
    phones: dict[str, tuple[str, ...]] = {}

    def written(self) -> str:
        """As text, which a broken sync goes on from."""
        return msgspec.json.encode(self).decode()

    def at_stage(self, stage: str) -> Cursor:
        """The beginning of another stage."""
        return msgspec.structs.replace(self, stage=stage, at="", since="", count=0, last="")

    def behind(self, at: str, count: int = 0, last: str = "") -> Cursor:
        """Further on in the same stage; so many more have been counted, and `last` was the last when there was one."""
        return msgspec.structs.replace(self, at=at, count=self.count + count, last=last or self.last)


def read_cursor(text: str) -> Cursor:
    """Where a sync stands, by its text; the beginning for an empty one."""
    return msgspec.json.decode(text, type=Cursor) if text else Cursor()


class Wanted(Struct, frozen=True, kw_only=True):
    """What a live look-up is for: the record of `module` that belongs to `number` (E.164), with `field`.

    `contact` is the id of the contact that the cache knows to own the number, "" when it knows none: a look-up by id
    finds numbers in every field, however they are written there.
    """

    number: str
    module: str = ""
    field: str = ""
    contact: str = ""

    @property
    def of_accounts(self) -> bool:
        """Whether the account's record is wanted, and not the person's."""
        return of_accounts(self.module)


class User(Struct, frozen=True, kw_only=True):
    """A user of the CRM, who may own contacts."""

    id: str
    email: str = ""
    name: str = ""


class CallSummary(Struct, frozen=True, kw_only=True):
    """A call as it is written to the CRM. `began` is in seconds since the epoch, `seconds` how long it took.

    `owner` is the CRM user of the agent who answered, "" when there is none.
    """

    caller: str
    number: str
    began: float
    seconds: float
    answered: bool
    title: str
    text: str
    recording: str = ""
    owner: str = ""

    @property
    def body(self) -> str:
        """The text, and where the recording is."""
        return self.text + (f"\nRecording: {self.recording}" if self.recording else "")


def text(value: Any) -> str:
    """A value of a CRM as the text that rules compare; "" for what is not known.

    What has a name (a reference to another record) is that name; a list is its elements. No unsafe character is left:
    this is a stranger's text, on its way to screens and logs.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:64]
    if isinstance(value, Mapping):
        return next((clean(str(value[k])) for k in ("name", "display_value", "id") if value.get(k) is not None), "")
    if isinstance(value, Iterable):
        return clean(", ".join(filter(None, (text(v) for v in value if not isinstance(v, list | tuple)))))
    return ""


def joined(*values: Any) -> str:
    """Values as one text, without those that are empty: first and last name."""
    return " ".join(filter(None, map(text, values)))


def clean(value: str) -> str:
    """A text in one line, without unsafe characters and without space around it, of bounded length."""
    return one_line(value[:LONGEST]).strip()


def identity(value: Any) -> str:
    """An id as text; "" for what is none."""
    found = text(value)
    return found if len(found) <= LONGEST_ID else ""


def segment(id: str) -> str:
    """An id as a part of a path. Ids come from the cache, and so from the CRM. Raises Refused."""
    if not (id.isascii() and id.isalnum()):
        raise Refused("an id in a path is letters and digits")
    return id


def utc(seconds: float) -> str:
    """A time (seconds since the epoch) as most CRMs read it."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def chosen(names: Iterable[str], wanted: frozenset[str]) -> tuple[str, ...]:
    """The CRM's own spelling of the names that are wanted; `wanted` is folded."""
    return tuple(name for name in names if folded(name) in wanted)


def unique(*groups: Iterable[str]) -> tuple[str, ...]:
    """Names, each once, in order."""
    return tuple(dict.fromkeys(itertools.chain(*groups)))


def kept(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """The fields of a record by name, without those that are empty."""
    texts = ((name, text(values.get(name))) for name in names)
    return {name: value for name, value in texts if value}
