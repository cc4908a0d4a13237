"""Scalars of the rules file: what is read, what is refused with which words, what is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrouter.engine import numbers, route, values
from fsrouter.engine.route import Destination
from fsrouter.engine.values import Context, Scalar

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
def test_destinations_are_read_and_written(text: str, destination: Destination) -> None:
    assert route.destination(text, US) == destination
    assert route.destination(str(destination), US) == destination


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
        ("say:a\nb", "has no text that could be spoken"),
        ("say:" + "x" * 1001, "has no text that could be spoken"),
        ("tag:a b", "is no tag"),
    ],
)
def test_what_is_no_destination(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        route.destination(text, US)


@pytest.mark.parametrize(
    ("scalar", "text", "value", "written"),
    [
        (values.SECONDS, "25s", 25, "25s"),
        (values.SECONDS, "25", 25, "25s"),
        (values.SECONDS, "2 m", 120, "2m"),
        (values.SECONDS, "90m", 5400, "90m"),
        (values.SECONDS, "0", 0, "0s"),
        (values.SECONDS, "1h", 3600, "1h"),
        (values.KILOMETRES, "300km", 300.0, "300.0km"),
        (values.KILOMETRES, "0.001", 0.001, "0.001km"),
        (values.FLAG, "Yes", True, "true"),
        (values.FLAG, "off", False, "false"),
        (values.COUNTRY, "de", "DE", "DE"),
        (values.NUMBER, "(312) 555-0150", "+13125550150", "+13125550150"),
        (values.SECRET, "${HUBSPOT_TOKEN}", "${HUBSPOT_TOKEN}", "${HUBSPOT_TOKEN}"),
        (route.WHISPER, "skip", "skip", "skip"),
        (route.WHISPER, "say: hello", "say:hello", "say:hello"),
        (route.ANNOUNCEMENT, "ivr/a.wav", "ivr/a.wav", "ivr/a.wav"),
    ],
)
def test_scalars_are_read_and_written(scalar: Scalar, text: str, value: object, written: str) -> None:
    assert scalar.read(text, US) == value
    assert scalar.write(value) == written
    assert scalar.read(written, US) == value


@pytest.mark.parametrize(
    ("scalar", "texts", "said"),
    [
        (values.SECONDS, ["", "soon", "-1", "1.5m", "99999999", "5d"], "is no duration"),
        (values.SOME_SECONDS, ["0", "0m"], "at least one second"),
        (values.KILOMETRES, ["", "0km", "far", "-1", "9" * 400], "is no distance"),
        (values.FLAG, ["", "perhaps", "1"], "neither true nor false"),
        (values.COUNTRY, ["USA", "XX", ""], "is no country"),
        (values.ZONE, ["", "Chicago", "../etc/passwd", "America/"], "is no time zone"),
        (values.NUMBER, ["", "nobody", "12", "x" * 65], "is no"),
        (values.SECRET, ["hunter2", "$TOKEN", "${}", "${A} ", "a${A}"], "must be the name of an environment variable"),
        (
            values.HTTPS,
            ["http://a.example", "https://", "https://u:p@a.example/", "https://a b"],
            "is no https address",
        ),
        (values.TEXT, ["a\x00", "a\nb", "\x7f", "\x9b31m"], "control character"),
        (values.SOME_TEXT, ["", "  "], "is empty"),
        (values.TEXT, ["x" * 2001], "longer than 2000"),
        (values.ENDPOINT, ["1001", "user/", "user/1 2", "user/1,2", "user/${x}"], "is no endpoint"),
        (values.KEYS, ["", "a", "123456789"], "is no key of a telephone"),
        (values.DAY, ["24.12.2026", "2026-02-30", ""], "is no date"),
        (values.SHOW_AS, ["callr"], "did you mean 'caller'"),
    ],
)
def test_what_is_no_scalar(scalar: Scalar, texts: list[str], said: str) -> None:
    for text in texts:
        with pytest.raises(ValueError, match=said.replace("(", r"\(")):
            scalar.read(text, US)


@given(st.floats(-180, 180, allow_nan=False))
def test_decimals_read_back_the_same_and_have_no_exponent(value: float) -> None:
    written = values.decimal(value)
    assert float(written) == value
    assert "e" not in written.lower()


@given(st.integers(0, 9_999_999), st.sampled_from(["", "s", "m", "h"]))
def test_every_duration_reads_back(count: int, unit: str) -> None:
    seconds = values.SECONDS.read(f"{count}{unit}", US)
    assert values.SECONDS.read(values.SECONDS.write(seconds), US) == seconds


def test_nearest_words() -> None:
    assert values.nearest("qeues", ["queues", "menus"]) == "; did you mean 'queues'?"
    assert values.nearest("zzz", ["queues", "menus"]) == "; known: queues, menus"
    assert values.nearest("zzz", []) == ""


@pytest.mark.parametrize("text", ["anonymous", "Restricted", "PRIVATE", "unavailable", "unknown", "", " ", "sip", "7"])
def test_a_withheld_or_impossible_caller_has_no_number(text: str) -> None:
    assert numbers.caller_number(text, "US") == ""


def test_a_caller_without_the_plus_is_understood() -> None:
    assert numbers.caller_number("442071838750", "US") == "+442071838750"
    assert numbers.caller_number("3125550150", "US") == "+13125550150"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no telephone number; write"),
        ("call me", "is no telephone number; write"),
        ("+999 123", "is no telephone number: no country has such a code; write"),
        ("011", "is no telephone number: it ends behind the prefix for calls abroad; write"),
        ("1" * 40, "is no telephone number: it has too many digits; write"),
        ("+49 1", "is no telephone number: it has too few digits; write"),
        ("12", "is no possible telephone number in US; write"),
    ],
)
def test_what_is_no_number_is_told_in_our_words_and_with_the_remedy(text: str, why: str) -> None:
    with pytest.raises(ValueError) as error:
        numbers.e164(text, "US")
    assert str(error.value) == f"{why} it with its country code, as +1 312 555 0150"
