"""The rate sheet as it is followed: read when it changes, kept when what is there is faulty."""

from __future__ import annotations

import os
from pathlib import Path

from fsrouter.rules.rates_in_force import RatesInForce


def test_sheet_is_read_once_and_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("prefix,price\n1,0.01\n")
    in_force = RatesInForce(str(path), "USD")
    first = in_force.current()
    assert first is not None and len(first) == 1 and in_force.current() is first and not in_force.look()
    written = path.stat()
    path.write_text("prefix,price\n1,0.02\n")
    os.utime(path, ns=(written.st_atime_ns, written.st_mtime_ns + 1))
    second = in_force.current()
    assert second is not None and second is not first
    path.write_text("prefix,price\n1,free\n")
    assert in_force.look() and in_force.current() is second and "'free'" in in_force.problem
    path.unlink()
    assert in_force.look() and in_force.current() is second and "cannot be read" in in_force.problem
    assert not in_force.look()
    path.write_text("prefix,price\n1,0.03\n")
    assert in_force.current() is not second and in_force.problem == "" and in_force.error is None


def test_sheet_that_another_replaces_is_seen_whatever_its_time_and_size(tmp_path: Path) -> None:
    path, other = tmp_path / "rates.csv", tmp_path / "new.csv"
    path.write_text("prefix,price\n1,0.01\n")
    in_force = RatesInForce(str(path), "USD")
    first, written = in_force.current(), path.stat()
    other.write_text("prefix,price\n1,0.02\n")
    os.utime(other, ns=(written.st_atime_ns, written.st_mtime_ns))
    other.rename(path)
    assert in_force.current() is not first


def test_no_sheet_is_no_fault() -> None:
    in_force = RatesInForce("", "USD")
    assert in_force.current() is None and in_force.problem == "" and not in_force.look()
