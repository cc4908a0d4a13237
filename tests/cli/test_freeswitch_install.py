"""`fsrouter freeswitch install`: the rule book in force as FreeSWITCH's files."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.front import FILES, FOUND, contents, run


@pytest.mark.usefixtures("acme")
def test_install_twice_changes_nothing_and_remove_takes_all_out(conf: Path) -> None:
    result = run("freeswitch", "install", "--conf", conf)
    assert result.stdout == (
        f"add    {conf}/dialplan/fsrouter.xml: routers, queues and the fail-safe of each number\n"
        f"add    {conf}/dialplan/fsrouter_closed.xml: where strangers may have callers sent\n"
        f"add    {conf}/dialplan/public/00_fsrouter.xml: hands 10 tracking numbers to us\n"
        f"add    {conf}/dialplan/fsrouter_secret.xml: shows routers that calls come from this FreeSWITCH\n"
        f"change {conf}/autoload_configs/modules.conf.xml: loads mod_callcenter\n"
        f"add    {conf}/autoload_configs/callcenter.conf.xml: 3 queues, 3 agents, 6 tiers\n"
    )
    assert result.stderr == (
        f"{FOUND}now let FreeSWITCH read it: fs_cli -x reloadxml\n"
        "routers take calls of a FreeSWITCH only when it has read this secret: run this for each\n"
        "then let it load the queues: fsrouter freeswitch sync (a running `fsrouter serve` does it by itself)\n"
    )
    installed = contents(conf)
    again = run("freeswitch", "install", "--conf", conf)
    assert (again.stdout, again.stderr) == ("nothing to do: it is all in place\n", FOUND)
    assert contents(conf) == installed
    run("freeswitch", "install", "--conf", conf, "--remove")
    assert contents(conf) == FILES


@pytest.mark.usefixtures("acme")
def test_dry_run_shows_every_line_and_changes_none(conf: Path) -> None:
    result = run(
        "freeswitch", "install", "--conf", conf, "--dry-run", "--router", "10.0.0.1:8084", "--router", "10.0.0.2:8084"
    )
    assert '+        <action application="socket" data="10.0.0.1:8084|10.0.0.2:8084 full"/>' in result.stdout
    assert result.stderr == f"{FOUND}nothing was changed\n"
    assert contents(conf) == FILES


@pytest.mark.usefixtures("acme")
def test_routers_are_those_of_the_settings(conf: Path, home: Path) -> None:
    (home / "fsrouter.toml").write_text('routers = ["10.0.0.3:8084"]\n[trunks]\ncarrier = "carrier"\n')
    assert (
        "10.0.0.3:8084 full"
        in run("--config", "fsrouter.toml", "freeswitch", "install", "--conf", conf, "--dry-run").stdout
    )
    (home / "fsrouter.toml").write_text('[trunks]\ncarrier = "carrier"\n')
    assert "127.0.0.1:8084 full" in run("freeswitch", "install", "--conf", conf, "--dry-run").stdout


@pytest.mark.usefixtures("acme")
def test_legs_of_agents_carry_the_call_and_the_target(conf: Path) -> None:
    run("freeswitch", "install", "--conf", conf)
    agents = ElementTree.parse(conf / "autoload_configs/callcenter.conf.xml").iterfind("agents/agent")
    assert {agent.get("name"): agent.get("contact") for agent in agents} == {
        f"{name}@acme": f"[leg_timeout=20,fsr_call=1,fsr_target=agent.{name},outbound_redirect_fatal=true]user/{number}"
        for name, number in (("nancy", 1001), ("johan", 1002), ("vald", 1003))
    }


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--conf", "nowhere"), 2, "nowhere is no FreeSWITCH configuration"),
        (("--conf", "conf", "--context", "carriers"), 2, "has the context carriers"),
        (("--conf", "conf", "--context", "a b"), 2, "refused as user: it has the character ' '"),
        (("--conf", "conf", "--router", "nowhere"), 2, "is no host:port, as 127.0.0.1:8084"),
    ],
)
def test_impossible_installation_is_refused(conf: Path, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in run("freeswitch", "install", *words, code=code).stderr
    assert contents(conf) == FILES


def test_remove_works_without_rules(conf: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSROUTER_DATABASE", "sqlite:////dev/null/x.db")
    assert (
        run("freeswitch", "install", "--conf", conf, "--remove").stdout == "nothing to do: nothing of ours is there\n"
    )
    run("freeswitch", "install", "--conf", conf, code=3)
