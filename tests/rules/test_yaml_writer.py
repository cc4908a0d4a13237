"""Export: canonical, the same to every reader, and the identity when imported again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import strategies
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import EXAMPLES

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.rules import company_file, yaml_reader, yaml_writer


def imported(text: str, onto: RuleBook | None = None) -> RuleBook:
    return company_file.read(yaml_reader.read(text, "x.yaml"), onto).onto(onto)


@settings(max_examples=60, deadline=None)
@given(strategies.rule_books())
def test_export_then_import_is_the_identity(book: RuleBook) -> None:
    assert imported(yaml_writer.export(book)) == book


@settings(max_examples=25, deadline=None)
@given(strategies.rule_books(), strategies.rule_books())
def test_export_then_import_is_the_identity_on_any_book_in_force(book: RuleBook, other: RuleBook) -> None:
    header = msgspec.structs.replace(other.header, company=book.company)
    assert imported(yaml_writer.export(book), msgspec.structs.replace(other, header=header)) == book


@settings(max_examples=300, deadline=None)
@given(strategies.texts)
def test_any_text_stays_text_for_any_yaml_reader(text: str) -> None:
    written = yaml_writer.scalar(text)
    assert yaml.safe_load(written) == text
    assert yaml.safe_load(f"[{written}, {{{written}: {written}}}]") == [text, {text: text}]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Acme Dental", "Acme Dental"),
        ("Lincoln's Birthday", "Lincoln's Birthday"),
        ("https://zürich.example/a", "https://zürich.example/a"),
        ("https://acme.example/?b=c", '"https://acme.example/?b=c"'),
        ("agent:nancy", "agent:nancy"),
        ("Doe, Nancy", '"Doe, Nancy"'),
        *(
            (word, f'"{word}"')
            for word in ("no", "On", "y", "NULL", "true", "0123", "08:00", "+1312", "1e3", "2026-12-24")
        ),
        *(
            (word, f'"{word}"')
            for word in ("0o17", ".5", "-", "~", "", " a", "a ", "a: b", "a:", "a #b", "*x", "=", "<<")
        ),
        ("a\u2028b", '"a\\u2028b"'),
        ('say "hi" \\o/', '"say \\"hi\\" \\\\o/"'),
    ],
)
def test_ambiguous_text_is_quoted(text: str, written: str) -> None:
    assert yaml_writer.scalar(text) == written


def test_export_of_the_example_is_canonical() -> None:
    book = company_file.load(EXAMPLES / "acme.yaml")
    text = yaml_writer.export(book)
    again = imported(text)
    assert again == book
    assert yaml_writer.export(again) == text
    assert '  hub: {type: hubspot, token: "${HUBSPOT_TOKEN}"}' in text.splitlines()
    assert "      - {rule: simultaneous, members: [agent:nancy, agent:johan]}" in text.splitlines()
    assert max(map(len, text.splitlines())) <= yaml_writer.WIDTH


def test_numbers_and_truth_values_are_not_quoted() -> None:
    typed = yaml.safe_load(yaml_writer.export(company_file.load(EXAMPLES / "acme.yaml")))
    assert typed["splits"]["trial"]["branches"][0]["weight"] == 90
    assert typed["flows"]["main"]["record"] is True
    assert typed["geo_routers"]["nearest"]["locations"][0]["at"] == [41.88, -87.63]
    assert typed["numbers"]["call-center"]["extension"] == "204"
    assert set(typed["menus"]["main"]["digits"]) == {"1", "2", "3", "9"}


@settings(max_examples=25, deadline=None)
@given(strategies.rule_books())
def test_export_has_no_dates_or_nulls_for_any_yaml_reader(book: RuleBook) -> None:
    found = set(map(type, _leaves(yaml.safe_load(yaml_writer.export(book)))))
    assert found <= {str, int, float, bool}


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            yield from _leaves(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from _leaves(item)
    else:
        yield tree


def test_every_shape_of_book_can_be_drawn() -> None:
    drawn: set[int] = set()

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        book = data.draw(strategies.rule_books())
        drawn.update(len(book.section(section)) for section in ("agents", "flows", "routers"))

    draw()
    assert drawn >= {0, 1, 2}
