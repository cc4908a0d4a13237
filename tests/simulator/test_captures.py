"""The simulator held to what a real FreeSWITCH said: same bytes in, same frames out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from esl.captures import Turn
from gevent.event import Event
from gevent.server import StreamServer

from fsrouter.simulator import (
    BUSY,
    NOBODY,
    RINGS_OUT,
    Agent,
    Caller,
    Condition,
    Dialplan,
    Extension,
    Phone,
    PlacedCall,
    Queue,
    Switch,
)
from simulator.captured import Frame, Sameness, conversations, frames

ANSWERS = Phone(answers_after=0.4, talk=2.0)
LAB = Caller(number="155501001", name="lab", to="9601")
VOLATILE = re.compile(
    r"Event-(Date|Sequence)|-Time$|_stamp$|_epoch$|session_id|_tag$|call_id|full_(via|from|to)|_date|RFC2822|ssrc|local_media_port"
    r"|rtp_local_sdp|current_application_data|DP_MATCH|playback_|Transfer-Source|transfer_(history|source)|joined|sdp"
    r"|to_tag",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scene:
    """Who is on the telephone in a capture."""

    caller: Caller = LAB
    phones: dict[str, Phone] = field(default_factory=dict)
    queues: Callable[[], list[Queue]] = list
    after_silence: str = ""
    """Keys that the caller types while the router says nothing."""


def _support() -> list[Queue]:
    queue = Queue("support@default")
    queue.add(Agent("a1", "sofia/external/a1@127.0.0.1:5091"))
    return [queue]


def _empty() -> list[Queue]:
    return [Queue("support@default")]


SCENES = {
    "accept-key-never-pressed": Scene(phones={"15550150": ANSWERS}),
    "bridge-answered": Scene(phones={"15550150": ANSWERS}),
    "busy-then-no-answer-then-files": Scene(phones={"15550150": BUSY, "15550151": RINGS_OUT, "15550152": NOBODY}),
    "caller-leaves-in-playback": Scene(Caller(LAB.number, to="9601", hangs_up_after=1.5)),
    "caller-leaves-while-idle": Scene(Caller(LAB.number, to="9601", hangs_up_after=1.5)),
    "caller-leaves-while-ringing": Scene(Caller(LAB.number, to="9601", hangs_up_after=1.5), {"15550151": RINGS_OUT}),
    "hostile-caller": Scene(
        Caller(
            LAB.number,
            "Bob%0AUnique-ID: 6666 ${system(id)} 'x'",
            "9601",
            variables={"sip_h_X-Any": "a%0ACaller-Caller-ID-Number: +19998887777"},
        )
    ),
    "menu": Scene(Caller(LAB.number, to="9601", keys=("2", "", ("7", 0.75))), after_silence="56"),
    "queue-answered": Scene(phones={"a1": ANSWERS}, queues=_support),
    "queue-exit-key": Scene(Caller(LAB.number, to="9601", keys=(("0", 3.0),)), queues=_empty),
    "router-dies-while-talking": Scene(phones={"15550150": ANSWERS}),
    "simultaneous": Scene(phones={"1": RINGS_OUT, "2": ANSWERS, "3": BUSY}),
    "whisper-then-extension": Scene(phones={"15550150": ANSWERS}),
}


class Replay:
    """A router that says, word for word, what the router of a capture said."""

    def __init__(self, name: str, scene: Scene) -> None:
        self.script = conversations(name)
        self.scene = scene
        self.heard: dict[int, bytes] = {}
        self.call: PlacedCall
        self.quiet = Event()
        """No connection is open."""
        self.server = StreamServer(("127.0.0.1", 0), self._hold)

    def play(self) -> PlacedCall:
        self.server.start()
        hosts = f"127.0.0.1:{self.server.server_port}|127.0.0.1:1 full"
        actions = (
            ("set", "hangup_after_bridge=false"),
            ("set", "continue_on_fail=true"),
            ("socket", hosts),
            ("socket", hosts),
        )
        lab = Extension("lab", (Condition("destination_number", "^96(..)$", actions),))
        with Switch(
            phones=self.scene.phones,
            queues=self.scene.queues(),
            dialplan=Dialplan({"public": [lab]}),
            speed=100,
            patience=0.05,
        ) as switch:
            self.call = switch.call(self.scene.caller)
            self.call.wait()
            assert self.quiet.wait(2)
        self.server.stop()
        return self.call

    def _hold(self, sock: Any, _: object) -> None:
        self.quiet.clear()
        turn = len(self.heard) + 1
        self.heard[turn] = b""
        theirs = re.search(rb"Unique-ID: (\S+)", self._from(self.script[1]))
        assert theirs
        said_at, expected = 0, 0
        for said in self.script.get(turn, []):
            if said.from_switch:
                expected += len(list(frames(said.data))) if said.data else 0
                said_at = said.at
                continue
            self._listen(sock, turn, expected)
            if said.closed:
                if self.call.steps[-1] != "let go" and "bridge" in self.call.steps:
                    self.call.reach("talking")
                break
            if said.at - said_at > 500 and self.scene.after_silence:
                self.call.press(self.scene.after_silence)
            sock.sendall(said.data.replace(theirs[1], self.call.uuid.encode()))
        else:
            while data := sock.recv(65536):
                self.heard[turn] += data
        sock.close()
        self.quiet.set()

    def _listen(self, sock: Any, turn: int, expected: int) -> None:
        """Until so many frames have come."""
        while _whole(self.heard[turn]) < expected:
            data = sock.recv(65536)
            if not data:
                return
            self.heard[turn] += data

    @staticmethod
    def _from(blocks: list[Turn]) -> bytes:
        return b"".join(said.data for said in blocks if said.from_switch)

    def theirs(self, turn: int) -> list[Frame]:
        return list(frames(self._from(self.script[turn])))

    def ours(self, turn: int) -> list[Frame]:
        return list(frames(self.heard[turn]))


def _whole(stream: bytes) -> int:
    """How many whole frames a stream holds."""
    count = 0
    while True:
        head, end, rest = stream.partition(b"\n\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        size = int(length[1]) if length else 0
        if not end or len(rest) < size:
            return count
        count, stream = count + 1, rest[size:]


def _same_values(ours: list[tuple[str, str]], theirs: list[tuple[str, str]], us: Sameness, them: Sameness) -> None:
    for (name, mine), (_, real) in zip(ours, theirs, strict=True):
        if not VOLATILE.search(name):
            assert (name, us.mask(mine)) == (name, them.mask(real))


@pytest.mark.parametrize("name", SCENES)
def test_replayed_capture_gets_the_same_frames(name: str) -> None:
    replay = Replay(name, SCENES[name])
    call = replay.play()
    assert sorted(replay.heard) == sorted(replay.script), call.log()
    us, them = Sameness(), Sameness()
    for turn in replay.script:
        ours, theirs = replay.ours(turn), replay.theirs(turn)
        assert [frame.names for frame in ours] == [frame.names for frame in theirs], call.log()
        for mine, real in zip(ours, theirs, strict=True):
            json = mine.body.startswith(b"{")
            _same_values(
                [pair for pair in mine.headers if not json or pair[0] != "Content-Length"],
                [pair for pair in real.headers if not json or pair[0] != "Content-Length"],
                us,
                them,
            )
            if json:
                one, two = orjson.loads(mine.body), orjson.loads(real.body)
                assert list(one) == list(two)
                _same_values([(k, str(v)) for k, v in one.items()], [(k, str(v)) for k, v in two.items()], us, them)
            else:
                assert mine.body == real.body


def test_accept_key_prompt_is_heard_by_the_callee_only() -> None:
    call = Replay("accept-key-never-pressed", SCENES["accept-key-never-pressed"]).play()
    assert call.whispered == {"sofia/external/15550150@127.0.0.1:5091": ["tone_stream://%(500,0,600)"]}
    assert not call.talked_to
    assert call.hangup_cause == "NO_ANSWER"


def test_whisper_and_digits_reach_the_callee() -> None:
    call = Replay("whisper-then-extension", SCENES["whisper-then-extension"]).play()
    (target,) = call.talked_to
    assert call.whispered == {target: ["tone_stream://%(700,0,600)"]}
    assert call.dtmf_sent == {target: "204"}
