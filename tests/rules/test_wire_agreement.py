"""What the rule book takes for a far end is what the wire takes: nothing is refused later that was let in here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args, get_origin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from fsrouter.engine.model import company, destinations, dialable, rulebook, scalars, schema
from fsrouter.engine.model.scalars import Context, Scalar
from fsrouter.errors import Refused
from fsrouter.esl import dialstring
from fsrouter.freeswitch.doctor.expected import SOUNDS

HERE = Context("US")


def let_in(scalar: Scalar, text: str) -> bool:
    try:
        scalar.read(text, HERE)
    except ValueError:
        return False
    return True


def goes_out(check: object, text: str) -> bool:
    try:
        check(text)  # type: ignore[operator]
    except Refused:
        return False
    return True


pieces = st.sampled_from(
    ["user", "sofia", "gateway", "loopback", "verto.rtc", "error", "/", "/", "1001", "a@b.example", ":5060", ";x=y",
     "=", "*", "#", " ", ",", "|", "{a=b}", "[", "$", "'", "\\", ":_:", "-", "", "é", "x" * 130]
)  # fmt: skip
ENDPOINTS = [
    "user/1001", "user/1001@a.example", "user/1001;x=y", "user/", "user/a/b", "sofia/external/1@b.example:5060;x=y",
    "sofia/gateway/carrier/+13125550150", "sofia/gateway/carrier/1;x=y", "sofia/gateway/carrier", "sofia/internal",
    "verto.rtc/1001", "verto/1001", "error/user_busy", "error/1", "loopback/1000", "loopback/app=system:id",
    "null/", "user/a:_:b", "user/" + "x" * 250, "user/" + "x" * 251, "user/1 2", "USER/1", "user/ü",
]  # fmt: skip


@pytest.mark.parametrize("text", ENDPOINTS)
def test_endpoint_is_accepted_if_it_can_be_dialled(text: str) -> None:
    assert let_in(scalars.ENDPOINT, text) == goes_out(dialable.endpoint, text)


@given(st.lists(pieces, max_size=6).map("".join))
@example("user/1\n")
def test_any_endpoint_is_accepted_if_it_can_be_dialled(text: str) -> None:
    assert let_in(scalars.ENDPOINT, text) == goes_out(dialable.endpoint, text)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("loopback/1000", "extension:NAME"),
        ("1001", "write it as user/1001"),
        ("user/" + "x" * 251, "longer than 255"),
    ],
)
def test_refused_endpoint_is_told_what_to_write(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        scalars.ENDPOINT.read(text, HERE)


@given(st.text(st.sampled_from("0129*#ADEwW,p @"), max_size=40))
@example("1" * 32)
@example("1" * 33)
def test_extension_is_accepted_if_it_can_be_dialled(text: str) -> None:
    assert let_in(scalars.DIGITS, text) == goes_out(dialable.digits, text)


def test_pause_in_an_extension_is_refused_with_the_place_for_it() -> None:
    with pytest.raises(ValueError, match="extension_delay"):
        scalars.DIGITS.read("w12,3", HERE)


@given(st.text(st.sampled_from("aZ09._-+*#@ :"), max_size=45))
def test_mailboxes_and_dialplan_extensions_agree_with_the_wire(text: str) -> None:
    box, _, domain = text.partition("@")
    if let_in(scalars.MAILBOX, text):
        assert goes_out(dialable.mailbox, box) and (not domain or goes_out(dialable.domain, domain))
    if text and let_in(destinations.DESTINATION, f"extension:{text}"):
        assert goes_out(dialable.extension, text.strip())


@given(st.integers(0, 4000))
@example(dialable.MAX_RING)
@example(dialable.MAX_RING + 1)
@example(dialable.MAX_DELAY)
@example(dialable.MAX_DELAY + 1)
def test_durations_agree_with_the_wire(seconds: int) -> None:
    rung = goes_out(lambda text: dialstring.ring("user/1", int(text)), str(seconds))
    assert let_in(scalars.RING, str(seconds)) == rung
    leg = dialstring.ring("user/1", 30)
    waits = goes_out(lambda text: dialstring.with_extension(leg, "204", int(text) * 1000), str(seconds))
    assert let_in(scalars.DELAY, str(seconds)) == waits


def test_json_schema_has_the_same_forms() -> None:
    form = re.compile(scalars.ENDPOINT.schema["pattern"])
    assert all(bool(form.match(text)) for text in ENDPOINTS if let_in(scalars.ENDPOINT, text))
    assert not form.match("loopback/1000")


def kinds() -> Iterator[type[Struct]]:
    for kind in (company.Header, *rulebook.SECTIONS.values()):
        yield from get_args(kind) if get_origin(kind) in schema.UNIONS else (kind,)


def test_sounds_of_every_key_are_checked() -> None:
    sounds = {"sound", "whisper", "announcement", "notice"}
    keys = {
        field.name
        for kind in kinds()
        for field in schema.fields(kind)
        if (scalar := schema.dissect(field.type)[0]) and scalar.name in sounds
    }
    assert keys == SOUNDS
