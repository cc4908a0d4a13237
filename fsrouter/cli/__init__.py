"""The command line: every command by its words, and where it is.

A command is loaded when it is asked for, so `fsrouter --help` needs neither gevent nor Peewee, requests or Textual.
To add one: write a module with a click command that imports what is heavy inside of its function, and name it here.
Commands parse, call the library and print; how errors end a command stands in `exit_codes`.
"""

from __future__ import annotations

import click

from fsrouter import __version__
from fsrouter.cli.lazy_group import Root
from fsrouter.cli.session import Session
from fsrouter.runtime.native import NATIVE

#: Every command in the order of `--help`: its words, then its module below this package and its name there.
COMMANDS: dict[str, str] = {
    "serve": "serve:serve",
    "tui": "serve:tui",
    "demo": "tools:demo",
    "example": "tools:example",
    "rules import": "rules:import_",
    "rules export": "rules:export",
    "rules check": "rules_check:check",
    "rules plan": "rules:plan",
    "rules test": "rules_test:test",
    "rules schema": "rules_check:schema",
    "rules log": "rules:log",
    "rules rollback": "rules:rollback",
    "rules move": "companies:move",
    "rules rename": "companies:rename",
    "rules remove": "companies:remove",
    "explain": "explain:explain",
    "contacts sync": "crm:sync",
    "contacts import": "contacts:import_",
    "contacts find": "contacts:find",
    "crm check": "crm:check",
    "calls list": "calls:list_",
    "calls show": "calls:show",
    "calls score": "calls:score",
    "calls hangup": "calls:hangup",
    "calls transfer": "calls:transfer",
    "lists list": "lists:list_",
    "lists add": "lists:add",
    "lists remove": "lists:remove",
    "lists import": "lists:import_",
    "lists export": "lists:export",
    "agents list": "agents:list_",
    "agents set": "agents:set_",
    "schedules list": "schedules:list_",
    "schedules override": "schedules:override",
    "freeswitch install": "freeswitch:install",
    "freeswitch check": "freeswitch:check",
    "freeswitch sync": "freeswitch:sync",
    "rates list": "rates:list_",
    "rates of": "rates:of",
    "replay": "replay:replay",
    "bench": "tools:bench",
}

#: What each group of commands is about.
GROUPS: dict[str, str] = {
    "rules": "Rule books: validate, test, import, export, roll back.",
    "contacts": "Callers' contacts, by which rules decide.",
    "crm": "Connections to CRMs.",
    "calls": "Calls, live and past: what happened to them, and why.",
    "lists": "Lists of callers: who is blocked, who comes first.",
    "agents": "Agents, and who is on break.",
    "schedules": "Whether it is open now, and overrides.",
    "rates": "What calls cost a minute, by the carrier's rate sheet.",
    "freeswitch": "What FreeSWITCH needs: install, check, sync.",
}


@click.group(
    cls=Root,
    commands_by_words=COMMANDS,
    groups=GROUPS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config",
    envvar="FSROUTER_CONFIG",
    metavar="FILE",
    default="",
    help="The settings file, fsrouter.toml; FSROUTER_CONFIG names it as well.",
)
@click.version_option(__version__, prog_name="fsrouter", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: str) -> None:
    """Call control for FreeSWITCH: decides who gets each call, walks it there, and says why.

    \b
    Exit codes: 0 done, 1 the rules or data are wrong, 2 used wrongly,
    3 FreeSWITCH or the database cannot be reached, 130 interrupted.
    """
    # Whoever runs commands from Python may hand in a runtime, as the object of the context.
    ctx.obj = Session(config, ctx.obj or NATIVE)
    ctx.call_on_close(ctx.obj.close)
