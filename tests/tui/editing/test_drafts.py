"""Drafts, forms and YAML without a screen: every definition of the example goes through each of them unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from paths import ACME

from fsrouter.engine.model import schema
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.schema import Path as Keys
from fsrouter.rules import company_file
from fsrouter.tui.editing import completion, shape, yaml
from fsrouter.tui.editing.draft import COMPANY, Draft, kind_of, touched, written
from fsrouter.tui.widgets.dialogs import last_among


@pytest.fixture(scope="module")
def acme() -> RuleBook:
    """A rule book with every kind in it."""
    return company_file.load(ACME)


def definitions() -> list[tuple[str, str]]:
    """Every definition of the example."""
    draft = Draft.of(company_file.load(ACME))
    return [(section, name) for section in (COMPANY, *SECTIONS) for name in draft.names(section)]


@pytest.mark.parametrize(("section", "name"), definitions())
def test_yaml_and_form_give_the_definition_back_unchanged(acme: RuleBook, section: str, name: str) -> None:
    kind, tree = kind_of(section), Draft.of(acme).tree(section, name)
    back, problems = yaml.read(section, yaml.text(tree), acme.context)
    assert not problems and schema.read(kind, back, acme.context)[0] == written(acme, section, name)
    assert _gone_through(acme, section, name, kind, tree, ()) > 0


def _gone_through(book: RuleBook, section: str, name: str, kind: Any, tree: Any, path: Keys) -> int:
    """Put every value back where it was taken from, typing those that are lines. Returns how many there were."""
    count = 0
    for row in shape.rows(kind, tree, path):
        here = (*path, row.key)
        part, value = shape.look_up(kind, tree, here)
        if value is None:
            continue
        count += 1
        again = shape.put(kind, tree, here, value)
        assert schema.read(kind, again, book.context)[0] == written(book, section, name)
        if row.line:
            assert shape.read_line(part, shape.typed(part, value), book.context) == (value, "")
        else:
            count += _gone_through(book, section, name, kind, tree, here)
    return count


@pytest.mark.parametrize("section", [COMPANY, *SECTIONS])
def test_form_has_a_row_for_every_key_of_the_schema(section: str) -> None:
    rows = shape.rows(kind_of(section), {}, ())
    kinds = getattr(kind_of(section), "__args__", (kind_of(section),))
    known = {f.name for kind in kinds for f in schema.fields(kind)} | {"type"}
    assert rows and {row.key for row in rows} <= known
    if len(kinds) == 1:
        assert [row.key for row in rows] == [f.name for f in schema.fields(kinds[0])]


def test_draft_is_undone_step_by_step_and_redone(acme: RuleBook) -> None:
    first = Draft.of(acme).put("voicemails", "main", {"mailbox": "2000"})
    second = first.put("flows", "shop", None)
    assert second.names("flows") == ["main"] and second.undone().edits == first.edits
    assert second.undone().undone().edits == {} and second.undone().redone().edits == second.edits
    assert first.put("voicemails", "main", Draft.of(acme).tree("voicemails", "main")).edits == {}


def test_draft_compiles_to_a_book_or_problems(acme: RuleBook) -> None:
    good = Draft.of(acme).put("voicemails", "main", {"mailbox": "2000"}).compiled()
    assert good.book is not None and good.book.voicemails["main"].mailbox == "2000"
    assert list(touched(acme, good.book)) == [("voicemails", "main")]
    bad = Draft.of(acme).put("voicemails", "main", {}).put("flows", "shop", {"route": "queue:none"}).compiled()
    assert bad.book is None and bad.problems[0].path[:2] == ("voicemails", "main")
    used = Draft.of(acme).put("voicemails", "main", None).compiled()
    assert used.book is None and "voicemail:main does not exist" in used.problems[0].message


def test_draft_keeps_its_edits_on_another_book(acme: RuleBook) -> None:
    mine = Draft.of(acme).put("voicemails", "main", {"mailbox": "2000"})
    theirs = Draft.of(acme).put("flows", "shop", {"route": "hangup"}).compiled().book
    assert theirs is not None
    both = mine.onto(theirs).compiled().book
    assert (
        both is not None and both.voicemails["main"].mailbox == "2000" and str(both.flows["shop"].route[0]) == "hangup"
    )


@pytest.mark.parametrize(
    ("line", "tree", "problem"),
    [
        ("queue:vip", "queue:vip", ""),
        ("queue:vip, voicemail:main", ["queue:vip", "voicemail:main"], ""),
        ('["say:Hello, world", hangup]', ["say:Hello, world", "hangup"], ""),
        ("que:vip", "que:vip", "did you mean 'queue'?"),
        ("queue:vip, [", "queue:vip, [", "not closed"),
    ],
)
def test_line_is_read_as_the_schema_reads_it(acme: RuleBook, line: str, tree: Any, problem: str) -> None:
    kind, _ = shape.look_up(kind_of("flows"), {}, ("route",))
    read, found = shape.read_line(kind, line, acme.context)
    assert read == tree and (problem in found if problem else found == "")


@pytest.mark.parametrize(
    ("section", "name", "path", "wanted"),
    [
        ("flows", "main", ("route",), "queue:vip"),
        ("routers", "callers", ("branches", 0, "then"), "agent:last"),
        ("priorities", "clients", ("schedule",), "office"),
        ("queues", "vip", ("strategy",), "ring-all"),
        ("queues", "support", ("skip_without_agents",), "true"),
        ("crms", "hub", ("type",), "zoho"),
        ("routers", "callers", ("branches", 4, "when", "closed"), "nights"),
        ("pools", "website", ("numbers",), "+18725550113"),
        ("queues", "support", ("agents", 1, "agent"), "vald"),
    ],
)  # fmt: skip
def test_values_are_completed_from_what_there_is(
    acme: RuleBook, section: str, name: str, path: Keys, wanted: str
) -> None:
    kind, _ = shape.look_up(kind_of(section), Draft.of(acme).tree(section, name), path)
    assert wanted in [choice for choice, _ in completion.values(acme, kind, path)]


def test_keys_are_completed_by_facts() -> None:
    choices = completion.keys(company_file.load(ACME), ("branches", 0, "when"))
    assert {"caller", "landing", "open"} <= {name for name, _ in choices}
    assert last_among(choices)("x, cal")[0][0] == "x, caller"


def test_yaml_problems_name_their_line(acme: RuleBook) -> None:
    assert yaml.read("menus", "greeting: a.wav\ndigits:\n  x: hangup\n", acme.context)[1] == [
        "line 3: digits.x: 'x' is no key of a telephone; keys are 0-9, * and #"
    ]
    assert yaml.read("flows", "route: [a", acme.context)[1][0].startswith("line 1: the list that begins here")


def test_long_yaml_is_written_only_at_its_beginning() -> None:
    tree = {"rules": [{"title": f"Title {i}", "to": "agent:otis"} for i in range(5000)], "crm": "hub"}
    begin, whole = yaml.begin(tree, 1000)
    assert not whole and 1000 < len(begin) < 1100 and yaml.text(tree).startswith(begin)
    assert yaml.begin({"crm": "hub"}, 1000) == ("crm: hub\n", True)
