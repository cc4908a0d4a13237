"""The file by which FreeSWITCH shows a secret to the routers that it hands calls to (docs/wire.md 13).

It sets a global variable, so that the secret stands on no channel, in no event and no CDR. Whoever can read the file
can hand calls to a router, so its text is never shown.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from fsrouter.errors import Refused
from fsrouter.esl import variables
from fsrouter.freeswitch.install import plan
from fsrouter.freeswitch.install.dialplan import fill, template
from fsrouter.freeswitch.install.plan import Change

NAME: Final = "dialplan/fsrouter_secret.xml"
"""Where it is, beside the context `fsr`: FreeSWITCH reads it whenever it reads that."""

_SECRET = re.compile("[0-9a-f]{64}", re.ASCII)
_SET = re.compile(rf'({variables.SECRET}=)([^"]*)')


def text(secret: str) -> str:
    """The file's text. Raises Refused for what is not 64 hexadecimal digits."""
    if not _SECRET.fullmatch(secret):
        raise Refused("it does not have 64 hexadecimal digits", "secret")
    return fill(template(NAME), SECRET=secret)


def change(conf: Path, secret: str) -> Change:
    """The file in the configuration directory `conf` with `secret`, without the file for "". Raises UsageError."""
    if not secret:
        return plan.remove(conf / NAME, _masked)
    return plan.replace(conf / NAME, text(secret), "shows routers that calls come from this FreeSWITCH", _masked)


def found(conf: Path) -> str:
    """The secret that `conf` has; "" for none. Raises UsageError when it cannot be read."""
    set_to = _SET.search(plan.read(conf / NAME) or "")
    return set_to[2] if set_to else ""


def note(conf: Path) -> str:
    """What is wrong with who can read the file, "" for nothing."""
    path = conf / NAME
    open_to_all = path.exists() and path.stat().st_mode & 0o007
    return f"{path} has a secret and can be read by everybody on this machine: chmod 640 {path}" if open_to_all else ""


def _masked(text: str, word: str) -> str:
    return _SET.sub(rf"\g<1>{word}", text)
