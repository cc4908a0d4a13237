"""Which facts a call has when it begins: a call on the phone and one that is only thought of have the same."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.front import run
from router.conftest import empty  # noqa: F401 - a fixture
from router.site import PATIENCE, Site

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.engine.model.fact_names import OF_THE_NUMBER
from fsrouter.engine.model.lists import CONTACT, NUMBER, PREFIX, Change, Listed, Member
from fsrouter.engine.walk.explained import as_data
from fsrouter.engine.walk.facts import Facts
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.store import CallRecord
from fsrouter.store.call_facts import with_store
from fsrouter.store.calls.views import whole
from fsrouter.tui.context import Context
from fsrouter.tui.queries import what_if

MIRA = "mira@acme.example"
PLAIN, HELD = "+18725550100", "+18725550101"
POOL = tuple(f"+187255502{i:02}" for i in range(10))
RULES = f"""
company: acme
country: US
timezone: America/Chicago
schedules: {{office: {{hours: {{mon-sun: "00:00-24:00"}}}}}}
lists: {{blocked: {{}}, thirds: {{}}, people: {{}}, empty: {{}}}}
agents: {{mira: {{endpoint: user/1001, crm_user: mira@acme.example}}, otis: {{endpoint: user/1002}}}}
pools: {{site: {{hold: 1h, numbers: [{", ".join(f'"{number}"' for number in POOL)}]}}}}
routers:
  hours:
    branches: [{{when: {{closed: office}}, then: ["tag:closed", hangup]}}]
    otherwise: hangup
tracking_numbers:
  - {{number: "{PLAIN}", source: Radio, tags: [paper], to: hangup}}
  - {{number: "{HELD}", to: router:hours}}
{"".join(f'  - {{number: "{number}", pool: site, to: hangup}}{chr(10)}' for number in POOL)}
"""
#: The tags that a call is given on its way.
TAGGED = {HELD: ("closed",)}
#: Of 200 callers some withhold their number, some are written oddly; what the database has of them differs.
CALLERS = tuple("" if i % 20 == 7 else f"+1312555{1000 + i:04}" for i in range(200))
CALLS = tuple((caller, (PLAIN, HELD, *POOL)[i % 12]) for i, caller in enumerate(CALLERS))


def entries() -> Iterator[Entry]:
    """Contacts: one owner, several, a company's own number, fields, an owner who is an agent, nobody."""
    for i, number in enumerate(CALLERS):
        if not number or i % 5 == 4:
            continue
        contact = Contact(
            id="" if i % 5 == 3 else f"c{i}",
            crm="people",
            name="" if i % 5 == 3 else f"Zo\u00eb {i}",
            title=("Buyer", "", "CEO")[i % 3],
            account=f"Account {i if i % 5 == 3 else i % 9}",
            territory="West" if i % 2 else "",
            owner=MIRA if i % 4 else "",
            fields={"tier": str(i % 3), "Lead Status": ""} if i % 3 else {},
        )
        yield Entry(contact=contact, numbers=(number, *CALLERS[:1])[: 1 + (i % 5 == 0)])


def earlier() -> Iterator[CallRecord]:
    """What the journal has of earlier calls: scores, agents, other companies' calls."""
    for i, number in enumerate(CALLERS):
        for n in range(i % 4):
            company = "other" if i % 9 == 8 else "acme"
            agent, score = ("", "mira", "otis", "gone")[(i + n) % 4], None if (i + n) % 3 else n + 1
            line = {"number": PLAIN, "began": 1000.0 + n, "ended": 1001.0 + n, "outcome": "answered"}
            yield CallRecord(uuid=f"e{i}-{n}", company=company, caller=number, agent=agent, score=score, **line)


def entries_of_lists() -> Iterator[Listed]:
    """Numbers, beginnings of them and contacts, some of which have run out, and a list that the rule book has not."""
    for i, number in enumerate(CALLERS):
        until = 1000.0 if i % 8 == 5 else None
        if number and i % 4 == 1:
            yield Listed(list="blocked", member=Member(NUMBER, number), until=until)
            yield Listed(list="gone", member=Member(NUMBER, number))
        if i % 7 == 0:
            yield Listed(list="people", member=Member(CONTACT, f"c{i}"), until=until)
    yield Listed(list="thirds", member=Member(PREFIX, "+1312555113"))
    yield Listed(list="thirds", member=Member(PREFIX, "+131255510"))


@pytest.fixture
def site(tmp_path: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:  # noqa: F811
    """A site whose database knows all of this; it is the command line's too."""
    for name in [name for name in os.environ if name.startswith("FSROUTER_")]:
        monkeypatch.delenv(name)
    site = Site(tmp_path, empty)
    monkeypatch.setenv("FSROUTER_DATABASE", site.url)
    store = site.store
    store.books.save(company_file.read(read(RULES, "acme.yaml")).onto(None), "test", "")
    store.contacts.replace("acme", "people", entries())
    store.journal.write(list(earlier()))
    store.states.override("acme", "office", "closed", "test")
    store.lists.change("acme", (Change(listed=each) for each in entries_of_lists()))
    for i in range(8):
        facts = {"keyword": f"shoes {i}", "source": "Ads" if i % 2 else "", "landing": "/a", "campaign": "x"}
        store.visitors.assign("acme", POOL, f"visitor {i}", facts, 3600.0, store.clock())
    yield site
    site.close()


Known = dict[str, Any]


def phone(site: Site) -> Iterator[Known]:
    """The record of a call that is made. Each caller calls once, so no call is another one's earlier call."""
    site.serve()
    for caller, to in CALLS:
        yield as_data(whole(site.record(site.call(to=to, number=caller or "anonymous").wait(PATIENCE))))


def explained(site: Site) -> Iterator[Known]:
    """`fsrouter explain`."""
    for caller, to in CALLS:
        yield json.loads(run("explain", "--to", to, "--from", caller, "--json").stdout)


def tried(site: Site) -> Iterator[Known]:
    """The dashboard's Try."""
    context = Context(site.store, "ada")
    return (as_data(what_if.route(context, what_if.Typed(to=to, caller=caller)).call) for caller, to in CALLS)


ENTRANCES: dict[str, Callable[[Site], Iterator[Known]]] = {"phone": phone, "explain": explained, "dashboard-try": tried}


def by_the_law(site: Site) -> list[Known]:
    """What the law says of each call, before any of them is made."""
    store, book = site.store, site.store.books.load()[0].books["acme"]
    found = []
    for caller, to in CALLS:
        number = book.tracking_numbers[to]
        facts = with_store(store, book, Facts(to=to, from_=caller, began=store.clock()))
        found.append(
            json.loads(json.dumps(facts.as_dict(number.source, (*number.tags, *TAGGED.get(to, ())), places=False)))
        )
    return found


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_calls_begin_with_the_same_facts(entrance: str, site: Site) -> None:
    wanted = by_the_law(site)
    assert len(CALLS) == 200 and len({str({**each, "from": "", "to": ""}) for each in wanted}) > 100
    told = [call["facts"] for call in ENTRANCES[entrance](site)]
    # Where a number lies follows from the number: a record does not keep it.
    assert [{name: fact for name, fact in each.items() if name not in OF_THE_NUMBER} for each in told] == wanted


def test_facts_are_those_that_stand_in_the_database(site: Site) -> None:
    found = {caller: facts for (caller, _), facts in zip(CALLS, by_the_law(site), strict=True)}
    first, company, nobody = found["+13125551001"], found["+13125551003"], found["+13125551004"]
    assert (first["contact"], first.get("title"), first["owner"], first["crm.tier"]) == ("c1", None, MIRA, "1")
    assert (company["account"], company.get("contact")) == ("Account 3", None)
    assert (nobody.get("account"), nobody["caller"]) == (None, "first-time")
    assert "caller" not in found[""] and "list" not in found[""]
    assert (first["list"], found["+13125551013"].get("list")) == (["blocked", "thirds"], ["thirds"])
    assert found["+13125551035"]["list"] == ["thirds", "people"]
    for name in ("keyword", "campaign", "previous_score", "last_agent", "crm.tier", "territory"):
        assert 20 < sum(name in facts for facts in found.values()) < 190, name
