"""Priority rules, tracking numbers and closed dates from CSV: by key, all or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.rules import company_file, csv_import, yaml_reader
from fsrouter.rules.file_errors import InvalidFile

BOOK = """\
company: acme
country: US
timezone: UTC
queues: {vip: {}, support: {}}
schedules: {office: {closed: [2026-12-24, 2026-12-27..2027-01-02]}}
priorities: {c: {rules: [{title: CEO, to: queue:vip}, {account: Globex, in_office: queue:vip}]}}
tracking_numbers:
  - {number: "+13125550111", name: Ads, to: queue:vip, tags: [ads, web], whisper: ivr/ad.wav}
  - {number: "+13125550112", to: queue:support}
"""


@pytest.fixture
def book() -> RuleBook:
    return company_file.read(yaml_reader.read(BOOK, "x.yaml")).onto(None)


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "x.csv"
    path.write_text(text)
    return path


def told(refused: pytest.ExceptionInfo[InvalidFile]) -> list[str]:
    return [f"{error}".removeprefix(f"{Path(error.file).parent}/") for error in refused.value.errors]


def test_rules_are_added_and_changed_by_kind_and_value_and_removed_by_delete(book: RuleBook, tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "Kind,Value,to,in_office,after_hours,head_start,delete\n"
        "TITLE,ceo,queue:support|hangup,,,1m,\n"
        "account,'Globex,,,,,yes\n"
        "account,Gone,,,,,yes\n"
        'territory,West,,queue:vip,"say:Closed, sorry",,no\n',
    )
    rules = csv_import.priority_rules(path, book, "c").priorities["c"].rules
    assert [(rule.kind, rule.value, rule.head_start, [*map(str, rule.to or rule.in_office)]) for rule in rules] == [
        ("title", "ceo", 60, ["queue:support", "hangup"]),
        ("territory", "West", 0, ["queue:vip"]),
    ]
    assert [str(d) for d in rules[1].after_hours] == ["say:Closed, sorry"]


def test_bad_priority_rules_are_all_reported(book: RuleBook, tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "kind,value,to,in_office,head_start,delete\n"
        "titel,CEO,hangup,,,\n"
        "title,,hangup,,,\n"
        "title,CTO,queue;vip,,,\n"
        "title,CFO,hangup,hangup,,\n"
        "title,COO,hangup,,soon,\n"
        "title,CIO,hangup,,,maybe\n"
        "title,CMO,hangup,,,\n"
        "title,cmo,hangup,,,\n",
    )
    with pytest.raises(InvalidFile) as refused:
        csv_import.priority_rules(path, book, "c")
    assert [line.split(";")[0] for line in told(refused)] == [
        "x.csv:2: 'titel' is no kind of rule",
        "x.csv:3: lacks the value of its title",
        "x.csv:4: to: 'queue",
        "x.csv:5: must have either `to`, or `in_office` and perhaps `after_hours`",
        "x.csv:6: head_start: 'soon' is no duration",
        "x.csv:7: delete: 'maybe' is neither yes nor no",
        "x.csv:9: title 'cmo' stands in line 8 already",
    ]


def test_rule_with_unknown_destination_is_reported_by_line(book: RuleBook, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile) as refused:
        csv_import.priority_rules(csv(tmp_path, "kind,value,to\ntitle,CTO,queue:vip\ntitle,CFO,queue:vp\n"), book, "c")
    assert told(refused) == [
        "x.csv:3: priorities.c.rules.3.to: queue:vp does not exist: "
        "nothing in queues has that name; did you mean 'vip'?"
    ]
    with pytest.raises(InvalidFile, match="there is no priority table 'd'; known: c"):
        csv_import.priority_rules(tmp_path / "x.csv", book, "d")


def test_tracking_numbers_change_in_the_columns_that_the_file_has(book: RuleBook, tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "number,name,to,tags,delete\n13125550111,Adverts,,ads; tv,\n(312) 555-0113,New,queue:vip,,\n",
    )
    with pytest.raises(InvalidFile, match=r"x.csv:2: lacks 'to'"):
        csv_import.tracking_numbers(path, book)
    path = csv(
        tmp_path,
        "number,name,tags,delete\n13125550111,,ads; tv,\n'+1 312 555 0112,,,x\n",
    )
    found = csv_import.tracking_numbers(path, book).tracking_numbers
    assert list(found) == ["+13125550111"]
    changed = found["+13125550111"]
    assert (changed.name, changed.tags, changed.whisper, [*map(str, changed.to)]) == (
        "",
        ("ads", "tv"),
        "ivr/ad.wav",
        ["queue:vip"],
    )


def test_bad_tracking_numbers_are_reported(book: RuleBook, tmp_path: Path) -> None:
    path = csv(tmp_path, "number,to\n1.31256E+10,hangup\n3125550199,queue:none\n+13125550199,hangup\n")
    with pytest.raises(InvalidFile) as refused:
        csv_import.tracking_numbers(path, book)
    assert [line[:30] for line in told(refused)] == [
        "x.csv:2: '1.31256E+10' was a t",
        "x.csv:3: tracking_numbers.+131",
        "x.csv:4: +13125550199 stands i",
    ]
    with pytest.raises(InvalidFile) as refused:
        csv_import.tracking_numbers(csv(tmp_path, "number,to\n3125550199,queue:none\n"), book)
    assert told(refused)[0].startswith("x.csv:2: tracking_numbers.+13125550199.to: queue:none does not exist")


def test_closed_dates_are_added_and_removed(book: RuleBook, tmp_path: Path) -> None:
    path = csv(
        tmp_path, "date;name;delete\n2026-12-25;Christmas;\n2026-12-24;;yes\n2027-05-01..2027-05-03;;\n2026-12-25;;\n"
    )
    assert csv_import.closed_dates(path, book, "office").schedules["office"].closed == (
        (date(2026, 12, 25), date(2026, 12, 25)),
        (date(2026, 12, 27), date(2027, 1, 2)),
        (date(2027, 5, 1), date(2027, 5, 3)),
    )


def test_bad_dates_are_reported(book: RuleBook, tmp_path: Path) -> None:
    with pytest.raises(InvalidFile) as refused:
        csv_import.closed_dates(
            csv(tmp_path, "date,delete\n12/24/2026,\n2026-12-28,yes\n03/04/2026,\n"), book, "office"
        )
    assert told(refused) == [
        "x.csv:2: '12/24/2026' is no date as it is written here; write 2026-12-24, and a range as "
        "2026-12-24..2027-01-02",
        "x.csv:3: '2026-12-28' lies in 2026-12-27..2027-01-02; delete that range and give what stays closed",
        "x.csv:4: '03/04/2026' may be two dates; write 2026-03-04 or 2026-04-03, whichever is meant, and a range as "
        "2026-12-24..2027-01-02",
    ]
    with pytest.raises(InvalidFile, match="there is no schedule 'nights'; known: office"):
        csv_import.closed_dates(tmp_path / "x.csv", book, "nights")


def test_unknown_destinations_are_reported_with_unreadable_rows(book: RuleBook, tmp_path: Path) -> None:
    rows = "kind,value,to\ntitle,CTO,queue:vp\ntitel,CFO,queue:vip\ntitle,CIO,queue:v\ntitle,COO,queue:vip\n"
    with pytest.raises(InvalidFile) as refused:
        csv_import.priority_rules(csv(tmp_path, rows), book, "c")
    assert [line.split(":")[:2] for line in told(refused)] == [["x.csv", "2"], ["x.csv", "3"], ["x.csv", "4"]]
    assert "queue:vp does not exist" in told(refused)[0] and "no kind of rule" in told(refused)[1]


def test_tracking_number_faults_are_reported_at_once(book: RuleBook, tmp_path: Path) -> None:
    rows = "number,to,pool\n13125550114,queue:vp,\n1,queue:vip,\n13125550115,queue:vip,web\n13125550116,menu:m,\n"
    with pytest.raises(InvalidFile) as refused:
        csv_import.tracking_numbers(csv(tmp_path, rows), book)
    assert [line.split(":")[1] for line in told(refused)] == ["2", "3", "4", "5"]


def test_consequences_of_a_bad_row_are_not_reported(tmp_path: Path) -> None:
    text = BOOK.replace("tracking_numbers:", "pools: {web: {numbers: ['+13125550111']}}\ntracking_numbers:")
    pooled = company_file.read(yaml_reader.read(text, "x.yaml")).onto(None)
    with pytest.raises(InvalidFile) as refused:
        csv_import.tracking_numbers(csv(tmp_path, "number,to,delete\n13125550111,,yes\n1,,\n"), pooled)
    assert [line.split(":")[1] for line in told(refused)] == ["3"]
    with pytest.raises(InvalidFile, match="is no tracking number of this company"):
        csv_import.tracking_numbers(csv(tmp_path, "number,to,delete\n13125550111,,yes\n"), pooled)


def test_rules_file_reports_both_kinds_of_csv_faults(tmp_path: Path) -> None:
    (tmp_path / "rules.csv").write_text("kind,value,to\ntitle,CTO,queue:vp\ntitel,CFO,queue:vip\ntitle,CIO,queue:v\n")
    (tmp_path / "x.yaml").write_text("company: acme\nqueues: {vip: {}}\npriorities: {c: {rules_csv: rules.csv}}\n")
    with pytest.raises(InvalidFile) as refused:
        company_file.load(tmp_path / "x.yaml")
    assert [line.split(":")[:2] for line in told(refused)] == [["rules.csv", str(line)] for line in (2, 3, 4)]
