"""What `fsrouter crm check` tells of a connection: whether it is reachable, lets us in, what we may read, how fresh the
cache is. Asks little and changes nothing.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from fsrouter.crm.client import Client
from fsrouter.crm.connection import Connection
from fsrouter.crm.connectors.base import User
from fsrouter.crm.connectors.csvfile import CsvFile
from fsrouter.crm.errors import CrmBadReply, CrmError, CrmLimited, CrmNoCredential, CrmRefused
from fsrouter.crm.sync import owners
from fsrouter.crm.sync.marks import mark_of
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.store import Contacts

#: Seconds for each of the questions that a CRM is asked.
WITHIN = 30.0


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


class Seen(Struct, frozen=True, kw_only=True):
    """A company's connection as it was found; `troubles` is why syncs fail, by the router that says so."""

    company: str
    checked: Checked
    troubles: dict[str, str] = {}

    @property
    def is_well(self) -> bool:
        """Whether nothing is amiss."""
        checked = self.checked
        return checked.reachable is not False and checked.let_in is not False and not checked.problems


def check(book: RuleBook, crm: str, client: Client, contacts: Contacts) -> Checked:
    """Look at one connection. Raises nothing for a reason of the CRM's; it stands in the report."""
    source = client.source(book, crm)
    done = mark_of(contacts, book.company, crm).done
    report = Checked(
        crm=crm,
        kind=str(book.crms[crm].__struct_config__.tag),
        cached=contacts.count(book.company, crm),
        synced=done,
        age=max(0.0, client.runtime.now() - done) if done else None,
    )
    if isinstance(source, CsvFile):
        return replace(report, **_of_file(source))
    return replace(report, **_of_connection(book, source)) if source else report


def _of_file(file: CsvFile) -> dict[str, Any]:
    try:
        file.mark("")
    except CrmError as error:
        return {"reachable": False, "problems": (str(error),)}
    return {"reachable": True, "let_in": True}


def _of_connection(book: RuleBook, connection: Connection) -> dict[str, Any]:
    modules: list[Module] = []
    problems = _address(connection)
    let_in: bool | None = None
    for name in connection.connector.modules:
        try:
            modules.append(Module(name, True, connection.run(connection.connector.count(name), within=WITHIN)))
            let_in = True
        except CrmNoCredential as error:
            return {"let_in": False, "problems": (*problems, str(error))}
        except (CrmRefused, CrmBadReply) as error:
            # It answered, if only to say no.
            let_in = let_in or (None if isinstance(error, CrmBadReply) else False)
            modules.append(Module(name, False, why=str(error)))
            problems.append(f"{name}: {error}")
        except CrmError as error:
            # One that wants fewer requests has answered as well.
            reached = isinstance(error, CrmLimited)
            return {"reachable": reached, "modules": tuple(modules), "problems": (*problems, str(error))}
    unmapped, more = _owners(book, connection) if let_in else ((), [])
    problems += more
    return {
        "reachable": True,
        "let_in": let_in,
        "modules": tuple(modules),
        "unmapped": unmapped,
        "problems": tuple(problems),
    }


def _address(connection: Connection) -> list[str]:
    """What is wrong with where the connection leads."""
    try:
        wrong = connection.run(connection.connector.wrong_address(), within=WITHIN)
    except CrmError:
        return []  # the modules are asked next, and tell why not
    return [wrong] if wrong else []


def _owners(book: RuleBook, connection: Connection) -> tuple[tuple[User, ...], list[str]]:
    """The users whom no agent is, and what is wrong with the properties that name owners."""
    try:
        users = connection.run(connection.connector.users(), within=WITHIN)
        wrong = owners.no_owner_fields(book, connection)
    except CrmError as error:
        return (), [f"its users cannot be read: {error}"]
    problems = [f"{name!r} is no property whose value is a user, so it names no owner" for name in wrong]
    return owners.unmapped_users(book, connection.name, users), problems
