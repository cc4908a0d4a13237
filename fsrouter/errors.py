"""Every error that fsrouter raises on purpose, and the exit code that each ends a command with.

One that a single package knows stands there; all of them descend from `Error`, whose docstring has the whole tree.
"""

from __future__ import annotations


class Error(Exception):
    """Anything that fsrouter reports without a traceback: `str(error)` says what is wrong, where, and what to do.

    Error                           exit 1   anything of ours
    |-- RulesError                  exit 1   a rule book, a contacts file or a calls file is wrong
    |   `-- InvalidFile             exit 1   a file with all of its faults, each with its place
    |-- UsageError                  exit 2   used wrongly: settings, arguments
    |-- Unreachable                 exit 3   something outside of this process that is needed
    |   |-- StoreUnreachable        exit 3   the database is gone, locked or not ours
    |   |-- AddressTaken            exit 3   the port that we should listen on belongs to somebody else
    |   `-- SwitchUnreachable       exit 3   FreeSWITCH does not answer or does not let us in
    |       `-- NotConnected        exit 3   the connection to FreeSWITCH is down (greenswitch's NotConnectedError)
    |-- Refused                     exit 1   a value that must not be used (a ValueError)
    |   |-- Forged                  exit 1   a cursor that no router of ours wrote for this call
    |   |-- Closed                  exit 1   what the settings do not let be dialled
    |   |   `-- OverCap             exit 1   a number more than a company or a trunk may have
    |   |-- Unclear                 exit 1   a price that may be one of two
    |   |-- RequestRefused          exit 1   a request to our web server that is not carried out
    |   `-- HeadTooLong             exit 1   one whose headers are too large
    |-- WireError                   exit 1   what came is no event socket traffic (a ValueError)
    |-- Ended                       exit 1   the session about a call is over
    |   |-- CallerGone              exit 1   the caller has left (greenswitch's OutboundSessionHasGoneAway)
    |   |-- CallTaken               exit 1   somebody has moved the call
    |   |-- SwitchGone              exit 1   the stream ended without a notice (greenswitch's NotConnectedError)
    |   |-- Overdue                 exit 1   the deadline has passed
    |   |-- Declined                exit 1   FreeSWITCH refuses what a call needs
    |   |-- Malformed               exit 1   what came cannot be read
    |   |-- Unproved                exit 1   who says it is no FreeSWITCH of ours
    |   `-- Rejected                exit 1   this router does not take the connection
    |-- Enough                      exit 1   who reads has all that they want, and is where this is caught
    |-- Cancelled                   exit 1   this process stops, so the CRM is asked nothing more
    `-- CrmError                    exit 1   a CRM did not do what was asked; the call goes on without it
        |-- CrmTimeout              exit 1   it did not answer in time
        |-- CrmUnavailable          exit 1   it cannot be reached, or says that it cannot answer now
        |   |-- CrmLimited          exit 1   it wants fewer requests
        |   `-- CrmUnreached        exit 1   there was no connection to it, so nothing was sent
        |-- CrmRefused              exit 1   the credential does not work, or may not do this
        |   `-- CrmNoCredential     exit 1   there is none here, so nothing was sent
        |-- CrmUnsafe               exit 1   the address may not be talked to
        |-- CrmEmpty                exit 1   it says that it has no contacts any more, of which there were some
        `-- CrmBadReply             exit 1   it answered what its documentation does not know
            `-- CrmExpired          exit 1   it no longer knows the place from which a list was to go on
    """

    exit_code = 1


class RulesError(Error):
    """A rule book, a contacts file or a calls file is wrong; nothing was changed."""


class Enough(Error):
    """Whoever reads something needs to read no further; it is caught where they began."""


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


class Refused(Error, ValueError):
    """A value that must not be used: `why`, and what to do, as a phrase that goes on from the value.

    `kind` is what it should have been and `character` the first that it must not have; both "" where nobody says.
    `instead` is the value as it should be written, "" where that is not certain.
    """

    def __init__(self, why: str, kind: str = "", character: str = "", instead: str = "") -> None:
        super().__init__(f"refused as {kind}: {why}" if kind else why)
        self.why = why
        self.kind = kind
        self.character = character
        self.instead = instead
