"""What is sent to a CRM and what comes back, as values. Knows no network.

Connectors build requests and read replies; `http` carries them. Whatever a reply holds is a stranger's text: it is
read into typed shapes, and what does not fit is a bad reply, never a surprise further in.

Credentials are names of environment variables until the moment at which a request is sent. A rule book holds
`${HUBSPOT_TOKEN}`; whoever sends looks the value up in the environment, or in the file that `HUBSPOT_TOKEN_FILE` names.
It stands in no rule book, database, log line, `repr` or error. Only what the rule book itself holds is ever looked up:
a CRM's text that reads `${HOME}` stays text.
"""

from __future__ import annotations

import base64
import email.utils
import re
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from msgspec import Struct

from fsrouter.crm.errors import CrmBadReply, CrmNoCredential
from fsrouter.engine.text import find

T = TypeVar("T")

#: A credential in a file may be this long, in bytes.
LONGEST = 16_384
#: A wait that a CRM asks for is never believed to be longer, in seconds.
LONGEST_WAIT = 3600.0

_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
#: A Link header's addresses with the parameters of each, and the relation among these.
_LINK = re.compile(r"<([^<>]*)>([^<>]*)")
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


class Secret(ABC):
    """A text that is revealed to nobody but the wire."""

    __slots__ = ()

    @abstractmethod
    def reveal(self, environment: Mapping[str, str]) -> str:
        """The text itself. Raises CrmNoCredential when there is none."""

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not copied to anywhere")


#: A text some of whose parts are secret, in order.
SecretText = tuple[str | Secret, ...]

#: Headers by which a request is authorised.
Credentials = tuple[tuple[str, SecretText], ...]


class EnvironmentSecret(Secret):
    """The value of an environment variable, or of the file that `NAME_FILE` names."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def reveal(self, environment: Mapping[str, str]) -> str:
        value = environment.get(self._name, "")
        if not value and environment.get(f"{self._name}_FILE"):
            value = self._read(environment[f"{self._name}_FILE"])
        if not value:
            raise CrmNoCredential(
                f"the environment variable {self._name} is not set; "
                f"it holds a credential (or let {self._name}_FILE name a file that does)"
            )
        if find(value):
            raise CrmNoCredential(
                f"the environment variable {self._name} holds a control character, so it is no credential"
            )
        return value

    def _read(self, path: str) -> str:
        try:
            with Path(path).open("rb") as file:
                return file.read(LONGEST).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise CrmNoCredential(f"the file that {self._name}_FILE names cannot be read: {reason}") from None


class HeldSecret(Secret):
    """A text that a CRM gave to us for a while, as an access token."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self, environment: Mapping[str, str]) -> str:
        return self._value


class BasicAuth(Secret):
    """The value of an Authorization header by user and password (RFC 7617)."""

    __slots__ = ("_password", "_user")

    def __init__(self, user: SecretText, password: SecretText) -> None:
        self._user = user
        self._password = password

    def reveal(self, environment: Mapping[str, str]) -> str:
        pair = f"{reveal(self._user, environment)}:{reveal(self._password, environment)}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"


def secret_or_text(text: str) -> SecretText:
    """A text of a connection in the rule book: `${NAME}` stands for a secret, anything else for itself."""
    found = _NAME.fullmatch(text)
    return (EnvironmentSecret(found[1]),) if found else (text,)


def with_secrets(text: str) -> SecretText:
    """A text of a connection in which each `${NAME}` stands for a secret."""
    parts = _NAME.split(text)
    return tuple(EnvironmentSecret(part) if i % 2 else part for i, part in enumerate(parts) if part)


def bearer(parts: SecretText, scheme: str = "Bearer") -> Credentials:
    """An Authorization header with a token (RFC 6750)."""
    return (("Authorization", (f"{scheme} ", *parts)),)


def reveal(parts: SecretText, environment: Mapping[str, str]) -> str:
    """The whole text. Raises CrmNoCredential when a part of it is not set."""
    return "".join(part.reveal(environment) if isinstance(part, Secret) else part for part in parts)


class Request(Struct, frozen=True, kw_only=True):
    """One request. `accepts` are the statuses that are an answer; any other is an error.

    `form` is sent as a form and may hold secrets, `json` as JSON. `apart` is how many seconds must have gone by since
    the request before, where the CRM limits their rate.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    credentials: Credentials = ()
    form: Credentials = ()
    json: Any = None
    accepts: tuple[int, ...] = (200,)
    apart: float = 0.0


class Reply(Struct, frozen=True, kw_only=True):
    """One reply. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def link(self, relation: str) -> dict[str, str] | None:
        """The query of the address to which a Link header (RFC 8288) leads by a relation, as `next`; None when it leads
        nowhere. The host of that address is not looked at: whoever asked goes on where they asked.
        """
        for target, parameters in _LINK.findall(self.headers.get("link", "")):
            named = _RELATION.search(parameters)
            if named and relation in (named[1] or named[2]).lower().split():
                return dict(parse_qsl(target.partition("?")[2]))
        return None

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


class Token(Struct, frozen=True):
    """What signing in gave: a token, and for how many seconds it is good."""

    value: HeldSecret
    lasts: float


#: A conversation with a CRM, without I/O: it yields a request, is sent the reply, and returns what it was for.
Flow = Generator[Request, Reply, T]


def address(url: str, path: str = "", **query: str | int) -> str:
    """An address: a connection's url, a path below it, and a query whose values are encoded; empty ones are left
    out.
    """
    encoded = urlencode([(k, v) for k, v in query.items() if v != ""], quote_via=quote)
    return url.rstrip("/") + path + (f"?{encoded}" if encoded else "")


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
