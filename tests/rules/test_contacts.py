"""Contacts from CSV."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from paths import EXAMPLES

from fsrouter.engine.contacts import Contact, Entry, together
from fsrouter.engine.model import crms
from fsrouter.engine.model.company import Header
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.rules.contacts import ContactsFile
from fsrouter.rules.file_errors import InvalidFile

CRMS = {"people": crms.Csv(path="x.csv"), "hub": crms.HubSpot(token="${TOKEN}")}
BOOK = RuleBook(header=Header(company="acme", country="US"), crms=CRMS)
HEAD = "id,name,account_id,account,phones,tier,delete\n"


def read(tmp_path: Path, text: str, head: str = HEAD) -> list[Entry]:
    path = tmp_path / "x.csv"
    path.write_text(head + text)
    return list(together(ContactsFile(path, BOOK, "people")))


def test_the_example_is_read() -> None:
    rows = list(ContactsFile(EXAMPLES / "contacts.csv", BOOK, "people"))
    assert rows[0] == Entry(
        contact=Contact(
            id="c-4711",
            crm="people",
            name="Ada Byron",
            title="Buyer",
            account="Globex",
            account_id="a-1",
            territory="West",
            owner="501",
            fields={"tier": "2", "balance": "-12.50"},
        ),
        numbers=("+14155550101", "+14155550102"),
    )
    assert rows[4].contact.fields == {"balance": "7"}  # an empty cell is not known
    assert (rows[5].contact.id, rows[5].contact.account, rows[5].numbers) == ("", "Initech", ("+14155550199",))


def test_rows_of_one_contact_are_one_contact_wherever_they_stand(tmp_path: Path) -> None:
    rows = read(tmp_path, "1,Ada,,,4155550101,5,\n2,Bob,,,,,\n1,,,Globex,4155550102,,\n")
    assert [(row.contact.id, row.contact.name, row.numbers) for row in rows] == [
        ("1", "Ada", ("+14155550101", "+14155550102")),
        ("2", "Bob", ()),
    ]
    assert rows[0].contact.account == "Globex"
    assert rows[0].contact.fields == {"tier": "5"}


def test_rows_of_one_company_are_one_company_wherever_they_stand(tmp_path: Path) -> None:
    rows = read(tmp_path, ",,a-7,Seven,4155550101,1,\n2,Bob,,,,,\n,,a-7,,4155550102,5,\n,,a-7,Sept,4155550101,,\n")
    assert [row.contact.id for row in rows] == ["", "2"]
    assert rows[0] == Entry(
        contact=Contact(crm="people", account_id="a-7", account="Sept", fields={"tier": "5"}),
        numbers=("+14155550101", "+14155550102"),
    )


def test_the_column_crm_says_whose_contact_it_is(tmp_path: Path) -> None:
    rows = read(tmp_path, "hub,1,4155550101\n,1,4155550102\n", "crm,id,phones\n")
    assert [(row.contact.crm, row.contact.id) for row in rows] == [("hub", "1"), ("people", "1")]


def test_delete_removes_a_contact_or_a_companys_number(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "1,Ada,,,4155550101,,\n,,a-7,Seven,4155550198;4155550199,,\n,,a-8,Eight,4155550199;4155550197,,\n"
        "1,,,,,,yes\n,,,,4155550199,,yes\n,,a-7,,4155550197,,yes\n",
    )
    assert [(row.contact.account, row.numbers) for row in rows] == [
        ("Seven", ("+14155550198",)),
        ("Eight", ("+14155550197",)),
    ]


BAD = (
    "1,Ada,,,4155550101,,\n"
    "2,Bob,,,1.31256E+10,,\n"
    ",,,,4155550199,,\n"
    ",,,Globex,,,\n"
    "3,Eve,,,12;+14155550103,,\n"
    "9,Eve,,,4155550104,,\n"
    f"5,{'x' * 2001},,,,,\n"
    "6,,,,,,dunno\n"
    '7,"Guy"x,,,,,\n'
    "8,Hal,,,n/a / 415-555-0108 or 0109,,\n"
)
FAULTS = [
    "3: phones: '1.31256E+10' was a telephone number before a spreadsheet shortened it; format the column as text and"
    " export it again",
    "4: has neither an id nor an account, so it is nobody's number",
    "5: has neither an id nor a number",
    "6: phones: '12' is no telephone number: it has too few digits; write it with its country code, as +1 312 555 0150",
    "8: name is longer than 2000 characters",
    "9: delete: 'dunno' is neither yes nor no",
    "10: is no row of CSV (',' expected after '\"'); look at its quotes",
    "11: phones: '0109' is no telephone number: it has too few digits; "
    "write it with its country code, as +1 312 555 0150",
]


def test_what_cannot_be_read_is_listed_and_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + BAD)
    file = ContactsFile(path, BOOK)
    found = {entry.contact.id: entry.numbers for entry in file}
    numbers = {"1": "+14155550101", "2": "", "3": "+14155550103", "9": "+14155550104", "8": "+14155550108"}
    assert found == {id: tuple(filter(None, [number])) for id, number in numbers.items()}
    assert (file.unread.cells, file.unread.rows) == (3, 5)
    assert [f"{each.line}: {each}" for each in file.unread.listed] == FAULTS


def test_strictly_such_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + BAD)
    with pytest.raises(InvalidFile) as refused:
        list(ContactsFile(path, BOOK, strict=True))
    assert [str(error).removeprefix(f"{path}:") for error in refused.value.errors] == FAULTS


def test_one_bad_row_of_two_thousand_stops_no_other(tmp_path: Path) -> None:
    rows = [f"{i},N{i},,,+1415555{i:04d},,\n" for i in range(2000)]
    for bad in ('777,"never closed,,,+14155550777,,\n', "777,too,many,,+14155550777,,,,x\n", "777\n"):
        path = tmp_path / "x.csv"
        path.write_text(HEAD + "".join([*rows[:777], bad, *rows[778:]]))
        file = ContactsFile(path, BOOK)
        assert len(list(file)) == 1999
        assert [each.line for each in file.unread.listed] == [779]


@pytest.mark.parametrize(
    ("text", "numbers", "unread"),
    [
        # Cells as people type them: the last two are no number that anyone could dial.
        (
            "id,name,phones\n1,Ada,(312) 555-0142 ::: +1 312 555 0143\n2,Ada,(312) 555-0142 / 312-555-0143\n"
            "3,Ada,Mobile: 312 555 0142 (after 5)\n4,Ada,312-555-0142 (ask for Bob)\n5,Ada,n/a\n"
            '6,Ada,"312-555-0142,,12#"\n7,Ada,555-0142\n',
            [2, 2, 1, 1, 0, 1, 0],
            2,
        ),
        ("id,name,phones\n77,Filler,000-000-0000\n", [0], 1),
        ("id,name,phones\n1,Ada,-\n2,Bob,none\n3,Cyd,312-555-0143 or 0144\n4,Dee,4.91717E+11\n", [0, 0, 1, 0], 4),
        ("id,name,phones\n1,Ada,312-555-0142\n2,Bob,\n", [1, 0], 0),
    ],
)
def test_cells_are_counted(tmp_path: Path, text: str, numbers: list[int], unread: int) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    file = ContactsFile(path, BOOK)
    assert [len(entry.numbers) for entry in file] == numbers
    assert (file.unread.cells, file.unread.rows) == (unread, 0)


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = [b"id,name,phones,note", "1,Zoë,4155550101,".encode(), "2,Zoë,4155550102,".encode("cp1252")]
    rows += [b"3,Zo\x81,4155550103,\x8d", b"4,Ann,\x81,", b"\x81,Bob,4155550105,"]
    path.write_bytes(b"\n".join(rows) + b"\n")
    file = ContactsFile(path, BOOK)
    assert [entry.contact.name for entry in file] == ["Zoë", "Zoë", "Zo\ufffd", "Ann"]
    assert [f"{each.line}: {each}" for each in file.unread.listed] == [
        "4: name: 'Zo\ufffd' has bytes that are no text",
        "4: note: '\ufffd' has bytes that are no text",
        "5: phones: '\ufffd' is no telephone number; write it with its country code, as +1 312 555 0150",
        "6: id: '\ufffd' has bytes that are no text",
        "6: has the id '\ufffd', which is none; format the column as text and export it again",
    ]


def test_an_id_that_a_spreadsheet_shortened_is_nobody(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("id,name,phones\n5.12346E+10,Ada,4155550101\n1E5,Bob,4155550102\n")
    file = ContactsFile(path, BOOK)
    assert [entry.contact.id for entry in file] == ["1E5"]
    assert file.unread.rows == 1


def test_rows_stream(tmp_path: Path) -> None:
    note = "x" * 1000
    path = tmp_path / "x.csv"
    path.write_text(HEAD + "".join(f"c-{i},Name,a,Account,4155550101,{note},\n" for i in range(5000)))
    tracemalloc.start()
    count = sum(1 for _ in ContactsFile(path, BOOK))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 5000
    assert peak < path.stat().st_size / 2  # one block of the file while its encoding is sought


def test_a_fax_is_no_callers_number_whatever_says_that_it_is_one(tmp_path: Path) -> None:
    head = (
        "First Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,Phone 10 - Label,Phone 10 - Value\n"
    )
    (ada,) = read(tmp_path, "Ada,Work Fax,312-555-0142,Mobile,312-555-0143 ::: Fax 312-555-0144,,312-555-0145\n", head)
    assert ada.numbers == ("+13125550143", "+13125550145")


def test_a_heading_that_comes_again_loses_no_number(tmp_path: Path) -> None:
    (ada,) = read(tmp_path, "1,Ada,312-555-0142,312-555-0143,Byron\n", "id,name,phones,phones,name\n")
    assert ada.numbers == ("+13125550142", "+13125550143")
    assert ada.contact.name == "Ada" and ada.contact.fields == {"name (2)": "Byron"}


def test_ids_that_the_cache_would_cut_are_left_out_so_that_nobody_becomes_another(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    long = "x" * 256
    path.write_text(f"{HEAD}{long},Ann,,,4155550101,,\n{long}1,Bob,,,4155550102,,\n,{long}2,,,4155550103,,\n")
    file = ContactsFile(path, BOOK, "people")
    assert [entry.contact.name for entry in file] == ["Ann"]
    assert [(each.line, each.problem[:24]) for each in file.unread.listed] == [
        (3, "has an id or a name that"),
        (4, "has an id or a name that"),
    ]
