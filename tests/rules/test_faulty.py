"""A rule book with one instance of each fault gets exactly those findings, each at its line; those that are shown to
people get none that is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine.lint.test_lint import KNOWN
from paths import DOCS, EXAMPLES, ROOT

from fsrouter.engine.lint.findings import CODES
from fsrouter.engine.lint.installation import UNKNOWN, Installation
from fsrouter.engine.lint.lint import lint
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.rules import company_file, yaml_reader
from fsrouter.settings import load
from fsrouter.tools.demo import COMPANY as DEMO

FAULTY = sorted((ROOT / "tests" / "rules").glob("faulty*.yaml"))
#: The codes that stand behind a line, and nothing else.
NOTED = re.compile(r"# ([a-z-]+(?:, [a-z-]+)*)$")


def noted(path: Path) -> Counter[tuple[int, str]]:
    """The codes that a file says it has, by line."""
    found: Counter[tuple[int, str]] = Counter()
    for line, text in enumerate(path.read_text().splitlines(), 1):
        if codes := NOTED.search(text):
            found.update((line, code) for code in codes[1].split(", "))
    return found


def found(path: Path) -> Counter[tuple[int, str]]:
    """The codes that lint finds in a file, by line."""
    file = company_file.read(yaml_reader.load(path))
    findings = lint(file.merged(None), KNOWN)
    places = file.located(each.problem for each in findings)
    return Counter((place.line, each.code) for place, each in zip(places, findings, strict=True))


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_faulty_book_gets_the_findings_that_it_says_each_at_its_line(path: Path) -> None:
    assert found(path) == noted(path)


def test_every_finding_has_an_instance() -> None:
    assert {code for path in FAULTY for _, code in noted(path)} == set(CODES)


def blocks() -> Iterator[tuple[str, str, Path]]:
    """Every rule book that the repository shows: where it stands, its text, and the folder of its files."""
    for path in (*EXAMPLES.glob("*.yaml"), *(ROOT / "tests/rules/good").glob("*.yaml"), DEMO):
        if path.name != "acme.calls.yaml":
            yield path.name, path.read_text(), path.parent
    for path in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for block in re.findall(r"```yaml\n(.*?)```", path.read_text(), re.DOTALL):
            if re.search(r"^company:", block, re.MULTILINE):
                yield path.name, block, DOCS


#: What is found in them, and is right.
SHOWN = {
    # an example of each kind, and of what lint says
    ("acme.yaml", "schedules.nights", "unused"),
    ("acme.yaml", "numbers.call-center.no_answer.1", "dead"),
    ("acme.yaml", "distributions.least", "unreached"),
    ("acme.yaml", "splits.trial", "unreached"),
    ("company.yaml", "tracking_numbers.+18575550103.to.1", "dead"),
    ("receiving-numbers.md", "numbers.center.no_answer.1", "dead"),
    ("receiving-numbers.md", "tracking_numbers.+18725550113.whisper", "whisper-unheard"),
    # the dialplan records by itself, or not
    ("fusionpbx.md", "tracking_numbers.+18725550111.record", "nothing-recorded"),
    # whose agents are not what the page is about
    *(("crm-routing.md", f"queues.{name}", "empty-queue") for name in ("billing", "support", "vip")),
    *(("priority-routing.md", f"queues.{name}", "empty-queue") for name in ("globex", "support", "vip")),
    *(("responsive-routing.md", f"queues.{name}", "empty-queue") for name in ("sales", "support", "vip")),
    # how scalars and shorthands are written, and no company's book
    *(("shorthands.yaml", f"agents.{name}", "unreached") for name in ("johan", "nancy")),
    *(
        ("shorthands.yaml", f"{name}", "unreached")
        for name in ("numbers.desk", "queues.support", "distributions.sales")
    ),
    ("shorthands.yaml", "priorities.clients.schedule", "no-schedule"),
    ("shorthands.yaml", "tracking_numbers.+13125550111", "no-failsafe"),
    ("as-written.yaml", "schedules.office", "unused"),
    *(("as-written.yaml", name, "unreached") for name in ("agents.null", "agents.on", "menus.main")),
}


def test_examples_have_the_findings_that_are_right_and_no_others() -> None:
    seen, known = set(), Installation(dialling=CallSettings.of(load.given(str(EXAMPLES / "fsrouter.toml"), {})))
    for name, text, folder in blocks():
        source = yaml_reader.read(text.replace("rules_csv:", "#"), str(folder / name))
        findings = lint(company_file.read(source).merged(None), known if folder.name != "good" else UNKNOWN)
        seen |= {(name, ".".join(map(str, each.path)), each.code) for each in findings}
    assert seen == SHOWN
