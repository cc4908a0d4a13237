"""`fsrouter freeswitch`: what FreeSWITCH must know of the rule books in force, and whether it is well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fsrouter.cli import arguments, findings, output, socket_secret
from fsrouter.cli.session import Session, pass_session
from fsrouter.errors import Error, SwitchUnreachable, UsageError

if TYPE_CHECKING:
    from fsrouter.engine.model.rulebook import RuleBook
    from fsrouter.freeswitch.callcenter.model import CallCenter
    from fsrouter.freeswitch.doctor.finding import Finding
    from fsrouter.freeswitch.doctor.probe import Actual
    from fsrouter.freeswitch.install.conf_dir import Installation
    from fsrouter.settings.model import Switch

#: What makes FreeSWITCH read the files.
THEN = "now let FreeSWITCH read it: fs_cli -x reloadxml"
#: And for queues to be there before the next restart of FreeSWITCH.
QUEUES = "then let it load the queues: fsrouter freeswitch sync (a running `fsrouter serve` does it by itself)"
#: The calls whose callers are looked at.
LOOKED_AT = 1000
#: What is wrong with a file, by what would have to be done to it.
WRONG = {
    "add": "{path} is missing: {why}",
    "change": "{path} is not that of the rule books in force: {why}",
    "remove": "{path} is no longer wanted",
}

context_name = click.option(
    "--context", default="public", show_default=True, help="The dialplan context where calls to our numbers arrive."
)
scripts_directory = arguments.directory("--scripts", "FreeSWITCH's script directory, for a router in process.")


@click.command()
@arguments.directory("--conf", "The directory with freeswitch.xml, as /etc/freeswitch.", required=True)
@click.option("--dry-run", is_flag=True, help="Dry run: print every line that would change, change none.")
@click.option("--remove", is_flag=True, help="Remove everything again.")
@context_name
@click.option("--router", "routers", multiple=True, metavar="HOST:PORT", help="A router; else those of the settings.")
@click.option("--rest", is_flag=True, help="Also handle numbers that nothing else in the context handles.")
@click.option(
    "--in-process", is_flag=True, help="Run the router in FreeSWITCH's process (mod_python3), not behind a port."
)
@scripts_directory
@click.option("--new-secret", is_flag=True, help="Change the secret by which routers know that calls are FreeSWITCH's.")
@click.option("--at-once", is_flag=True, help="With --new-secret: give the former one no time (else a day).")
@pass_session
def install(
    session: Session,
    conf: Path,
    dry_run: bool,
    remove: bool,
    context: str,
    routers: tuple[str, ...],
    rest: bool,
    in_process: bool,
    scripts: Path | None,
    new_secret: bool,
    at_once: bool,
) -> None:
    """Install numbers, fail-safes and queues in FreeSWITCH.

    Writes into the files of its configuration, says what it changes, and changes nothing twice. Run it again when
    tracking numbers, fail-safes or queues change. Routers believe a FreeSWITCH that shows a secret, which is made the
    first time and written into a file of its own.

    \b
    Example:
      fsrouter freeswitch install --conf /etc/freeswitch --dry-run
      fsrouter freeswitch install --conf /etc/freeswitch --new-secret
    """
    from fsrouter.freeswitch.install.conf_dir import plan_remove
    from fsrouter.freeswitch.install.plan import apply

    socket_secret.refuse(new_secret, at_once, without=remove or in_process)
    if remove:
        plan = plan_remove(conf, scripts)
    else:
        books = session.books()
        wanted = _wanted(session, books, context, in_process, scripts, routers, rest)
        plan = socket_secret.plan(session, wanted, conf, new_secret, at_once, dry_run)
        findings.show(session.installation_here, *books)
    if dry_run:
        click.echo(plan.diff(), nl=False)
        notes = [f"note: {note}" for note in plan.notes]
        for line in [*notes, "nothing was changed" if plan.changes else plan.idle]:
            output.info(line)
        return
    apply(plan)
    output.lines(plan.summary().splitlines())
    if plan.changes:
        output.info(THEN)
        socket_secret.tell(session, plan)
        if any(change.path.name == "callcenter.conf.xml" and change.after for change in plan.changes) and not remove:
            output.info(QUEUES)


def _wanted(
    session: Session,
    books: list[RuleBook],
    context: str,
    in_process: bool,
    scripts: Path | None,
    routers: tuple[str, ...] = (),
    rest: bool = False,
    checked: bool = True,
) -> Installation:
    """All that is to be in FreeSWITCH; not `checked`, without what must not be dialled. Raises UsageError and, when
    `checked`, RulesError.
    """
    from fsrouter.errors import Refused
    from fsrouter.esl.call.call_settings import CallSettings
    from fsrouter.freeswitch.install.conf_dir import Installation
    from fsrouter.freeswitch.install.from_rulebook import callcenter_from, entries_from, entries_of, reachable_from
    from fsrouter.freeswitch.install.values import Routers

    settings = session.settings
    call_settings = CallSettings.of(settings)
    entries = entries_from if checked else entries_of
    try:
        wanted = Installation(
            entries=tuple(entry for book in books for entry in entries(book, call_settings)),
            reachable=tuple(reachable_from(book, call_settings) for book in books),
            routers=Routers(routers or settings.routers or (settings.listen,)),
            callcenter=callcenter_from(books, call_settings),
            did_context=context,
            extensions=settings.context,
            rest=rest,
        )
        if not in_process:
            return wanted
        return replace(wanted, routers=Routers((), in_process=True), scripts=scripts, config=session.config)
    except Refused as error:
        raise UsageError(str(error)) from None


@click.command()
@arguments.directory("--conf", "Write its callcenter.conf first, as `install` does; needed for new or changed queues.")
@click.option("--dry-run", is_flag=True, help="Dry run: print the commands, send none.")
@pass_session
def sync(session: Session, conf: Path | None, dry_run: bool) -> None:
    """Sync queues and agents into running FreeSWITCHes.

    Queues, agents, tiers and breaks become what the rule books and the store say; waiting callers keep their place.
    `serve` does it by itself. Prints each command that was sent.

    \b
    Example:
      fsrouter freeswitch sync --conf /etc/freeswitch
    """
    from fsrouter.engine.lint.lint import installation_errors, refuse
    from fsrouter.esl.call.call_settings import CallSettings
    from fsrouter.freeswitch.install.conf_dir import plan_queues
    from fsrouter.freeswitch.install.from_rulebook import callcenter_from
    from fsrouter.freeswitch.install.plan import apply
    from fsrouter.store.what_if import Available

    books = session.books()
    for book in books:
        refuse(book.company, installation_errors(book, session.installation_here))
    call_settings = CallSettings.of(session.settings)
    wanted = callcenter_from(books, call_settings)
    if conf is not None:
        plan = plan_queues(wanted, conf)
        click.echo(plan.diff(), nl=False) if dry_run else apply(plan)
    current = callcenter_from(books, call_settings, Available(session.store))
    companies = {book.company for book in books} | set(session.store.books.former())
    troubles, unreachable = [], None
    for switch in session.settings.freeswitch:
        try:
            troubles += _synced(switch, current, companies, dry_run)
        except SwitchUnreachable as error:
            unreachable = error
            output.info(error)
    if unreachable is not None:
        click.get_current_context().exit(unreachable.exit_code)
    if troubles:
        raise Error("\n".join(troubles))


@click.command()
@arguments.directory("--conf", "Also check the files of this configuration.")
@context_name
@click.option("--in-process", is_flag=True, help="The router runs in FreeSWITCH's process (mod_python3).")
@scripts_directory
@arguments.as_json
@pass_session
def check(
    session: Session, conf: Path | None, context: str, in_process: bool, scripts: Path | None, as_json: bool
) -> None:
    """Check running FreeSWITCHes, and say what to do.

    Modules, dialplan, routers, limits, sounds, gateways, mailboxes, clocks; and what each company may have dialled.
    Changes nothing. Exits 1 when calls would
    be lost or go wrong, 3 when a FreeSWITCH does not answer.

    \b
    Example:
      fsrouter freeswitch check --conf /etc/freeswitch
    """
    from fsrouter.esl.call.call_settings import CallSettings
    from fsrouter.esl.inbound import Inbound
    from fsrouter.freeswitch.doctor.checks import run_checks
    from fsrouter.freeswitch.doctor.dialling import may_dial
    from fsrouter.freeswitch.doctor.expected import expect
    from fsrouter.freeswitch.doctor.finding import ERROR, OK, Finding
    from fsrouter.freeswitch.doctor.probe import probe_switch
    from fsrouter.freeswitch.doctor.rate_sheet import rate_sheet
    from fsrouter.runtime.greenlets import GREENLETS

    books = session.books()
    wanted = _wanted(session, books, context, in_process, scripts, checked=False)
    if conf is not None and not in_process:
        wanted = replace(wanted, secret=socket_secret.installed(session, conf))
    right = wanted.secret not in ("", socket_secret.UNMADE)
    expected = expect(session.settings, books, wanted, session.store.secrets.known(), right)
    found, code = _filed(wanted, conf) if conf is not None else [], 0
    actuals: list[Actual] = []
    for switch in session.settings.freeswitch:
        try:
            with Inbound(switch.host, switch.port, switch.password, GREENLETS) as line:
                actuals.append(probe_switch(line.api, switch, expected, session.clock))
            found += run_checks(actuals[-1], expected)
        except SwitchUnreachable as error:
            found.append(Finding(ERROR, str(error), "start FreeSWITCH; see [freeswitch] in the settings"))
            code = error.exit_code
    found += _numbers(session, books, actuals)
    found += may_dial(books, CallSettings.of(session.settings), session.installation_here)
    found += rate_sheet(session.rates_in_force)
    if as_json:
        output.json(found)
    else:
        for finding in found:
            click.echo(f"{finding.level:<8} {output.sanitize(finding.what)}")
            if finding.level != OK and finding.remedy:
                click.echo(f"{'':<8} -> {output.sanitize(finding.remedy)}")
    click.get_current_context().exit(code or int(any(finding.level == ERROR for finding in found)))


def _numbers(session: Session, books: list[RuleBook], actuals: list[Actual]) -> Iterator[Finding]:
    """What there is to say of our numbers, of the callers of the last calls, and of the settings for them."""
    from fsrouter.freeswitch.doctor.numbers import callers, shared_forms, unknown_names

    yield from unknown_names(actuals, session.settings.numbers)
    yield from shared_forms(books)
    countries = {book.company: book.header.country for book in books}
    came = (
        (countries[company], came) for company, came in session.store.journal.came(LOOKED_AT) if company in countries
    )
    yield from callers(came, session.settings.numbers)


def _filed(wanted: Installation, conf: Path) -> list[Finding]:
    """What there is to say of the files. Raises UsageError."""
    from fsrouter.freeswitch.doctor.finding import ERROR, OK, WARNING, Finding
    from fsrouter.freeswitch.install.conf_dir import plan_install

    plan = plan_install(wanted, conf)
    command = f"fsrouter freeswitch install --conf {conf}"
    wrong = ((WRONG[change.kind].format(path=change.path, why=change.why)) for change in plan.changes)
    found = [Finding(ERROR, what, command) for what in wrong]
    found += [Finding(WARNING, note) for note in plan.notes]
    return found or [Finding(OK, f"the files in {conf} are those of the rule books in force")]


def _synced(switch: Switch, wanted: CallCenter, companies: set[str], dry_run: bool) -> list[str]:
    """Have one FreeSWITCH follow; returns what could not be done. Raises SwitchUnreachable, Error."""
    from fsrouter.esl.inbound import Inbound
    from fsrouter.freeswitch.callcenter.sync import planned_commands, sync_queues
    from fsrouter.runtime.greenlets import GREENLETS

    where = f"{switch.host}:{switch.port}"
    with Inbound(switch.host, switch.port, switch.password, GREENLETS) as line:
        if dry_run:
            output.lines(f"{verb} {words}".strip() for verb, words in planned_commands(line.api, wanted, companies, {}))
            return []
        kept = sync_queues(line.api, wanted, companies, {})
    output.lines(kept.done or [f"{where}: nothing to do: it is all in step"])
    trouble = kept.shortfall()
    return [f"{where}: {trouble}"] if trouble else []
