"""What may stand at a place in a rule book: destinations, facts, schedules, words of the schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args, get_origin

from fsrouter.engine.model import fact_names
from fsrouter.engine.model.destinations import DYNAMIC_AGENTS, KINDS, SECTION_OF
from fsrouter.engine.model.routers import HOURS
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import FLAG
from fsrouter.engine.model.schema import Path, dissect
from fsrouter.tui.editing import shape

Choices = list[tuple[str, str]]

#: Keys whose value is the name of a definition, and the section that has it.
NAMES = {
    "schedule": "schedules",
    "crm": "crms",
    "agent": "agents",
    "pool": "pools",
    "open": "schedules",
    "closed": "schedules",
}
#: What the commonest facts are tested by.
TESTS: Mapping[str, Choices] = {
    "caller": [("first-time", "has never called"), ("repeat", "has called before")],
    "previous_score": [(">= 4", "scored well"), ("unknown", "was never scored")],
}


def destinations(book: RuleBook) -> Choices:
    """Every destination that there is, and the beginnings of those that need no definition."""
    found = [
        (f"{kind}:{name}", str(getattr(value, "title", "") or getattr(value, "label", "") or section))
        for kind, section in SECTION_OF.items()
        for name, value in book.section(section).items()
    ]
    found += [(f"agent:{name}", "found out during the call") for name in DYNAMIC_AGENTS]
    return (
        found + [(f"{kind}:", "") for kind in KINDS if kind not in SECTION_OF and kind != "hangup"] + [("hangup", "")]
    )


def values(book: RuleBook, kind: Any, path: Path) -> Choices:
    """What may be the value at a place of a type."""
    scalar = dissect(kind)[0] or _element(kind)
    key = str(path[-1]) if path else ""
    if shape.is_route(kind):
        return destinations(book)
    if scalar is FLAG:
        return [("true", "yes"), ("false", "no")]
    if scalar and "enum" in scalar.schema:
        return [(word, "") for word in scalar.schema["enum"]]
    if key in NAMES:
        return [(name, NAMES[key]) for name in book.section(NAMES[key])]
    if len(path) > 1 and path[-2] == "when":
        return [*TESTS.get(key, []), ("*", "anything that is known"), ("unknown", "not known")]
    if (len(path) > 1 and path[-2] == "numbers") or key == "numbers":
        return [(number, t.name) for number, t in book.tracking_numbers.items()]
    return []


def keys(book: RuleBook, path: Path) -> Choices:
    """What may be a new key of the mapping at a place."""
    key = str(path[-1]) if path else ""
    if key == "when":
        hours = [(word, "a schedule") for word in HOURS]
        crm = [(f"crm.{field}", "a field of the contact") for field in sorted(book.crm_fields)]
        return [*((name, says) for name, says in fact_names.NAMES.items()), *hours, *crm]
    if key == "tagging":
        return [(f"{no}{name}", "schedule") for name in book.schedules for no in ("", "not ")]
    if key == "digits":
        return [(digit, "") for digit in "1234567890*#"]
    if key == "did_defaults":
        return [(number, t.name) for number, t in book.tracking_numbers.items()]
    if key == "hours":
        return [("mon-fri", ""), ("sat", ""), ("sun", "")]
    return []


def last(choices: Sequence[tuple[str, str]]) -> Callable[[str], Sequence[tuple[str, str]]]:
    """Completes the last element of a line of several, keeping those before it."""

    def complete(line: str) -> Sequence[tuple[str, str]]:
        before, comma, word = line.rpartition(",")
        head = f"{before}, " if comma else ""
        wanted = word.strip().casefold()
        begin = [c for c in choices if c[0].casefold().startswith(wanted)]
        within = [c for c in choices if wanted in f"{c[0]} {c[1]}".casefold() and c not in begin]
        return [(head + name, says) for name, says in (begin + within)[:50]]

    return complete


def _element(kind: Any) -> Any:
    plain = dissect(kind)[2]
    return dissect(get_args(plain)[0])[0] if get_origin(plain) is tuple else None
