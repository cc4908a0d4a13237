"""`fsrouter rules test`: the thirty calls, and wrong expectations."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

from cli.front import ACME, CALLS, CONTACTS, FOUND, run

UNKNOWN = (
    "what may be dialled (no settings), "
    "numbers of other companies, owners of contacts, breaks, names of contacts (no database)"
)
SAID = f"{FOUND}not checked: {UNKNOWN}\n"


def test_example_calls_pass() -> None:
    for words in ((), ("--contacts", CONTACTS)):
        result = run("rules", "test", ACME, CALLS, *words)
        assert (result.stdout, result.stderr) == ("", f"{SAID}30 calls passed\n")


def test_every_failed_call_is_reported(home: Path) -> None:
    lines = Path(CALLS).read_text().splitlines()
    places = [i for i, line in enumerate(lines) if "expect: " in line and i % 3 == 0][:10]
    assert len(places) == 10
    for i in places:
        lines[i] = re.sub(r"expect: [a-z]+(:[a-z-]+)?", "expect: extension:1999", lines[i])
    (home / "wrong.yaml").write_text("\n".join(lines) + "\n")
    result = run("rules", "test", ACME, "wrong.yaml", "--contacts", CONTACTS, code=1)
    reported = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert [int(line.split(":")[1]) for line in reported] == [i + 1 for i in places]
    assert all("expected extension:1999, got " in line for line in reported)
    assert result.stderr == f"{SAID}30 calls: 20 passed, 10 failed\n"


def test_failed_call_has_the_end_of_its_trace(home: Path) -> None:
    (home / "calls.yaml").write_text(
        "- {why: nobody knows them, to: +18725550113, from: +12125550100, at: 2026-11-23 10:00,\n"
        "   expect: queue:vip, record: true, tags: [x], attempts: [agent:nancy]}\n"
        "- {to: +18725550199, expect: queue:vip}\n"
    )
    result = run("rules", "test", ACME, "calls.yaml", code=1)
    first, *trace, last = result.stdout.splitlines()
    assert first == (
        "calls.yaml:1: nobody knows them: expected queue:vip, got queue:support; expected a recording, got none; "
        "expected the tags x, got none; expected the attempts agent:nancy, got queue:support (queue:support)"
    )
    assert trace[-1].startswith("    queue:support -> answered: ") and len(trace) <= 4
    assert last.startswith("calls.yaml:3: +18725550199 is no tracking number")


def test_json_has_every_call() -> None:
    results = json.loads(run("rules", "test", ACME, CALLS, "--json").stdout)
    assert len(results) == 30
    assert results[0] == {
        "file": CALLS,
        "line": 5,
        "why": "a listed contact beats their account",
        "destination": "agent:nancy",
        "wrong": [],
        "trace": [],
        "impossible": False,
    }


def test_calls_file_with_faults_is_refused_by_line(home: Path) -> None:
    (home / "calls.yaml").write_text("- {to: +18725550113, expct: queue:vip}\n")
    result = run("rules", "test", ACME, "calls.yaml", code=1)
    assert result.stderr == "calls.yaml:1:22: 0.expct: unknown key 'expct'; did you mean 'expect'?\n"


def test_junit_file_has_every_call(home: Path) -> None:
    result = run("rules", "test", ACME, CALLS, "--junit", "reports/junit.xml")
    assert (result.stdout, result.stderr.splitlines()[-1]) == ("", "30 calls passed")
    suite = ElementTree.parse(home / "reports" / "junit.xml").getroot()[0]
    calls = json.loads(run("rules", "test", ACME, CALLS, "--json", "--junit", "reports/junit.xml").stdout)
    assert [(case.get("file"), case.get("line")) for case in suite.iter("testcase")] == [
        (call["file"], str(call["line"])) for call in calls
    ]
    assert suite.get("package") == "acme" and len({case.get("name") for case in suite.iter("testcase")}) == 30


def test_junit_file_tells_failed_calls_from_those_to_nobody(home: Path) -> None:
    (home / "calls.yaml").write_text(
        "- {why: nobody knows them, to: +18725550113, from: +12125550100, expect: queue:vip}\n"
        "- {to: +18725550199, expect: queue:vip}\n"
        "- {to: +18725550113, at: 2026-11-23 10:00, expect: queue:support}\n"
    )
    result = run("rules", "test", ACME, "calls.yaml", "--junit", "junit.xml", code=1)
    failed, impossible, passed = ElementTree.parse(home / "junit.xml").getroot().iter("testcase")
    assert [each.tag for each in (*failed, *impossible, *passed)] == ["failure", "error"]
    assert (failed.get("name"), impossible.get("name")) == ("nobody knows them", "anonymous calls +18725550199")
    assert (failed[0].text or "").splitlines()[0].startswith("calls.yaml:1: expected queue:vip, got ")
    assert [line.strip() for line in (failed[0].text or "").splitlines()[1:]] == [
        line.strip() for line in result.stdout.splitlines()[1:4]
    ]


def test_faulty_calls_file_leaves_the_junit_file_alone(home: Path) -> None:
    (home / "calls.yaml").write_text("- {to: +18725550113, expct: queue:vip}\n")
    (home / "junit.xml").write_text("of before")
    run("rules", "test", ACME, "calls.yaml", "--junit", "junit.xml", code=1)
    assert (home / "junit.xml").read_text() == "of before"


def test_junit_file_that_cannot_be_written_is_an_error(home: Path) -> None:
    (home / "reports").write_text("a file")
    result = run("rules", "test", ACME, CALLS, "--junit", "reports/junit.xml", code=2)
    assert re.match("Error: .*/reports/junit.xml: the report cannot be written: ", result.stderr)
    assert (home / "reports").read_text() == "a file"
