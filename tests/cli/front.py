"""The front door: how tests run commands, and the files that they run them on."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result
from paths import EXAMPLES
from simulated import native_at

from fsrouter.cli import cli
from fsrouter.runtime import Clock
from fsrouter.runtime.native import NATIVE

ACME = str(EXAMPLES / "acme.yaml")
#: The settings that it needs.
SETTINGS = str(EXAMPLES / "fsrouter.toml")
CALLS = str(EXAMPLES / "acme.calls.yaml")
CONTACTS = str(EXAMPLES / "contacts.csv")
#: What lint has to say of the example.
FOUND = """\
acme: schedules.nights: warning: nothing looks at the schedule nights [unused]
acme: numbers.call-center.no_answer.1: warning: no call comes to menu:main: number:front-desk before it never gives \
one back [dead]
acme: distributions.least: warning: no call reaches distribution:least: nothing leads there [unreached]
acme: splits.trial: warning: no call reaches split:trial: nothing leads there [unreached]
"""
#: A configuration directory of FreeSWITCH before the first install.
FILES = {
    "freeswitch.xml": '<?xml version="1.0"?>\n<document type="freeswitch/xml">\n</document>\n',
    "dialplan/public.xml": (
        '<include>\n  <context name="public">\n    <X-PRE-PROCESS cmd="include" data="public/*.xml"/>\n'
        "  </context>\n</include>\n"
    ),
    "autoload_configs/modules.conf.xml": (
        '<configuration name="modules.conf">\n  <modules>\n    <load module="mod_event_socket"/>\n'
        "  </modules>\n</configuration>\n"
    ),
}


def run(*words: object, code: int = 0, clock: Clock = NATIVE.now) -> Result:
    """Run a command; it must end with this exit code, and never with a traceback."""
    result = CliRunner().invoke(cli, [str(word) for word in words], prog_name="fsrouter", obj=native_at(clock))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, f"{result.exit_code}: {result.stdout}{result.stderr}"
    return result


def contents(conf: Path) -> dict[str, str]:
    """Every file of a directory."""
    return {str(path.relative_to(conf)): path.read_text() for path in conf.rglob("*") if path.is_file()}
