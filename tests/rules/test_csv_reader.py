"""CSV files as programs write them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from fsrouter.rules.csv_reader import CsvReader, Row
from fsrouter.rules.file_errors import InvalidFile
from fsrouter.rules.text_lines import line_count

TEXT = 'id,Full Name,phones\n1,Zoë,"555\n666"\n\n2,Ann,\n'
ROWS = [
    Row(2, {"id": "1", "Full Name": "Zoë", "phones": "555\n666"}),
    Row(5, {"id": "2", "Full Name": "Ann", "phones": ""}),
]


def reader(tmp_path: Path, raw: bytes | str, **options: object) -> CsvReader:
    path = tmp_path / "x.csv"
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return CsvReader(path, ("id", "phones"), ("id",), **({"further": True} | options))  # type: ignore[arg-type]


def faults(read: CsvReader) -> list[str]:
    try:
        list(read)
        read.raise_errors()
    except InvalidFile as refused:
        return [str(error) for error in refused.errors]
    return []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encoding_delimiter_and_line_ends_are_detected(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    raw = TEXT.replace(",", delimiter).replace("\n", end).encode(encoding)
    assert [
        Row(row.line, {k: v.replace("\r", "") for k, v in row.cells.items()}) for row in reader(tmp_path, raw)
    ] == ROWS


def test_delimiter_line_of_excel_is_read(tmp_path: Path) -> None:
    assert list(reader(tmp_path, "sep=;\nid;phones\n1;5,6\n")) == [Row(3, {"id": "1", "phones": "5,6"})]


def test_columns_are_known_without_case_and_further_ones_keep_their_name(tmp_path: Path) -> None:
    rows = list(reader(tmp_path, "ID,Lead Source, PHONES \n1, Web ,\n"))
    assert rows == [Row(2, {"id": "1", "Lead Source": "Web", "phones": ""})]


def test_the_last_byte_of_a_long_file_decides_its_encoding(tmp_path: Path) -> None:
    raw = b"id,phones\n" + b"1,\n" * 700_000 + b"caf\xe9,\n"
    *_, last = reader(tmp_path, raw)
    assert last == Row(700_002, {"id": "café", "phones": ""})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("", ["1: lacks the column 'id'; the first line names the columns"]),
        ("name,phones\n", ["1: lacks the column 'id'; the first line names the columns"]),
        ("id,id\n", ["1: has two columns 'id'"]),
        ("id,,x\n", ["1: has a column without a name, or with one that is none; mend the heading"]),
        ("id,x\n1,2\n1\n1,2,\n", ["3: has 1 cells where the heading has 2"]),
        ("id,x\n1,2,3\n", ["2: has 3 cells where the heading has 2"]),
        ("id,x\n1,a\x1b[31m\n", ["2: has the control character '\\x1b' in it; remove it"]),
        ("id,x\n1,a\n2,\x9b\n", ["3: has the control character '\\x9b' in it; remove it"]),
        ('id,x\n1,"a"b\n2,c\n', ["2: is no row of CSV (',' expected after '\"'); look at its quotes"]),
        ('id,x\n2,c\n3,"d\n', ["3: is no row of CSV (unexpected end of data); look at its quotes"]),
        (
            'id,x\n1,"' + "a" * 140_000,
            ["2: is no row of CSV (field larger than field limit (131072)); look at its quotes"],
        ),
        (b"id,x\n1,\x81\xff\n", ["2: has bytes that are no text that can be read; save it as CSV in UTF-8"]),
    ],
)
def test_rows_that_cannot_be_meant_are_reported_by_line(tmp_path: Path, raw: bytes | str, said: list[str]) -> None:
    assert [line.removeprefix(f"{tmp_path}/x.csv:") for line in faults(reader(tmp_path, raw))] == said


def test_a_faulty_row_costs_no_other(tmp_path: Path) -> None:
    rows = 'id,x\n1,"never closed\n2,b\n3,"two\nlines"\n4,too,many\n5,"broken"\n"6",f\n'
    read = reader(tmp_path, rows)
    assert [row.cells["id"] for row in read] == ["2", "3", "5", "6"]
    assert [error.line for error in read.errors] == [2, 6] and read.faults == 2
    read = reader(tmp_path, 'id,x\n1,"a\n2,"b",c\n3,d\n')
    assert [row.cells["id"] for row in read] == ["3"]
    assert [error.line for error in read.errors] == [2, 3]
    read = reader(tmp_path, 'id,x\n1,"a\n2,b\n3",c\n4,d\n')
    assert [row.cells["id"] for row in read] == ["2", '3"', "4"]
    assert [error.line for error in read.errors] == [2]


def test_each_cell_has_its_own_encoding(tmp_path: Path) -> None:
    raw = "id,x\n1,Zoë\n".encode() + "2,Zoë\n3,€\n".encode("cp1252")
    assert [row.cells["x"] for row in reader(tmp_path, raw)] == ["Zoë", "Zoë", "€"]


def test_unknown_column_is_refused_where_none_is_allowed(tmp_path: Path) -> None:
    told = faults(reader(tmp_path, "id,phone,note\n", further=False, ignored=("note",)))
    assert told == [f"{tmp_path}/x.csv:1: has the unknown column 'phone'; did you mean 'phones'?"]


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in faults(CsvReader(tmp_path / "none.csv", ("id",), ("id",)))[0]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"PK\x03\x04\x14\x00", "workbook .* save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook"),
        (b"\n<HTML><table><tr><td>id</td></tr>", "web page"),
        (b"\x1f\x8b\x08", "is compressed"),
        ("id,phones\n1,2\n".encode("utf-32"), "UTF-32"),
        (bytes(range(256)), "is no text"),
        (bytes(5000), "is no text"),
    ],
)
def test_a_file_that_is_no_text_is_told_what_it_is(tmp_path: Path, raw: bytes, said: str) -> None:
    (told,) = faults(reader(tmp_path, raw))
    assert re.search(said, told) and "\0" not in told


def test_a_pipe_is_told_to_be_none_and_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is no plain file" in faults(CsvReader(tmp_path / "pipe", ("id",), ("id",)))[0]


def test_lines_of_a_long_file_are_counted(tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_bytes(b"id\n" * 400_000)
    assert line_count(tmp_path / "many.csv") == 400_000
