"""FusionPBX's CSV of destinations: what is carried over, what is left out, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import ROOT

from fsrouter.engine.model.company import Header, Voicemail
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.errors import RulesError
from fsrouter.rules import csv_import, fusionpbx
from fsrouter.rules.file_errors import Faulty

EXPORTS = ROOT / "tests" / "rules" / "destinations"
BOOK = RuleBook(header=Header(company="acme", country="US"), voicemails={"desk": Voicemail(mailbox="1001")})


def rows(path: Path, book: RuleBook = BOOK) -> dict[str, str]:
    return {row.cells["number"]: row.cells["to"] for row in fusionpbx.read(path, book).rows}


def test_destinations_become_tracking_numbers() -> None:
    found = fusionpbx.read(EXPORTS / "fusionpbx.csv", BOOK)
    assert rows(EXPORTS / "fusionpbx.csv") == {
        "+18725550111": "extension:1001",
        "+18725550112": "voicemail:desk",
        "+18725550113": "extension:*991009",
        "+18725550114": "phone:+13125550150 | extension:1002",
        "+18725550115": "hangup",
        "+18725550116": "phone:+13125550151",
        "+18725550118": "extension:7000",
        "+18725550119": "extension:9000",
    }
    assert not found.unreadable
    assert list(found.notes()) == [
        "1 left out: destination_enabled is false",
        "1 left out: destination_type is outbound",
    ]
    book = csv_import.tracking_rows(found.rows, Faulty(EXPORTS / "fusionpbx.csv"), BOOK)
    desk = book.tracking_numbers["+18725550111"]
    assert (desk.name, desk.record, list(map(str, desk.to))) == ("Front desk", True, ["extension:1001"])
    assert [n for n, tracking in book.tracking_numbers.items() if tracking.record] == ["+18725550111"]
    assert list(map(str, book.tracking_numbers["+18725550114"].to)) == ["phone:+13125550150", "extension:1002"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (3, "`playback /usr/share"),
        (4, "`lua streamfile.lua closed.wav` has no counterpart"),
        (5, "'87255502XX' stands for several numbers"),
        (6, "has no action"),
        (7, "leads into the context other.example.com"),
        (8, "has conditions"),
        (9, "is a fax number"),
        (10, "leads to 8725550211, a tracking number itself"),
        (11, "`bridge user/1001@pbx.example.com,user/1002@pbx.example.com` has no counterpart"),
        (12, "is found by '${sip_to_user}'"),
        (13, "destination_actions is no list of actions"),
        (14, "'123' is"),
    ],
)
def test_row_that_cannot_be_carried_over_is_told_with_its_line_and_why(line: int, why: str) -> None:
    found = fusionpbx.read(EXPORTS / "fusionpbx-unreadable.csv", BOOK)
    assert [row.cells["number"] for row in found.rows] == ["+18725550211"]
    assert [error.line for error in found.unreadable] == list(range(3, 15))
    (said,) = (error.message for error in found.unreadable if error.line == line)
    assert said.startswith(why), said


def test_file_without_actions_or_of_several_domains_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "destinations.csv"
    path.write_text("destination_number,destination_description\n8725550111,Desk\n")
    with pytest.raises(RulesError, match="lacks the columns destination_actions and destination_app"):
        fusionpbx.read(path, BOOK)
    path.write_text(
        "domain_uuid,destination_number,destination_app,destination_data\na,8725550111,hangup,hangup\n"
        "b,8725550112,hangup,hangup\n"
    )
    with pytest.raises(RulesError, match=r"csv:3: is of another domain"):
        fusionpbx.read(path, BOOK)


@pytest.mark.parametrize(
    ("cells", "number"),
    [
        ("+18725550111,,", "+18725550111"),
        ("8725550111,,", "+18725550111"),
        ("8725550111,1,", "+18725550111"),
        ("8725550111,+1,", "+18725550111"),
        ("18725550111,1,", "+18725550111"),
        ("5550111,1,872", "+18725550111"),
        ("20 7946 0018,44,", "+442079460018"),
        ("02079460018,44,", "+442079460018"),
    ],
)
def test_number_is_put_together_of_its_columns(tmp_path: Path, cells: str, number: str) -> None:
    path = tmp_path / "destinations.csv"
    heading = "destination_number,destination_prefix,destination_area_code,destination_app,destination_data"
    path.write_text(f"{heading}\n{cells},transfer,1001 XML pbx\n")
    assert rows(path) == {number: "extension:1001"}
