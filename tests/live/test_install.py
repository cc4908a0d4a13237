"""`fsrouter freeswitch install`, `sync` and `check`, as an operator runs them beside a running FreeSWITCH."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from live.lab import Lab, Router
from live.talk import Manner


@pytest.fixture
def bare(lab: Lab) -> Iterator[Lab]:
    """The laboratory without anything of ours in FreeSWITCH's files."""
    lab.run("freeswitch", "install", "--conf", str(lab.switch.conf), "--remove")
    assert lab.switch.api("reloadxml").startswith("+OK")
    yield lab
    lab.install()


def test_from_nothing_to_a_call(lab: Lab, router: Router, bare: Lab) -> None:
    conf = str(lab.switch.conf)
    before = lab.run("freeswitch", "check", "--conf", conf)
    assert f"{conf}/dialplan/fsrouter.xml is missing" in before
    assert "error    the context fsr is not in the dialplan" in before
    shown = lab.run("freeswitch", "install", "--conf", conf, "--dry-run")
    assert f"+++ {conf}/dialplan/fsrouter.xml" in shown and not (lab.switch.conf / "dialplan/fsrouter.xml").exists()
    done = lab.run("freeswitch", "install", "--conf", conf)
    assert f"add    {conf}/dialplan/public/00_fsrouter.xml: hands {len(lab.book.tracking_numbers)} " in done
    assert lab.run("freeswitch", "install", "--conf", conf) == "nothing to do: it is all in place\n"
    assert lab.switch.api("reloadxml").startswith("+OK")
    assert "nothing to do" in lab.run("freeswitch", "sync", "--conf", conf)

    after = lab.run("freeswitch", "check", "--conf", conf).splitlines()
    assert f"ok       the files in {conf} are those of the rule books in force" in after
    assert "ok       the context fsr is that of the rule books in force" in after
    assert "ok       the context public hands our tracking numbers to us" in after

    lab.outside.manner = Manner(hum=1700, talk=1)
    talk = lab.dial("18725550104", hum=2600)
    talk.wait("ended")
    assert (lab.record(talk).outcome, bool(talk.media.heard.tone(1700))) == ("answered", True)


def test_sync_brings_an_agent_back(lab: Lab, router: Router) -> None:
    """Somebody has deleted an agent by hand; a running router would only notice at a change of the rules."""
    lab.switch.api("callcenter_config agent del ann@lab")
    said = lab.run("freeswitch", "sync")
    assert "callcenter_config agent add ann@lab callback" in said
    assert "ann@lab" in lab.switch.api("callcenter_config agent list")
    assert "nothing to do" in lab.run("freeswitch", "sync")
