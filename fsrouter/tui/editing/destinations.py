"""Where something can be sent: the destinations of a rule book, offered and checked as somebody types one."""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.engine.model.destinations import DYNAMIC_AGENTS, KINDS, SECTION_OF, destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import did_you_mean

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


def destination_problem(book: RuleBook, text: str) -> str:
    """What is wrong with a destination that somebody types; "" when a call can be sent there."""
    try:
        wanted = destination(text, book.context)
    except ValueError as error:
        return f"{text!r} {error}"
    section = SECTION_OF.get(wanted.kind)
    if section and not wanted.is_dynamic and wanted.name not in book.section(section):
        return f"{wanted} does not exist{did_you_mean(wanted.name, book.section(section))}"
    return ""
