"""Rule books to save: the shared example, and generated small ones that check out."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml
from hypothesis import strategies as st
from paths import ACME

from fsrouter.engine.model import schema
from fsrouter.engine.model.company import Header, TrackingNumber, Voicemail
from fsrouter.engine.model.destinations import Destination
from fsrouter.engine.model.people import Agent
from fsrouter.engine.model.routers import Menu, OfficeRoute, Priority, PriorityRule
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.scalars import Context
from fsrouter.engine.model.schedule import Schedule, Span


def acme() -> RuleBook:
    """The shared example, with every kind in it."""
    tree = yaml.load(ACME.read_text(), Loader=yaml.BaseLoader)
    header: Header = _read(Header, {key: value for key, value in tree.items() if key not in SECTIONS}, Context())
    context = Context(country=header.country)
    sections: dict[str, Any] = {}
    for section, kind in SECTIONS.items():
        found = tree.get(section, {})
        if section == "tracking_numbers":
            values = [_read(kind, item, context) for item in found]
            sections[section] = {value.number: value for value in values}
        else:
            sections[section] = {name: _read(kind, item, context) for name, item in found.items()}
    return RuleBook(header=header, **sections)


def _read(kind: Any, tree: Any, context: Context) -> Any:
    value, problems = schema.read(kind, tree, context)
    assert not problems
    return value


def small(company: str, *rules: PriorityRule, number: str = "+13125550100") -> RuleBook:
    """A book with one agent, one priority table of these rules, and one number."""
    return RuleBook(
        header=Header(company=company),
        agents={"nancy": Agent(endpoint="user/1001")},
        priorities={"clients": Priority(rules=rules)},
        tracking_numbers={number: TrackingNumber(number=number, to=(Destination("priority", "clients"),))},
    )


def rule(value: str, agent: str = "nancy", kind: str = "contact") -> PriorityRule:
    """A priority rule for a value."""
    looked_for: dict[str, Any] = {kind: value}
    return PriorityRule(**looked_for, in_office=(Destination("agent", agent),))


def as_saved(book: RuleBook, revision: int) -> RuleBook:
    """What a store must give back for a book."""
    return msgspec.structs.replace(book, revision=revision)


def shape(book: RuleBook) -> list[tuple[str, list[str]]]:
    """The names of a book in the order in which a file would have them."""
    return [(section, list(book.section(section))) for section in SECTIONS]


words = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=12).filter(str.strip)
names = st.sampled_from(["a", "b", "c", "d.e", "f-1", "g_2"])
leaves = st.one_of(
    st.just(Destination("voicemail", "box")),
    st.just(Destination("hangup")),
    st.builds(Destination, st.just("say"), words),
)
routes = st.lists(leaves, min_size=1, max_size=3).map(tuple)
agents = st.builds(Agent, title=words, endpoint=st.just("user/1001"), crm_user=st.dictionaries(st.just("*"), words))
menus = st.builds(
    Menu, greeting=words.map("say:{}".format), digits=st.dictionaries(st.sampled_from("123*#"), routes, min_size=1)
)
hours = st.integers(0, 600).map(lambda start: (Span(start, start + 60),))
schedules = st.builds(
    Schedule,
    hours=st.dictionaries(st.sampled_from(["mon-fri", "sat", "sun"]), hours),
    open=st.dictionaries(st.dates(), hours, max_size=2),
    closed=st.lists(st.tuples(st.dates(), st.dates()).map(lambda pair: (min(pair), max(pair))), max_size=2).map(tuple),
)
kinds = st.sampled_from(["contact", "title", "account", "territory"])
rules = st.builds(
    lambda kind, value, now, later: PriorityRule(**{kind: value}, in_office=now, after_hours=later),
    kinds,
    words,
    routes,
    st.one_of(st.just(()), routes),
)
tables = st.builds(
    Priority,
    rules=st.lists(rules, max_size=8, unique_by=lambda r: (r.kind, r.value.strip().casefold())).map(tuple),
    no_match=st.one_of(st.none(), st.builds(OfficeRoute, in_office=routes)),
    after_hours=routes,
)


@st.composite
def books(draw: st.DrawFn, company: str = "acme", number: str = "+13125550100") -> RuleBook:
    """A small book of a company, with at most one number, that checks out."""

    def some(values: st.SearchStrategy[Any]) -> dict[str, Any]:
        found = draw(st.dictionaries(names, values, max_size=4))
        return dict(draw(st.permutations(list(found.items()))))

    tracked = {number: TrackingNumber(number=number, name=draw(words), to=draw(routes))} if draw(st.booleans()) else {}
    return RuleBook(
        header=Header(company=company, title=draw(words), timezone="UTC"),
        agents=some(agents),
        menus=some(menus),
        schedules=some(schedules),
        priorities=some(tables),
        voicemails={"box": Voicemail(mailbox="1000")},
        tracking_numbers=tracked,
    )
