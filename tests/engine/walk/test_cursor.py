"""The cursor: what a router wrote for a call is read back the same; all else is Forged."""

from __future__ import annotations

import base64
import zlib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.books import ADA, contact, facts
from fsrouter.engine.contacts import Contact
from fsrouter.engine.walk import cursor
from fsrouter.engine.walk.cursor import Cursor, Forged, pack, unpack
from fsrouter.engine.walk.facts import Facts
from fsrouter.engine.walk.outcomes import (
    Availability,
    Dialled,
    Drawn,
    Gathered,
    LegResult,
    LookedUp,
    Played,
    Queued,
    Seen,
    Turn,
)

UUID, KEY = "8f6f2b1e-3d0c-4a46-9a0e-6f7f8f3f1c11", "a key"
OUTCOMES = (
    Played(after=1.5, missing=True),
    Gathered(after=2.0, keys="*"),
    Dialled(
        after=3.25, outcome="busy", legs=(LegResult(destination="agent:nancy", outcome="busy", cause="USER_BUSY"),)
    ),
    Queued(after=4.0, outcome="answered", by="agent:johan", waited=7.0),
    Turn(number=7),
    Drawn(number=0.123456789),
    Seen(availability=(Availability(on_break=True), Availability(calls=3))),
    LookedUp(how="cached", value="Zürich \U0001f600", found=True, age=60.0, why="slow"),
)
FACTS = facts(
    caller=ADA,
    contacts=(contact(id="1", name="Ada", tier="3"),),
    visitor={"keyword": "x"},
    overrides={"office": "open"},
)
READERS = [partial(unpack, kind) for kind in (Cursor, Facts, str)]
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


def a_cursor(*outcomes: object) -> Cursor:
    known = {"company": "acme", "revision": 12, "outcomes": tuple(outcomes)}
    return Cursor(**known, turn=1)


def test_cursor_round_trips_every_outcome():
    assert unpack(Cursor, pack(a_cursor(*OUTCOMES), UUID, KEY), UUID, KEY) == a_cursor(*OUTCOMES)


def test_of_contacts_only_crm_and_id_travel_and_what_is_held_open_is_read_again():
    (ada,) = FACTS.contacts
    travelled = replace(FACTS, contacts=(Contact(id=ada.id, crm=ada.crm),), overrides={})
    assert unpack(Facts, pack(FACTS, UUID, KEY), UUID, KEY) == travelled


@given(texts)
def test_text_round_trips(text):
    assert unpack(str, pack(text, UUID, KEY), UUID, KEY) == text


def test_packed_text_has_only_harmless_characters():
    for text in (pack(a_cursor(*OUTCOMES), UUID, KEY), pack(FACTS, UUID, KEY), pack("queue:support", UUID, KEY)):
        assert text.isascii() and text.replace("-", "").replace("_", "").isalnum()


SIGNED = [pack(a_cursor(*OUTCOMES), UUID, KEY), pack(FACTS, UUID, KEY), pack("queue:support", UUID, KEY)]


@pytest.mark.parametrize("reader", READERS)
@given(st.one_of(texts, st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_unsigned_text_is_forged(reader, text):
    with pytest.raises(Forged):
        reader(text, UUID, KEY)


@pytest.mark.parametrize("reader", READERS)
@given(st.sampled_from(SIGNED), st.data())
def test_tampered_text_is_forged(reader, text, data):
    at = data.draw(st.integers(0, len(text) - 3))
    other = data.draw(st.sampled_from("ABCXYZabcxyz0189-_").filter(lambda c: c != text[at]))
    with pytest.raises(Forged):
        reader(text[:at] + other + text[at + 1 :], UUID, KEY)
    with pytest.raises(Forged):
        reader(text[:at], UUID, KEY)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", SIGNED, ids=["cursor", "facts", "text"])
def test_text_of_another_call_or_key_is_forged(reader, text):
    for uuid, key in (("another-call", KEY), (UUID, "another key"), ("", KEY)):
        with pytest.raises(Forged):
            reader(text, uuid, key)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (READERS[0], SIGNED[1]),
        (READERS[0], SIGNED[2]),
        (READERS[1], SIGNED[0]),
        (READERS[1], SIGNED[2]),
        (READERS[2], SIGNED[0]),
        (READERS[2], SIGNED[1]),
    ],
)
def test_packed_value_is_not_read_as_another_kind(reader, text):
    with pytest.raises(Forged):
        reader(text, UUID, KEY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        cursor.COMPRESSED + b"no zlib",
        cursor.COMPRESSED,
        b"[" * 9000,
        b'["acme",1,0,[{"type":"g","keys":3}]]',
        b'["acme",12,1,[],""]',
        b'["acme",12,1,[["p",1.5,true]],""]',
        cursor.COMPRESSED + zlib.compress(b""),
        cursor.COMPRESSED + zlib.compress(b"[]"),
        cursor.COMPRESSED + zlib.compress(b"\xff\xfe"),
        cursor.COMPRESSED + zlib.compress(b"[" * 100_000),
        cursor.COMPRESSED + zlib.compress(b'["acme",1,0,[["z"]]]'),
        cursor.COMPRESSED + zlib.compress(b'["acme",1,0,[{"type":"z"}]]'),
        cursor.COMPRESSED + zlib.compress(b" " * 5_000_000, 9),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_signed_nonsense_or_form_of_before_is_forged(body):
    with pytest.raises(Forged, match="read"):
        unpack(Cursor, cursor._signed(Cursor, body, UUID, KEY), UUID, KEY)
    with pytest.raises(Forged, match="read"):
        unpack(Facts, cursor._signed(Facts, body, UUID, KEY), UUID, KEY)


def test_too_long_text_is_forged():
    with pytest.raises(Forged, match="too much"):
        unpack(Cursor, "A" * (cursor.MAX_TEXT + 1), UUID, KEY)
    with pytest.raises(Forged, match="no text"):
        unpack(Cursor, "", UUID, KEY)


def test_cursor_of_fifty_actions_is_whole():
    tried = (
        outcome
        for i in range(25)
        for outcome in (
            Seen(after=i * 20.127, availability=(Availability(),)),
            Dialled(
                after=i * 20.127 + 20,
                outcome="no-answer",
                legs=(LegResult(destination=f"agent:a{i}", outcome="no-answer", cause="NO_ANSWER"),),
            ),
        )
    )
    assert unpack(Cursor, pack(a_cursor(*tried), UUID, KEY), UUID, KEY).whole
