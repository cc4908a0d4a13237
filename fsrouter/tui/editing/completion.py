"""What may stand at a place in a rule book: destinations, facts, schedules, words of the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from fsrouter.engine.model import fact_names
from fsrouter.engine.model.criterion import SCHEDULE_TESTS
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import FLAG
from fsrouter.engine.model.schema import Path, dissect
from fsrouter.tui.editing import shape
from fsrouter.tui.editing.destinations import Choices, destinations

#: Keys whose value is the name of a definition, and the section that has it.
NAMES = {
    "schedule": "schedules",
    "hours": "schedules",
    "crm": "crms",
    "agent": "agents",
    "pool": "pools",
    "open": "schedules",
    "closed": "schedules",
    "list": "lists",
}
#: What the commonest facts are tested by.
TESTS: Mapping[str, Choices] = {
    "previous_score": [(">= 4", "scored well"), ("unknown", "was never scored")],
}


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
        known = fact_names.FACTS[key].values if key in fact_names.FACTS else {}
        none = ("!= *", "none at all") if key in fact_names.LISTS else ("unknown", "not known")
        return [*known.items(), *TESTS.get(key, []), ("*", "anything that is known"), none]
    if (len(path) > 1 and path[-2] == "numbers") or key == "numbers":
        return [(number, t.name) for number, t in book.tracking_numbers.items()]
    return []


def keys(book: RuleBook, path: Path) -> Choices:
    """What may be a new key of the mapping at a place."""
    key = str(path[-1]) if path else ""
    if key == "when":
        hours = [(word, "a schedule") for word in SCHEDULE_TESTS]
        return [*facts(book), *hours]
    if key == "tagging":
        return [(f"{no}{name}", "schedule") for name in book.schedules for no in ("", "not ")]
    if key == "digits":
        return [(digit, "") for digit in "1234567890*#"]
    if key == "did_defaults":
        return [(number, t.name) for number, t in book.tracking_numbers.items()]
    if key == "hours":
        return [("mon-fri", ""), ("sat", ""), ("sun", "")]
    return []


def facts(book: RuleBook) -> Choices:
    """Every fact, the fields of contacts that the book looks at among them."""
    known = [(name, kind.about) for name, kind in fact_names.FACTS.items()]
    return [*known, *((f"crm.{field}", fact_names.ABOUT_CRM_FIELD) for field in sorted(book.crm_fields))]


def _element(kind: Any) -> Any:
    plain = dissect(kind)[2]
    return dissect(get_args(plain)[0])[0] if get_origin(plain) is tuple else None
