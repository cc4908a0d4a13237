"""Many calls: the mixture of a day, and how long a call takes from INVITE to INVITE beside a static `bridge`."""

from __future__ import annotations

import re
import statistics
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fsrouter.store.calls.journal import CallLine
from live.lab import OUTSIDE, STATIC, Lab, Router, until
from live.talk import BUSY, SILENT, Manner

#: Milliseconds that a call may take longer than by a static `bridge`, at the median.
LIMIT = 8.0
#: Files that a router may have open more than before: each thread of the store opens the database and its log.
FILES = 30
#: Seconds for which calls keep coming.
SECONDS = 120
SIPP = Path(__file__).with_name("sipp")


def through_the_menu(lab: Lab, key: str) -> tuple[str, str]:
    """A call to the main line that presses a key at the menu; returns outcome and destination of the journal."""
    talk = lab.dial("18725550101", hum=2600)
    talk.wait("answered")
    until(lambda: talk.media.heard.tone(1150), 10, "the menu")
    talk.press(key)
    if key == "3":
        until(lambda: talk.media.heard.tone(1350), 15, "the mailbox's greeting")
        until(lambda: len(talk.media.heard.frames) > 450, 15, "time for a message")
        talk.hang_up()
    talk.wait("ended", 40)
    record = lab.record(talk)
    return record.outcome, record.destination


def to_the_desk(lab: Lab) -> tuple[str, str]:
    """A call that finds one busy, one silent, and leaves a message."""
    talk = lab.dial("18725550102", hum=2600)
    talk.wait("answered", 15)
    until(lambda: talk.media.heard.tone(1350), 15, "the mailbox's greeting")
    until(lambda: len(talk.media.heard.frames) > 350, 15, "time for a message")
    talk.hang_up()
    record = lab.record(talk)
    assert [a.outcome for a in record.attempts] == ["busy", "no-answer"]
    return record.outcome, record.destination


def to_the_queue(lab: Lab) -> tuple[str, str]:
    """A call to the queue; it leaves by the exit key when the agent talks with somebody else."""
    talk = lab.dial("18725550103", hum=2600)
    talk.wait("answered")
    until(lambda: talk.media.heard.tone(350) or talk.media.heard.tone(1700), 10, "the queue's music")
    if not talk.media.heard.tone(1700):
        talk.press("0")
    talk.wait("ended", 40)
    record = lab.record(talk)
    return record.outcome, record.destination


def test_fifty_calls_to_three_numbers(lab: Lab, router: Router) -> None:
    lab.outside.manners = {OUTSIDE["busy"]: BUSY, OUTSIDE["silent"]: SILENT, OUTSIDE["desk"]: Manner(hum=1700, talk=1)}
    lab.phones["1001"].manner = Manner(hum=1700, talk=1)
    ways = [lambda: through_the_menu(lab, "1"), lambda: to_the_desk(lab), lambda: to_the_queue(lab)]
    ways += [lambda: through_the_menu(lab, "3"), lambda: through_the_menu(lab, "12")]
    with ThreadPoolExecutor(5) as callers:
        done = Counter(callers.map(lambda way: way(), ways * 10))
    assert done["answered", "agent:ann"] == 10
    assert done["voicemail", "voicemail:box"] == 20
    assert done["answered", "queue:support"] + done["answered", "number:desk"] == 20
    assert done["answered", "number:desk"] >= 10


def test_from_invite_to_invite(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(after=0.05, talk=0.05)
    took: dict[str, list[float]] = {STATIC: [], "18725550104": []}
    for _ in range(60):
        for number, times in took.items():
            talk = lab.dial(number)
            far = lab.outside.rung(len(took[STATIC]) + len(took["18725550104"]) + 1)
            talk.wait("ended")
            far.wait("ended")
            times.append((far.at["invited"] - talk.at["invited"]) * 1000)
    static, ours = (statistics.median(times) for times in took.values())
    print(f"INVITE to INVITE, median of 60: static bridge {static:.1f} ms, fsrouter {ours:.1f} ms")
    assert ours - static < LIMIT


def sipp(lab: Lab, scenario: str, *words: str) -> subprocess.Popen[bytes]:
    """Start SIPp with one of our scenarios."""
    command = ["sipp", "-sf", str(SIPP / f"{scenario}.xml"), "-i", "127.0.0.1", "-nostdin", *words]
    with (lab.folder / f"{scenario}.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=lab.folder)


@pytest.mark.timeout(400)
def test_calls_keep_coming_for_two_minutes(lab: Lab, router: Router, rate: int) -> None:
    calls = rate * SECONDS
    lab.phones["1002"].manner = SILENT
    before = lab.switch.api("fsctl sps"), lab.switch.api("fsctl max_sessions")
    descriptors = router.descriptors
    # At debug, as vanilla has it, the log alone takes what the calls need: 60 KB for each. It cannot be asked for.
    lab.switch.api("fsctl loglevel warning")
    lab.switch.api("fsctl sps 500")
    lab.switch.api("fsctl max_sessions 5000")
    answerer = sipp(lab, "answerer", "-p", str(lab.load_port), "-mp", "20000")
    words = ("-r", str(rate), "-m", str(calls), "-l", "2000", "-mp", "12000", "-trace_stat", "-fd", "5")
    caller = sipp(lab, "caller", f"127.0.0.1:{lab.switch.external}", "-s", "+18725550120", *words)
    try:
        assert caller.wait(300) == 0
    finally:
        for process in (caller, answerer):
            process.kill()
            process.wait()
        lab.switch.api("fsctl loglevel debug")
        for name, value in zip(("sps", "max_sessions"), before, strict=True):
            lab.switch.api(f"fsctl {name} {''.join(re.findall('[0-9]+', value)[:1])}")
    until(lambda: lab.switch.channels() == 0, 20, "no channels")
    lines = until(lambda: _closed(lab, calls), 60, f"{calls} closed records")
    assert Counter(line.outcome for line in lines) == {"answered": calls}
    until(lambda: router.descriptors["socket"] <= descriptors["socket"], 10, "no socket more than before")
    assert router.descriptors["file"] <= descriptors["file"] + FILES, router.descriptors
    node = until(
        lambda: [n for n in lab.store.nodes.list() if n.pid == router.process.pid and n.calls == 0], 15, "no calls"
    )
    print(f"{calls} calls at {rate}/s: {dict(descriptors)} -> {dict(router.descriptors)}, calls {node[0].calls}")


def _closed(lab: Lab, calls: int) -> list[CallLine]:
    lines = lab.store.journal.list("lab", number="+18725550120", limit=calls + 10)
    told = len(lines) >= calls and all(line.ended is not None and line.outcome != "unknown" for line in lines)
    return list(lines) if told else []
