"""Scalars of the rules file: what is read, what is refused with which words, what is written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.engine.model import destinations, scalars
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.scalars import Context, Scalar
from fsrouter.engine.numbers.read import Role, read

US = Context("US")


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        ("queue:support", Destination("queue", "support")),
        (" agent:last ", Destination("agent", "last")),
        ("phone:(312) 555-0150", Destination("phone", "+13125550150")),
        ("phone:+49 30 901820", Destination("phone", "+4930901820")),
        ("extension:*97", Destination("extension", "*97")),
        ("hangup", Destination("hangup")),
        ("hangup:USER_BUSY", Destination("hangup", "USER_BUSY")),
        ("play:local_stream://moh", Destination("play", "local_stream://moh")),
        ("say: Hello: world, ok? ", Destination("say", "Hello: world, ok?")),
        ("tag:a:b", Destination("tag", "a:b")),
    ],
)
def test_destination_round_trips_through_text(text: str, destination: Destination) -> None:
    assert destinations.destination(text, US) == destination
    assert destinations.destination(str(destination), US) == destination


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no destination; write kind:name"),
        ("support", "is no destination"),
        ("queu:support", "did you mean 'queue'"),
        ("queue", "lacks what stands behind queue:"),
        ("queue:", "lacks what stands behind queue:"),
        ("queue:Support Team", "names no definition"),
        ("queue:a/b", "names no definition"),
        ("phone:911911911911911911", "is no"),
        ("phone:sip:a@b", "is no telephone number"),
        ("extension:1001 XML default", "is no extension"),
        ("extension:${x}", "is no extension"),
        ("hangup:NO_SUCH", "is no hangup cause; one of"),
        ("play:../../etc/passwd", "is no sound"),
        ("play:a,b", "is no sound"),
        ("play:${file}", "is no sound"),
        ("play:shell_stream://rm", "is no sound"),
        ("say: ", "lacks what stands behind say:"),
        ("say:a\nb", "control character"),
        ("say:" + "x" * 1001, "has no text that could be spoken"),
        ("tag:a b", "is no tag"),
    ],
)
def test_invalid_destination_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        destinations.destination(text, US)


@pytest.mark.parametrize(
    ("scalar", "text", "value", "written"),
    [
        (scalars.SECONDS, "25s", 25, "25s"),
        (scalars.SECONDS, "25", 25, "25s"),
        (scalars.SECONDS, "2 m", 120, "2m"),
        (scalars.SECONDS, "90m", 5400, "90m"),
        (scalars.SECONDS, "0", 0, "0s"),
        (scalars.SECONDS, "1h", 3600, "1h"),
        (scalars.KILOMETRES, "300km", 300.0, "300.0km"),
        (scalars.KILOMETRES, "0.001", 0.001, "0.001km"),
        (scalars.FLAG, "Yes", True, "true"),
        (scalars.FLAG, "off", False, "false"),
        (scalars.COUNTRY, "de", "DE", "DE"),
        (scalars.ZONE, "america/chicago", "America/Chicago", "America/Chicago"),
        (scalars.NUMBER, "(312) 555-0150", "+13125550150", "+13125550150"),
        (scalars.SECRET, "${HUBSPOT_TOKEN}", "${HUBSPOT_TOKEN}", "${HUBSPOT_TOKEN}"),
        (destinations.WHISPER, "skip", "skip", "skip"),
        (destinations.WHISPER, "say: hello", "say:hello", "say:hello"),
        (destinations.ANNOUNCEMENT, "ivr/a.wav", "ivr/a.wav", "ivr/a.wav"),
    ],
)
def test_scalar_round_trips_through_text(scalar: Scalar, text: str, value: object, written: str) -> None:
    assert scalar.read(text, US) == value
    assert scalar.write(value) == written
    assert scalar.read(written, US) == value


@pytest.mark.parametrize(
    ("scalar", "texts", "said"),
    [
        (scalars.SECONDS, ["", "soon", "-1", "1.5m", "99999999", "5d"], "is no duration"),
        (scalars.SOME_SECONDS, ["0", "0m"], "at least one second"),
        (scalars.KILOMETRES, ["", "0km", "far", "-1", "9" * 400], "is no distance"),
        (scalars.FLAG, ["", "perhaps", "1"], "neither true nor false"),
        (scalars.COUNTRY, ["USA", "XX", ""], "is no country"),
        (scalars.ZONE, ["", "Chicago", "../etc/passwd", "America/"], "is no time zone"),
        (scalars.COUNTRY, ["UK", "united kingdom"], "is no country; write GB"),
        (scalars.ZONE, ["New York", "new_york"], "did you mean 'America/New_York'?"),
        (scalars.ZONE, ["Europe/Berlim", "europe/belin"], "did you mean 'Europe/Berlin'?"),
        (scalars.NUMBER, ["", "nobody", "12", "x" * 65], "is no"),
        (scalars.SECRET, ["hunter2", "$TOKEN", "${}", "${A} ", "a${A}"], "must be the name of an environment variable"),
        (
            scalars.HTTPS,
            ["http://a.example", "https://", "https://u:p@a.example/", "https://a b"],
            "is no https address",
        ),
        (scalars.TEXT, ["a\x00", "a\nb", "\x7f", "\x9b31m"], "control character"),
        (scalars.SOME_TEXT, ["", "  "], "is empty"),
        (scalars.TEXT, ["x" * 2001], "longer than 2000"),
        (scalars.ENDPOINT, ["1001", "user/", "user/1 2", "user/1,2", "user/${x}"], "is no endpoint"),
        (scalars.KEYS, ["", "a", "123456789"], "is no key of a telephone"),
        (scalars.DAY, ["24.12.2026", "2026-02-30", ""], "is no date"),
        (scalars.SHOW_AS, ["callr"], "did you mean 'caller'"),
    ],
)
def test_invalid_scalar_is_refused(scalar: Scalar, texts: list[str], said: str) -> None:
    for text in texts:
        with pytest.raises(ValueError, match=said.replace("(", r"\(")):
            scalar.read(text, US)


@given(st.floats(-180, 180, allow_nan=False))
def test_decimals_round_trip_without_exponent(value: float) -> None:
    written = scalars.decimal(value)
    assert float(written) == value
    assert "e" not in written.lower()


@given(st.integers(0, 9_999_999), st.sampled_from(["", "s", "m", "h"]))
def test_duration_round_trips_through_text(count: int, unit: str) -> None:
    seconds = scalars.SECONDS.read(f"{count}{unit}", US)
    assert scalars.SECONDS.read(scalars.SECONDS.write(seconds), US) == seconds


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no telephone number; write"),
        ("call me", "is no telephone number; write"),
        ("+999 123", "is no telephone number: no country has such a code; write"),
        ("011", "is no telephone number: it has too few digits; write"),
        ("1" * 40, "is no telephone number: its digits are all alike; write"),
        ("12" * 20, "is no telephone number: it has too many digits; write"),
        ("+49 1", "is no telephone number: it has too few digits; write"),
        ("12", "is no telephone number: it has too few digits; write"),
        ("0312 555 0142", "is no telephone number: it has too many digits; write"),
    ],
)
def test_invalid_number_error_names_reason_and_remedy(text: str, why: str) -> None:
    with pytest.raises(ValueError) as error:
        read(text, "US", Role.TARGET)
    assert str(error.value) == f"{why} it with its country code, as +1 312 555 0150"


def is_taken(scalar: Scalar, text: str) -> bool:
    try:
        scalar.read(text, US)
    except ValueError:
        return False
    return True


#: As some of these are, others are not.
OF_EDITORS = (
    *("1000", "1000@example.com", "+1.a-b@host:5060", "user/1001", "1#*"),
    *("a b", "@x", "1000@", "", "x" * 65, ".a", "x@" + "y" * 300),
)


@pytest.mark.parametrize("scalar", [scalars.MAILBOX, scalars.DIGITS, scalars.ENDPOINT], ids=lambda scalar: scalar.name)
def test_pattern_for_editors_takes_what_is_taken(scalar: Scalar) -> None:
    assert scalar.schema
    found = [bool(re.search(scalar.schema["pattern"], text)) for text in OF_EDITORS]
    assert found == [is_taken(scalar, text) for text in OF_EDITORS] and True in found
