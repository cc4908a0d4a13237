"""`fsrouter serve` and `fsrouter tui`: a router, and the dashboard that looks on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fsrouter.cli import output
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import UsageError

if TYPE_CHECKING:
    from fsrouter.settings.model import Settings


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where FreeSWITCH connects (127.0.0.1:8084).")
@click.option(
    "--web", metavar="HOST:PORT", help="Address of visitor pools, health and metrics (127.0.0.1:8085), or none."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Number of processes; they share one port.",
)
@click.option("--worker", type=click.IntRange(1), hidden=True, help="Which of the processes this one is.")
@pass_session
def serve(session: Session, listen: str | None, web: str | None, workers: int, worker: int | None) -> None:
    """Run a router that takes calls until it is stopped.

    SIGTERM or ^C lets live calls finish. A second one waits for none: those that go on are taken over by another router
    or the fail-safe. With --workers a process that dies is started again.

    \b
    Example:
      fsrouter serve --listen 127.0.0.1:8084 --workers 2
    """
    import os
    import signal

    from msgspec.structs import replace

    if worker is None:
        # Another program's directory of metrics; prometheus_client looks when it is imported.
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    from fsrouter.log.formats import configure
    from fsrouter.router.processes import stop_with_parent
    from fsrouter.router.service import Service

    configure(session.settings.log)
    given = {name: value for name, value in (("listen", listen), ("web", web)) if value}
    settings = replace(session.settings, **given)
    if workers > 1:
        click.get_current_context().exit(_parent(workers, session, settings))
    if worker is not None:
        stop_with_parent(session.runtime)
        settings = replace(settings, node=f"{settings.node}-{worker}", shared=True)
    service = Service(settings, session.store_or_new())
    if service.settings.web_address:
        service.add_web()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())  # who is told to stop before `run` listens stops as well
    service.start()
    service.run()


def _parent(count: int, session: Session, settings: Settings) -> int:
    """Keep several routers going; returns the exit code. Raises UsageError."""
    import signal
    from functools import partial

    from fsrouter.router.processes import Workers, command

    if not settings.address[1]:
        raise UsageError("several processes need a port to share: --listen HOST:PORT")
    words = partial(command, config=session.config, listen=settings.listen, web=settings.web or "none")
    routers = Workers(count, words, session.runtime)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: routers.stop(number))
    return routers.run()


@click.command()
@click.option("--read-only", is_flag=True, help="Look at everything, change nothing.")
@pass_session
def tui(session: Session, read_only: bool) -> None:
    """Watch calls and change rules in a terminal.

    Runs in its own process, on any machine that reaches the database. `?` shows the keys.

    \b
    Example:
      fsrouter tui
      fsrouter tui --read-only
    """
    if not output.is_terminal():
        raise UsageError("the dashboard needs a terminal; `fsrouter calls list` tells the same to a pipe or a file")
    from fsrouter.esl.call.call_settings import CallSettings
    from fsrouter.settings import load
    from fsrouter.settings.secrets import data_directory
    from fsrouter.tui.app import Dashboard
    from fsrouter.tui.context import Context

    # What is changed there is put in force here: without a settings file its defaults hold.
    dialling, runtime = CallSettings.of(load.given(session.config)), session.runtime
    context = Context(
        session.store,
        session.who,
        read_only=read_only,
        dialling=dialling,
        incoming=session.incoming,
        rates=session.rates_in_force.current,
        runtime=runtime,
    )
    Dashboard(context, data_directory()).run()
