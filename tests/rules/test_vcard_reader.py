"""vCard files as address books and telephones write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsrouter.rules.file_errors import InvalidFile
from fsrouter.rules.vcard_reader import VCardReader, is_vcard


def cards(tmp_path: Path, text: str | bytes) -> tuple[list[dict[str, str]], list[str]]:
    """The cards of a file, and what is wrong with others by line."""
    path = tmp_path / "x.vcf"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    reader = VCardReader(path)
    return [row.cells for row in reader], [f"{error.line}: {error.message}" for error in reader.errors]


def card(tmp_path: Path, *lines: str | bytes) -> dict[str, str]:
    raw = b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    (found,), errors = cards(tmp_path, b"BEGIN:VCARD\r\n" + raw + b"\r\nEND:VCARD\r\n")
    assert errors == []
    return found


@pytest.mark.parametrize(
    ("lines", "name", "text"),
    [
        (["FN:Ada", " Byron"], "FN", "AdaByron"),
        (["FN:Ada", "\t Byron"], "FN", "Ada Byron"),
        (["FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB =", "Ott"], "FN", "Zoë Ott"),
        (["FN;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Zo=EB"], "FN", "Zoë"),
        ([b"FN:Zo\xeb"], "FN", "Zoë"),
        ([b"FN;CHARSET=ISO-8859-2:\xa3ukasz"], "FN", "Łukasz"),
        (["FN;X-P=\"a:b;c\":Ada"], "FN", "Ada"),
        (["home.fn:Ada"], "FN", "Ada"),
        (["N:Ott;Zoë;Ann,Bea;Dr.;"], "N.additional", "Ann Bea"),
        (["ORG:Müller\\, Söhne\\; Co;Front desk"], "ORG", "Müller, Söhne; Co"),
        (["NOTE:one\\ntwo\\\\n"], "NOTE", "one\ntwo\\n"),
        (["TEL;TYPE=\"voice,home\";VALUE=uri:tel:+1-312-555-0142;ext=7"], "TEL", "tel:+1-312-555-0142;ext=7"),
        (["TEL;HOME;FAX:1", "TEL;TYPE=pager:2", "TEL;TYPE=fax,voice:3", "TEL;CELL:4"], "TEL", "3\n4"),
        (["EMAIL:a@b.example", "EMAIL;TYPE=work:c@d.example"], "EMAIL", "a@b.example; c@d.example"),
        (["LOGO;ENCODING=BASE64;TYPE=PNG:iVBORw0KGgo=", "  AAAA", "BBBB=", "", "FN:Ada"], "FN", "Ada"),
        (["AGENT:", "BEGIN:VCARD", "FN:Other", "TEL:5", "END:VCARD", "FN:Ada"], "FN", "Ada"),
        (["FN:Ada", "FN:Second"], "FN", "Ada"),
    ],
)  # fmt: skip
def test_a_property_is_read(tmp_path: Path, lines: list[str | bytes], name: str, text: str) -> None:
    assert card(tmp_path, *lines)[name] == text


def test_a_company_is_no_person_and_a_list_of_people_no_card(tmp_path: Path) -> None:
    assert card(tmp_path, "UID:1", "FN:Acme", "N:;;;;", "ORG:Acme", "X-ABShowAs:COMPANY", "TEL:5") == {
        "ORG": "Acme",
        "TEL": "5",
    }
    text = "BEGIN:VCARD\nFN:Team\nKIND:group\nMEMBER:urn:uuid:1\nEND:VCARD\n"
    assert cards(tmp_path, text) == ([], [])


def test_a_card_that_is_not_ended_costs_no_other(tmp_path: Path) -> None:
    text = "BEGIN:VCARD\nFN:Lost\nBEGIN:VCARD\nFN:Ada\nno line\nEND:VCARD\nEND:VCARD\nBEGIN:VCARD\nFN:Torn\n"
    assert cards(tmp_path, text) == (
        [{"FN": "Ada"}],
        [
            "1: begins a card that has no END:VCARD",
            "5: is no line of a vCard",
            "8: begins a card that has no END:VCARD",
        ],
    )


def test_hostile_cards_are_left_out_or_bounded(tmp_path: Path) -> None:
    assert cards(tmp_path, "BEGIN:VCARD\nFN:a\x1b[2J\nEND:VCARD\n") == (
        [],
        ["1: has the control character '\\x1b' in it; remove it"],
    )
    long = "BEGIN:VCARD\nNOTE:" + "\n ".join(["x" * 1000] * 1000) + "\nFN:Ada\nEND:VCARD\n"
    ((found,), errors) = cards(tmp_path, long)
    assert found["FN"] == "Ada" and len(found["NOTE"]) < 110_000 and not errors
    many = "BEGIN:VCARD\nFN:Ada\n" + "X-A:1\n" * 10_000 + "END:VCARD\n"
    ((found,), errors) = cards(tmp_path, many)
    assert found["FN"] == "Ada" and len(found["X-A"]) < 10_000


def test_a_file_is_one_by_how_it_begins(tmp_path: Path) -> None:
    for text, answer in (
        ("\ufeffbegin:vcard\n", True),
        ("\n BEGIN:VCARD\n", True),
        ("id,phones\nBEGIN:VCARD\n", False),
    ):
        (tmp_path / "x").write_text(text, "utf-8")
        assert is_vcard(tmp_path / "x") is answer
    with pytest.raises(InvalidFile, match="cannot be read: No such file"):
        list(VCardReader(tmp_path / "none.vcf"))
