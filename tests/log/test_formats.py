"""How log lines look: for a person, for a program, and when strangers' texts are in them."""

from __future__ import annotations

import ast
import logging
import re
import subprocess
import sys

import pytest
from paths import ROOT

from fsrouter.log.logger import get_logger
from log.lines import logged

LOG = get_logger("fsrouter.router")
UUID = "6f1f4e7a-8c1e-4f0c-9d7e-0d6a4c8f0001"
#: What would forge a line, end a field, or move a terminal.
HOSTILE = "Bob\n2026-11-28T00:00:00Z [info] forged [fsrouter.router] uuid=1\r\x1b[2J\x9b2J\u202e\u2028 uuid=2"
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


def test_json_line_is_one_object_with_the_fixed_fields_first() -> None:
    with logged() as lines:
        LOG.warning("facts of the call could not be read", error="away", waiting=3, company="acme", uuid=UUID)
    (found,) = lines.objects()
    assert list(found) == ["timestamp", "level", "logger", "event", "uuid", "company", "error", "waiting"]
    assert re.fullmatch(STAMP, found.pop("timestamp"))
    assert found == {
        "level": "warning", "logger": "fsrouter.router", "event": "facts of the call could not be read", "uuid": UUID,
        "company": "acme", "error": "away", "waiting": 3,
    }  # fmt: skip


def test_console_line_has_the_call_behind_the_sentence() -> None:
    with logged("console") as lines:
        LOG.info("calls go on", error="not now", uuid=UUID)
    assert re.fullmatch(
        STAMP + rf" \[info     \] calls go on \[fsrouter\.router\] uuid={UUID} error='not now'", lines.texts[0]
    )


def test_lines_of_libraries_have_the_same_form() -> None:
    with logged() as lines:
        logging.getLogger("urllib3.connectionpool").warning("Retrying %s", "it", extra={"host": "crm.example"})
    (found,) = lines.objects()
    assert (found["logger"], found["event"], found["host"]) == ("urllib3.connectionpool", "Retrying it", "crm.example")


@pytest.mark.parametrize("form", ["json", "console"])
def test_hostile_text_forges_no_line_and_moves_no_terminal(form: str) -> None:
    with logged(form) as lines:
        LOG.warning("a caller", caller=HOSTILE, uuid=UUID)
        logging.getLogger("elsewhere").warning("a library repeats %s", HOSTILE)
    for text in lines.texts:
        assert text.isprintable(), text
    if form == "json":
        assert [lines.objects()[0][name] for name in ("caller", "uuid")] == [HOSTILE, UUID]
    else:
        outside = re.sub("'.*'", "...", lines.texts[0])
        assert outside.endswith(f"] a caller [fsrouter.router] uuid={UUID} caller=...")


def test_lines_of_a_traceback_are_indented_and_harmless() -> None:
    with logged("console") as lines:
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            LOG.exception("the call failed", uuid=UUID)
    first, *more = lines.texts[0].split("\n")
    assert first.endswith(f"uuid={UUID}") and len(more) > 3
    assert all(line.startswith("    ") and line.isprintable() for line in more)


def test_traceback_is_a_field_in_json() -> None:
    with logged() as lines:
        try:
            raise ValueError("no")
        except ValueError:
            LOG.exception("the call failed")
    (found,) = lines.objects()
    assert found["exception"].startswith("Traceback") and found["exception"].endswith("ValueError: no")


def test_level_is_that_of_our_own_lines_alone() -> None:
    script = (
        "import logging; from fsrouter.log.formats import configure; from fsrouter.settings.model import Log;"
        "configure(Log(format='json', level='debug')); logging.getLogger('fsrouter.store').debug('ours');"
        "logging.getLogger('peewee').debug('SELECT secret'); logging.getLogger('peewee').info('theirs');"
        "import warnings; warnings.warn('look')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert [re.findall('"logger": "(.*?)"', line) for line in done.stderr.splitlines()] == [
        ["fsrouter.store"], ["peewee"], ["py.warnings"],
    ]  # fmt: skip


def test_no_field_has_a_name_that_a_record_has_already() -> None:
    taken = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "event", "timestamp", "level", "logger"}
    fields: set[str] = set()
    for path in (ROOT / "fsrouter").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_log."):
                fields |= {keyword.arg or "" for keyword in node.keywords}
    assert {"uuid", "company", "error"} <= fields
    assert fields & taken - {"exc_info", "stack_info"} == set()
