"""`fsrouter lists`: which callers are blocked or come first, by number, beginning of numbers or contact."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import asdict

from fsrouter.cli import arguments, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import UsageError

if TYPE_CHECKING:
    from fsrouter.engine.model.lists import Listed, Member
    from fsrouter.engine.model.rulebook import RuleBook

LISTS = ("company", "list", "title", "entries")
ENTRIES = ("list", "entry", "who", "why", "since", "until")


class ListRow(Struct, frozen=True, kw_only=True):
    """A list of callers: its title, and how many entries it has, those that have run out among them."""

    company: str
    list: str
    title: str
    entries: int


class EntryRow(Struct, frozen=True, kw_only=True):
    """What stands on a list: `kind` is number (then `value` is E.164), prefix (the beginning of numbers) or contact (an
    id of the CRM). `who` put it there, `why`, `at` a moment, `until` another (epoch; null is for ever).
    """

    company: str
    list: str
    kind: str
    value: str
    who: str
    why: str
    at: float
    until: float | None


class ImportedList(Struct, frozen=True, kw_only=True):
    """What an import has done: rows that were read, and entries that were added, changed and removed."""

    company: str
    list: str
    rows: int
    added: int
    changed: int
    removed: int


def _named(command: arguments.F) -> arguments.F:
    """The argument LIST."""
    return click.argument("name", metavar="LIST")(command)


@click.command("list")
@click.argument("name", metavar="[LIST]", required=False)
@arguments.company
@click.option("--find", "text", default="", metavar="TEXT", help="Those with this beginning, reason or person.")
@click.option("--after", metavar="WHAT", help="Those behind this one: the next page.")
@arguments.limit(100, "List N at most.")
@arguments.as_json
@pass_session
def list_(
    session: Session, name: str | None, company: str | None, text: str, after: str | None, limit: int, as_json: bool
) -> None:
    """List the lists of callers, or what stands on LIST.

    In the order of numbers and ids; what has run out stands there until it is removed.

    \b
    Example:
      fsrouter lists list
      fsrouter lists list blocked --find +1900
    """
    if name is None:
        if text or after:
            raise UsageError("--find and --after look at one list; say which: fsrouter lists list LIST")
        found = [row for book in session.books(company) for row in _lists(session, book)]
        output.listing(
            found,
            as_json,
            LISTS,
            lambda row: (row.company, row.list, row.title, row.entries),
            nothing="no lists; a rule book names them under `lists:`",
        )
        return
    book = _holder(session, name, company)
    behind = None if after is None else _member(book, after)
    entries = session.store.lists.entries(book.company, name, text=text, after=behind, limit=limit + 1)
    rows = [_row(book, entry) for entry in entries[:limit]]
    output.listing(
        rows,
        as_json,
        ENTRIES,
        lambda row: _cells(row, book, session.clock()),
        nothing=f"nothing{' like that' if text else ''} on {name}",
    )
    if len(entries) > limit:
        output.info(f"there is more: --after {entries[limit - 1].member}")


@click.command()
@_named
@click.argument("what")
@arguments.company
@click.option("--why", default="", metavar="TEXT", help="Why it stands there.")
@click.option("--until", default="", metavar="WHEN", help="Until when: 30d, 2h, or ISO in local time of the company.")
@pass_session
def add(session: Session, name: str, what: str, company: str | None, why: str, until: str) -> None:
    """Put WHAT on LIST: a number, +1900* or contact:ID.

    Numbers are read as people of the company write them. It is in force with the next call. What is there already gets
    the reason and the end that are given now.

    \b
    Example:
      fsrouter lists add blocked '(312) 555-0142' --why 'calls every night' --until 30d
      fsrouter lists add blocked '+1900*'
      fsrouter lists add vip contact:51
    """
    from fsrouter.engine.model.lists import Change, typed

    book, now = session.holder("lists", name, company), session.clock()
    entry = typed(
        name, what, book.context, zone=book.header.timezone, now=now, who=session.who, reason=why, until=until
    )
    kept = ("who", "at") if why else ("who", "at", "why")
    done = session.store.lists.change(book.company, [Change(listed=entry)], frozenset(kept))
    did = "is on" if done.added else "is changed on" if done.changed else "was already on"
    ends = f" until {_moment(entry.until, book)}" if entry.until else ""
    output.info(f"{entry.member} {did} {name} of {book.company}{ends}")


@click.command()
@_named
@click.argument("what")
@arguments.company
@pass_session
def remove(session: Session, name: str, what: str, company: str | None) -> None:
    """Take WHAT off LIST: a number, +1900* or contact:ID.

    \b
    Example:
      fsrouter lists remove blocked '(312) 555-0142'
    """
    from fsrouter.engine.model.lists import Change, Listed

    book = _holder(session, name, company)
    gone = Change(listed=Listed(list=name, member=_member(book, what)), gone=True)
    done = session.store.lists.change(book.company, [gone])
    if not done.removed:
        raise UsageError(f"{gone.listed.member} is not on {name} of {book.company}; `fsrouter lists list {name}`")
    output.info(f"{gone.listed.member} is off {name} of {book.company}")


@click.command("import")
@_named
@click.argument("file", type=arguments.FILE)
@arguments.company
@arguments.as_json
@pass_session
def import_(session: Session, name: str, file: Path, company: str | None, as_json: bool) -> None:
    """Add, change and remove what the CSV FILE says.

    Each row has a number, a prefix or a contact, and perhaps who, why, at and until; only a row whose column delete
    says yes removes. When any row is wrong nothing is imported.

    \b
    Example:
      fsrouter lists import blocked spam.csv
    """
    from fsrouter.rules.lists_csv import ListFile
    from fsrouter.rules.text_lines import line_count

    book = session.holder("lists", name, company)
    with (
        output.progress(f"reading {file.name}") as tell,
        ListFile(file, book, name, session.who, session.clock()) as rows,
    ):
        lines = line_count(file) if tell else 0
        rows.read(lambda read: tell(read, lines) if tell else None)
        done = session.store.lists.change(book.company, rows.changes(), rows.lacks)
    result = ImportedList(company=book.company, list=name, rows=rows.rows, **asdict(done))
    if as_json:
        output.json(result)
    output.info(f"{name} of {book.company}: {done.added} added, {done.changed} changed, {done.removed} removed")


@click.command()
@_named
@arguments.company
@pass_session
def export(session: Session, name: str, company: str | None) -> None:
    """Print LIST as CSV, to be imported again.

    \b
    Example:
      fsrouter lists export blocked > blocked.csv
    """
    from fsrouter.rules.lists_csv import written

    book = _holder(session, name, company)
    output.lines(written(session.store.lists.every(book.company, name), book.header.timezone))


def _lists(session: Session, book: RuleBook) -> list[ListRow]:
    """The lists of a company, and those of which only entries are left."""
    counts = session.store.lists.count(book.company)
    return [
        ListRow(
            company=book.company,
            list=name,
            title=book.lists[name].title if name in book.lists else "(not in the rule book)",
            entries=counts.get(name, 0),
        )
        for name in dict.fromkeys((*book.lists, *counts))
    ]


def _holder(session: Session, name: str, company: str | None) -> RuleBook:
    """The company that has a list, or entries of one that its rule book has no more. Raises UsageError."""
    books = session.books(company)
    left = [book for book in books if name not in book.lists and name in session.store.lists.count(book.company)]
    if len(left) == 1 and not any(name in book.lists for book in books):
        return left[0]
    return session.holder("lists", name, company)


def _member(book: RuleBook, text: str) -> Member:
    from fsrouter.engine.model.lists import member

    try:
        return member(text, book.context)
    except ValueError as error:
        raise UsageError(f"{text!r} {error}") from None


def _row(book: RuleBook, entry: Listed) -> EntryRow:
    where = {"company": book.company, "list": entry.list, "kind": entry.member.kind, "value": entry.member.value}
    return EntryRow(**where, who=entry.who, why=entry.why, at=entry.at, until=entry.until)


def _cells(row: EntryRow, book: RuleBook, now: float) -> tuple[object, ...]:
    from fsrouter.engine.model.lists import Member

    ends = "" if row.until is None else _moment(row.until, book) + (" (over)" if row.until <= now else "")
    return row.list, Member(row.kind, row.value), row.who, row.why, _moment(row.at, book), ends


def _moment(at: float, book: RuleBook) -> str:
    """A moment on the company's clock, as --until takes it."""
    from fsrouter.engine.times import local

    return local(at, book.header.timezone)
