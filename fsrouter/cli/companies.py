"""`fsrouter rules remove`, `move` and `rename`: companies as a whole, and numbers that change hands between them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, output
from fsrouter.cli.rule_changes import agreed
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import UsageError

if TYPE_CHECKING:
    from fsrouter.engine.lint.installation import Installation
    from fsrouter.engine.model.rulebook import RuleBook

#: What is to be done in FreeSWITCH afterwards: its dialplan has the companies' numbers and fail-safes.
INSTALL = "run `fsrouter freeswitch install` where FreeSWITCH runs: its dialplan has what was in force before"


class Removal(Struct, frozen=True):
    """What `rules remove` has done: the company's rule book is out of force as of `revision` (0 when it had been
    before), with so many definitions; `forgotten` counts the rows that were deleted besides, by table.
    """

    company: str
    revision: int
    removed: int
    forgotten: dict[str, int]


class Renaming(Struct, frozen=True):
    """What `rules rename` has done: the company `was` and is now, as of `revision`. `rows` counts what is under the new
    name by table; `settings` are lines of the settings file that have the old one.
    """

    was: str
    company: str
    revision: int
    rows: dict[str, int]
    settings: tuple[str, ...]


class Move(Struct, frozen=True):
    """What `rules move` has done: so many `numbers` (E.164), from a company to another, each at its new revision."""

    numbers: tuple[str, ...]
    company: str
    was: str
    revision: int
    was_revision: int


@click.command()
@click.argument("company")
@click.option("--forget", is_flag=True, help="Also delete its contacts, lists, breaks and all else but its calls.")
@arguments.yes
@arguments.as_json
@pass_session
def remove(session: Session, company: str, forget: bool, yes: bool, as_json: bool) -> None:
    """Remove a COMPANY: its rule book is in force no more.

    From the next call on, on all routers; calls that it has go on to their end. Its calls, contacts, breaks and lists
    stay, so `fsrouter rules rollback` to its last revision brings it back whole. With --forget all of that but its
    calls and the revisions of its rule book is deleted for good.

    \b
    Example:
      fsrouter rules remove acme
      fsrouter rules remove acme --forget --yes
    """
    books = session.store.books
    book = books.book(company)
    if book is None and not (forget and books.log(company, 1)):
        session.book(company)  # says that there is none
    definitions = sum(1 for _ in book.definitions()) + 1 if book else 0
    kept = _counts(session, company)
    if not as_json:
        output.lines(_removal(company, book, definitions, kept, forget))
    if not agreed(yes, "Remove it?"):
        output.info("nothing was changed")
        return
    revision = books.remove(company, session.who, book.revision) if book else 0
    forgotten = session.store.companies.forget(company) if forget else {}
    if as_json:
        output.json(Removal(company=company, revision=revision, removed=definitions, forgotten=forgotten))
    if book:
        output.info(f"{company} is removed, from the next call on; `fsrouter rules rollback {book.revision}` undoes it")
        output.info(INSTALL)


def _removal(
    company: str, book: RuleBook | None, definitions: int, kept: dict[str, int], forget: bool
) -> Sequence[str]:
    told = [f"{company}: 0 added, 0 changed, {definitions} removed"] if book else [f"{company}: has no rule book"]
    told += [f"  - tracking_numbers.{number}" for number in (book.tracking_numbers if book else ())]
    for table, number in kept.items():
        told.append(f"  {'deleted' if forget and table != 'call' else 'stays'}: {_rows(number, table)}")
    return told


def _rows(number: int, table: str) -> str:
    """How many rows a table has, in words."""
    words = table.replace("_", " ")
    return output.count(number, words, words[:-1] + "ies" if words.endswith("y") else "")


def _counts(session: Session, company: str) -> dict[str, int]:
    """What there is of a company besides its rule books, by table."""
    found = session.store.companies.rows(company)
    return {table: number for table, number in found.items() if table not in ("revision", "definition", "former_name")}


@click.command()
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True)
@click.option("--to", "to", metavar="COMPANY", required=True, help="The company that gets them.")
@click.option("--from", "from_", metavar="COMPANY", help="The company that has them.")
@click.option("--route", metavar="DESTINATION", help="Where their calls go there, in place of what they say.")
@click.option("--failsafe", metavar="DESTINATION", help="Their fail-safe there.")
@arguments.yes
@arguments.as_json
@pass_session
def move(
    session: Session,
    numbers: tuple[str, ...],
    to: str,
    from_: str | None,
    route: str | None,
    failsafe: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Move tracking NUMBERs to another company.

    Both rule books change together: at no moment are the numbers nobody's, or two companies'. What a number names must
    exist there, by the same name; --route and --failsafe give other destinations. The numbers' calls so far stay where
    they came.

    \b
    Example:
      fsrouter rules move +18725550111 +18725550112 --to globex --route queue:support
    """
    from fsrouter.rules import plan
    from fsrouter.rules.moves import moved

    known, books = session.installation_here, session.store.books
    new = session.book(to)
    old, found = _holder(session, numbers, from_)
    if old.company == new.company:
        raise UsageError(f"{', '.join(found)}: {to} has it already")
    giving, getting = moved(old, new, found, route, failsafe)
    plans = plan.between(old, giving), plan.between(new, getting)
    if not as_json:
        output.lines(line for each in plans for line in str(each).splitlines())
    books.refuse((giving, getting), known)
    _show(known, getting, found)
    if not agreed(yes, "Put both in force?"):
        output.info("nothing was changed")
        return
    changes = [(giving, old.revision), (getting, new.revision)]
    message = f"{output.count(len(found), 'number')} moved from {old.company} to {new.company}"
    was_revision, revision = books.save_together(changes, session.who, message, known)
    if as_json:
        output.json(Move(tuple(found), new.company, old.company, revision, was_revision))
    output.info(f"{message}, from the next call on: revisions {was_revision} and {revision}")
    output.info(INSTALL)


def _holder(session: Session, numbers: Sequence[str], company: str | None) -> tuple[RuleBook, list[str]]:
    """The rule book that has tracking numbers, and them in E.164. Raises UsageError when it is not one that has all."""
    books = session.books(company)
    found: dict[str, RuleBook] = {}
    for text in numbers:
        number, book = next(_readings(text, books), (text, None))
        if book is None:
            whose = f"of {company}" if company else "of any company"
            raise UsageError(f"{text} is no tracking number {whose}")
        found[number] = book
    holders = {book.company: book for book in found.values()}
    if len(holders) > 1:
        told = ", ".join(f"{number} of {book.company}" for number, book in found.items())
        raise UsageError(f"the numbers of one company can be moved at once: {told}")
    return next(iter(holders.values())), list(found)


def _readings(text: str, books: Sequence[RuleBook]) -> Iterator[tuple[str, RuleBook]]:
    """Each tracking number that a text is, read as in its company's country."""
    from fsrouter.engine.model import scalars

    for book in books:
        try:
            number = scalars.number(text, book.context)
        except ValueError:
            continue
        if number in book.tracking_numbers:
            yield number, book


def _show(known: Installation, book: RuleBook, numbers: Collection[str]) -> None:
    """What lint has to say of numbers in their new company."""
    from fsrouter.engine.lint.lint import lint

    for each in lint(book, known.keeping_numbers):
        if each.path[:1] == ("tracking_numbers",) and each.path[1] in numbers:
            output.info(f"{book.company}: {each}")


@click.command()
@click.argument("company")
@click.argument("new")
@arguments.yes
@arguments.as_json
@pass_session
def rename(session: Session, company: str, new: str, yes: bool, as_json: bool) -> None:
    """Rename a COMPANY to NEW, in all that there is of it.

    Rule books, calls, contacts, lists, breaks: all of it is under the new name at once, and calls that go on end up
    there. Lines of the settings file that have the old name are told first; both names may stand there, so add the new
    one and restart the routers before.

    \b
    Example:
      fsrouter rules rename acme acme-dental
    """
    from fsrouter.engine.lint.lint import refuse
    from fsrouter.engine.model.scalars import SLUG
    from fsrouter.store.companies import renaming_errors

    book = session.book(company)
    try:
        new = SLUG.read(new, book.context)
    except ValueError as error:
        raise UsageError(f"{new!r} {error}") from None
    if new == company:
        raise UsageError(f"{company} is called so already")
    known = session.installation_here
    lines = tuple(_lines_with(session.config, company))
    rows = session.store.companies.rows(company)
    if not as_json:
        output.lines([f"{company} -> {new}", *(f"  {_rows(number, table)}" for table, number in rows.items())])
    for line in lines:
        output.info(f"settings: {line}: give {new!r} what {company!r} has there")
    refuse(new, renaming_errors(book, new, known))
    if not agreed(yes, "Rename it?"):
        output.info("nothing was changed")
        return
    with output.progress(f"renaming {company}"):
        revision = session.store.companies.rename(company, new, session.who, book.revision, known)
    if as_json:
        output.json(Renaming(was=company, company=new, revision=revision, rows=rows, settings=lines))
    output.info(f"{company} is called {new}, from the next call on, at revision {revision}")
    output.info(f"in files of its rules, write `company: {new}`")
    output.info(f"its queues are called NAME@{new} when `serve` or `fsrouter freeswitch install` has written them")
    output.info(INSTALL)


def _lines_with(config: str, company: str) -> Iterator[str]:
    """The lines of a settings file in which a company is named, each with its place: among the companies of a trunk, or
    as a table.
    """
    named = re.compile(rf"""["']{re.escape(company)}["']|\.{re.escape(company)}\s*\]""")
    text = Path(config).read_text(encoding="utf-8") if config else ""
    for number, line in enumerate(text.splitlines(), 1):
        if named.search(line.partition("#")[0]):
            yield f"{config}:{number}: {line.strip()}"
