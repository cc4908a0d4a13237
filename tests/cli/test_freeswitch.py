"""`fsrouter freeswitch sync` and `check`, against a FreeSWITCH stand-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.front import run
from fsrouter.engine.walk.facts import Came, Facts
from fsrouter.simulator import Switch
from fsrouter.store import CallRecord, Store


def said(*words: str, code: int = 0) -> str:
    return run("--config", "fsrouter.toml", "freeswitch", *words, code=code).stdout


@pytest.mark.usefixtures("acme")
def test_sync_brings_queues_in_step_once(switch: Switch) -> None:
    planned = said("sync", "--dry-run")
    assert "callcenter_config queue load support@acme" in planned.splitlines()
    assert not switch.queues
    said("sync")
    assert "support@acme" in switch.queues
    assert switch.agents["nancy@acme"].status == "Available"
    run("agents", "set", "nancy", "break")
    assert "callcenter_config agent set status nancy@acme 'On Break'" in said("sync").splitlines()
    assert switch.agents["nancy@acme"].status == "On Break"


@pytest.mark.usefixtures("acme")
def test_queue_that_freeswitch_cannot_load_is_an_error(switch: Switch) -> None:
    switch.configuration["callcenter.conf"] = (
        "<configuration><queues><queue name='other@acme'/></queues></configuration>"
    )
    result = run("--config", "fsrouter.toml", "freeswitch", "sync", code=1)
    assert "does not have" in result.stderr
    assert "fsrouter freeswitch sync --conf DIR" in result.stderr


@pytest.mark.usefixtures("acme")
def test_check_says_what_to_do(switch: Switch) -> None:
    lines = said("check", code=1).splitlines()
    at = lines.index("error    the context fsr is not in the dialplan, so no call reaches a router")
    assert "fsrouter freeswitch install --conf DIR" in lines[at + 1]
    found = json.loads(said("check", "--json", code=1))
    assert {finding["level"] for finding in found} >= {"ok", "error"}
    assert all(finding["remedy"] for finding in found if finding["level"] != "ok")


@pytest.mark.usefixtures("acme")
def test_check_looks_at_the_callers_of_the_last_calls(switch: Switch, store: Store) -> None:
    texts = [f"+1312555{i:04}" for i in range(100, 120)]
    came = [Came(text=text, gateway="carrier", profile="external") for text in texts]
    facts = [Facts(to="+18725550111", began=float(i), came=each) for i, each in enumerate(came)]
    records = [CallRecord(uuid=f"u{i}", company="acme", facts=each) for i, each in enumerate(facts)]
    store.journal.write([*records, CallRecord(uuid="old", company="acme", facts=Facts(to="+1", began=0.0))])
    assert "callers" not in "".join(line for line in said("check", code=1).splitlines() if line.startswith("warning"))
    doubtful = [Came(text=f"6465550{i:03}", gateway="swiss", profile="external") for i in range(100, 112)]
    facts = [Facts(to="+1", began=20.0 + i, came=each) for i, each in enumerate(doubtful)]
    store.journal.write([CallRecord(uuid=f"d{i}", company="acme", facts=each) for i, each in enumerate(facts)])
    told = said("check", code=1)
    assert "12 of 12 callers by the gateway swiss could be somebody else" in told
    assert "[numbers.gateways.swiss] incoming = " in told


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("command", ["sync", "check"])
def test_exit_code_3_when_freeswitch_does_not_answer(home: Path, command: str) -> None:
    (home / "fsrouter.toml").write_text('[freeswitch]\nport = 1\n[trunks]\ncarrier = "carrier"\n')
    result = run("--config", "fsrouter.toml", "freeswitch", command, code=3)
    assert "cannot reach FreeSWITCH at 127.0.0.1:1" in result.stdout + result.stderr


@pytest.mark.usefixtures("acme")
def test_wrong_password_is_an_error(switch: Switch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSROUTER_ESL_PASSWORD", "wrong")
    assert "refuses the password" in said("check", code=3)


FILES = {
    "freeswitch.xml": "<document/>\n",
    "dialplan/public.xml": (
        '<include><context name="public"><X-PRE-PROCESS cmd="include" data="public/*.xml"/></context></include>\n'
    ),
    "autoload_configs/modules.conf.xml": '<configuration name="modules.conf"><modules></modules></configuration>\n',
    "autoload_configs/python.conf.xml": '<configuration name="python.conf"><settings></settings></configuration>\n',
}


@pytest.fixture
def conf(home: Path) -> Path:
    """A configuration directory, and a script directory beside it."""
    for name, text in FILES.items():
        path = home / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (home / "scripts").mkdir()
    return home / "conf"


@pytest.mark.usefixtures("acme")
def test_router_in_process_is_installed_and_removed(conf: Path, home: Path) -> None:
    (home / "fsrouter.toml").write_text('[trunks]\ncarrier = "carrier"\n')
    script = home / "scripts" / "fsrouter_python.py"
    words = ("install", "--conf", "conf", "--in-process", "--scripts", "scripts")
    said(*words)
    compile(script.read_text(), str(script), "exec")
    assert f"CONFIG = '{home / 'fsrouter.toml'}'" in script.read_text()
    dialplan = (conf / "dialplan/fsrouter.xml").read_text()
    assert '<action application="python" data="fsrouter_python"/>' in dialplan
    assert 'application="socket"' not in dialplan
    assert '<load module="mod_python3"/>' in (conf / "autoload_configs/modules.conf.xml").read_text()
    assert 'name="startup-script" value="fsrouter_python"' in (conf / "autoload_configs/python.conf.xml").read_text()
    assert said(*words) == "nothing to do: it is all in place\n"
    said("install", "--conf", "conf", "--scripts", "scripts", "--remove")
    assert not script.exists()
    assert {name: (conf / name).read_text() for name in FILES} == FILES


@pytest.mark.usefixtures("acme")
def test_script_of_somebody_else_stays(conf: Path, home: Path) -> None:
    (home / "fsrouter.toml").write_text('[trunks]\ncarrier = "carrier"\n')
    script = home / "scripts" / "fsrouter_python.py"
    script.write_text("# mine\n")
    said("install", "--conf", "conf", "--in-process", "--scripts", "scripts", code=2)
    said("install", "--conf", "conf", "--in-process", code=2)
    said("install", "--conf", "conf", "--in-process", "--scripts", "nowhere", code=2)
    said("install", "--conf", "conf", "--scripts", "scripts", "--remove")
    assert script.read_text() == "# mine\n"
