"""Contacts from a file, CSV or vCard, watched for changes.

What stands in the file is what there is: a changed file replaces the cache as a whole, and one that cannot be read
replaces nothing. What its columns mean, `rules.contacts` finds out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from fsrouter.crm.errors import CrmBadReply, CrmUnavailable
from fsrouter.engine.contacts import Entry
from fsrouter.engine.model import crms
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import RulesError
from fsrouter.rules.contacts import ContactsFile
from fsrouter.rules.unread import Unread

CHUNK = 1 << 20


class CsvFile:
    """The file of one connection. `path` is absolute, or beside the rules file, as who makes this has found out;
    `unread` is what could not be read of it the last time.
    """

    def __init__(self, name: str, path: Path, book: RuleBook) -> None:
        self.name = name
        self.path = path
        self.unread = Unread()
        self._book = book

    def mark(self, before: str) -> str:
        """What the file is now, in a word: it differs from `before` when the contents differ.

        Time and size are looked at first, and the contents only when these have changed. Raises CrmUnavailable.
        """
        try:
            stat = self.path.stat()
            seen = f"{stat.st_mtime_ns}:{stat.st_size}:"
            return before if before.startswith(seen) else seen + self._digest()
        except OSError as error:
            raise CrmUnavailable(f"{self.name}: {self.path} cannot be read: {error.strerror}") from None

    def entries(self, now: float) -> Iterator[Entry]:
        """The rows of the file, as of `now`, one at a time. Raises CrmError when it cannot be read at all."""
        connection = self._book.crms.get(self.name)
        how = connection if isinstance(connection, crms.Csv) else crms.Csv(path=str(self.path))
        file = ContactsFile(self.path, self._book, self.name, only=True, format=how.format, map=how.map)
        self.unread = file.unread
        try:
            for entry in file:
                contact = msgspec.structs.replace(entry.contact, synced=now)
                yield msgspec.structs.replace(entry, contact=contact)
        except RulesError as error:
            raise CrmBadReply(f"{self.name}: {error}") from None
        except OSError as error:
            raise CrmUnavailable(f"{self.name}: the file cannot be read: {error.strerror}") from None

    def _digest(self) -> str:
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest()


def changed(mark: str, before: str) -> bool:
    """Whether two marks are of different contents."""
    return mark.rpartition(":")[2] != before.rpartition(":")[2]
