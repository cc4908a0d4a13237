"""An answer over HTTP, as a value. Knows neither requests nor what is asked."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

JSON = "application/json"

#: What goes with every answer: nothing of this is to be kept, guessed at, or shown inside of another site.
ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


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


class Refused(Exception):
    """A request that is not carried out; `answer` says why. What was asked is not repeated in it."""

    def __init__(self, status: str, why: str, *headers: tuple[str, str]) -> None:
        super().__init__(status)
        self.answer = told({"error": why}, status).with_headers(*headers)


def told(value: Any, status: str = "200 OK") -> Answer:
    """A value as JSON."""
    return Answer(status, msgspec.json.encode(value) + b"\n", JSON)
