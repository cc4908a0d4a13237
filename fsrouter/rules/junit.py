"""Call tests as a JUnit XML file, as CI systems read it.

JUnit has no specification of its own; this is what readers agree on: the elements and attributes of Ant's schema (the
XSD of the Jenkins plugin xUnit is a part of it), and `file` and `line` of a test case, by which GitLab and the GitHub
actions that annotate changes find the place. GitLab knows a test case by `classname` and `name` and drops a second one
of the same name, and shows the text of a failure and not its message, so names are made unique and the text has all
(docs.gitlab.com/ci/testing/unit_test_reports). Jenkins keeps one failure of a test case, so there is never a second.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from msgspec import Struct

from fsrouter.engine.text import escaped
from fsrouter.errors import UsageError

#: What readers that want to know the kind of a failure are told.
FAILURE, ERROR = "ExpectationFailed", "CallNotPossible"


class Case(Struct, frozen=True, kw_only=True):
    """One call: its name and its `line` in the calls file, how many `seconds` it took, what is `wrong` with it in words
    and the end of its `trace`; `impossible` when it could not be walked at all.
    """

    name: str
    line: int
    seconds: float
    wrong: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()
    impossible: bool = False


class Report(Struct, frozen=True, kw_only=True):
    """The calls of one calls file, tried with a company's rules file at a moment (seconds since the epoch)."""

    company: str
    rules: str
    calls: str
    at: float
    cases: Sequence[Case]

    def xml(self) -> bytes:
        """The report as XML 1.0. Whatever strangers or files wrote is harmless in it: an unsafe character stands there
        as `\\x1b`.
        """
        failures = sum(bool(case.wrong) and not case.impossible for case in self.cases)
        counts = {
            "tests": str(len(self.cases)),
            "failures": str(failures),
            "errors": str(sum(case.impossible for case in self.cases)),
            "skipped": "0",
            "time": _seconds(sum(case.seconds for case in self.cases)),
        }
        root = Element("testsuites", {"name": "fsrouter rules test", **counts})
        suite = SubElement(
            root,
            "testsuite",
            {
                "name": escaped(self.calls),
                "package": escaped(self.company),
                "id": "0",
                "hostname": "localhost",
                # Ant's schema knows no zone.
                "timestamp": datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
                "file": escaped(self.calls),
                **counts,
            },
        )
        properties = SubElement(suite, "properties")
        SubElement(properties, "property", {"name": "company", "value": escaped(self.company)})
        SubElement(properties, "property", {"name": "rules", "value": escaped(self.rules)})
        for case, name in zip(self.cases, self._names(), strict=True):
            self._add(suite, case, name)
        SubElement(suite, "system-out")
        SubElement(suite, "system-err")
        ElementTree.indent(root)
        text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        return text + b"\n"

    def _names(self) -> list[str]:
        """The names of the cases, with the line where several have the same."""
        names = [escaped(case.name) for case in self.cases]
        often = Counter(names)
        return [
            f"{name} (line {case.line})" if often[name] > 1 else name
            for name, case in zip(names, self.cases, strict=True)
        ]

    def _add(self, suite: Element, case: Case, name: str) -> None:
        # Readers take what stands before the last dot for the package.
        classname = f"{self.company}.{Path(self.calls).stem.replace('.', '-')}"
        attributes = {
            "classname": escaped(classname),
            "name": name,
            "file": escaped(self.calls),
            "line": str(case.line),
            "time": _seconds(case.seconds),
        }
        made = SubElement(suite, "testcase", attributes)
        if case.wrong:
            message = escaped("; ".join(case.wrong))
            kind = {"type": ERROR if case.impossible else FAILURE, "message": message}
            told = SubElement(made, "error" if case.impossible else "failure", kind)
            told.text = "\n".join([f"{escaped(self.calls)}:{case.line}: {message}", *map(escaped, case.trace)])


def write(path: Path, report: Report) -> None:
    """Write a report: all of it or nothing, also where another process reads meanwhile. Makes the folder where there is
    none. Raises UsageError when it cannot be written.
    """
    text = report.xml()
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():  # /dev/stdout, a named pipe
            path.write_bytes(text)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".junit-", dir=path.parent)
        try:
            with open(handle, "wb") as file:
                file.write(text)
            os.chmod(name, 0o644)  # a report has no secrets, and who reads it is often another user
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{path}: the report cannot be written: {error.strerror or error}") from None


def _seconds(span: float) -> str:
    return f"{span:.6f}"
