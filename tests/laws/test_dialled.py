"""In which forms a carrier writes a number of ours: everybody takes the same texts for the same number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.front import run
from cli.test_freeswitch_install import FILES
from click.testing import CliRunner
from freeswitch.install.xml_dialplan import Call, contexts
from router.site import PATIENCE, Site

from fsrouter.cli import cli
from fsrouter.engine.numbers.dialled import index, recognised, shared
from fsrouter.errors import RulesError
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.simulator.dialplan import standard
from fsrouter.store import Store
from fsrouter.tui.context import Context
from fsrouter.tui.queries.what_if import Typed, route

#: Our numbers: the company's country, the calling code, what is dialled before the national digits within the number's
#: own country and before a calling code from the company's country, and the national digits.
OURS = (
    ("US", "1", "1", "011", "3125550150"),
    ("US", "1", "1", "011", "8005550199"),
    ("US", "44", "0", "011", "1214960123"),
    ("GB", "44", "0", "00", "1614960123"),
    ("DE", "49", "0", "00", "30901820"),
    ("IT", "39", "", "00", "0612345678"),
    ("HU", "36", "06", "00", "12345679"),
    ("RU", "7", "8", "810", "4951234567"),
    ("AU", "61", "0", "0011", "212345678"),
    ("JP", "81", "0", "010", "312345678"),
    ("MX", "52", "", "00", "5512345678"),
    ("BR", "55", "0", "", "11987654321"),
    ("AR", "54", "0", "00", "91123456789"),
    ("AR", "54", "0", "00", "2944456789"),
)
#: Numbers of renumbered countries: the company's country, the number in force, and forms of before or of elsewhere.
RENUMBERED = (
    ("MX", "+525512345678", ("+5215512345678", "5215512345678", "00525512345678", "005215512345678", "015512345678")),
    ("BR", "+5511987654321", ("+551187654321", "551187654321", "1187654321", "01187654321", "00551187654321")),
    ("AR", "+5491123456789", ("+541123456789", "5491123456789", "01123456789", "011 15 2345 6789", "111523456789")),
    ("AR", "+542944456789", ("+5492944456789", "92944456789", "0294154456789", "+54294154456789", "00542944456789")),
)
#: What carriers write behind a number.
BEHIND = (
    ";phone-context=+1",
    ";npdi",
    "@203.0.113.7",
    "@203.0.113.7:5060;user=phone",
    ";rn=+13125550199;npdi@pbx.example",
)
#: Two of one company whose national digits are the same: these mean neither.
SHARED = (("GB", "44", "0", "00", "2079460958"), ("GB", "20", "0", "00", "2079460958"))
COUNTRIES = tuple(dict.fromkeys(country for country, *_ in OURS))


def cases() -> Iterator[tuple[str, str]]:
    """Dialled texts, and the number that each means, "" for none of ours."""
    for _, code, within, abroad, national in (*OURS, *SHARED):
        number = f"+{code}{national}"
        starts = dict.fromkeys(("+", "", "00", *([abroad] if abroad else [])))
        yield from ((f"{start}{code}{national}", number) for start in starts)
        if within:
            yield from ((f"{start}{code}{within}{national}", number) for start in starts)
        meant = "" if national == SHARED[0][-1] else number
        yield from ((f"{start}{national}", meant) for start in {"", within})
        wrong = f"{number}0", number[:-1], f"++{code}{national}", f"+{national}", f"000{code}{national}", f"{national}1"
        yield from ((text, "") for text in wrong)
    for _, number, forms in RENUMBERED:
        yield from ((form.replace(" ", ""), number) for form in forms)
    yield from ((f"{text}{behind}", "+13125550150") for text in ("+13125550150", "13125550150") for behind in BEHIND)
    yield from ((f"{text}{behind}", "+4930901820") for text in ("004930901820", "030901820") for behind in BEHIND)
    yield from ((f"{text}{behind}", "") for text in ("3125550151", "", "12", "x") for behind in BEHIND)
    yield from ((text, "") for text in ("1", "0", "00", "+", "911", "1001", "fsr", "3125550151", "+13125550151"))
    yield from ((text, "") for text in ("3125550150x1", "anonymous", "${uuid}", "3125550150,npdi", "9" * 60))


CASES = tuple(dict(reversed(list(cases()))).items())
TEXTS = tuple(text for text, _ in CASES)
#: As people write numbers where no carrier is between: in commands, in files and in the dashboard.
TYPED = (
    *((text, "+13125550150") for text in ("+1 312 555 0150", "(312) 555-0150", "1-312-555-0150", "312.555.0150")),
    *((text, "+13125550150") for text in ("[312] 555 0150", "011 1 312 555 0150", "\uff0b\uff11 312 555 0150")),
    *((text, "+4930901820") for text in ("+49 (0)30 / 901820", "030 \u2013 90 18 20", "\u0663\u0660 901820")),
    *((text, "+441614960123") for text in ("+44\u00a0161\u00a0496\u00a00123", "0044 161 496 0123")),
    ("+44 20 7946 0958", "+442079460958"),
    *((text, "") for text in ("020 7946 0958", "312 555 0150 ext. 2", "tel:3125550150", "1-800-FLOWERS")),
    *((text, "") for text in ("3125550150 \u2603", "not a number", "-", "( )")),
)

#: What a caller may hide behind a number of ours to set variables or run something in the dialplan.
HOSTILE = (
    "+13125550150;fsr_served=yes;execute_on_answer=system;hangup",
    "+13125550150;fsr_cause=${system(id)}",
    "+13125550150;^^;a=b@${uuid}",
    "13125550150@x;fsr_failsafe=yes",
)

Entrance = Callable[[Path, tuple[str, ...]], list[str]]


def text_of(country: str) -> str:
    """The rules file of the company in a country: each number leads to an extension and has a fail-safe of its own."""
    lines = "".join(
        f'  - {{number: "+{code}{national}", to: "extension:{i + 100}", failsafe: "extension:{i + 100}"}}\n'
        for i, (where, code, _, _, national) in enumerate((*OURS, *SHARED))
        if where == country
    )
    return f"company: {country.lower()}\ncountry: {country}\ntimezone: UTC\ntracking_numbers:\n{lines}"


def number_of(extension: str) -> str:
    """The number whose calls go to an extension."""
    found = re.fullmatch(r"(?:extension:)?(\d+)(?: XML \w+)?", extension)
    _, code, _, _, national = (*OURS, *SHARED)[int(found[1]) - 100] if found else ("", "", "", "", "")
    return f"+{code}{national}" if found else ""


@pytest.fixture
def companies(folder: Path) -> Path:
    """A folder with a company in each country, in files and in its database."""
    for country in COUNTRIES:
        (folder / f"{country}.yaml").write_text(text_of(country))
    with Store.open(f"sqlite:///{folder / 'acme.db'}") as store:
        save(store)
    return folder


def save(store: Store) -> None:
    for country in COUNTRIES:
        store.books.save(company_file.read(read(text_of(country), "x.yaml")).onto(None), "test", "")


def wire(folder: Path, texts: tuple[str, ...]) -> list[str]:
    """Calls as a carrier sends them, past a dialplan that lets everything in."""
    site = Site(folder, folder / "empty.db")
    try:
        save(site.store)
        site.serve(watch=False)
        site.switch.dialplan = standard(site.routers)
        calls = [site.call(to=text).wait(PATIENCE) for text in texts]
        for service in site.services:
            service.cdr.flush()
            assert service.write_behind.flush(PATIENCE)
        records = [site.store.journal.get(call.uuid) for call in calls]
        return [record.number if record else "" for record in records]
    finally:
        site.close()


def dialplan(folder: Path, texts: tuple[str, ...]) -> list[str]:
    """What `freeswitch install` writes, with no router there: the fail-safe of the number."""
    for name, text in FILES.items():
        path = folder / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run("freeswitch", "install", "--conf", folder / "conf")
    files = folder / "conf" / "dialplan"
    found = contexts(iter([(files / "public/00_fsrouter.xml").read_text()]), (files / "fsrouter.xml").read_text())
    numbers = []
    for text in texts:
        call = Call(found, {"socket": lambda call, argument: None})
        call.dial(text)
        numbers.append(number_of("".join(call.ran("transfer")[:1])))
    return numbers


def explain(folder: Path, texts: tuple[str, ...]) -> list[str]:
    return [explained(text) for text in texts]


def explained(text: str) -> str:
    result = CliRunner().invoke(cli, ["explain", f"--to={text}", "--from=anonymous", "--json"], prog_name="fsrouter")
    if result.exit_code == 1:
        assert "is no tracking number" in result.stderr
        return ""
    assert result.exit_code == 0, result.output
    return str(json.loads(result.stdout)["to"])


def rules_test(folder: Path, texts: tuple[str, ...]) -> list[str]:
    """A calls file, tested with the file of each company."""
    calls, found = folder / "calls.yaml", dict.fromkeys(texts, "")
    lines = [f"- {json.dumps({'to': text, 'expect': 'hangup', 'why': text})}\n" for text in texts]
    calls.write_text("".join(lines))
    refused = run("rules", "test", "US.yaml", calls, code=1).stderr
    bad = {int(line) for line in re.findall(r"^.*calls\.yaml:(\d+):\d+: .* is no number that can", refused, re.M)}
    calls.write_text("".join(line for i, line in enumerate(lines, 1) if i not in bad))
    for country in COUNTRIES:
        for each in json.loads(run("rules", "test", f"{country}.yaml", calls, "--json", code=1).stdout):
            found[each["why"]] = found[each["why"]] or number_of(each["destination"])
    return list(found.values())


def what_if_form(folder: Path, texts: tuple[str, ...]) -> list[str]:
    with Store.open(f"sqlite:///{folder / 'acme.db'}") as store:
        context = Context(store, "olga")
        return [formed(context, text) for text in texts]


def formed(context: Context, text: str) -> str:
    try:
        return str(route(context, Typed(to=text)).call.to)
    except RulesError:
        return ""


ENTRANCES: dict[str, Entrance] = {
    "calls over the wire": wire,
    "the installed dialplan": dialplan,
    "explain --to": explain,
    "rules test": rules_test,
    "the what-if form": what_if_form,
}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_entrance_takes_the_forms_that_carriers_write(entrance: str, companies: Path) -> None:
    assert len(CASES) >= 200
    taken = zip(TEXTS, ENTRANCES[entrance](companies, TEXTS), strict=True)
    assert [case for case in taken if case not in set(CASES)] == []


@pytest.mark.parametrize("entrance", [name for name in ENTRANCES if name != "the installed dialplan"])
def test_what_people_write_between_digits_does_not_count(entrance: str, companies: Path) -> None:
    texts = tuple(text for text, _ in TYPED)
    taken = list(zip(texts, ENTRANCES[entrance](companies, texts), strict=True))
    assert taken == list(TYPED)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_stands_behind_a_number_sets_nothing_in_the_dialplan(text: str, companies: Path) -> None:
    assert dialplan(companies, (text,)) == ["+13125550150"]
    files = companies / "conf" / "dialplan"
    found = contexts(iter([(files / "public/00_fsrouter.xml").read_text()]), (files / "fsrouter.xml").read_text())
    plain, hostile = (Call(found, {"socket": lambda call, argument: None}) for _ in range(2))
    plain.dial(re.split("[;@]", text)[0])
    hostile.dial(text)
    assert (hostile.variables, hostile.done) == (plain.variables, plain.done)


@pytest.mark.parametrize(("country", "number", "forms"), RENUMBERED)
def test_number_that_is_kept_in_an_older_form_is_found_by_every_form(
    country: str, number: str, forms: tuple[str, ...]
) -> None:
    for kept in (number, forms[0]):
        found = index({kept: country})
        assert {recognised(form, found) for form in (number, kept, *forms)} == {kept}


def test_forms_that_two_numbers_share_are_named_with_both() -> None:
    ours = {f"+{code}{national}": country for country, code, _, _, national in (*OURS, *SHARED)}
    wanted = {("+442079460958", "+202079460958"): ["2079460958", "02079460958"]}
    assert shared(ours) == wanted
    both = {"+541123456789": "AR", "+5491123456789": "AR"}
    ((numbers, forms),) = shared(both).items()
    assert numbers == tuple(both) and "1123456789" in forms and not set(both) & set(forms)
    assert shared(dict.fromkeys(list(ours)[:3], "US")) == {}
