"""How a telephone behaves, and one call as it has it: what happened when, and what may be done with it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Condition
from typing import Protocol
from urllib.parse import quote

from live import sip
from live.media import Media


class Telephone(Protocol):
    """What a talk asks of its telephone: `news` tells that something has happened."""

    name: str
    news: Condition

    def request(self, talk: Talk, method: str, more: list[tuple[str, str]] | None = None, body: str = "") -> None:
        """Send a request within a call."""

    def cancel(self, talk: Talk) -> None:
        """Take an invitation back."""

    def decline(self, talk: Talk) -> None:
        """Refuse an invitation that has come."""


@dataclass(frozen=True)
class Manner:
    """How a number behaves when it is called: `after` seconds it sends `code` (None: never anything but ringing), with
    `contact` as where else to call (302); `progress` is what it sends at once, 180 or 100, or nothing.

    When it has answered it hums a tone of `hum` Hz, presses `press` after `press_after` seconds, and hangs up after
    `talk` seconds, if any.
    """

    after: float | None = 0.2
    code: int = 200
    hum: int = 0
    talk: float | None = None
    press: str = ""
    press_after: float = 0.5
    contact: str = ""
    progress: tuple[int, ...] = (180,)


ANSWERS, BUSY, SILENT = Manner(), Manner(after=0.05, code=486), Manner(after=None)


@dataclass
class Talk:
    """One call as a telephone has it. `at` holds the moment (monotonic) of each thing that happened to it."""

    phone: Telephone
    call_id: str
    local: str
    remote: str
    target: str
    peer: tuple[str, int]
    media: Media
    user: str = ""
    incoming: bool = False
    invite: sip.Message | None = None
    code: int = 0
    cseq: int = 1
    agreed: int = 0
    replies: dict[str, int] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    at: dict[str, float] = field(default_factory=dict)

    def happened(self, what: str) -> None:
        """Remember that something happened, the first time that it does."""
        with self.phone.news:
            self.at.setdefault(what, time.monotonic())
            self.phone.news.notify_all()
        if what == "ended":
            self.media.stop()

    def wait(self, what: str, seconds: float = 10.0) -> float:
        """Wait for `ringing`, `early`, `answered`, `refused`, `cancelled`, `ended`; returns the moment.

        Raises TimeoutError.
        """
        with self.phone.news:
            if not self.phone.news.wait_for(lambda: what in self.at, seconds):
                raise TimeoutError(f"{self.phone.name}: no {what} within {seconds:g} s, only {sorted(self.at)}")
        return self.at[what]

    @property
    def caller(self) -> str:
        """The number that it calls from."""
        return sip.address(self.local).removeprefix("sip:").partition("@")[0]

    @property
    def shown(self) -> str:
        """Who the caller is said to be: the From header of the invitation."""
        return self.invite.get("from") if self.invite else ""

    def press(self, keys: str) -> None:
        """Press keys."""
        self.media.press(keys)

    def hang_up(self) -> None:
        """End the call: a BYE, or a CANCEL while it rings."""
        if "ended" in self.at:
            return
        if "answered" in self.at:
            self.phone.request(self, "BYE")
            self.happened("ended")
        elif self.incoming:
            self.phone.decline(self)
        else:
            self.phone.cancel(self)

    def hold(self, on: bool = True) -> None:
        """Put the other side on hold, or take it back, as a telephone's button does: by a re-INVITE."""
        before = self.agreed
        self.phone.request(self, "INVITE", body=sip.offer(self.media.port, "sendonly" if on else "sendrecv"))
        with self.phone.news:
            if not self.phone.news.wait_for(lambda: self.agreed > before, 5):
                raise TimeoutError(f"{self.phone.name}: hold is not agreed to")

    def refer(self, user: str, replaces: Talk | None = None) -> None:
        """Transfer the other side to a user of FreeSWITCH's, or into the place of another talk of this telephone."""
        host, port = self.peer
        into = f"?Replaces={quote(replaces.identity, safe='')}" if replaces else ""
        self.phone.request(
            self, "REFER", [("refer-to", f"<sip:{user}@{host}:{port}{into}>"), ("referred-by", "<sip:live@127.0.0.1>")]
        )

    @property
    def identity(self) -> str:
        """What a Replaces header calls this talk."""
        return f"{self.call_id};to-tag={sip.tag(self.remote)};from-tag={sip.tag(self.local)}"
