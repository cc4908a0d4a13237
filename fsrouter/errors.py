"""Every error that fsrouter raises on purpose, and the exit code that each ends a command with.

    Error                         exit 1   anything of ours; `str(error)` says what is wrong, where, and what to do
    |-- RulesError                exit 1   a rule book, contacts or calls file does not check out
    |-- UsageError                exit 2   used wrongly: settings, arguments
    `-- Unreachable               exit 3   FreeSWITCH or the database cannot be reached
        |-- StoreUnreachable      exit 3   the database is gone, locked or not ours
        |-- AddressTaken          exit 3   the port that we should listen on belongs to somebody else
        `-- SwitchUnreachable     exit 3   FreeSWITCH does not answer or does not let us in

The wire has its own small tree in `fsrouter.esl.lifecycle`: how a call's session ends is no error of the program.
"""

from __future__ import annotations


class Error(Exception):
    """Anything that fsrouter reports to a person without a traceback."""

    exit_code = 1


class RulesError(Error):
    """A rule book, a contacts file or a calls file is wrong; nothing was changed."""


class UsageError(Error):
    """A setting or an argument is wrong."""

    exit_code = 2


class Unreachable(Error):
    """Something outside of this process that is needed cannot be reached."""

    exit_code = 3


class StoreUnreachable(Unreachable):
    """The database is gone, locked, full, or not one of ours."""


class AddressTaken(Unreachable):
    """The address to listen on cannot be had."""


class SwitchUnreachable(Unreachable):
    """A FreeSWITCH cannot be reached, or refuses us."""
