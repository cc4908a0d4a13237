"""What the simulator reads from its captures, against the reader of the tests."""

from __future__ import annotations

from urllib.parse import unquote

import orjson
import pytest

from fsrouter.simulator import Caller, Switch, captured, headers, sip
from simulator.captured import conversations, frames


def json_bodies(name: str) -> list[dict[str, str]]:
    stream = b"".join(turn.data for turns in conversations(name).values() for turn in turns if turn.from_switch)
    return [orjson.loads(frame.body) for frame in frames(stream) if frame.body.startswith(b"{")]


@pytest.mark.parametrize("name", ["busy-then-no-answer-then-files", "hostile-caller", "observer"])
def test_events_are_all_json_bodies_of_the_capture(name: str) -> None:
    assert list(captured.events(name)) == json_bodies(name)


def test_connect_blocks_are_decoded_in_the_order_of_connections() -> None:
    blocks = captured.connect_blocks("queue-answered")
    assert len(blocks) == len(conversations("queue-answered")) == 2
    for block, turns in zip(blocks, conversations("queue-answered").values(), strict=True):
        (first, *_) = frames(b"".join(turn.data for turn in turns if turn.from_switch))
        assert list(block.items()) == [(header, unquote(value)) for header, value in first.headers]


@pytest.mark.parametrize(
    "event", json_bodies("observer"), ids=lambda event: event.get("CC-Action", event["Event-Name"])
)
def test_events_are_fired_where_the_capture_has_them(event: dict[str, str]) -> None:
    shown = headers.first_headers(event.get("CC-Action", event["Event-Name"]), 0)
    assert [shown[f"Event-Calling-{what}"] for what in ("File", "Function", "Line-Number")] == [
        event[f"Event-Calling-{what}"] for what in ("File", "Function", "Line-Number")
    ]
    assert list(shown) == list(captured.between(event, "Event-Name", "Event-Sequence"))


def test_variables_of_an_invite_have_the_names_and_order_of_the_capture() -> None:
    found = captured.variables(captured.connect_blocks(sip.CAPTURE)[0])
    with Switch() as switch:
        call = switch.call(Caller(number="155501001", name="lab", to="9601"))
        assert list(call.variables) == list(captured.between(found, "direction", "endpoint_disposition"))
        fixed = ("sip_contact_uri", "switch_r_sdp", "max_forwards", "sip_req_uri", "sip_from_uri")
        assert [call.variables[name] for name in fixed] == [found[name] for name in fixed]
