"""Menus: attempts, silence, wrong keys."""

from __future__ import annotations

import pytest

from engine.books import People, book, driven, traced, walked
from fsrouter.engine.walk.actions import Gather
from fsrouter.rules.file_errors import InvalidFile

MENU = """
menus:
  main:
    greeting: "say:Welcome"
    timeout: 7s
    attempts: 3
    digits: {"1": agent:nancy, "12": agent:johan, "*": [agent:vald, queue:vip], "0": hangup}
    no_input: number:desk
    invalid: number:center
    invalid_sound: wrong.wav
  bare: {greeting: hi.wav, digits: {"1": agent:nancy}}
"""

# menu, keys in order ("" is silence), what is rung, how often it asked
PRESSED = [
    ("main", ["1"], "agent:nancy", 1),
    ("main", ["12"], "agent:johan", 1),
    ("main", ["*"], "agent:vald", 1),
    ("main", ["", "1"], "agent:nancy", 2),
    ("main", ["7", "", "12"], "agent:johan", 3),
    ("main", ["", "", ""], "number:desk", 3),
    ("main", ["7", "7", "7"], "number:center", 3),
    ("main", ["7", "7", ""], "number:desk", 3),
    ("main", ["", "", "7"], "number:center", 3),
    ("main", ["", "", "", "1"], "number:desk", 3),
    ("main", ["11"], "number:desk", 3),
    ("main", ["0"], "hangup", 1),
    ("bare", [], "voicemail:main", 3),
    ("bare", ["9", "9", "9"], "voicemail:main", 3),
]


@pytest.mark.parametrize(("menu", "keys", "taken", "asked"), PRESSED)
def test_silence_and_wrong_keys_share_attempts_and_the_last_decides(menu, keys, taken, asked):
    walk = walked(book(MENU, to=f"[menu:{menu}, voicemail:main]"), press=[key or "-" for key in keys])
    assert walk.destination == taken
    assert sum("(attempt " in entry.why or entry.outcome.startswith("key ") for entry in walk.trace) == asked


def test_gather_has_choices_and_prelude_after_a_wrong_key():
    _, done = driven(book(MENU, to="menu:main"), people=People(keys=["7", "", "1"]))
    asked = [action for action in done if isinstance(action, Gather)]
    assert asked[0] == Gather(menu="main", sound="say:Welcome", choices=("1", "12", "*", "0"), timeout=7)
    assert [action.prelude for action in asked] == ["", "wrong.wav", ""]


def test_exhausted_key_route_goes_on_behind_the_menu():
    walk = walked(book(MENU, to="[menu:main, agent:johan]"), press=["*"], unanswered=2)
    assert [a.destination for a in walk.attempts] == ["agent:vald", "queue:vip", "agent:johan"]


def test_trace_has_every_menu_attempt():
    text = traced(walked(book(MENU, to="menu:main"), press=["-", "7", "12"]))
    for fragment in (
        "menu:main -> no input | the caller pressed nothing (attempt 1 of 3)",
        "menu:main -> wrong key | the caller pressed 7, which is no choice (attempt 2 of 3)",
        "menu:main -> key 12 | the caller pressed 12, which leads to agent:johan",
    ):
        assert fragment in text


def test_keys_of_several_menus_are_pressed_in_order():
    rules = 'menus: {a: {greeting: x, digits: {"1": menu:b}}, b: {greeting: y, digits: {"2": agent:johan}}}'
    assert walked(book(rules, to="menu:a"), press=["1", "2"]).destination == "agent:johan"


@pytest.mark.parametrize(
    ("menu", "why"),
    [
        ("{greeting: x, digits: {}}", "no digits"),
        ('{greeting: x, digits: {"a": hangup}}', "no key"),
        ('{greeting: x, digits: {"1": hangup}, attempts: 0}', "whole number"),
        ('{greeting: x, digits: {"1": hangup}, timeout: 0}', "at least one second"),
        ('{digits: {"1": hangup}}', "lacks 'greeting'"),
    ],
)
def test_invalid_menu_is_refused(menu, why):
    with pytest.raises(InvalidFile, match=why):
        book(f"menus: {{main: {menu}}}")
