"""`fsrouter freeswitch install`: the rule book in force as what FreeSWITCH itself must know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fsrouter.cli import paper
from fsrouter.cli.session import Session, pass_session

if TYPE_CHECKING:
    from fsrouter.esl.install import Plan

#: What must be said to FreeSWITCH for the files to count.
THEN = "now let FreeSWITCH read it: fs_cli -x reloadxml"


@click.command()
@click.option(
    "--conf",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The directory with freeswitch.xml, as /etc/freeswitch.",
)
@click.option("--dry-run", is_flag=True, help="Print every line that would change; change nothing.")
@click.option("--remove", is_flag=True, help="Take everything out again.")
@click.option("--context", default="public", show_default=True, help="The context where calls to our numbers arrive.")
@click.option("--router", "routers", multiple=True, metavar="HOST:PORT", help="A router; else those of the settings.")
@click.option("--rest", is_flag=True, help="Also take numbers that nothing else in the context takes.")
@pass_session
def install(
    session: Session, conf: Path, dry_run: bool, remove: bool, context: str, routers: tuple[str, ...], rest: bool
) -> None:
    """Put numbers, fail-safes and queues into FreeSWITCH.

    Into the files of its configuration. Says what it changes, and changes nothing twice. Run it again when tracking
    numbers, fail-safes or queues change.

    \b
    Example:
      fsrouter freeswitch install --conf /etc/freeswitch --dry-run
    """
    from fsrouter.esl.install import apply, plan_remove

    plan = plan_remove(conf) if remove else _planned(session, conf, context, routers, rest)
    if dry_run:
        click.echo(plan.diff(), nl=False)
        notes = [f"note: {note}" for note in plan.notes]
        for line in [*notes, "nothing was changed" if plan.changes else "nothing to do: it is all in place"]:
            paper.say(line)
        return
    apply(plan)
    paper.lines(plan.summary().splitlines())
    if plan.changes:
        paper.say(THEN)


def _planned(session: Session, conf: Path, context: str, routers: tuple[str, ...], rest: bool) -> Plan:
    from fsrouter.errors import UsageError
    from fsrouter.esl.allowed import Refused
    from fsrouter.esl.install import Installation, Routers, plan_install
    from fsrouter.esl.install.entries import Wiring, callcenter_from, entries_from

    settings, books = session.settings, session.books()
    wiring = Wiring.of(settings)
    entries = tuple(entry for book in books for entry in entries_from(book, wiring))
    addresses = routers or settings.routers or (settings.listen,)
    try:
        wanted = Installation(
            entries=entries,
            routers=Routers(addresses),
            callcenter=callcenter_from(books, wiring),
            did_context=context,
            rest=rest,
        )
    except Refused as error:
        raise UsageError(str(error)) from None
    return plan_install(wanted, conf)
