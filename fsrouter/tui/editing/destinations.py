"""Where something can be sent: the destinations of a rule book, offered as somebody types one."""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.engine.model.destinations import DYNAMIC_AGENTS, KINDS, SECTION_OF
from fsrouter.engine.model.rulebook import RuleBook

Choices = list[tuple[str, str]]


def _defined(book: RuleBook) -> Iterator[tuple[str, str, str]]:
    """Every destination that is a definition, with what people call it, and its section."""
    for kind, section in SECTION_OF.items():
        for name, value in book.section(section).items():
            yield f"{kind}:{name}", getattr(value, "title", "") or getattr(value, "label", ""), section


def destinations(book: RuleBook) -> Choices:
    """Every destination that a route can have, and the beginnings of those that need no definition."""
    found = [(name, title or section) for name, title, section in _defined(book)]
    found += [(f"agent:{name}", "found out during the call") for name in DYNAMIC_AGENTS]
    return (
        found + [(f"{kind}:", "") for kind in KINDS if kind not in SECTION_OF and kind != "hangup"] + [("hangup", "")]
    )


def transfer_targets(book: RuleBook) -> Choices:
    """Every destination that an operator can send a call to."""
    found = [(name, title) for name, title, _ in _defined(book)]
    return [*found, ("phone:+", "any number"), ("extension:", "of the dialplan"), ("hangup", "end the call")]
