"""Who is at the far ends: the caller, and the phones that get rung.

What lives here: plain values that a test writes down. What it must not know: channels, timers, sockets.

All times are simulated seconds. A key is one or more of `0-9 * # A-D`; several characters are pressed 0.1 s apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fsrouter.simulator import causes

Press = tuple[str, float]
"""Keys and when they are pressed: a phone's after its answer, a caller's after what waits for keys has begun."""


@dataclass(frozen=True, slots=True)
class Phone:
    """How one dialled target behaves when it is rung.

    `answers_after`: seconds of ringing before it answers; None rings for ever.
    `busy` / `reject`: refuses after `refuses_after` seconds with USER_BUSY / with this FreeSWITCH cause; `code`: with
    this SIP status, of which FreeSWITCH makes a cause. `silent`: says nothing but 100, so that it never rings.
    `talk`: seconds from its answer until it hangs up, with `hangs_up` as the cause; None talks until the caller leaves.
    `presses`: keys and the seconds after its answer, for accept keys and for DTMF during a talk.
    `registered`: False for a SIP user without a registration: USER_NOT_REGISTERED, and `sofia_contact` says so.
    `redirects`: answers 302 after `refuses_after` seconds, with this as where else to call: `sip:1003@HOST`.
    `early_media`: sends 183 with audio while it rings, which counts as answered unless `ignore_early_media` is set.
    """

    answers_after: float | None = 0.4
    busy: bool = False
    reject: str = ""
    refuses_after: float = 0.02
    talk: float | None = 2.0
    presses: tuple[Press, ...] = ()
    registered: bool = True
    hangs_up: str = "NORMAL_CLEARING"
    early_media: bool = False
    redirects: str = ""
    code: int = 0
    silent: bool = False

    @property
    def refusal(self) -> str:
        """The cause with which it refuses every call, or nothing."""
        if not self.registered:
            return "USER_NOT_REGISTERED"
        return "USER_BUSY" if self.busy else self.reject or causes.OF_STATUS.get(self.code, "")


ANSWERS = Phone()
RINGS_OUT = Phone(answers_after=None)
BUSY = Phone(busy=True)
NOBODY = Phone(reject="NORMAL_TEMPORARY_FAILURE")
"""Nothing listens at the address: FreeSWITCH gets no SIP answer at all and says 503."""
UNREGISTERED = Phone(registered=False)
DOWN = Phone(reject="GATEWAY_DOWN")
"""A gateway that FreeSWITCH knows to be down: no channel is made for it (docs/live.md)."""
SILENT = Phone(answers_after=None, silent=True)


@dataclass(frozen=True, slots=True)
class Caller:
    """A person who calls.

    `number`, `name`: caller ID as it stands in the SIP From header, percent signs and all.
    `to`: the dialled number. `keys`: what is pressed for each menu, queue, or voicemail in turn: a string of keys one
    second after it begins, `""` or `"-"` for nothing, or `(keys, seconds)`.
    `hangs_up_after`: seconds after the call began, or `"at:STEP"` where STEP is the name of an application (`playback`,
    `bridge`, `socket` …) or `ringing`, `talking`, `queue`, with `+SECONDS` for later: `"at:talking+3"`; None stays on
    the line.
    `message`: seconds of speech left in a voicemail, after which the caller hangs up.
    `pace`: how fast their RTP comes, 1 is as it should: playback is paced by it, so at 0.5 a prompt lasts twice as long
    (docs/live.md).
    `user`: the directory's user whose password they have shown FreeSWITCH, "" for a stranger. `profile`, `gateway`,
    `context`: by which SIP profile and registration the call comes, and the dialplan's context where it begins.
    `variables`: channel variables that the trunk or the dialplan has set before ours begins.
    """

    number: str = "15550100"
    name: str = "lab"
    to: str = "9601"
    keys: tuple[str | Press, ...] = ()
    hangs_up_after: float | str | None = None
    message: float = 5.0
    pace: float = 1.0
    user: str = ""
    profile: str = "internal"
    gateway: str = ""
    context: str = "public"
    variables: Mapping[str, str] = field(default_factory=dict)


def presses(keys: str | Press, begin: float = 1.0) -> tuple[Press, ...]:
    """Single keys and their times from what a test wrote: `"12"`, `("12", 0.5)`, or nothing for `""` and `"-"`."""
    text, after = (keys, begin) if isinstance(keys, str) else keys
    if text in ("", "-"):
        return ()
    return tuple((key, after + 0.1 * at) for at, key in enumerate(text))
