"""The demo: everything from the wire to the journal, told."""

from __future__ import annotations

import re
from pathlib import Path

from fsrouter.store import CallRecord
from fsrouter.tools import demo


def test_three_calls_are_told_as_they_happen_and_when_they_are_over(tmp_path: Path) -> None:
    lines: list[str] = []
    assert len(demo.run(str(tmp_path), 3, lines.append, speed=100)) == 3
    assert lines[0].startswith("fsrouter serves Harbor Bikes on 127.0.0.1:")
    over = [line for line in lines if re.fullmatch(r"\n#\d\d \w+", line)]
    assert [line.split()[0] for line in over] == ["#01", "#02", "#03"]
    assert all(line.split()[1] in ("answered", "voicemail", "unanswered", "abandoned") for line in over)
    first = lines.index(over[0])
    live = [line for line in lines[1:first] if line.startswith("  #")]
    assert any(line.startswith("  #01  ... ") for line in live), live
    assert any("calls +18575550101 (harbor)" in line for line in lines[first:])
    assert all(line.isprintable() for line in "\n".join(lines).splitlines())


def test_hostile_caller_is_told_like_any_other(tmp_path: Path) -> None:
    lines: list[str] = []
    assert len(demo.run(str(tmp_path), 4, lines.append, speed=400)) == 4
    assert not any("uid=" in line for line in lines)


def test_rows_have_telephone_time() -> None:
    call = CallRecord(uuid="a", company="harbor", number="+18575550101", began=1000.0, ended=1004.5, outcome="answered")
    later = CallRecord(uuid="b", company="harbor", caller="+12125550171", began=1003.0, destination="agent:mira")
    first, second = demo.rows([call, later], speed=20)
    assert first[1:] == ("withheld", "+18575550101", "", "answered", "1:30")
    assert second[1:] == ("+12125550171", "", "agent:mira", "", "0:00")
    minutes = [60 * int(row[0][:2]) + int(row[0][3:5]) for row in (first, second)]
    assert (minutes[1] - minutes[0]) % 1440 == 1
