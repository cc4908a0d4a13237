"""Tracking numbers, and numbers in tests, have Brazil's 9 in every revision and in the journal, as callers do. Numbers
that are dialled stay as they are written.
"""

from __future__ import annotations

import json
import re
from typing import Any

#: Rows that are brought up to date at a time.
ROWS = 1000
#: A number of before; `["phone", "+55…"]` is one that is dialled.
OLD = re.compile(r'(?<!\["phone",)"\+55([1-9][1-9])([6-9]\d{7})"', re.ASCII)
NOW = r'"+55\g<1>9\2"'
#: Sections of tracking numbers and of tests; receiving numbers are in others.
SECTIONS = "('tracking_numbers', 'pools', 'routers', 'priorities')"


def up(migrator: Any, db: Any) -> None:
    """Rewrite definitions, and the calls of tracking numbers."""
    p = migrator.database.param
    found = f"SELECT id, section, name, body FROM definition WHERE section IN {SECTIONS} AND body LIKE {p}"
    rows = db.execute_sql(found, ('%"+55%',)).fetchall()
    there = {name for _, section, name, _ in rows if section == "tracking_numbers"}
    # Where a company has a number twice, as it was and as it is, the former one stays what it is.
    twice = {name for name in there if folded(name) != name and folded(name) in there}
    for id, section, name, body in rows:
        now = OLD.sub(lambda old: old[0] if old[0][1:-1] in twice else old.expand(NOW), body)
        if now != body:
            named = folded(name) if section == "tracking_numbers" and name not in twice else name
            values = (named, now, id)
            db.execute_sql(f"UPDATE definition SET name = {p}, body = {p} WHERE id = {p}", values)
    for number in {name for name in there if folded(name) != name} - twice:
        _calls(db, p, number)


def folded(number: str) -> str:
    """A number as Brazil's plan has it now."""
    return OLD.sub(NOW, f'"{number}"')[1:-1]


def _calls(db: Any, p: str, number: str) -> None:
    """The calls of a tracking number are found by the one that it is now, and replayed by it."""
    page = f"SELECT uuid, facts FROM call WHERE number = {p} AND uuid > {p} ORDER BY uuid LIMIT {ROWS}"
    last = ""
    while rows := db.execute_sql(page, (number, last)).fetchall():
        last = rows[-1][0]
        written = [(folded(number), _facts(facts, number), uuid) for uuid, facts in rows]
        db.cursor().executemany(f"UPDATE call SET number = {p}, facts = {p} WHERE uuid = {p}", written)


def _facts(text: str, number: str) -> str:
    try:
        facts = json.loads(text)
    except ValueError:
        return text
    if not isinstance(facts, dict) or facts.get("to") != number:
        return text
    return json.dumps(facts | {"to": folded(number)}, ensure_ascii=False, separators=(",", ":"))
