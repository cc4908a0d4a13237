"""The one module that sends.

What it guarantees for every request, whatever rule book and CRM say: https to a checked address, the certificate
verified for the url's host, at most three redirects and none to another scheme, credentials for nobody but the host
that they are for, a deadline for everything together, and a bound on the bytes of the reply as they are unpacked.
Blocking; it is called in native threads and shares its connections among them.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import ssl
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec
import requests
import urllib3.exceptions
from msgspec import Struct

from fsrouter.crm.errors import CrmBadReply, CrmError, CrmTimeout, CrmUnavailable, CrmUnsafe
from fsrouter.crm.transport.address_check import networks
from fsrouter.crm.transport.messages import Credentials, Reply, Request, reveal
from fsrouter.crm.transport.sockets import CheckedAdapter, within
from fsrouter.errors import UsageError
from fsrouter.runtime import Runtime

REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 3
CHUNK = 1 << 16
HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "fsrouter"}
#: Bytes of headers' values that are kept, each.
HEADER = 2000

#: What `requests` and what is below it raise when the answer is late, when the address cannot be used, when the reply
#: cannot be read, when TLS fails, and when anything else on the way does.
LATE = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
ADDRESSES = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)
REPLIES = (
    requests.exceptions.InvalidJSONError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.TooManyRedirects,
    requests.exceptions.InvalidHeader,
    urllib3.exceptions.DecodeError,
    urllib3.exceptions.InvalidHeader,
    zlib.error,
)
TLS = (requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError)
WAY = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class Bounds(Struct, frozen=True):
    """How long a request may take, in seconds: to connect, between two bytes, and in all; and how many bytes its reply
    may have, unpacked.
    """

    connect: float
    read: float
    total: float
    most: int

    def within(self, seconds: float) -> Bounds:
        """The same for a request that has only so many seconds."""
        return Bounds(min(self.connect, seconds), min(self.read, seconds), min(self.total, seconds), self.most)


#: For a page of a sync, and for a call that waits.
SYNC = Bounds(connect=10.0, read=30.0, total=120.0, most=32 << 20)
LOOK_UP = Bounds(connect=1.0, read=2.0, total=2.0, most=1 << 20)


class Sender:
    """Sends requests. `private` are networks that CRMs may be in although they are private (`10.1.0.0/16`), `ca` is a
    file of further trusted certificates. Raises UsageError when a network or the file is none.

    Proxies, netrc and other settings of the process's environment are not looked at; a proxy would connect to
    addresses that nobody has checked.
    """

    def __init__(
        self,
        runtime: Runtime,
        private: Sequence[str] = (),
        ca: str = "",
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        try:
            self._adapter = CheckedAdapter(runtime, networks(private), ca)
        except OSError as error:
            reason = error.strerror or "it holds no certificate in PEM"
            raise UsageError(f"{ca}: the certificates that the setting crm_ca names cannot be read: {reason}") from None
        self._clock = runtime.monotonic
        self._environment = environment

    def send(self, request: Request, bounds: Bounds = SYNC) -> Reply:
        """Send a request and return the reply, whatever its status is. Raises CrmError."""
        host = _host(request.url)
        with request_errors(host.hostname or ""), within(bounds.total, self._clock):
            return self._followed(request, bounds)

    def digest(self, request: Request, key: bytes) -> str:
        """What a request says, with its credentials, as a digest (HMAC, RFC 2104) from which nobody learns anything
        without the key. Raises CrmNoCredential.
        """
        said = (
            request.method,
            request.url,
            self._reveal(request.credentials),
            self._reveal(request.form),
            request.json,
        )
        return hmac.new(key, msgspec.json.encode(said), hashlib.sha256).hexdigest()

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def _followed(self, request: Request, bounds: Bounds) -> Reply:
        for _ in range(MOST_REDIRECTS + 1):
            reply = self._once(request, bounds)
            if reply.status not in REDIRECTS or "location" not in reply.headers:
                return reply
            if request.method != "GET":
                raise CrmBadReply(f"{_host(request.url).hostname} redirects a {request.method}, which is not followed")
            request = _redirected(request, urljoin(request.url, reply.headers["location"]))
        raise CrmBadReply(f"{_host(request.url).hostname} redirects more than {MOST_REDIRECTS} times")

    def _once(self, request: Request, bounds: Bounds) -> Reply:
        headers = HEADERS | dict(request.headers) | dict(self._reveal(request.credentials))
        body: str | bytes | None = None
        if request.form:
            body = urlencode(self._reveal(request.form))
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif request.json is not None:
            body = msgspec.json.encode(request.json)
            headers["Content-Type"] = "application/json"
        prepared = requests.Request(request.method, request.url, headers=headers, data=body).prepare()
        response = self._adapter.send(prepared, stream=True, timeout=(bounds.connect, bounds.read))
        try:
            found = _body(response, bounds.most)
        except BaseException:
            # An answer that is not read to its end leaves its connection in no state to be used again.
            response.raw.close()
            raise
        response.raw.release_conn()
        got = {name.lower(): value[:HEADER] for name, value in response.headers.items()}
        return Reply(status=response.status_code, headers=got, body=found)

    def _reveal(self, texts: Credentials) -> list[tuple[str, str]]:
        return [(name, reveal(parts, self._environment)) for name, parts in texts]


def _redirected(request: Request, url: str) -> Request:
    """The request that a redirect asks for; another host gets no credentials and no headers of ours."""
    old, new = _host(request.url), _host(url)
    if (old.hostname, old.port) == (new.hostname, new.port):
        return msgspec.structs.replace(request, url=url)
    return Request(url=url, accepts=request.accepts)


def _host(url: str) -> Any:
    """A url in its parts. Raises CrmUnsafe when it is not one that we talk to."""
    try:
        parts = urlsplit(url)
        usual = parts.scheme == "https" and parts.hostname and parts.username is None and (parts.port or 443)
    except ValueError:
        usual = False
    if not usual:
        raise CrmUnsafe("a CRM is talked to by https only, at an address with a host and without a password")
    return parts


def _body(response: Any, most: int) -> bytes:
    """The body, unpacked, of at most `most` bytes. Raises CrmBadReply."""
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip", ""):
        raise CrmBadReply("answered in a packing that was not asked for")
    unpacker = zlib.decompressobj(wbits=31) if packing == "gzip" else None
    found = bytearray()
    for chunk in response.raw.stream(CHUNK, decode_content=False):
        found += unpacker.decompress(chunk, most + 1 - len(found)) if unpacker else chunk
        if len(found) > most or (unpacker and unpacker.unconsumed_tail):
            raise CrmBadReply(f"answered more than {most >> 10} KiB")
    if unpacker and not unpacker.eof and found:
        raise CrmBadReply("answered only a part of a packed body")
    return bytes(found)


@contextlib.contextmanager
def request_errors(host: str) -> Iterator[None]:
    """Everything that `requests` and what is below it can raise, as an error of ours.

    The cause is not chained: it carries the request with its headers.
    """
    try:
        yield
    except CrmError:
        raise
    except (*WAY, *REPLIES, ValueError) as error:
        raise _of_ours(host, error) from None


def _of_ours(host: str, error: Exception) -> CrmError:
    if isinstance(error, LATE) or (isinstance(error, WAY) and _found(error, TimeoutError)):
        return CrmTimeout(f"{host} did not answer in time")
    if isinstance(error, TLS):
        bad = _found(error, ssl.SSLCertVerificationError)
        if bad is not None:
            return CrmUnsafe(f"{host} has a certificate that does not hold: {getattr(bad, 'verify_message', '')}")
        return CrmUnavailable(f"{host} does not speak TLS as it should")
    if isinstance(error, ADDRESSES):
        return CrmUnsafe(f"{host}: the address cannot be used ({type(error).__name__})")
    if isinstance(error, WAY) and not isinstance(error, REPLIES):
        return CrmUnavailable(f"{host} cannot be reached or broke off ({_reason(error)})")
    return CrmBadReply(f"{host} answered in a way that cannot be read ({type(error).__name__})")


def _found(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    """The error of a kind that lies below another one."""
    for _ in range(8):
        if error is None or isinstance(error, kind):
            return error
        below = getattr(error, "reason", None) or next((a for a in error.args if isinstance(a, BaseException)), None)
        error = below if isinstance(below, BaseException) else error.__cause__ or error.__context__
    return None


def _reason(error: BaseException) -> str:
    """Why, in the system's words; never the text of the error, which has the address in it."""
    below = _found(error, ConnectionError) or _found(error, OSError)
    return str(getattr(below, "strerror", None) or type(below or error).__name__)
