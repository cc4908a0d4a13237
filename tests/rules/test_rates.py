"""Rate sheets as carriers send them, and as nobody should."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.engine.rates import Rates
from fsrouter.rules import rates
from fsrouter.rules.file_errors import InvalidFile


def sheet(tmp_path: Path, text: str | bytes, currency: str = "USD") -> Rates:
    path = tmp_path / "rates.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return rates.read(path, currency)


def row(tmp_path: Path, prefix: str, price: str, currency: str = "USD") -> Rates:
    return sheet(tmp_path, f"prefix;price\n{prefix};{price}\n", currency)


def faults(tmp_path: Path, text: str | bytes, currency: str = "USD") -> list[str]:
    with pytest.raises(InvalidFile) as refused:
        sheet(tmp_path, text, currency)
    return [str(error).removeprefix(f"{tmp_path / 'rates.csv'}:") for error in refused.value.errors]


@pytest.mark.parametrize(
    "written",
    [
        "4915", "+4915", "+49 15", "49-15", "+49 (15)", "004915", "00 49 15", "4915…", "4915...", "4915*", "4915xxx",
        "4915XX", '="4915"', "'4915", "'+4915", "+49/15", "+49.15",
    ],
)  # fmt: skip
def test_prefix_as_sheets_write_it(tmp_path: Path, written: str) -> None:
    quoted = '"' + written.replace('"', '""') + '"'
    assert row(tmp_path, quoted, "0.2").prefix_of("+4915112345678") == "+4915"


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("0.012", "0.012"), ("12", "12"), ("0", "0"), ("0,012", "0.012"), ("12,5", "12.5"), ("0,125", "0.125"),
        ("1.2E-05", "0.000012"), ("5e-3", "0.005"), ("$0.012", "0.012"), ("0.012 USD", "0.012"), ("usd 0.012", "0.012"),
        ("0.012$", "0.012"), ("$ 0,012", "0.012"), ("'0.012", "0.012"), ("1234,5", "1234.5"),
    ],
)  # fmt: skip
def test_price_as_sheets_write_it(tmp_path: Path, written: str, price: str) -> None:
    found = row(tmp_path, "1", written).of("+13125550142")
    assert found is not None and found.price == Decimal(price) and found.currency == "USD"


@pytest.mark.parametrize(
    ("prefix", "price", "said"),
    [
        ("", "0.1", "lacks its prefix"),
        ("0", "0.1", "no beginning of numbers"),
        ("011 44", "0.1", "no beginning of numbers"),
        ("+0044", "0.1", "no beginning of numbers"),
        ("-1", "0.1", "no beginning of numbers"),
        (".1", "0.1", "no beginning of numbers"),
        ("1-", "0.1", "no beginning of numbers"),
        ("Germany", "0.1", "no beginning of numbers"),
        ("1234567890123456", "0.1", "no beginning of numbers"),
        ("١٢", "0.1", "no beginning of numbers"),
        ("4.9151E+11", "0.1", "what a spreadsheet made"),
        ("4915-4917", "0.1", "a range"),
        ("4915, 4916", "0.1", "is several"),
        ("1", "", "lacks its price"),
        ("1", "-0.01", "less than nothing"),
        ("1", "(0.01)", "less than nothing"),
        ("1", "nan", "no price"),
        ("1", "NaN USD", "no price"),
        ("1", "inf", "no price"),
        ("1", "Infinity", "no price"),
        ("1", "1e9", "no price"),
        ("1", "9E999999", "no price"),
        ("1", "1E-99", "no price"),
        ("1", "0x10", "no price"),
        ("1", "1_0", "no price"),
        ("1", "٣", "no price"),
        ("1", "1.234,50", "no price"),
        ("1", "1,234.50", "no price"),
        ("1", "free", "no price"),
        ("1", "9" * 10, "too many digits"),
        ("1", "0." + "1" * 13, "too many digits"),
        ("1", "9" * 100_000, "too many digits"),
        ("1", "1,250", "may be 1.250 or 1250"),
        ("1", "0.01 EUR", "is in EUR"),
        ("1", "€0.01", "is in €"),
        ("1", "EUR 0.01", "is in EUR"),
        ("1", ".5", "no price"),
    ],
)
def test_row_that_cannot_be_meant_is_refused_by_line(tmp_path: Path, prefix: str, price: str, said: str) -> None:
    found = faults(tmp_path, f'prefix;price\n44;0.5\n"{prefix}";"{price}"\n')
    assert len(found) == 1 and found[0].startswith("3: ") and said in found[0]
    assert len(found[0]) < 300


def test_every_bad_row_is_told(tmp_path: Path) -> None:
    found = faults(tmp_path, "prefix,price\n1,x\n2,0.1\n,0.1\n2,0.2\n")
    assert [line.partition(":")[0] for line in found] == ["2", "4", "5"]
    assert "+2 stands in line 3 already" in found[2]


def test_prefix_in_another_form_is_the_same_prefix(tmp_path: Path) -> None:
    assert "stands in line 2 already" in faults(tmp_path, "prefix,price\n+49 15,1\n4915…,1\n")[0]


def test_commas_that_part_nothing_else_tell_of_those_that_might(tmp_path: Path) -> None:
    found = sheet(tmp_path, "prefix;price;name\n1;0,012;\n882;1,250;Networks\n44;0,5;\n")
    rate = found.of("+88213300655")
    assert rate is not None and (rate.price, rate.name) == (Decimal("1.250"), "Networks")
    assert "may be" in faults(tmp_path, "prefix;price\n1;0,012\n44;0.5\n882;1,250\n")[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_delimiters_and_further_columns(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = '"Name","Prefix","PRICE","Increment"\r\n"Österreich","43","0.02","60/60"\r\n'.replace(",", delimiter)
    found = sheet(tmp_path, text.encode(encoding), "EUR").of("+4319999999")
    assert found is not None and (found.name, found.currency) == ("Österreich", "EUR")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "lacks the column"),
        (b"prefix,price\n", "has no rates"),
        (b"prefix,cost\n1,2\n", "lacks the column 'price'"),
        (b"PK\x03\x04xlsx", "workbook"),
        (b"\0" * 500, "is no text"),
        (b"prefix,price\n1,0.1,7,8\n", "has 4 cells"),
        (b'prefix,price,name\n1,0.1,"\x1b[2J"\n', "2: "),
        (b'prefix,price\n"1,0.1\n2,0.2\n', "2: "),
    ],
)
def test_what_is_no_sheet_is_refused(tmp_path: Path, raw: bytes, said: str) -> None:
    assert any(said in each for each in faults(tmp_path, raw))


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"rates\.csv: cannot be read"):
        rates.read(tmp_path / "rates.csv", "USD")


@given(st.dictionaries(st.integers(1, 10**9).map(str), st.decimals(0, 100, places=5), min_size=1, max_size=30))
def test_sheet_says_what_was_written(tmp_path_factory: pytest.TempPathFactory, prices: dict[str, Decimal]) -> None:
    text = "prefix,price\n" + "".join(f"+{prefix},{price:f}\n" for prefix, price in prices.items())
    found = sheet(tmp_path_factory.mktemp("sheet"), text)
    assert len(found) == len(prices)
    for prefix, price in prices.items():
        rate = found.of(f"+{prefix}")
        assert rate is not None and rate.price == price and found.prefix_of(f"+{prefix}") == f"+{prefix}"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    try:
        assert len(sheet(tmp_path_factory.mktemp("sheet"), b"prefix,price\n" + raw))
    except InvalidFile as refused:
        assert refused.errors
