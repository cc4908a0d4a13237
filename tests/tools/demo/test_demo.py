"""The demo: everything from the wire to the journal, told."""

from __future__ import annotations

import re

from fsrouter.tools import demo


def test_three_calls_are_told_as_they_happen_and_when_they_are_over() -> None:
    lines: list[str] = []
    assert demo.run(3, lines.append, speed=100) == 3
    assert lines[0].startswith("fsrouter serves Harbor Bikes on 127.0.0.1:")
    stories = [line for line in lines if re.fullmatch(r"\n#\d\d \w+", line)]
    assert [line.split()[0] for line in stories] == ["#01", "#02", "#03"]
    assert all(line.split()[1] in ("answered", "voicemail", "unanswered", "abandoned") for line in stories)
    first = lines.index(stories[0])
    live = [line for line in lines[1:first] if line.startswith("  #")]
    assert any(line.startswith("  #01  ... ") for line in live), live
    assert any("calls +18575550101 (harbor)" in line for line in lines[first:])
    assert all(line.isprintable() for line in "\n".join(lines).splitlines())


def test_a_hostile_caller_is_told_like_any_other() -> None:
    lines: list[str] = []
    assert demo.run(4, lines.append, speed=400) == 4
    assert not any("uid=" in line for line in lines)
