"""What `fsrouter crm check` tells of a connection: whether it is reachable, lets us in, what we may read, how fresh the
cache is. Asks little and changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct

from fsrouter.crm.connectors.base import User
from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.errors import CrmBadReply, CrmError, CrmNoCredential, CrmRefused
from fsrouter.crm.sync import owners
from fsrouter.crm.sync.sync import read_mark
from fsrouter.crm.transport.client import Lines
from fsrouter.crm.transport.connection import Line
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.store import Contacts


class Module(Struct, frozen=True):
    """A module of the CRM: whether we may read it, how many records it has (-1 when it does not say), and else why."""

    name: str
    readable: bool
    records: int = -1
    why: str = ""


class Checked(Struct, frozen=True, kw_only=True):
    """A connection as it was found. `reachable` and `let_in` are None where nothing could be told.

    `cached` contacts are in the cache, which was last brought up to date at `synced` (seconds since the epoch, 0 for
    never), `age` seconds ago. `unmapped` are users of the CRM whom no agent is; `problems` is all that is amiss.
    """

    crm: str
    kind: str
    reachable: bool | None = None
    let_in: bool | None = None
    modules: tuple[Module, ...] = ()
    cached: int = 0
    synced: float = 0.0
    age: float | None = None
    unmapped: tuple[User, ...] = ()
    problems: tuple[str, ...] = ()


def check(
    book: RuleBook, crm: str, lines: Lines, contacts: Contacts, today: Callable[[], float] = time.time
) -> Checked:
    """Look at one connection. Raises nothing for a reason of the CRM's; it stands in the report."""
    line, file = lines.of(book, crm), lines.file(book, crm)
    kind = str(book.crms[crm].__struct_config__.tag)
    known = (source for source in contacts.sources.list(book.company) if source.crm == crm)
    done = read_mark(next((source.mark for source in known), "")).done
    report = Checked(
        crm=crm,
        kind=kind,
        cached=contacts.count(book.company, crm),
        synced=done,
        age=max(0.0, today() - done) if done else None,
    )
    if file is not None:
        return _of_file(file, report)
    return _of_line(book, line, report) if line is not None else report


def _of_file(file: CsvFile, report: Checked) -> Checked:
    try:
        file.mark("")
    except CrmError as error:
        return _with(report, reachable=False, problems=(str(error),))
    return _with(report, reachable=True, let_in=True)


def _of_line(book: RuleBook, line: Line, report: Checked) -> Checked:
    modules, problems = [], []
    reachable: bool | None = None
    let_in: bool | None = None
    for name in line.connector.modules:
        try:
            records = line.run(line.connector.count(name), within=30.0)
        except CrmNoCredential as error:
            return _with(report, let_in=False, problems=(str(error),))
        except (CrmRefused, CrmBadReply) as error:
            # It answered, if only to say no.
            reachable, let_in = True, let_in or (None if isinstance(error, CrmBadReply) else False)
            modules.append(Module(name, False, why=str(error)))
            problems.append(f"{name}: {error}")
        except CrmError as error:
            return _with(report, reachable=False, modules=tuple(modules), problems=(*problems, str(error)))
        else:
            reachable = let_in = True
            modules.append(Module(name, True, records))
    unmapped, more = _owners(book, line) if let_in else ((), [])
    return _with(
        report,
        reachable=reachable,
        let_in=let_in,
        modules=tuple(modules),
        unmapped=unmapped,
        problems=(*problems, *more),
    )


def _owners(book: RuleBook, line: Line) -> tuple[tuple[User, ...], list[str]]:
    """The users whom no agent is, and what is wrong with the properties that name owners."""
    try:
        users = line.run(line.connector.users(), within=30.0)
        wrong = owners.no_owner_fields(book, line)
    except CrmError as error:
        return (), [f"its users cannot be read: {error}"]
    problems = [f"{name!r} is no property whose value is a user, so it names no owner" for name in wrong]
    return owners.unmapped(book, line.connector.name, users), problems


def _with(report: Checked, **values: object) -> Checked:
    told = {name: getattr(report, name) for name in Checked.__struct_fields__}
    return Checked(**(told | values))
