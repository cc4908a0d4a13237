"""Requests and answers over HTTP: an answer as a value, a request's fields read within bounds, and which web sites may
ask at all. Knows nothing of what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from fsrouter.errors import Refused, UsageError

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

#: A WSGI environment (PEP 3333).
Environ = Mapping[str, Any]

#: What goes with every answer: nothing of this is to be kept, guessed at, or shown inside of another site.
ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))

#: Characters of a query string; bytes of a body; names in both.
LONGEST_QUERY = 8000
LARGEST_BODY = 16_384
MOST_FIELDS = 50

#: A site as a browser names it: no path, no slash at its end (RFC 6454, section 6.2).
SITE = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
#: Seconds for which a browser may remember what is allowed.
REMEMBER = 3600


class Answer(Struct, frozen=True):
    """A status line, a body and what the body is; `headers` are further ones."""

    status: str
    body: bytes = b""
    kind: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def all_headers(self) -> list[tuple[str, str]]:
        """The headers as WSGI wants them."""
        kind = [("Content-Type", self.kind)] if self.kind else []
        return [*kind, ("Content-Length", str(len(self.body))), *ALWAYS, *self.headers]

    def with_headers(self, *headers: tuple[str, str]) -> Answer:
        """The same answer with further headers."""
        return msgspec.structs.replace(self, headers=(*self.headers, *headers))


class RequestRefused(Refused):
    """A request that is not carried out; `answer` says why. What was asked is not repeated in it."""

    def __init__(self, status: str, why: str, *headers: tuple[str, str]) -> None:
        super().__init__(why)
        self.answer = as_json({"error": why}, status).with_headers(*headers)


def as_json(value: Any, status: str = "200 OK") -> Answer:
    """A value as JSON."""
    return Answer(status, msgspec.json.encode(value) + b"\n", JSON)


def fields(environ: Environ) -> dict[str, str]:
    """The fields of a query string and, of a POST, of its form; of several with one name the first counts.

    Raises RequestRefused: 400, 411, 413, 414, 415.
    """
    query = environ.get("QUERY_STRING", "")
    if len(query) > LONGEST_QUERY:
        raise RequestRefused("414 URI Too Long", f"the query has more than {LONGEST_QUERY} characters")
    # A native string of WSGI holds the bytes that came, one a character (PEP 3333, Unicode Issues).
    texts = [query.encode("latin-1", "replace")]
    if environ["REQUEST_METHOD"] == "POST":
        texts.append(_body(environ))
    found: dict[str, str] = {}
    for text in texts:
        try:
            pairs = parse_qsl(text.decode("utf-8", "replace"), errors="replace", max_num_fields=MOST_FIELDS)
        except ValueError:
            raise RequestRefused("400 Bad Request", f"there are more than {MOST_FIELDS} fields") from None
        for name, value in pairs:
            found.setdefault(name, value)
    return found


def _body(environ: Environ) -> bytes:
    if environ.get("HTTP_TRANSFER_ENCODING"):
        raise RequestRefused("411 Length Required", "say how long the form is, with Content-Length")
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        raise RequestRefused("400 Bad Request", "Content-Length is no number")
    if len(length) > 9 or int(length) > LARGEST_BODY:
        raise RequestRefused("413 Content Too Large", f"the form has more than {LARGEST_BODY} bytes")
    if not int(length):
        return b""
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM:
        raise RequestRefused("415 Unsupported Media Type", f"send the fields as {FORM}")
    try:
        body: bytes = environ["wsgi.input"].read(int(length))
    except OSError:
        body = b""
    if len(body) < int(length):
        raise RequestRefused("400 Bad Request", "the form ends too early")
    return body


class Origins:
    """The sites whose pages may ask, by the rules of CORS. Raises UsageError for one that no browser would name so.

    Without a list only pages of our own origin may. A page of another site is refused before anything is done, since a
    visit takes a number whether or not the browser lets the page see the answer.
    """

    def __init__(self, sites: Iterable[str]) -> None:
        self._sites = {site.lower(): site.lower() for site in sites}
        for site in self._sites:
            if site != "*" and not SITE.fullmatch(site):
                raise UsageError(
                    f"web_origins: {site!r} is no web site; write scheme and host, as https://www.acme.example"
                )

    def allowed(self, environ: Environ) -> tuple[tuple[str, str], ...]:
        """The headers that let the page which asks see the answer. Raises RequestRefused for a page of another site."""
        origin = environ.get("HTTP_ORIGIN", "").lower()
        varies = ("Vary", "Origin")
        if not origin or origin.partition("://")[2] == environ.get("HTTP_HOST", "").lower():
            return (varies,)
        found = self._sites.get(origin) or self._sites.get("*")
        if found is None:
            raise RequestRefused("403 Forbidden", "pages of this site may not ask; list it in web_origins", varies)
        return (varies, ("Access-Control-Allow-Origin", found))

    def preflight(self, methods: str) -> Answer:
        """What a browser is told that asks beforehand."""
        return Answer("204 No Content").with_headers(
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", "Content-Type"),
            ("Access-Control-Max-Age", str(REMEMBER)),
        )
