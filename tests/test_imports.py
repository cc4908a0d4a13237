"""What is loaded when, seen in a clean process: linters cannot tell an import that is deferred into a function."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("gevent", "greenswitch", "peewee", "requests", "textual")
EVERY_HELP = "from fsrouter.cli.docs_page import docs_page; assert 'fsrouter rules import' in docs_page()"
ALL = """
import importlib, pkgutil, {0} as package
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
"""


def loaded(code: str) -> set[str]:
    """The top-level packages that a new process has loaded after some code."""
    told = f"{code}\nimport sys, json; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("import fsrouter.cli", (*HEAVY, "phonenumbers", "yaml", "holidays")),
        (EVERY_HELP, (*HEAVY, "phonenumbers", "yaml", "holidays")),
        (ALL.format("fsrouter.engine"), (*HEAVY, "click", "yaml", "sqlite3")),
        ("import fsrouter.runtime.native", (*HEAVY, "phonenumbers", "msgspec", "concurrent")),
        (ALL.format("fsrouter.rules"), (*HEAVY, "click", "sqlite3")),
        (ALL.format("fsrouter.store"), ("gevent", "greenswitch", "requests", "textual", "click")),
        (ALL.format("fsrouter.freeswitch.install"), (*HEAVY, "click", "sqlite3")),
        ("import fsrouter.esl.events, fsrouter.esl.commands, fsrouter.esl.variables", (*HEAVY, "click", "sqlite3")),
        (ALL.format("fsrouter.tui"), ("gevent", "greenswitch", "requests")),
        ("import fsrouter.store.what_if", ("gevent", "greenswitch", "requests", "textual", "click")),
        (
            "import fsrouter.router.processes, fsrouter.settings.load",
            (*HEAVY, "phonenumbers", "click"),
        ),
        (
            "import fsrouter.router.mod_python",
            (*HEAVY, "phonenumbers", "msgspec"),
        ),  # threads of calls have little stack
    ],
)
def test_a_part_loads_only_what_it_needs(code: str, forbidden: tuple[str, ...]) -> None:
    assert loaded(code) & set(forbidden) == set()
