"""Files and numbers as people have them, from the file to the decision: rule book, contacts, who is called."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli.front import run

from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.tui.editing.draft import Draft

DID = "+4930901820"


@pytest.fixture(autouse=True)
def installation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings by which what the books dial may be dialled."""
    (folder / "fsrouter.toml").write_text(
        '[trunks]\ncarrier = "carrier"\n[dialling]\ncountries = ["US", "GB", "DE", "FR", "MX"]\n'
    )
    monkeypatch.setenv("FSROUTER_CONFIG", "fsrouter.toml")


def write(name: str, text: str, encoding: str = "utf-8") -> str:
    Path(name).write_text(text, encoding=encoding)
    return name


def book(country: str, more: str = "", company: str = "kontor") -> str:
    """A rules file in which whoever is known goes to mira and all others to otis."""
    return write(
        f"{company}.yaml",
        f"company: {company}\ncountry: {country}\ntimezone: UTC\ntrunk: carrier\nfailsafe: agent:mira\n"
        "agents: {mira: {endpoint: user/1001}, otis: {endpoint: user/1002}}\n"
        'routers: {r: {branches: [{when: {contact: "*"}, then: agent:mira}], otherwise: agent:otis}}\n'
        f'tracking_numbers: [{{number: "{DID}", to: router:r}}]\n' + more,
    )


def explained(caller: str, *words: str, to: str = DID) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("explain", "--to", to, "--from", caller, "--json", *words).stdout)
    return found


def known(caller: str, *words: str) -> tuple[str, str, str]:
    """Who calls, their contact, and how many contacts have the number."""
    facts = explained(caller, *words)["facts"]
    return facts.get("from") or "", facts.get("contact") or "", facts.get("contacts") or ""


def everywhere(rules: str, contacts: str, caller: str) -> tuple[str, str, str]:
    """The same by `--contacts` as by the contact cache."""
    by_file = known(caller, "--rules", rules, "--contacts", contacts)
    if not Path("field.db").exists():
        run("rules", "import", rules, "--yes")
        run("contacts", "import", contacts)
    assert known(caller) == by_file
    return by_file


def refusals(*words: str) -> list[str]:
    """What is wrong with a file, without its name, and without what stands behind the semicolon."""
    result = run(*words, code=1)
    told = (result.stdout + result.stderr).splitlines()
    return [found[1] for line in told if (found := re.match(r"[a-z]+\.(?:yaml|csv):([0-9].*)", line))]


def typed(number: str) -> str:
    """What the dashboard's editor says of a receiving number."""
    source = read("company: kontor\ncountry: US\n", "x.yaml")
    compiled = Draft.of(company_file.read(source).onto(None)).put("numbers", "lab", {"number": number}).compiled()
    return " ".join(problem.message for problem in compiled.problems)


# Numbers of callers and contacts

FOREIGN = """\
id,name,phones
1,Ada,+49 171 6783154
2,Bob,+1 312 555 0142
3,Cyd,+44 20 7183 8750
4,Dee,491716783154
5,Eve,+33 1 42 68 53 00
6,Fay,0041446681800
"""


@pytest.mark.parametrize(
    ("caller", "number", "contact", "contacts"),
    [
        ("491716783154", "+491716783154", "1", "2"),
        ("01716783154", "+491716783154", "1", "2"),
        ("13125550142", "+13125550142", "2", "1"),
        ("442071838750", "+442071838750", "3", "1"),
        ("33142685300", "+33142685300", "5", "1"),
        ("+41 44 668 18 00", "+41446681800", "6", "1"),
        ("00 41 44 668 18 00", "+41446681800", "6", "1"),
    ],
)
def test_bare_digits_are_whoever_has_them(caller: str, number: str, contact: str, contacts: str) -> None:
    assert everywhere(book("DE"), write("people.csv", FOREIGN), caller) == (number, contact, contacts)


@pytest.mark.parametrize(
    ("country", "digits", "number"),
    [
        ("BR", "18765550123", "+18765550123"),
        ("US", "4930123456", "+4930123456"),
        ("DE", "13125550142", "+13125550142"),
        ("AU", "131234", "+61131234"),
    ],
)
def test_a_cell_and_a_caller_with_the_same_digits_meet(country: str, digits: str, number: str) -> None:
    path = write("people.csv", f"id,name,phones\n1,Ada,{digits}\n")
    caller = number if len(digits) < 7 else digits  # as a caller, so few digits are no number of the network
    assert everywhere(book(country), path, caller) == (number, "1", "1")


@pytest.mark.parametrize("filler", ["000-000-0000", "1111111", "(999) 999-9999", "0000"])
def test_filler_is_nobody(filler: str) -> None:
    path = write("people.csv", f"id,name,phones\n1,Filler,{filler}\n2,Ada,312-555-0142\n")
    rules = book("US")
    assert everywhere(rules, path, "312-555-0142") == ("+13125550142", "2", "1")
    assert everywhere(rules, path, filler) == ("", "", "")
    assert "1 cell could not be read" in run("contacts", "import", path).stderr
    assert refusals("contacts", "import", path, "--strict")[0].startswith("2: phones: ")


@pytest.mark.parametrize("country", ["GB", "DE", "AT", "US", "IT"])
@pytest.mark.parametrize("caller", ["1001", "201", "100001"])
def test_few_digits_are_a_caller_within_the_house(country: str, caller: str) -> None:
    facts = explained(caller, "--rules", book(country))["facts"]
    assert not facts.get("from")
    assert facts["internal"] == caller


@pytest.mark.parametrize(
    ("country", "cell", "callers", "number"),
    [
        (
            "MX",
            "+52 1 55 1234 5678",
            ("+52 1 55 1234 5678", "+525512345678", "5215512345678", "55 1234 5678"),
            "+525512345678",
        ),
        ("US", "+52 1 81 1234 5678", ("528112345678", "011 52 1 81 1234 5678"), "+528112345678"),
        ("BR", "+55 11 8765-4321", ("11 98765-4321", "551187654321"), "+5511987654321"),
    ],
)
def test_numbers_of_before_a_renumbering_meet(country: str, cell: str, callers: tuple[str, ...], number: str) -> None:
    path = write("people.csv", f"id,name,phones\n1,Ada,{cell}\n")
    for caller in callers:
        assert everywhere(book(country), path, caller) == (number, "1", "1")


def test_argentina_is_compared_without_its_nine() -> None:
    path = write(
        "people.csv", "id,name,phones\n1,Ada,+54 11 4567-8901\n2,Bob,+54 9 11 4567-8901\n3,Cyd,011 15 4567-8902\n"
    )
    for caller in ("+541145678901", "+5491145678901"):
        assert everywhere(book("AR"), path, caller) == (caller, "1", "2")
    assert everywhere(book("AR"), path, "+541145678902")[1:] == ("3", "1")


# Targets


@pytest.mark.parametrize("number", ["555-0142", "5550142", "555 0142"])
def test_seven_digits_are_an_error_with_the_remedy(number: str) -> None:
    rules = book(
        "US",
        f'numbers: {{lab: {{number: "{number}"}}}}\nflows: {{f: {{route: "phone:{number}"}}}}\n'
        f'pools: {{web: {{numbers: ["{number}"]}}}}\n',
    )
    told = refusals("rules", "check", rules)
    assert [line.split(":")[0] for line in told] == ["9", "10", "11"]
    assert all("lacks its area code, so nobody else can dial it; write the area code" in line for line in told)
    run("rules", "import", book("US"), "--yes")
    (csv,) = refusals("rules", "import", write("numbers.csv", f"number,to\n{number},agent:mira\n"), "--yes")
    assert csv.startswith("2: ") and "lacks its area code" in csv
    call = "explain", "--to", DID, "--from", "+13125550100"
    assert "lacks its area code" in run(*call, "--set", f"from={number}", code=2).stderr
    assert "lacks its area code" in typed(number)


@pytest.mark.parametrize(
    ("number", "extension"),
    [
        ("+1 773 555 0151 ext. 204", "204"),
        ("(773) 555-0151 x123", "123"),
        ("+17735550151,,123", "123"),
        ("tel:+1-773-555-0151;ext=77", "77"),
    ],
)
def test_extension_where_we_dial_is_an_error_with_the_remedy(number: str, extension: str) -> None:
    rules = book("US", f'numbers: {{lab: {{number: "{number}"}}}}\nflows: {{f: {{route: "phone:{number}"}}}}\n')
    told = refusals("rules", "check", rules)
    assert [line.split(":")[0] for line in told] == ["9", "10"]
    assert all(line.endswith(f'extension: "{extension}"') for line in told)
    run("rules", "import", book("US"), "--yes")
    (csv,) = refusals("rules", "import", write("numbers.csv", f'number,to\n"{number}",agent:mira\n'), "--yes")
    assert csv.endswith(f'extension: "{extension}"')
    assert typed(number).endswith(f'extension: "{extension}"')


@pytest.mark.parametrize(
    ("country", "written", "number"),
    [
        ("US", "1-800-FLOWERS", "+18003569377"),
        ("US", "３１２ ５５５ ０１４２", "+13125550142"),  # noqa: RUF001
        ("GB", "+44 (0)20 7946 0018", "+442079460018"),
        ("DE", "'030 901820", "+4930901820"),
        ("US", "442071838750", "+442071838750"),
        ("MX", "+52 1 55 1234 5678", "+525512345678"),
    ],
)
def test_target_is_the_number_that_people_mean(country: str, written: str, number: str) -> None:
    run("rules", "import", book(country, f'numbers: {{lab: {{number: "{written}"}}}}\n'), "--yes")
    assert f'number: "{number}"' in run("rules", "export", "kontor").stdout
    run("rules", "import", write("numbers.csv", f"number,name,to\n{written},New,agent:mira\n"), "--yes")
    assert f'- {{number: "{number}", name: New' in run("rules", "export", "kontor").stdout


@pytest.mark.parametrize(
    ("country", "written", "number"),
    [("MX", "55 1234 5678", "+525512345678"), ("FR", "01 42 68 53 00", "+33142685300")],
)
def test_failsafe_at_the_head_is_read_with_the_country_at_the_first_import(
    country: str, written: str, number: str
) -> None:
    text = f'company: first\nfailsafe: "phone:{written}"\ncountry: {country}\ntrunk: carrier\n'
    for _ in range(2):
        run("rules", "import", write("first.yaml", text), "--yes")
        assert f"failsafe: phone:{number}" in run("rules", "export", "first").stdout.replace('"', "")


def test_country_that_is_typed_in_the_editor_counts_for_its_own_header() -> None:
    base = company_file.read(read("company: kontor\ncountry: US\n", "x.yaml")).onto(None)
    tree = {"company": "kontor", "failsafe": "phone:55 1234 5678", "trunk": "carrier", "country": "mx"}
    compiled = Draft.of(base).put("company", "kontor", tree).compiled()
    assert compiled.book, compiled.problems
    assert (str(compiled.book.header.failsafe[0]), compiled.book.header.country) == ("phone:+525512345678", "MX")


# Contacts


def test_rows_of_one_company_are_one_by_every_way_in() -> None:
    people = write(
        "people.csv",
        "id,name,title,account_id,account,territory,owner,phones\n"
        ",,,a-7,Seven,South,,(650) 555-0107\nc1,Zed,,a-8,Eight,,,650 555 0101\n,,,a-7,Seven,,,650 555 0106\n",
    )
    rules = write(
        "csvt.yaml",
        "company: csvt\ncountry: US\ntimezone: America/New_York\nfailsafe: agent:a\n"
        f"crms: {{people: {{type: csv, path: {people}}}}}\n"
        "agents: {a: {endpoint: user/1}, b: {endpoint: user/2}}\n"
        "priorities: {p: {crm: people, rules: [{account: Seven, to: agent:a}], no_match: agent:b}}\n"
        'tracking_numbers: [{number: "+1 872 555 0111", to: priority:p}]\n',
    )
    run("rules", "import", rules, "--yes")
    run("contacts", "sync", "csvt")
    for caller, agent in (("6505550107", "a"), ("6505550106", "a"), ("6505550101", "b"), ("6505550109", "b")):
        for words in ((), ("--rules", rules, "--contacts", people)):
            assert explained(caller, *words, to="+18725550111")["destination"] == f"agent:{agent}"


EXPORTS = {
    "HubSpot": (
        "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,Job Title,"
        "Associated Company,Associated Company IDs\n51,Ada,Byron,a@example.com,+1 312-555-0142,"
        "312.555.0143 ext 12,Nan,Boss,Acme,900\n"
    ),
    "Google": (
        "First Name,Middle Name,Last Name,Organization Name,Organization Title,Labels,E-mail 1 - Label,"
        "E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n"
        "Ada,,Byron,Acme,Boss,* myContacts,,,Mobile,(312) 555-0142 ::: +1 312 555 0143\n"
    ),
    "Outlook": (
        "First Name,Middle Name,Last Name,Title,Suffix,Company,Department,Job Title,Business Phone,Mobile Phone\n"
        "Ada,,Byron,Dr.,,Acme,Front,Boss,(312) 555-0142 x12,312 555 0143\n"
    ),
}


@pytest.mark.parametrize("product", EXPORTS)
@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t")])
def test_export_of_a_product_is_recognised(product: str, encoding: str, delimiter: str) -> None:
    path = write("export.csv", EXPORTS[product].replace(",", delimiter), encoding)
    run("rules", "import", book("US"), "--yes")
    assert product in run("contacts", "import", path).stderr
    assert run("contacts", "import", path).stderr
    (found,) = json.loads(run("contacts", "find", "byron", "--json").stdout)
    assert found["numbers"] == ["+13125550142", "+13125550143"]
    assert (found["contact"]["title"], found["contact"]["account"]) == ("Boss", "Acme")


def test_cells_with_words_and_several_numbers() -> None:
    cells = {
        "(312) 555-0142 ::: +1 312 555 0143": ["+13125550142", "+13125550143"],
        "(312) 555-0142 / 312-555-0143": ["+13125550142", "+13125550143"],
        "Mobile: 312 555 0142 (after 5)": ["+13125550142"],
        "312-555-0142 (ask for Bob)": ["+13125550142"],
        '"312-555-0142,,12#"': ["+13125550142"],
        "312-555-0143 or 0144": ["+13125550143"],
        "n/a": [],
        "555-0142": [],
        "tbd": [],
    }
    rows = "".join(f"{i},Ada,{cell}\n" for i, cell in enumerate(cells))
    path = write("people.csv", f"id,name,phones\n{rows}")
    run("rules", "import", book("US"), "--yes")
    said = run("contacts", "import", path).stderr
    found = {
        match["contact"]["id"]: match["numbers"]
        for match in json.loads(run("contacts", "find", "ada", "--json").stdout)
    }
    assert [found[str(i)] for i in range(len(cells))] == list(cells.values())
    assert "4 cells could not be read" in said
    assert "'0144'" in said and "kontor: 9 contacts" in said
    assert [line.split(":")[0] for line in refusals("contacts", "import", path, "--strict")][:4] == [
        "7",
        "8",
        "9",
        "10",
    ]


@pytest.mark.parametrize(
    ("text", "ids"), [("51234567890", ["51234567890"]), ("312 555 0177", ["51234567890"]), ("4", ["4"])]
)
def test_contact_is_found_by_an_id_that_reads_as_a_number(text: str, ids: list[str]) -> None:
    run("rules", "import", book("US"), "--yes")
    run("contacts", "import", write("x.csv", "id,name,phones\n51234567890,Hub Spot,312-555-0177\n4,Ada,312-555-0178\n"))
    assert [match["contact"]["id"] for match in json.loads(run("contacts", "find", text, "--json").stdout)] == ids


def test_two_owners_of_a_number_decide_alike_in_file_and_cache() -> None:
    people = write(
        "people.csv",
        "id,name,account_id,account,territory,phones\n,,a-1,One,,312-555-0100\n,,a-2,Two,North,312-555-0100\n"
        "c-9,Zoe,a-3,Three,,312-555-0101\n,,a-3,Three,South,312-555-0102\n",
    )
    rules = book(
        "US",
        "priorities: {p: {rules: [{territory: North, to: agent:otis}, {territory: South, to: agent:mira}], "
        "no_match: hangup}}\n",
    )
    Path(rules).write_text(Path(rules).read_text().replace("to: router:r", "to: priority:p"))
    run("rules", "import", rules, "--yes")
    run("contacts", "import", people)
    for caller, destination in (("312-555-0100", "agent:otis"), ("312-555-0102", "agent:mira")):
        for words in ((), ("--rules", rules, "--contacts", people)):
            assert explained(caller, *words)["destination"] == destination
    for words in ((), ("--rules", rules, "--contacts", people)):
        facts = explained("312-555-0101", *words)
        assert facts["facts"]["contact"] == "c-9"
    assert explained("312-555-0101")["destination"] == explained("312-555-0101", *words)["destination"]


# Holidays


@pytest.mark.parametrize("name", ["Tag der Deutschen Einheit", "German Unity Day", "german unity day"])
def test_excepted_holiday_is_open(name: str) -> None:
    rules = write(
        "feier.yaml",
        "company: feier\ncountry: DE\ntimezone: Europe/Berlin\ntrunk: carrier\nfailsafe: agent:mira\n"
        f'schedules: {{buero: {{hours: {{mon-sun: "08:00-17:00"}}, holidays: DE, except: [{name}]}}}}\n'
        "agents: {mira: {endpoint: user/1001}}\n"
        "routers: {r: {branches: [{when: {closed: buero}, then: hangup}], otherwise: agent:mira}}\n"
        f'tracking_numbers: [{{number: "{DID}", to: router:r}}]\n',
    )
    assert explained("+4930123456", "--rules", rules, "--at", "2026-10-03T10:00")["destination"] == "agent:mira"
    assert explained("+4930123456", "--rules", rules, "--at", "2026-12-25T10:00")["destination"] == "hangup"
    run("rules", "import", rules, "--yes")
    assert "except: Tag der Deutschen Einheit" in run("rules", "export", "feier").stdout


def test_dates_of_other_forms_are_refused_with_the_date_that_they_mean() -> None:
    rules = book("US", 'schedules: {office: {hours: {mon-fri: "08:00-17:00"}}}\n')
    run("rules", "import", rules, "--yes")
    path = write("days.csv", "date,name\n12/24/2026,Eve\n24.12.2026,Abend\n03/04/2026,March or April\n46380,Counted\n")
    told = refusals("rules", "import", path, "--schedule", "office", "--yes")
    assert [("2026-12-24;" in line or "write 2026-12-24" in line) for line in told] == [True, True, False, True]
    assert "write 2026-03-04 or 2026-04-03" in told[2]
    run("rules", "import", write("days.csv", "date,name\n2026-12-24,Eve\n"), "--schedule", "office", "--yes")
    assert "2026-12-24" in run("rules", "export", "kontor").stdout
