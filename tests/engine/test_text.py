"""The table of unsafe characters against Unicode's own, and the forms that are made from it."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
import yaml

from fsrouter.engine import text

#: Format characters that are seen: signs above, below or around numbers and abbreviations.
SEEN = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
#: Persian, Hindi and emoji are written with these.
JOINERS = set("\u200c\u200d")
HOSTILE = "a\x1b[2Jb\u202ec\ud800d\U000e0041e\r\n\tf\xa0g"


def test_unsafe_are_control_format_surrogate_and_separator_characters_of_unicode() -> None:
    wanted, found = set(), set()
    for character in map(chr, range(sys.maxunicode + 1)):
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in SEEN | JOINERS:
            wanted.add(character)
        if text.find(character) and category != "Cn":
            found.add(character)
    assert found == wanted


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (text.removed, "a[2Jbcdef\xa0g"),
        (text.one_line, "a[2Jbcde   f g"),
        (text.shown, "a?[2Jb?c?d?e???f\xa0g"),
        (text.escaped, "a\\x1b[2Jb\\u202ec\\ud800d\\U000e0041e\\x0d\\x0a\\x09f\xa0g"),
    ],
)
def test_form_has_no_unsafe_character(form, told: str) -> None:
    assert form(HOSTILE) == told and text.find(told) is None
    assert form("Zoë & Söhne") == "Zoë & Söhne" and form("plain") == "plain"


def test_first_unsafe_character_is_told_with_its_place() -> None:
    found = text.find("ab\u202ec\x1b")
    assert found == (2, "\u202e")
    assert str(found) == "has the invisible character '\\u202e' in it; remove it"
    assert str(text.find("\x9b")) == "has the control character '\\x9b' in it; remove it"


def test_lines_may_have_line_ends_and_tabs() -> None:
    assert text.find("a\tb\r\n", lines=True) is None
    assert text.find("a\tb\r\n\x0b", lines=True) == (5, "\x0b")


def test_escaped_json_says_the_same() -> None:
    value = {"name": "a\u202e\x7f\U000e0041\u2028漢"}
    safe = text.escaped_in_json(json.dumps(value, ensure_ascii=False, indent=1))
    assert json.loads(safe) == value and text.find(safe, lines=True) is None


def test_yaml_reads_an_escaped_character_back() -> None:
    for character in "\x07\x85\xa0\u202e\U000e0041":
        assert yaml.safe_load(f'"{text.escape(character)}"') == character


def test_cell_of_a_file_loses_what_nobody_sees_and_keeps_its_control_characters() -> None:
    assert (
        text.visible("\u202a+1 212\u202c\u200b\xad, \u0645\u06cc\u200c\u062e\u0648\t\x1b")
        == "+1 212, \u0645\u06cc\u200c\u062e\u0648\t\x1b"
    )
