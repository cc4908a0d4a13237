"""What the commands of one run share: the settings and the store, each opened when the first command asks for it."""

from __future__ import annotations

import getpass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fsrouter.errors import UsageError

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.settings.model import Settings
    from fsrouter.store import Store


class Session:
    """One run of the command line. `config` is the settings file, "" for none."""

    def __init__(self, config: str = "") -> None:
        self._config = config

    @property
    def config(self) -> str:
        """The settings file, as a whole path; "" for none."""
        return str(Path(self._config).resolve()) if self._config else ""

    @cached_property
    def settings(self) -> Settings:
        """The settings. Raises UsageError."""
        from fsrouter.settings import load

        return load.load(self._config)

    @cached_property
    def store(self) -> Store:
        """The store. Raises StoreUnreachable, also when there is none yet: a mistyped name shall make nothing."""
        from fsrouter.store import Store

        return Store.open(self.settings.database, make=False)

    def founded(self) -> Store:
        """The store, made when there is none yet, and then it is said where: for what an installation begins with."""
        from fsrouter.cli import output
        from fsrouter.store import Store

        if "store" not in self.__dict__:
            fresh = self._is_missing
            self.store = Store.open(self.settings.database)
            if fresh:
                output.info(f"a new database was made: {self.store.name}")
        return self.store

    @property
    def store_if_made(self) -> Store | None:
        """The store, for what can do without; None when it is a file that nobody has made yet. Raises
        StoreUnreachable.
        """
        return None if self._is_missing else self.store

    @property
    def store_if_any(self) -> Store | None:
        """The store, for what can do without; None when there is none yet, or it cannot be had. Makes nothing."""
        from fsrouter.errors import Error

        try:
            return self.store_if_made
        except Error:
            return None

    @property
    def _is_missing(self) -> bool:
        from fsrouter.settings import load
        from fsrouter.store.database import Database

        path = Database(load.database(self._config)).path
        return path is not None and not path.exists()

    @cached_property
    def who(self) -> str:
        """The person at the keyboard, as the machine knows her."""
        try:
            return getpass.getuser()
        except (KeyError, OSError):  # no name in the environment, and none for this user's id
            return "somebody"

    def close(self) -> None:
        """Close what was opened."""
        if "store" in self.__dict__:
            self.store.close()

    def book(self, company: str | None = None, named: str = "with --company") -> RuleBook:
        """A company's rule book in force; the only one's when none is named. `named` says how a command is told which.

        Raises UsageError when it is not clear which, or there is none.
        """
        known = self.store.books.companies()
        if company is None:
            if len(known) != 1:
                raise UsageError(self._which(known, named))
            company = known[0]
        book = self.store.books.book(company)
        if book is None:
            raise UsageError(f"there is no company {company!r}{_nearest(company, known)}")
        return book

    def books(self, company: str | None = None) -> list[RuleBook]:
        """The rule books in force: of one company, or of all by name. Raises UsageError."""
        if company is not None:
            return [self.book(company)]
        found = (self.store.books.book(name) for name in self.store.books.companies())
        return [book for book in found if book is not None]

    def holder(self, section: str, name: str, company: str | None) -> RuleBook:
        """The rule book that has a definition. Raises UsageError when none has, or several have and none is named."""
        books = self.books(company)
        holders = [book for book in books if name in book.section(section)]
        if len(holders) == 1:
            return holders[0]
        if holders:
            names = ", ".join(book.company for book in holders)
            raise UsageError(f"{section}.{name} is there in {names}; say which with --company")
        known = [name for book in books for name in book.section(section)]
        raise UsageError(f"{section}.{name} does not exist{_nearest(name, known)}")

    def _which(self, known: tuple[str, ...], named: str) -> str:
        if not known:
            return f"{self.store.name} has no rule book yet; `fsrouter rules import FILE` puts one in force"
        return f"there are several companies; say which {named}: {', '.join(known)}"


def _nearest(word: str, known: list[str] | tuple[str, ...]) -> str:
    from fsrouter.engine.model.scalars import did_you_mean

    return did_you_mean(word, known)


pass_session = click.make_pass_decorator(Session)
