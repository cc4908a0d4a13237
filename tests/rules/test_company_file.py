"""A company's file on top of the rule book in force."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import EXAMPLES

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.rules import company_file, yaml_reader
from fsrouter.rules.file_errors import InvalidFile


def put(text: str, onto: RuleBook | None = None, folder: Path | None = None) -> RuleBook:
    return company_file.read(yaml_reader.read(text, "acme.yaml", folder), onto).onto(onto)


def refused(text: str, onto: RuleBook | None = None, folder: Path | None = None) -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        put(text, onto, folder)
    return [str(error) for error in caught.value.errors]


BASE = """\
company: acme
country: NO
trunk: carrier
caller_id: tracking
failsafe: voicemail:main
agents: {nancy: {endpoint: user/1}, johan: {endpoint: user/2}}
voicemails: {main: {mailbox: "1000"}}
flows: {main: {route: agent:nancy}}
"""


@pytest.mark.parametrize(("text", "error"), [("flows: {}", "lacks 'company'"), ("[]", "is no rules file")])
def test_file_of_no_company_is_refused_also_onto_a_rule_book(text: str, error: str) -> None:
    assert error in refused(text, put(BASE))[0]


def test_example_file_is_read_whole() -> None:
    book = company_file.load(EXAMPLES / "acme.yaml")
    assert book.company == "acme"
    assert {section: len(book.section(section)) for section in ("agents", "crms", "routers", "tracking_numbers")} == {
        "agents": 4,
        "crms": 5,
        "routers": 1,
        "tracking_numbers": 10,
    }


def test_sections_of_the_file_are_replaced_and_others_stay() -> None:
    base = put(BASE)
    book = put("company: acme\nagents: {nancy: {endpoint: user/9}}\n", base)
    assert {name: agent.endpoint for name, agent in book.agents.items()} == {"nancy": "user/9"}
    assert (book.flows, book.voicemails, book.header) == (base.flows, base.voicemails, base.header)


def test_keys_of_the_company_stay_too_and_an_empty_text_takes_one_back() -> None:
    base = put(BASE)
    book = put('company: acme\ntitle: Acme\ntrunk: ""\nfailsafe: []\n', base)
    assert (book.header.title, book.header.trunk, book.header.failsafe) == ("Acme", "", ())
    assert (book.header.country, book.header.caller_id) == ("NO", "tracking")


def test_an_empty_section_removes_all_of_it() -> None:
    assert put("company: acme\nflows: {}\n", put(BASE)).flows == {}


def test_section_in_force_that_no_longer_fits_is_reported() -> None:
    assert refused("company: acme\nagents: {johan: {endpoint: user/2}}\n", put(BASE)) == [
        "acme.yaml:1:1: flows.main.route: agent:nancy does not exist: nothing in agents has that name; known: johan "
        "(as it stands in force; this file does not change it)"
    ]


def test_numbers_are_read_with_the_country_in_force_or_of_the_file() -> None:
    base = put(BASE)
    number = "agents: {nancy: {number: 22 12 34 56}, johan: {endpoint: user/2}}\n"
    assert put("company: acme\n" + number, base).agents["nancy"].number == "+4722123456"
    assert put("company: acme\ncountry: DK\n" + number, base).agents["nancy"].number == "+4522123456"


@pytest.mark.parametrize(
    ("country", "written", "number"),
    [
        ("MX", "55 1234 5678", "+525512345678"),
        ("US", "(312) 555-0150", "+13125550150"),
        ("IT", "06 6982 1234", "+390669821234"),
        ("AU", "02 9374 4000", "+61293744000"),
    ],
)
def test_country_is_read_before_the_numbers_of_the_header(country: str, written: str, number: str) -> None:
    """Wherever it stands, and whatever was in force before: at the first import and at the second."""
    header = f'company: acme\nfailsafe: "phone:{written}"\n'
    for text in (f"{header}country: {country}\n", f"country: {country}\n{header}"):
        book = put(text)
        assert [str(each) for each in book.header.failsafe] == [f"phone:{number}"]
        assert put(text, book) == book
        assert put(text, put(BASE)).header.failsafe == book.header.failsafe
        assert put(header, book).header.failsafe == book.header.failsafe


def test_number_without_plus_needs_the_country_of_the_company() -> None:
    number = "agents: {ann: {number: 312 555 0150}}\n"
    said = "is no telephone number that begins with + and a country code; write it so, or give the company's `country`"
    for header in (
        "company: acme\n",
        'company: acme\ncountry: ""\n',
        'company: acme\nfailsafe: "phone:312 555 0150"\n',
    ):
        assert all(said in line for line in refused(header + number))
    assert refused("company: acme\n" + number) == [f"acme.yaml:2:16: agents.ann.number: '312 555 0150' {said}"]
    for bare in ("13125550150", "0049 30 901820", "1001"):
        assert said in refused(f"company: acme\nnumbers: {{desk: {{number: {bare}}}}}\n")[0]
    assert refused("company: acme\ncountry: ''\n" + number, put(BASE.replace("NO", "US")))
    assert put("company: acme\n" + number.replace("312", '"+1 312').replace("0150", '0150"'))


def test_schedules_keep_the_time_zone_that_the_company_has() -> None:
    schedules = 'schedules: {office: {hours: {mon: "08:00-17:00"}}}\n'
    book = put(f"company: acme\n{schedules}timezone: Asia/Kathmandu\n")
    assert put("company: acme\n" + schedules, book).header.timezone == "Asia/Kathmandu"


def test_faulty_definition_causes_no_further_errors() -> None:
    text = """\
company: acme
timezone: UTC
agents: {nancy: {endpoint: nonsense}}
schedules: {office: {hours: none}}
pools: {web: {numbers: "+13125550111"}}
splits: {s: {branches: 7}}
tracking_numbers: [{number: "+13125550111", to: [agent:nancy, split:s], pool: web, record: perhaps}]
routers: {r: {branches: [{when: {open: office}, then: agent:vald}]}}
"""
    assert [line.split(": ")[1] for line in refused(text)] == [
        "agents.nancy.endpoint",
        "schedules.office.hours",
        "splits.s.branches",
        "tracking_numbers.0.record",
        "routers.r.branches.0.then",
    ]


def test_priority_table_takes_in_its_csv_rules(tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("kind,value,in_office,head_start\ntitle,CEO,hangup,30\naccount,Hooli,hangup,\n")
    text = BASE + "priorities: {c: {rules_csv: more.csv, rules: [{contact: c-1, to: hangup}]}}\n"
    table = put(text, folder=tmp_path).priorities["c"]
    assert [(rule.kind, rule.value, rule.head_start) for rule in table.rules] == [
        ("contact", "c-1", 0),
        ("title", "CEO", 30),
        ("account", "Hooli", 0),
    ]
    assert table.rules_csv == ""


def test_csv_rule_faults_are_reported_by_line(tmp_path: Path) -> None:
    table = BASE + "priorities: {c: {rules_csv: more.csv, rules: [{title: CEO, to: hangup}]}}\n"
    (tmp_path / "more.csv").write_text("kind,value,to\naccount,Hooli,queue:none\ntitle,ceo,hangup\n")
    assert refused(table, folder=tmp_path) == [
        f"{tmp_path}/more.csv:2: priorities.c.rules.1.to: queue:none does not exist: nothing in queues has that name",
        f"{tmp_path}/more.csv:3: title 'ceo' has a rule in acme.yaml already",
    ]


def test_csv_row_with_delete_removes_a_rule(tmp_path: Path) -> None:
    table = (
        BASE + "priorities: {c: {rules_csv: more.csv, rules: [{title: CEO, to: hangup}, {title: CFO, to: hangup}]}}\n"
    )
    (tmp_path / "more.csv").write_text("kind,value,to,delete\ntitle,ceo,,yes\n")
    assert [rule.value for rule in put(table, folder=tmp_path).priorities["c"].rules] == ["CFO"]


def test_book_in_force_is_found_by_the_files_company(tmp_path: Path) -> None:
    base = put(BASE)
    path = tmp_path / "acme.yaml"
    path.write_text("company: acme\ntitle: New\n")
    asked: list[str] = []
    book = company_file.load(path, lambda name: asked.append(name) or base)  # type: ignore[func-returns-value]
    assert asked == ["acme"]
    assert book.header.title == "New"
    assert book.agents == base.agents
