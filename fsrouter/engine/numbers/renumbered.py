"""National renumberings: the numbers (E.164) that one subscriber has had, and the one that is theirs.

Everybody who reads a number folds it first; everybody who compares two asks `compared`, and whoever looks one up in
what is kept asks `alike`. Sources: Mexico dropped the 1 before mobile numbers from abroad, and 01, 044 and 045 from
within, on 3 August 2019 (IFT); Brazil put a 9 before all mobile numbers by 6 November 2016 (Anatel, Resolution
553/2010); Argentina writes a mobile number with a 9 from abroad and with a 15 behind the area code from within
(ENACOM), and carriers send it either way. What a 15 stands for, libphonenumber's data say.
"""

from __future__ import annotations

import re

_MEXICO = re.compile(r"\+52(?:1|01|04[45])1?(\d{10})", re.ASCII)
_MEXICO_BEGINNING = re.compile(r"^\+521([2-9])", re.ASCII)
_MEXICO_WITHIN = re.compile(r"(?:01|04[45])(\d{10})", re.ASCII)
#: A 0, or the 90 of a collect call, and the two digits of a carrier may stand before an area code.
_BRAZIL = re.compile(r"(?:9?0(?:[1-9]\d)?)?([1-9][1-9])([6-9]\d{7})", re.ASCII)
_ARGENTINA = re.compile(r"\+549?(\d{10})", re.ASCII)


def folded(number: str) -> str:
    """A number (a plus, a calling code and digits) as its country's plan has it now; one that was not renumbered as it
    is.
    """
    if number.startswith("+52"):
        return _MEXICO.sub(r"+52\1", number) if _MEXICO.fullmatch(number) else number
    return f"+55{_brazilian(number[3:])}" if number.startswith("+55") else number


def folded_beginning(start: str) -> str:
    """The beginning of numbers (a plus and digits) as `folded` has those numbers: where that is certain, of Mexico's 1
    before an area code, of which none begins with 1.
    """
    return _MEXICO_BEGINNING.sub(r"+52\1", start)


def folded_nationally(code: str, digits: str) -> str:
    """The digits of a number without its calling code as the country's plan has them now."""
    if code == "52":
        found = _MEXICO_WITHIN.fullmatch(digits)
        return found[1] if found else digits
    return _brazilian(digits) if code == "55" else digits


def compared(number: str) -> str:
    """The form in which two numbers (E.164) are compared: those of one subscriber have the same."""
    found = _ARGENTINA.fullmatch(number) if number.startswith("+549") else None
    return f"+54{found[1]}" if found else number


def alike(number: str) -> tuple[str, ...]:
    """Every number (E.164) that is kept for the subscriber of one: the number itself first."""
    found = _ARGENTINA.fullmatch(number) if number.startswith("+54") else None
    if not found:
        return (number,)
    forms = f"+54{found[1]}", f"+549{found[1]}"
    return forms if forms[0] == number else forms[::-1]


def _brazilian(digits: str) -> str:
    found = _BRAZIL.fullmatch(digits)
    return f"{found[1]}9{found[2]}" if found else digits
