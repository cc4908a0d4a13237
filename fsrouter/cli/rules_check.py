"""`fsrouter rules check` and `rules schema`: what a rules file may say, and what is wrong in one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from fsrouter.cli import arguments, exit_codes, findings, output
from fsrouter.cli.session import Session, pass_session

if TYPE_CHECKING:
    from fsrouter.engine.lint.installation import Installation
    from fsrouter.rules.file_errors import FileError


class Found(Struct, frozen=True):
    """A finding at its place; line and column begin at 1, 0 is none. `code` is a lint's, "" of an error in the file;
    `correction` is the whole line as it should be, "" where that is not certain.
    """

    file: str
    line: int
    column: int
    level: str
    code: str
    message: str
    correction: str = ""

    @classmethod
    def of(cls, error: FileError, level: str, code: str = "") -> Found:
        """What is wrong at a place of a file, as a finding."""
        return cls(error.file, error.line, error.column, level, code, error.message, error.correction)

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        code = f" [{self.code}]" if self.code else ""
        return f"{place}: {self.level}: {self.message}{code}{f'; write: {self.correction}' if self.correction else ''}"


@click.command()
@click.argument("file", type=arguments.FILE)
@arguments.as_json
@pass_session
def check(session: Session, file: Path, as_json: bool) -> None:
    """Validate a rules file.

    Reports errors, and warnings about rules that work but cannot be meant. Needs neither settings nor a database; with
    a settings file it also looks at what may be dialled, with a database at numbers of other companies, owners and
    names of contacts and breaks. The exit code is 1 when there are errors, 0 when there are warnings only.

    \b
    Example:
      fsrouter rules check acme.yaml
    """
    with output.progress(f"checking {file.name}"):
        found = _found(file, session.installation)
    errors = sum(each.level == "error" for each in found)
    if as_json:
        output.json(found)
    else:
        output.lines(found)
    warnings = output.count(len(found) - errors or "no", "warning")
    output.info(f"{file}: {output.count(errors or 'no', 'error')}, {warnings}")
    findings.unchecked(session.installation)
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


def _found(path: Path, known: Installation) -> list[Found]:
    """Everything that is wrong in a rules file, in the order of the lines; of a faulty one the faults alone."""
    from fsrouter.engine.lint.lint import lint
    from fsrouter.rules import company_file
    from fsrouter.rules.file_errors import InvalidFile

    try:
        company = company_file.read(company_file.opened(path))
        book = company.merged(None)
    except InvalidFile as invalid:
        return [Found.of(each, "error") for each in invalid.errors]
    found = lint(book, known)
    places = company.located(each.problem for each in found)
    located = {Found.of(place, each.level, each.code): None for place, each in zip(places, found, strict=True)}
    return sorted(located, key=lambda found: (found.file, found.line, found.column))
