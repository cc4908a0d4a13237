"""`fsrouter contacts sync` and `fsrouter crm check`: the connections to CRMs, synced and checked by hand."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import click

from fsrouter.cli import arguments, exit_codes, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import Error, Unreachable, UsageError

if TYPE_CHECKING:
    from fsrouter.crm.check import Seen
    from fsrouter.crm.client import Client
    from fsrouter.crm.sync.report import Synced
    from fsrouter.engine.model.rulebook import RuleBook

#: Unreadable numbers that are listed of one CRM; `--json` has more.
LISTED = 20
#: What a sync was, in words.
KINDS = {
    "full": "everything was read",
    "incremental": "what has changed was read",
    "unchanged": "the file has not changed",
    "elsewhere": "a router is at it",
    "nothing": "is only looked up, never synced",
}


COLUMNS = ("company", "crm", "contacts", "gone", "unread", "left out", "without number", "seconds", "what")


@click.command()
@click.argument("company", required=False)
@click.option("--crm", metavar="NAME", help="Only this connection.")
@click.option("--full", is_flag=True, help="Read all contacts, not only what changed.")
@click.option("--accept-empty", is_flag=True, help="Believe a CRM or file that has no contacts any more.")
@arguments.as_json
@pass_session
def sync(session: Session, company: str | None, crm: str | None, full: bool, accept_empty: bool, as_json: bool) -> None:
    """Sync contacts from the CRMs into the cache now.

    Of all companies, or of COMPANY. Routers do this by themselves, every hour unless the rule book says otherwise. A
    sync that was interrupted is resumed by the next; meanwhile calls see the cache as it was. A CRM that says that it
    has no contacts any more is believed only with --accept-empty. The exit code is 1 when a CRM failed.

    \b
    Example:
      fsrouter contacts sync acme
      fsrouter contacts sync --crm hub --full
    """
    with _client(session) as client:
        how = full or accept_empty, accept_empty
        done = [_synced(session, client, book, name, *how) for book, name in _connections(session, company, crm)]
    output.listing(done, as_json, COLUMNS, _row)
    if not as_json:
        _warn(done)
    for each in done:
        if each.trouble:
            output.info(f"{each.company}: {each.trouble}; the cache stays as it was")
    if not done:
        output.info("no rule book has a CRM")
    exit_codes.end(wrong=any(each.trouble for each in done))


@click.command()
@click.argument("name", required=False)
@arguments.company
@arguments.as_json
@pass_session
def check(session: Session, name: str | None, company: str | None, as_json: bool) -> None:
    """Check the connections to CRMs.

    All of them, or the connection NAME: whether it is reachable, whether the credential works and what it may read, how
    many contacts it has and how fresh the cache is, which of its users are no agent. Changes nothing. The exit code is
    1 when something is wrong.

    \b
    Example:
      fsrouter crm check
      fsrouter crm check hub --json
    """
    from fsrouter.crm import check as checking

    found: list[checking.Seen] = []
    with _client(session) as client:
        troubles = _troubles(session)
        for book, crm in _connections(session, company, name):
            checked = checking.check(book, crm, client, session.store.contacts)
            failed = troubles.get(f"{book.company}/{crm}", {})
            found.append(checking.Seen(company=book.company, checked=checked, troubles=failed))
            if not as_json:
                output.lines(_format(found[-1]))
    if as_json:
        output.json(found)
    if not found:
        output.info("no rule book has a CRM")
    exit_codes.end(wrong=not all(each.is_well for each in found))


def _client(session: Session) -> closing[Client]:
    from fsrouter.crm.client import Client
    from fsrouter.crm.transport.http import Sender

    settings = session.settings
    sender = Sender(session.runtime, settings.crm_networks, settings.crm_ca)
    return closing(Client(sender, session.runtime, session.store.tokens, settings.key))


def _connections(session: Session, company: str | None, crm: str | None) -> list[tuple[RuleBook, str]]:
    """The connections that are meant. Raises UsageError when one is named that nobody has."""
    from fsrouter.engine.words import did_you_mean

    books = session.books(company)
    found = [(book, name) for book in books for name in book.crms if crm in (None, name)]
    if crm is not None and not found:
        raise UsageError(f"there is no CRM {crm!r}{did_you_mean(crm, [name for book in books for name in book.crms])}")
    return found


def _synced(session: Session, client: Client, book: RuleBook, crm: str, full: bool, accept_empty: bool) -> Synced:
    from fsrouter.crm.sync.report import Report, Synced
    from fsrouter.crm.sync.sync import Sync

    source = client.source(book, crm)
    if source is None:
        return Synced(company=book.company, crm=crm, report=Report(crm=crm, kind="nothing"))
    try:
        with output.progress(f"{book.company} {crm}") as tell:
            # Two at one keyboard are two: a lease is one process's.
            node = f"{session.who}@{socket.gethostname()}:{os.getpid()}"
            report = Sync(source, book, session.store.contacts, node, session.runtime, tell).run(full, accept_empty)
    except Unreachable:
        raise
    except Error as error:
        return Synced(company=book.company, crm=crm, trouble=str(error))
    return Synced(company=book.company, crm=crm, report=report)


def _row(done: Synced) -> tuple[object, ...]:
    if done.report is None:
        return (done.company, done.crm, "", "", "", "", "", "", "failed")
    report = done.report
    counts = report.contacts, report.gone, report.unread, report.left_out, report.without_number
    # Of what was not read, nothing is told: a file that has not changed may well have cells that cannot be read.
    told: tuple[object, ...] = counts if report.kind in ("full", "incremental", "nothing") else ("",) * len(counts)
    return (done.company, done.crm, *told, f"{report.seconds:.1f}", KINDS.get(report.kind, report.kind))


def _warn(done: list[Synced]) -> None:
    """Say what could not be read, and what else is to be known."""
    for each in done:
        if each.report:
            notes = list(each.report.notes)
            notes += map(str, each.report.listed[:LISTED])
            if (unread := each.report.unread + each.report.left_out) > LISTED:
                notes.append(f"and {unread - LISTED} more that cannot be read")
            for note in notes:
                output.info(f"{each.company} {each.crm}: {note}")


def _troubles(session: Session) -> dict[str, dict[str, str]]:
    """Why syncs fail, as the routers that live say in their heartbeats: by connection, then by router."""
    found: dict[str, dict[str, str]] = {}
    for node in session.store.nodes.alive(session.store.clock()):
        for name, state in dict(node.detail.get("crms") or {}).items():
            if isinstance(state, dict) and state.get("trouble"):
                found.setdefault(name, {})[node.name] = str(state["trouble"])
    return found


def _format(seen: Seen) -> Iterator[str]:
    from fsrouter.engine.walk.trace import age

    checked = seen.checked
    state = {True: "lets us in", False: "does not let us in", None: "may let us in"}[checked.let_in]
    reached = {True: f"is reachable, {state}", False: "is not reachable", None: "was not asked"}[checked.reachable]
    yield f"{seen.company} {checked.crm} ({checked.kind}): {reached}"
    for module in checked.modules:
        many = f"{module.records} records" if module.records >= 0 else "readable"
        yield f"  {module.name}: {many if module.readable else f'not readable: {module.why}'}"
    fresh = f"brought up to date {age(checked.age)} ago" if checked.age is not None else "never synced"
    yield f"  cache: {checked.cached} contacts, {fresh}"
    for user in checked.unmapped:
        yield f"  no agent is {user.name or 'the user'} ({user.id}{f', {user.email}' if user.email else ''})"
    for problem in checked.problems:
        yield f"  amiss: {problem}"
    for node, why in seen.troubles.items():
        yield f"  router {node} could not sync: {why}"
