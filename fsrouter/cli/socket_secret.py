"""What `fsrouter freeswitch` does about the secret that FreeSWITCH shows to routers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fsrouter.cli import output
from fsrouter.cli.session import Session
from fsrouter.errors import UsageError

if TYPE_CHECKING:
    from fsrouter.freeswitch.install.conf_dir import Installation
    from fsrouter.freeswitch.install.plan import Plan

#: Stands in a plan for a secret that has not been made yet.
UNMADE = "0" * 64
#: Seconds in which every router that lives has read a changed secret; they look four times a second.
NOTICED = 1.0


def plan(session: Session, wanted: Installation, conf: Path, new: bool, at_once: bool, dry_run: bool) -> Plan:
    """What it takes to have `wanted` with the secret in `conf`.

    On `new`, and when there is none yet, one is made, unless this is a dry run; `at_once` leaves the former one no
    time. What cannot be put into `conf` is found out before a secret is changed. Raises UsageError.
    """
    from fsrouter.freeswitch.install import secret
    from fsrouter.freeswitch.install.conf_dir import plan_install
    from fsrouter.freeswitch.install.plan import refuse_unwritable
    from fsrouter.freeswitch.socket_secret import SocketSecret

    if wanted.routers.in_process:
        return plan_install(wanted, conf)  # no port, so nobody else can hand over a call
    kept = SocketSecret(session.store.secrets, session.settings.key)
    current = "" if new else kept.current(secret.found(conf))
    planned = plan_install(replace(wanted, secret=current or UNMADE), conf)
    if current or dry_run:
        return planned
    refuse_unwritable(planned)
    if new and not at_once:
        _refuse_twice(session)
    made = kept.change(0.0) if at_once else kept.change() if new else kept.first()
    if not at_once and session.store.nodes.alive(session.clock()):
        session.runtime.sleep(NOTICED)  # FreeSWITCH may show it from when it is written
    return plan_install(replace(wanted, secret=made), conf)


def _refuse_twice(session: Session) -> None:
    """Raise UsageError while the former secret is right: one more change, and what shows that one is let in no more."""
    known = session.store.secrets.known()
    if known.previous is not None and session.clock() < known.until:
        former = "the former one is" if known.previous else "calls without one are"
        raise UsageError(
            f"the secret was changed already, and {former} taken until {output.moment(known.until)}: leave out "
            "--new-secret to give the new one to another FreeSWITCH, or add --at-once to change it again all the same"
        )


def installed(session: Session, conf: Path) -> str:
    """The secret in `conf` when it is the right one, else something that is none."""
    from fsrouter.freeswitch.install import secret
    from fsrouter.store.secrets import Verdict

    found = secret.found(conf)
    right = session.store.secrets.known().verdict(found, session.clock()) is Verdict.RIGHT
    return found if right else UNMADE


def tell(session: Session, planned: Plan) -> None:
    """Say what becomes of calls when `planned` has changed the secret that FreeSWITCH shows."""
    if not any(change.masked and change.after for change in planned.changes):
        return
    known = session.store.secrets.known()
    if known.previous is None or known.until <= session.clock():
        output.info("routers take calls of a FreeSWITCH only when it has read this secret: run this for each")
        return
    former = "the former secret" if known.previous else "no secret"
    output.info(
        f"routers take calls of a FreeSWITCH that shows {former} until {output.moment(known.until)}: "
        "run this for each FreeSWITCH before"
    )


def refuse(new: bool, at_once: bool, without: bool) -> None:
    """Raise UsageError for options that do not go together; `without`: there is to be no secret."""
    if at_once and not new:
        raise UsageError("--at-once says how a secret is changed: give --new-secret too")
    if new and without:
        raise UsageError("--new-secret does not go with --remove and --in-process: there is no secret then")
