"""What came of a sync, for whoever asked for it."""

from __future__ import annotations

from msgspec import Struct


class Unread(Struct, frozen=True):
    """What could not be read: a telephone number and whose it is; of a file, its `line`, and what is wrong there."""

    contact: str
    text: str
    line: int = 0

    def __str__(self) -> str:
        if self.line:
            return f"line {self.line}: {self.text}"
        return f"contact {self.contact}: {self.text!r} is no telephone number"


class Report(Struct, frozen=True, kw_only=True):
    """What one run of a sync did.

    `kind` is `full`, `incremental`, `unchanged` (a file), `elsewhere` (another router is at it) or `nothing` (a CRM
    that is only looked up). `contacts` were written and `gone` removed by name; `unread` telephone numbers made no
    sense, and `left_out` rows of a file; the first of these are `listed`.
    """

    crm: str
    kind: str
    contacts: int = 0
    gone: int = 0
    unread: int = 0
    left_out: int = 0
    listed: tuple[Unread, ...] = ()
    without_number: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def in_words(self) -> str:
        """What the sync did, for whoever asked for it."""
        if self.kind == "unchanged":
            return "the file has not changed"
        parts = [f"{self.contacts:,} {'read' if self.kind == 'full' else 'changed'}"]
        parts += [f"{self.gone:,} gone"] if self.gone else []
        parts += [f"{self.unread:,} numbers cannot be read"] if self.unread else []
        parts += [f"{self.left_out:,} rows left out"] if self.left_out else []
        return f"{', '.join(parts)}, in {self.seconds:.1f} s"


class Synced(Struct, frozen=True, kw_only=True):
    """What became of one company's connection: a report, or in `trouble` why there is none."""

    company: str
    crm: str
    report: Report | None = None
    trouble: str = ""
