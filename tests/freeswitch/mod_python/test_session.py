"""A call's line inside of FreeSWITCH: requests in the call's own thread, the same law as over a socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from fsrouter.errors import Refused
from fsrouter.esl.lifecycle import CallerGone, CallTaken, Declined, Ended, Malformed, Overdue, SwitchGone
from fsrouter.freeswitch.mod_python.bridge import ThreadBridge
from fsrouter.freeswitch.mod_python.session import ModPythonSession
from fsrouter.runtime.native import NATIVE

UUID = "6f1f4e7a-8c1e-4f0c-9d7e-0d6a4c8f0001"
GONE = "-ERR No such channel!\n"


class Script:
    """mod_python3's session and API for one call; `state` is its Channel-State-Number, None when it is gone."""

    def __init__(self) -> None:
        self.state: int | None = 4
        self.said: list[tuple[str, ...]] = []
        self.threads: set[int] = set()
        self.broken: dict[str, str | None] = {}
        self.may_end = threading.Event()
        self.may_end.set()
        self.moves: dict[str, int | None] = {}
        self.api = Api(self)

    def execute(self, app: str, data: str = "") -> None:
        self.threads.add(threading.get_ident())
        self.said.append((app, data))
        self.may_end.wait(5)
        self.state = self.moves.get(app, self.state)


class Api:
    def __init__(self, script: Script) -> None:
        self.script = script

    def execute(self, command: str, data: str = "") -> str | None:
        script = self.script
        script.threads.add(threading.get_ident())
        script.said.append((command, data))
        if command in script.broken:
            return script.broken[command]
        if script.state is None:
            return GONE
        if command == "uuid_dump":
            # A byte that is no UTF-8 is what SWIG makes of it: half a surrogate.
            fields = {"Unique-ID": UUID, "Channel-State-Number": str(script.state), "x": "B\udce9b"}
            return json.dumps(fields, ensure_ascii=False)
        return "+OK\n"


class Place:
    """A call's thread, and the line that a router has to it."""

    def __init__(self, timeout: float = 5.0) -> None:
        self.script = Script()
        post = gevent.get_hub().loop.run_callback_threadsafe
        self.bridge = ThreadBridge(self.script, self.script.api, UUID, post)
        self.left: list[bool] = []
        self.thread = threading.Thread(target=lambda: self.left.append(self.bridge.serve(timeout)))
        self.thread.start()
        self.line = ModPythonSession(self.bridge, NATIVE.monotonic)

    def done(self) -> list[bool]:
        """How the call's thread left: told to, or tired of waiting."""
        deadline = gevent.Timeout(5, TimeoutError("the call's thread does not leave"))
        with deadline:
            while self.thread.is_alive():
                gevent.sleep(0.002)
        return self.left


@pytest.fixture
def place() -> Iterator[Place]:
    place = Place()
    yield place
    place.script.may_end.set()
    place.line.close()
    place.thread.join(5)
    assert not place.thread.is_alive()


def test_session_sets_steps_and_lets_go(place: Place) -> None:
    assert place.line.connect(1).uuid == UUID
    channel = place.line.step({"fsr_took": "yes", "a": "1;2"}, "playback", "ivr/a.wav", 1, before="answer")
    assert channel.get("x") == "B\ufffdb"
    place.line.set({"b": ""}, 1)
    assert place.line.api("uuid_exists", UUID, 1) == "+OK\n"
    assert place.line.let_go({"fsr_served": "yes"}, 1)
    assert place.done() == [True]
    assert place.script.said == [
        ("uuid_dump", f"{UUID} json"),
        ("uuid_setvar_multi", f"{UUID} fsr_took=yes;a=1\\;2"),
        ("answer", ""),
        ("playback", "ivr/a.wav"),
        ("uuid_dump", f"{UUID} json"),
        ("uuid_setvar_multi", f"{UUID} b="),
        ("uuid_exists", UUID),
        ("uuid_setvar_multi", f"{UUID} fsr_served=yes"),
    ]
    assert place.script.threads == {place.thread.ident}
    assert threading.get_ident() not in place.script.threads


@pytest.mark.parametrize(
    ("moves", "broken", "how"),
    [
        ({"bridge": None}, {}, CallerGone),
        ({"bridge": 2}, {}, CallTaken),
        ({"bridge": 9}, {}, CallTaken),
        ({"bridge": 10}, {}, CallerGone),
        ({}, {"uuid_setvar_multi": GONE}, CallerGone),
        ({}, {"uuid_setvar_multi": "-USAGE: …\n"}, Declined),
        ({}, {"uuid_dump": None}, Declined),
        ({}, {"uuid_dump": "{"}, Malformed),
        ({}, {"uuid_dump": "{}"}, Malformed),
    ],
)
def test_session_ends_as_over_a_socket(
    place: Place, moves: dict[str, Any], broken: dict[str, str | None], how: type[Ended]
) -> None:
    place.line.connect(1)
    place.script.moves, place.script.broken = moves, broken
    with pytest.raises(how):
        place.line.step({"a": "1"}, "bridge", "user/1001", 1)
    assert isinstance(place.line.ended, how)
    assert place.done() == [True]  # whoever has the call now waits for the script to return
    with pytest.raises(how):
        place.line.look(1)
    assert not place.line.let_go({"fsr_served": "yes"}, 1)
    assert "fsr_served" not in str(place.script.said)
    assert not any(app == "hangup" for app, *_ in place.script.said)


def test_an_overdue_application_is_left_behind(place: Place) -> None:
    place.line.connect(1)
    place.script.may_end.clear()
    with pytest.raises(Overdue):
        place.line.step({}, "bridge", "user/1001", 0.01)
    place.script.may_end.set()
    assert place.done() == [True]


@pytest.mark.parametrize(("app", "arg"), [("hangup", ""), ("system", "id"), ("bridge", "${x}"), ("playback", "a\nb")])
def test_refused_command_runs_nothing(place: Place, app: str, arg: str) -> None:
    place.line.connect(1)
    with pytest.raises(Refused):
        place.line.step({}, app, arg, 1)
    assert place.line.look(1).uuid == UUID
    assert len(place.script.said) == 2


def test_bridge_gives_up_a_router_that_says_nothing() -> None:
    place = Place(timeout=0.01)
    assert place.done() == [False]
    gevent.sleep(0)
    assert isinstance(place.line.ended, SwitchGone)
    with pytest.raises(SwitchGone):
        place.line.look(1)


def test_bridge_does_not_keep_freeswitchs_session() -> None:
    """FreeSWITCH cannot put a channel away while Python knows its session."""
    place = Place()
    place.line.connect(1)
    place.line.close()
    assert place.done() == [True]
    assert not {"_session", "_api"} & set(vars(place.bridge))
