"""Definitions as rows, and rows as definitions: what stands in the column `body`, and under which name.

A definition's body is its frozen value as JSON. The rules of a priority table are rows of their own, so that a table
of 100,000 rules changes by the row; in the book they are back in their table. No SQL here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from fsrouter.engine.model.company import Header
from fsrouter.engine.model.routers import Priority, PriorityRule, folded
from fsrouter.engine.model.rulebook import SECTIONS, RuleBook

#: Sections that no rules file has: the company's own header, and the rules of priority tables.
COMPANY, RULES = "company", "priority_rules"
#: Names up to this many bytes stand as they are; PostgreSQL cannot index a row above 2700.
LONGEST_NAME = 500

DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    section: msgspec.json.Decoder(kind) for section, kind in {COMPANY: Header, RULES: PriorityRule, **SECTIONS}.items()
}
_encoder = msgspec.json.Encoder()

Group = tuple[str, str]
RuleKey = tuple[str, str]


class Row(NamedTuple):
    """A definition as it is stored: `parent` is a rule's table, "" for all else."""

    section: str
    parent: str
    name: str
    body: str


def rows(book: RuleBook) -> Iterator[Row]:
    """A book as rows, those of one section and parent in their order."""
    yield Row(COMPANY, "", "", text(book.header))
    for section, name, value in book.definitions():
        if section != "priorities":
            yield Row(section, "", name, text(value))
            continue
        yield Row(section, "", name, text(msgspec.structs.replace(value, rules=())))
        for rule in value.rules:
            yield Row(RULES, name, rule_name(name, rule), text(rule))


def text(value: msgspec.Struct) -> str:
    """The body of a definition."""
    return _encoder.encode(value).decode()


def rule_name(table: str, rule: PriorityRule) -> str:
    """A rule's name among all rules of its company: TABLE/KIND/VALUE, the value as it is compared."""
    name = f"{table}/{rule.kind}/{folded(rule.kind, rule.value)}"
    encoded = name.encode()
    if len(encoded) <= LONGEST_NAME:
        return name
    return f"{name[:40]}…{hashlib.sha256(encoded).hexdigest()}"


def key_of(rule: PriorityRule) -> RuleKey:
    """What a table's index finds a rule by."""
    kind = rule.kind
    return kind, folded(kind, str(getattr(rule, kind)))


def decoded(section: str, body: str) -> Any:
    """The value that a body stands for."""
    return DECODERS[section].decode(body)


def assembled(found: Iterable[tuple[str, str, str, str]], revision: int) -> RuleBook:
    """The book of rows in order, each (section, parent, name, body); `revision` is where it is as of.

    Works row by row, so that other threads get their turn while a large book is read.
    """
    header = Header(company="")
    sections: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    rules: dict[str, dict[RuleKey, PriorityRule]] = {}
    for section, parent, name, body in found:
        value = decoded(section, body)
        if section == RULES:
            rules.setdefault(parent, {})[key_of(value)] = value
        elif section == COMPANY:
            header = value
        else:
            sections[section][name] = value
    tables = sections["priorities"]
    for name, table in tables.items():
        tables[name] = with_rules(table, rules.get(name, {}))
    return RuleBook(header=header, revision=revision, **sections)


def with_rules(table: Priority, rules: dict[RuleKey, PriorityRule]) -> Priority:
    """A priority table with these rules, in their order, its indexes already made."""
    table = msgspec.structs.replace(table, rules=tuple(rules.values()))
    # Cached properties: the value of `index` is at hand here, and no call has to wait while `names` is made.
    table.__dict__["index"] = rules
    _ = table.names
    return table
