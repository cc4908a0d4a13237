"""National renumberings: the numbers (E.164) that one subscriber has had, and the one that is theirs.

Everybody who reads a number folds it first; everybody who compares two asks `compared`, and whoever looks one up in
what is kept asks `alike`. Sources: Mexico dropped the 1 before mobile numbers on 3 August 2019 (IFT); Brazil put a 9
before all mobile numbers by 6 November 2016 (Anatel, Resolution 553/2010); Argentina writes a mobile number with a 9
from abroad and with a 15 behind the area code from within (ENACOM), and carriers send it either way.
"""

from __future__ import annotations

import re

_MEXICO = re.compile(r"\+521(\d{10})", re.ASCII)
_BRAZIL = re.compile(r"\+55([1-9][1-9])([6-9]\d{7})", re.ASCII)
_ARGENTINA = re.compile(r"\+549?(\d{10})", re.ASCII)


def folded(number: str) -> str:
    """A number (a plus and digits) as its country's plan has it now; one that was not renumbered as it is."""
    if number.startswith("+521"):
        return _MEXICO.sub(r"+52\1", number) if _MEXICO.fullmatch(number) else number
    if number.startswith("+55"):
        return _BRAZIL.sub(r"+55\g<1>9\2", number) if _BRAZIL.fullmatch(number) else number
    return number


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
