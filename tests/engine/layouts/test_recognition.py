"""Which layout a header row has."""

from __future__ import annotations

import itertools

import pytest

from fsrouter.engine.layouts import FIELDS, FIRST, FORMATS, LABEL, LAST, LAYOUTS, MIDDLE, Layout, mapped, recognised
from fsrouter.errors import Refused


def refused(headings: list[str], format: str = "") -> str:
    with pytest.raises(Refused) as error:
        recognised(headings, format)
    return str(error.value)


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("id,name,phones", "fsrouter"),
        ("Record ID,First Name,Last Name,Phone Number,Associated Company IDs", "HubSpot contacts"),
        ("hs_object_id,firstname,phone", "HubSpot contacts"),
        ("Record ID,Company name,Phone Number,Company owner", "HubSpot companies"),
        ("Record Id,Contact Owner,Account Name,Phone", "Zoho CRM contacts and leads"),
        ("Record Id,Contact Owner.id,First Name,Account Name.id", "Zoho CRM contacts and leads"),
        ("Record Id,Account Owner,Account Name,Phone", "Zoho CRM accounts"),
        ("Contact ID,Last Name,Phone", "Salesforce contacts and leads"),
        ('Id,LastName,AccountId,"Phone"', "Salesforce contacts and leads"),
        ("Account ID,Account Name,Phone", "Salesforce accounts"),
        ("First Name,Last Name,Company,Site,Direct", "ConnectWise PSA contacts"),
        ("Contact RecID,Company RecID,Phone", "ConnectWise PSA contacts"),
        ("Given Name,Family Name,Phone 1 - Type,Phone 1 - Value", "Google Contacts"),
        ("First Name,Organisation name,Phone 12 - Label,Phone 12 - Value", "Google Contacts"),
        ("Vorname,Nachname,Telefon 1 \u2013 Wert", "Google Contacts (German)"),
        ("Title,First Name,Last Name,Company,Business Phone", "Outlook"),
        ("vorname,NACHNAME,Firma,Telefon geschäftlich", "Outlook (German)"),
        ("Prénom,Nom,Société,Téléphone 2 (bureau)", "Outlook (French)"),
        ("Nombre,Apellidos,Organización,Particular", "Outlook (Spanish)"),
        ("Nome,Cognome,Società,Cellulare", "Outlook (Italian)"),
        ("Voornaam,Achternaam,Bedrijf,Telefoon op werk", "Outlook (Dutch)"),
        ("Primeiro nome,Sobrenome,Empresa,Telefone celular", "Outlook (Portuguese)"),
        ("Imię,Nazwisko,Firma,Telefon komórkowy", "Outlook (Polish)"),
    ],
)
def test_a_layout_is_recognised_by_its_headings(heading: str, title: str) -> None:
    headings = heading.replace('"', "").split(",")
    assert recognised(headings).title == title
    assert recognised(list(reversed(headings))).title == title


def test_no_products_own_headings_fit_another() -> None:
    for layout, other in itertools.permutations(LAYOUTS, 2):
        for sign in layout.signs:
            headings = [heading.replace("#", "1") for heading in sign]
            assert layout.fits(headings), (layout.title, sign)
            if layout.name != other.name:
                assert not other.fits(headings), (layout.title, sign, other.title)


def test_a_table_says_of_each_heading_one_thing_that_there_is() -> None:
    for layout in LAYOUTS:
        assert set(layout.headings) <= {*FIELDS, FIRST, MIDDLE, LAST, LABEL}, layout.title
        assert layout.source and layout.name in FORMATS
        for what, headings in layout.headings.items():
            assert [layout.what(heading) for heading in headings] == [what] * len(headings), (layout.title, what)


def test_what_two_could_be_is_refused_with_both_and_the_remedy() -> None:
    headings = ["Record ID", "First Name", "Last Name", "Phone Number", "Account Name"]
    assert refused(headings) == (
        "fits the layouts of HubSpot contacts and Zoho CRM contacts and leads; say which with --format hubspot or"
        " --format zoho (format: in a csv connection)"
    )
    assert recognised(headings, "zoho").title == "Zoho CRM contacts and leads"


def test_what_none_fits_is_refused_with_its_headings_and_a_line_to_type() -> None:
    said = refused(["Kundennummer", "Vorname", "Nachname", "Firma", "Telefon", "Mobil", "Fax", "O'Neil, E-Mail"])
    assert said == (
        "is no layout that is known: the headings are 'Kundennummer', 'Vorname', 'Nachname', 'Firma', 'Telefon',"
        " 'Mobil', 'Fax', \"O'Neil, E-Mail\"; the nearest is Outlook (German) (--format outlook), which has"
        " 'Telefon geschäftlich' too. Say what the columns are: --map id=Kundennummer --map name=Vorname,Nachname"
        " --map account=Firma --map phones=Telefon,Mobil (map: in a csv connection)"
    )
    assert "'h39', …." in refused([f"h{i}" for i in range(100)])


def test_a_format_by_name_needs_no_sign_but_numbers_and_whose_they_are() -> None:
    assert recognised(["Last Name", "Phone Number"], "hubspot").title == "HubSpot contacts"
    assert recognised(["Company name", "Phone Number", "Record ID"], "hubspot").name == "hubspot"
    assert "is no HubSpot contacts" in refused(["Last Name", "Telefon"], "hubspot")


HEADINGS = ["Nr", "Name, Vorname", "Firma", "Tel", "Mobil"]


def found(layout: Layout) -> dict[str, tuple[str, ...]]:
    return layout.arranged(HEADINGS)


def test_a_map_says_what_columns_are() -> None:
    layout = mapped(HEADINGS, {"id": ("nr",), "name": ("Name, Vorname",), "phones": ("Tel,Mobil",)})
    assert found(layout) == {
        "id": ("Nr",),
        "name": ("Name, Vorname",),
        "phones": ("Tel", "Mobil"),
        "": ("Firma",),
    }


def test_a_map_on_top_of_a_layout_takes_the_place_of_what_it_says() -> None:
    headings = ["Record ID", "First Name", "Last Name", "Phone Number", "Hotline", "Anzeige", "Company"]
    base = recognised(headings)
    layout = mapped(headings, {"phones": ("Hotline",), "name": ("Anzeige",)}, base)
    assert (layout.name, layout.crm) == ("hubspot", "hubspot")
    assert layout.arranged(headings) == {
        "id": ("Record ID",),
        "account": ("Company",),
        "phones": ("Hotline",),
        "name": ("Anzeige",),
        "": ("First Name", "Last Name", "Phone Number"),
    }


def test_a_map_of_one_column_to_two_things_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'Tel' once, and --map names it for two things"):
        mapped(HEADINGS, {"id": ("Tel",), "phones": ("tel",)})


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"id": ("Nr",)}, "add --map phones=COLUMN"),
        ({"phones": ("Tel",)}, "add --map id=COLUMN"),
        ({"phones": ("Tel",), "title": ("Firma",)}, "add --map id=COLUMN"),
    ],
)
def test_a_map_needs_numbers_and_whose_they_are(what: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        mapped(HEADINGS, what)
    assert mapped(HEADINGS, {"id": ("Nr",), "delete": ("Firma",)}).headings["id"] == ("Nr",)


def test_a_title_above_the_headings_is_told_to_go() -> None:
    with pytest.raises(ValueError, match="take away what stands above it"):
        recognised(["Contacts Report"])


def test_a_map_of_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match=r"has no column 'Mobile'; did you mean 'Mobil'\?"):
        mapped(HEADINGS, {"phones": ("Tel,Mobile",)})
    with pytest.raises(Refused, match="has no column 'x'; it has 'Nr', 'Name, Vorname', 'Firma', 'Tel', 'Mobil'"):
        mapped(HEADINGS, {"id": ("x",)})
