"""What can go wrong between us and a CRM; `errors.Error` has the tree.

No other error leaves this package for a reason that lies at the CRM; nobody outside of it sees `requests`. The text
of an error names the connection and the host, and never a credential, a whole address or the body of a reply.
"""

from __future__ import annotations

from fsrouter.errors import Error


class CrmError(Error):
    """A CRM did not do what was asked. `retry_after` is in seconds, None when it does not say."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CrmTimeout(CrmError):
    """It did not answer in time."""


class CrmUnavailable(CrmError):
    """It cannot be reached, or cannot answer now."""


class CrmLimited(CrmUnavailable):
    """It wants fewer requests."""


class CrmUnreached(CrmUnavailable):
    """There was no connection to it, so nothing was sent: whatever it was may be sent again."""


class CrmRefused(CrmError):
    """The credential does not work, or may not do what was asked."""


class CrmNoCredential(CrmRefused):
    """The credential is not where the rule book says, or is none; nothing was sent."""


class CrmUnsafe(CrmError):
    """The address is one that we do not talk to."""


class CrmBadReply(CrmError):
    """It answered something that its documentation does not know."""


class CrmEmpty(CrmError):
    """It says that it has no contacts any more, of which there were some."""


class CrmExpired(CrmBadReply):
    """It no longer knows the place from which a list was to go on: the list has to be read from its beginning."""
