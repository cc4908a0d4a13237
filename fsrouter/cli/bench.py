"""`fsrouter bench`: how fast, beside the limits."""

from __future__ import annotations

import click

from fsrouter.cli import output
from fsrouter.errors import Error


@click.command()
@click.option("--quick", is_flag=True, help="A tenth of everything: to see that it works, not how fast it is.")
def bench(quick: bool) -> None:
    """Measure this machine, and print each figure beside its limit.

    The same scenario runs on a bare gevent loop and on greenswitch's own server in the same run. Nothing of yours is
    touched. Takes some minutes.

    \b
    Example:
      fsrouter bench
    """
    from fsrouter.tools import bench as figures

    missed = 0
    for figure in figures.run(quick):
        output.lines([str(figure)])
        missed += not figure.held
    if missed and not quick:
        raise Error(f"{missed} figures are beyond their limit on this machine")
