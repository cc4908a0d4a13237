"""What `check` calls clean is taken by everybody, given the same installation: plan, import, export and import again,
`freeswitch install` and `serve`; and each of its criteria can be satisfied.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
import strategies
from cli.front import FILES, run
from hypothesis import HealthCheck, Phase, given, settings
from msgspec.structs import replace

from fsrouter.engine.lint.lint import lint
from fsrouter.engine.model import criteria, fact_names, fact_values
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.router.service import Service
from fsrouter.rules import company_file, yaml_reader, yaml_writer
from fsrouter.settings import load
from fsrouter.store import Store

from .test_lint import Logged

#: An installation in which every trunk, number and endpoint of the books is open.
SETTINGS = """\
listen = "127.0.0.1:0"
web = "none"
key = "clean"
freeswitch = []
keep_queues = false
keep_contacts = false
[trunks]
default = "gateway"
a = "gateway"
main = "gateway"
0 = "gateway"
"1.5" = "gateway"
no = "gateway"
"x_y-z.w" = "gateway"
null = "gateway"
support = "gateway"
[dialling]
prefixes = ["+1312", "+1872", "+442"]
endpoints = ["sofia/a/*@c.example:5060;x=y", "sofia/gateway/a/1*"]
"""


@contextmanager
def installation() -> Iterator[Path]:
    """A folder with the settings, an empty database and a configuration of FreeSWITCH; commands know these alone."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        for variable in [variable for variable in os.environ if variable.startswith("FSROUTER_")]:
            patch.delenv(variable)
        for variable in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(variable, str(folder / "home"))
        (folder / "fsrouter.toml").write_text(SETTINGS)
        for file, text in FILES.items():
            (folder / "conf" / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / "conf" / file).write_text(text)
        patch.setenv("FSROUTER_CONFIG", str(folder / "fsrouter.toml"))
        patch.setenv("FSROUTER_DATABASE", f"sqlite:///{folder / 'one.db'}")
        yield folder


def served(company: str) -> RuleBook:
    """The book that a router has in force, of which it has nothing to say."""
    logged = Logged(company)
    with logged.listening(), Store.open(os.environ["FSROUTER_DATABASE"]) as store:
        service = Service(load.load(), store)
        try:
            service.rulebooks.load()
            assert logged.problems == set()
            return service.rulebooks.snapshot.books[company]
        finally:
            service.close()


@pytest.mark.timeout(600)  # each book goes through everything
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.generate],  # to look for the smallest book would take longer than people wait
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(strategies.rule_books())
def test_clean_book_is_taken_everywhere(book: RuleBook) -> None:
    with installation() as folder:
        file, again = folder / "book.yaml", folder / "again.yaml"
        file.write_text(yaml_writer.export(book), encoding="utf-8")
        found = json.loads(run("rules", "check", file, "--json").stdout)
        assert not [each for each in found if each["level"] == "error"]
        run("rules", "plan", file)
        run("rules", "import", file, "--yes")
        again.write_text(run("rules", "export", book.company).stdout, encoding="utf-8")
        assert "nothing changes" in run("rules", "plan", again).stdout
        run("freeswitch", "install", "--conf", folder / "conf", "--router", "127.0.0.1:8084", "--dry-run")
        first = served(book.company)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FSROUTER_DATABASE", f"sqlite:///{folder / 'two.db'}")
            run("rules", "import", again, "--yes")
            assert replace(served(book.company), revision=first.revision) == first


#: Values of facts that are tried besides those that the tests themselves name.
SAMPLES = ("+13125550142", "+442071838750", "US", "IL", "312", "1001", "nancy", "7", "2026-12-24", "x")


def values(tests: criteria.Tests) -> Iterator[str]:
    """Texts among which there is one that satisfies one of some tests, if any text does."""
    yield from SAMPLES
    for test in tests:
        yield from (
            test.value,
            f"{test.value}x",
            f"{test.value}1",
            *(test.value.replace("*", each) for each in ("", "1")),
        )
        if criteria.NUMERIC.fullmatch(test.value):
            yield from (str(int(float(test.value)) + step) for step in (-1, 0, 1))
        if day := criteria.date_of(test.value):
            yield from (str(date.fromisoformat(day[:10]) + timedelta(days=step)) for step in (-1, 1))


def can_hold(fact: str, tests: criteria.Tests) -> bool:
    """Whether a value that a fact can have, or that it is not known, satisfies one of some tests."""
    many = fact in fact_names.LISTS
    known = (each for each in (*values(tests), *fact_values.options(fact)) if not fact_values.problem(fact, each))
    found = [(each,) if many else each for each in known]
    return any(criteria.any_holds(tests, each) for each in (*found, () if many else None))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies.rule_books())
def test_criteria_of_a_clean_book_can_be_satisfied(book: RuleBook) -> None:
    read = company_file.read(yaml_reader.read(yaml_writer.export(book), "book.yaml")).merged(None)
    impossible = {each.path for each in lint(read) if each.code == "never-holds"}
    for name, router in read.routers.items():
        for i, branch in enumerate(router.branches):
            for fact, tests in branch.when.items() if ("routers", name, "branches", i) not in impossible else ():
                assert fact in SCHEDULE_TESTS or can_hold(folded(fact), tests), f"{fact}: {tests}"
