"""What can be seen of calls from outside while a real FreeSWITCH has them: both logs by uuid, and the metrics."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from live.lab import Lab, Router, free_port, until
from live.talk import Manner

#: Where the router answers for health and metrics.
WEB = f"127.0.0.1:{free_port()}"


@pytest.fixture
def seen(lab: Lab) -> Iterator[Router]:
    """A router with metrics, on a FreeSWITCH that logs everything."""
    lab.stop_routers()
    lab.switch.api("fsctl loglevel debug")
    router = lab.serve(web=WEB)
    yield router
    lab.switch.api("fsctl loglevel warning")
    router.stop()


def joined(lab: Lab, router: Router, uuid: str) -> list[tuple[datetime, str, str]]:
    """A call's lines of both logs, in order: when, whose line it is, and what it says."""
    theirs = Path(lab.switch.api("global_getvar log_dir")) / "freeswitch.log"
    found = []
    with theirs.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            # What FreeSWITCH quotes (SDP) has lines without a time.
            if begins := re.match(rf"{uuid} (\d{{4}}-\S+ \S+) (.*)", line):
                found.append((datetime.fromisoformat(begins[1]).astimezone(), "freeswitch", begins[2]))
    for each in map(json.loads, router.log.read_text(encoding="utf-8").splitlines()):
        if each.get("uuid") == uuid:
            assert each["company"] == "lab"
            text = " ".join(str(each[name]) for name in ("event", "at", "outcome") if name in each)
            found.append((datetime.fromisoformat(each["timestamp"]), "fsrouter", text))
    return sorted(found, key=lambda line: line[0])


def samples() -> dict[str, float]:
    """The metrics page: each sample by its name and its labels' values."""
    with urllib.request.urlopen(f"http://{WEB}/metrics", timeout=5) as page:
        families = list(text_string_to_metric_families(page.read().decode()))
    return {" ".join((each.name, *each.labels.values())): each.value for family in families for each in family.samples}


def test_a_call_is_followed_by_its_uuid_in_both_logs(lab: Lab, seen: Router) -> None:
    lab.outside.manner = Manner(hum=1700, talk=1.0)
    talk = lab.dial("18725550104")
    talk.wait("ended")
    uuid = lab.record(talk).uuid
    lines = joined(lab, seen, uuid)
    print(*(f"{at:%H:%M:%S.%f} {who:10} {text[:110]}" for at, who, text in lines), sep="\n")
    handed = next(i for i, (_, who, text) in enumerate(lines) if who == "freeswitch" and " socket(" in text)
    answered = next(i for i, (_, who, text) in enumerate(lines) if who == "freeswitch" and "been answered" in text)
    decided = [i for i, (_, who, _) in enumerate(lines) if who == "fsrouter"]
    # FreeSWITCH's clock ticks every 20 ms, so what is nearer than that has no order.
    assert handed < decided[0] < answered < decided[-1]
    assert "number:desk answered" in lines[decided[-1]][2]


def test_metrics_count_while_calls_go_on(lab: Lab, seen: Router) -> None:
    lab.outside.manner = Manner(hum=1700)
    talk = lab.dial("18725550104")
    talk.wait("answered")
    until(lambda: samples()["fsrouter_calls_live"] == 1, 5, "a live call on the page")
    during = samples()
    assert during["fsrouter_first_ring_seconds_count"] == 1 and 0 < during["fsrouter_first_ring_seconds_sum"] < 1
    assert during["fsrouter_own_time_seconds_count"] >= 1
    talk.hang_up()
    lab.record(talk)
    until(lambda: samples().get("fsrouter_calls_total lab answered") == 1, 5, "the answered call on the page")
    after = samples()
    assert (after["fsrouter_talk_seconds_count lab"], after["fsrouter_calls_live"]) == (1, 0)
    print(*(f"{name} {value:g}" for name, value in after.items() if not name.startswith("python")), sep="\n")
