"""Files that are refused, each with exactly the errors that its first lines name; and files that are taken."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from fsrouter.engine.model import schema
from fsrouter.rules import company_file, yaml_reader, yaml_text
from fsrouter.rules.file_errors import PRINTED, FileError, InvalidFile

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yaml"))
GOOD = sorted((HERE / "good").glob("*.yaml"))


def marked(path: Path, mark: str) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [line.removeprefix(mark) for line in lines if line.startswith(mark)]


def refusal(text: str) -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        yaml_reader.read(text, "x.yaml")
    return [str(error) for error in caught.value.errors]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_is_refused_with_every_fault_at_its_place(path: Path) -> None:
    with pytest.raises(InvalidFile) as caught:
        company_file.load(path)
    expected = marked(path, "#! ")
    assert expected
    assert [
        str(error).removeprefix(f"{path}:").removeprefix(f"{path.parent}/") for error in caught.value.errors
    ] == expected


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_file_is_read_as_written(path: Path) -> None:
    book = company_file.load(path)
    expected = marked(path, "#= ")
    assert expected
    for line in expected:
        where, _, said = line.partition(" = ")
        section, *keys = where.split(".")
        tree = schema.write(getattr(book, section) if section == "header" else getattr(book, section)[keys.pop(0)])
        for key in keys:
            tree = tree[key]
        assert str(tree) == said, where


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"title: caf\xe9\n", "x.yaml:1: is not UTF-8 (byte 0xE9); save the file as UTF-8"),
        (b"a: b\n\nc: \xff\xfe\n", "x.yaml:3: is not UTF-8 (byte 0xFF); save the file as UTF-8"),
        ("company: a".encode("utf-16"), "x.yaml:1: is UTF-16; save the file as UTF-8"),
        (b"a: b\nc: d\x00\n", "x.yaml:2:5: has the control character '\\x00' in it; remove it"),
    ],
)
def test_only_utf8_is_read(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        yaml_reader.read(yaml_text.decode(raw, "x.yaml"), "x.yaml")
    assert str(caught.value) == said


def test_byte_order_mark_and_windows_line_ends_are_accepted() -> None:
    text = yaml_text.decode(b"\xef\xbb\xbfcompany: acme\r\ntitle: A\r\n", "x.yaml")
    assert yaml_reader.read(text, "x.yaml").tree == {"company": "acme", "title": "A"}


def test_file_too_large_or_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_bytes(b"a" * ((1 << 20) + 1))
    with pytest.raises(InvalidFile, match=r"big\.yaml: is larger than 1 MiB"):
        yaml_text.load(tmp_path / "big.yaml", max_size=1 << 20)
    with pytest.raises(InvalidFile, match=r"none\.yaml: cannot be read: No such file"):
        yaml_reader.load(tmp_path / "none.yaml")


def test_nothing_is_ever_expanded() -> None:
    laughs = ["a0: &a0 [lol, lol]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    tracemalloc.start()
    told = refusal("\n".join(laughs))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(told) == 12 + 11 * 9
    assert peak < 4 << 20


def test_nesting_has_a_bound_in_either_style() -> None:
    deep = "".join(f"{' ' * i}a:\n" for i in range(100))
    assert "nested deeper than 40 levels" in refusal(deep)[0]
    assert "nested deeper than 40 levels" in refusal("{a: " * 5000)[0]


def test_places_are_those_of_keys_and_elements() -> None:
    source = yaml_reader.read("a:\n  b: [x, {c: d}]\n  e:\n    - f\n", "x.yaml")
    wanted = [(), ("a", "b"), ("a", "b", 1, "c"), ("a", "e", 0), ("a", "e", 7, "no"), ("z",)]
    assert [source.place(path)[:3] for path in wanted] == [
        (1, 1, 0),
        (2, 3, 0),
        (2, 11, 0),
        (4, 7, 0),
        (3, 3, 0),
        (1, 1, 0),
    ]
    assert source.place(("a", "b", 1)).flow


def test_file_errors_are_sorted_once_each_and_bounded() -> None:
    errors = [FileError("f", n, 0, "m") for n in range(PRINTED + 5, 0, -1)]
    refused = InvalidFile([*errors, *errors])
    assert len(refused.errors) == PRINTED + 5
    told = str(refused).splitlines()
    assert told[0] == "f:1: m"
    assert told[-1] == "... and 5 more"
