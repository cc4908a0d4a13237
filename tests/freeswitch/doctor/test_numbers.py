"""What the doctor says of numbers: of callers who could be somebody else, and of our own that look the same."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from fsrouter.engine.model.company import Header, TrackingNumber
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.facts import Came
from fsrouter.freeswitch.doctor.finding import OK, WARNING, Finding
from fsrouter.freeswitch.doctor.numbers import callers, shared_forms, unknown_names
from fsrouter.freeswitch.doctor.probe import Actual
from fsrouter.settings.model import Incoming, Numbers

ITALIAN = (
    *("393312345678", "390612345678", "393409876543", "390298765432", "393351122334", "393471239876"),
    *("393281234567", "393497654321", "390552345678", "393401112223"),
)
FRENCH = ("33612345678", "33698765432")
GERMAN = (
    *("4930123456", "491716783154", "498912345678", "491512345678", "4940123456", "4922112345"),
    *("491601234567", "491701234567", "4969123456", "49711123456"),
)
NATIONAL = (
    *("030123456", "01716783154", "08912345678", "00442071838750", "0013125550142", "0221123456", "022112345"),
    *("01601234567", "069123456", "0711123456"),
)
AMERICAN = (
    *("3125550142", "4155550101", "2125550143", "7735550188", "9175550177", "2065550121", "12025550143"),
    *("5125550142", "8475550142", "6305550142", "7035550142"),
)
#: Callers of whom every form makes the same, or nobody.
NOBODY = ("anonymous", "1001", "0000000", "", "266696687", "x" * 60)


def came(texts: Iterable[str], country: str = "DE", **by: str) -> list[tuple[str, Came]]:
    return [(country, Came(text=text, **by)) for text in texts]


def warnings(heard: Iterable[tuple[str, Came]], numbers: Numbers = Numbers()) -> list[Finding]:  # noqa: B008
    found = list(callers(heard, numbers))
    return [finding for finding in found if finding.level == WARNING]


@pytest.mark.parametrize(
    ("country", "texts"),
    [
        ("IT", [f"+{text}" for text in (*ITALIAN, *FRENCH)]),
        ("IT", [f"00{text}" for text in (*ITALIAN, *FRENCH)]),
        ("DE", GERMAN),
        ("DE", [f"+{text}" for text in (*GERMAN, *ITALIAN, *FRENCH)]),
        ("DE", NATIONAL),
        ("US", AMERICAN),
        ("US", [f"+1{text}" for text in AMERICAN[:-1]]),
        ("US", [*GERMAN, *ITALIAN, *FRENCH]),
        ("GB", [*GERMAN, *ITALIAN, *FRENCH]),
    ],
)
def test_carrier_that_always_sends_one_form_is_beyond_doubt(country: str, texts: list[str]) -> None:
    (finding,) = callers(came((*texts, *NOBODY), country, gateway="carrier"), Numbers())
    assert finding.level == OK and "beyond doubt" in finding.what


def test_callers_who_could_be_somebody_else_are_counted_with_an_example_and_the_setting() -> None:
    (finding,) = warnings(came((*ITALIAN, *FRENCH), "IT", gateway="carrier", profile="external", switch="fs1"))
    assert finding.what == (
        '2 of 12 callers by the gateway carrier could be somebody else: "33612345678" is read as +3933612345678, and'
        ' would be +33612345678 with incoming = "e164"'
    )
    assert finding.remedy.endswith('[numbers.gateways.carrier] incoming = "e164" in the settings decides')


@pytest.mark.parametrize(
    ("by", "table"),
    [
        ({"profile": "external", "switch": "fs1"}, "[numbers.profiles.external]"),
        ({"switch": "fs 1.example"}, '[numbers.freeswitch."fs 1.example"]'),
        ({}, "[numbers]"),
    ],
)
def test_setting_that_decides_is_that_of_the_way_by_which_they_came(by: dict[str, str], table: str) -> None:
    (finding,) = warnings(came((*ITALIAN, *FRENCH), "IT", **by))
    assert f"; {table} incoming = " in finding.remedy


def test_each_way_is_looked_at_for_itself() -> None:
    heard = came((*ITALIAN, *FRENCH), "IT", gateway="a") + came((f"+{t}" for t in ITALIAN), "IT", gateway="b")
    (finding,) = warnings(heard)
    assert "by the gateway a " in finding.what


def test_what_has_been_decided_and_fits_is_not_asked_again() -> None:
    decided = Numbers(gateways={"carrier": Incoming(incoming="e164")})
    assert warnings(came((*ITALIAN, *FRENCH), "IT", gateway="carrier"), decided) == []
    wrong = Numbers(gateways={"carrier": Incoming(incoming="national")})
    (finding,) = warnings(came((*GERMAN, *FRENCH), "DE", gateway="carrier"), wrong)
    assert 'incoming = "e164"' in finding.remedy


def test_carrier_that_sends_everything_leaves_the_choice_to_people() -> None:
    (finding,) = warnings(came((*ITALIAN, *FRENCH, "0612345678", "3312345678", "02987654", "055123456"), "IT"))
    assert finding.remedy.count('"') >= 2


def test_of_too_few_callers_nothing_is_said() -> None:
    assert warnings(came((*ITALIAN[:2], *FRENCH), "IT")) == []
    assert list(callers([], Numbers())) == []


def test_names_that_no_freeswitch_has_are_told_with_the_nearest() -> None:
    actuals = [
        Actual(profiles={"internal": "RUNNING", "external": "RUNNING"}, names=frozenset({"carrier", "fs1", "office"})),
        Actual(profiles={"external": "RUNNING"}, names=frozenset({"swiss", "fs2"})),
    ]
    there = Numbers(
        gateways=dict.fromkeys(("carrier", "swiss"), Incoming(incoming="e164")),
        profiles={"external": Incoming(incoming="plus")},
        freeswitch={"fs2": Incoming(incoming="plus")},
        internal=("internal", "office"),
    )
    assert list(unknown_names(actuals, there)) == []
    gone = Numbers(
        gateways={"carier": Incoming(incoming="e164")},
        profiles={"swiss": Incoming(incoming="plus")},
        freeswitch={"fs3": Incoming(incoming="plus")},
        internal=("intern", "x"),
    )
    told = list(unknown_names(actuals, gone))
    assert [finding.what.partition(" in ")[0].removeprefix("the settings name the ") for finding in told] == [
        "gateway carier",
        "sofia profile swiss",
        "FreeSWITCH fs3",
        "profile or context intern",
        "profile or context x",
    ]
    assert told[0].remedy == "did you mean 'carrier'?" and told[3].remedy == "did you mean 'internal'?"
    assert list(unknown_names([], gone)) == []


def test_numbers_of_two_companies_that_look_the_same_are_named() -> None:
    books = [
        RuleBook(
            header=Header(company=company, country=country),
            tracking_numbers={number: TrackingNumber(number=number, to=(Destination("hangup"),))},
        )
        for company, country, number in (("a", "GB", "+442079460958"), ("b", "IN", "+912079460958"))
    ]
    (finding,) = shared_forms(books)
    assert finding.level == WARNING
    assert "+442079460958 or +912079460958" in finding.what and "E.164" in finding.remedy
    assert list(shared_forms(books[:1])) == []
