"""SIP messages, as far as a telephone on loopback needs them: read, written, and the digest by which it registers.

Knows text only, no socket and no call.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}


@dataclass
class Message:
    """A request or a response: its first line, its headers in order (names in lower case), its body."""

    first: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    @property
    def method(self) -> str:
        """A request's method; a response's is that of what it answers."""
        return self.get("cseq").split()[-1] if self.code else self.first.split()[0]

    @property
    def code(self) -> int:
        """A response's code, 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def user(self) -> str:
        """The user part of a request's address."""
        found = re.match(r"\w+ sips?:([^@;>]+)@", self.first)
        return found[1] if found else ""

    def get(self, name: str) -> str:
        """The first header of that name, "" without one."""
        return next((value for each, value in self.headers if each == name), "")

    def text(self) -> str:
        """The message as it is sent."""
        lines = [self.first, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"content-length: {len(self.body)}", "", self.body])


def read(text: str) -> Message:
    """Read a message that arrived."""
    head, _, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    pairs = (line.partition(":")[::2] for line in lines if ":" in line)
    headers = [(SHORT.get(name.strip().lower(), name.strip().lower()), value.strip()) for name, value in pairs]
    return Message(first, headers, body)


def tag(header: str) -> str:
    """The tag of a From or To header."""
    found = re.search(r"tag=([^;>\s]+)", header)
    return found[1] if found else ""


def address(header: str) -> str:
    """The address of a Contact, From or To header."""
    found = re.findall(r"<([^>]+)>", header)
    return found[-1] if found else header.partition(";")[0]


def where(uri: str, otherwise: tuple[str, int]) -> tuple[str, int]:
    """Host and port of an address."""
    found = re.search(r"@([0-9.]+):(\d+)", uri)
    return (found[1], int(found[2])) if found else otherwise


def digest(challenge: str, user: str, password: str, method: str, uri: str) -> str:
    """The answer to a WWW-Authenticate header (RFC 2617, MD5, qop=auth)."""
    asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    secret = md5(f"{user}:{asked['realm']}:{password}")
    proof = md5(f"{secret}:{asked['nonce']}:00000001:live:auth:{md5(f'{method}:{uri}')}")
    return (
        f'Digest username="{user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", uri="{uri}", '
        f'response="{proof}", algorithm=MD5, qop=auth, nc=00000001, cnonce="live"'
    )


def offer(port: int, way: str = "sendrecv") -> str:
    """What a telephone says of its media: mu-law, and keys by RFC 2833, on a port of loopback; `sendonly` holds."""
    return (
        "v=0\r\no=live 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        "a=fmtp:101 0-15\r\na=ptime:20\r\n"
        f"a={way}\r\n"
    )


def media_port(body: str) -> int:
    """The port that the other side's description names, 0 without one."""
    found = re.search(r"m=audio (\d+)", body)
    return int(found[1]) if found else 0
