"""Files that are as wrong as can be: what is told of them is bounded, and so is the work that it takes."""

from __future__ import annotations

import tracemalloc

import pytest

from fsrouter.engine.model.schema import MANY
from fsrouter.rules import company_file, yaml_places, yaml_reader
from fsrouter.rules.file_errors import MAX_ERRORS, FileError, InvalidFile

HEADER = "company: acme\ncountry: US\ntimezone: UTC\n"
MORE = MAX_ERRORS + 5000


def faults(text: str) -> tuple[FileError, ...]:
    with pytest.raises(InvalidFile) as caught:
        company_file.read(yaml_reader.read(text, "x.yaml", reader=company_file.faults_of)).onto(None)
    return caught.value.errors


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"heading{i}: x\n" for i in range(MORE)),
        "agents:\n  mira:\n    endpoint: user/1\n" + "".join(f"    key{i}: x\n" for i in range(MORE)),
        "agents:\n" + "".join(f"  a{i}: {{endpoint: nonsense}}\n" for i in range(MORE)),
        "agents:\n" + "".join(f"  A{i}: {{endpoint: user/1}}\n" for i in range(MORE)),
        "flows:\n" + "".join(f"  f{i}: {{route: agent:b{i}}}\n" for i in range(MORE)),
        "tracking_numbers:\n  - {to: hangup, " + ", ".join(f"k{i}: x" for i in range(MORE)) + "}\n",
        "flows: {f: {route: [" + ", ".join(["agent: mira"] * MORE) + "]}}\n",
        "flows: {f: {route: [say:Hi" + ", x" * MORE + "]}}\n",
    ],
    ids=["headings", "keys", "definitions", "names", "references", "wide", "mappings", "commas"],
)
def test_no_more_is_told_than_anybody_reads(text: str) -> None:
    found = faults(HEADER + text)
    assert len(found) == MANY
    assert max(error.line for error in found) <= MANY + 8
    assert all(len(str(error)) < 3000 for error in found)


@pytest.mark.parametrize(
    "text",
    [
        "agents:\n" + "  a: {endpoint: user/1}\n" * MORE,
        "title: x\n" * MORE,
        "title: [" + "[]," * MORE + "]\n",
        "title: [" + "*a," * MORE + "]\n",
        "title: [" + "~," * MORE + "]\n",
    ],
    ids=["definitions twice", "headings twice", "empty lists", "aliases", "nothing"],
)
def test_faults_of_yaml_are_bounded(text: str) -> None:
    assert len(faults(HEADER + text)) == MAX_ERRORS


@pytest.mark.parametrize(
    "text",
    [
        "title: " + '"x' * 100_000,
        "title: [" + "x, " * 100_000,
        "title: *" + "a, " * 100_000,
        "title: " + "a: " * 100_000,
        "title: x" + " #1" * 100_000,
        "agents:\n" + "\t" * 100_000 + "a: b",
        "agents:\n" + "\ta: b\n" * 100_000,
        "flows:\n  f:\n    route:\n" + "      -agent:x\n" * 100_000,
        "schedules: {a: {hours: {mon: '" + "8am-5pm " * 100_000 + "'}}}",
        "schedules: {a: {hours: {mon: '" + "08:00-09:00," * 100_000 + "'}}}",
        "schedules: {a: {hours: {? '" + "mon to " * 100_000 + "' : '08:00-17:00'}}}",
        "agents:\n  ? " + "k" * 1_000_000 + "\n  : {endpoint: user/1}",
        "k" * 1_000_000 + ": x",
    ],
    ids=lambda text: text[:30],
)
def test_a_line_of_any_length_has_a_short_fault(text: str) -> None:
    found = faults(HEADER + text + "\n")
    assert len(found) < 5
    assert all(len(str(error)) < 3000 and not error.correction for error in found)


def test_places_are_sought_no_further_than_the_last_that_is_wanted() -> None:
    text = "a: {b: x}\n" + "c: d\n" * 100_000 + "]\n"
    found = yaml_places.locate(text, [("a", "b"), ("a",)])
    assert (found["a", "b"][:2], found[("a",)][:2]) == ((1, 5), (1, 1))


def test_faults_take_memory_in_proportion_to_what_is_told() -> None:
    text = HEADER + "".join(f"heading{i}: x\n" for i in range(100_000))
    source = yaml_reader.read(text, "x.yaml")
    tracemalloc.start()
    with pytest.raises(InvalidFile):
        company_file.read(source).onto(None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 << 20
