"""What the commands of one run share: time, the settings and the store, each opened when first asked for."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fsrouter.errors import Unreachable, UsageError
from fsrouter.runtime import Clock, Runtime

if TYPE_CHECKING:
    from fsrouter.engine.lint.installation import Dialling, Installation
    from fsrouter.engine.model.failsafes import Gate
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.engine.numbers.read import Incoming
    from fsrouter.engine.rates import Rates
    from fsrouter.rules.rates_in_force import RatesInForce
    from fsrouter.settings.model import Settings
    from fsrouter.store import Store


class ByDefault:
    """What may be dialled where nobody has named a settings file; it says so when it is asked for the first time."""

    def __init__(self, dialling: Dialling) -> None:
        self._dialling = dialling
        self._told = False

    def gate(self, company: str, country: str) -> Gate:
        """The gate of a company."""
        from fsrouter.cli import output

        if not self._told:
            output.info("no settings file, so the defaults hold; name yours with --config or FSROUTER_CONFIG")
        self._told = True
        return self._dialling.gate(company, country)


class Session:
    """One run of the command line. `config` is the settings file, "" for none."""

    def __init__(self, config: str, runtime: Runtime) -> None:
        self._config = config
        self.runtime = runtime

    @property
    def clock(self) -> Clock:
        """Gives now, in seconds since the epoch."""
        return self.runtime.now

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
    def incoming(self) -> Incoming:
        """The form in which callers' numbers come, as far as it is the same everywhere. Raises UsageError."""
        from fsrouter.engine.numbers.read import Incoming
        from fsrouter.settings import load

        return Incoming(load.given(self._config).numbers.incoming) if self._config else Incoming.AUTO

    @cached_property
    def installation(self) -> Installation:
        """What can be known here of the installation that rule books are for: the settings when there is a file of
        them, and what the store has when there is one. Raises UsageError.
        """
        from fsrouter.esl.call.call_settings import CallSettings
        from fsrouter.settings import load

        return self._installation(CallSettings.of(load.given(self._config)) if self._config else None)

    @cached_property
    def installation_here(self) -> Installation:
        """The same for whatever is put in force or installed here: without a file of settings their defaults hold, and
        that is said.
        """
        from fsrouter.esl.call.call_settings import CallSettings
        from fsrouter.settings import load

        given = CallSettings.of(load.given(self._config))
        return self._installation(given if self._config else ByDefault(given))

    @cached_property
    def rates_in_force(self) -> RatesInForce:
        """What a minute costs, by the settings' rate sheet; read when that is first asked. Raises UsageError."""
        from fsrouter.rules.rates_in_force import RatesInForce
        from fsrouter.settings import load

        chosen = load.given(self._config).rates
        return RatesInForce(chosen.file, chosen.currency)

    def rates(self) -> Rates | None:
        """The rates that there are, None without a rate sheet. One that cannot be used is said so once, and costs
        nothing else. Raises UsageError.
        """
        from fsrouter.cli import output
        from fsrouter.settings import load

        if not load.given(self._config).rates.file:
            return None  # what reads sheets need not be loaded
        if self.rates_in_force.look() and self.rates_in_force.error:
            output.info(f"no rates: {self.rates_in_force.problem}; `fsrouter rates list` says all that is wrong")
        return self.rates_in_force.rates

    def _installation(self, dialling: Dialling | None) -> Installation:
        from fsrouter.engine.lint.installation import Installation

        try:
            store = self.store_if_made
        except Unreachable:
            store = None  # a file can be checked without a database
        if store is None:
            return Installation(dialling=dialling, rates=self.rates)
        return Installation(
            dialling=dialling,
            companies_of=store.books.companies_of,
            owners=store.contacts.owned,
            namesakes=store.contacts.namesakes,
            on_break=store.states.on_break,
            rates=self.rates,
        )

    @cached_property
    def store(self) -> Store:
        """The store. Raises StoreUnreachable, also when there is none yet: a mistyped name shall make nothing."""
        from fsrouter.store import Store

        return Store.open(self.settings.database, make=False, clock=self.clock)

    def store_or_new(self) -> Store:
        """The store, made when there is none yet, and then it is said where: for what an installation begins with."""
        from fsrouter.cli import output
        from fsrouter.store import Store

        if "store" not in self.__dict__:
            fresh = self._is_missing
            self.store = Store.open(self.settings.database, clock=self.clock)
            if fresh:
                output.info(f"a new database was made: {self.store.name}")
        return self.store

    @property
    def store_if_made(self) -> Store | None:
        """The store, for what can do without; None when it is a file that nobody has made yet.

        Raises StoreUnreachable.
        """
        return None if self._is_missing else self.store

    @property
    def _is_missing(self) -> bool:
        from fsrouter.settings import load
        from fsrouter.store.database import Database

        path = Database(load.database(self._config), self.clock).path
        return path is not None and not path.exists()

    @cached_property
    def who(self) -> str:
        """The person at the keyboard, as the machine knows them."""
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
        if company is None and len(known) > 1:
            raise UsageError(f"there are several companies; say which {named}: {', '.join(known)}")
        if company is None and not known:
            raise UsageError(f"{self.store.name} has no rule book yet; `fsrouter rules import FILE` puts one in force")
        company = known[0] if company is None else company
        book = self.store.books.book(company)
        if book is None:
            raise UsageError(self._no_company(company, known))
        return book

    def _no_company(self, company: str, known: Sequence[str]) -> str:
        from fsrouter.engine.words import did_you_mean

        if (now := self.store.books.former().get(company)) is None:
            return f"there is no company {company!r}{did_you_mean(company, known)}"
        if now:
            return f"{company} is called {now} now"
        return f"{company} was removed; `fsrouter rules log {company}` says when, and what to roll back to"

    def books(self, company: str | None = None) -> list[RuleBook]:
        """The rule books in force: of one company, or of all by name. Raises UsageError."""
        return [self.book(name) for name in (self.store.books.companies() if company is None else (company,))]

    def holder(self, section: str, name: str, company: str | None) -> RuleBook:
        """The rule book that has a definition. Raises UsageError when none has, or several have and none is named."""
        from fsrouter.engine.words import did_you_mean

        books = self.books(company)
        holders = [book for book in books if name in book.section(section)]
        if not holders:
            known = [name for book in books for name in book.section(section)]
            raise UsageError(f"{section}.{name} does not exist{did_you_mean(name, known)}")
        if len(holders) > 1:
            names = ", ".join(book.company for book in holders)
            raise UsageError(f"{section}.{name} is there in {names}; say which with --company")
        return holders[0]


pass_session = click.make_pass_decorator(Session)
