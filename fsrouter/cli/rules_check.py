"""`fsrouter rules check` and `rules schema`: what a rules file may say, and what is wrong in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, exit_codes, output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import Error

if TYPE_CHECKING:
    from fsrouter.engine.lint.findings import Finding
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.rules.file_errors import FileError

#: Owners of contacts who are named at most.
SHOWN = 20


class Found(Struct, frozen=True):
    """A finding at its place; line and column begin at 1, 0 is none. `code` is a lint's, "" of an error in the file."""

    file: str
    line: int
    column: int
    level: str
    code: str
    message: str

    @classmethod
    def of(cls, error: FileError, level: str, code: str = "") -> Found:
        """What is wrong at a place of a file, as a finding."""
        return cls(error.file, error.line, error.column, level, code, error.message)

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        return f"{place}: {self.level}: {self.message}{f' [{self.code}]' if self.code else ''}"


@click.command()
@click.argument("file", type=arguments.FILE)
@arguments.as_json
@pass_session
def check(session: Session, file: Path, as_json: bool) -> None:
    """Validate a rules file.

    Reports errors, and warnings about rules that work but cannot be meant. Needs no database; where there is one, it
    also reports owners of contacts who are no agent. The exit code is 1 when there are errors, 0 when there are
    warnings only.

    \b
    Example:
      fsrouter rules check acme.yaml
    """
    with output.progress(f"checking {file.name}"):
        found = _found(file, session)
    errors = sum(each.level == "error" for each in found)
    if as_json:
        output.json(found)
    else:
        output.lines(found)
    warnings = output.count(len(found) - errors or "no", "warning")
    output.info(f"{file}: {output.count(errors or 'no', 'error')}, {warnings}")
    exit_codes.end(wrong=bool(errors))


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


def _found(path: Path, session: Session) -> list[Found]:
    """Everything that is wrong in a rules file, errors alone when there are any, in the order of the lines."""
    from fsrouter.engine.lint.lint import lint
    from fsrouter.engine.model.schema import Problem
    from fsrouter.rules import company_file, yaml_reader
    from fsrouter.rules.file_errors import InvalidFile

    try:
        company = company_file.read(yaml_reader.load(path))
        book = company.onto(None)
    except InvalidFile as invalid:
        return [Found.of(each, "error") for each in invalid.errors]
    warnings = []
    for each in [*lint(book), *_unmapped_owners(book, session)]:
        (place,) = company.located([Problem(each.path, each.message)])
        warnings.append(Found.of(place, each.level, each.code))
    return sorted(warnings, key=lambda found: (found.file, found.line, found.column))


def _unmapped_owners(book: RuleBook, session: Session) -> Iterator[Finding]:
    """Owners of contacts in the cache whom no agent is, by CRM; of interest as soon as some agent is some user."""
    from fsrouter.crm.sync.owners import unmapped_owners
    from fsrouter.engine.lint.findings import Finding

    if not any(agent.crm_user for agent in book.agents.values()):
        return
    try:
        store = session.store_if_made
        owned = store.contacts.owned(book.company) if store else []
    except Error:
        return  # the file can be checked without a database
    for crm in sorted({each.crm for each in owned}):
        found = unmapped_owners(book, crm, [each for each in owned if each.crm == crm])
        if found:
            owners = ", ".join(f"{each.owner} ({output.count(each.contacts, 'contact')})" for each in found[:SHOWN])
            more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            message = f"no agent's crm_user is the owner of these contacts: {owners}{more}"
            yield Finding(("crms", crm) if crm in book.crms else (), "warning", "unmapped-owner", message)
