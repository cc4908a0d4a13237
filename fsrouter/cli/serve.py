"""`fsrouter serve`: a router."""

from __future__ import annotations

import click

from fsrouter.cli.session import Session, pass_session


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where FreeSWITCH hands calls over (127.0.0.1:8084).")
@click.option(
    "--web", metavar="HOST:PORT", help="Where visitor pools, health and metrics are (127.0.0.1:8085), or none."
)
@pass_session
def serve(session: Session, listen: str | None, web: str | None) -> None:
    """Take calls until told to stop.

    SIGTERM or ^C lets the calls that are there finish. A second one waits for none: those that go on are taken up
    by another router or the fail-safe.

    \b
    Example:
      fsrouter serve --listen 127.0.0.1:8084
    """
    import logging
    import signal

    from msgspec.structs import replace

    from fsrouter.service import Service
    from fsrouter.web.server import Web

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    said = {name: value for name, value in (("listen", listen), ("web", web)) if value}
    service = Service(replace(session.settings, **said), session.store)
    if service.settings.web_address:
        service.doors.append(Web(service))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())  # who is told to stop before `run` listens stops as well
    service.start()
    service.run()
