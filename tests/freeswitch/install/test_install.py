"""`freeswitch install` on a small copy of vanilla's configuration: in, again, out; and what it refuses."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.errors import Refused, UsageError
from fsrouter.esl.call.queues import callcenter_name
from fsrouter.freeswitch.callcenter.model import AgentDef, CallCenter, QueueDef, TierDef
from fsrouter.freeswitch.install.conf_dir import Installation, plan_install, plan_remove
from fsrouter.freeswitch.install.plan import apply
from fsrouter.freeswitch.install.queue_conf import sections
from fsrouter.freeswitch.install.values import Dial, Entry, FailSafe, Routers

FILES = {
    "freeswitch.xml": '<?xml version="1.0"?>\n<document type="freeswitch/xml">\n</document>\n',
    "dialplan/default.xml": '<include>\n  <context name="default">\n  </context>\n</include>\n',
    "dialplan/public.xml": """<include>
  <!-- <context name="public"> in a comment is none -->
  <context name="public">
    <extension name="unloop"><condition field="${unroll_loops}" expression="^true$"/></extension>
    <X-PRE-PROCESS cmd="include" data="public/*.xml"/>
  </context>
</include>
""",
    "dialplan/public/00_inbound_did.xml": '<include>\n  <extension name="public_did"/>\n</include>\n',
    "autoload_configs/event_socket.conf.xml": """<configuration name="event_socket.conf">
  <settings>
    <param name="password" value="ClueCon"/>
  </settings>
</configuration>
""",
    "autoload_configs/modules.conf.xml": """<configuration name="modules.conf" description="Modules">
  <modules>
    <load module="mod_event_socket"/>
    <!-- </modules> -->
    <!--<load module="mod_callcenter"/>-->

  </modules>
</configuration>
""",
    "autoload_configs/callcenter.conf.xml": """<configuration name="callcenter.conf" description="CallCenter">\r
  <settings>\r
    <!--<param name="dbname" value="/dev/shm/callcenter.db"/>-->\r
  </settings>\r
  <queues>\r
    <queue name="theirs@default">\r
      <param name="moh-sound" value="$${hold_music}"/>\r
    </queue>\r
  </queues>\r
  <agents>\r
    <!--<agent name="1000@default"/>-->\r
  </agents>\r
  <tiers></tiers>\r
</configuration> \r
""",
}

SUPPORT = callcenter_name("acme", "support")
NANCY = callcenter_name("acme", "nancy")
JOHAN = callcenter_name("acme", "johan")
CALLS = CallCenter(
    (QueueDef(SUPPORT, max_wait=300), QueueDef(callcenter_name("acme", "vip"), strategy="ring-all")),
    (AgentDef(NANCY, "user/1001"), AgentDef(JOHAN, "user/1002", status="On Break")),
    (TierDef(SUPPORT, NANCY), TierDef(SUPPORT, JOHAN, level=2), TierDef(callcenter_name("acme", "vip"), NANCY)),
)
DESK = FailSafe((Dial(("user/1001",)),))
WANTED = Installation(
    (Entry("+18725550111", DESK), Entry("+18725550112")), DESK, Routers(("127.0.0.1:8084",)), CALLS, rest=True
)


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return tmp_path / "conf"


def contents(conf: Path) -> dict[str, bytes]:
    return {str(path.relative_to(conf)): path.read_bytes() for path in conf.rglob("*") if path.is_file()}


def test_install_puts_ours_before_vanillas_and_says_so(conf: Path) -> None:
    plan = plan_install(WANTED, conf)
    apply(plan)
    added = set(contents(conf)) - set(FILES)
    ours = {"public/00_fsrouter.xml", "public/zz_fsrouter_rest.xml", "fsrouter.xml", "fsrouter_closed.xml"}
    assert added == {f"dialplan/{name}" for name in ours}
    names = sorted(path.name for path in (conf / "dialplan/public").iterdir())
    assert names == ["00_fsrouter.xml", "00_inbound_did.xml", "zz_fsrouter_rest.xml"]
    assert {change.path.name: change.kind for change in plan.changes} == {
        "fsrouter.xml": "add",
        "fsrouter_closed.xml": "add",
        "00_fsrouter.xml": "add",
        "zz_fsrouter_rest.xml": "add",
        "modules.conf.xml": "change",
        "callcenter.conf.xml": "change",
    }
    assert "loads mod_callcenter" in plan.summary()
    assert "password that everybody knows" in plan.summary()


def test_nothing_is_written_before_apply_and_the_diff_tells_it_all(conf: Path) -> None:
    before = contents(conf)
    diff = plan_install(WANTED, conf).diff()
    assert contents(conf) == before
    assert '+    <load module="mod_callcenter"/>\n' in diff
    assert f'+    <queue name="{SUPPORT}">' in diff
    assert "--- /dev/null\n" in diff


def test_install_twice_is_install_once(conf: Path) -> None:
    apply(plan_install(WANTED, conf))
    first = contents(conf)
    again = plan_install(WANTED, conf)
    assert again.changes == () and again.diff() == ""
    assert "nothing to do" in again.summary()
    apply(again)
    assert contents(conf) == first


def test_remove_brings_back_every_byte(conf: Path) -> None:
    before = contents(conf)
    apply(plan_install(WANTED, conf))
    assert contents(conf) != before
    apply(plan_remove(conf))
    assert contents(conf) == before
    assert plan_remove(conf).changes == ()


def test_a_later_install_is_as_if_it_were_the_first(conf: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(conf, other)
    later = Installation((Entry("+18725550119"),), routers=Routers(("10.0.0.1:8084", "10.0.0.2:8084")))
    apply(plan_install(WANTED, conf))
    apply(plan_install(later, conf))
    apply(plan_install(later, other))
    assert contents(conf) == contents(other)
    assert not (conf / "dialplan/public/zz_fsrouter_rest.xml").exists()


def test_installed_files_are_what_freeswitch_reads(conf: Path) -> None:
    apply(plan_install(WANTED, conf))
    tree = ElementTree.parse(conf / "autoload_configs/callcenter.conf.xml")
    assert [queue.get("name") for queue in tree.iterfind("queues/queue")] == ["theirs@default", SUPPORT, "vip@acme"]
    nancy = next(tree.iterfind("agents/agent"))
    assert nancy.attrib == {
        "name": NANCY,
        "type": "callback",
        "status": "Available",
        "contact": "[leg_timeout=20,fsr_call=1,fsr_target=agent.nancy,outbound_redirect_fatal=true]user/1001",
        "max-no-answer": "0",
        "wrap-up-time": "10",
        "reject-delay-time": "10",
        "busy-delay-time": "30",
        "no-answer-delay-time": "10",
    }
    support = tree.findall("queues/queue")[1]
    parameters = {each.get("name"): each.get("value") for each in support.findall("param")}
    assert (parameters["strategy"], parameters["max-wait-time"]) == ("longest-idle-agent", "300")
    assert [tier.attrib for tier in tree.iterfind("tiers/tier")][1] == {
        "agent": JOHAN,
        "queue": SUPPORT,
        "level": "2",
        "position": "1",
    }
    for path in (conf / "dialplan").rglob("*fsrouter*.xml"):
        for number, line in enumerate(path.read_text().split("\n"), 1):
            # What the preprocessor would drop or change (switch_xml.c: preprocess, expand_vars).
            assert line.strip() in ("<include>", "</include>") or "include>" not in line, (path, number)
            assert (
                "x-pre-process" not in line.lower() and "$${" not in line and "<?" not in line and "<!--#" not in line
            )


def test_without_a_callcenter_file_one_of_ours_comes_and_goes(conf: Path) -> None:
    path = conf / "autoload_configs/callcenter.conf.xml"
    path.unlink()
    before = contents(conf)
    apply(plan_install(WANTED, conf))
    assert len(ElementTree.parse(path).findall("queues/queue")) == 2
    assert plan_install(WANTED, conf).changes == ()
    apply(plan_remove(conf))
    assert contents(conf) == before


def test_a_module_that_is_loaded_already_is_not_loaded_twice(conf: Path) -> None:
    path = conf / "autoload_configs/modules.conf.xml"
    text = path.read_text().replace('<!--<load module="mod_callcenter"/>-->', '<load module="mod_callcenter"/>')
    path.write_text(text)
    apply(plan_install(WANTED, conf))
    assert path.read_text() == text


def test_apply_keeps_mode_and_links(conf: Path) -> None:
    path = conf / "autoload_configs/modules.conf.xml"
    kept = conf.parent / "kept.xml"
    path.rename(kept)
    path.symlink_to(kept)
    kept.chmod(0o640)
    apply(plan_install(WANTED, conf))
    assert path.is_symlink() and "mod_callcenter" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert not [each for each in conf.rglob(".fsrouter-*")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_apply_keeps_the_owner(conf: Path) -> None:
    path = conf / "autoload_configs/callcenter.conf.xml"
    os.chown(path, 65534, 65534)
    os.chown(conf / "dialplan", 65534, 65534)
    apply(plan_install(WANTED, conf))
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)
    assert (conf / "dialplan/fsrouter.xml").stat().st_uid == 65534


def test_another_context_with_its_own_directory(conf: Path) -> None:
    include = '<X-PRE-PROCESS cmd="include" data="numbers/*.xml"/>'
    text = f'<include>\n<context name="dids">\n{include}\n</context>\n</include>\n'
    (conf / "dialplan/dids.xml").write_text(text)
    apply(plan_install(WANTED, conf))
    apply(plan_install(Installation(WANTED.entries, did_context="dids"), conf))
    assert "fsrouter_numbers_1" in (conf / "dialplan/numbers/00_fsrouter.xml").read_text()
    assert "XML dids" in (conf / "dialplan/fsrouter.xml").read_text()
    assert not (conf / "dialplan/public/00_fsrouter.xml").exists()


def test_a_file_that_comes_before_ours_is_pointed_out(conf: Path) -> None:
    (conf / "dialplan/public/00_a.xml").write_text("<include/>")
    assert any("00_a.xml comes before ours" in note for note in plan_install(WANTED, conf).notes)


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(conf: Path) -> None:
    plan = plan_install(WANTED, conf)
    (conf / "autoload_configs/callcenter.conf.xml").write_text("<configuration/>")
    before = contents(conf)
    with pytest.raises(UsageError, match="meanwhile"):
        apply(plan)
    assert contents(conf) == before


def gone(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("freeswitch.xml", None, "is no FreeSWITCH configuration: looked for .*freeswitch.xml"),
        ("dialplan", None, "is no FreeSWITCH configuration: looked for .*dialplan"),
        ("autoload_configs", None, "is no FreeSWITCH configuration: looked for .*autoload_configs"),
        ("autoload_configs/modules.conf.xml", None, "must load mod_event_socket, mod_callcenter"),
        (
            "autoload_configs/modules.conf.xml",
            "<configuration/>",
            "exactly one <modules> with a closing tag, and has 0",
        ),
        ("autoload_configs/modules.conf.xml", "<a><modules></modules>", "not well-formed XML"),
        ("autoload_configs/callcenter.conf.xml", "<c><queues/><agents></agents></c>", "exactly one <queues>"),
        (
            "autoload_configs/callcenter.conf.xml",
            f'<c><queues><queue name="{SUPPORT}"/></queues><agents></agents><tiers></tiers></c>',
            f"hand-made queue {SUPPORT}",
        ),
        ("dialplan/public.xml", "<include/>", "no file in .* has the context public"),
        ("dialplan/public.xml", '<context name="public"></context>', "includes no directory of ours; add a line"),
        ("dialplan/fsrouter.xml", "<include/>", "is there already and not ours"),
    ],
)
def test_install_refuses_what_would_do_harm(conf: Path, name: str, text: str | None, said: str) -> None:
    if text is None:
        gone(conf / name)
    else:
        (conf / name).write_text(text)
    before = contents(conf)
    with pytest.raises(UsageError, match=said):
        plan_install(WANTED, conf)
    assert contents(conf) == before


def test_installation_with_a_number_twice_is_refused() -> None:
    with pytest.raises(Refused, match="comes twice"):
        Installation((Entry("+18725550111"), Entry("+18725550111", DESK)))


@given(st.text(min_size=1, max_size=20))
def test_hostile_values_are_refused_or_stay_inside_their_attribute(value: str) -> None:
    try:
        calls = CallCenter((QueueDef(f"{value}@acme"),), (AgentDef(NANCY, f"user/{value}"),))
    except Refused:
        return
    queue = ElementTree.fromstring(f"<queues>{sections(calls)['queues']}</queues>")
    agent = ElementTree.fromstring(f"<agents>{sections(calls)['agents']}</agents>")
    assert [each.get("name") for each in queue] == [f"{value}@acme"]
    assert [each.get("contact") for each in agent] == [
        f"[leg_timeout=20,fsr_call=1,fsr_target=agent.nancy,outbound_redirect_fatal=true]user/{value}"
    ]
    assert not set(value) & set("$'\"{}[]|,<>\\^ \n\r")


def test_planning_loads_no_wire_and_no_database() -> None:
    code = "import sys, fsrouter.freeswitch.install as _; print(*{'gevent', 'peewee', 'requests'} & {*sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
