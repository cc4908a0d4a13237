"""A router inside of FreeSWITCH's process: its own thread, calls from other threads, a real store."""

from __future__ import annotations

import contextvars
import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from fsrouter.log.context import bind
from fsrouter.router import mod_python
from fsrouter.router.mod_python_service import FreeSwitchLog
from fsrouter.settings.model import Log
from fsrouter.store import Store
from router.site import MAIN, STRANGER, Site

UUID = "6f1f4e7a-8c1e-4f0c-9d7e-0d6a4c8f00"


class FakeSession:
    """One call as mod_python3 has it: variables, and what was run."""

    def __init__(self, number: int, to: str = MAIN) -> None:
        self.uuid = f"{UUID}{number:02}"
        self.to = to
        self.ran: list[str] = []
        self.variables: dict[str, str] = {"fsr_number": to}

    def get_uuid(self) -> str:
        return self.uuid

    def execute(self, *words: str) -> str | None:
        """Both `session.execute(APP, ARG)` and `API().execute(VERB, ARGS)`."""
        verb, words_ = words[0], words[1]
        if verb == "uuid_setvar_multi":
            pairs = (pair.partition("=") for pair in words_.partition(" ")[2].split(";"))
            self.variables |= {name: value for name, _, value in pairs}
            return "+OK\n"
        if verb == "uuid_dump":
            fields = {"Unique-ID": self.uuid, "Channel-State-Number": "4", "Answer-State": "answered"}
            fields |= {"Caller-Destination-Number": self.to, "Caller-Caller-ID-Number": STRANGER}
            return json.dumps({**fields, **{f"variable_{name}": value for name, value in self.variables.items()}})
        self.ran.append(f"{verb} {words_}".strip())
        if verb == "playback":
            self.variables["current_application_response"] = "FILE PLAYED"
        if verb == "bridge":
            self.variables["originate_disposition"] = "SUCCESS"
        return None


@pytest.fixture
def config(site: Site, tmp_path: Path) -> Path:
    path = tmp_path / "fsrouter.toml"
    path.write_text(
        f'database = "{site.url}"\nkey = "site"\nnode = "inside"\nstop_after = 1\nfreeswitch = []\nlimit = 4\n'
    )
    return path


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What is written to FreeSWITCH's log; afterwards the router is gone."""
    lines: list[str] = []
    limit = sys.getrecursionlimit()
    yield lines
    router, mod_python._router = mod_python._router, None
    if router is not None:
        router.stop(10)
    ours = logging.getLogger("fsrouter")
    for handler in [each for each in ours.handlers if isinstance(each, FreeSwitchLog)]:
        ours.removeHandler(handler)
    ours.setLevel(logging.NOTSET)
    threading.stack_size(0)
    sys.setrecursionlimit(limit)


def test_calls_of_many_threads_are_conducted_by_one_router(site: Site, config: Path, log: list[str]) -> None:
    site.rules("[play:ivr/a.wav, hangup:USER_BUSY]")
    sessions = [FakeSession(number) for number in range(3)]
    threads = [
        threading.Thread(target=mod_python.take, args=(s, str(config), s, lambda level, text: log.append(text)))
        for s in sessions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
        assert not thread.is_alive(), log
    for session in sessions:
        assert session.ran == ["playback ivr/a.wav"], log
        assert (session.variables["fsr_served"], session.variables["fsr_cause"]) == ("yes", "USER_BUSY")
        assert session.variables["fsr_took"] == "yes"
    assert mod_python._router is not None
    mod_python._router.stop(10)
    with Store.open(site.url) as store:
        record = store.journal.get(sessions[0].uuid)
    assert record is not None
    assert (record.number, record.caller, record.router) == (MAIN, STRANGER, "inside")


def test_record_of_a_call_in_process_has_the_price_of_the_number(site: Site, config: Path, log: list[str]) -> None:
    (config.parent / "rates.csv").write_text("prefix,price\n+1312,0.02\n")
    with config.open("a") as settings:
        settings.write('[trunks]\ncarrier = "carrier"\n[rates]\nfile = "rates.csv"\n')
    site.rules("number:desk")
    session = FakeSession(7)
    mod_python.take(session, str(config), session, lambda level, text: log.append(text))
    assert mod_python._router is not None
    mod_python._router.stop(10)
    with Store.open(site.url) as store:
        record = store.journal.get(session.uuid)
    assert record is not None and record.outcome == "answered", log
    # Nobody observes here when they began to talk.
    assert (record.price, record.currency, record.cost) == (Decimal("0.02"), "USD", None)


def test_router_that_cannot_begin_leaves_calls_to_the_dialplan(tmp_path: Path, log: list[str]) -> None:
    config = tmp_path / "broken.toml"
    config.write_text("database = 7\n")
    session = FakeSession(9)
    mod_python.take(session, str(config), session, lambda level, text: log.append(f"{level} {text}"))
    assert session.ran == []
    assert "fsr_took" not in session.variables
    assert any("has ended: UsageError" in line for line in log)


def test_call_threads_import_only_the_standard_library() -> None:
    """A call's thread has 240 KB of stack."""
    script = (
        "import sys; import fsrouter.router.mod_python; "
        "print(sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'gevent', 'greenswitch', 'peewee', 'msgspec', 'requests', 'phonenumbers'}))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("console", "the call failed [fsrouter.esl] uuid=u-1 company=acme error='a b' |     File \"x\" |     y"),
        (
            "json",
            '{"timestamp": "T", "level": "error", "logger": "fsrouter.esl", "event": "the call failed",'
            ' "uuid": "u-1", "company": "acme", "error": "a b", "stack": "File \\"x\\"\\ny"}',
        ),
    ],
)
def test_lines_in_the_log_of_freeswitch_are_one_each_and_bear_the_call(form: str, said: str) -> None:
    written: list[tuple[str, str]] = []
    handler = FreeSwitchLog(lambda level, text: written.append((level, text)), Log(format=form))

    def call() -> None:
        bind(uuid="u-1", company="acme")
        record = logging.makeLogRecord({"name": "fsrouter.esl", "levelno": logging.ERROR, "levelname": "ERROR"})
        record.__dict__ |= {"msg": "the call failed", "error": "a b", "stack": 'File "x"\ny'}
        handler.handle(record)

    contextvars.copy_context().run(call)
    assert [(level, re.sub('(?<="timestamp": ")[^"]+', "T", text)) for level, text in written] == [("err", said)]


def test_lines_of_a_call_in_process_bear_its_uuid(site: Site, config: Path, log: list[str]) -> None:
    config.write_text(config.read_text() + '[log]\nlevel = "warning"\n')
    site.rules("agent:nancy")
    session = FakeSession(1, to="+13125559999")
    mod_python.take(session, str(config), session, lambda level, text: log.append(f"{level} {text}"))
    assert mod_python._router is not None
    mod_python._router.stop(10)
    wanted = "warning a call to a number that no company has is left to the dialplan's fail-safe"
    assert [line for line in log if line.startswith("warning")] == [f"{wanted} [fsrouter.router] uuid={session.uuid}"]
    assert not any(line.startswith("info") for line in log)
