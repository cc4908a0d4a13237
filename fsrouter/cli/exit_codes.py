"""How a command ends: which exit code, and what is said on stderr. No other module knows exit codes.

0 done, 1 the rules or data are wrong, 2 used wrongly, 3 FreeSWITCH or the database cannot be reached, 130 interrupted.
The first four are `errors.Error.exit_code` and click's own 2.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from fsrouter.cli import output
from fsrouter.errors import Error, UsageError

WRONG = 1
INTERRUPTED = 130


@contextmanager
def exits(ctx: click.Context) -> Iterator[None]:
    """Run a command, and end the program as its error says, without a traceback."""
    try:
        yield
        if sys.stdout is not None:  # whoever started us may have closed it
            sys.stdout.flush()
    except Error as error:
        _tell(error)
        ctx.exit(error.exit_code)
    except UnicodeEncodeError as error:
        # An argument that is no UTF-8 comes as halves of a pair, which nothing that is kept can have.
        text = str(error.object)
        if not any("\ud800" <= character <= "\udfff" for character in text):
            raise
        wrong = UsageError(f"{text[:60]!a} has bytes that are no UTF-8; nothing that is kept has such a name")
        _tell(wrong)
        ctx.exit(wrong.exit_code)
    except (KeyboardInterrupt, click.Abort):
        output.info("interrupted")
        ctx.exit(INTERRUPTED)
    except BrokenPipeError:
        to_nobody()
        ctx.exit(0)
    except OSError as error:
        to_nobody()
        where = f"{error.filename}: " if error.filename else ""
        output.info(
            f"Error: {where}{error.strerror or error}; what was asked for is not done, or not all of it is told"
        )
        ctx.exit(WRONG)


def end(*, wrong: bool) -> None:
    """End the command that runs; `wrong` when it has found that rules or data are."""
    raise click.exceptions.Exit(WRONG if wrong else 0)


def to_nobody() -> None:
    """Who reads stdout has seen enough: what is still in the buffer must go somewhere, or Python complains."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: Error) -> None:
    """Say an error. Those of a file stand alone, `file:line:column: …` each, so that editors find the place."""
    of_a_file = bool(getattr(error, "errors", ()))
    lines = str(error).splitlines() or [type(error).__name__]
    for i, line in enumerate(lines):
        output.info(line if of_a_file or i else f"Error: {line}")
