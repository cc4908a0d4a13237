"""Carriers' rate sheets: CSV files with the price of a minute by prefix.

A sheet is taken as a whole or not at all: every bad row is an error with its line. Prefixes and prices come as carriers
and spreadsheets write them; what could mean two things is refused and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from fsrouter.engine.numbers.cells import is_shortened, plain
from fsrouter.engine.rates import FRACTION, LONGEST, PRICE, WHOLE, Rate, Rates
from fsrouter.errors import Refused
from fsrouter.rules.csv_reader import CsvReader

COLUMNS: Final = ("prefix", "price", "name")
#: Rows of a sheet, at most: five times those of the longest that carriers send.
MOST: Final = 1_000_000
#: Characters of a prefix's name that are kept.
LONGEST_NAME: Final = 200
#: The signs that carriers write in place of a currency's code, and the currencies that they are written for.
SIGNS: Final = {
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "BRL", "CLP", "COP", "ARS"),
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "CNY"),
}

_DIGITS = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_BEHIND = re.compile(r"(?:…|\.{3}|\*|[xX]+)$")
_RANGE = re.compile(r"([0-9]{3,})\s*[-\u2013]\s*([0-9]{3,})")
#: What a spreadsheet makes of a very small price.
_TINY = re.compile(r"[0-9](?:\.[0-9]{1,6})?[eE]-[0-9]{1,2}", re.ASCII)
_COMMA = re.compile(r"([0-9]+),([0-9]+)", re.ASCII)
_MONEY = re.compile(
    r"(?P<sign>[$€£¥])?\s*(?P<before>[A-Za-z]{3}\b)?\s*(?P<price>[^A-Za-z\s].*?)\s*(?P<behind>[A-Za-z]{3}|[$€£¥])?"
)

_WRITE = "write it with digits and a point, as 0.012"


class Unclear(Refused):
    """A price with a comma that may part thousands or be the decimal one: other rows of the sheet may tell."""


def read(path: Path, currency: str) -> Rates:
    """The rates of a sheet whose prices are in a `currency` (ISO 4217). Raises InvalidFile with every bad row."""
    reader = CsvReader(path, COLUMNS, ("prefix", "price"), further=True)
    found: dict[str, Rate] = {}
    lines: dict[str, int] = {}
    same: dict[tuple[str, str], Rate] = {}
    for line, prefix, price, name in _rows(reader, currency):
        if prefix in lines:
            reader.add_error(line, f"+{prefix} stands in line {lines[prefix]} already; keep the row that holds now")
            continue
        if len(lines) >= MOST:
            reader.add_error(line, f"is one row too many: a rate sheet has at most {MOST:,}")
            break
        lines[prefix] = line
        rate = same.get((price, name))
        if rate is None:
            # Of 200,000 rows most share theirs with others.
            rate = same[price, name] = Rate(price=Decimal(price), currency=currency, name=name)
        found[prefix] = rate
    if not found and not reader.errors:
        reader.add_error(0, "has no rates; it needs a row `prefix,price` and below it one for each prefix")
    reader.raise_errors()
    return Rates(found, currency)


def _rows(reader: CsvReader, currency: str) -> Iterator[tuple[int, str, str, str]]:
    """Each row that can be read: its line, the prefix in digits, the price as a decimal, the name. What is wrong with
    others goes to the reader.
    """
    unclear: list[tuple[int, str, str, str, str]] = []
    commas = points = 0
    for line, cells in reader:
        name = cells.get("name", "")[:LONGEST_NAME]
        try:
            prefix = _prefix(cells["prefix"])
            written = cells["price"]
            if PRICE.fullmatch(written):
                points += "." in written
                yield line, prefix, written, name
                continue
            try:
                price, comma = _price(written, currency)
            except Unclear as error:
                unclear.append((line, prefix, name, str(error), written))
                continue
            commas += comma
            points += not comma and "." in price
            yield line, prefix, price, name
        except ValueError as error:
            reader.add_error(line, error)
    for line, prefix, name, why, written in unclear:
        if commas and not points:
            yield line, prefix, _money(written, currency).replace(",", "."), name
        else:
            reader.add_error(line, why)


def _prefix(text: str) -> str:
    """The digits of a prefix as sheets write it: `+1`, `49 15`, `0049-15`, `4915…`. Raises Refused."""
    text = plain(text)
    if _DIGITS.fullmatch(text):
        return text
    if not text:
        raise Refused("lacks its prefix; write the first digits of numbers with the country code, as +4915")
    if is_shortened(text):
        raise Refused(f"prefix: {text[:40]!r} is what a spreadsheet made of a number; format the column as text")
    if not text.startswith("+") and (span := _RANGE.fullmatch(text)) and len(span[1]) == len(span[2]):
        raise Refused(
            f"prefix: {text[:40]!r} looks like a range; write a row for each prefix of it, or +{span[1]}{span[2]} if it"
            " is one"
        )
    if "," in text or ";" in text:
        raise Refused(f"prefix: {text[:40]!r} is several; write a row for each")
    digits = re.sub(r"(?<=[0-9)])[-\s./]+(?=[0-9(])|[()\s]", "", _BEHIND.sub("", text).removeprefix("+"))
    if not text.startswith("+") and digits.startswith("00"):
        digits = digits[2:]
    if not _DIGITS.fullmatch(digits):
        raise Refused(
            f"prefix: {text[:40]!r} is no beginning of numbers; write the country code and up to {LONGEST} digits in"
            " all, as +4915"
        )
    return digits


def _price(text: str, currency: str) -> tuple[str, bool]:
    """A price as a decimal with a point, and whether it was written with a comma. Raises Refused."""
    bare = _money(text, currency)
    if PRICE.fullmatch(bare):
        return bare, False
    if comma := _COMMA.fullmatch(bare):
        if len(comma[2]) == 3 and comma[1] != "0" and len(comma[1]) <= 3:
            raise Unclear(
                f"price: {text[:40]!r} may be {comma[1]}.{comma[2]} or {comma[1]}{comma[2]}; write it with a point"
            )
        pointed = f"{comma[1]}.{comma[2]}"
        if PRICE.fullmatch(pointed):
            return pointed, True
    if _TINY.fullmatch(bare):
        exact = f"{Decimal(bare):f}"
        if PRICE.fullmatch(exact):
            return exact, False
    if not bare:
        raise Refused(f"lacks its price; {_WRITE}, or 0 for what costs nothing")
    if bare.startswith(("-", "(", "\N{MINUS SIGN}")):
        raise Refused(f"price: {text[:40]!r} is less than nothing; {_WRITE}")
    if re.fullmatch(r"[0-9]*[.,]?[0-9]*", bare, re.ASCII) and bare[0] not in ".," and bare[-1] not in ".,":
        raise Refused(
            f"price: {text[:40]!r} has too many digits; it may have {WHOLE} before the point and {FRACTION} behind it"
        )
    raise Refused(f"price: {text[:40]!r} is no price of a minute; {_WRITE}")


def _money(text: str, currency: str) -> str:
    """A price without the currency that is written beside it. Raises Refused when that is another one."""
    text = plain(text)
    found = _MONEY.fullmatch(text)
    if found is None:
        return text
    for written in found.group("sign", "before", "behind"):
        if written and currency not in SIGNS.get(written, (written.upper(),)):
            raise Refused(f"price: {text[:40]!r} is in {written}, and the settings say {currency} ([rates] currency)")
    return found["price"]
