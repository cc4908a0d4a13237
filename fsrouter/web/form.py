"""What a stranger's request says, read within bounds. Knows nothing of pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from fsrouter.web.answers import Refused

#: Characters of a query string; bytes of a body; names in both.
LONGEST_QUERY = 8000
LARGEST_BODY = 16_384
MOST_FIELDS = 50

FORM = "application/x-www-form-urlencoded"

Environ = Mapping[str, Any]


def fields(environ: Environ) -> dict[str, str]:
    """The fields of a query string and, of a POST, of its form; of several with one name the first counts.

    Raises Refused: 400, 411, 413, 414, 415.
    """
    query = environ.get("QUERY_STRING", "")
    if len(query) > LONGEST_QUERY:
        raise Refused("414 URI Too Long", f"the query has more than {LONGEST_QUERY} characters")
    # A native string of WSGI holds the bytes that came, one a character (PEP 3333, Unicode Issues).
    texts = [query.encode("latin-1", "replace")]
    if environ["REQUEST_METHOD"] == "POST":
        texts.append(_body(environ))
    found: dict[str, str] = {}
    for text in texts:
        try:
            pairs = parse_qsl(text.decode("utf-8", "replace"), errors="replace", max_num_fields=MOST_FIELDS)
        except ValueError:
            raise Refused("400 Bad Request", f"there are more than {MOST_FIELDS} fields") from None
        for name, value in pairs:
            found.setdefault(name, value)
    return found


def _body(environ: Environ) -> bytes:
    if environ.get("HTTP_TRANSFER_ENCODING"):
        raise Refused("411 Length Required", "say how long the form is, with Content-Length")
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        raise Refused("400 Bad Request", "Content-Length is no number")
    if len(length) > 9 or int(length) > LARGEST_BODY:
        raise Refused("413 Content Too Large", f"the form has more than {LARGEST_BODY} bytes")
    if not int(length):
        return b""
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM:
        raise Refused("415 Unsupported Media Type", f"send the fields as {FORM}")
    try:
        body: bytes = environ["wsgi.input"].read(int(length))
    except OSError:
        body = b""
    if len(body) < int(length):
        raise Refused("400 Bad Request", "the form ends too early")
    return body
