"""What can be reached at all: endpoints, extensions, mailboxes and ring times as FreeSWITCH takes them.

The one source of these rules. The rule book refuses what the wire would refuse, so that no telephone stays silent for a
reason that nobody learns; the wire (`esl.validation`, `esl.dialstring`) checks by the same tables. Knows neither.
"""

from __future__ import annotations

import re

#: Keys that can be dialled behind an answer, as a class of a regular expression, and the most of them. Pauses are no
#: keys: `w`, `W` and `,` mean something to one application or another, and `extension_delay` says it for all.
KEYS, MAX_KEYS = r"0-9*#A-D", 32
DIGITS = rf"[{KEYS}]{{1,{MAX_KEYS}}}"

#: Characters of an endpoint, the most of them, and its forms. `loopback/` is none: `loopback/app=APPLICATION:ARGUMENT`
#: runs any application (mod_loopback.c).
ENDPOINT_CHARACTERS, MAX_ENDPOINT = r"A-Za-z0-9_.+@:;=*#/-", 255
_ANY, _PLAIN = r"[A-Za-z0-9_.+@:;=*#-]+", r"[A-Za-z0-9_.+@:*#-]+"
ENDPOINT = rf"user/{_PLAIN}|sofia/gateway/{_ANY}/{_PLAIN}|sofia/{_ANY}/{_ANY}|verto\.rtc/{_ANY}|error/[A-Za-z_]+"
#: Two of these around an underscore begin another dial string (switch_ivr_originate.c:2141).
ANOTHER_DIAL_STRING = ":_:"

#: Whose mailbox, before and behind the `@`.
BOX, DOMAIN = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", r"[A-Za-z0-9][A-Za-z0-9_.-]{0,119}"
MAILBOX = rf"{BOX}(?:@{DOMAIN})?"

#: What the dialplan can look up.
EXTENSION = r"[A-Za-z0-9+*#_][A-Za-z0-9+*#_.-]{0,39}"

#: Seconds that a telephone rings when nothing else is said, and at most; and that may go by between an answer and an
#: extension.
DEFAULT_RING, MAX_RING, MAX_DELAY = 30, 3600, 20

_endpoint = re.compile(ENDPOINT)
WRITE = "write it as user/1001, sofia/PROFILE/USER@HOST or sofia/gateway/NAME/NUMBER"


def endpoint_problem(text: str) -> str:
    """What is wrong with an endpoint, as a phrase that goes on from it; "" when it can be dialled."""
    if text.startswith("loopback/"):
        return (
            "is no endpoint: loopback/ runs whatever stands behind it; a route goes to the dialplan by extension:NAME,"
            f" and a telephone's endpoint, {WRITE}"
        )
    if len(text) > MAX_ENDPOINT:
        return f"is no endpoint: it is longer than {MAX_ENDPOINT} characters"
    if not _endpoint.fullmatch(text) or ANOTHER_DIAL_STRING in text:
        return f"is no endpoint; {WRITE}"
    return ""
