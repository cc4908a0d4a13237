"""The decoder and the values: captures in pieces of every size, cut everywhere, hostile and malformed input."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esl import captures
from esl.ends import API_OK, NOTICE, OK, UUID, api, block, dumped
from fsrouter.engine.text import removed
from fsrouter.esl.events import Channel, parse_event, parse_json
from fsrouter.esl.frames import BLOCK_LIMIT, BODY_LIMIT, Decoder, Frame, Headers, WireError

STREAMS = [(name, c) for name in captures.SYNCHRONOUS for c in captures.connections(captures.load(name))]


def frames(data: bytes, size: int = 1 << 20) -> list[tuple[dict[str, str], bytes]]:
    decoder, found = Decoder(), []
    for at in range(0, len(data), size):
        found += decoder.feed(data[at : at + size])
    assert decoder.close()
    return [(dict(frame.headers), frame.body) for frame in found]


@pytest.mark.parametrize(("name", "connection"), STREAMS)
def test_a_capture_reads_the_same_whole_and_byte_by_byte(name: str, connection: int) -> None:
    data = captures.sent_by_switch(captures.load(name), connection)
    whole = frames(data)
    assert len(whole) >= 3
    assert all(frames(data, size) == whole for size in (1, 3, 1000))


@pytest.mark.parametrize("name", captures.ASYNC)
def test_an_async_capture_reads_the_same_whole_and_byte_by_byte(name: str) -> None:
    data = captures.sent_by_switch(captures.load_async(name))
    whole = frames(data)
    assert len(whole) > 15
    assert all(frames(data, size) == whole for size in (1, 1000))


def cuts(data: bytes, dense: int = 20_000) -> list[int]:
    """Every offset of a short stream; of a long one every 499th and all around the borders of blocks."""
    if len(data) <= dense:
        return list(range(len(data) + 1))
    borders = [at for at in range(len(data) - 1) if data[at : at + 2] == b"\n\n"]
    near = {at + off for at in borders for off in range(-3, 6)}
    return sorted({at for at in near if 0 <= at <= len(data)} | set(range(0, len(data) + 1, 499)))


@pytest.mark.parametrize(("name", "connection"), STREAMS)
def test_a_capture_cut_anywhere_gives_the_frames_before_the_cut(name: str, connection: int) -> None:
    data = captures.sent_by_switch(captures.load(name), connection)
    decoder, whole, ends = Decoder(), [], []
    for at in range(len(data)):
        if found := decoder.feed(data[at : at + 1]):
            whole += found
            ends.append(at + 1)
    for cut in cuts(data):
        decoder = Decoder()
        early = decoder.feed(data[:cut])
        assert len(early) == sum(end <= cut for end in ends)
        assert decoder.close() == (cut == 0 or cut in ends)
    # And what follows the cut completes it.
    for cut in cuts(data, 0)[:: max(1, len(data) // 8000)]:
        decoder = Decoder()
        both = decoder.feed(data[:cut]) + decoder.feed(data[cut:])
        assert [frame.body for frame in both] == [frame.body for frame in whole]


def test_several_frames_in_one_read() -> None:
    found = Decoder().feed(block() + API_OK + OK + NOTICE)
    assert [frame.content_type for frame in found] == [
        "command/reply",
        "api/response",
        "command/reply",
        "text/disconnect-notice",
    ]
    assert [frame.ok for frame in found] == [True] * 4
    assert [frame.is_disconnect for frame in found] == [False, False, False, True]
    assert found[0].reply_text == "+OK"
    assert found[1].text == "+OK\n"


@pytest.mark.parametrize(
    "data",
    [
        b"Reply-Text: +OK\n\n",
        b"\x00\xff\n\n",
        b"Content-Type: command/reply\nno colon here\n\n",
        b"Content-Type: command/reply\n: no name\n\n",
        b"Content-Type: api/response\n\n",
        b"Content-Type: text/event-json\n\n",
        b"Content-Type: api/response\nContent-Length: -1\n\n",
        b"Content-Type: api/response\nContent-Length: 4x\n\n",
        b"Content-Type: api/response\nContent-Length: \n\n",
        b"Content-Type: api/response\nContent-Length: \xd9\xa3\n\n",
        b"Content-Type: api/response\nContent-Length: 99999999999999999999\n\n",
        b"Content-Type: api/response\nContent-Length: %d\n\n" % (BODY_LIMIT + 1),
        b"Content-Type: api/response\nContent-Length: 4\nContent-Length: 5\n\n",
        b"Content-Type: command/reply\nContent-Type: api/response\nContent-Length: 2\n\n",
        b" continued\nContent-Type: command/reply\n\n",
        b"x" * (BLOCK_LIMIT + 1),
        b"a: b\n" * (BLOCK_LIMIT // 4) + b"\n",
    ],
    ids=lambda data: repr(data[:60]),
)
@pytest.mark.parametrize("size", [1 << 22, 4096])
def test_malformed_input_fails_and_stays_failed(data: bytes, size: int) -> None:
    decoder = Decoder()
    with pytest.raises(WireError):
        for at in range(0, len(data), size):
            decoder.feed(data[at : at + size])
    with pytest.raises(WireError):
        decoder.feed(OK)
    assert not decoder.close()


def test_frames_before_an_error_are_given_and_the_error_comes_next() -> None:
    decoder = Decoder()
    assert len(decoder.feed(OK + b"garbage\n\n" + OK)) == 1
    with pytest.raises(WireError):
        decoder.feed(b"")


def test_a_long_header_that_never_ends_costs_no_more_than_its_length() -> None:
    decoder = Decoder()
    with pytest.raises(WireError):
        for _ in range(BLOCK_LIMIT // 16 + 2):
            decoder.feed(b"x" * 16)


def test_the_first_of_two_headers_counts() -> None:
    headers = Headers(b"Unique-ID: real\nUnique-ID: forged")
    assert headers["Unique-ID"] == "real"


HOSTILE_NAMES = [
    "x%0AUnique-ID: 6666%0Avariable_vip: yes",
    "Bob\u2028Caller-Destination-Number: 9999",
    "Bob\u0085Unique-ID: 6666",
    "Bob\x0b\x0cUnique-ID: 6666",
    "%0A%0AContent-Type: text/disconnect-notice%0A%0A",
    "\u202egnp.exe",
    "a%00b%1b[2J",
    "%",
    "%zz%C3",
]


def encoded(value: str) -> str:
    """As FreeSWITCH encodes: a `%XX` that is there already stays (switch_utils.c:3517)."""
    return quote(value, safe="%()'/,")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("raw", [False, True])
def test_a_display_name_forges_nothing(name: str, raw: bool) -> None:
    written = name.replace("\n", "") if raw else encoded(name)
    (frame,) = Decoder().feed(block(Caller_Caller_ID_Name=written))
    channel = Channel(frame.headers)
    honest = dict(Decoder().feed(block(Caller_Caller_ID_Name="x"))[0].headers)
    assert set(frame.headers) == set(honest)
    assert channel.uuid == UUID
    assert channel.destination_number == "9601"
    assert channel.variable("vip") == ""
    assert removed(channel.caller_id_name) == channel.caller_id_name
    assert not set(channel.caller_id_name) & set("\n\r\x00\x1b\u2028\u202e\u0085\x0b\x0c")


@given(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])))
def test_no_value_changes_another_header(text: str) -> None:
    (frame,) = Decoder().feed(block(Caller_Caller_ID_Name=text))
    assert len(frame.headers) == 10
    assert (Channel(frame.headers).uuid, Channel(frame.headers).state_number) == (UUID, 4)


def test_the_hostile_capture_forges_nothing() -> None:
    found = Decoder().feed(captures.sent_by_switch(captures.load("hostile-caller")))
    uuid = "b98a1ad0-6815-48f2-b57e-9777199afffa"
    answer = Channel(found[0].headers)
    dump = Channel(parse_json(next(frame for frame in found if frame.body.startswith(b"{")).body))
    for channel in (answer, dump):
        assert (channel.uuid, channel.destination_number, channel.caller_id_number) == (uuid, "9601", "155501001")
        assert channel.caller_id_name == "BobUnique-ID: 6666 %{system(id)} 'x'"
        assert channel.state_number == 4
        assert channel.values("variable_DP_MATCH") == ("9601", "01")
        assert channel.variable("DP_MATCH") == "ARRAY::9601|:01"
        assert channel.variable("never_set", "nothing") == "nothing"
    # What `getvar` does to framing, and why such names are never asked for: its second line became a header.
    broken = next(frame for frame in found if frame.reply_text == "Bob")
    assert broken.headers["Unique-ID"].startswith("6666")


@pytest.mark.parametrize("name", ["hostile-caller", "hostile-caller-json"])
def test_the_hostile_async_captures_forge_nothing(name: str) -> None:
    found = Decoder().feed(captures.sent_by_switch(captures.load_async(name)))
    events = [parse_event(frame) for frame in found if frame.content_type.startswith("text/event-")]
    uuid = Channel(found[0].headers).uuid
    assert len(events) > 8
    assert {event.uuid for event in events} <= {uuid}
    assert not any("\n" in event.get(field) for event in events for field in event.fields)


def test_parse_json_coerces_to_text() -> None:
    body = b'{"a":"b","list":["x",1,{"k":null}],"n":4,"t":true,"z":null,"o":{"p":[]},"bad":"\xff\xfe"}'
    assert parse_json(body) == {
        "a": "b",
        "list": ["x", "1", '{"k":null}'],
        "n": "4",
        "t": "true",
        "z": "null",
        "o": '{"p":[]}',
        "bad": "\ufffd\ufffd",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"4",
        b'"x"',
        b"null",
        b"{",
        b"-ERR No such channel!\n",
        b'{"a":' + b"[" * 100_000,
        b"NaN",
        b'{"a":"\\ud800"}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_parse_json_refuses_what_is_no_object(body: bytes) -> None:
    with pytest.raises(WireError):
        parse_json(body)


@pytest.mark.parametrize(("text", "number"), [("4", 4), ("12", 12), ("", -1), ("x", -1), ("\u0664", -1), ("9" * 9, -1)])
def test_channel_state_number(text: str, number: int) -> None:
    assert Channel({"Channel-State-Number": text}).state_number == number


def test_parse_event_of_both_formats() -> None:
    plain = Headers(b"Content-Type: text/event-plain\nContent-Length: 1")
    body = b"Event-Name: CUSTOM\nEvent-Subclass: callcenter%3A%3Ainfo\nUnique-ID: u\nContent-Length: 4\n\nbody"
    event = parse_event(Frame(plain, body))
    assert (event.name, event.subclass, event.uuid) == ("CUSTOM", "callcenter::info", "u")
    with pytest.raises(WireError):
        parse_event(Frame(Headers(b"Content-Type: text/event-xml"), b"<event/>"))
    with pytest.raises(WireError):
        parse_event(Frame(Headers(b"Content-Type: text/event-json"), b"[]"))


def test_frame_ok_tells_errors_from_answers() -> None:
    (gone,) = Decoder().feed(api("-ERR No such channel!\n-USAGE: <uuid> <var>=<value>\n"))
    assert not gone.ok
    assert gone.reply_text == "-ERR No such channel!"
    (dump,) = Decoder().feed(dumped())
    assert dump.ok
