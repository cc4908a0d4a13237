"""Priority tables: the order of kinds, office hours, DID defaults, no match."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine.books import ADA, EVENING, MAIN, OTHER, STRANGER, book, contact, driven, facts, traced, walked
from fsrouter.engine.contacts import Contact
from fsrouter.engine.walk.actions import Enqueue
from fsrouter.rules.file_errors import InvalidFile

TABLE = """
agents:
  a-contact: {endpoint: user/2001}
  a-title: {endpoint: user/2002}
  a-account: {endpoint: user/2003}
  a-account-id: {endpoint: user/2004}
  a-territory: {endpoint: user/2005}
  a-second: {endpoint: user/2006}
  a-did: {endpoint: user/2007}
  a-none: {endpoint: user/2008}
priorities:
  clients:
    rules:
      - {territory: West, to: agent:a-territory}
      - {account: Globex, to: agent:a-account}
      - {account: a-2, to: agent:a-account-id}
      - {title: Chief Executive, to: agent:a-title}
      - {title: Buyer, to: agent:a-second}
      - {contact: c-9, to: agent:a-second}
      - {contact: c-1, to: agent:a-contact}
    did_defaults: {8725550112: agent:a-did}
    no_match: agent:a-none
"""


def table(rules: str = TABLE) -> object:
    return book(
        rules
        + f"""
tracking_numbers:
  - {{number: "{MAIN}", to: [priority:clients, voicemail:main]}}
  - {{number: "{OTHER}", to: [priority:clients, voicemail:main]}}
"""
    )


FULL = {"title": "Chief Executive", "account": "Globex", "territory": "West"}

# why, the contacts that own the number, the number dialled, who is rung
FOUND = [
    ("a contact beats title, account and territory", [contact(id="c-1", **FULL)], MAIN, "contact"),
    ("a title beats account and territory", [contact(id="c-2", **FULL)], MAIN, "title"),
    ("an account beats territory", [contact(id="c-2", account="Globex", territory="West")], MAIN, "account"),
    ("an account counts by its id", [contact(id="c-2", account="Initech", account_id="a-2")], MAIN, "account-id"),
    ("by its id first", [contact(id="c-2", account="Globex", account_id="a-2")], MAIN, "account-id"),
    (
        "a territory is the last of the CRM's",
        [contact(id="c-2", account="Initech", territory="West")],
        MAIN,
        "territory",
    ),
    ("then comes the number's default", [contact(id="c-2", account="Initech")], OTHER, "did"),
    ("a rule of the table comes before it", [contact(id="c-2", territory="West")], OTHER, "territory"),
    ("then no match", [contact(id="c-2")], MAIN, "none"),
    ("a stranger has no match", [], MAIN, "none"),
    ("a stranger gets the number's default", [], OTHER, "did"),
    ("titles without case and space", [contact(id="c-2", title=" chief EXECUTIVE ")], MAIN, "title"),
    ("accounts without case", [contact(id="c-2", account="GLOBEX")], MAIN, "account"),
    ("account ids without case", [contact(id="c-2", account_id="A-2")], MAIN, "account-id"),
    ("territories without case", [contact(id="c-2", territory="wEST")], MAIN, "territory"),
    ("ids of contacts as they stand", [contact(id="C-1")], MAIN, "none"),
    ("no part of a title", [contact(id="c-2", title="Chief Executive Officer")], MAIN, "none"),
    ("all contacts for contact first", [contact(id="c-1"), contact(id="c-0", **FULL)], MAIN, "contact"),
    (
        "the kind decides first, then the contact",
        [contact(id="c-0", title="Buyer"), contact(id="c-1")],
        MAIN,
        "contact",
    ),
    ("the first contact by id within a kind", [contact(id="c-1"), contact(id="c-9")], MAIN, "contact"),
    ("whatever the order of the rules", [contact(id="c-2", title="Buyer"), contact(id="c-3", **FULL)], MAIN, "second"),
    (
        "a later contact's title beats a first one's account",
        [contact(id="c-2", account="Globex"), contact(id="c-3", title="Buyer")],
        MAIN,
        "second",
    ),
    ("a company's own number counts for account", [contact(account="Globex", territory="West")], MAIN, "account"),
    ("and for territory", [contact(account="Initech", territory="West")], MAIN, "territory"),
    ("and for nothing else", [contact(title="Buyer")], MAIN, "none"),
    ("an empty title is none", [contact(id="c-2", title="")], MAIN, "none"),
]


@pytest.mark.parametrize(("why", "contacts", "to", "rung"), FOUND, ids=[row[0] for row in FOUND])
def test_priority_table_order_of_kinds_and_contacts(why, contacts, to, rung):
    walk = walked(table(), facts(caller=ADA, to=to, contacts=tuple(contacts)))
    assert walk.destination == f"agent:a-{rung}"


def test_withheld_number_is_no_contact():
    walk = walked(table(), facts(caller=""))
    assert walk.destination == "agent:a-none" and "withheld" in traced(walk)


# Facts that are given, as by `explain --set`
GIVEN = [
    ({"contact": "c-1"}, [], "contact"),
    ({"title": "chief executive"}, [], "title"),
    ({"account": "globex"}, [], "account"),
    ({"account_id": "a-2"}, [], "account-id"),
    ({"territory": "west"}, [], "territory"),
    ({"contact": "c-2"}, [contact(id="c-1", **FULL)], "title"),
    ({"title": ""}, [contact(id="c-2", **FULL)], "account"),
    ({"contact": "", "title": "", "account": "", "territory": ""}, [contact(id="c-1", **FULL)], "none"),
    ({"account": "Initech"}, [contact(id="c-2", account="Globex", account_id="a-2")], "none"),
]


@pytest.mark.parametrize(("given", "contacts", "rung"), GIVEN)
def test_given_facts_override_contacts_in_tables(given, contacts, rung):
    known = facts(caller=ADA, contacts=tuple(contacts), given=given)
    assert walked(table(), known).destination == f"agent:a-{rung}"


# Office hours

HOURS = """
priorities:
  clients:
    schedule: office
    after_hours: %s
    rules:
      - {title: both, in_office: agent:nancy, after_hours: agent:johan}
      - {title: day, in_office: agent:nancy}
      - {title: any, to: agent:nancy}
    did_defaults:
      8725550112: %s
    no_match: %s
"""
WITH = ("voicemail:main", "agent:vald", "queue:vip")
WITHOUT = ("[]", "agent:vald", "queue:vip")
BOTH = (
    "voicemail:main",
    "{in_office: agent:vald, after_hours: 'phone:+13125550199'}",
    "{in_office: queue:vip, after_hours: extension:1}",
)

# the table's after_hours, its DID default and no match; the title; the number; in office; outside
AT_HOURS = [
    (WITH, "both", MAIN, "agent:nancy", "agent:johan"),
    (WITH, "day", MAIN, "agent:nancy", "voicemail:main"),
    (WITH, "any", MAIN, "agent:nancy", "agent:nancy"),
    (WITH, "", OTHER, "agent:vald", "voicemail:main"),
    (WITH, "", MAIN, "queue:vip", "voicemail:main"),
    (WITHOUT, "both", MAIN, "agent:nancy", "agent:johan"),
    (WITHOUT, "day", MAIN, "agent:nancy", "agent:nancy"),
    (WITHOUT, "any", MAIN, "agent:nancy", "agent:nancy"),
    (WITHOUT, "", OTHER, "agent:vald", "agent:vald"),
    (WITHOUT, "", MAIN, "queue:vip", "queue:vip"),
    (BOTH, "", OTHER, "agent:vald", "phone:+13125550199"),
    (BOTH, "", MAIN, "queue:vip", "extension:1"),
    (BOTH, "day", MAIN, "agent:nancy", "voicemail:main"),
]


@pytest.mark.parametrize(("said", "title", "to", "day", "night"), AT_HOURS)
def test_office_and_after_hours_routes(said, title, to, day, night):
    known = {"caller": ADA, "to": to, "contacts": (contact(id="1", title=title),)}
    assert walked(table(HOURS % said), facts(**known)).destination == day
    assert walked(table(HOURS % said), facts(at=EVENING, **known)).destination == night


def test_table_without_schedule_is_always_in_office():
    rules = (HOURS % BOTH).replace("schedule: office", "schedule: ''")
    assert walked(table(rules), facts(at=EVENING)).destination == "queue:vip"


def test_schedule_override_counts_in_tables():
    known = facts(caller=ADA, contacts=(contact(id="1", title="day"),), overrides={"office": "closed"})
    walk = walked(table(HOURS % WITH), known)
    assert walk.destination == "voicemail:main" and "overridden to closed" in traced(walk)


def test_missing_no_match_is_an_exhausted_route():
    rules = "priorities: {clients: {schedule: office, after_hours: agent:nancy, rules: [{title: x, to: agent:vald}]}}"
    for at in ("2026-11-23 10:00", EVENING):
        walk = walked(table(rules), facts(at=at))
        assert walk.destination == "voicemail:main" and "priority:clients -> no match" in traced(walk)


# Defaults of numbers


@pytest.mark.parametrize("written", ["8725550112", '"+18725550112"', '"(872) 555-0112"', '"1 872 555 0112"'])
def test_did_default_is_read_with_or_without_country_code(written):
    rules = f"priorities: {{clients: {{did_defaults: {{{written}: agent:nancy}}, no_match: agent:vald}}}}"
    assert walked(table(rules), facts(to=OTHER)).destination == "agent:nancy"
    assert walked(table(rules), facts(to=MAIN)).destination == "agent:vald"


# CRMs

CRMS = """
priorities: {clients: {crm: hub, rules: [{title: boss, to: agent:nancy}, {account: Globex, to: agent:johan}],
    no_match: agent:vald}}
"""


@pytest.mark.parametrize(("crm", "rung"), [("hub", "agent:nancy"), ("people", "agent:vald"), ("", "agent:nancy")])
def test_table_with_crm_uses_contacts_of_that_crm(crm, rung):
    assert (
        walked(table(CRMS), facts(caller=ADA, contacts=(contact(id="1", crm=crm, title="boss"),))).destination == rung
    )


def test_table_without_crm_uses_all_contacts():
    contacts = (contact(id="1", crm="people", account="Globex"), contact(id="2", crm="hub", title="boss"))
    known = facts(caller=ADA, contacts=contacts)
    assert walked(table(CRMS.replace("crm: hub, ", "")), known).destination == "agent:nancy"


# The head start, and what is refused


def test_head_start_is_passed_to_queues():
    rules = """
priorities: {clients: {rules: [{title: boss, to: [agent:nancy, queue:support], head_start: 120}], no_match: queue:vip}}
"""
    boss = facts(caller=ADA, contacts=(contact(id="1", title="boss"),))
    assert [a.head_start for a in driven(table(rules), boss)[1] if isinstance(a, Enqueue)] == [120]
    assert [a.head_start for a in driven(table(rules))[1] if isinstance(a, Enqueue)] == [0]


REFUSED = [
    ("[{title: Boss, to: hangup}, {title: ' boss', to: hangup}]", "second rule for title"),
    ("[{account: x, to: hangup}, {account: X, in_office: hangup}]", "second rule for account"),
    ("[{title: x, account: y, to: hangup}]", "exactly one of"),
    ("[{to: hangup}]", "exactly one of"),
    ("[{title: x}]", "either `to`, or `in_office`"),
    ("[{title: x, to: hangup, in_office: hangup}]", "either `to`, or `in_office`"),
    ("[{title: x, after_hours: hangup}]", "either `to`, or `in_office`"),
    ("[{title: x, to: queue:none}]", "queue:none does not exist"),
]


@pytest.mark.parametrize(("rules", "why"), REFUSED)
def test_invalid_priority_rule_is_refused(rules, why):
    with pytest.raises(InvalidFile, match=why):
        book(f"priorities: {{clients: {{rules: {rules}}}}}")


def test_contact_ids_are_case_sensitive():
    rules = "priorities: {clients: {rules: [{contact: c-1, to: agent:nancy}, {contact: C-1, to: agent:johan}]}}"
    assert walked(table(rules), facts(caller=ADA, contacts=(contact(id="C-1"),))).destination == "agent:johan"


# What the trace says


def test_trace_has_what_was_looked_at_before_the_rule():
    contacts = (contact(id="c-7", title="Engineer", account="Initech", account_id="a-9", territory="West"),)
    text = traced(walked(table(), facts(caller=ADA, contacts=contacts)))
    for fragment in (
        "priority:clients -> territory West: agent:a-territory",
        "no rule for contact c-7",
        "no rule for title Engineer",
        "no rule for account a-9 or Initech",
        "the caller's territory West has a rule",
    ):
        assert fragment in text


def test_trace_says_why_nothing_matched():
    assert "the caller is no known contact" in traced(walked(table(), facts(caller=STRANGER)))
    assert f"{OTHER} has a default" in traced(walked(table(), facts(to=OTHER)))
    assert "office is closed" in traced(walked(table(HOURS % WITH), facts(at=EVENING)))


SHARED = """
crms:
  hub: {type: csv, path: a.csv}
  force: {type: salesforce, url: "https://a.example", client_id: x, client_secret: "${S}"}
  books: {type: zoho, client_id: x, client_secret: "${S}", refresh_token: "${R}"}
agents:
  ada: {endpoint: user/2001}
  buyers: {endpoint: user/2002}
  globex: {endpoint: user/2003}
  a-2: {endpoint: user/2004}
  west: {endpoint: user/2005}
priorities:
  clients:
    rules:
      - {contact: c-1, to: agent:ada}
      - {title: Buyer, to: agent:buyers}
      - {account: globex, to: agent:globex}
      - {account: a-2, to: agent:a-2}
      - {territory: West, to: agent:west}
    SETTING
tracking_numbers: [{number: "+1 872 555 0111", to: [priority:clients, voicemail:main]}]
"""
ADA_HERE = contact(id="c-1", title="Buyer", account="Globex", account_id="a-1", territory="West")
BOB_HERE = contact(id="c-2", title="Buyer", account="GLOBEX ", territory="East")
CYD_HERE = contact(id="c-3", account="Initech", account_id="a-2", territory="west")
DEE_HERE = contact(id="c-4", account="Initech Ltd", account_id="a-2")
EIGHT = contact(account="Globex", territory="North")


@pytest.mark.parametrize(
    ("setting", "owners", "taken"),
    [
        ("", (ADA_HERE, BOB_HERE), "agent:ada"),
        ("shared_line: first", (BOB_HERE, ADA_HERE), "agent:ada"),
        ("shared_line: first", (DEE_HERE, BOB_HERE), "agent:buyers"),
        ("shared_line: account", (ADA_HERE,), "agent:ada"),
        ("shared_line: account", (ADA_HERE, EIGHT), "agent:ada"),
        ("shared_line: account", (ADA_HERE, BOB_HERE), "agent:globex"),
        ("shared_line: account", (CYD_HERE, DEE_HERE), "agent:a-2"),
        ("shared_line: account", (ADA_HERE, CYD_HERE), "agent:west"),
        ("shared_line: account", (ADA_HERE, CYD_HERE, BOB_HERE), "voicemail:main"),
        ("shared_line: account", (ADA_HERE, CYD_HERE, BOB_HERE, EIGHT), "agent:globex"),
        ("shared_line: account", (ADA_HERE, contact(id="c-5")), "voicemail:main"),
        ("shared_line: none", (BOB_HERE,), "agent:buyers"),
        ("shared_line: none", (ADA_HERE, BOB_HERE), "voicemail:main"),
        ("shared_line: none", (ADA_HERE, BOB_HERE, EIGHT), "voicemail:main"),
    ],
)
def test_who_counts_on_a_shared_line(setting: str, owners: tuple[Contact, ...], taken: str) -> None:
    walk = walked(book(SHARED.replace("SETTING", setting)), facts(contacts=owners))
    assert walk.destination == taken
    people = [owner for owner in owners if owner.id]
    shared = f"{len(people)} contacts share the caller's number"
    assert (shared in walk.trace[1].why) == (len(people) > 1 and setting not in ("", "shared_line: first"))


def test_line_is_shared_among_the_contacts_of_the_tables_crm() -> None:
    owners = replace(ADA_HERE, crm="hub"), replace(BOB_HERE, crm="books")
    only_hub = book(SHARED.replace("SETTING", "shared_line: none\n    crm: hub"))
    assert walked(only_hub, facts(contacts=owners)).destination == "agent:ada"
    assert (
        walked(book(SHARED.replace("SETTING", "shared_line: none")), facts(contacts=owners)).destination != "agent:ada"
    )


def test_a_line_can_be_supposed_to_be_shared() -> None:
    told = book(SHARED.replace("SETTING", "shared_line: account"))
    assert walked(told, facts(contacts=(ADA_HERE,), given={"contacts": "3"})).destination == "agent:globex"
    assert walked(told, facts(contacts=(ADA_HERE, BOB_HERE), given={"contacts": "1"})).destination == "agent:ada"


NAMED = SHARED.replace("{contact: c-1, to: agent:ada}", "{contact: ADA  Byron, to: agent:ada}")


@pytest.mark.parametrize(
    ("crm", "owner", "taken"),
    [
        ("", contact(id="c-9", name="Ada Byron"), "agent:ada"),
        ("", contact(id="c-9", name=" ada  byron "), "agent:ada"),
        ("", contact(id="c-9", name="Ada"), "voicemail:main"),
        ("", contact(account="Ada Byron"), "voicemail:main"),
        ("", contact(id="c-9", name="Ada Byron", namesakes=("books",)), "voicemail:main"),
        ("hub", contact(id="c-9", crm="hub", name="Ada Byron", namesakes=("books",)), "agent:ada"),
        ("hub", contact(id="c-9", crm="hub", name="Ada Byron", namesakes=("hub",)), "voicemail:main"),
        ("hub", contact(id="c-9", crm="hub", name="Ada Byron", namesakes=("",)), "voicemail:main"),
    ],
)
def test_contact_is_found_by_a_name_that_no_other_has(crm: str, owner: Contact, taken: str) -> None:
    walk = walked(book(NAMED.replace("SETTING", f"crm: {crm}" if crm else "")), facts(contacts=(owner,)))
    assert walk.destination == taken
    assert ("is called Ada Byron too" in walk.trace[1].why) == bool(owner.namesakes and taken != "agent:ada")


@pytest.mark.parametrize(
    ("written", "crm", "id"),
    [
        ("003A000000abcDE", "force", "003A000000abcDEIAY"),
        ("003A000000abcDEIAY", "force", "003A000000abcDEIAY"),
        ("zcrm_4876876000000432001", "books", "4876876000000432001"),
        ("4876876000000432001", "books", "4876876000000432001"),
    ],
)
def test_contact_is_found_however_its_id_is_written(written: str, crm: str, id: str) -> None:
    told = book(SHARED.replace("contact: c-1", f'contact: "{written}"').replace("SETTING", ""))
    assert walked(told, facts(contacts=(contact(id=id, crm=crm),))).destination == "agent:ada"
    assert walked(told, facts(contacts=(contact(id=id.lower(), crm="hub"),))).destination == (
        "agent:ada" if written == id and id.isdigit() else "voicemail:main"
    )
