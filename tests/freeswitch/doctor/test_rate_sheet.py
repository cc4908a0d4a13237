"""The doctor's look at the rate sheet."""

from __future__ import annotations

from pathlib import Path

from fsrouter.freeswitch.doctor.finding import OK, WARNING
from fsrouter.freeswitch.doctor.rate_sheet import rate_sheet
from fsrouter.rules.rates_in_force import RatesInForce


def test_sheet_is_right_faulty_or_none(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    assert list(rate_sheet(RatesInForce("", "USD"))) == []
    (missing,) = rate_sheet(RatesInForce(str(path), "USD"))
    assert missing.level == WARNING and "rates.csv: cannot be read" in missing.what and missing.remedy
    path.write_text("prefix,price\n1,0.01\n44,0.02\n")
    (found,) = rate_sheet(RatesInForce(str(path), "USD"))
    assert (found.level, found.what) == (OK, f"the rate sheet {path} has the prices of 2 prefixes in USD")
    path.write_text("prefix,price\n1,x\n1,y\n")
    (faulty,) = rate_sheet(RatesInForce(str(path), "USD"))
    assert faulty.level == WARNING and f"{path}:2: price: 'x'" in faulty.what and "(and 1 more)" in faulty.what
