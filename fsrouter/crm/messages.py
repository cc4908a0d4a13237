"""What is sent to a CRM and what comes back, as values. Knows no network.

Connectors build requests and read replies; `http` carries them. Whatever a reply holds is a stranger's text: it is
read into typed shapes, and what does not fit is a bad reply, never a surprise further in.
"""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from fsrouter.crm.credentials import Credentials, Parts
from fsrouter.crm.errors import CrmBadReply

T = TypeVar("T")

#: A wait that a CRM asks for is never believed to be longer, in seconds.
LONGEST_WAIT = 3600.0


class Request(Struct, frozen=True, kw_only=True):
    """One request. `accepts` are the statuses that are an answer; any other is an error.

    `form` is sent as a form and may hold secrets, `json` as JSON. `apart` is how many seconds must have gone by since
    the request before, where the CRM limits their rate.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    credentials: Credentials = ()
    form: tuple[tuple[str, Parts], ...] = ()
    json: Any = None
    accepts: tuple[int, ...] = (200,)
    apart: float = 0.0


class Reply(Struct, frozen=True, kw_only=True):
    """One reply. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def read(self, kind: type[T]) -> T:
        """The body's JSON as `kind`. Raises CrmBadReply; nesting is bounded by the decoder's recursion limit."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except msgspec.ValidationError as error:
            raise CrmBadReply(f"answered JSON of another form than it documents: {error}") from None
        except RecursionError:
            raise CrmBadReply("answered JSON that is nested too deeply") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise CrmBadReply("answered something that is no JSON, or only a part of it") from None


def address(url: str, path: str = "", **query: str | int) -> str:
    """An address: a connection's url, a path below it, and a query whose values are encoded; empty ones are left
    out.
    """
    told = urlencode([(k, v) for k, v in query.items() if v != ""], quote_via=quote)
    return url.rstrip("/") + path + (f"?{told}" if told else "")


def retry_after(text: str, now: float) -> float | None:
    """Seconds to wait by a Retry-After header, in seconds or as a date (RFC 9110, 10.2.3); None when it says nothing.

    `now` is in seconds since the epoch.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, moment - now), LONGEST_WAIT)
