"""What is to be thought of the secret that a FreeSWITCH shows to routers (docs/wire.md 13). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fsrouter.freeswitch.doctor.expected import Expected
from fsrouter.freeswitch.doctor.finding import INSTALL, Finding, error, ok, warning
from fsrouter.freeswitch.doctor.probe import Actual
from fsrouter.store.secrets import Verdict

#: When the file is right, and FreeSWITCH shows something else.
_RELOAD: Final = (
    "fs_cli -x reloadxml; if that does not help, FreeSWITCH's user cannot read dialplan/fsrouter_secret.xml, or "
    "FreeSWITCH does not read its dialplan from there"
)


def secret(actual: Actual, expected: Expected) -> Iterator[Finding]:
    """Whether routers take calls of this FreeSWITCH."""
    if expected.secret is None or actual.secret is None:
        return
    remedy = _RELOAD if expected.secret_installed else INSTALL
    until = expected.secret.until_when
    match actual.secret:
        case Verdict.RIGHT:
            yield ok("it shows routers the right secret")
        case Verdict.FORMER:
            shown = "the former secret" if expected.secret.previous else "no secret"
            yield warning(f"it shows routers {shown}; they take its calls until {until}", remedy)
        case Verdict.UNASKED:
            yield warning("no secret has been made: whoever reaches a router's port can hand it calls", INSTALL)
        case Verdict.NONE:
            yield error("it shows routers no secret, so that they take none of its calls", remedy)
        case Verdict.WRONG:
            yield error("it shows routers a wrong secret, so that they take none of its calls", remedy)
        case Verdict.CLOSED:
            yield error("no secret has been made, so that routers take no calls at all", INSTALL)
