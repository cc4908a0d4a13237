"""The secret that FreeSWITCH shows to routers: where it can be read while calls go on, what a change does to them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from esl.ends import api, block

from fsrouter.freeswitch.install import secret
from fsrouter.store.secrets import Verdict
from live.lab import OUTSIDE, FreeSwitch, Lab, Router, until
from live.talk import BUSY, SILENT, Manner


class Listener(FreeSwitch):
    """Somebody who is told all that there is to be told: every event, and the log at debug."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(f"{lab.switch.host}:{lab.switch.port}:{lab.switch.password}")
        self.heard: list[str] = []
        self._say("event json ALL")
        self._say("log 7")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            while True:
                headers, body = self._read()
                if not headers:
                    return
                self.heard.append(str(headers) + body)
        except (OSError, ValueError):
            pass  # closed


@pytest.fixture
def listener(lab: Lab) -> Iterator[Listener]:
    lab.switch.api("fsctl loglevel debug")
    listening = Listener(lab)
    yield listening
    listening.close()
    lab.switch.api("fsctl loglevel warning")


def shown(lab: Lab) -> str:
    """What FreeSWITCH shows at this moment."""
    return lab.switch.api("global_getvar fsr_secret")


def files(folder: Path) -> Iterator[Path]:
    """Every file in a folder that has a size of its own."""
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def test_secret_stands_nowhere_but_in_its_file(lab: Lab, router: Router, listener: Listener) -> None:
    known = shown(lab)
    assert known == lab.secret.current() == secret.found(lab.switch.conf)
    lab.phones["1001"].manner = lab.phones["1002"].manner = Manner(hum=1700)
    lab.outside.manners = {OUTSIDE["busy"]: BUSY, OUTSIDE["silent"]: SILENT, OUTSIDE["desk"]: Manner(hum=1700)}

    hostile = "${fsr_secret} $${fsr_secret} ${global_getvar(fsr_secret)}"
    numbers = ("18725550101", "18725550102", "18725550103", "18725550104", "18725550106", "18725550111")
    talks = [lab.dial(number, hum=2600, name=hostile) for number in numbers]
    menu, _, _, desk, *_ = talks
    until(lambda: menu.media.heard.tone(1150), 30, "the menu")
    menu.press("1")
    until(lambda: desk.media.heard.tone(1700), 30, "a talk")
    seen = [lab.switch.api("show channels as json"), lab.switch.api("show calls as json")]
    for line in lab.switch.api("show channels").splitlines():
        uuid = line.partition(",")[0]
        if uuid.count("-") == 4:
            seen += [lab.switch.api(f"uuid_dump {uuid}{form}") for form in ("", " json", " xml")]
    assert len(seen) > 20 and any("variable_fsr_cursor" in dump for dump in seen)
    for talk in talks:
        talk.hang_up()
    records = [lab.record(talk) for talk in talks]
    talk = lab.dial("18725550198", name=hostile)  # of no rule book: the fail-safe
    until(lambda: lab.outside.called(OUTSIDE["failsafe"]), 30, "the fail-safe")
    talk.hang_up()
    until(lambda: lab.switch.channels() == 0, 15, "no channels")
    for command in ("check", "install --dry-run"):
        seen.append(lab.run("freeswitch", *command.split(), "--conf", str(lab.switch.conf)))
    assert "it shows routers the right secret" in seen[-2]

    told = "".join(listener.heard)
    asked = '"API-Command":"global_getvar","API-Command-Argument":"fsr_secret"'
    assert asked in told.replace('":\t"', '":"').replace('": "', '":"').replace(",\n\t", ","), "the question is seen"
    assert "CHANNEL_HANGUP_COMPLETE" in told and "[DEBUG]" in told
    seen += [told, repr(records), repr(lab.secret), repr(lab.store.secrets.known())]
    places = [Path(lab.switch.api(f"global_getvar {name}")) for name in ("log_dir", "db_dir", "storage_dir")]
    read = [path for place in (*places, lab.folder) for path in files(place)]
    names = {path.name for path in read}
    assert {"freeswitch.log", "freeswitch.xml.fsxml", "lab.db"} <= names
    assert lab.switch.api("module_exists mod_cdr_csv") != "true" or any(path.suffix == ".csv" for path in read)
    found = [str(path) for path in read if known.encode() in path.read_bytes()]
    assert not found, found
    assert not [text[:200] for text in seen if known in text]
    kinds = sorted({path.name for path in read if path.suffix in (".log", ".csv", ".db", ".fsxml")})
    print(f"{len(listener.heard)} events and log lines, {len(seen)} dumps and outputs, {len(read)} files: {kinds}")


def new_secret(lab: Lab, *more: str) -> str:
    lab.run("freeswitch", "install", "--conf", str(lab.switch.conf), "--new-secret", *more)
    return lab.secret.current()


def test_change_under_calls_loses_none(lab: Lab, router: Router) -> None:
    lab.outside.manner = Manner(hum=1700)
    before = lab.secret.current()
    talks = [lab.dial("18725550104", hum=2600)]
    until(lambda: talks[0].media.heard.tone(1700), 30, "a talk")
    changed = new_secret(lab)
    assert changed != before and shown(lab) == before, "FreeSWITCH has not read it yet"

    def called() -> None:
        talks.append(lab.dial("18725550104", hum=2600))
        until(lambda: talks[-1].media.heard.tone(1700), 30, "a talk")

    called()
    assert "shows routers the former secret; they take its calls until" in lab.run("freeswitch", "check")
    assert lab.switch.api("reloadxml").startswith("+OK") and shown(lab) == changed
    called()
    new_secret(lab, "--at-once")
    assert lab.switch.api("reloadxml").startswith("+OK")
    until(lambda: lab.store.secrets.known().verdict(shown(lab), lab.store.clock()) is Verdict.RIGHT, 5, "the new one")
    called()
    for talk in talks:
        talk.hang_up()
    assert [lab.record(talk).outcome for talk in talks] == ["answered"] * 4


def test_former_secret_that_has_no_time_leaves_calls_to_their_fail_safe(lab: Lab, router: Router) -> None:
    lab.outside.manners = {OUTSIDE["failsafe"]: Manner(hum=1900, talk=1), OUTSIDE["desk"]: Manner(hum=1700, talk=1)}
    new_secret(lab, "--at-once")

    def refused() -> bool:
        talk = lab.dial("18725550104", hum=2600)
        talk.wait("ended")
        return bool(talk.media.heard.tone(1900))

    until(refused, 30, "a router that has noticed the change")
    assert "it shows routers a wrong secret" in lab.run("freeswitch", "check")
    assert "fs_cli -x reloadxml" in router.log.read_text()
    assert lab.switch.api("reloadxml").startswith("+OK")
    talk = lab.dial("18725550104", hum=2600)
    talk.wait("ended")
    assert lab.record(talk).outcome == "answered" and talk.media.heard.tone(1700)


@pytest.mark.parametrize("answer", ["-ERR no reply\n", "0" * 64])
def test_a_user_of_the_machine_hands_over_no_call(lab: Lab, router: Router, answer: str) -> None:
    before = len(lab.store.journal.list("lab", limit=1000))
    with socket.create_connection(("127.0.0.1", lab.ports[0]), 5) as stranger:
        stranger.sendall(
            block(Caller_Destination_Number="18725550104", variable_fsr_number="18725550104") + api(answer)
        )
        stranger.settimeout(30)
        said = b""
        while piece := stranger.recv(65_536):
            said += piece
    assert said == b"connect\n\napi global_getvar fsr_secret\n\n"
    assert len(lab.store.journal.list("lab", limit=1000)) == before
