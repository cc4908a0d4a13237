"""How far a connection has been seen, and where a sync that broke off stood: texts that the store keeps for us."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct

from fsrouter.store import Contacts

T = TypeVar("T")


class Mark(Struct, frozen=True, kw_only=True):
    """How far a connection has been seen: changes `since` are not, `full` is when everything was read, `done` when
    anything was (seconds since the epoch); `made_of` what the cache depends on besides the CRM, `file` a file's mark.
    """

    since: float = 0.0
    full: float = 0.0
    done: float = 0.0
    made_of: str = ""
    file: str = ""


class Staged(Struct, frozen=True):
    """How far a full sync has staged: when it `began` (epoch), what it depends on, and the cursor of the next page."""

    began: float
    made_of: str
    at: str = ""


def written(value: Mark | Staged) -> str:
    """As the store keeps it."""
    return msgspec.json.encode(value).decode()


def read(text: str, kind: type[T]) -> T | None:
    """What the store kept; None when it has nothing, or nothing of ours."""
    try:
        return msgspec.json.decode(text, type=kind) if text else None
    except msgspec.MsgspecError:
        return None


def mark_of(contacts: Contacts, company: str, crm: str) -> Mark:
    """How far a company's connection has been seen; the beginning when nobody knows."""
    text = next((source.mark for source in contacts.sources.list(company) if source.crm == crm), "")
    return read(text, Mark) or Mark()


def due(text: str, every: float, now: float) -> bool:
    """Whether a connection whose mark is `text` should be synced, `every` so many seconds."""
    return (read(text, Mark) or Mark()).done + every <= now
