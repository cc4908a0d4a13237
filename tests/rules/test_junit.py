"""Call tests as JUnit XML: the shape that CI systems read, whatever texts are in it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.engine.text import find
from fsrouter.rules import junit
from fsrouter.rules.junit import Case, Report

#: Of each element its children in order (`?` once at most, `*` any number), and the attributes that it must have, by
#: the XSD of Ant's task (junit.xsd), of which that of the Jenkins plugin xUnit (junit-10.xsd) asks for less.
SHAPE = {
    "testsuites": ("(testsuite )*", set()),
    "testsuite": (
        "properties (testcase )*system-out system-err ",
        {"package", "id", "name", "timestamp", "hostname", "tests", "failures", "errors", "time"},
    ),
    "properties": ("(property )*", set()),
    "property": ("", {"name", "value"}),
    "testcase": ("(skipped |error |failure )?", {"name", "classname", "time"}),
    "failure": ("", {"type"}),
    "error": ("", {"type"}),
    "system-out": ("", set()),
    "system-err": ("", set()),
}
CASES = (
    Case(name="a client's call", line=3, seconds=0.25),
    Case(name="others", line=4, seconds=0.5, wrong=("expected queue:vip, got hangup", "no tag"), trace=("a", "b")),
    Case(name="others", line=5, seconds=0.25, wrong=("+1 is nobody's",), impossible=True),
)
texts = st.text(st.characters() | st.sampled_from("\x00\x1b\u202e\ud800\uffff]]><&\"'\n\r\t"))
cases = st.builds(
    Case,
    name=texts,
    line=st.integers(1, 99),
    seconds=st.floats(0, 9),
    wrong=st.lists(texts.filter(bool), max_size=2).map(tuple),
    trace=st.lists(texts, max_size=2).map(tuple),
    impossible=st.just(False),
)


def report(*cases: Case) -> Report:
    return Report(company="acme", rules="acme.yaml", calls="tests/acme.calls.yaml", at=1_795_000_000.0, cases=cases)


def parsed(made: Report) -> Element:
    """The report as a parser reads it; its shape is right."""
    root = ElementTree.fromstring(made.xml())
    for element in root.iter():
        children, required = SHAPE[element.tag]
        assert re.fullmatch(children, "".join(f"{child.tag} " for child in element)), element.tag
        assert required <= set(element.attrib), element.tag
    return root


def test_calls_are_test_cases_with_their_place_and_time() -> None:
    (suite,) = parsed(report(*CASES))
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped", "time")]
    assert counts == ["3", "1", "1", "0", "1.000000"]
    assert (suite.get("name"), suite.get("timestamp")) == ("tests/acme.calls.yaml", "2026-11-18T11:06:40")
    first, second, third = suite.iter("testcase")
    assert first.attrib == {
        "classname": "acme.acme-calls",
        "name": "a client's call",
        "file": "tests/acme.calls.yaml",
        "line": "3",
        "time": "0.250000",
    }
    assert not list(first)
    # GitLab knows a test case by these two, and drops what has the same.
    assert [(each.get("classname"), each.get("name")) for each in (second, third)] == [
        ("acme.acme-calls", "others (line 4)"),
        ("acme.acme-calls", "others (line 5)"),
    ]


def test_a_failure_has_its_message_place_and_trace() -> None:
    root = parsed(report(*CASES))
    (failure,), (error,) = root.iter("failure"), root.iter("error")
    assert failure.attrib == {"type": "ExpectationFailed", "message": "expected queue:vip, got hangup; no tag"}
    assert failure.text == "tests/acme.calls.yaml:4: expected queue:vip, got hangup; no tag\na\nb"
    assert error.attrib == {"type": "CallNotPossible", "message": "+1 is nobody's"}


@given(st.lists(cases, max_size=4), texts)
def test_texts_of_strangers_are_harmless(made: list[Case], company: str) -> None:
    root = parsed(Report(company=company, rules=company, calls=company, at=0.0, cases=made))
    for element in root.iter():
        assert not [value for value in element.attrib.values() if find(value)]
        assert find(element.text or "", lines=True) is None
    told = [(bool(case.wrong), len(case.trace)) for case in made]
    found = [list(case) for case in root.iter("testcase")]
    assert [bool(each) for each in found] == [wrong for wrong, _ in told]
    lines = [(each[0].text or "").count("\n") for each in found if each]
    assert lines == [many for wrong, many in told if wrong]


def test_a_report_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "junit.xml"
    junit.write(path, report(*CASES[:1]))
    former = path.read_bytes()
    reader = path.open("rb")
    junit.write(path, report(*CASES))
    with reader:
        assert reader.read() == former != path.read_bytes()
    with pytest.raises(AttributeError):
        junit.write(path, report(None))  # type: ignore[arg-type]
    assert path.read_bytes() == report(*CASES).xml()
    assert [each.name for each in path.parent.iterdir()] == ["junit.xml"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_report_goes_where_a_link_points(tmp_path: Path) -> None:
    (tmp_path / "link.xml").symlink_to(tmp_path / "junit.xml")
    junit.write(tmp_path / "link.xml", report(*CASES))
    assert (tmp_path / "link.xml").is_symlink()
    assert (tmp_path / "junit.xml").read_bytes() == report(*CASES).xml()
