"""What people ask of calls: names of facts as they are written elsewhere, tests as other products have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.front import run
from msgspec.structs import replace

from fsrouter.engine.model.criteria import Test
from fsrouter.engine.model.routers import Branch
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.store import Store
from fsrouter.tui.context import Context
from fsrouter.tui.queries.what_if import Typed, route

DID, CALLER = "+18725550100", "+13125550142"
HEAD = """\
company: acme
country: US
timezone: America/Chicago
agents:
  mira: {endpoint: user/1001, crm_user: {people: "77"}}
  otis: {endpoint: user/1002}
crms: {people: {type: csv, path: people.csv}}
"""
SIZES = """\
crm_rules:
  size:
    {crm: people, field: Size, rules: [{operator: ">=", value: "99.5", destination: agent:mira}], otherwise: agent:otis}
"""
OWNED = """\
distributions:
  ours: {owner: {crm: people, property: Account_Manager}, groups: [{rule: sequential, members: [agent:otis]}]}
"""


def book(to: str, more: str, country: str = "US") -> str:
    head = HEAD.replace("country: US", f"country: {country}")
    Path("acme.yaml").write_text(f'{head}tracking_numbers: [{{number: "{DID}", to: {to}}}]\n{more}')
    return "acme.yaml"


def router(when: str, country: str = "US") -> str:
    """A rules file of one branch, which leads to mira; all others to otis."""
    more = f"routers: {{r: {{branches: [{{when: {{{when}}}, then: agent:mira}}], otherwise: agent:otis}}}}\n"
    return book("router:r", more, country)


def goes(*words: str) -> str:
    told = run("explain", "--rules", "acme.yaml", "--to", DID, "--from", CALLER, "--json", *words).stdout
    return str(json.loads(told)["destination"])


@pytest.mark.parametrize("name", ["crm.size", "crm.Size", "CRM.SIZE", "Crm.sIZE"])
def test_field_of_crm_rules_is_given_in_any_case(name: str) -> None:
    """`crm_rules: {field: Size}` with `--set crm.size=99.6`: by the command line, a calls file, the dashboard's Try."""
    book("crm:size", SIZES)
    assert (goes("--set", f"{name}=99.6"), goes("--set", f"{name}=1")) == ("agent:mira", "agent:otis")
    Path("calls.yaml").write_text(
        f'- {{to: "{DID}", from: "{CALLER}", set: {{{name}: "99.6"}}, expect: agent:mira}}\n'
        f'- {{to: "{DID}", from: "{CALLER}", set: {{{name}: ""}}, expect: agent:otis}}\n'
    )
    run("rules", "test", "acme.yaml", "calls.yaml")
    run("rules", "import", "acme.yaml", "--yes")
    with Store.open("sqlite:///field.db") as store:
        tried = route(Context(store, "ada"), Typed(to=DID, caller=CALLER, given=f"{name}=99.6"))
    assert tried.call.destination == "agent:mira"


@pytest.mark.parametrize("name", ["crm.account_manager", "CRM.Account_Manager"])
def test_property_of_the_owner_is_given_in_any_case(name: str) -> None:
    """`owner: {property: Account_Manager}` with `--set crm.account_manager=77`."""
    book("distribution:ours", OWNED)
    assert (goes("--set", f"{name}=77"), goes("--set", f"{name}=78")) == ("agent:mira", "agent:otis")


@pytest.mark.parametrize(
    ("when", "given"),
    [
        ('CRM.Size: ">= 4"', "crm.size=5"),
        ('crm.Größe: ">= 4"', "crm.GRÖSSE=5"),
        ("Caller: repeat", "CALLER=repeat"),
        ("previous_Score: 4", "Previous_score=4"),
        ("TAGS: vip", "Tags=fax, vip"),
    ],
)
def test_names_in_criteria_have_no_case(when: str, given: str) -> None:
    """Facts and fields are written in a rule book as the CRM's screen or another product writes them."""
    router(when)
    assert (goes("--set", given), goes()) == ("agent:mira", "agent:otis")
    run("rules", "import", "acme.yaml", "--yes")
    Path("acme.yaml").write_text(run("rules", "export", "acme").stdout)
    assert (goes("--set", given), goes()) == ("agent:mira", "agent:otis")


def test_one_fact_that_is_tested_twice_in_two_cases_is_refused() -> None:
    """`crm.size` stands beside `crm.Size`."""
    told = run("rules", "check", router('crm.size: "> 4", crm.Size: "< 9"'), code=1)
    assert "'crm.Size' is 'crm.size', which stands here too" in told.stdout + told.stderr


def test_call_without_tags_has_not_the_one_that_is_excluded() -> None:
    """`tags: "!= vip"` on a call without tags; and what can be said of no tags at all."""
    assert [(router(f'tags: "{test}"'), goes(), goes("--set", "tags=vip, fax"))[1:] for test in (
        "!= vip", "!= *", "*", "unknown", "fax"
    )] == [
        ("agent:mira", "agent:otis"),
        ("agent:mira", "agent:otis"),
        ("agent:otis", "agent:mira"),
        ("agent:otis", "agent:otis"),
        ("agent:otis", "agent:mira"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ('from: "312*"', "write +1312*"),
        ("region: Illinois", "write IL"),
        ('country: "United States"', "write US"),
        ("previous_score: high", "write a number, as 4"),
        ('source: "= gold"', 'write "gold"'),
        ('crm.tier: "=> 4"', 'write ">= 4"'),
        ('crm.tier: "!gold"', 'write "!= gold"'),
        ('crm.tier: "/gold/"', 'write "*gold*"'),
        ("caller: new", "is neither first-time nor repeat"),
        ('internal: "+1001"', "write 1001"),
        ('source: ["!= a", "!= b"]', "several != in one list"),
    ],
)
def test_test_of_another_product_is_refused_with_the_remedy(when: str, said: str) -> None:
    """`when:` as other products and spreadsheets write it: nothing that can never hold is accepted in silence."""
    told = run("rules", "check", router(when), code=1)
    assert said in told.stdout + told.stderr and "acme.yaml:" in told.stdout + told.stderr


def test_number_in_criteria_is_read_as_everywhere() -> None:
    """`when:` with `from: 020 7946 0104`, in a company of Great Britain."""
    router("from: 020 7946 0104", country="GB")
    found = json.loads(run("explain", "--rules", "acme.yaml", "--to", DID, "--from", "+442079460104", "--json").stdout)
    assert found["destination"] == "agent:mira"


@pytest.mark.parametrize("code", ["020", "20"])
def test_area_code_is_read_with_and_without_the_national_prefix(code: str) -> None:
    """`area_code: "020"` in a geo router, in `when:`, by `--set`: as people dial it from within the country."""
    geo = f'geo_routers: {{g: {{areas: [{{area_code: "{code}", then: agent:mira}}], otherwise: agent:otis}}}}\n'
    for written in (lambda: book("geo:g", geo, "GB"), lambda: router(f'area_code: "{code}"', "GB")):
        written()
        words = ("explain", "--rules", "acme.yaml", "--to", DID, "--json", "--from")
        assert json.loads(run(*words, "+442079460104").stdout)["destination"] == "agent:mira"
        given = run(*words, "anonymous", "--set", f"area_code={code}", "--set", "country=GB").stdout
        assert json.loads(given)["destination"] == "agent:mira"


def test_area_code_keeps_a_zero_that_is_its_own() -> None:
    """`area_code: "06"` with `country: IT`, in a company of Great Britain."""
    router('country: IT, area_code: "06"', "GB")
    words = ("explain", "--rules", "acme.yaml", "--to", DID, "--json", "--from", "+390612345678")
    assert json.loads(run(*words).stdout)["destination"] == "agent:mira"


@pytest.mark.parametrize(
    ("fact", "test", "decides"),
    [
        ("area_code", Test("=", "0312"), True),
        ("caller", Test("!=", "= gold"), True),
        ("from", Test("=", "*5550142"), True),
        ("from", Test("=", "312*"), False),
        ("region", Test("=", "Illinois"), False),
    ],
)
def test_rule_book_in_the_database_opens_and_decides_as_it_did(fact: str, test: Test, decides: bool) -> None:
    """A rule book that was imported when criteria such as these were no errors."""
    former = company_file.read(read(Path(router("title: x")).read_text(), "acme.yaml")).onto(None)
    kept = former.routers["r"]
    branch = Branch(when={fact: (test,)}, then=kept.branches[0].then)
    with Store.open("sqlite:///field.db") as store:
        routers = {"r": replace(kept, branches=(branch,))}
        store.books.save(replace(former, routers=routers), "test", "")
    told = json.loads(run("explain", "--to", DID, "--from", CALLER, "--json").stdout)
    assert told["destination"] == ("agent:mira" if decides else "agent:otis")
    Path("acme.yaml").write_text(run("rules", "export", "acme").stdout)
    run("rules", "check", "acme.yaml", code=0 if fact == "area_code" else 1)
