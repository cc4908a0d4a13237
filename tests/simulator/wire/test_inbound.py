"""The inbound event socket, held to `captures/observer.txt` and docs/wire.md 5."""

from __future__ import annotations

import gevent.socket
import orjson
import pytest

from fsrouter.simulator import BUSY, Agent, Caller, Phone, Queue, Switch
from simulator.captured import conversations, frames
from simulator.router import Router, Talk

SUBSCRIBE = (
    "event json CHANNEL_ANSWER CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP_COMPLETE HEARTBEAT "
    "CUSTOM callcenter::info",
    "filter variable_fsr_call 1",
    "filter CC-Queue h5q@default",
    "filter Event-Name HEARTBEAT",
)
Event = dict[str, str]


def captured() -> tuple[list[str], list[Event]]:
    """The replies and the events of the capture."""
    stream = b"".join(said.data for said in conversations("observer")[1] if said.from_switch)
    replies, events = [], []
    for frame in frames(stream):
        if frame.body.startswith(b"{"):
            events.append(orjson.loads(frame.body))
        else:
            replies.append(dict(frame.headers).get("Reply-Text", frame.headers[0][1]))
    return replies, events


class Watcher(Talk):
    """An observer that has logged in and subscribed."""

    def __init__(self, address: tuple[str, int]) -> None:
        sock = gevent.socket.create_connection(address)
        sock.settimeout(5)
        super().__init__(sock)
        self.replies = [self.frame()[0]["Content-Type"]]
        self.replies += [self.ask(text) for text in ("auth ClueCon", *SUBSCRIBE)]

    def events(self, count: int) -> list[Event]:
        return [orjson.loads(self.frame()[1]) for _ in range(count)]


def kind(event: Event) -> tuple[str, ...]:
    return tuple(
        event.get(name, "") for name in ("Event-Name", "CC-Action", "Call-Direction", "Hangup-Cause", "Answer-State")
    )


def act(talk: Talk, turn: int) -> None:
    talk.took()
    talk.set(fsr_call="1", export_vars="fsr_call", continue_on_fail="true", hangup_after_bridge="false")
    if talk.headers["Caller-Destination-Number"] == "8503":
        talk.execute("bridge", "[leg_timeout=5]sofia/external/1@127.0.0.1:5294")
        talk.execute("bridge", "[leg_timeout=20]sofia/external/test@127.0.0.1:5291")
    elif turn == 2:
        talk.execute("callcenter", "h5q@default")
        return
    talk.serve()


def observed() -> tuple[list[str], list[Event], list[Event]]:
    queue = Queue("h5q@default")
    queue.add(Agent("h5a", "[leg_timeout=10,fsr_call=1]sofia/external/a2@127.0.0.1:5291"))
    phones = {"1": BUSY, "test": Phone(0.2, talk=1), "a2": Phone(0.2, talk=1)}
    with (
        Router(act) as router,
        Switch([router.address], phones, queues=[queue], speed=50) as switch,
        Watcher(switch.listen_inbound().address) as watcher,
    ):
        switch.call(Caller(to="8503")).wait()
        bridged = watcher.events(7)
        switch.call(Caller(to="8502")).wait()
        queued = watcher.events(13)
    return watcher.replies, bridged, queued


def test_login_replies_and_events_match_the_capture() -> None:
    replies, bridged, queued = observed()
    real_replies, real = captured()
    assert replies == real_replies
    assert [kind(event) for event in bridged] == [kind(event) for event in real[:7]]
    # callcenter has threads of its own: what it tells of one talk comes in no fixed order
    assert sorted(kind(event)[:4] for event in queued) == sorted(
        kind(event)[:4] for event in real[7:] if event["Event-Name"] != "HEARTBEAT"
    )


OWN = (
    "Event-",
    "Core-",
    "FreeSWITCH-",
    "CC-",
    "Bridge-",
    "Hangup-",
    "Unique-",
    "Answer-",
    "Call-",
    "Other-Leg-Unique",
    "Channel-State",
)


def test_events_have_the_headers_of_the_capture() -> None:
    _, bridged, queued = observed()
    _, real = captured()
    theirs = {kind(event)[:4]: event for event in real}
    for event in bridged + queued:
        wanted = {name for name in theirs[kind(event)[:4]] if name.startswith(OWN)}
        assert wanted <= set(event), kind(event)
        assert ("variable_fsr_call" in event) == ("variable_fsr_call" in theirs[kind(event)[:4]])


def test_filter_hides_unmarked_calls() -> None:
    with (
        Router(lambda talk, turn: talk.connect().set(fsr_took="yes", fsr_served="yes")) as router,
        Switch([router.address], speed=50) as switch,
    ):
        listener = switch.listen_inbound()
        with Watcher(listener.address) as watcher:
            switch.call().wait()
            listener.heartbeat()
            assert [event["Event-Name"] for event in watcher.events(1)] == ["HEARTBEAT"]


def test_api_reaches_a_call_with_a_blocked_socket() -> None:
    seen: list[str] = []

    def steps(talk: Talk, turn: int) -> None:
        talk.took()
        seen.append(talk.execute("bridge", "user/1001"))
        seen.append(talk.get("originate_disposition"))

    with (
        Router(steps) as router,
        Switch([router.address], default=Phone(talk=None), speed=50) as switch,
        Watcher(switch.listen_inbound().address) as watcher,
    ):
        call = switch.call().reach("talking")
        assert watcher.events(3)[-1]["Bridge-A-Unique-ID"] == call.uuid
        watcher.send(f"api uuid_kill {call.uuid} MANAGER_REQUEST")
        while (frame := watcher.frame())[0]["Content-Type"] != "api/response":
            pass
        assert frame[1] == b"+OK\n"
        call.wait()
    assert seen == ["+OK", "gone"]
    assert call.hangup_cause == "MANAGER_REQUEST"


@pytest.mark.parametrize(
    ("words", "replies"),
    [
        (["auth wrong"], ["-ERR invalid"]),
        (["auth ClueCon", "api version", "nonsense"], ["+OK accepted", "FreeSWITCH Version", "-ERR command not found"]),
        (["auth ClueCon", "api uuid_dump nobody json"], ["+OK accepted", "-ERR No such channel!"]),
        (["auth ClueCon", "api nonsense"], ["+OK accepted", "-ERR nonsense Command not found!"]),
        (
            ["auth ClueCon", "sendmsg nobody\ncall-command: hangup"],
            ["+OK accepted", "-ERR invalid session id [nobody]"],
        ),
        (["auth ClueCon", "filter X", "exit"], ["+OK accepted", "-ERR invalid syntax", "+OK bye"]),
    ],
)
def test_observer_command_replies(words: list[str], replies: list[str]) -> None:
    with Switch(speed=50) as switch, Talk(gevent.socket.create_connection(switch.listen_inbound().address)) as talk:
        assert talk.frame()[0] == {"Content-Type": "auth/request"}
        for word, reply in zip(words, replies, strict=True):
            assert talk.ask(word).startswith(reply)


def test_acl_rejects_with_rude_rejection() -> None:
    with Switch() as switch:
        listener = switch.listen_inbound(allowed=False)
        with Talk(gevent.socket.create_connection(listener.address)) as talk:
            headers, body = talk.frame()
    assert headers["Content-Type"] == "text/rude-rejection"
    assert body == b"Access Denied, go away.\n"
