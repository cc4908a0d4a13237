"""What a minute costs: prices by the first digits of a number, as carriers' rate sheets have them.

Exact decimals everywhere. Knows neither files nor settings, nor which number a text is. docs/rates.md tells users.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Final

from msgspec import Struct

#: The digits of a price before and behind the point, at most.
WHOLE, FRACTION = 9, 12
#: A price as a decimal.
PRICE: Final = re.compile(rf"[0-9]{{1,{WHOLE}}}(?:\.[0-9]{{1,{FRACTION}}})?", re.ASCII)
#: The digits of a prefix, at most: those of a number (E.164).
LONGEST: Final = 15
#: What a cost is rounded to.
CENT: Final = Decimal("0.0001")
#: Enough for any price times the seconds of a talk, whatever others in this process have set.
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)


class Rate(Struct, frozen=True, kw_only=True, gc=False):
    """What a minute costs: a `price` in a `currency` (ISO 4217, `USD`), and the `name` that the rate sheet has for the
    prefix, "" for none.
    """

    price: Decimal
    currency: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.price:f} {self.currency} a minute"


class Rates:
    """The rates of a sheet, by prefix in digits without a plus (`1312`): the longest one that a number begins with
    counts.
    """

    def __init__(self, rates: Mapping[str, Rate], currency: str) -> None:
        self.currency = currency
        self._rates = rates
        # The beginning of a number that is shorter is all of it, which is no longer prefix than it is itself.
        self._lengths = sorted(set(map(len, rates)), reverse=True)

    def __len__(self) -> int:
        return len(self._rates)

    def prefix_of(self, number: str) -> str:
        """The prefix that counts for a number (E.164), with its plus; "" for none."""
        prefix = self._prefix(number)
        return f"+{prefix}" if prefix else ""

    def of(self, number: str) -> Rate | None:
        """The rate of a number (E.164); None when no prefix of the sheet is its beginning, and for what is none."""
        return self._rates.get(self._prefix(number))

    def _prefix(self, number: str) -> str:
        """The digits of the prefix that counts for a number (E.164); "" for none."""
        digits = number[1:] if number.startswith("+") else ""
        for length in self._lengths:
            if (prefix := digits[:length]) in self._rates:
                return prefix
        return ""


def dearest(rates: Iterable[Rate | None]) -> Rate | None:
    """The dearest of some rates; of two that cost the same the first. None when there is none."""
    return max((rate for rate in rates if rate is not None), key=lambda rate: rate.price, default=None)


def cost(price: Decimal, seconds: float) -> Decimal:
    """What a talk of some seconds costs at a price a minute: by its length, rounded to four digits behind the point."""
    with localcontext(_EXACT):
        return (price * round(max(0.0, seconds) * 1000) / 60_000).quantize(CENT)
