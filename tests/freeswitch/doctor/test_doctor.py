"""`freeswitch check`: the checks in a table, what is expected, and probing a FreeSWITCH stand-in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from paths import ACME

from fsrouter.esl import commands
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.freeswitch.doctor.checks import run_checks
from fsrouter.freeswitch.doctor.dialplan import shapes
from fsrouter.freeswitch.doctor.expected import Expected, expect
from fsrouter.freeswitch.doctor.finding import ERROR, OK, WARNING
from fsrouter.freeswitch.doctor.probe import Actual, Process, probe_switch
from fsrouter.freeswitch.install.closed_context import closed_context
from fsrouter.freeswitch.install.conf_dir import Installation
from fsrouter.freeswitch.install.dialplan import did_entries, fsr_context
from fsrouter.freeswitch.install.from_rulebook import callcenter_from, entries_from
from fsrouter.freeswitch.install.values import Dial, Entry, FailSafe, Mailbox, Routers
from fsrouter.rules import company_file
from fsrouter.settings.model import Settings, Switch
from fsrouter.store import KnownSecret
from fsrouter.store.secrets import Verdict

ENTRIES = (Entry("+18725550111", FailSafe((Dial(("user/1001",)),))),)
ROUTERS = Routers(("127.0.0.1:8084",))
FSR = fsr_context(ENTRIES, FailSafe(), ROUTERS)
CLOSED = closed_context(ENTRIES, ())
DID = did_entries(ENTRIES)
LOADED_DID = DID.replace("<include>", '<context name="public">').replace("</include>", "</context>")
NOW = 1_700_000_000
STATUS = "FreeSWITCH (Version 1.11.1) is ready\n0 session(s) per Sec out of max 200\n5000 session(s) max\n"

EXPECTED = Expected(
    modules={"mod_sofia": "is SIP", "mod_callcenter": "has the queues"},
    dialplan=FSR,
    closed=CLOSED,
    entries=DID,
    sounds=frozenset({"ivr/a.wav"}),
    streams=frozenset({"moh"}),
    gateways=frozenset({"carrier"}),
    profiles=frozenset({"external"}),
    mailboxes=frozenset({("1000", "")}),
    routers=("127.0.0.1:8084",),
    calls=2000,
    secret=KnownSecret(current="ab", previous="cd", until=NOW + 60),
)
ACTUAL = Actual(
    where="127.0.0.1:8021",
    version="FreeSWITCH Version 1.11.1-release+git~2026 (git c2c5964 64bit)",
    status=STATUS,
    modules={"mod_sofia": True, "mod_callcenter": True},
    dialplan=FSR,
    closed=CLOSED,
    did=LOADED_DID,
    socket={"listen-ip": "127.0.0.1"},
    switch={"rtp-start-port": "16384", "rtp-end-port": "32768"},
    sounds={"ivr/a.wav": True},
    streams=frozenset({"moh/8000", "default"}),
    gateways={"carrier": "UP"},
    profiles={"external": "RUNNING"},
    mailboxes={("1000", ""): True},
    routers={"127.0.0.1:8084": ""},
    secret=Verdict.RIGHT,
    skew=0.4,
    process=Process(7, 65536, 0, False, (32768, 60999)),
)


def test_checks_of_a_sound_switch_find_nothing() -> None:
    found = run_checks(ACTUAL, EXPECTED)
    assert {finding.level for finding in found} == {OK}
    assert not any(finding.remedy for finding in found)
    assert len(found) >= 8


@pytest.mark.parametrize(
    ("actual", "level", "what"),
    [
        ({"version": "FreeSWITCH Version 1.8.7 (x)"}, ERROR, "1.8.7 is too old"),
        ({"version": "-ERR"}, WARNING, "does not tell its version"),
        ({"status": "paused"}, ERROR, "does not say that it is ready"),
        ({"default_password": True}, WARNING, "password that everybody knows"),
        ({"socket": {"listen-ip": "::"}}, WARNING, "listens on ::; only its default ACL"),
        ({"socket": {"listen-ip": "::", "apply-inbound-acl": "loopback.auto"}}, WARNING, "only its default ACL"),
        ({"modules": {"mod_callcenter": False}}, ERROR, "mod_callcenter is not loaded; it has the queues"),
        ({"dialplan": ""}, ERROR, "the context fsr is not in the dialplan"),
        ({"dialplan": FSR.replace("user/1001", "user/1002")}, ERROR, "is not that of the rule books"),
        ({"closed": ""}, WARNING, "the context fsr-closed is not in the dialplan: mailboxes cannot call back"),
        (
            {"closed": CLOSED.replace("8725550111", "8725550119")},
            ERROR,
            "the context fsr-closed is not that",
        ),
        ({"did": ""}, ERROR, "the dialplan has no context public"),
        ({"did": '<context name="public"/>'}, ERROR, "does not hand our tracking numbers"),
        ({"did": DID.replace("8725550111", "8725550119")}, ERROR, "hands us tracking numbers otherwise than"),
        ({"dialplan": FSR.replace(" full", " async full")}, ERROR, "a router declines such a call"),
        ({"dialplan": FSR.replace(" full", "")}, ERROR, "says `socket 127.0.0.1:8084`"),
        ({"routers": {"127.0.0.1:8084": "refused"}}, ERROR, "no router answers at 127.0.0.1:8084: refused"),
        ({"routers": {"127.0.0.1:8084": "", "10.0.0.9:8084": ""}}, WARNING, "does not know the router 10.0.0.9:8084"),
        ({"secret": Verdict.FORMER}, WARNING, "the former secret; they take its calls until 2023-11-14 22:14 UTC"),
        ({"secret": Verdict.UNASKED}, WARNING, "whoever reaches a router's port can hand it calls"),
        ({"secret": Verdict.NONE}, ERROR, "it shows routers no secret"),
        ({"secret": Verdict.WRONG}, ERROR, "it shows routers a wrong secret"),
        ({"secret": Verdict.CLOSED}, ERROR, "no secret has been made, so that routers take no calls at all"),
        ({"status": STATUS.replace("5000", "1000")}, WARNING, "1000 sessions, about 500 calls; a router takes 2000"),
        ({"status": STATUS.replace("200", "30")}, WARNING, "30 new sessions a second, about 15 calls"),
        ({"switch": {"rtp-start-port": "20000", "rtp-end-port": "20999"}}, WARNING, "enough for 500 legs"),
        ({"process": Process(7, 65536, 0, False, (30000, 60999))}, WARNING, "given to other programs (30000 to 60999)"),
        ({"switch": {"loglevel": "debug"}}, WARNING, "logs at debug"),
        ({"process": Process(7, 1024, 0, False)}, WARNING, "may open 1024 files; 5000 sessions need about 25200"),
        ({"process": Process(7, 65536, 19, False)}, WARNING, "runs at nice 19"),
        ({"process": Process(7, 65536, 0, True)}, WARNING, "realtime priority"),
        (
            {"sounds": {f"s{i}.wav": False for i in range(7)}},
            ERROR,
            "s0.wav, s1.wav, s2.wav, s3.wav, s4.wav and 2 more",
        ),
        ({"streams": frozenset({"default"})}, ERROR, "no local stream moh"),
        ({"gateways": {"carrier": ""}}, ERROR, "the gateway carrier does not exist"),
        ({"gateways": {"carrier": "FAIL_WAIT"}}, ERROR, "the gateway carrier is not registered (FAIL_WAIT)"),
        ({"gateways": {"carrier": "DOWN"}}, ERROR, "the gateway carrier is down (DOWN)"),
        ({"profiles": {}}, ERROR, "the sofia profile external does not exist"),
        ({"profiles": {"external": "DOWN"}}, ERROR, "the sofia profile external is DOWN"),
        ({"mailboxes": {("1000", "pbx"): False}}, ERROR, "no mailbox 1000@pbx"),
        ({"skew": -90.0}, WARNING, "clock is 90 s behind ours"),
    ],
)
def test_each_problem_is_found_with_its_remedy(actual: Mapping[str, object], level: str, what: str) -> None:
    found = [finding for finding in run_checks(replace(ACTUAL, **actual), EXPECTED) if finding.level != OK]
    assert any(finding.level == level and what in finding.what for finding in found), found
    assert all(finding.remedy for finding in found)


@pytest.mark.parametrize("actual", [{"process": None}, {"skew": None}, {"switch": {}}, {"socket": {}}])
def test_unknown_facts_are_not_checked(actual: Mapping[str, object]) -> None:
    assert {finding.level for finding in run_checks(replace(ACTUAL, **actual), EXPECTED)} == {OK}


def test_dialplans_are_compared_by_meaning() -> None:
    # FreeSWITCH leaves comments out and writes empty elements in two tags.
    written = '<context name="fsr"><!-- x --><action data="a&amp;b" application="c"/></context>'
    loaded = '<context name="fsr">\n  <action application="c" data="a&amp;b"></action>\n</context>'
    assert shapes(written, "context") == shapes(loaded, "context") != []
    assert shapes(written, "context") != shapes(loaded.replace("a&amp;b", "a"), "context")
    assert shapes("no xml", "context") == []


# -- what is expected


def test_expected_of_the_example_company() -> None:
    book = company_file.load(ACME)
    settings = Settings(database="", trunks={"carrier": "sofia/gateway/carrier/{number}"}, domain="pbx.example.com")
    call_settings = CallSettings.of(settings)
    wanted = Installation(tuple(entries_from(book, call_settings)), callcenter=callcenter_from([book], call_settings))
    found = expect(settings, [book], wanted)
    assert {"mod_callcenter", "mod_voicemail", "mod_sndfile", "mod_sofia", "mod_flite"} <= set(found.modules)
    assert "mod_python3" not in found.modules
    assert found.gateways == {"carrier"}
    assert all(not sound.startswith("say:") and "://" not in sound for sound in found.sounds)
    assert any(sound.endswith(".wav") for sound in found.sounds)
    assert {domain for _, domain in found.mailboxes} == {"pbx.example.com"}
    assert found.routers == ("127.0.0.1:8084",)
    inside = expect(settings, [book], replace_routers(wanted, Routers((), in_process=True)))
    assert "mod_python3" in inside.modules
    assert inside.routers == ()


def replace_routers(wanted: Installation, routers: Routers) -> Installation:
    return Installation(wanted.entries, wanted.default, routers, wanted.callcenter)


def test_mailbox_in_freeswitchs_own_domain_is_the_same() -> None:
    """FreeSWITCH shows `$${domain}` filled in."""
    entries = [Entry("+18725550111", FailSafe((Mailbox("1000"),)))]
    wanted = fsr_context(entries, FailSafe(), ROUTERS)
    running = wanted.replace("$${domain}", "pbx.example.com")
    assert running != wanted
    expected = replace(EXPECTED, dialplan=wanted)
    for domain, level in (("pbx.example.com", OK), ("elsewhere.example.com", ERROR)):
        found = run_checks(replace(ACTUAL, dialplan=running, domain=domain), expected)
        assert [each.level for each in found if "the context fsr is" in each.what] == [level]


# -- probing


GATEWAY = "Name    \tcarrier\nState   \tREGED\nStatus  \tUP\nUptime  \t5s\n"
EXPECTING = replace(EXPECTED, routers=("127.0.0.1:1",), internal=("office", "nowhere"))
REPLIES = {
    "version": ACTUAL.version,
    "status": STATUS,
    "module_exists mod_sofia": "true",
    "module_exists mod_callcenter": "false",
    "xml_locate dialplan context name fsr": FSR,
    "xml_locate dialplan context name public": "can't find anything\n",
    "xml_locate configuration configuration name event_socket.conf": (
        '<configuration><settings><param name="listen-ip" value="::"></param>'
        '<param name="password" value="secret"></param></settings></configuration>'
    ),
    "global_getvar sound_prefix": "/sounds/en",
    "global_getvar domain": "pbx",
    "file_exists /sounds/en/ivr/16000/a.wav": "true",
    "local_stream show": "moh/8000,/music/8000\n",
    "sofia status": (
        "  external\tprofile\t sip:mod_sofia@127.0.0.1:5080\tRUNNING (0)\n"
        "  external::carrier\tgateway\t   sip:joeuser@carrier.example\tNOREG\n"
    ),
    "switchname": "fs1\n",
    "xml_locate dialplan context name office": '<context name="office"></context>',
    "sofia status gateway carrier": GATEWAY,
    "user_exists id 1000 pbx": "true",
}


def test_probe_reads_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "freeswitch.pid").write_text(f"{os.getpid()}\n")
    replies = {**REPLIES, "global_getvar run_dir": str(tmp_path), "strepoch": str(NOW + 60)}
    asked: list[str] = []

    def ask(verb: str, words: str = "") -> str:
        commands.api(verb, *words.split())
        asked.append(f"{verb} {words}".strip())
        return replies.get(asked[-1], "-ERR no reply\n")

    actual = probe_switch(ask, Switch(password="ClueCon"), EXPECTING, lambda: NOW)
    assert actual.default_password
    assert actual.modules == {"mod_sofia": True, "mod_callcenter": False}
    assert (actual.dialplan, actual.did) == (FSR, "")
    assert actual.socket == {"listen-ip": "::"}
    assert actual.sounds == {"ivr/a.wav": True}
    assert actual.streams == {"moh/8000"}
    assert actual.gateways == {"carrier": "UP"}
    assert actual.profiles == {"external": "RUNNING"}
    assert actual.names == {"carrier", "fs1", "office"}
    assert actual.mailboxes == {("1000", ""): True}
    assert "refused" in actual.routers["127.0.0.1:1"]
    assert actual.skew == 60.5
    assert actual.process and (actual.process.pid, actual.process.realtime) == (os.getpid(), False)
    assert actual.process.files > 0


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (GATEWAY, "UP"),
        (GATEWAY.replace("UP", "DOWN").replace("REGED", "FAIL_WAIT"), "FAIL_WAIT"),
        ("Invalid Gateway!\n", ""),
    ],
)
def test_probe_reads_the_state_of_a_gateway(reply: str, state: str) -> None:
    actual = probe_switch(
        lambda verb, words="": reply if "gateway" in words else "true",
        Switch(),
        replace(EXPECTED, routers=()),
        lambda: NOW,
    )
    assert actual.gateways == {"carrier": state}
