"""Which facts there are, and which texts can be their value: criteria, `--set`, calls files and forms say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.conftest import home  # noqa: F401 - a fixture
from cli.front import run
from tui.world import book

from fsrouter.engine.model.fact_names import folded
from fsrouter.engine.text import find
from fsrouter.errors import RulesError, UsageError
from fsrouter.rules.docs_page import decisions_page
from fsrouter.store import Store
from fsrouter.tui.context import Context
from fsrouter.tui.editing import completion
from fsrouter.tui.editing.draft import Draft
from fsrouter.tui.queries.what_if import Typed, route

FACTS = (
    "from", "to", "caller", "internal", "source", "keyword", "active_page", "landing", "campaign", "referrer",
    "previous_score", "last_agent", "contact", "contact_name", "title", "account", "account_id", "territory", "owner",
    "contacts",
    "country", "region", "area_code", "city", "list", "tags",
)  # fmt: skip
#: Names have no case, and those of CRM fields keep theirs.
ANYCASE = ("From", "TO", "Caller", "FROM", "Previous_Score", "lAST_aGENT")
FIELDS = (
    "crm.x", "CRM.x", "Crm.Size", "crm.tier", "crm.Lead: Source", "crm.crm.x", "crm.Größe", "crm." + "x" * 100, "crm..",
    "crm.漢字",
)  # fmt: skip
NO_FACTS = (
    "", "crm", "crm.", "crm." + "x" * 101, "crm.a\x1bb", "crm.a\u202eb", "crm.a\nb", "crm.a\u200bb",
    "calller", "\u212aeyword", "CRM", "CRM.", "\uff23rm.x", "Calller",
    "sources", "page", "score", "agent", "name", "contact.name", "contact_id", "accounts",
    "state", "areacode", "area code", "area-code", "zip", "tag", "visitor", "draws", "time", "date", "at", "hours",
    "schedule", "number", "from_", "to_", "__class__", "began", "given", "overrides", "*", "unknown",
    "known", "draw.", "crm.\x85", "crm.\u2028x", "tags.x", "listed", "pool", "session", "keywords", "refer", "utm",
    "utm_source", "gclid", "fbclid", "caller_name", "caller id",
    "x", "fr\u200bom", "fr\x00om", "c r m.x", "crm:x", "crm.\xad", "fro\u0301m", "from\u202e",
)  # fmt: skip
NAMES = (*FACTS, *ANYCASE, *FIELDS, *NO_FACTS)

#: Values that can be given, and such as cannot, by fact.
GOOD = {
    "from": ("+13125550150", "+12345", "", "+123456789012345"),
    "to": ("+13125550150", "+4930123456"),
    "caller": ("first-time", "repeat", "", "Repeat"),
    "internal": ("1001", "0", "123456", ""),
    "previous_score": ("4", "-1", "4.5", "0", "999999999"),
    "last_agent": ("nancy", "n", "0", "a.b_c-d", "Nancy"),
    "contacts": ("1", "2", "40", ""),
    "country": ("US", "de", "Us"),
    "area_code": ("312", "1", "12345678"),
    "region": ("IL", "il", "7", "75C", ""),
    "source": ("google-ads", "", "a b", "漢字", "x" * 2000, "*", "!= x"),
    "title": ("Buyer", "Größe", "50%"),
    "tags": ("vip", "vip, fax", "a:b", ""),
    "crm.tier": ("3", "", "gold; silver"),
    "draw": ("0", "0.5", ".95", "1", "1.0"),
}
BAD = {
    "contacts": ("0", "two", "-1", "1.5", "> 1"),
    "from": ("anonymous", "x", "+", "a\x1b1"),
    "to": ("+x", "nobody", "12\u202e"),
    "caller": ("new", "first time", "firsttime", "first-time or repeat", "*"),
    "internal": ("+1001", "1234567", "x", "10 01", "\u0661\u0660\u0660\u0661", "*"),
    "previous_score": ("four", "4.", ".5", "1e3", "--1", "+1", "1234567890", "٣", ">= 4"),
    "last_agent": ("agent:nancy", "-x", "a b", "ñ", "x" * 65),
    "region": ("Illinois", "US-IL", "ILLI", "\u00c9"),
    "country": ("XX", "UK", "United States", "USA", "U", "U1", "49", "ÜS"),
    "area_code": ("31a", "+312", "123456789", "٣١٢", "3 1"),
    "source": ("a\x1bb", "a\u202eb", "x" * 2001, "a\x9bb", "a\u2028b", "a\ufeffb"),
    "title": ("a\x00b", "a\u200bb"),
    "tags": ("a\x07b", "big spender", "vip, big spender", "-x"),
    "crm.tier": ("a\x1b[2Jb", "\u202ex", "x" * 2001),
    "draw": ("", "2", "-1", "x", "1.5", "0,5", "50%"),
}
VALUES = tuple((name, value) for each in (GOOD, BAD) for name, values in each.items() for value in values)

Refused = Callable[[Path], Iterator[bool]]


def in_a_rules_file(folder: Path) -> Iterator[bool]:
    rows = [f"  r{i}: {json.dumps(router(name))}" for i, name in enumerate(NAMES)]
    (folder / "acme.yaml").write_text("\n".join(["company: acme", "lists: {x: {}}", "routers:", *rows]))
    told = json.loads(run("rules", "check", "acme.yaml", "--json", code=1).stdout)
    bad = {each["line"] for each in told if each["level"] == "error"}
    return (i + 4 in bad for i in range(len(NAMES)))


def in_a_form(folder: Path) -> Iterator[bool]:
    draft = Draft.of(book()).put("lists", "x", {})
    for i, name in enumerate(NAMES):
        draft = draft.put("routers", f"r{i}", router(name))
    bad = {problem.path[1] for problem in draft.compiled().problems}
    return (f"r{i}" in bad for i in range(len(NAMES)))


def router(name: str) -> dict[str, object]:
    return {"branches": [{"when": {name: "*"}, "then": "hangup"}]}


def in_the_schema(folder: Path) -> Iterator[bool]:
    document = json.loads(run("rules", "schema").stdout)
    names = document["$defs"]["Branch"]["properties"]["when"]["propertyNames"]["pattern"]
    # A file with an unsafe character is refused as a whole, whatever the schema says.
    return (not re.search(names, name) or find(name) is not None for name in NAMES)


def by_set(given: tuple[tuple[str, str], ...]) -> Refused:
    """`explain --set` for each: a number that is nobody's is found out behind what is given (1), and not before (2)."""

    def refused(folder: Path) -> Iterator[bool]:
        (folder / "acme.yaml").write_text("company: acme\n")
        for name, value in given:
            words = (
                "explain",
                "--rules",
                "acme.yaml",
                "--to",
                "+13125550199",
                "--from",
                "",
                "--set",
                f"{name}={value}",
            )
            yield code_of(words) == 2

    return refused


def code_of(words: tuple[str, ...]) -> int:
    for code in (1, 2):
        try:
            run(*words, code=code)
        except AssertionError:
            continue
        return code
    raise AssertionError(words)


def by_calls_file(given: tuple[tuple[str, str], ...]) -> Refused:
    def refused(folder: Path) -> Iterator[bool]:
        (folder / "acme.yaml").write_text("company: acme\n")
        calls = [json.dumps({"to": "+13125550150", "set": {name: value}, "expect": "hangup"}) for name, value in given]
        (folder / "calls.yaml").write_text("\n".join(f"- {call}" for call in calls))
        told = run("rules", "test", "acme.yaml", "calls.yaml", code=1).stderr.splitlines()
        bad = {line.split(":")[1] for line in told if line.startswith("calls.yaml:")}
        return (str(i + 1) in bad for i in range(len(given)))

    return refused


def by_try(given: tuple[tuple[str, str], ...]) -> Refused:
    """The dashboard's Try: a number that is nobody's is found out behind what is given."""

    def refused(folder: Path) -> Iterator[bool]:
        with Store.open(f"sqlite:///{folder / 'fsrouter.db'}") as store:
            context = Context(store, "ada")
            for name, value in given:
                try:
                    route(context, Typed(to="+13125550199", given=f"{name}={value}"))
                except UsageError:
                    yield True
                except RulesError:
                    yield False

    return refused


WITH_VALUE = tuple((name, GOOD[folded(name)][0] if folded(name) in GOOD else "x") for name in NAMES)
NAMED: dict[str, Refused] = {
    "criterion_in_a_file": in_a_rules_file,
    "criterion_in_a_form": in_a_form,
    "criterion_in_the_schema": in_the_schema,
    "set": by_set(WITH_VALUE),
    "calls_file": by_calls_file(WITH_VALUE),
    "try": by_try(WITH_VALUE),
}
VALUED: dict[str, Refused] = {"set": by_set(VALUES), "calls_file": by_calls_file(VALUES), "try": by_try(VALUES)}


@pytest.mark.parametrize("entrance", NAMED)
def test_all_agree_which_facts_there_are(entrance: str, home: Path) -> None:  # noqa: F811
    refused = dict(zip(NAMES, NAMED[entrance](home), strict=True))
    assert [name for name in NAMES if not refused[name]] == [*FACTS, *ANYCASE, *FIELDS]


@pytest.mark.parametrize("entrance", VALUED)
def test_all_agree_which_texts_can_be_a_value(entrance: str, home: Path) -> None:  # noqa: F811
    refused = dict(zip(VALUES, VALUED[entrance](home), strict=True))
    assert [pair for pair in VALUES if not refused[pair]] == [(name, v) for name, vs in GOOD.items() for v in vs]


def test_there_are_two_hundred_inputs() -> None:
    assert len(set(NAMES)) + len(set(VALUES)) >= 200


def test_completion_and_page_have_every_fact() -> None:
    offered = [name for name, _ in completion.keys(book(), ("routers", "r", "branches", 0, "when"))]
    assert [name for name in offered if not name.startswith("crm.")] == [*FACTS, "open", "closed"]
    rows = re.findall(r"^\| `([a-z_A-Z.]+)` \|", decisions_page().split("## Facts")[1].split("\n## ")[0], re.M)
    assert rows == [*FACTS, "crm.FIELD"]
