"""`fsrouter rules check` and `rules schema`: what a rules file may say, and what is wrong in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, exit_codes, output

if TYPE_CHECKING:
    from fsrouter.cli.session import Session
    from fsrouter.engine.lint.findings import Finding as Oddity
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.rules import file_errors

#: Owners of contacts who are told by their names.
TOLD = 20


class Found(Struct, frozen=True):
    """A finding at its place; line and column begin at 1, 0 is none. `code` is a lint's, "" of an error in the file."""

    file: str
    line: int
    column: int
    level: str
    code: str
    message: str

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        return f"{place}: {self.level}: {self.message}{f' [{self.code}]' if self.code else ''}"


@click.command()
@click.argument("file", type=arguments.FILE)
@arguments.as_json
@click.pass_context
def check(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Say what is wrong in a rules FILE.

    Errors, and warnings about rules that work and cannot be meant. Needs no database; where there is one, owners of
    contacts in it are told whom no agent is. The exit code is 1 when there are errors, 0 when there are warnings only.

    \b
    Example:
      fsrouter rules check acme.yaml
    """
    found = checked(file, ctx.obj)
    errors = sum(each.level == "error" for each in found)
    if as_json:
        output.json(found)
    else:
        output.lines(found)
    output.info(f"{file}: {_many(errors, 'error')}, {_many(len(found) - errors, 'warning')}")
    ctx.exit(exit_codes.WRONG if errors else 0)


@click.command()
def schema() -> None:
    """Print the JSON Schema of rules files, for editors.

    \b
    Example:
      fsrouter rules schema > rules.schema.json
      # yaml-language-server: $schema=rules.schema.json
    """
    from fsrouter.engine.model import json_schema

    output.json(json_schema.document())


def checked(path: Path, session: Session) -> list[Found]:
    """Everything that is wrong in a rules file, errors alone when there are any, in the order of the lines."""
    from fsrouter.engine.lint.lint import lint
    from fsrouter.engine.model.schema import Problem
    from fsrouter.rules import company_file, yaml_reader
    from fsrouter.rules.file_errors import InvalidFile

    try:
        part = company_file.read(yaml_reader.load(path))
        book = part.onto(None)
    except InvalidFile as refused:
        return [_found(each, "error") for each in refused.errors]
    warnings = []
    for each in [*lint(book), *_unmapped_owners(book, session)]:
        (place,) = company_file.located(part, [Problem(each.path, each.message)])
        warnings.append(_found(place, each.level, each.code))
    return sorted(warnings, key=lambda found: (found.file, found.line, found.column))


def _unmapped_owners(book: RuleBook, session: Session) -> Iterator[Oddity]:
    """Owners of contacts in the cache whom no agent is, by CRM; of interest as soon as some agent is some user."""
    from fsrouter.crm.sync.owners import unmapped_owners
    from fsrouter.engine.lint.findings import Finding
    from fsrouter.errors import Error

    store = session.store_if_any if any(agent.crm_user for agent in book.agents.values()) else None
    if store is None:
        return
    try:
        owned = store.contacts.owned(book.company)
    except Error:
        return
    for crm in sorted({each.crm for each in owned}):
        found = unmapped_owners(book, crm, [each for each in owned if each.crm == crm])
        if found:
            told = ", ".join(f"{each.owner} ({_many(each.contacts, 'contact')})" for each in found[:TOLD])
            more = f", and {len(found) - TOLD} more" if len(found) > TOLD else ""
            message = f"no agent's crm_user is the owner of these contacts: {told}{more}"
            yield Finding(("crms", crm) if crm in book.crms else (), "warning", "unmapped-owner", message)


def _found(finding: file_errors.FileError, level: str, code: str = "") -> Found:
    return Found(finding.file, finding.line, finding.column, level, code, finding.message)


def _many(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
